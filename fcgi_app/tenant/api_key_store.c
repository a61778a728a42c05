#include "base/clock.h"
#include "tenant/tenant_store.h"

/* every tenant: the key says which one */
enum db_result
api_key_store_find(struct db *db, struct arena *a, const char *id, json_t **row)
{
    return db_one(db, a, row, "SELECT * FROM api_key WHERE id = $1", "t", id);
}

enum db_result
api_key_store_public(struct db *db, struct arena *a, const char *key,
                     json_t **row)
{
    return db_one(db, a, row, "SELECT id FROM tenant WHERE public_key = $1",
                  "t", key);
}

#define SHOWN                                                                  \
    "SELECT id, name, scopes, networks, mode, expires, created, last_used,"    \
    " old_until, version, secret_hash AS secret FROM api_key"                  \
    " WHERE tenant = $1 AND revoked = 0 "

enum db_result
api_key_get(struct db *db, struct arena *a, const char *tenant, const char *id,
            json_t **row)
{
    return db_one(db, a, row, SHOWN "AND id = $2", "tt", tenant, id);
}

enum db_result
api_key_list(struct db *db, struct arena *a, const char *tenant,
             const char *after, int limit, json_t **rows)
{
    return db_all(db, a, rows, SHOWN "AND id > $2 ORDER BY id LIMIT $3", "tti",
                  tenant, after ? after : "", (int64_t)limit);
}

enum db_result
api_key_store_insert(struct db *db, const char *tenant, const char *id,
                     const char *secret_hash, const struct api_key_new *new)
{
    return db_exec(db, NULL,
                   "INSERT INTO api_key (id, tenant, name, secret_hash, scopes,"
                   " expires, revoked, created, mode, networks)"
                   " VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8, $9)",
                   "tttttiitt", id, tenant, new->name, secret_hash, new->scopes,
                   new->expires, clock_now(), new->test ? "test" : "live",
                   new->networks);
}

enum db_result
api_key_store_seen(struct db *db, const char *tenant, const char *id,
                   int64_t now, int64_t before)
{
    int64_t changed;

    return db_exec_at_once(db, &changed,
                           "UPDATE api_key SET last_used = $3 WHERE tenant = $1"
                           " AND id = $2 AND last_used < $4",
                           "ttii", tenant, id, now, before);
}

enum db_result
api_key_store_change(struct db *db, const char *tenant, const char *id,
                     int64_t version, const struct api_key_new *new,
                     int64_t *changed)
{
    return db_exec(db, changed,
                   "UPDATE api_key SET name = $4, scopes = $5, networks = $6,"
                   " expires = $7, version = version + 1 WHERE tenant = $1"
                   " AND id = $2 AND version = $3 AND revoked = 0",
                   "ttittti", tenant, id, version, new->name, new->scopes,
                   new->networks, new->expires);
}

enum db_result
api_key_store_rotate(struct db *db, const char *tenant, const char *id,
                     int64_t version, const char *secret_hash, int64_t until,
                     int64_t *changed)
{
    return db_exec(db, changed,
                   "UPDATE api_key SET old_hash = secret_hash, old_until = $5,"
                   " secret_hash = $4, version = version + 1 WHERE tenant = $1"
                   " AND id = $2 AND version = $3 AND revoked = 0",
                   "ttiti", tenant, id, version, secret_hash, until);
}

enum db_result
api_key_store_revoke(struct db *db, const char *tenant, const char *id,
                     int64_t version, int64_t now, int64_t *changed)
{
    return db_exec(db, changed,
                   "UPDATE api_key SET revoked = $4, version = version + 1"
                   " WHERE tenant = $1 AND id = $2 AND revoked = 0"
                   " AND (CAST($3 AS BIGINT) = 0 OR version = $3)",
                   "ttii", tenant, id, version, now);
}
