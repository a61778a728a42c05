/*
 * What customers owe, and what has settled it.
 *
 * A row of ledger_entry is added for each document and each payment, in the
 * transaction that makes it; the sum of a customer's rows of one currency is
 * what they owe, and less than nothing is credit. Beside it `settled` of a
 * document or payment says how much of it is done with, and rows of settlement
 * say by what. Both tell the same sum:
 *
 *   sum of the ledger = what is open of documents - what is left of payments
 *                       + fees of reminders
 *
 * What is left can be paid back: a payment of less than nothing, which is done
 * with by what it is paid back of.
 *
 * Nothing settles a fee: what was paid for it is left of the payment.
 *
 * One rule says where money and credit go, ledger_settle() has it: what a
 * payment names (a correction: its invoice), then open documents of its
 * contract, then the others of the customer in that currency, each time the
 * oldest due first. What is left stays, and settles what is issued later.
 */
#ifndef BILLING_LEDGER_H
#define BILLING_LEDGER_H

#include "audit/audit.h"
#include "db/db.h"

/* More than this is a mistake of whoever typed it; sums of such amounts fit. */
#define LEDGER_AMOUNT_MAX INT64_C(1000000000000)

/* In whose books something is done, inside a transaction. */
struct ledger {
    struct db *db;
    struct arena *arena;
    const char *tenant;
    const struct actor *actor;
};

struct ledger_entry {
    const char *id; /* of the document or payment; ".end" behind: its end */
    const char *customer, *contract; /* ids; contract or NULL */
    const char *currency, *date, *kind;
    int64_t amount;                 /* more: the customer owes more */
    const char *document, *payment; /* ids, or NULL */
    const char *note;
};

/*
 * Adds entries, with the balance after each; those behind them in the order of
 * the ledger (date, when it was recorded, id) are reckoned anew. Inside a
 * transaction: two that write to one account are one after the other, or one of
 * them is tried again.
 */
enum db_result ledger_add(const struct ledger *l,
                          const struct ledger_entry *entry);
enum db_result ledger_add_all(const struct ledger *l,
                              const struct ledger_entry *entries, size_t n);

/*
 * A document was inserted: its row in the ledger, and credit of the customer
 * settles it, or it settles what is open. Who inserts many documents by SQL of
 * their own calls ledger_add_all() for them, and at the end of all
 * ledger_settle_later().
 */
enum db_result ledger_issue(const struct ledger *l, const char *document);

/* Has the job settle_credits settle what credit of the tenant's customers can
 * settle, in the transaction that the run ends by. */
enum db_result ledger_settle_later(const struct ledger *l);

/* Settles what can be settled with the credit that a customer has. */
enum db_result ledger_settle(const struct ledger *l, const char *customer,
                             const char *currency);

/* The same from one payment or one credit document alone, in the order above:
 * `named` is the id of the document that comes first, or NULL. */
struct ledger_source {
    bool payment;
    const char *id, *customer, *contract, *currency, *named;
    int64_t left; /* how much there is of it */
};
enum db_result ledger_spend(const struct ledger *l,
                            const struct ledger_source *source);

/* Money that went out settles the credit document that it names; left is less
 * than nothing. */
enum db_result ledger_refund(const struct ledger *l,
                             const struct ledger_source *source);

/*
 * So much of what is left of a payment went out again, as the payment `refund`
 * (with an amount less than nothing): both are done with by as much. Less than
 * nothing: it came back.
 */
enum db_result ledger_pay_back(const struct ledger *l, const char *payment,
                               const char *refund, int64_t amount);

/* Undoes all that a payment has settled: documents are open again, and credit
 * settles them where there is some. */
enum db_result ledger_release(const struct ledger *l, const json_t *payment);

/* ---- documents, with what is open of them ---- */

/* What the API answers and callbacks tell; the second has its lines, as member
 * "lines" of the row. */
extern const struct field ledger_document_fields[],
    ledger_document_full_fields[];

/* Columns of table invoice, with customer as its number, contract as its ref,
 * corrects as the number of that invoice; customer_id, contract_id,
 * corrects_id; open_amount: what is not settled; reason: its note. */
enum db_result ledger_document_by_id(struct db *db, struct arena *a,
                                     const char *tenant, const char *id,
                                     json_t **row);
enum db_result ledger_document_by_number(struct db *db, struct arena *a,
                                         const char *tenant, const char *number,
                                         json_t **row);

/* ---- pure: how an amount is distributed ---- */

/* Into out[n]: what goes to each of what is open, in this order. What is left.
 */
int64_t ledger_distribute(int64_t amount, const int64_t *open, size_t n,
                          int64_t *out);

/* ---- reading ---- */

/* A customer's entries, newest first, those before the one of the id `before`
 * (or NULL): number and ref beside the columns, and balance after each. */
enum db_result ledger_list(struct db *db, struct arena *a, const char *tenant,
                           const char *customer, const char *before, int limit,
                           json_t **rows);

/*
 * Rows of: "customer" or "contract", with its ref, currency, open (of
 * invoices), overdue, fees, credit and balance (open + fees - credit). Those of
 * the customer come first, one for each currency; a contract's follow, and a
 * row with an empty ref has what belongs to none. What has nothing open or left
 * has a row as a contract with documents or payments, or by the customer's
 * newest entry; the whole history is not read for it.
 */
enum { LEDGER_BALANCES_MAX = 1000 };
enum db_result ledger_balances(struct db *db, struct arena *a,
                               const char *tenant, const char *customer,
                               const char *today, json_t **rows);

/* What paid, or was paid by, a document: amount, date, kind (payment or
 * credit), name (payment's id, or the number) and method of each. */
enum db_result ledger_settlements(struct db *db, struct arena *a,
                                  const char *tenant, const char *invoice,
                                  json_t **rows);

/*
 * Recomputes everything from what it is made of; each row of *faults says what
 * does not agree: what, id, is_, should. An empty array: all of it agrees.
 */
enum db_result ledger_verify(struct db *db, struct arena *a, const char *tenant,
                             json_t **faults);

/* How many rows were looked at: documents, payments, entries, settlements. */
enum db_result ledger_counts(struct db *db, struct arena *a, const char *tenant,
                             json_t **row);

extern const struct field ledger_entry_fields[], ledger_query_fields[],
    ledger_balance_fields[], ledger_rows_fields[];

#endif
