#include "callback/callback.h"

#include <sodium.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/log.h"
#include "callback/callback_store.h"
#include "net/http.h"

enum { SECRET_BYTES = 32, HTTPS_PORT = 443 };

const struct callback_row callback_rows[CALLBACK_TYPES] = {
#define CALLBACK(name, type, entity, kind, help) {type, entity, kind},
#include "tables/callbacks.def"
#undef CALLBACK
};

static struct keys *ring;

void
callback_use(struct keys *keys)
{
    ring = keys;
}

static const struct callback_row *
row_named(const char *type, size_t len)
{
    for (size_t i = 0; i < CALLBACK_TYPES; i++) {
        if (strlen(callback_rows[i].type) == len &&
            memcmp(callback_rows[i].type, type, len) == 0) {
            return &callback_rows[i];
        }
    }
    return NULL;
}

const struct callback_row *
callback_row_of(const char *type)
{
    return row_named(type, strlen(type));
}

/* ---- what happened ---- */

/* The event, sealed; false: it cannot be. */
static bool
seal_event(struct arena *a, const char *tenant, struct callback_event *event,
           const json_t *data)
{
    const char *text = json_text(a, data, JSON_COMPACT);

    if (!text || !ring) {
        log_error("event %s cannot be sealed", event->type);
        return false;
    }
    event->id = id_new(a, "evt");
    event->payload =
        keys_seal(ring, a, CALLBACK_EVENT, tenant, event->id, text);
    return true;
}

static enum db_result
write_events(struct db *db, struct arena *a, const char *tenant,
             const struct callback_event *events, size_t n,
             const json_t *wanting)
{
    int64_t now = clock_now();
    enum db_result r = callback_store_events(db, a, tenant, events, n, now);

    return r == DB_OK
               ? callback_store_deliver(db, a, tenant, events, n, wanting, now)
               : r;
}

enum db_result
callback_enqueue_many(struct db *db, struct arena *a, const char *tenant,
                      const struct callback_batch *b)
{
    const char *name = callback_rows[b->type].type;
    struct callback_event *events;
    json_t *wanting;
    enum db_result r = callback_store_wanting(db, a, tenant, name, &wanting);

    if (r != DB_OK || json_array_size(wanting) == 0) {
        return r;
    }
    events = arena_alloc(a, b->n * sizeof *events + 1);
    for (size_t i = 0; i < b->n; i++) {
        struct callback_told told = b->tell(b->of, i);

        events[i] = (struct callback_event){
            .type = name, .object = told.object, .request_id = b->request_id};
        if (!seal_event(a, tenant, &events[i], told.data)) {
            return DB_FAILED;
        }
    }
    return write_events(db, a, tenant, events, b->n, wanting);
}

static struct callback_told
told_already(const void *of, size_t i)
{
    (void)i;
    return *(const struct callback_told *)of;
}

enum db_result
callback_enqueue(struct db *db, struct arena *a, const char *tenant,
                 enum callback_type type, const char *object, json_t *data,
                 const char *request_id)
{
    struct callback_told told = {object, json_in_arena(a, data)};
    struct callback_batch one = {type, 1, told_already, &told, request_id};

    return callback_enqueue_many(db, a, tenant, &one);
}

/* ---- what endpoints are ---- */

bool
callback_url_ok(const struct config *config, const char *url)
{
    if (config->https_private_addresses && strncmp(url, "http://", 7) == 0) {
        return strlen(url) <= CALLBACK_URL_MAX && http_port(url) > 0;
    }
    return http_url_ok(url) &&
           (config->https_private_addresses ||
            (http_port(url) == HTTPS_PORT && http_host_ok(url)));
}

bool
callback_types_ok(const char *types)
{
    if (strcmp(types, "*") == 0) {
        return true;
    }
    for (;;) {
        size_t len = strcspn(types, " ");

        if (!row_named(types, len)) {
            return false;
        }
        if (types[len] == '\0') {
            return true;
        }
        types += len + 1;
    }
}

/* "whsec_" and base64, as libraries that verify want it. */
static const char *
new_secret(struct arena *a)
{
    unsigned char bytes[SECRET_BYTES];
    char *text = arena_alloc(a, CALLBACK_SECRET_SIZE);

    randombytes_buf(bytes, sizeof bytes);
    memcpy(text, "whsec_", 6);
    sodium_bin2base64(text + 6, CALLBACK_SECRET_SIZE - 6, bytes, sizeof bytes,
                      sodium_base64_VARIANT_ORIGINAL);
    sodium_memzero(bytes, sizeof bytes);
    return text;
}

enum db_result
callback_find(struct db *db, struct arena *a, const char *tenant,
              const char *id, json_t **row)
{
    return callback_store_get(db, a, tenant, id, row);
}

enum db_result
callback_delivery_find(struct db *db, struct arena *a, const char *tenant,
                       const char *id, json_t **row)
{
    const char *dot = strchr(id, '.');

    *row = NULL;
    return dot ? callback_store_delivery(
                     db, a, tenant, arena_strndup(a, id, (size_t)(dot - id)),
                     dot + 1, row)
               : DB_NONE;
}

/* ---- changing them: each in one transaction with its audit row ---- */

struct work {
    struct callback_change *change;
    const char *sealed, *attempt, *event;
    int64_t since, count;
    bool failed_only;
};

static enum db_result
audit(struct db *db, const struct callback_change *c, const char *action,
      const char *object, const char *detail)
{
    struct audit row = {c->actor, "", action, object, detail};

    return audit_write(db, c->arena, c->tenant, &row);
}

/* What a trail may say of an endpoint: all but its secret. */
static enum db_result
audit_change(struct db *db, const struct callback_change *c, const char *action,
             const json_t *before, const json_t *after)
{
    struct audit row = {c->actor, "", action, c->id, ""};

    return audit_write_change(db, c->arena, c->tenant, &row, callback_fields,
                              before, after);
}

/* That there is another secret, not which. */
static enum db_result
audit_rotation(struct db *db, const struct callback_change *c)
{
    struct audit row = {c->actor, "", "callback.rotated", c->id, ""};
    json_t *secret =
        json_in_arena(c->arena, json_pack("{s:s}", "secret", AUDIT_SECRET));

    return audit_write_objects(db, c->arena, c->tenant, &row, secret, secret);
}

/* A change of no row is one of nothing that there is. */
static enum db_result
changed(enum db_result r, int64_t rows)
{
    return r == DB_OK && rows == 0 ? DB_NONE : r;
}

static enum db_result
create_in_transaction(struct db *db, void *data)
{
    struct work *w = data;
    const struct callback_change *c = w->change;
    json_t *row = NULL;
    enum db_result r = callback_store_insert(db, c, w->sealed, clock_now());

    if (r == DB_OK) {
        r = callback_find(db, c->arena, c->tenant, c->id, &row);
    }
    return r == DB_OK ? audit_change(db, c, "callback.created", NULL, row) : r;
}

enum db_result
callback_create(struct db *db, struct keys *keys, struct callback_change *c,
                const char **secret)
{
    struct work w = {.change = c};

    c->id = id_new(c->arena, "cbe");
    *secret = new_secret(c->arena);
    w.sealed =
        keys_seal(keys, c->arena, CALLBACK_SECRET, c->tenant, c->id, *secret);
    return db_transaction(db, true, create_in_transaction, &w);
}

/* Whether it leaves anything other than it is. */
static bool
alters(const struct callback_change *c, const json_t *row)
{
    bool on = c->state && strcmp(c->state, "on") == 0;
    const char *reason = c->state ? on ? "" : "merchant" : NULL;
    const struct {
        const char *name, *value;
    } texts[] = {{"url", c->url},         {"description", c->description},
                 {"types", c->types},     {"envelope", c->envelope},
                 {"contact", c->contact}, {"state", c->state},
                 {"reason", reason}};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (texts[i].value &&
            strcmp(texts[i].value, row_text(row, texts[i].name)) != 0) {
            return true;
        }
    }
    return on && row_int(row, "failing_since") != 0;
}

static enum db_result
change_in_transaction(struct db *db, void *data)
{
    struct callback_change *c = data;
    json_t *before, *after;
    int64_t rows = 0;
    enum db_result r = callback_find(db, c->arena, c->tenant, c->id, &before);

    if (r == DB_OK && c->version && c->version != row_int(before, "version")) {
        return DB_NONE;
    }
    if (r == DB_OK && !alters(c, before)) {
        return DB_OK;
    }
    if (r == DB_OK) {
        r = callback_store_change(db, c, &rows);
    }
    r = changed(r, rows);
    if (r == DB_OK && c->state && strcmp(c->state, "off") == 0) {
        r = callback_store_off(db, c->tenant, c->id, "merchant", &rows);
    }
    if (r == DB_OK) {
        r = callback_find(db, c->arena, c->tenant, c->id, &after);
    }
    return r == DB_OK ? audit_change(db, c, "callback.changed", before, after)
                      : r;
}

enum db_result
callback_change(struct db *db, struct callback_change *c)
{
    return db_transaction(db, true, change_in_transaction, c);
}

static enum db_result
remove_in_transaction(struct db *db, void *data)
{
    struct callback_change *c = data;
    json_t *before;
    int64_t rows = 0;
    enum db_result r = callback_find(db, c->arena, c->tenant, c->id, &before);

    if (r == DB_OK) {
        r = callback_store_remove(db, c->tenant, c->id, c->version, &rows);
    }
    r = changed(r, rows);
    return r == DB_OK ? audit_change(db, c, "callback.removed", before, NULL)
                      : r;
}

enum db_result
callback_remove(struct db *db, struct callback_change *c)
{
    return db_transaction(db, true, remove_in_transaction, c);
}

static enum db_result
rotate_in_transaction(struct db *db, void *data)
{
    struct work *w = data;
    const struct callback_change *c = w->change;
    int64_t rows = 0;
    enum db_result r =
        callback_store_rotate(db, c->tenant, c->id, w->sealed,
                              clock_now() + CALLBACK_OVERLAP_S, &rows);

    r = changed(r, rows);
    return r == DB_OK ? audit_rotation(db, c) : r;
}

enum db_result
callback_rotate(struct db *db, struct keys *keys, struct callback_change *c,
                const char **secret)
{
    struct work w = {.change = c};

    *secret = new_secret(c->arena);
    w.sealed =
        keys_seal(keys, c->arena, CALLBACK_SECRET, c->tenant, c->id, *secret);
    return db_transaction(db, true, rotate_in_transaction, &w);
}

/* ---- sending on request ---- */

static enum db_result
test_in_transaction(struct db *db, void *data)
{
    struct work *w = data;
    struct callback_change *c = w->change;
    struct callback_event event = {.type = callback_rows[CALLBACK_test].type,
                                   .object = c->id,
                                   .request_id = c->actor->request_id};
    json_t *to = json_in_arena(c->arena, json_pack("[{s:s}]", "id", c->id));
    enum db_result r = DB_FAILED;

    if (seal_event(
            c->arena, c->tenant, &event,
            json_in_arena(c->arena, json_pack("{s:s}", "endpoint", c->id)))) {
        r = write_events(db, c->arena, c->tenant, &event, 1, to);
    }
    w->event = event.id;
    return r == DB_OK ? audit(db, c, "callback.tested", c->id, event.id) : r;
}

enum db_result
callback_test(struct db *db, struct callback_change *c, const char **event)
{
    struct work w = {.change = c};
    enum db_result r = db_transaction(db, true, test_in_transaction, &w);

    *event = w.event;
    return r;
}

static enum db_result
replay_in_transaction(struct db *db, void *data)
{
    struct work *w = data;
    const struct callback_change *c = w->change;
    enum db_result r = callback_store_replay(db, c->tenant, w->attempt,
                                             clock_now(), &w->count);

    return r == DB_OK ? audit(db, c, "callback.replayed", w->attempt, "") : r;
}

enum db_result
callback_replay(struct db *db, struct callback_change *c, const char *attempt)
{
    struct work w = {.change = c, .attempt = attempt};

    return db_transaction(db, true, replay_in_transaction, &w);
}

static enum db_result
replay_event_in_transaction(struct db *db, void *data)
{
    struct work *w = data;
    const struct callback_change *c = w->change;
    enum db_result r = callback_store_replay_event(
        db, c->tenant, w->event, c->id, clock_now(), &w->count);

    return r == DB_OK ? audit(db, c, "callback.replayed", c->id, w->event) : r;
}

enum db_result
callback_replay_delivery(struct db *db, struct callback_change *c,
                         const char *event)
{
    struct work w = {.change = c, .event = event};

    return db_transaction(db, true, replay_event_in_transaction, &w);
}

static enum db_result
replay_since_in_transaction(struct db *db, void *data)
{
    struct work *w = data;
    const struct callback_change *c = w->change;
    enum db_result r = callback_store_replay_since(
        db, c->tenant, c->id, w->since, w->failed_only, clock_now(), &w->count);

    return r == DB_OK
               ? audit(db, c, "callback.replayed", c->id,
                       arena_printf(c->arena,
                                    "{\"since\":%lld,\"deliveries\":%lld}",
                                    (long long)w->since, (long long)w->count))
               : r;
}

enum db_result
callback_replay_since(struct db *db, struct callback_change *c, int64_t since,
                      bool failed_only, int64_t *replayed)
{
    struct work w = {.change = c, .since = since, .failed_only = failed_only};
    enum db_result r =
        db_transaction(db, true, replay_since_in_transaction, &w);

    *replayed = w.count;
    return r;
}
