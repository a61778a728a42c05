#include "session/session_store.h"

#include "base/clock.h"

struct db_answer *
session_store_get(struct db *db, struct arena *a, const char *tenant,
                  const char *id)
{
    return db_ask(db, a,
                  "SELECT s.user_id, s.customer, s.contract,"
                  " s.link, s.scope, s.version, s.created, s.last_seen,"
                  " s.expires, s.ended, s.staff, s.idle,"
                  " s.staff_until, s.proven, s.family, s.membership, s.method,"
                  " u.must_change,"
                  " COALESCE(u.username, '') AS username,"
                  " COALESCE(u.status, '') AS user_status,"
                  " COALESCE(u.language, '') AS language,"
                  " COALESCE(k.ref, '') AS contract_ref, m.id, m.kind,"
                  " c.number, c.company_name, c.first_name, c.last_name,"
                  " c.portal_without, (SELECT COUNT(*) FROM membership o"
                  " WHERE o.tenant = s.tenant AND o.pool = s.pool"
                  " AND o.user_id = s.user_id AND o.status = 'active')"
                  " AS n_accounts FROM session s LEFT JOIN users u"
                  " ON u.pool = s.pool AND u.id = s.user_id"
                  " LEFT JOIN contract k"
                  " ON k.tenant = s.tenant AND k.id = s.contract"
                  " LEFT JOIN membership m ON m.tenant = s.tenant"
                  " AND m.id = s.membership AND m.pool = s.pool"
                  " AND m.user_id = s.user_id AND m.customer = s.customer"
                  " AND m.status = 'active' AND u.status = 'active'"
                  " LEFT JOIN customer c"
                  " ON c.tenant = m.tenant AND c.id = m.customer"
                  " WHERE s.tenant = $1 AND s.id = $2",
                  "tt", tenant, id);
}

#define INSERT                                                                 \
    "INSERT INTO session (tenant, id, pool, user_id, membership, customer,"    \
    " contract, link, scope, method, version, created, last_seen, expires,"    \
    " ended, user_agent, remote_addr, staff, idle, staff_until, proven,"       \
    " family)"                                                                 \
    " SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1,"                      \
    " CAST($11 AS BIGINT), CAST($11 AS BIGINT), CAST($12 AS BIGINT), 0, $13,"  \
    " $14, $15, CAST($16 AS BIGINT), CAST($17 AS BIGINT),"                     \
    " CAST($18 AS BIGINT), $19 "

static const char of_person[] =
    INSERT "FROM membership m JOIN users u"
           " ON u.pool = m.pool AND u.id = m.user_id"
           " WHERE m.tenant = $1 AND m.id = $5 AND m.status = 'active'"
           " AND u.pool = $3 AND u.id = $4 AND u.status = 'active'";

/* who has not chosen an account */
static const char of_user[] = INSERT "FROM users u WHERE u.pool = $3"
                                     " AND u.id = $4 AND u.status = 'active'";

static const char of_link[] =
    INSERT "FROM self_service_link l WHERE l.tenant = $1 AND l.jti = $8"
           " AND l.contract = $7 AND l.revoked = 0";

static const char of_staff[] =
    INSERT "FROM staff f JOIN users u ON u.pool = f.pool AND u.id = f.user_id"
           " WHERE f.tenant = $1 AND f.id = $15 AND f.status = 'active'"
           " AND u.pool = $3 AND u.id = $4 AND u.status = 'active'";

static const char *
insert_for(const struct session_new *new)
{
    if (new->link) {
        return of_link;
    }
    if (new->membership) {
        return of_person;
    }
    return new->user ? of_user : of_staff;
}

enum db_result
session_store_insert(struct db *db, const char *tenant, const char *pool,
                     const struct session *s, const struct session_new *new,
                     const char *remote_addr)
{
    int64_t inserted;
    enum db_result r = db_exec(
        db, &inserted, insert_for(new), "ttttttttttiitttiiit", tenant, s->key,
        pool, s->user, s->membership->id, s->customer, s->contract, s->link,
        session_choosing(s) ? "portal" : s->scope, new->method, s->created,
        s->expires, new->user_agent, remote_addr, s->staff ? s->staff->id : "",
        s->idle, s->staff_until, s->proven, s->family);

    return r == DB_OK && inserted == 0 ? DB_NONE : r;
}

enum db_result
session_store_touch(struct db *db, const char *tenant, const char *id,
                    int64_t now, int64_t *changed)
{
    return db_exec_at_once(db, changed,
                           "UPDATE session SET last_seen = $3"
                           " WHERE tenant = $1 AND id = $2 AND ended = 0",
                           "tti", tenant, id, now);
}

enum db_result
session_store_prove(struct db *db, const char *tenant, const char *id,
                    int64_t now, int64_t *changed)
{
    return db_exec(db, changed,
                   "UPDATE session SET proven = $3"
                   " WHERE tenant = $1 AND id = $2 AND ended = 0",
                   "tti", tenant, id, now);
}

enum db_result
session_store_end(struct db *db, const char *tenant, const char *id,
                  int64_t now, int64_t *changed)
{
    return db_exec(db, changed,
                   "UPDATE session SET ended = $3"
                   " WHERE tenant = $1 AND id = $2 AND ended = 0",
                   "tti", tenant, id, now);
}

#define OF_SET                                                                 \
    " AND user_id = $2 AND ended = 0 AND id <> $4"                             \
    " AND (CAST($3 AS TEXT) IS NULL OR tenant = $3)"                           \
    " AND ($5 = 0 OR (scope = 'portal' AND staff = ''))"

enum db_result
session_store_of_user(struct db *db, struct arena *a,
                      const struct session_set *set, json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT tenant, id FROM session WHERE pool = $1" OF_SET,
                  "tttti", set->pool, set->user, set->tenant, set->except,
                  (int64_t)set->portal);
}

enum db_result
session_store_end_user(struct db *db, const struct session_set *set,
                       int64_t now)
{
    return db_exec(db, NULL,
                   "UPDATE session SET ended = $6 WHERE pool = $1" OF_SET,
                   "ttttii", set->pool, set->user, set->tenant, set->except,
                   (int64_t)set->portal, now);
}

enum db_result
session_list_of_user(struct db *db, struct arena *a,
                     const struct tenant *tenant, const char *user, int limit,
                     json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT id, created, last_seen, method, user_agent,"
                  " remote_addr, CASE WHEN ended = 0 AND expires > $4"
                  " AND last_seen + idle > $4 THEN 'active' ELSE 'ended' END"
                  " AS status FROM session WHERE tenant = $1 AND pool = $2"
                  " AND user_id = $3 AND scope = 'portal' AND staff = ''"
                  " ORDER BY created DESC, id LIMIT $5",
                  "tttii", tenant->id, tenant->pool, user, clock_now(),
                  (int64_t)limit);
}

enum db_result
session_store_of_contract(struct db *db, struct arena *a, const char *tenant,
                          const char *contract, int64_t now, json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT id FROM session WHERE tenant = $1 AND contract = $2"
                  " AND contract <> '' AND ended = 0"
                  " AND last_seen + idle > $3",
                  "tti", tenant, contract, now);
}

enum db_result
session_store_end_contract(struct db *db, const char *tenant,
                           const char *contract, int64_t now)
{
    return db_exec(db, NULL,
                   "UPDATE session SET ended = $3 WHERE tenant = $1"
                   " AND contract = $2 AND contract <> '' AND ended = 0",
                   "tti", tenant, contract, now);
}

enum db_result
session_store_of_staff(struct db *db, struct arena *a, const char *tenant,
                       const char *staff, const char *except, json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT id FROM session WHERE tenant = $1 AND staff = $2"
                  " AND staff <> '' AND ended = 0 AND id <> $3",
                  "ttt", tenant, staff, except);
}

enum db_result
session_store_end_staff(struct db *db, const char *tenant, const char *staff,
                        const char *except, int64_t now)
{
    return db_exec(db, NULL,
                   "UPDATE session SET ended = $4 WHERE tenant = $1"
                   " AND staff = $2 AND staff <> '' AND ended = 0"
                   " AND id <> $3",
                   "ttti", tenant, staff, except, now);
}

enum db_result
session_store_of_membership(struct db *db, struct arena *a, const char *tenant,
                            const char *membership, json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT id FROM session WHERE tenant = $1"
                  " AND membership = $2 AND membership <> '' AND ended = 0",
                  "tt", tenant, membership);
}

enum db_result
session_store_end_membership(struct db *db, const char *tenant,
                             const char *membership, int64_t now)
{
    return db_exec(db, NULL,
                   "UPDATE session SET ended = $3 WHERE tenant = $1"
                   " AND membership = $2 AND membership <> '' AND ended = 0",
                   "tti", tenant, membership, now);
}

/* Memberships, and who has rights of them, at whatever remove. */
#define BELOW(those)                                                           \
    "WITH RECURSIVE below (id) AS (" those " UNION"                            \
    " SELECT p.membership FROM below b JOIN membership_permission p"           \
    " ON p.tenant = $1 AND p.given_by = b.id AND p.given_by <> '') "

#define LIVING                                                                 \
    " WHERE tenant = $1 AND membership <> '' AND ended = 0"                    \
    " AND membership IN (SELECT id FROM below)"

#define RAISE(those)                                                           \
    {                                                                          \
        BELOW(those)                                                           \
        "UPDATE session SET version = version + 1" LIVING,                     \
            BELOW(those) "SELECT id, version, expires FROM session" LIVING     \
    }

enum db_result
session_store_raise(struct db *db, struct arena *a, const char *tenant,
                    enum session_raise whose, const char *id, json_t **rows)
{
    static const struct {
        const char *raise, *list;
    } statements[] = {
        [RAISE_MEMBERSHIP] = RAISE("SELECT CAST($2 AS TEXT)"),
        [RAISE_USER] = RAISE("SELECT id FROM membership"
                             " WHERE tenant = $1 AND user_id = $2"),
    };
    enum db_result r =
        db_exec(db, NULL, statements[whose].raise, "tt", tenant, id);

    return r == DB_OK
               ? db_all(db, a, rows, statements[whose].list, "tt", tenant, id)
               : r;
}

enum db_result
session_store_signed_in(struct db *db, const char *pool, const char *user,
                        const char *password_hash, int64_t now)
{
    int64_t changed;
    enum db_result r =
        db_exec(db, &changed,
                "UPDATE users SET last_sign_in = $4"
                " WHERE pool = $1 AND id = $2"
                " AND (CAST($3 AS TEXT) IS NULL OR password_hash = $3)",
                "ttti", pool, user, password_hash, now);

    return r == DB_OK && changed == 0 ? DB_NONE : r;
}

enum db_result
sso_store_claim(struct db *db, const char *tenant, const pf_sso_t *sso,
                int64_t now)
{
    return db_exec(db, NULL,
                   "INSERT INTO sso_use (tenant, kid, jti, used, expires)"
                   " VALUES ($1, $2, $3, $4, $5)",
                   "tttii", tenant, sso->kid, sso->jti, now,
                   sso->exp + 2 * PF_LEEWAY);
}

/* every tenant: what has idled out is nobody's any more */
enum db_result
session_store_forget_links(struct db *db, int64_t since)
{
    return db_exec(
        db, NULL,
        "DELETE FROM session WHERE scope = 'contract' AND last_seen < $1", "i",
        since);
}

/* every tenant: a dead claim says nothing about anybody */
enum db_result
sso_store_forget(struct db *db, int64_t now)
{
    return db_exec(db, NULL, "DELETE FROM sso_use WHERE expires < $1", "i",
                   now);
}
