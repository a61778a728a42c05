/*
 * Callbacks: merchants' servers are told what happened (tables/callbacks.def),
 * as Standard Webhooks 1.0 has it. An event is written in the transaction of
 * what it tells of (an outbox), and pforte jobs delivers it at least once, with
 * the same webhook-id each time.
 */
#ifndef CALLBACK_CALLBACK_H
#define CALLBACK_CALLBACK_H

#include <jansson.h>

#include "audit/audit.h"
#include "base/config.h"
#include "base/field.h"
#include "base/keys.h"
#include "db/db.h"

enum callback_type {
#define CALLBACK(name, type, entity, kind, help) CALLBACK_##name,
#include "tables/callbacks.def"
#undef CALLBACK
    CALLBACK_TYPES
};

struct callback_row {
    const char *type, *entity, *kind;
};

extern const struct callback_row callback_rows[CALLBACK_TYPES];

/* The row of a type, NULL when there is none. */
const struct callback_row *callback_row_of(const char *type);

/* What seals events, for the whole program. Before the first callback_enqueue()
 * that finds an endpoint. */
void callback_use(struct keys *keys);

/*
 * Writes the event and its deliveries, inside the transaction of what it tells
 * of; nothing where no endpoint wants it. object: id of what it happened to,
 * whose events are counted. data: JSON object (stolen). request_id: or "".
 */
enum db_result callback_enqueue(struct db *db, struct arena *a,
                                const char *tenant, enum callback_type type,
                                const char *object, json_t *data,
                                const char *request_id);

/* The same of many objects at once, each another. `tell` is asked for each, and
 * only where an endpoint wants that type. */
struct callback_told {
    const char *object;
    const json_t *data; /* the arena's */
};
struct callback_batch {
    enum callback_type type;
    size_t n;
    struct callback_told (*tell)(const void *of, size_t i);
    const void *of;
    const char *request_id;
};
enum db_result callback_enqueue_many(struct db *db, struct arena *a,
                                     const char *tenant,
                                     const struct callback_batch *batch);

/* ---- endpoints ---- */

enum {
    CALLBACK_URL_MAX = 500,
    CALLBACK_SECRET_SIZE = 64,      /* "whsec_…" */
    CALLBACK_OVERLAP_S = 24 * 3600, /* two signatures after a rotation */
};

/* Whether callbacks may go there: https, port 443, no numeric address outside
 * of the public Internet. In development anything that is a URL. */
bool callback_url_ok(const struct config *config, const char *url);

/* "*", or types of the table with one space between them. */
bool callback_types_ok(const char *types);

struct callback_change {
    struct arena *arena;
    const struct actor *actor;
    const char *tenant, *id;
    const char *url, *description, *types, *envelope, *contact, *state;
    int64_t version; /* the one that changes; 0: whichever it is */
};

/* Makes the endpoint; id is set, and *secret, which is shown only here. */
enum db_result callback_create(struct db *db, struct keys *keys,
                               struct callback_change *c, const char **secret);

/* What is not NULL changes; where it is so already, nothing happens. Switched
 * on, it counts as not failing. DB_NONE: there is no such endpoint, or not of
 * that version; the same below. */
enum db_result callback_change(struct db *db, struct callback_change *c);

enum db_result callback_find(struct db *db, struct arena *a, const char *tenant,
                             const char *id, json_t **row);

/* With its deliveries and their log. */
enum db_result callback_remove(struct db *db, struct callback_change *c);

/* A fresh secret; the one before signs too for CALLBACK_OVERLAP_S. */
enum db_result callback_rotate(struct db *db, struct keys *keys,
                               struct callback_change *c, const char **secret);

/* An event for this endpoint only. *event: its id. */
enum db_result callback_test(struct db *db, struct callback_change *c,
                             const char **event);

/* Queues again the delivery that an attempt was of. */
enum db_result callback_replay(struct db *db, struct callback_change *c,
                               const char *attempt);

/* The same by the event, to the endpoint that the change names. */
enum db_result callback_replay_delivery(struct db *db,
                                        struct callback_change *c,
                                        const char *event);

/* The same for all deliveries of the endpoint of events since then; failed_only
 * leaves out what was delivered. */
enum db_result callback_replay_since(struct db *db, struct callback_change *c,
                                     int64_t since, bool failed_only,
                                     int64_t *replayed);

/* ---- lists of pages: endpoints, deliveries, attempts ---- */

extern const struct field callback_rows_fields[], callback_delivery_fields[],
    callback_attempt_fields[];

enum db_result callback_list_rows(struct db *db, struct arena *a,
                                  const struct list_query *q,
                                  const char *tenant, const char *pool,
                                  json_t **rows);
enum db_result callback_delivery_rows(struct db *db, struct arena *a,
                                      const struct list_query *q,
                                      const char *tenant, const char *pool,
                                      json_t **rows);
enum db_result callback_attempt_rows(struct db *db, struct arena *a,
                                     const struct list_query *q,
                                     const char *tenant, const char *pool,
                                     json_t **rows);

/* One delivery as its list has it, and its newest attempts as theirs has them.
 * id: "<event>.<endpoint>". */
enum db_result callback_delivery_find(struct db *db, struct arena *a,
                                      const char *tenant, const char *id,
                                      json_t **row);
enum db_result callback_attempts_of(struct db *db, struct arena *a,
                                    const char *tenant, const json_t *delivery,
                                    int limit, json_t **rows);

extern const struct field callback_fields[], callback_create_fields[],
    callback_change_fields[], callback_secret_fields[], callback_list_fields[],
    callback_log_fields[], callback_log_list_fields[], callback_event_fields[],
    callback_replay_fields[], callback_replayed_fields[];

#endif
