#include "user/person_store.h"

enum db_result
person_store_get(struct db *db, struct arena *a, const char *pool,
                 const char *user, json_t **row)
{
    return db_one(db, a, row, "SELECT * FROM users WHERE pool = $1 AND id = $2",
                  "tt", pool, user);
}

enum db_result
person_store_email(const struct person *p, const char *email, const char *key,
                   int64_t now, int64_t *changed)
{
    return db_exec(p->db, changed,
                   "UPDATE users SET email = $3, email_key = $4,"
                   " email_verified = $5, version = version + 1"
                   " WHERE pool = $1 AND id = $2 AND status = 'active'",
                   "tttti", p->tenant->pool, p->user, email, key, now);
}

enum db_result
person_store_by_email(struct db *db, struct arena *a, const char *pool,
                      const char *email_key, json_t **row)
{
    return db_one(db, a, row,
                  "SELECT id, status FROM users"
                  " WHERE pool = $1 AND email_key = $2 AND email_key <> ''"
                  " ORDER BY id LIMIT 1",
                  "tt", pool, email_key);
}

enum db_result
person_store_registered(struct db *db, const char *pool, const char *user,
                        const struct person_names *names, int64_t now)
{
    return db_exec(db, NULL,
                   "UPDATE users SET first_name = $3, last_name = $4,"
                   " email_verified = $5 WHERE pool = $1 AND id = $2",
                   "tttti", pool, user, names->first, names->last, now);
}

enum db_result
person_store_claim(struct db *db, struct arena *a, const char *tenant,
                   const char *pool, const char *user, const char *email_key,
                   json_t **rows)
{
    return db_all(db, a, rows,
                  "UPDATE membership SET user_id = $3, version = version + 1"
                  " WHERE tenant = $1 AND pool = $2 AND user_id IS NULL"
                  " AND email_key = $4 AND status IN ('pending', 'invited')"
                  " AND NOT EXISTS (SELECT 1 FROM membership o"
                  " WHERE o.tenant = $1 AND o.pool = $2 AND o.user_id = $3"
                  " AND o.customer = membership.customer)"
                  " RETURNING id, customer",
                  "tttt", tenant, pool, user, email_key);
}

/* ---- the second factor ---- */

enum db_result
person_store_factor_begin(struct db *db, const char *pool, const char *user,
                          const char *sealed)
{
    return db_exec(db, NULL,
                   "UPDATE users SET totp_new = $3"
                   " WHERE pool = $1 AND id = $2",
                   "ttt", pool, user, sealed);
}

enum db_result
person_store_factor_confirm(struct db *db, const char *pool, const char *user,
                            const char *sealed, int64_t step)
{
    return db_exec(db, NULL,
                   "UPDATE users SET totp = $3, totp_new = '',"
                   " totp_step = $4 WHERE pool = $1 AND id = $2",
                   "ttti", pool, user, sealed, step);
}

enum db_result
person_store_factor_remove(struct db *db, const char *pool, const char *user)
{
    return db_exec(db, NULL,
                   "UPDATE users SET totp = '', totp_new = '', totp_step = 0"
                   " WHERE pool = $1 AND id = $2",
                   "tt", pool, user);
}

enum db_result
person_store_factor_used(struct db *db, const char *pool, const char *user,
                         const char *sealed, int64_t step, int64_t *changed)
{
    return db_exec(db, changed,
                   "UPDATE users SET totp = $3, totp_step = $4"
                   " WHERE pool = $1 AND id = $2 AND totp_step < $4",
                   "ttti", pool, user, sealed, step);
}

enum db_result
person_store_recovery_add(struct db *db, const char *pool, const char *user,
                          const char *hash)
{
    return db_exec(db, NULL,
                   "INSERT INTO user_recovery (pool, user_id, hash)"
                   " VALUES ($1, $2, $3)",
                   "ttt", pool, user, hash);
}

enum db_result
person_store_recovery_spend(struct db *db, const char *pool, const char *user,
                            const char *hash, int64_t *spent)
{
    return db_exec(db, spent,
                   "DELETE FROM user_recovery"
                   " WHERE pool = $1 AND user_id = $2 AND hash = $3",
                   "ttt", pool, user, hash);
}

enum db_result
person_store_recovery_forget(struct db *db, const char *pool, const char *user)
{
    return db_exec(db, NULL,
                   "DELETE FROM user_recovery WHERE pool = $1 AND user_id = $2",
                   "tt", pool, user);
}
