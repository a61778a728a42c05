#include "payer/attempt_store.h"

#include "base/clock.h"
#include "base/json.h"

#define ATTEMPT                                                                \
    "SELECT t.id, t.provider, t.customer, t.user_id, t.orders, t.next,"        \
    " t.language, t.before, t.state, t.method, t.created, t.created_by,"       \
    " t.expires, t.ended, m.brand AS brand, m.last4 AS last4"                  \
    " FROM payment_attempt t"                                                  \
    " LEFT JOIN payment_method m ON m.tenant = t.tenant AND m.id = t.method"   \
    " WHERE t.tenant = $1 "

enum db_result
attempt_get(struct db *db, struct arena *a, const char *tenant, const char *id,
            json_t **row)
{
    return db_one(db, a, row, ATTEMPT "AND t.id = $2", "tt", tenant, id);
}

enum db_result
attempt_of_order(struct db *db, struct arena *a, const char *tenant,
                 const char *order, json_t **row)
{
    return db_one(db, a, row,
                  ATTEMPT "AND t.orders = $2 AND t.orders <> ''"
                          " ORDER BY t.created DESC, t.id DESC LIMIT 1",
                  "tt", tenant, order);
}

enum db_result
attempt_store_insert(struct db *db, const char *tenant,
                     const struct attempt_new *new, const char *before,
                     const char *by, int64_t expires)
{
    return db_exec(db, NULL,
                   "INSERT INTO payment_attempt (tenant, id, provider,"
                   " customer, user_id, orders, next, language, before, state,"
                   " method, created, created_by, expires, ended)"
                   " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open', '',"
                   " $10, $11, $12, 0)",
                   "tttttttttiti", tenant, new->id, new->provider,
                   new->customer, new->user, new->order, new->next,
                   new->language, before, clock_now(), by, expires);
}

enum db_result
attempt_store_event(struct db *db, const char *tenant, const char *provider,
                    const char *event, int64_t *changed)
{
    return db_exec(db, changed,
                   "INSERT INTO provider_event (tenant, provider, id, received)"
                   " VALUES ($1, $2, $3, $4)"
                   " ON CONFLICT (tenant, provider, id) DO NOTHING",
                   "ttti", tenant, provider, event, clock_now());
}

enum db_result
attempt_store_move(struct db *db, const char *tenant, const char *id,
                   const char *state, bool ends, int64_t *changed)
{
    return db_exec(db, changed,
                   "UPDATE payment_attempt SET state = $3, ended = $4"
                   " WHERE tenant = $1 AND id = $2 AND ended = 0"
                   " AND state <> $3",
                   "ttti", tenant, id, state, ends ? clock_now() : INT64_C(0));
}

enum db_result
attempt_store_made(struct db *db, const char *tenant, const char *id,
                   const char *state, const char *method)
{
    return db_exec(db, NULL,
                   "UPDATE payment_attempt SET state = $3, method = $4"
                   " WHERE tenant = $1 AND id = $2",
                   "tttt", tenant, id, state, method);
}

/* every tenant: */
static enum db_result
forget_events(struct db *db, int64_t before)
{
    return db_exec(db, NULL, "DELETE FROM provider_event WHERE received < $1",
                   "i", before);
}

/* every tenant: */
enum db_result
attempt_forget(struct db *db, int64_t before)
{
    enum db_result r =
        db_exec(db, NULL, "DELETE FROM payment_attempt WHERE created < $1", "i",
                before);

    return r == DB_OK ? forget_events(db, before) : r;
}
