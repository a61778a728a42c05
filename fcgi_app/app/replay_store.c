#include "app/replay_store.h"

enum db_result
replay_store_get(struct db *db, struct arena *a, const struct replay_name *n,
                 json_t **row)
{
    return db_one(db, a, row,
                  "SELECT fingerprint, status, answer FROM idempotency"
                  " WHERE tenant = $1 AND api_key = $2 AND route = $3"
                  " AND name = $4",
                  "tttt", n->tenant, n->api_key, n->route, n->name);
}

enum db_result
replay_store_claim(struct db *db, const struct replay_name *n,
                   const char *fingerprint, int64_t now)
{
    int64_t added;
    enum db_result r = db_exec(
        db, &added,
        "INSERT INTO idempotency (tenant, api_key, route, name, fingerprint,"
        " status, answer, created) VALUES ($1, $2, $3, $4, $5, 0, '', $6)"
        " ON CONFLICT (tenant, api_key, route, name) DO NOTHING",
        "ttttti", n->tenant, n->api_key, n->route, n->name, fingerprint, now);

    return r == DB_OK && added == 0 ? DB_UNIQUE : r;
}

enum db_result
replay_store_keep(struct db *db, const struct replay_name *n, int status,
                  const char *answer)
{
    return db_exec(db, NULL,
                   "UPDATE idempotency SET status = $5, answer = $6"
                   " WHERE tenant = $1 AND api_key = $2 AND route = $3"
                   " AND name = $4",
                   "ttttit", n->tenant, n->api_key, n->route, n->name,
                   (int64_t)status, answer);
}

/* every tenant: what is old is old */
enum db_result
replay_store_forget(struct db *db, int64_t before, int limit,
                    int64_t *forgotten)
{
    return db_exec(db, forgotten,
                   "DELETE FROM idempotency"
                   " WHERE (tenant, api_key, route, name) IN"
                   " (SELECT tenant, api_key, route, name FROM idempotency"
                   " WHERE created < $1 ORDER BY created LIMIT $2)",
                   "ii", before, (int64_t)limit);
}
