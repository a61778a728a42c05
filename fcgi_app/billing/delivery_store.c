#include "billing/billing_store.h"

/* Waits, and nobody has made a mail of it. */
#define DUE "dispatch = 'waiting' AND mail IS NULL AND dispatch_until <= "

/* every tenant has its turn */
enum db_result
delivery_store_tenants(struct db *db, struct arena *a, int64_t now,
                       json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT DISTINCT tenant FROM invoice WHERE " DUE "$1"
                  " ORDER BY tenant",
                  "i", now);
}

enum db_result
delivery_store_due(struct db *db, struct arena *a, const char *tenant,
                   int64_t now, int limit, json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT id FROM invoice WHERE tenant = $1 AND " DUE "$2"
                  " ORDER BY created, id LIMIT $3",
                  "tii", tenant, now, (int64_t)limit);
}

enum db_result
delivery_store_lease(struct db *db, const char *tenant, const char *id,
                     int64_t now, int64_t until, int64_t *taken)
{
    return db_exec(db, taken,
                   "UPDATE invoice SET dispatch_until = $4"
                   " WHERE tenant = $1 AND id = $2 AND " DUE "$3",
                   "ttii", tenant, id, now, until);
}

enum db_result
delivery_store_set(struct db *db, const char *tenant, const char *id,
                   const struct dispatch *to, bool once, int64_t *changed)
{
    return db_exec(db, changed,
                   "UPDATE invoice SET dispatch = $3, mail = $4,"
                   " dispatch_reason = $5, dispatch_until = 0"
                   " WHERE tenant = $1 AND id = $2"
                   " AND (dispatch <> 'waiting' OR mail IS NULL)"
                   " AND (CAST($6 AS BIGINT) = 0 OR dispatch = 'waiting')",
                   "ttttti", tenant, id, to->state, to->mail, to->reason,
                   (int64_t)once);
}

enum db_result
delivery_store_follow(struct db *db, const char *tenant, const char *id,
                      const struct dispatch *to)
{
    return db_exec(db, NULL,
                   "UPDATE invoice SET dispatch = $4, dispatch_reason = $5"
                   " WHERE tenant = $1 AND id = $2 AND mail = $3"
                   " AND dispatch = 'waiting'",
                   "ttttt", tenant, id, to->mail, to->state, to->reason);
}
