/*
 * How customers pay: by a direct debit that they gave a mandate for, or on
 * account, which is to have no method. What has been paid is
 * billing/payment.h's.
 */
#ifndef PAYER_PAYER_H
#define PAYER_PAYER_H

#include "audit/audit.h"
#include "base/field.h"
#include "base/keys.h"
#include "db/db.h"

struct tenant;

enum { PAYER_REFERENCE_MAX = 35, PAYER_HOLDER_MAX = 70 }; /* as banks have it */

/* The form of the portal; what the API answers and takes. */
extern const struct field payer_form_fields[], payer_fields[],
    payer_new_fields[];

/* What one who pays on account has as "kind"; and who pays by direct debit. */
#define PAYER_ON_ACCOUNT   "on_account"
#define PAYER_DIRECT_DEBIT "direct_debit"

/* What stands in a mandate's words in the place of its IBAN. */
#define PAYER_IBAN "{iban}"

/*
 * Rows have the columns of table payment_method but for the sealed IBAN, with
 * customer the customer's number and customer_id its id. The method in use;
 * DB_NONE: there is none, so they pay on account. And the same, asked together
 * with other questions: db_row().
 */
enum db_result payer_current(struct db *db, struct arena *a, const char *tenant,
                             const char *customer, json_t **row);
struct db_answer *payer_ask(struct db *db, struct arena *a, const char *tenant,
                            const char *customer);

/* One of them, whether or not it is in use; and all, the newest first. */
enum db_result payer_get(struct db *db, struct arena *a, const char *tenant,
                         const char *customer, const char *id, json_t **row);
enum db_result payer_list(struct db *db, struct arena *a, const char *tenant,
                          const char *customer, json_t **rows);

/* The row as others see it, typed by payer_fields: with a masked "iban". NULL:
 * of who pays on account. */
json_t *payer_shown(struct arena *a, const char *number, const json_t *row);

/* The identifier by which the tenant collects direct debits, plain; NULL: it
 * offers none. */
const char *payer_creditor(struct db *db, struct arena *a,
                           const struct tenant *tenant);

/* A reference for a new mandate, which nobody else has. */
const char *payer_reference(struct arena *a);

/* Whether it can be one: 1 to 35 characters that banks take (EPC217-08), not
 * begun or ended by a slash, and none twice in a row. */
bool payer_reference_ok(const char *reference);

/* Puts what is wrong with an IBAN that somebody typed at that field; else it is
 * the plain one. */
const char *payer_take_iban(struct arena *a, const char *typed,
                            const char *field, struct field_errors *errors);

struct payer_desk {
    struct db *db;
    struct arena *arena;
    struct keys *keys;
    const struct tenant *tenant;
    const struct actor *actor;
};

struct payer_new {
    const char *id;       /* the same of what is sent twice */
    const char *customer; /* id */
    const char *before;   /* id of the method that it takes the place of; "":
                             none; NULL: whatever is in use */
    const char *iban;     /* plain */
    const char *holder, *reference, *creditor;
    const char *signed_on;              /* "2026-11-28" */
    const char *words, *language, *url; /* "": it was given elsewhere */
};

/*
 * From now on direct debits are collected by that mandate; the method before
 * is replaced. With its row in the trail, which has the words, and its
 * callback. DB_UNIQUE: id or reference are there already; DB_NONE: another
 * method than `before` is in use.
 */
enum db_result payer_set(const struct payer_desk *desk,
                         const struct payer_new *new);

/* On account again: that method, as it is in use, ends. DB_NONE: it has ended.
 */
enum db_result payer_remove(const struct payer_desk *desk, const json_t *row);

/* The same of a mandate that lapsed. */
enum db_result payer_lapse(const struct payer_desk *desk, const json_t *row);

#endif
