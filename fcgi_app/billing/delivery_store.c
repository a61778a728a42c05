#include "billing/delivery_store.h"

/*
 * Each statement once a kind. What differs: the table, how it says that there
 * is no mail, and what a change of it changes beside.
 */
#define EACH(statement)                                                        \
    {                                                                          \
        [DELIVERY_DOCUMENT] = statement("invoice", "IS NULL", "NULL", "", ""), \
        [DELIVERY_REMINDER] =                                                  \
            statement("reminder", "= ''", "''", ", version = version + 1",     \
                      " AND withdrawn = 0"),                                   \
    }

/* Waits, and nobody has made a mail of it: as the indexes have it. */
#define UNMADE(no_mail) "dispatch = 'waiting' AND mail " no_mail

/* every tenant has its turn: one look into the index for each of them */
#define TENANTS(table, no_mail, none, more, standing)                          \
    "SELECT t.id AS tenant FROM tenant t WHERE EXISTS (SELECT 1 FROM " table   \
    " WHERE tenant = t.id AND " UNMADE(                                        \
        no_mail) " AND dispatch_until <= $1) ORDER BY t.id"

#define DUE(table, no_mail, none, more, standing)                              \
    "SELECT id FROM " table " WHERE tenant = $1 AND " UNMADE(                  \
        no_mail) " AND dispatch_until <= $2"                                   \
                 " ORDER BY dispatch_until, created, id LIMIT $3"

#define TAKE(table, no_mail, none, more, standing)                             \
    "UPDATE " table " SET dispatch_tries = dispatch_tries + 1,"                \
    " dispatch_until = $4 WHERE tenant = $1 AND id = $2 AND " UNMADE(          \
        no_mail) " AND dispatch_until <= $3 RETURNING dispatch_tries"

#define WAIT(table, no_mail, none, more, standing)                             \
    "UPDATE " table " SET dispatch_until = $4, dispatch_error = $5" more       \
    " WHERE tenant = $1 AND id = $2 AND dispatch_tries = $3 AND " UNMADE(      \
        no_mail)

#define SET(table, no_mail, none, more, standing)                              \
    "UPDATE " table " SET dispatch = $3, mail = COALESCE(CAST($4 AS TEXT),"    \
    " " none "), dispatch_reason = $5, dispatch_error = $6,"                   \
    " dispatch_until = 0, dispatch_tries = CASE WHEN CAST($7 AS BIGINT) = 1"   \
    " THEN dispatch_tries ELSE 1 END" more                                     \
    " WHERE tenant = $1 AND id = $2 AND (dispatch <> 'waiting'"                \
    " OR mail " no_mail ")"                                                    \
    " AND (CAST($7 AS BIGINT) = 0 OR dispatch = 'waiting')"

#define FOLLOW(table, no_mail, none, more, standing)                           \
    "UPDATE " table " SET dispatch = $4, dispatch_reason = $5,"                \
    " dispatch_error = $6" more " WHERE tenant = $1 AND id = $2"               \
    " AND mail = $3 AND dispatch = 'waiting'"

#define COUNT(table, no_mail, none, more, standing)                            \
    "SELECT COUNT(*) AS n FROM (SELECT 1 FROM " table " WHERE tenant = $1"     \
    " AND dispatch = 'failed'" standing " LIMIT $2) f"

#define FAILED(table, no_mail, none, more, standing)                           \
    "SELECT id, number, customer FROM " table " WHERE tenant = $1"             \
    " AND dispatch = 'failed'" standing " AND id > $2"                         \
    " AND (CAST($4 AS TEXT) IS NULL OR run = $4) ORDER BY id LIMIT $3"

#define AGAIN(table, no_mail, none, more, standing)                            \
    "UPDATE " table " SET dispatch = 'waiting', mail = " none ","              \
    " dispatch_reason = '', dispatch_error = '', dispatch_tries = 0,"          \
    " dispatch_until = 0" more                                                 \
    " WHERE tenant = $1 AND dispatch = 'failed'" standing                      \
    " AND id > $2 AND id <= $3"                                                \
    " AND (CAST($4 AS TEXT) IS NULL OR run = $4)"

enum db_result
delivery_store_tenants(struct db *db, struct arena *a, enum delivery_kind kind,
                       int64_t now, json_t **rows)
{
    static const char *const sql[] = EACH(TENANTS);

    return db_all(db, a, rows, sql[kind], "i", now);
}

enum db_result
delivery_store_due(struct db *db, struct arena *a, enum delivery_kind kind,
                   const char *tenant, int64_t now, int limit, json_t **rows)
{
    static const char *const sql[] = EACH(DUE);

    return db_all(db, a, rows, sql[kind], "tii", tenant, now, (int64_t)limit);
}

enum db_result
delivery_store_take(struct db *db, struct arena *a, enum delivery_kind kind,
                    const char *tenant, const char *id, int64_t now,
                    int64_t until, json_t **row)
{
    static const char *const sql[] = EACH(TAKE);

    return db_one(db, a, row, sql[kind], "ttii", tenant, id, now, until);
}

enum db_result
delivery_store_wait(struct db *db, enum delivery_kind kind, const char *tenant,
                    const char *id, int64_t tries, int64_t until,
                    const char *error)
{
    static const char *const sql[] = EACH(WAIT);

    return db_exec(db, NULL, sql[kind], "ttiit", tenant, id, tries, until,
                   error);
}

enum db_result
delivery_store_set(struct db *db, enum delivery_kind kind, const char *tenant,
                   const char *id, const struct dispatch *to, bool once,
                   int64_t *changed)
{
    static const char *const sql[] = EACH(SET);

    return db_exec(db, changed, sql[kind], "tttttti", tenant, id, to->state,
                   to->mail, to->reason, to->error, (int64_t)once);
}

enum db_result
delivery_store_follow(struct db *db, enum delivery_kind kind,
                      const char *tenant, const char *id,
                      const struct dispatch *to, int64_t *changed)
{
    static const char *const sql[] = EACH(FOLLOW);

    return db_exec(db, changed, sql[kind], "tttttt", tenant, id, to->mail,
                   to->state, to->reason, to->error);
}

enum db_result
delivery_store_get(struct db *db, struct arena *a, enum delivery_kind kind,
                   const char *tenant, const char *id, json_t **row)
{
    static const char *const sql[] = {
        [DELIVERY_DOCUMENT] =
            "SELECT i.id, i.number, i.type, i.customer, i.customer_number,"
            " i.date, c.ref AS contract_ref FROM invoice i"
            " LEFT JOIN contract c ON c.tenant = i.tenant"
            " AND c.id = i.contract WHERE i.tenant = $1 AND i.id = $2",
        [DELIVERY_REMINDER] =
            "SELECT i.id, i.number, 'reminder' AS type, i.customer,"
            " i.customer_number, i.date, c.ref AS contract_ref"
            " FROM reminder i LEFT JOIN contract c ON c.tenant = i.tenant"
            " AND c.id = i.contract WHERE i.tenant = $1 AND i.id = $2",
    };

    return db_one(db, a, row, sql[kind], "tt", tenant, id);
}

/* ---- what failed for good ---- */

enum db_result
delivery_store_count(struct db *db, struct arena *a, enum delivery_kind kind,
                     const char *tenant, json_t **row)
{
    static const char *const sql[] = EACH(COUNT);

    return db_one(db, a, row, sql[kind], "ti", tenant,
                  (int64_t)DELIVERY_COUNTED);
}

enum db_result
delivery_store_failed(struct db *db, struct arena *a, enum delivery_kind kind,
                      const char *tenant, const char *run, const char *after,
                      int limit, json_t **rows)
{
    static const char *const sql[] = EACH(FAILED);

    return db_all(db, a, rows, sql[kind], "ttit", tenant, after, (int64_t)limit,
                  run);
}

enum db_result
delivery_store_again(struct db *db, enum delivery_kind kind, const char *tenant,
                     const struct delivery_again *again)
{
    static const char *const sql[] = EACH(AGAIN);

    return db_exec(db, NULL, sql[kind], "tttt", tenant, again->after,
                   again->last, again->run);
}

enum db_result
delivery_store_run(struct db *db, struct arena *a, const char *tenant,
                   const char *run, json_t **row)
{
    return db_one(db, a, row,
                  "SELECT id FROM invoice_run WHERE tenant = $1 AND id = $2"
                  " UNION ALL SELECT id FROM reminder_run WHERE tenant = $1"
                  " AND id = $2",
                  "tt", tenant, run);
}
