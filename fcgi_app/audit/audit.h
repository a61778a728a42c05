/*
 * The audit trail: who did what to what. A row is written inside the
 * transaction of the change it tells of, so that one does not exist without the
 * other. A job seals the rows into a hash chain later (audit_chain.c), so that
 * no row is a bottleneck.
 */
#ifndef AUDIT_AUDIT_H
#define AUDIT_AUDIT_H

#include "base/field.h"
#include "db/list.h"

struct actor {
    const char
        *name; /* "user:usr_…", "staff:…", "key:…", "merchant:<kid>", … */
    const char *remote_addr; /* "" when there is none */
    const char *request_id;
    const char *on_behalf_of; /* whose part the actor plays, "user:usr_…"; NULL:
                                 their own */
    bool test;                /* by an API key of test mode */
};

struct audit {
    const struct actor *actor;
    const char *customer; /* id of the account, or "" */
    const char *action;   /* "session.started" */
    const char *object;   /* id of what was changed, or "" */
    const char *detail;   /* what is to be told beside a change, or "" */
};

/* The list of all. */
extern const struct field audit_list_fields[];
enum db_result audit_list_rows(struct db *db, struct arena *a,
                               const struct list_query *q, const char *tenant,
                               const char *pool, json_t **rows);

enum db_result audit_write(struct db *db, struct arena *a, const char *tenant,
                           const struct audit *row);

/* Many rows at once, of changes that one transaction makes. changes: of each
 * row what it was, or NULL. */
struct audit_change;
enum db_result audit_write_many(struct db *db, struct arena *a,
                                const char *tenant, const struct audit *rows,
                                size_t n, const struct audit_change *changes);

/*
 * The same with what has changed: the values of `fields` that differ between
 * two records (rows of the database; NULL: there was or is none). A
 * FIELD_SECRET says that it changed, and never what it is.
 */
enum db_result audit_write_change(struct db *db, struct arena *a,
                                  const char *tenant, const struct audit *row,
                                  const struct field *fields,
                                  const json_t *before, const json_t *after);

/* What stands in the place of a secret. */
#define AUDIT_SECRET "***"

/* The same with objects of what changed alone (borrowed; NULL: none). */
enum db_result audit_write_objects(struct db *db, struct arena *a,
                                   const char *tenant, const struct audit *row,
                                   json_t *before, json_t *after);

/* The same with texts that are made already. */
enum db_result audit_write_texts(struct db *db, struct arena *a,
                                 const char *tenant, const struct audit *row,
                                 const struct audit_change *change);

/* The two texts of such a change: JSON objects, "" for none. */
struct audit_change {
    const char *before, *after;
};
struct audit_change audit_diff(struct arena *a, const struct field *fields,
                               const json_t *before, const json_t *after);

/* user, staff, key, link, merchant, nobody or system, by an actor's name. */
const char *audit_actor_kind(const char *name);

/* ---- reading ---- */

extern const struct field audit_fields[], audit_filter_fields[];

struct audit_filter { /* NULL: any */
    const char *actor, *action, *object;
    const char *account; /* number of a customer */
    int64_t from, to;    /* Unix seconds, to is not included; CLOCK_END */
};

/* Newest first, those before the id `before` (or NULL). */
enum db_result audit_list(struct db *db, struct arena *a, const char *tenant,
                          const struct audit_filter *filter, const char *before,
                          int limit, json_t **rows);

/* What happened to a customer, newest first, before the id `before` (or NULL).
 * Rows: id, at, actor, on_behalf_of, action, object, detail, before, after. */
enum db_result audit_of_customer(struct db *db, struct arena *a,
                                 const char *tenant, const char *customer,
                                 const char *before, int limit, json_t **rows);

/* The newest sign-ins of a person, newest first: those that began a session
 * (actor: who came) and those that were refused (object: whose name it was).
 * Rows: at, action, detail, remote_addr. */
enum db_result audit_sign_ins(struct db *db, struct arena *a,
                              const char *tenant, const char *actor,
                              const char *object, int limit, json_t **rows);

/* What was done to an object by one of two actions, newest first, before the id
 * `before` (or NULL). Rows: id, at, actor, action, detail, before, after. */
enum db_result audit_of_object(struct db *db, struct arena *a,
                               const char *tenant, const char *object,
                               const char *const actions[2], const char *before,
                               int limit, json_t **rows);

/* Oldest first, for exports: those after the id. */
enum db_result audit_after(struct db *db, struct arena *a, const char *tenant,
                           const struct audit_filter *filter, const char *after,
                           int limit, json_t **rows);

/* ---- the chain ---- */

struct audit_key; /* Ed25519, signs the end of the chain */

/* "k4.public.…" of the key in the state directory, or NULL when there is none.
 */
const char *audit_public_key(struct arena *a, const char *state);

struct audit_verdict {
    bool whole;
    char why[200];  /* not whole: what is wrong with the first broken row */
    int64_t sealed; /* rows of the chain */
    int64_t open;   /* rows not yet sealed */
    char hash[65];  /* of the last one */
};

/* Proves the chain of a tenant; public_key: "k4.public.…", or NULL to leave the
 * signatures alone. */
enum db_result audit_verify(struct db *db, struct arena *a, const char *tenant,
                            const char *public_key,
                            struct audit_verdict *verdict);

#endif
