#include "audit/audit_store.h"

#include "base/clock.h"
#include "base/id.h"

enum db_result
audit_store_insert(struct db *db, struct arena *a, const char *tenant,
                   const struct audit *row, const struct audit_change *change)
{
    const struct actor *actor = row->actor;

    return db_exec(db, NULL,
                   "INSERT INTO audit (tenant, id, at, actor, customer, action,"
                   " object, detail, remote_addr, request_id, actor_kind,"
                   " on_behalf_of, before, after, test)"
                   " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,"
                   " $12, $13, $14, $15)",
                   "ttittttttttttti", tenant, id_new(a, "aud"), clock_now(),
                   actor->name, row->customer, row->action, row->object,
                   row->detail, actor->remote_addr, actor->request_id,
                   audit_actor_kind(actor->name),
                   actor->on_behalf_of ? actor->on_behalf_of : "",
                   change->before, change->after, (int64_t)actor->test);
}

enum db_result
audit_store_insert_many(struct db *db, struct arena *a, const char *tenant,
                        const struct audit *rows, size_t n,
                        const struct audit_change *changes)
{
    static const struct audit_change none = {"", ""};
    struct db_bulk *bulk = db_bulk(
        a, "tenant:t id:t at:i actor:t customer:t action:t object:t detail:t"
           " remote_addr:t request_id:t actor_kind:t on_behalf_of:t before:t "
           "after:t"
           " test:i");
    int64_t now = clock_now();

    for (size_t i = 0; i < n; i++) {
        const struct actor *actor = rows[i].actor;
        const struct audit_change *change = changes ? &changes[i] : &none;

        db_bulk_add(bulk, tenant, id_new(a, "aud"), now, actor->name,
                    rows[i].customer, rows[i].action, rows[i].object,
                    rows[i].detail, actor->remote_addr, actor->request_id,
                    audit_actor_kind(actor->name),
                    actor->on_behalf_of ? actor->on_behalf_of : "",
                    change->before, change->after, (int64_t)actor->test);
    }
    return db_bulk_exec(
        db, bulk, NULL,
        "INSERT INTO audit (tenant, id, at, actor, customer, action, object,"
        " detail, remote_addr, request_id, actor_kind, on_behalf_of, before,"
        " after, test) {values}");
}

/* ---- reading ---- */

#define LIST                                                                   \
    "SELECT a.id, a.at AS time, a.actor, a.actor_kind, a.on_behalf_of,"        \
    " c.number AS account, a.action, a.object, a.detail, a.before, a.after,"   \
    " a.remote_addr AS ip, a.request_id, a.test, a.seq, a.hash FROM audit a"   \
    " LEFT JOIN customer c ON c.tenant = a.tenant AND c.id = a.customer"       \
    " WHERE a.tenant = $1"                                                     \
    " AND (CAST($2 AS TEXT) IS NULL OR a.actor = $2)"                          \
    " AND (CAST($3 AS TEXT) IS NULL OR a.action = $3)"                         \
    " AND (CAST($4 AS TEXT) IS NULL OR a.object = $4)"                         \
    " AND (CAST($5 AS TEXT) IS NULL OR a.customer = (SELECT id FROM customer"  \
    " WHERE tenant = $1 AND number = $5))"                                     \
    " AND a.at >= $6 AND a.at < $7 "

enum db_result
audit_list(struct db *db, struct arena *a, const char *tenant,
           const struct audit_filter *f, const char *before, int limit,
           json_t **rows)
{
    return db_all(db, a, rows,
                  LIST "AND (CAST($8 AS TEXT) IS NULL OR a.id < $8)"
                       " ORDER BY a.id DESC LIMIT $9",
                  "tttttiiti", tenant, f->actor, f->action, f->object,
                  f->account, f->from, f->to, before, (int64_t)limit);
}

enum db_result
audit_of_customer(struct db *db, struct arena *a, const char *tenant,
                  const char *customer, const char *before, int limit,
                  json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT id, at, actor, on_behalf_of, action, object, detail,"
                  " before, after FROM audit WHERE tenant = $1"
                  " AND customer = $2 AND (CAST($3 AS TEXT) IS NULL OR id < $3)"
                  " ORDER BY id DESC LIMIT $4",
                  "ttti", tenant, customer, before, (int64_t)limit);
}

enum db_result
audit_of_object(struct db *db, struct arena *a, const char *tenant,
                const char *object, const char *const actions[2],
                const char *before, int limit, json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT id, at, actor, action, detail, before, after"
                  " FROM audit WHERE tenant = $1 AND object = $2"
                  " AND action IN ($3, $4)"
                  " AND (CAST($5 AS TEXT) IS NULL OR id < $5)"
                  " ORDER BY id DESC LIMIT $6",
                  "ttttti", tenant, object, actions[0], actions[1], before,
                  (int64_t)limit);
}

/* By an index each. */
enum db_result
audit_sign_ins(struct db *db, struct arena *a, const char *tenant,
               const char *actor, const char *object, int limit, json_t **rows)
{
    return db_all(
        db, a, rows,
        "SELECT s.id, s.at, s.action, s.detail, s.remote_addr FROM"
        " (SELECT id, at, action, detail, remote_addr FROM audit"
        " WHERE tenant = $1 AND actor = $2 AND action = 'session.started'"
        " AND detail <> 'switch'" /* to another account: no sign-in */
        " ORDER BY id DESC LIMIT $4) AS s"
        " UNION ALL"
        " SELECT f.id, f.at, f.action, f.detail, f.remote_addr FROM"
        " (SELECT id, at, action, detail, remote_addr FROM audit"
        " WHERE tenant = $1 AND object = $3 AND action = 'session.refused'"
        " ORDER BY id DESC LIMIT $4) AS f"
        " ORDER BY id DESC LIMIT $4",
        "ttti", tenant, actor, object, (int64_t)limit);
}

enum db_result
audit_after(struct db *db, struct arena *a, const char *tenant,
            const struct audit_filter *f, const char *after, int limit,
            json_t **rows)
{
    return db_all(db, a, rows, LIST "AND a.id > $8 ORDER BY a.id LIMIT $9",
                  "tttttiiti", tenant, f->actor, f->action, f->object,
                  f->account, f->from, f->to, after, (int64_t)limit);
}

/* ---- the chain ---- */

/* every tenant: the job seals the trails of all of them */
enum db_result
audit_store_tenants(struct db *db, struct arena *a, int64_t until,
                    json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT DISTINCT tenant FROM audit"
                  " WHERE seq = 0 AND at <= $1 ORDER BY tenant",
                  "i", until);
}

enum db_result
audit_store_open(struct db *db, struct arena *a, const char *tenant,
                 int64_t until, int limit, json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT * FROM audit WHERE tenant = $1 AND seq = 0"
                  " AND at <= $2 ORDER BY at, id LIMIT $3",
                  "tii", tenant, until, (int64_t)limit);
}

enum db_result
audit_store_seal(struct db *db, const char *tenant, const char *id, int64_t seq,
                 const char *prev, const char *hash)
{
    int64_t changed;
    enum db_result r = db_exec(db, &changed,
                               "UPDATE audit SET seq = $3, prev = $4, hash = $5"
                               " WHERE tenant = $1 AND id = $2 AND seq = 0",
                               "ttitt", tenant, id, seq, prev, hash);

    return r == DB_OK && changed == 0 ? DB_NONE : r;
}

enum db_result
audit_store_head(struct db *db, struct arena *a, const char *tenant,
                 json_t **row)
{
    return db_one(db, a, row,
                  "SELECT * FROM audit_head WHERE tenant = $1"
                  " ORDER BY seq DESC LIMIT 1",
                  "t", tenant);
}

enum db_result
audit_store_set_head(struct db *db, const char *tenant, const char *day,
                     int64_t seq, const char *hash, const char *signature)
{
    return db_exec(db, NULL,
                   "INSERT INTO audit_head (tenant, day, seq, hash, signature)"
                   " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant, day)"
                   " DO UPDATE SET seq = $3, hash = $4, signature = $5",
                   "ttitt", tenant, day, seq, hash, signature);
}

enum db_result
audit_store_heads(struct db *db, struct arena *a, const char *tenant,
                  json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT * FROM audit_head WHERE tenant = $1 ORDER BY seq",
                  "t", tenant);
}

enum db_result
audit_store_chain(struct db *db, struct arena *a, const char *tenant,
                  int64_t seq, int limit, json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT * FROM audit WHERE tenant = $1 AND seq > $2"
                  " AND seq > 0 ORDER BY seq LIMIT $3",
                  "tii", tenant, seq, (int64_t)limit);
}

enum db_result
audit_store_behind(struct db *db, struct arena *a, const char *tenant,
                   json_t **row)
{
    return db_one(db, a, row,
                  "SELECT id, seq FROM audit WHERE tenant = $1 AND seq > 0"
                  " AND seq > (SELECT COALESCE(MAX(seq), 0) FROM audit_head"
                  " WHERE tenant = $1) ORDER BY seq LIMIT 1",
                  "t", tenant);
}

enum db_result
audit_store_count_open(struct db *db, struct arena *a, const char *tenant,
                       json_t **row)
{
    return db_one(db, a, row,
                  "SELECT COUNT(*) AS n FROM audit"
                  " WHERE tenant = $1 AND seq = 0",
                  "t", tenant);
}

enum db_result
audit_list_rows(struct db *db, struct arena *a, const struct list_query *q,
                const char *tenant, const char *pool, json_t **rows)
{
    (void)pool;
    return db_list(
        db, a, rows, q,
        "SELECT id, at, actor, on_behalf_of, action, object,"
        " CASE WHEN before || after = '' THEN detail ELSE before || ' → ' ||"
        " after || detail END AS detail, before, after, remote_addr,"
        " request_id "
        "FROM audit WHERE tenant = $1",
        "t", tenant);
}
