#include "tenant/tenant_store.h"

#include <string.h>

#include "base/clock.h"

enum db_result
tenant_store_get(struct db *db, struct arena *a, const char *id, json_t **row)
{
    return db_one(db, a, row,
                  "SELECT t.*, (SELECT MIN(h.host) FROM tenant_host h"
                  " WHERE h.tenant = t.id) AS host FROM tenant t"
                  " WHERE t.id = $1",
                  "t", id);
}

struct db_answer *
tenant_store_load(struct db *db, struct arena *a, const char *id)
{
    static const char sql[] =
        "SELECT"
#define FOOT_LINK(setting, label)                                              \
    " (SELECT s.value FROM setting s WHERE s.tenant = t.id AND s.name = "      \
    "'" #setting "') AS " #setting ","
#include "tables/foot_links.def"
#undef FOOT_LINK
        " t.id, t.pool, t.name, t.default_language, t.time_zone, t.address,"
        " t.accent, t.style, t.cookie_mode, t.logo, t.logo_width,"
        " t.logo_height, t.revision, t.portal_without, t.audience, l.language,"
        " (SELECT MIN(h.host) FROM tenant_host h WHERE h.tenant = t.id) AS host"
        " FROM tenant t LEFT JOIN tenant_language l ON l.tenant = t.id"
        " WHERE t.id = $1 ORDER BY l.position";

    return db_ask(db, a, sql, "t", id);
}

enum db_result
tenant_store_languages(struct db *db, struct arena *a, const char *tenant,
                       json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT language FROM tenant_language WHERE tenant = $1"
                  " ORDER BY position",
                  "t", tenant);
}

enum db_result
tenant_store_hosts(struct db *db, struct arena *a, json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT tenant, host FROM tenant_host ORDER BY host", "");
}

enum db_result
tenant_store_hosts_of(struct db *db, struct arena *a, const char *tenant,
                      json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT tenant, host FROM tenant_host WHERE tenant = $1"
                  " ORDER BY host",
                  "t", tenant);
}

enum db_result
tenant_store_ancestors(struct db *db, struct arena *a, const char *tenant,
                       json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT origin FROM tenant_frame_ancestor WHERE tenant = $1"
                  " ORDER BY position",
                  "t", tenant);
}

enum db_result
tenant_store_set_ancestors(struct db *db, const char *tenant,
                           const char *const *origins, size_t n)
{
    enum db_result r =
        db_exec(db, NULL, "DELETE FROM tenant_frame_ancestor WHERE tenant = $1",
                "t", tenant);

    for (size_t i = 0; i < n && r == DB_OK; i++) {
        r = db_exec(db, NULL,
                    "INSERT INTO tenant_frame_ancestor (tenant, position,"
                    " origin) VALUES ($1, $2, $3)",
                    "tit", tenant, (int64_t)i, origins[i]);
    }
    return r;
}

enum db_result
tenant_store_set_cookie_mode(struct db *db, const char *tenant,
                             const char *cookie_mode)
{
    return db_exec(db, NULL, "UPDATE tenant SET cookie_mode = $2 WHERE id = $1",
                   "tt", tenant, cookie_mode);
}

enum db_result
tenant_store_set_logo(struct db *db, const char *tenant, const char *name,
                      int width, int height)
{
    return db_exec(db, NULL,
                   "UPDATE tenant SET logo = $2, logo_width = $3,"
                   " logo_height = $4 WHERE id = $1",
                   "ttii", tenant, name, (int64_t)width, (int64_t)height);
}

enum db_result
tenant_store_add_logo(struct db *db, const char *tenant, const char *name,
                      const char *png, const char *jpeg)
{
    return db_exec(db, NULL,
                   "INSERT INTO tenant_logo (tenant, name, png, jpeg)"
                   " VALUES ($1, $2, $3, $4)"
                   " ON CONFLICT (tenant, name) DO NOTHING",
                   "tttt", tenant, name, png, jpeg);
}

enum db_result
tenant_store_logo(struct db *db, struct arena *a, const char *tenant,
                  const char *name, json_t **row)
{
    return db_one(db, a, row,
                  "SELECT png, jpeg FROM tenant_logo"
                  " WHERE tenant = $1 AND name = $2",
                  "tt", tenant, name);
}

enum db_result
tenant_store_set_accent(struct db *db, const char *tenant, const char *accent)
{
    return db_exec(db, NULL, "UPDATE tenant SET accent = $2 WHERE id = $1",
                   "tt", tenant, accent);
}

enum db_result
tenant_store_revisions(struct db *db, struct arena *a, json_t **rows)
{
    return db_all(db, a, rows, "SELECT id, revision FROM tenant", "");
}

enum db_result
tenant_ids(struct db *db, struct arena *a, json_t **rows)
{
    return db_all(db, a, rows, "SELECT id FROM tenant ORDER BY id", "");
}

enum db_result
tenant_store_raise(struct db *db, const char *tenant)
{
    return db_exec(db, NULL,
                   "UPDATE tenant SET revision = revision + 1 WHERE id = $1",
                   "t", tenant);
}

enum db_result
tenant_store_sso_keys(struct db *db, struct arena *a, const char *tenant,
                      json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT kid, material, not_before, not_after FROM sso_key"
                  " WHERE tenant = $1 ORDER BY created, kid",
                  "t", tenant);
}

static enum db_result
insert_languages(struct db *db, const struct tenant_new *new)
{
    enum db_result r = DB_OK;

    for (int i = 0; new->languages[i] && r == DB_OK; i++) {
        r = db_exec(db, NULL,
                    "INSERT INTO tenant_language (tenant, position, language)"
                    " VALUES ($1, $2, $3)",
                    "tit", new->id, (int64_t)i, new->languages[i]);
    }
    return r;
}

enum db_result
tenant_store_insert(struct db *db, const struct tenant_new *new,
                    const char *public_key)
{
    enum db_result r;
    int64_t added = 0;

    r = db_exec(db, NULL,
                "INSERT INTO organisation (id, name, created)"
                " VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING",
                "tti", new->organisation, new->name, clock_now());
    if (r == DB_OK) {
        r = db_exec(db, NULL,
                    "INSERT INTO user_pool (id, organisation) VALUES ($1, $2)"
                    " ON CONFLICT (id) DO NOTHING",
                    "tt", new->pool, new->organisation);
    }
    /* a pool that is there already may be another organisation's */
    if (r == DB_OK) {
        r = db_exec(
            db, &added,
            "INSERT INTO tenant (id, organisation, pool, name,"
            " default_language, cookie_mode, time_zone, public_key,"
            " address, revision, created, portal_without)"
            " SELECT $1, organisation, id, $4, $5, 'lax',"
            " 'Europe/Berlin', $6, $7, 1, CAST($8 AS BIGINT), 'additional'"
            " FROM user_pool"
            " WHERE id = $3 AND organisation = $2",
            "ttttttti", new->id, new->organisation, new->pool, new->name,
            new->default_language, public_key, new->address, clock_now());
    }
    if (r == DB_OK && added == 0) {
        return DB_FOREIGN;
    }
    return r == DB_OK ? insert_languages(db, new) : r;
}

enum db_result
tenant_store_add_sso_key(struct db *db, const char *tenant, const pf_key_t *key,
                         const char *material)
{
    return db_exec(db, NULL,
                   "INSERT INTO sso_key (tenant, kid, material, not_before,"
                   " not_after, created) VALUES ($1, $2, $3, $4, $5, $6)",
                   "tttiii", tenant, key->kid, material, key->not_before,
                   key->not_after, clock_now());
}

/* ---- key sets of identity providers ---- */

enum db_result
tenant_store_jwks(struct db *db, struct arena *a, const char *tenant,
                  json_t **row)
{
    return db_one(db, a, row, "SELECT * FROM jwks WHERE tenant = $1", "t",
                  tenant);
}

enum db_result
tenant_store_jwks_set(struct db *db, const char *tenant, const char *url)
{
    return db_exec(db, NULL,
                   "INSERT INTO jwks (tenant, url, keys, next_at, failures,"
                   " fetched, error) VALUES ($1, $2, '[]', 0, 0, 0, '')"
                   " ON CONFLICT (tenant) DO UPDATE SET url = $2, next_at = 0,"
                   " failures = 0, error = ''",
                   "tt", tenant, url);
}

enum db_result
tenant_store_jwks_remove(struct db *db, const char *tenant, int64_t *removed)
{
    return db_exec(db, removed, "DELETE FROM jwks WHERE tenant = $1", "t",
                   tenant);
}

enum db_result
tenant_store_jwks_due(struct db *db, struct arena *a, int64_t now, int limit,
                      json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT tenant, url, failures, next_at FROM jwks"
                  " WHERE next_at <= $1 ORDER BY next_at LIMIT $2",
                  "ii", now, (int64_t)limit);
}

enum db_result
tenant_store_jwks_claim(struct db *db, const char *tenant, int64_t next_at,
                        int64_t until, int64_t *changed)
{
    return db_exec(db, changed,
                   "UPDATE jwks SET next_at = $3"
                   " WHERE tenant = $1 AND next_at = $2",
                   "tii", tenant, next_at, until);
}

enum db_result
tenant_store_jwks_keep(struct db *db, const char *tenant, const char *keys,
                       int64_t now, int64_t next_at)
{
    return db_exec(db, NULL,
                   "UPDATE jwks SET keys = $2, fetched = $3, next_at = $4,"
                   " failures = 0, error = '' WHERE tenant = $1",
                   "ttii", tenant, keys, now, next_at);
}

enum db_result
tenant_store_jwks_failed(struct db *db, const char *tenant, const char *url,
                         const char *error, int64_t next_at)
{
    return db_exec(db, NULL,
                   "UPDATE jwks SET error = $3, next_at = $4,"
                   " failures = failures + 1 WHERE tenant = $1 AND url = $2",
                   "ttti", tenant, url, error, next_at);
}

/* every tenant: the key says which */
/* ---- lists ---- */

enum db_result
api_key_list_rows(struct db *db, struct arena *a, const struct list_query *q,
                  const char *tenant, const char *pool, json_t **rows)
{
    (void)pool;
    return db_list(db, a, rows, q,
                   "SELECT id, name, scopes, networks, mode, expires, created,"
                   " last_used, old_until, CASE WHEN revoked > 0"
                   " THEN 'revoked' WHEN expires > 0 AND expires <= $2"
                   " THEN 'expired' ELSE 'active' END AS status FROM api_key"
                   " WHERE tenant = $1",
                   "ti", tenant, clock_now());
}

enum db_result
sso_key_list_rows(struct db *db, struct arena *a, const struct list_query *q,
                  const char *tenant, const char *pool, json_t **rows)
{
    (void)pool;
    return db_list(db, a, rows, q,
                   "SELECT kid, not_before, not_after, created FROM sso_key"
                   " WHERE tenant = $1",
                   "t", tenant);
}

/* ---- changes of the back office ---- */

enum db_result
tenant_store_sso_key(struct db *db, struct arena *a, const char *tenant,
                     const char *kid, json_t **row)
{
    return db_one(db, a, row,
                  "SELECT kid, not_before, not_after, created FROM sso_key"
                  " WHERE tenant = $1 AND kid = $2",
                  "tt", tenant, kid);
}

enum db_result
tenant_store_retire_sso_key(struct db *db, const char *tenant, const char *kid,
                            int64_t now, int64_t *changed)
{
    return db_exec(db, changed,
                   "UPDATE sso_key SET not_after = $3 WHERE tenant = $1"
                   " AND kid = $2 AND (not_after = 0 OR not_after > $3)",
                   "tti", tenant, kid, now);
}

enum db_result
tenant_store_add_host(struct db *db, const char *tenant, const char *host)
{
    return db_exec(db, NULL,
                   "INSERT INTO tenant_host (tenant, host) VALUES ($1, $2)",
                   "tt", tenant, host);
}

enum db_result
tenant_store_remove_host(struct db *db, const char *tenant, const char *host,
                         int64_t *changed)
{
    return db_exec(db, changed,
                   "DELETE FROM tenant_host WHERE tenant = $1 AND host = $2",
                   "tt", tenant, host);
}

enum db_result
tenant_store_siblings(struct db *db, struct arena *a, const char *tenant,
                      json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT s.id, s.name, s.created, s.organisation FROM tenant t"
                  " JOIN tenant s ON s.organisation = t.organisation"
                  " WHERE t.id = $1 ORDER BY s.id LIMIT 1000",
                  "t", tenant);
}
