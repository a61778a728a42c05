#include "callback/callback_store.h"

/* ---- endpoints ---- */

enum db_result
callback_store_insert(struct db *db, const struct callback_change *c,
                      const char *sealed, int64_t now)
{
    return db_exec(db, NULL,
                   "INSERT INTO callback_endpoint (tenant, id, url,"
                   " description, types, envelope, contact, state, reason,"
                   " secret, old_secret, old_until, failing_since, created)"
                   " VALUES ($1, $2, $3, $4, ' ' || CAST($5 AS TEXT) || ' ',"
                   " $6, $7, 'on', '', $8, '', 0, 0, $9)",
                   "tttttttti", c->tenant, c->id, c->url, c->description,
                   c->types, c->envelope, c->contact, sealed, now);
}

enum db_result
callback_store_change(struct db *db, const struct callback_change *c,
                      int64_t *changed)
{
    return db_exec(
        db, changed,
        "UPDATE callback_endpoint SET url = COALESCE($3, url),"
        " description = COALESCE($4, description),"
        " types = COALESCE(' ' || CAST($5 AS TEXT) || ' ', types),"
        " envelope = COALESCE($6, envelope), contact = COALESCE($7, contact),"
        " state = COALESCE($8, state),"
        " reason = CASE CAST($8 AS TEXT) WHEN 'on' THEN ''"
        " WHEN 'off' THEN 'merchant' ELSE reason END,"
        " failing_since = CASE CAST($8 AS TEXT) WHEN 'on' THEN 0"
        " ELSE failing_since END, version = version + 1"
        " WHERE tenant = $1 AND id = $2"
        " AND (CAST($9 AS BIGINT) = 0 OR version = $9)",
        "tttttttti", c->tenant, c->id, c->url, c->description, c->types,
        c->envelope, c->contact, c->state, c->version);
}

enum db_result
callback_store_remove(struct db *db, const char *tenant, const char *id,
                      int64_t version, int64_t *changed)
{
    return db_exec(db, changed,
                   "DELETE FROM callback_endpoint WHERE tenant = $1"
                   " AND id = $2 AND (CAST($3 AS BIGINT) = 0 OR version = $3)",
                   "tti", tenant, id, version);
}

enum db_result
callback_store_rotate(struct db *db, const char *tenant, const char *id,
                      const char *sealed, int64_t old_until, int64_t *changed)
{
    return db_exec(db, changed,
                   "UPDATE callback_endpoint SET old_secret = secret,"
                   " old_until = $4, secret = $3, version = version + 1"
                   " WHERE tenant = $1 AND id = $2",
                   "ttti", tenant, id, sealed, old_until);
}

#define ENDPOINT                                                               \
    "SELECT id, url, description, TRIM(types) AS types, envelope, contact,"    \
    " state, reason, failing_since, created, version FROM callback_endpoint "

enum db_result
callback_store_get(struct db *db, struct arena *a, const char *tenant,
                   const char *id, json_t **row)
{
    return db_one(db, a, row, ENDPOINT "WHERE tenant = $1 AND id = $2", "tt",
                  tenant, id);
}

enum db_result
callback_store_list(struct db *db, struct arena *a, const char *tenant,
                    const char *after, int limit, json_t **rows)
{
    return db_all(db, a, rows,
                  ENDPOINT "WHERE tenant = $1 AND id > $2"
                           " ORDER BY id LIMIT $3",
                  "tti", tenant, after ? after : "", (int64_t)limit);
}

enum db_result
callback_store_secrets(struct db *db, struct arena *a, const char *tenant,
                       const char *id, int limit, json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT tenant, id, secret, old_secret FROM callback_endpoint"
                  " WHERE (tenant, id) > ($1, $2) ORDER BY tenant, id LIMIT $3",
                  "tti", tenant, id, (int64_t)limit);
}

enum db_result
callback_store_reseal(struct db *db, const json_t *row, const char *secret,
                      const char *old)
{
    return db_exec(db, NULL,
                   "UPDATE callback_endpoint SET secret = $4, old_secret = $5"
                   " WHERE tenant = $1 AND id = $2 AND secret = $3",
                   "ttttt", row_text(row, "tenant"), row_text(row, "id"),
                   row_text(row, "secret"), secret, old);
}

/* ---- events ---- */

enum db_result
callback_store_wanting(struct db *db, struct arena *a, const char *tenant,
                       const char *type, json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT id FROM callback_endpoint WHERE tenant = $1"
                  " AND state = 'on' AND (types = ' * '"
                  " OR types LIKE '% ' || CAST($2 AS TEXT) || ' %')",
                  "tt", tenant, type);
}

enum db_result
callback_store_events(struct db *db, struct arena *a, const char *tenant,
                      const struct callback_event *events, size_t n,
                      int64_t now)
{
    struct db_bulk *bulk = db_bulk(
        a, "tenant:t id:t type:t object:t payload:t request_id:t created:i");

    for (size_t i = 0; i < n; i++) {
        const struct callback_event *e = &events[i];

        db_bulk_add(bulk, tenant, e->id, e->type, e->object, e->payload,
                    e->request_id, now);
    }
    return db_bulk_exec(
        db, bulk, NULL,
        "INSERT INTO callback_event (tenant, id, type, object, seq, payload,"
        " request_id, created) SELECT r.tenant, r.id, r.type, r.object,"
        " (SELECT COALESCE(MAX(seq), 0) + 1 FROM callback_event e"
        " WHERE e.tenant = r.tenant AND e.object = r.object),"
        " r.payload, r.request_id, r.created FROM {rows} ");
}

enum db_result
callback_store_deliver(struct db *db, struct arena *a, const char *tenant,
                       const struct callback_event *events, size_t n,
                       const json_t *endpoints, int64_t now)
{
    struct db_bulk *bulk =
        db_bulk(a, "tenant:t event:t endpoint:t state:t attempts:i next_at:i"
                   " lease_until:i lease_owner:t");
    const json_t *endpoint;
    size_t at;

    for (size_t i = 0; i < n; i++) {
        json_array_foreach(endpoints, at, endpoint)
        {
            db_bulk_add(bulk, tenant, events[i].id, row_text(endpoint, "id"),
                        "queued", (int64_t)0, now, (int64_t)0, "");
        }
    }
    return db_bulk_exec(
        db, bulk, NULL,
        "INSERT INTO callback_delivery (tenant, event, endpoint, state,"
        " attempts, next_at, lease_until, lease_owner) {values}");
}

/* every tenant: the same time for all of them */
enum db_result
callback_store_forget(struct db *db, int64_t before)
{
    return db_exec(db, NULL,
                   "DELETE FROM callback_event WHERE created < $1"
                   " AND NOT EXISTS (SELECT 1 FROM callback_delivery d"
                   " WHERE d.tenant = callback_event.tenant"
                   " AND d.event = callback_event.id"
                   " AND d.state IN ('queued', 'leased'))",
                   "i", before);
}

/* ---- deliveries ---- */

#define DUE                                                                    \
    "state IN ('queued', 'leased') AND"                                        \
    " CASE state WHEN 'leased' THEN lease_until ELSE next_at END <= "

/* every tenant: one sender serves all of them */
enum db_result
callback_store_due(struct db *db, struct arena *a, int64_t now, int each,
                   int limit, json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT tenant, event, endpoint FROM (SELECT tenant, event,"
                  " endpoint, next_at, ROW_NUMBER() OVER (PARTITION BY tenant,"
                  " endpoint ORDER BY next_at, event) AS place"
                  " FROM callback_delivery WHERE " DUE "$1) AS due"
                  " WHERE place <= $2 ORDER BY next_at, event LIMIT $3",
                  "iii", now, (int64_t)each, (int64_t)limit);
}

enum db_result
callback_store_lease(struct db *db, struct arena *a, const json_t *due,
                     const char *owner, int64_t now, int64_t until,
                     json_t **row)
{
    const char *tenant = row_text(due, "tenant");
    const char *event = row_text(due, "event");
    const char *endpoint = row_text(due, "endpoint");
    enum db_result r =
        db_one(db, a, row,
               "UPDATE callback_delivery SET state = 'leased',"
               " attempts = attempts + 1, lease_owner = $4, lease_until = $5"
               " WHERE tenant = $1 AND event = $2 AND endpoint = $3"
               " AND " DUE "$6 RETURNING event",
               "ttttii", tenant, event, endpoint, owner, until, now);

    if (r != DB_OK) {
        return r;
    }
    return db_one(db, a, row,
                  "SELECT d.tenant, d.event, d.endpoint, d.attempts, e.type,"
                  " e.object, e.seq, e.payload, e.request_id, e.created, p.url,"
                  " p.envelope, p.contact, p.secret, p.old_secret, p.old_until,"
                  " p.failing_since, p.description FROM callback_delivery d"
                  " JOIN callback_event e ON e.tenant = d.tenant"
                  " AND e.id = d.event JOIN callback_endpoint p"
                  " ON p.tenant = d.tenant AND p.id = d.endpoint"
                  " WHERE d.tenant = $1 AND d.event = $2 AND d.endpoint = $3",
                  "ttt", tenant, event, endpoint);
}

enum db_result
callback_store_attempt(struct db *db, const char *tenant, const char *event,
                       const char *endpoint,
                       const struct callback_attempt *attempt)
{
    return db_exec(db, NULL,
                   "INSERT INTO callback_attempt (tenant, id, event, endpoint,"
                   " url, number, at, ms, status, error, answer)"
                   " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                   "tttttiiiitt", tenant, attempt->id, event, endpoint,
                   attempt->url, attempt->number, attempt->at, attempt->ms,
                   attempt->status, attempt->error, attempt->answer);
}

enum db_result
callback_store_finish(struct db *db, const json_t *row, const char *owner,
                      const char *state, int64_t next_at, int64_t *changed)
{
    return db_exec(db, changed,
                   "UPDATE callback_delivery SET state ="
                   " CASE WHEN CAST($5 AS TEXT) = 'queued' AND EXISTS ("
                   "SELECT 1 FROM callback_endpoint p WHERE p.tenant = $1"
                   " AND p.id = $3 AND p.state = 'off') THEN 'off'"
                   " ELSE CAST($5 AS TEXT) END, next_at = $6,"
                   " lease_owner = '', lease_until = 0 WHERE tenant = $1"
                   " AND event = $2 AND endpoint = $3 AND lease_owner = $4"
                   " AND state = 'leased'",
                   "ttttti", row_text(row, "tenant"), row_text(row, "event"),
                   row_text(row, "endpoint"), owner, state, next_at);
}

enum db_result
callback_store_failing(struct db *db, const char *tenant, const char *endpoint,
                       int64_t since)
{
    return db_exec(db, NULL,
                   "UPDATE callback_endpoint SET failing_since = $3"
                   " WHERE tenant = $1 AND id = $2"
                   " AND (failing_since = 0) <> ($3 = 0)",
                   "tti", tenant, endpoint, since);
}

enum db_result
callback_store_off(struct db *db, const char *tenant, const char *endpoint,
                   const char *reason, int64_t *changed)
{
    enum db_result r = db_exec(db, changed,
                               "UPDATE callback_endpoint SET state = 'off',"
                               " reason = $3, version = version + 1"
                               " WHERE tenant = $1 AND id = $2"
                               " AND state = 'on'",
                               "ttt", tenant, endpoint, reason);

    if (r != DB_OK) {
        return r;
    }
    return db_exec(db, NULL,
                   "UPDATE callback_delivery SET state = 'off'"
                   " WHERE tenant = $1 AND endpoint = $2 AND state = 'queued'",
                   "tt", tenant, endpoint);
}

/* ---- the log ---- */

#define ATTEMPT                                                                \
    "SELECT l.id, l.endpoint, l.event, e.type, e.object, e.seq, l.url,"        \
    " l.number, l.at, l.ms, l.status, l.error, l.answer, e.payload,"           \
    " e.request_id, d.state, CASE l.error WHEN '' THEN 1 ELSE 0 END"           \
    " AS success FROM callback_attempt l"                                      \
    " JOIN callback_event e ON e.tenant = l.tenant AND e.id = l.event"         \
    " JOIN callback_delivery d ON d.tenant = l.tenant AND d.event = l.event"   \
    " AND d.endpoint = l.endpoint "

enum db_result
callback_store_log(struct db *db, struct arena *a, const char *tenant,
                   const struct callback_filter *f, json_t **rows)
{
    return db_all(db, a, rows,
                  ATTEMPT "WHERE l.tenant = $1"
                          " AND (CAST($2 AS TEXT) IS NULL OR l.endpoint = $2)"
                          " AND (CAST($3 AS TEXT) IS NULL OR l.event = $3)"
                          " AND (CAST($4 AS TEXT) IS NULL OR e.type = $4)"
                          " AND (CAST($5 AS BIGINT) = 0 OR l.error <> '')"
                          " AND l.at >= $6 AND l.at < $7"
                          " AND (CAST($8 AS TEXT) IS NULL OR l.id < $8)"
                          " ORDER BY l.id DESC LIMIT $9",
                  "ttttiiiti", tenant, f->endpoint, f->event, f->type,
                  (int64_t)f->errors_only, f->from, f->to, f->before,
                  (int64_t)f->limit);
}

enum db_result
callback_store_logged(struct db *db, struct arena *a, const char *tenant,
                      const char *id, json_t **row)
{
    return db_one(db, a, row, ATTEMPT "WHERE l.tenant = $1 AND l.id = $2", "tt",
                  tenant, id);
}

/* What is on its way comes anyway. */
#define REPLAY                                                                 \
    "UPDATE callback_delivery SET state = 'queued', attempts = 0,"             \
    " next_at = $3 WHERE tenant = $1 AND state <> 'leased' AND "

enum db_result
callback_store_replay(struct db *db, const char *tenant, const char *attempt,
                      int64_t now, int64_t *changed)
{
    return db_exec(db, changed,
                   REPLAY "EXISTS (SELECT 1 FROM callback_attempt l"
                          " WHERE l.tenant = $1 AND l.id = $2"
                          " AND l.event = callback_delivery.event"
                          " AND l.endpoint = callback_delivery.endpoint)",
                   "tti", tenant, attempt, now);
}

enum db_result
callback_store_replay_event(struct db *db, const char *tenant,
                            const char *event, const char *endpoint,
                            int64_t now, int64_t *changed)
{
    return db_exec(db, changed, REPLAY "event = $2 AND endpoint = $4", "ttit",
                   tenant, event, now, endpoint);
}

enum db_result
callback_store_replay_since(struct db *db, const char *tenant,
                            const char *endpoint, int64_t since,
                            bool failed_only, int64_t now, int64_t *changed)
{
    return db_exec(db, changed,
                   REPLAY "endpoint = $2 AND (CAST($5 AS BIGINT) = 0"
                          " OR state <> 'delivered')"
                          " AND EXISTS (SELECT 1 FROM callback_event e"
                          " WHERE e.tenant = $1"
                          " AND e.id = callback_delivery.event"
                          " AND e.created >= $4)",
                   "ttiii", tenant, endpoint, now, since, (int64_t)failed_only);
}

/* ---- lists of pages ---- */

enum db_result
callback_list_rows(struct db *db, struct arena *a, const struct list_query *q,
                   const char *tenant, const char *pool, json_t **rows)
{
    (void)pool;
    return db_list(db, a, rows, q, ENDPOINT "WHERE tenant = $1", "t", tenant);
}

/* A next try is one that comes. The last answer is a status, or why there was
 * none. */
#define DELIVERY                                                               \
    "SELECT d.event || '.' || d.endpoint AS id, d.event, d.endpoint,"          \
    " e.created, e.type, e.object, e.request_id, p.url, p.state AS switched,"  \
    " d.state, d.attempts, CASE d.state WHEN 'queued' THEN d.next_at ELSE 0"   \
    " END AS next_at, COALESCE(CASE l.error WHEN ''"                           \
    " THEN CAST(l.status AS TEXT) ELSE l.error END, '') AS answered"           \
    " FROM callback_delivery d JOIN callback_event e ON e.tenant = d.tenant"   \
    " AND e.id = d.event JOIN callback_endpoint p ON p.tenant = d.tenant"      \
    " AND p.id = d.endpoint LEFT JOIN callback_attempt l"                      \
    " ON l.tenant = d.tenant AND l.id = (SELECT MAX(m.id)"                     \
    " FROM callback_attempt m WHERE m.tenant = d.tenant"                       \
    " AND m.event = d.event AND m.endpoint = d.endpoint) "

enum db_result
callback_delivery_rows(struct db *db, struct arena *a,
                       const struct list_query *q, const char *tenant,
                       const char *pool, json_t **rows)
{
    (void)pool;
    return db_list(db, a, rows, q, DELIVERY "WHERE d.tenant = $1", "t", tenant);
}

enum db_result
callback_store_delivery(struct db *db, struct arena *a, const char *tenant,
                        const char *event, const char *endpoint, json_t **row)
{
    return db_one(db, a, row,
                  DELIVERY
                  "WHERE d.tenant = $1 AND d.event = $2 AND d.endpoint = $3",
                  "ttt", tenant, event, endpoint);
}

/* The answer's beginning, as much as a cell shows. */
#define TRIED                                                                  \
    "SELECT l.id, l.event || '.' || l.endpoint AS delivery, l.endpoint,"       \
    " l.event, l.at, l.url, e.type, l.number, l.status, l.ms, l.error,"        \
    " SUBSTR(l.answer, 1, 200) AS answer FROM callback_attempt l"              \
    " JOIN callback_event e ON e.tenant = l.tenant AND e.id = l.event "

enum db_result
callback_attempt_rows(struct db *db, struct arena *a,
                      const struct list_query *q, const char *tenant,
                      const char *pool, json_t **rows)
{
    (void)pool;
    return db_list(db, a, rows, q, TRIED "WHERE l.tenant = $1", "t", tenant);
}

enum db_result
callback_attempts_of(struct db *db, struct arena *a, const char *tenant,
                     const json_t *delivery, int limit, json_t **rows)
{
    return db_all(db, a, rows,
                  TRIED "WHERE l.tenant = $1 AND l.event = $2"
                        " AND l.endpoint = $3 ORDER BY l.id DESC LIMIT $4",
                  "ttti", tenant, row_text(delivery, "event"),
                  row_text(delivery, "endpoint"), (int64_t)limit);
}
