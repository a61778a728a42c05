/* SQL of the callback folder. */
#ifndef CALLBACK_CALLBACK_STORE_H
#define CALLBACK_CALLBACK_STORE_H

#include "callback/callback.h"

/* What the seals are bound to, beside tenant and id. */
#define CALLBACK_SECRET "callback-secret"
#define CALLBACK_EVENT  "callback-event"

/* ---- endpoints ---- */

enum db_result callback_store_insert(struct db *db,
                                     const struct callback_change *c,
                                     const char *sealed, int64_t now);
enum db_result callback_store_change(struct db *db,
                                     const struct callback_change *c,
                                     int64_t *changed);
enum db_result callback_store_remove(struct db *db, const char *tenant,
                                     const char *id, int64_t version,
                                     int64_t *changed);
enum db_result callback_store_rotate(struct db *db, const char *tenant,
                                     const char *id, const char *sealed,
                                     int64_t old_until, int64_t *changed);
enum db_result callback_store_get(struct db *db, struct arena *a,
                                  const char *tenant, const char *id,
                                  json_t **row);
enum db_result callback_store_list(struct db *db, struct arena *a,
                                   const char *tenant, const char *after,
                                   int limit, json_t **rows);

/* Rows: tenant, id, secret, old_secret; of every tenant, in their order. */
enum db_result callback_store_secrets(struct db *db, struct arena *a,
                                      const char *tenant, const char *id,
                                      int limit, json_t **rows);

/* Unless they were changed meanwhile. */
enum db_result callback_store_reseal(struct db *db, const json_t *row,
                                     const char *secret, const char *old);

/* ---- deliveries for people ---- */

enum db_result callback_store_delivery(struct db *db, struct arena *a,
                                       const char *tenant, const char *event,
                                       const char *endpoint, json_t **row);

/* ---- events ---- */

/* Rows: id; of the endpoints that are on and want that type. */
enum db_result callback_store_wanting(struct db *db, struct arena *a,
                                      const char *tenant, const char *type,
                                      json_t **rows);

struct callback_event {
    const char *id, *type, *object, *payload, *request_id;
};

enum db_result callback_store_events(struct db *db, struct arena *a,
                                     const char *tenant,
                                     const struct callback_event *events,
                                     size_t n, int64_t now);
/* Each of them to each of the endpoints; rows: id. */
enum db_result callback_store_deliver(struct db *db, struct arena *a,
                                      const char *tenant,
                                      const struct callback_event *events,
                                      size_t n, const json_t *endpoints,
                                      int64_t now);

/* Those older than that, with deliveries and attempts, but not what is still
 * to be delivered. */
enum db_result callback_store_forget(struct db *db, int64_t before);

/* ---- deliveries ---- */

/* Rows: tenant, event, endpoint; those due, at most that many of an endpoint,
 * oldest first. */
enum db_result callback_store_due(struct db *db, struct arena *a, int64_t now,
                                  int each, int limit, json_t **rows);

/* All of the delivery, its event and its endpoint that sending needs; leased,
 * and one more attempt counted. DB_NONE: somebody else has it. */
enum db_result callback_store_lease(struct db *db, struct arena *a,
                                    const json_t *due, const char *owner,
                                    int64_t now, int64_t until, json_t **row);

struct callback_attempt {
    const char *id, *url;
    int64_t number, at, ms, status;
    const char *error, *answer;
};

enum db_result callback_store_attempt(struct db *db, const char *tenant,
                                      const char *event, const char *endpoint,
                                      const struct callback_attempt *attempt);

/* *changed is 0 when the lease was lost meanwhile. */
enum db_result callback_store_finish(struct db *db, const json_t *row,
                                     const char *owner, const char *state,
                                     int64_t next_at, int64_t *changed);

/* failing_since: set where it was 0, or 0. */
enum db_result callback_store_failing(struct db *db, const char *tenant,
                                      const char *endpoint, int64_t since);

/* Off, with all that is queued for it. *changed is 0 when it was off. */
enum db_result callback_store_off(struct db *db, const char *tenant,
                                  const char *endpoint, const char *reason,
                                  int64_t *changed);

/* ---- the log ---- */

struct callback_filter {
    const char *endpoint, *event, *type; /* NULL: any */
    bool errors_only;
    int64_t from, to;   /* 0: any */
    const char *before; /* id, or NULL */
    int limit;
};

enum db_result callback_store_log(struct db *db, struct arena *a,
                                  const char *tenant,
                                  const struct callback_filter *filter,
                                  json_t **rows);
enum db_result callback_store_logged(struct db *db, struct arena *a,
                                     const char *tenant, const char *id,
                                     json_t **row);

enum db_result callback_store_replay(struct db *db, const char *tenant,
                                     const char *attempt, int64_t now,
                                     int64_t *changed);
/* Of one event to one endpoint. */
enum db_result callback_store_replay_event(struct db *db, const char *tenant,
                                           const char *event,
                                           const char *endpoint, int64_t now,
                                           int64_t *changed);
enum db_result callback_store_replay_since(struct db *db, const char *tenant,
                                           const char *endpoint, int64_t since,
                                           bool failed_only, int64_t now,
                                           int64_t *changed);

#endif
