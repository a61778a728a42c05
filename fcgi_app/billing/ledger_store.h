/* SQL of the ledger. Amounts here are told without the sign of the document:
 * how much more, or less, of it is settled. */
#ifndef BILLING_LEDGER_STORE_H
#define BILLING_LEDGER_STORE_H

#include "billing/ledger.h"

/* A document with id, number, type, customer, contract, currency, gross,
 * settled, status, corrects. */
enum db_result ledger_store_document(const struct ledger *l, const char *id,
                                     json_t **row);

/* The document that a source names, where something of it is open: id, due,
 * number, open. */
enum db_result ledger_store_open_named(const struct ledger *l,
                                       const struct ledger_source *source,
                                       json_t **rows);

/* Open documents of the source's customer, or of its contract alone, the oldest
 * due first, behind the row `after` of such an answer (or NULL). */
enum db_result ledger_store_open(const struct ledger *l,
                                 const struct ledger_source *source,
                                 bool of_contract, const json_t *after,
                                 int limit, json_t **rows);

/* What a customer has left of payments and credit documents, oldest first,
 * behind the row `after` (or NULL): kind payment or credit, id, contract,
 * invoice (that it names), rest, date. */
enum db_result ledger_store_credit(const struct ledger *l, const char *customer,
                                   const char *currency, const json_t *after,
                                   int limit, json_t **rows);

/*
 * Adds to what is settled of a document, with the sign of its gross, and
 * writes open or paid as it is then; a cancelled one stays so. *changed is 0
 * where that would be more than all of it, or less than nothing.
 */
enum db_result ledger_store_settle(const struct ledger *l, const char *document,
                                   int64_t amount, int64_t *changed);
enum db_result ledger_store_use(const struct ledger *l, const char *payment,
                                int64_t amount, int64_t *changed);

enum db_result ledger_store_settlement(const struct ledger *l,
                                       const struct ledger_source *source,
                                       const char *document, int64_t amount);

/* Sums by document of what a payment (or credit document) has settled: invoice,
 * amount; without those that are nothing. */
enum db_result ledger_store_settled_by(const struct ledger *l, bool payment,
                                       const char *id, json_t **rows);

/* Corrections of an invoice that have something left: id, rest. */
enum db_result ledger_store_own(const struct ledger *l, const char *invoice,
                                json_t **rows);

/* Corrections of an invoice that have settled other documents: credit, invoice,
 * amount. */
enum db_result ledger_store_elsewhere(const struct ledger *l,
                                      const char *invoice, json_t **rows);

/* Customers with credit and something open, after that one: customer,
 * currency. */
enum db_result ledger_store_accounts(const struct ledger *l, const char *after,
                                     const char *currency, int limit,
                                     json_t **rows);

/* ---- entries, with the balance after each ---- */

/* Accounts, each with the first entry that comes to it: n, tenant, customer,
 * currency, date, created, id. */
struct db_bulk *ledger_store_accounts_bulk(struct arena *a);

/* Of each, with its n: what is owed before that entry. balance is NULL where
 * that is not the end of what the account has, or not known. */
enum db_result ledger_store_before(const struct ledger *l,
                                   const struct db_bulk *accounts,
                                   json_t **rows);

struct ledger_inserts {
    struct db_bulk *known, *unknown;
};
struct ledger_inserts ledger_store_inserts(struct arena *a);

/* balance: after the entry, or NULL. What they point to must live until they
 * are inserted. */
void ledger_store_add(const struct ledger_inserts *inserts,
                      const struct ledger *l, const struct ledger_entry *entry,
                      int64_t created, const int64_t *balance);
enum db_result ledger_store_insert(const struct ledger *l,
                                   const struct ledger_inserts *inserts);

/* The balances of an account from its oldest entry on that has none. */
enum db_result ledger_store_reckon(const struct ledger *l, const char *customer,
                                   const char *currency);

#endif
