/* Payments: money that came in, and what it settled. */
#ifndef BILLING_PAYMENT_H
#define BILLING_PAYMENT_H

#include "audit/audit.h"
#include "base/field.h"
#include "db/list.h"

struct tenant;

/* How the API shows a payment, and what it takes. */
extern const struct field payment_fields[], payment_create_fields[],
    payment_query_fields[], payment_reverse_fields[], payment_refund_fields[];
/* The forms of the back office: of an invoice, and of any customer. */
extern const struct field payment_form_fields[], payment_invoice_form_fields[],
    payment_reverse_form_fields[], payment_refund_form_fields[];
extern const struct field payment_list_fields[];

struct payment_new {
    const char *customer, *contract, *invoice; /* ids; the latter two or NULL */
    const char *currency, *date, *method, *reference;
    const char *external_id; /* or NULL */
    const char *refunds;     /* id of the payment that is paid back, or NULL */
    int64_t amount; /* less than nothing: paid back, of that payment or of a
                       credit document */
};

struct payment_sent {
    struct arena *arena;
    const struct tenant *tenant;
    const json_t *input; /* typed by payment_create_fields and its kin */
    const char *invoice; /* the number of the invoice it is for, or NULL: what
                            was sent says it */
    struct field_errors *errors;
};

/* A currency that was named is one, and the one that is meant; else errors have
 * it. And the amount of that currency that was sent, which is missing at most.
 */
bool payment_take_currency(const struct payment_sent *sent,
                           const char *currency);
void payment_take_amount(const struct payment_sent *sent, const char *currency,
                         int64_t *amount);

/* What was sent as a payment. DB_CHECK: it breaks a rule; errors have each. */
enum db_result payment_take(struct db *db, const struct payment_sent *sent,
                            struct payment_new *new);

/* Records it and settles what it can, see ledger.h. DB_UNIQUE: its external_id
 * is there already. */
enum db_result payment_record(struct db *db, struct arena *a,
                              const char *tenant, const struct actor *actor,
                              const struct payment_new *new, const char **id);

/*
 * A debit came back, or it was recorded by mistake: what it settled is open
 * again. Of what was paid back: it is left again. row: of payment_by_id().
 * DB_NONE: it is reversed already. DB_CHECK: some of its money was paid back,
 * of the payment or of a correction, and that is not reversed.
 */
struct payment_reversal {
    const char *date, *reason;
};
/* What was sent as a reversal of row; false: errors have what is wrong. */
bool payment_take_reversal(struct arena *a, const struct tenant *tenant,
                           const json_t *row, const json_t *input,
                           struct field_errors *errors,
                           struct payment_reversal *reversal);
enum db_result payment_reverse(struct db *db, struct arena *a,
                               const char *tenant, const struct actor *actor,
                               const json_t *row,
                               const struct payment_reversal *reversal);

/* Columns of table payment, with customer as its number, contract as its ref
 * and invoice as its number ("" where there is none); customer_id; credit: what
 * is left of it; refunded: what was paid back of it; settlements, an array of
 * invoice (number), amount and currency. */
enum db_result payment_by_id(struct db *db, struct arena *a, const char *tenant,
                             const char *id, json_t **row);

struct payment_filter {                                    /* NULL: any */
    const char *customer, *contract, *invoice;             /* numbers, ref */
    const char *status, *method, *external_id, *from, *to; /* days, both in */
    const char *after_date, *after; /* goes on after; NULL: at the newest */
    int limit;
};
enum db_result payment_list(struct db *db, struct arena *a, const char *tenant,
                            const struct payment_filter *filter, json_t **rows);

/* What was paid back of a payment, oldest first: id, date, amount, currency,
 * reference, status. */
enum db_result payment_refunds(struct db *db, struct arena *a,
                               const char *tenant, const char *payment,
                               json_t **rows);

enum db_result payment_list_rows(struct db *db, struct arena *a,
                                 const struct list_query *q, const char *tenant,
                                 const char *pool, json_t **rows);

#endif
