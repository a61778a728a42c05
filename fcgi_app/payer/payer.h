/*
 * How customers pay: by a direct debit that they gave a mandate for, by a card
 * that a provider keeps, or on account, which is to have no method. What has
 * been paid is billing/payment.h's.
 */
#ifndef PAYER_PAYER_H
#define PAYER_PAYER_H

#include "audit/audit.h"
#include "base/field.h"
#include "base/keys.h"
#include "db/db.h"
#include "provider/provider.h"

struct tenant;

enum { PAYER_REFERENCE_MAX = 35, PAYER_HOLDER_MAX = 70 }; /* as banks have it */

/* An account alone; the form of the portal; what the API answers and takes. */
extern const struct field payer_account_fields[], payer_form_fields[],
    payer_fields[], payer_new_fields[];

/* What one who pays on account has as "kind"; who pays by direct debit; and by
 * card. */
#define PAYER_ON_ACCOUNT   "on_account"
#define PAYER_DIRECT_DEBIT "direct_debit"
#define PAYER_CARD         "card"

/* What stands in a mandate's words in the place of its IBAN. */
#define PAYER_IBAN "{iban}"

/*
 * Rows have the columns of table payment_method but for what is sealed, with
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

/* A reference for a new mandate, which nobody else has; and the same of what
 * has that id, whenever it is asked. */
const char *payer_reference(struct arena *a);
const char *payer_reference_of(struct arena *a, const char *id);

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

    /* of a card; NULL: it is a direct debit */
    const char *provider;
    const struct provider_card *card;

    /* of a direct debit; of a card as for one that was given elsewhere */
    const char *iban; /* plain */
    const char *holder, *reference, *creditor;
    const char *signed_on;              /* "2026-11-28" */
    const char *words, *language, *url; /* "": it was given elsewhere */
};

/*
 * From now on that mandate or card is what they pay by; the method before is
 * replaced, and a provider forgets the card that it was. With its row in the
 * trail, which has the words, and its callback. DB_UNIQUE: id or reference are
 * there already; DB_NONE: another method than `before` is in use.
 */
enum db_result payer_set(const struct payer_desk *desk,
                         const struct payer_new *new);

/* On account again: that method, as it is in use, ends, and a provider forgets
 * it. DB_NONE: it has ended. */
enum db_result payer_remove(const struct payer_desk *desk, const json_t *row);

/* The same of a mandate that lapsed. */
enum db_result payer_lapse(const struct payer_desk *desk, const json_t *row);

/* Lets the provider forget a card that nobody pays by, in the transaction of
 * why. sealed: its token, bound to that id. */
enum db_result payer_forget(const struct payer_desk *desk, const char *provider,
                            const char *id, const char *sealed);

/* The seal of a card's token, bound to that id; NULL: it cannot be sealed. */
const char *payer_seal_token(const struct payer_desk *desk, const char *id,
                             const char *token);

bool payer_is_card(const json_t *row);

/* "Visa … 4242" */
const char *payer_card_name(struct arena *a, const json_t *row);

/* The last day of a card's month; and whether that is soon, or over. */
enum { PAYER_SOON_DAYS = 60 };
const char *payer_card_end(struct arena *a, const json_t *row);
bool payer_card_ends_soon(struct arena *a, const struct tenant *tenant,
                          const json_t *row);
bool payer_card_over(struct arena *a, const struct tenant *tenant,
                     const json_t *row);

#endif
