#include "user/user_store.h"

#include "base/clock.h"
#include "base/text.h"
#include "customer/customer.h"

enum db_result
user_store_by_key(struct db *db, struct arena *a, const char *pool,
                  const char *username_key, json_t **row)
{
    return db_one(db, a, row,
                  "SELECT * FROM users WHERE pool = $1 AND username_key = $2",
                  "tt", pool, username_key);
}

static const char *
or_none(const char *text)
{
    return text ? text : "";
}

/* Whoever has no account here stands in the way of nobody who has: the pool may
 * be other tenants', too, whose customers give names to their contacts. */
#define RANK(here, elsewhere)                                                  \
    "SELECT CASE WHEN EXISTS (SELECT 1 FROM membership m"                      \
    " WHERE m.tenant = $1 AND m.pool = u.pool AND m.user_id = u.id"            \
    " AND m.status = 'active') THEN " here " ELSE " elsewhere                  \
    " END AS rank, u.* FROM users u"

enum db_result
user_store_by_identifier(struct db *db, struct arena *a,
                         const struct tenant *tenant, const char *key,
                         const char *number, json_t **rows)
{
    return db_all(
        db, a, rows,
        RANK("1", "4") " WHERE u.pool = $2 AND u.username_key = $3 UNION "
                       "ALL " RANK(
                           "2", "5") " WHERE u.pool = $2 AND u.email_key = $3"
                                     " AND u.email_key <> ''"
                                     " UNION ALL SELECT 3, u.* FROM customer c"
                                     " JOIN membership m ON m.tenant = c.tenant"
                                     " AND m.customer = c.id AND m.kind = "
                                     "'owner' AND m.home = 1"
                                     " AND m.status = 'active' AND m.pool = $2"
                                     " JOIN users u ON u.pool = m.pool AND "
                                     "u.id = m.user_id"
                                     " WHERE c.tenant = $1 AND c.number = $4"
                                     " ORDER BY 1 LIMIT 2",
        "tttt", tenant->id, tenant->pool, key, number);
}

enum db_result
user_store_insert(struct db *db, const char *pool, const char *id,
                  const char *username_key, const char *email_key,
                  const struct login_new *new, const char *password_hash)
{
    return db_exec(db, NULL,
                   "INSERT INTO users (pool, id, username, username_key, email,"
                   " email_key, password_hash, must_change, status, language,"
                   " created, last_sign_in, first_name, last_name)"
                   " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'active', $9, $10,"
                   " 0, $11, $12)",
                   "tttttttititt", pool, id, new->username, username_key,
                   new->email, email_key, password_hash,
                   (int64_t) new->must_change, or_none(new->language),
                   clock_now(), or_none(new->first_name),
                   or_none(new->last_name));
}

enum db_result
user_store_get(struct db *db, struct arena *a, const char *pool, const char *id,
               json_t **row)
{
    return db_one(db, a, row,
                  "SELECT username, email, first_name, last_name, language,"
                  " status, must_change, password_hash FROM users"
                  " WHERE pool = $1 AND id = $2",
                  "tt", pool, id);
}

enum db_result
user_store_set_status(struct db *db, const char *pool, const char *id,
                      const char *status, int64_t *changed)
{
    return db_exec(db, changed,
                   "UPDATE users SET status = $3, version = version + 1"
                   " WHERE pool = $1 AND id = $2 AND status <> $3",
                   "ttt", pool, id, status);
}

enum db_result
user_store_set_password(struct db *db, const char *pool, const char *id,
                        const char *hash, bool must_change)
{
    return db_exec(db, NULL,
                   "UPDATE users SET password_hash = $3, must_change = $4,"
                   " version = version + 1 WHERE pool = $1 AND id = $2",
                   "ttti", pool, id, hash, (int64_t)must_change);
}

/* An address that is another has to be proved anew. */
enum db_result
user_store_edit(struct db *db, const char *pool, const json_t *login,
                const struct login_data *data, const char *username_key,
                const char *email_key, int64_t *changed)
{
    return db_exec(db, changed,
                   "UPDATE users SET username = $4, username_key = $5,"
                   " email = $6, email_key = $7, email_verified ="
                   " CASE WHEN email_key = $7 THEN email_verified ELSE 0 END,"
                   " first_name = $8, last_name = $9, language = $10,"
                   " version = version + 1"
                   " WHERE pool = $1 AND id = $2 AND version = $3",
                   "ttittttttt", pool, row_text(login, "user_id"),
                   row_int(login, "version"), data->username, username_key,
                   data->email, email_key, data->first_name, data->last_name,
                   data->language);
}

enum db_result
user_store_raise(struct db *db, const char *pool, const char *id,
                 int64_t version, int64_t *changed)
{
    return db_exec(db, changed,
                   "UPDATE users SET version = version + 1 WHERE pool = $1"
                   " AND id = $2 AND ($3 = 0 OR version = $3)",
                   "tti", pool, id, version);
}

enum db_result
user_store_elsewhere(struct db *db, struct arena *a, const char *tenant,
                     const char *pool, const char *id, bool *elsewhere)
{
    json_t *row;
    enum db_result r =
        db_one(db, a, &row,
               "SELECT CASE WHEN EXISTS (SELECT 1 FROM membership"
               " WHERE pool = $1 AND user_id = $2 AND tenant <> $3)"
               " OR EXISTS (SELECT 1 FROM staff WHERE pool = $1"
               " AND user_id = $2) THEN 1 ELSE 0 END AS elsewhere",
               "ttt", pool, id, tenant);

    *elsewhere = r == DB_OK && row_int(row, "elsewhere") != 0;
    return r;
}

enum db_result
membership_store_remove(struct db *db, const char *tenant, const char *pool,
                        const char *user)
{
    enum db_result r =
        db_exec(db, NULL,
                "DELETE FROM membership_permission WHERE tenant = $1"
                " AND membership IN (SELECT id FROM membership"
                " WHERE tenant = $1 AND pool = $2 AND user_id = $3)",
                "ttt", tenant, pool, user);

    return r == DB_OK ? db_exec(db, NULL,
                                "DELETE FROM membership WHERE tenant = $1"
                                " AND pool = $2 AND user_id = $3",
                                "ttt", tenant, pool, user)
                      : r;
}

enum db_result
user_store_remove(struct db *db, const char *pool, const char *id)
{
    enum db_result r = db_exec(db, NULL,
                               "DELETE FROM user_recovery WHERE pool = $1"
                               " AND user_id = $2",
                               "tt", pool, id);

    return r == DB_OK ? db_exec(db, NULL,
                                "DELETE FROM users WHERE pool = $1 AND id = $2",
                                "tt", pool, id)
                      : r;
}

#define MEMBERSHIP                                                             \
    "SELECT m.id, m.user_id, m.kind, m.home, m.customer, c.number,"            \
    " c.company_name, c.first_name, c.last_name, c.portal_without"             \
    " FROM membership m"                                                       \
    " JOIN customer c ON c.tenant = m.tenant AND c.id = m.customer"            \
    " JOIN users u ON u.pool = m.pool AND u.id = m.user_id"                    \
    " WHERE m.status = 'active' AND u.status = 'active' AND m.tenant = $1 "

enum db_result
membership_store_active(struct db *db, struct arena *a, const char *tenant,
                        const char *pool, const char *user,
                        const char *customer, json_t **rows)
{
    return db_all(db, a, rows,
                  MEMBERSHIP "AND m.pool = $2 AND m.user_id = $3"
                             " AND (CAST($4 AS TEXT) IS NULL OR c.number = $4)"
                             " ORDER BY m.home DESC, m.id LIMIT 2",
                  "tttt", tenant, pool, user, customer);
}

enum db_result
membership_list(struct db *db, struct arena *a, const struct tenant *tenant,
                const char *user, const char *text, int limit, json_t **rows)
{
    return db_all(
        db, a, rows,
        "SELECT m.id, m.kind, m.last_used, c.number, c.company_name,"
        " c.first_name, c.last_name FROM membership m"
        " JOIN customer c ON c.tenant = m.tenant AND c.id = m.customer"
        " WHERE m.tenant = $1 AND m.pool = $2 AND m.user_id = $3"
        " AND m.status = 'active' AND (CAST($4 AS TEXT) IS NULL"
        " OR c.search_name LIKE $4 ESCAPE '\\')"
        " ORDER BY m.last_used DESC, c.number LIMIT $5",
        "tttti", tenant->id, tenant->pool, user, customer_pattern(a, text),
        (int64_t)limit);
}

enum db_result
membership_used(struct db *db, const char *tenant, const char *id, int64_t now)
{
    return db_exec(db, NULL,
                   "UPDATE membership SET last_used = $3"
                   " WHERE tenant = $1 AND id = $2",
                   "tti", tenant, id, now);
}

/* How far a right may have been handed on. */
#define CHAIN "16"

/* What counts of what was given: rights whose givers have them still, up to an
 * owner, staff or the API. p, o: the row of a right, and whose it is. */
#define GIVEN(whose)                                                           \
    "WITH RECURSIVE given (membership, permission, giver, depth) AS ("         \
    " SELECT p.membership, p.permission, p.given_by, 1"                        \
    " FROM membership_permission p " whose " UNION ALL"                        \
    " SELECT g.membership, g.permission, p.given_by, g.depth + 1 FROM given g" \
    " JOIN membership m ON m.tenant = $1 AND m.id = g.giver"                   \
    " AND m.kind <> 'owner'"                                                   \
    " JOIN membership_permission p ON p.tenant = $1"                           \
    " AND p.membership = g.giver AND p.permission = g.permission"              \
    " WHERE g.depth < " CHAIN ")"                                              \
    " SELECT g.membership, g.permission FROM given g LEFT JOIN membership m"   \
    " ON m.tenant = $1 AND m.id = g.giver"                                     \
    " WHERE g.giver = '' OR m.kind = 'owner'"

enum db_result
membership_list_of_user(struct db *db, struct arena *a,
                        const struct tenant *tenant, const char *user,
                        int limit, json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT c.number, TRIM(CASE WHEN c.company_name <> ''"
                  " THEN c.company_name"
                  " ELSE c.first_name || ' ' || c.last_name END) AS name,"
                  " m.kind, m.status, m.home, m.created, m.last_used"
                  " FROM membership m JOIN customer c"
                  " ON c.tenant = m.tenant AND c.id = m.customer"
                  " WHERE m.tenant = $1 AND m.pool = $2 AND m.user_id = $3"
                  " ORDER BY m.home DESC, m.id LIMIT $4",
                  "ttti", tenant->id, tenant->pool, user, (int64_t)limit);
}

enum db_result
membership_store_permissions(struct db *db, struct arena *a, const char *tenant,
                             const char *id, json_t **rows)
{
    return db_all(db, a, rows,
                  GIVEN("WHERE p.tenant = $1 AND p.membership = $2"), "tt",
                  tenant, id);
}

enum db_result
membership_store_permissions_of(struct db *db, struct arena *a,
                                const char *tenant, const char *customer,
                                json_t **rows)
{
    return db_all(db, a, rows,
                  GIVEN("JOIN membership o ON o.tenant = $1"
                        " AND o.id = p.membership"
                        " WHERE p.tenant = $1 AND o.customer = $2"),
                  "tt", tenant, customer);
}

enum db_result
membership_store_insert(struct db *db, const char *tenant, const char *pool,
                        const char *id, const struct membership_new *new)
{
    return db_exec(
        db, NULL,
        "INSERT INTO membership (tenant, id, pool, user_id, customer,"
        " kind, status, reach, home, email, email_key, first_name, last_name,"
        " invited_by, invited, expires, accepted, created, last_used, version)"
        " VALUES ($1, $2, $3, $4, $5, $6, 'active', 'customer', $7,"
        " '', '', '', '', '', 0, 0, CAST($8 AS BIGINT), CAST($8 AS BIGINT), 0,"
        " 1)",
        "ttttttii", tenant, id, pool, new->user, new->customer, new->kind,
        (int64_t) new->home, clock_now());
}

enum db_result
membership_store_grant(struct db *db, const char *tenant,
                       const char *membership, const char *permission,
                       const char *given_by)
{
    return db_exec(db, NULL,
                   "INSERT INTO membership_permission (tenant, membership,"
                   " permission, given_by) VALUES ($1, $2, $3, $4)"
                   " ON CONFLICT (tenant, membership, permission) DO NOTHING",
                   "tttt", tenant, membership, permission, given_by);
}

#define LOGIN                                                                  \
    "SELECT u.id, u.id AS user_id, u.username, u.username_key, u.email,"       \
    " u.first_name, u.last_name, u.language, u.status, u.must_change,"         \
    " CASE WHEN u.totp <> '' THEN 1 ELSE 0 END AS second_factor,"              \
    " u.created, u.last_sign_in, u.version, c.number AS customer,"             \
    " c.id AS customer_id FROM users u"                                        \
    " JOIN membership m ON m.pool = u.pool AND m.user_id = u.id"               \
    " AND m.home = 1 AND m.tenant = $1"                                        \
    " JOIN customer c ON c.tenant = m.tenant AND c.id = m.customer"            \
    " WHERE u.pool = $2 "

enum db_result
login_list(struct db *db, struct arena *a, const struct tenant *tenant,
           const char *customer, const char *after, int limit, json_t **rows)
{
    return db_all(db, a, rows,
                  LOGIN "AND (CAST($3 AS TEXT) IS NULL OR c.number = $3)"
                        " AND u.username_key > $4"
                        " ORDER BY u.username_key LIMIT $5",
                  "tttti", tenant->id, tenant->pool, customer,
                  after ? after : "", (int64_t)limit);
}

enum db_result
login_by_username(struct db *db, struct arena *a, const struct tenant *tenant,
                  const char *username, json_t **row)
{
    return db_one(db, a, row, LOGIN "AND u.username_key = $3", "ttt",
                  tenant->id, tenant->pool, text_fold(a, username));
}

enum db_result
login_list_rows(struct db *db, struct arena *a, const struct list_query *q,
                const char *tenant, const char *pool, json_t **rows)
{
    return db_list(db, a, rows, q,
                   "SELECT u.id, u.username, u.email, u.status, u.created,"
                   " u.last_sign_in, c.number AS customer FROM users u"
                   " JOIN membership m ON m.pool = u.pool AND m.user_id = u.id"
                   " AND m.home = 1 AND m.tenant = $1 JOIN customer c"
                   " ON c.tenant = m.tenant AND c.id = m.customer"
                   " WHERE u.pool = $2",
                   "tt", tenant, pool);
}

enum db_result
login_by_id(struct db *db, struct arena *a, const struct tenant *tenant,
            const char *id, json_t **row)
{
    return db_one(db, a, row, LOGIN "AND u.id = $3", "ttt", tenant->id,
                  tenant->pool, id);
}

/* More logins than that have no single person to be helped. */
#define HELPED "20"

enum db_result
user_store_named(struct db *db, struct arena *a, const char *tenant,
                 const char *pool, const char *typed, json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT u.id AS user_id, u.username, u.email, u.language,"
                  " COALESCE(MAX(CASE WHEN m.home = 1 THEN m.customer END), '')"
                  " AS customer FROM users u"
                  " JOIN membership m ON m.pool = u.pool AND m.user_id = u.id"
                  " AND m.tenant = $1 AND m.status = 'active'"
                  " WHERE u.pool = $2 AND u.status = 'active'"
                  " AND (u.username_key = $3 OR u.email_key = $3)"
                  " GROUP BY u.id, u.username, u.email, u.language"
                  " ORDER BY u.username LIMIT " HELPED,
                  "ttt", tenant, pool, typed);
}

enum db_result
user_store_of_account(struct db *db, struct arena *a, const char *tenant,
                      const char *pool, const char *number, json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT u.id AS user_id, u.username, u.email, u.language,"
                  " m.customer, CASE WHEN c.email_by_member = 0"
                  " THEN c.email ELSE '' END AS account_email,"
                  " c.language AS account_language FROM customer c"
                  " JOIN membership m ON m.tenant = c.tenant"
                  " AND m.customer = c.id AND m.home = 1"
                  " AND m.status = 'active' AND m.pool = $2"
                  " JOIN users u ON u.pool = m.pool AND u.id = m.user_id"
                  " AND u.status = 'active'"
                  " WHERE c.tenant = $1"
                  " AND c.number IN ($3, upper(CAST($3 AS TEXT)))"
                  " ORDER BY u.username LIMIT " HELPED,
                  "ttt", tenant, pool, number);
}
