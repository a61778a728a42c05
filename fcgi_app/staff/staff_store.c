#include "staff/staff_store.h"

#include "base/clock.h"
#include "base/id.h"

#define STAFF                                                                  \
    "SELECT s.*, u.username, u.email, u.language, u.status AS user_status"     \
    " FROM staff s JOIN users u ON u.pool = s.pool AND u.id = s.user_id"       \
    " WHERE s.tenant = $1 "

enum db_result
staff_store_get(struct db *db, struct arena *a, const char *tenant,
                const char *id, json_t **row)
{
    return db_one(db, a, row, STAFF "AND s.id = $2", "tt", tenant, id);
}

enum db_result
staff_store_by_name(struct db *db, struct arena *a, const char *tenant,
                    const char *pool, const char *username_key, json_t **row)
{
    return db_one(db, a, row, STAFF "AND u.pool = $2 AND u.username_key = $3",
                  "ttt", tenant, pool, username_key);
}

enum db_result
staff_store_failed(struct db *db, const char *tenant, const char *id,
                   int64_t failures, int64_t retry_at)
{
    return db_exec(db, NULL,
                   "UPDATE staff SET failures = $3, retry_at = $4"
                   " WHERE tenant = $1 AND id = $2",
                   "ttii", tenant, id, failures, retry_at);
}

enum db_result
staff_store_signed_in(struct db *db, const char *tenant, const char *id,
                      int64_t step, int64_t now, int64_t *changed)
{
    return db_exec(db, changed,
                   "UPDATE staff SET failures = 0, retry_at = 0,"
                   " last_sign_in = $4, totp_step = CASE"
                   " WHEN CAST($3 AS BIGINT) > 0 THEN CAST($3 AS BIGINT)"
                   " ELSE totp_step END WHERE tenant = $1 AND id = $2"
                   " AND (CAST($3 AS BIGINT) = 0"
                   " OR totp_step < CAST($3 AS BIGINT))",
                   "ttii", tenant, id, step, now);
}

enum db_result
staff_store_spend_recovery(struct db *db, const char *tenant, const char *id,
                           const char *hash, int64_t *changed)
{
    return db_exec(db, changed,
                   "DELETE FROM staff_recovery WHERE tenant = $1"
                   " AND staff = $2 AND hash = $3",
                   "ttt", tenant, id, hash);
}

enum db_result
staff_store_user(struct db *db, struct arena *a, const char *pool,
                 const struct staff_new *new, const char *username_key,
                 json_t **row)
{
    enum db_result r = db_exec(
        db, NULL,
        "INSERT INTO users (pool, id, username, username_key, email,"
        " password_hash, must_change, status, language, created, last_sign_in)"
        " VALUES ($1, $2, $3, $4, $5, '', 0, 'active', '', $6, 0)"
        " ON CONFLICT (pool, username_key) DO NOTHING",
        "ttttti", pool, id_new(a, "usr"), new->username, username_key,
        new->email, clock_now());

    return r == DB_OK ? db_one(db, a, row,
                               "SELECT id, username, status FROM users"
                               " WHERE pool = $1 AND username_key = $2",
                               "tt", pool, username_key)
                      : r;
}

enum db_result
staff_store_insert(struct db *db, const struct tenant *tenant, const char *id,
                   const char *user, const char *role,
                   const char *password_hash)
{
    return db_exec(
        db, NULL,
        "INSERT INTO staff (tenant, id, pool, user_id, role, status,"
        " password_hash, totp, totp_new, totp_step, failures, retry_at,"
        " created, last_sign_in) VALUES ($1, $2, $3, $4, $5, 'active', $6, '',"
        " '', 0, 0, 0, $7, 0)",
        "tttttti", tenant->id, id, tenant->pool, user, role, password_hash,
        clock_now());
}

enum db_result
staff_store_reset(struct db *db, const char *tenant, const char *id,
                  const char *password_hash)
{
    return db_exec(db, NULL,
                   "UPDATE staff SET password_hash = $3, totp = '',"
                   " totp_new = '', totp_step = 0, failures = 0, retry_at = 0,"
                   " status = 'active' WHERE tenant = $1 AND id = $2",
                   "ttt", tenant, id, password_hash);
}

enum db_result
staff_store_password(struct db *db, const char *tenant, const char *id,
                     const char *password_hash)
{
    return db_exec(db, NULL,
                   "UPDATE staff SET password_hash = $3"
                   " WHERE tenant = $1 AND id = $2",
                   "ttt", tenant, id, password_hash);
}

enum db_result
staff_store_change(struct db *db, const char *tenant, const char *id,
                   const char *role, const char *status)
{
    return db_exec(db, NULL,
                   "UPDATE staff SET role = COALESCE(CAST($3 AS TEXT), role),"
                   " status = COALESCE(CAST($4 AS TEXT), status)"
                   " WHERE tenant = $1 AND id = $2",
                   "tttt", tenant, id, role, status);
}

enum db_result
staff_store_owners(struct db *db, struct arena *a, const char *tenant,
                   json_t **row)
{
    return db_one(db, a, row,
                  "SELECT COUNT(*) AS count FROM staff WHERE tenant = $1"
                  " AND status = 'active' AND role IN ('owner', 'operator')",
                  "t", tenant);
}

enum db_result
staff_store_totp_begin(struct db *db, const char *tenant, const char *id,
                       const char *sealed)
{
    return db_exec(db, NULL,
                   "UPDATE staff SET totp_new = $3"
                   " WHERE tenant = $1 AND id = $2",
                   "ttt", tenant, id, sealed);
}

enum db_result
staff_store_totp_confirm(struct db *db, const char *tenant, const char *id,
                         int64_t step)
{
    return db_exec(db, NULL,
                   "UPDATE staff SET totp = totp_new, totp_new = '',"
                   " totp_step = $3 WHERE tenant = $1 AND id = $2",
                   "tti", tenant, id, step);
}

enum db_result
staff_store_add_recovery(struct db *db, const char *tenant, const char *id,
                         const char *hash)
{
    return db_exec(db, NULL,
                   "INSERT INTO staff_recovery (tenant, staff, hash)"
                   " VALUES ($1, $2, $3)",
                   "ttt", tenant, id, hash);
}

enum db_result
staff_store_forget_recovery(struct db *db, const char *tenant, const char *id)
{
    return db_exec(
        db, NULL, "DELETE FROM staff_recovery WHERE tenant = $1 AND staff = $2",
        "tt", tenant, id);
}

enum db_result
staff_list(struct db *db, struct arena *a, const struct list_query *q,
           const char *tenant, const char *pool, json_t **rows)
{
    (void)pool;
    return db_list(db, a, rows, q,
                   "SELECT s.id, u.username, u.email, s.role, s.status,"
                   " CASE WHEN s.totp = '' THEN 0 ELSE 1 END AS second_factor,"
                   " s.created, s.last_sign_in FROM staff s JOIN users u"
                   " ON u.pool = s.pool AND u.id = s.user_id"
                   " WHERE s.tenant = $1",
                   "t", tenant);
}
