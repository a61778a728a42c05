#include "user/one_time_store.h"

enum db_result
one_time_store_insert(struct db *db, const char *tenant,
                      const struct one_time_row *row)
{
    return db_exec(db, NULL,
                   "INSERT INTO one_time_token (tenant, id, purpose, subject,"
                   " hash, code, tries, data, created, expires, used, revoked)"
                   " VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8, $9, 0, 0)",
                   "tttttttii", tenant, row->id, row->purpose, row->subject,
                   row->hash, row->code, row->data, row->created, row->expires);
}

enum db_result
one_time_store_by_hash(struct db *db, struct arena *a, const char *tenant,
                       const char *purpose, const char *hash, json_t **row)
{
    return db_one(db, a, row,
                  "SELECT * FROM one_time_token"
                  " WHERE tenant = $1 AND purpose = $2 AND hash = $3",
                  "ttt", tenant, purpose, hash);
}

enum db_result
one_time_store_by_id(struct db *db, struct arena *a, const char *tenant,
                     const char *purpose, const char *id, json_t **row)
{
    return db_one(db, a, row,
                  "SELECT * FROM one_time_token"
                  " WHERE tenant = $1 AND purpose = $2 AND id = $3",
                  "ttt", tenant, purpose, id);
}

enum db_result
one_time_store_try(struct db *db, struct arena *a, const char *tenant,
                   const char *purpose, const char *subject, int64_t now,
                   json_t **row)
{
    return db_one(db, a, row,
                  "UPDATE one_time_token SET tries = tries + 1"
                  " WHERE tenant = $1 AND purpose = $2 AND subject = $3"
                  " AND used = 0 AND revoked = 0 AND expires > $4"
                  " AND tries < $5 RETURNING *",
                  "tttii", tenant, purpose, subject, now,
                  (int64_t)ONE_TIME_TRIES);
}

enum db_result
one_time_store_use(struct db *db, const char *tenant, const char *id,
                   int64_t now)
{
    int64_t changed;
    enum db_result r = db_exec(db, &changed,
                               "UPDATE one_time_token SET used = $3, data = ''"
                               " WHERE tenant = $1 AND id = $2 AND used = 0"
                               " AND revoked = 0 AND expires > $3",
                               "tti", tenant, id, now);

    return r == DB_OK && changed == 0 ? DB_NONE : r;
}

enum db_result
one_time_store_revoke(struct db *db, const char *tenant, const char *purpose,
                      const char *subject, int64_t now)
{
    return db_exec(db, NULL,
                   "UPDATE one_time_token SET revoked = $4, data = ''"
                   " WHERE tenant = $1 AND purpose = $2 AND subject = $3"
                   " AND used = 0 AND revoked = 0",
                   "ttti", tenant, purpose, subject, now);
}

enum db_result
one_time_store_revoke_in_pool(struct db *db, const char *pool,
                              const char *purpose, const char *user,
                              int64_t now)
{
    return db_exec(db, NULL,
                   "UPDATE one_time_token SET revoked = $4, data = ''"
                   " WHERE tenant IN (SELECT id FROM tenant WHERE pool = $1)"
                   " AND purpose = $2 AND subject = $3"
                   " AND used = 0 AND revoked = 0",
                   "ttti", pool, purpose, user, now);
}

/* every tenant: what has ended is nobody's any more */
enum db_result
one_time_store_forget(struct db *db, int64_t before)
{
    return db_exec(db, NULL, "DELETE FROM one_time_token WHERE expires < $1",
                   "i", before);
}

/* ---- rates ---- */

enum db_result
rate_store_take(struct db *db, const char *tenant, const char *id,
                const struct rate *rate, int64_t now)
{
    int64_t taken;
    enum db_result r =
        db_exec(db, &taken,
                "INSERT INTO rate (tenant, id, idle)"
                " VALUES ($1, $2, CAST($3 AS BIGINT) + CAST($4 AS BIGINT))"
                " ON CONFLICT (tenant, id) DO UPDATE SET idle ="
                " CASE WHEN rate.idle > $3 THEN rate.idle ELSE $3 END + $4"
                " WHERE rate.idle <= $3 + CAST($5 AS BIGINT)",
                "ttiii", tenant, id, now, (int64_t)rate->seconds,
                (int64_t)rate->seconds * (rate->burst - 1));

    return r == DB_OK && taken == 0 ? DB_NONE : r;
}

/* every tenant: what is idle counts no more */
enum db_result
rate_store_forget(struct db *db, int64_t before)
{
    return db_exec(db, NULL, "DELETE FROM rate WHERE idle < $1", "i", before);
}

/* ---- what strangers ask for ---- */

enum db_result
asked_store_insert(struct db *db, const char *tenant, const char *id,
                   const struct asked_new *new, const struct actor *actor,
                   int64_t now)
{
    return db_exec(db, NULL,
                   "INSERT INTO asked (tenant, id, kind, data, language,"
                   " remote_addr, request_id, created)"
                   " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                   "ttttttti", tenant, id, new->kind, new->sealed,
                   new->language, actor->remote_addr, actor->request_id, now);
}

/* every tenant: the job does it for all of them */
enum db_result
asked_store_due(struct db *db, struct arena *a, int limit, json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT * FROM asked ORDER BY created, id LIMIT $1", "i",
                  (int64_t)limit);
}

enum db_result
asked_store_take(struct db *db, const char *tenant, const char *id,
                 int64_t *taken)
{
    return db_exec(db, taken, "DELETE FROM asked WHERE tenant = $1 AND id = $2",
                   "tt", tenant, id);
}
