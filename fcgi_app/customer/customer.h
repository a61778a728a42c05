/* Customers: the billed parties of a tenant. */
#ifndef CUSTOMER_CUSTOMER_H
#define CUSTOMER_CUSTOMER_H

#include "audit/audit.h"
#include "base/field.h"
#include "db/list.h"

struct tenant;

/* How the API shows a customer, and what it takes. */
extern const struct field customer_fields[];
extern const struct field customer_create_fields[];
extern const struct field customer_change_fields[];
extern const struct field customer_query_fields[];

/* What the form of the back office sends to change one: all of it. */
extern const struct field customer_form_fields[], customer_form_new_fields[];
/* Check-boxes, one for each of features.def. */
extern const struct field customer_portal_fields[];
extern const struct field customer_profile_fields[]; /* by the customer */

/* Rows have the columns of table customer, and parent_number (or null).
 * DB_NONE: not there. */
enum db_result customer_by_number(struct db *db, struct arena *a,
                                  const char *tenant, const char *number,
                                  json_t **row);
enum db_result customer_by_id(struct db *db, struct arena *a,
                              const char *tenant, const char *id, json_t **row);

/* The same by its id, asked together with other questions: db_row(). */
struct db_answer *customer_ask(struct db *db, struct arena *a,
                               const char *tenant, const char *id);

/* The row as others see it: with the parent's number for its id. */
json_t *customer_shown(struct arena *a, const json_t *row);

/* What a person calls the customer: company, else first and last name. */
const char *customer_name(struct arena *a, const json_t *row);

/* The same in SQL, of the alias of table customer. */
#define CUSTOMER_NAME(c)                                                       \
    "CASE WHEN " c ".company_name = '' THEN TRIM(" c                           \
    ".first_name || ' ' || " c ".last_name) ELSE " c ".company_name END"

/* The list of the back office. */
extern const struct field customer_list_fields[];
enum db_result customer_list_rows(struct db *db, struct arena *a,
                                  const struct list_query *q,
                                  const char *tenant, const char *pool,
                                  json_t **rows);

/* The same of those whose parent has that id, by number. */
enum db_result customer_below(struct db *db, struct arena *a,
                              const char *tenant, const char *id, int limit,
                              json_t **rows);

/* A number that somebody gives a new customer has the tenant's format
 * (tenant/series.h). Customers keep the one they have when that changes. */
bool customer_number_ok(struct db *db, struct arena *a, const char *tenant,
                        const char *number);

enum customer_order {
    CUSTOMERS_BY_NUMBER,
    CUSTOMERS_BY_NUMBER_DOWN,
    CUSTOMERS_BY_CREATED,
    CUSTOMERS_BY_CREATED_DOWN,
};

/* NULL: whatever it is. */
struct customer_filter {
    const char *number;   /* how it begins */
    const char *text;     /* words that stand in names, number, mail or town */
    const char *email;    /* whatever its case */
    const char *parent;   /* number */
    int64_t from, before; /* creation; 0 and CLOCK_END: at any time */
    enum customer_order order;
    bool on;                  /* goes on after: */
    const char *after_number; /* the key columns of the last one seen */
    int64_t after_created;
    int limit;
};

enum db_result customer_list(struct db *db, struct arena *a, const char *tenant,
                             const struct customer_filter *filter,
                             json_t **rows);

/* What `text` above is, of what somebody typed: folded, and what LIKE takes in
 * column search: "so%" -> "%so\%%". NULL for NULL. */
const char *customer_pattern(struct arena *a, const char *typed);

struct customer_new {   /* texts: NULL is "" */
    const char *number; /* NULL: the next one of the tenant */
    const char *company_name, *first_name, *last_name, *email;
    const char *language, *street, *address_extra, *postal_code, *city;
    const char *country, *phone, *vat_id, *birth_date;
    int64_t created;            /* 0: now */
    const char *parent;         /* id, or NULL */
    const char *portal_without; /* features that its portal leaves out, words */
    bool by_member;             /* who changes it, and gives an address */
};

struct customer_sent {
    struct arena *arena;
    const struct tenant *tenant;
    const json_t *input;  /* typed by customer_create_fields and its kin */
    const json_t *before; /* the row that changes; NULL: a new customer */
    struct field_errors *errors;
};

/*
 * What was sent as a customer: what is absent is as it was, null empties it.
 * DB_CHECK: it breaks a rule; errors have each at its field, beside those that
 * are there.
 */
enum db_result customer_take(struct db *db, const struct customer_sent *sent,
                             struct customer_new *new);

/*
 * *id gets the new customer's id. DB_UNIQUE: the number is taken. A number that
 * is not given is the next of the tenant's series (tenant/series.h), and is
 * nobody else's, whoever creates at the same time.
 */
enum db_result customer_create(struct db *db, struct arena *a,
                               const char *tenant, const struct actor *actor,
                               const struct customer_new *new, const char **id);

/*
 * Puts all of `new` (but number and created) in the place of what `row` has.
 * Where that is the same, nothing happens: no version, no row of the audit, no
 * callback. DB_NONE: it has changed meanwhile; DB_CHECK: the parent is the
 * customer itself, or below it.
 */
enum db_result customer_change(struct db *db, struct arena *a,
                               const char *tenant, const struct actor *actor,
                               const json_t *row,
                               const struct customer_new *new);

/* Tells callbacks that something else than its own data changed of a customer
 * (its id), in the transaction that did. */
enum db_result customer_tell_changed(struct db *db, struct arena *a,
                                     const char *tenant,
                                     const struct actor *actor, const char *id);

/* DB_FOREIGN: something hangs on it. DB_NONE: it has changed, or is gone. */
enum db_result customer_remove(struct db *db, struct arena *a,
                               const char *tenant, const struct actor *actor,
                               const json_t *row);

#endif
