#include "user/member_store.h"

#include "base/clock.h"
#include "base/text.h"

#define MEMBER                                                                 \
    "SELECT m.tenant, m.id, m.pool, m.user_id, m.customer AS customer_id,"     \
    " m.kind, m.status,"                                                       \
    " m.reach, m.home, m.email, m.email_key, m.invited_by, m.invited,"         \
    " m.expires, m.accepted, m.created, m.last_used, m.version,"               \
    " c.number AS customer,"                                                   \
    " c.company_name, c.first_name AS customer_first_name,"                    \
    " c.last_name AS customer_last_name, c.language AS customer_language,"     \
    " u.username AS user, u.email AS user_email,"                              \
    " CASE WHEN m.home = 1 THEN u.last_sign_in ELSE m.last_used END"           \
    " AS last_sign_in,"                                                        \
    " u.language AS user_language,"                                            \
    " CASE WHEN u.password_hash <> '' THEN 1 ELSE 0 END AS has_password,"      \
    " COALESCE(NULLIF(u.first_name, ''), m.first_name) AS first_name,"         \
    " COALESCE(NULLIF(u.last_name, ''), m.last_name) AS last_name"             \
    " FROM membership m"                                                       \
    " JOIN customer c ON c.tenant = m.tenant AND c.id = m.customer"            \
    " LEFT JOIN users u ON u.pool = m.pool AND u.id = m.user_id"               \
    " WHERE m.tenant = $1 "

enum db_result
member_store_list(struct db *db, struct arena *a, const char *tenant,
                  const char *customer, const char *after, int limit,
                  json_t **rows)
{
    return db_all(db, a, rows,
                  MEMBER "AND m.customer = $2 AND m.id > $3"
                         " ORDER BY m.id LIMIT $4",
                  "ttti", tenant, customer, after ? after : "", (int64_t)limit);
}

enum db_result
member_store_get(struct db *db, struct arena *a, const char *tenant,
                 const char *customer, const char *id, json_t **row)
{
    return db_one(db, a, row,
                  MEMBER "AND m.id = $2"
                         " AND (CAST($3 AS TEXT) IS NULL OR m.customer = $3)",
                  "ttt", tenant, id, customer);
}

enum db_result
member_store_other_owners(struct db *db, struct arena *a, const char *tenant,
                          const char *customer, const char *id, json_t **row)
{
    return db_one(db, a, row,
                  "SELECT COUNT(*) AS n FROM membership m"
                  " JOIN users u ON u.pool = m.pool AND u.id = m.user_id"
                  " WHERE m.tenant = $1 AND m.customer = $2 AND m.id <> $3"
                  " AND m.kind = 'owner' AND m.status = 'active'"
                  " AND u.status = 'active'",
                  "ttt", tenant, customer, id);
}

enum db_result
member_store_reachable(struct db *db, struct arena *a, const char *tenant,
                       const char *pool, const char *email_key, json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT u.id, u.language FROM users u"
                  " WHERE u.pool = $2 AND u.email_key = $3"
                  " AND EXISTS (SELECT 1 FROM membership m"
                  " WHERE m.tenant = $1 AND m.pool = u.pool"
                  " AND m.user_id = u.id AND m.status = 'active')",
                  "ttt", tenant, pool, email_key);
}

enum db_result
member_store_homeless(struct db *db, struct arena *a, const char *pool,
                      const char *email_key, json_t **row)
{
    return db_one(db, a, row,
                  "SELECT u.id, u.username FROM users u"
                  " WHERE u.pool = $1 AND u.email_key = $2"
                  " AND NOT EXISTS (SELECT 1 FROM membership m"
                  " WHERE m.pool = u.pool AND m.user_id = u.id)"
                  " AND NOT EXISTS (SELECT 1 FROM staff s"
                  " WHERE s.pool = u.pool AND s.user_id = u.id)"
                  " AND u.status = 'active'"
                  " ORDER BY CASE WHEN u.username_key = $2 THEN 0 ELSE 1 END,"
                  " u.id DESC LIMIT 1",
                  "tt", pool, email_key);
}

enum db_result
member_store_of_email(struct db *db, struct arena *a, const char *tenant,
                      const char *customer, const char *email_key, json_t **row)
{
    return db_one(db, a, row,
                  "SELECT m.id FROM membership m LEFT JOIN users u"
                  " ON u.pool = m.pool AND u.id = m.user_id"
                  " WHERE m.tenant = $1 AND m.customer = $2"
                  " AND COALESCE(u.email_key, m.email_key) = $3 LIMIT 1",
                  "ttt", tenant, customer, email_key);
}

enum db_result
member_store_owner(struct db *db, struct arena *a, const char *tenant,
                   const char *customer, const char *id, json_t **row)
{
    return db_one(db, a, row,
                  "SELECT id FROM membership WHERE tenant = $1"
                  " AND customer = $2 AND id = $3 AND kind = 'owner'"
                  " AND status = 'active'",
                  "ttt", tenant, customer, id);
}

enum db_result
member_store_person(struct db *db, struct arena *a, const char *tenant,
                    const char *pool, const char *user, json_t **row)
{
    return db_one(db, a, row,
                  "SELECT u.email, u.email_key, u.email_verified, u.username,"
                  " (SELECT m.invited_by FROM membership m WHERE m.tenant = $1"
                  " AND m.pool = u.pool AND m.user_id = u.id AND m.home = 1)"
                  " AS invited_by"
                  " FROM users u WHERE u.pool = $2 AND u.id = $3",
                  "ttt", tenant, pool, user);
}

enum db_result
member_store_waiting(struct db *db, struct arena *a, const char *tenant,
                     const char *pool, const struct member_wait *w,
                     json_t **rows)
{
    return db_all(db, a, rows,
                  MEMBER "AND m.pool = $2 AND m.status = $3"
                         " AND (m.user_id = $4 OR (m.user_id IS NULL"
                         " AND m.email_key = $5 AND m.email_key <> ''))"
                         " AND (m.status = 'pending' OR m.expires > $6)"
                         " ORDER BY m.id LIMIT $7",
                  "tttttii", tenant, pool, w->status, w->user, w->email_key,
                  clock_now(), (int64_t)w->limit);
}

enum db_result
member_store_insert(struct db *db, const char *tenant, const char *pool,
                    const struct member_row *row)
{
    const struct member_new *n = row->new;

    return db_exec(
        db, NULL,
        "INSERT INTO membership (tenant, id, pool, user_id, customer,"
        " kind, status, reach, home, email, email_key, first_name, last_name,"
        " invited_by, invited, expires, accepted, created, last_used, version)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, 'customer', $8, $9, $10, $11,"
        " $12, $13, $14, $15, $16, $17, 0, 1)",
        "tttttttitttttiiii", tenant, row->id, pool, row->user, n->customer,
        row->kind, row->status, (int64_t)row->home, n->email, row->email_key,
        n->first_name, n->last_name, row->invited_by, row->invited,
        row->expires, row->accepted, clock_now());
}

enum db_result
member_store_insert_user(struct db *db, struct arena *a, const char *pool,
                         const char *id, const char *username,
                         const struct member_new *new)
{
    return db_exec(db, NULL,
                   "INSERT INTO users (pool, id, username, username_key, email,"
                   " email_key, first_name, last_name, password_hash,"
                   " must_change, status, language, created, last_sign_in)"
                   " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', 0, 'active',"
                   " '', $9, 0)",
                   "tttttttti", pool, id, username, text_fold(a, username),
                   new->email, text_fold(a, new->email), new->first_name,
                   new->last_name, clock_now());
}

enum db_result
member_store_update(struct db *db, const char *tenant, const json_t *row,
                    const struct member_state *s, int64_t *changed)
{
    return db_exec(db, changed,
                   "UPDATE membership SET status = $4, kind = $5,"
                   " invited_by = $6, user_id = $7, invited = $8, expires = $9,"
                   " accepted = $10, version = version + 1"
                   " WHERE tenant = $1 AND id = $2 AND version = $3",
                   "ttittttiii", tenant, row_text(row, "id"),
                   row_int(row, "version"), s->status, s->kind, s->invited_by,
                   s->user, s->invited, s->expires, s->accepted);
}

enum db_result
member_store_take_right(struct db *db, const char *tenant, const char *id,
                        const char *permission)
{
    return db_exec(db, NULL,
                   "DELETE FROM membership_permission"
                   " WHERE tenant = $1 AND membership = $2"
                   " AND permission = $3",
                   "ttt", tenant, id, permission);
}

enum db_result
member_store_give_right(struct db *db, const char *tenant, const char *id,
                        const char *permission, const char *given_by)
{
    return db_exec(db, NULL,
                   "INSERT INTO membership_permission (tenant, membership,"
                   " permission, given_by) VALUES ($1, $2, $3, $4)"
                   " ON CONFLICT (tenant, membership, permission)"
                   " DO UPDATE SET given_by = $4",
                   "tttt", tenant, id, permission, given_by);
}

/* What a giver has no more gave nothing, and goes with them. */
enum db_result
member_store_pass_on(struct db *db, const char *tenant, const char *id,
                     bool owner)
{
    enum db_result r = db_exec(
        db, NULL,
        "UPDATE membership_permission SET given_by ="
        " CASE WHEN CAST($3 AS BIGINT) = 1 THEN '' ELSE COALESCE("
        "(SELECT p.given_by FROM membership_permission p WHERE p.tenant = $1"
        " AND p.membership = $2"
        " AND p.permission = membership_permission.permission), $2) END"
        " WHERE tenant = $1 AND given_by = $2",
        "tti", tenant, id, (int64_t)owner);

    return r == DB_OK ? db_exec(db, NULL,
                                "DELETE FROM membership_permission"
                                " WHERE tenant = $1 AND given_by = $2",
                                "tt", tenant, id)
                      : r;
}

enum db_result
member_store_take_all(struct db *db, const char *tenant, const char *id)
{
    return db_exec(db, NULL,
                   "DELETE FROM membership_permission"
                   " WHERE tenant = $1 AND membership = $2",
                   "tt", tenant, id);
}

enum db_result
member_store_delete(struct db *db, const char *tenant, const json_t *row,
                    int64_t *changed)
{
    return db_exec(db, changed,
                   "DELETE FROM membership"
                   " WHERE tenant = $1 AND id = $2 AND version = $3",
                   "tti", tenant, row_text(row, "id"), row_int(row, "version"));
}

enum db_result
member_store_first_password(struct db *db, const char *pool, const json_t *row,
                            const char *hash, int64_t now, int64_t *changed)
{
    return db_exec(db, changed,
                   "UPDATE users SET password_hash = $3, email_verified = $4,"
                   " version = version + 1 WHERE pool = $1 AND id = $2"
                   " AND password_hash = '' AND status = 'active'"
                   " AND email_key = $5",
                   "tttit", pool, row_text(row, "user_id"), hash, now,
                   row_text(row, "email_key"));
}

/* ---- lists of the back office ---- */

enum db_result
member_list_rows(struct db *db, struct arena *a, const struct list_query *q,
                 const char *tenant, const char *pool, json_t **rows)
{
    return db_list(
        db, a, rows, q,
        "SELECT m.id, m.kind, c.number AS customer,"
        " COALESCE(u.username, '') AS username,"
        " COALESCE(m.user_id, '') AS user_id,"
        " COALESCE(NULLIF(TRIM(COALESCE(NULLIF(u.first_name, ''),"
        " m.first_name) || ' ' || COALESCE(NULLIF(u.last_name, ''),"
        " m.last_name)), ''), u.username, m.email) AS name,"
        " COALESCE(NULLIF(m.email, ''), u.email, '') AS email,"
        " m.created, m.status"
        " FROM membership m JOIN customer c"
        " ON c.tenant = m.tenant AND c.id = m.customer LEFT JOIN users u"
        " ON u.pool = m.pool AND u.id = m.user_id"
        " WHERE m.tenant = $1 AND m.pool = $2",
        "tt", tenant, pool);
}

enum db_result
access_list_rows(struct db *db, struct arena *a, const struct list_query *q,
                 const char *tenant, const char *pool, json_t **rows)
{
    return db_list(
        db, a, rows, q,
        "SELECT m.id, c.number AS customer, COALESCE(NULLIF(c.company_name,"
        " ''), c.first_name || ' ' || c.last_name) AS account, "
        " u.username, COALESCE(h.number, '') AS home, m.kind, m.created, "
        "m.status"
        " FROM membership m JOIN users u"
        " ON u.pool = m.pool AND u.id = m.user_id JOIN customer c"
        " ON c.tenant = m.tenant AND c.id = m.customer"
        " LEFT JOIN membership o ON o.tenant = m.tenant AND o.pool = m.pool"
        " AND o.user_id = m.user_id AND o.home = 1"
        " LEFT JOIN customer h ON h.tenant = o.tenant AND h.id = o.customer"
        " WHERE m.tenant = $1 AND m.pool = $2 AND m.home = 0",
        "tt", tenant, pool);
}
