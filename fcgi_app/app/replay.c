#include "app/replay.h"

#include <string.h>

#include "app/once.h"
#include "app/replay_store.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/job.h"
#include "base/json.h"
#include "base/keys.h"
#include "tenant/tenant.h"

enum { NAME_MAX_LEN = 255, KEPT_S = 24 * 3600, FORGOTTEN_AT_ONCE = 1000 };

static const char purpose[] = "idempotency";

/* What an answer is besides its status and body. */
static const char *const kept_headers[] = {"ETag", "Location"};

struct replay {
    struct replay_name name;
    const char *fingerprint;
};

static bool
name_ok(const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < len; i++) {
        if (name[i] < '!' || name[i] > '~') {
            return false;
        }
    }
    return len > 0 && len <= NAME_MAX_LEN;
}

/* Of everything that says what is wanted: another address is another request.
 */
static const char *
fingerprint(struct request *rq)
{
    const char *body = arena_strndup(rq->arena, rq->body, rq->body_len);

    return id_hash(rq->arena,
                   arena_printf(rq->arena, "%s\n%s\n%s", rq->path, rq->query,
                                id_hash(rq->arena, body)));
}

/* ---- keeping an answer ---- */

static const char *
bound_to(struct arena *a, const struct replay_name *n)
{
    return arena_printf(a, "%s %s %s", n->api_key, n->route, n->name);
}

static json_t *
headers_kept(const struct response *rs)
{
    json_t *headers = json_object();

    for (size_t i = 0; i < rs->n_headers; i++) {
        for (size_t k = 0; k < sizeof kept_headers / sizeof *kept_headers;
             k++) {
            if (strcmp(rs->headers[i].name, kept_headers[k]) == 0) {
                json_object_set_new(headers, kept_headers[k],
                                    json_string(rs->headers[i].value));
            }
        }
    }
    return headers;
}

static const char *
seal_answer(struct request *rq, const struct response *rs,
            const struct replay_name *n)
{
    json_t *answer = json_in_arena(
        rq->arena, json_pack("{s:o, s:O?}", "headers", headers_kept(rs),
                             "model", rs->model));

    return keys_seal(rq->keys, rq->arena, purpose, n->tenant,
                     bound_to(rq->arena, n),
                     json_text(rq->arena, answer, JSON_COMPACT));
}

static enum db_result
claim(struct request *rq, const void *name)
{
    const struct replay *p = name;

    return replay_store_claim(rq->db, &p->name, p->fingerprint, clock_now());
}

static enum db_result
keep(struct request *rq, const struct response *rs, const void *name)
{
    const struct replay *p = name;

    return replay_store_keep(rq->db, &p->name, rs->status,
                             seal_answer(rq, rs, &p->name));
}

/* ---- giving it again ---- */

static void
give(struct request *rq, struct response *rs, const struct replay_name *n,
     const json_t *row)
{
    const char *text =
        keys_unseal(rq->keys, rq->arena, purpose, n->tenant,
                    bound_to(rq->arena, n), row_text(row, "answer"));
    json_t *answer =
        text ? json_in_arena(rq->arena, json_loads(text, 0, NULL)) : NULL;
    json_t *model = json_object_get(answer, "model");
    int status = (int)row_int(row, "status");

    if (!answer) {
        /* sealed by a key that is gone; it was done all the same */
        response_error(rs, ERR_idempotency_lost);
        return;
    }
    for (size_t i = 0; i < sizeof kept_headers / sizeof *kept_headers; i++) {
        const char *value = json_string_value(json_object_get(
            json_object_get(answer, "headers"), kept_headers[i]));
        if (value) {
            response_header(rs, kept_headers[i], value);
        }
    }
    if (model) {
        response_json(rs, status, model);
    } else {
        response_empty(rs, status);
    }
    response_header(rs, "Idempotency-Replayed", "true");
}

static void
again(struct request *rq, struct response *rs, const void *name)
{
    const struct replay *p = name;
    json_t *row;

    if (replay_store_get(rq->db, rq->arena, &p->name, &row) != DB_OK) {
        response_error(rs, ERR_unavailable);
    } else if (strcmp(row_text(row, "fingerprint"), p->fingerprint) != 0) {
        response_error(rs, ERR_idempotency_mismatch);
    } else {
        give(rq, rs, &p->name, row);
    }
}

/* ---- all of it ---- */

void
replay_run(const struct route *route, struct request *rq, struct response *rs)
{
    static const struct once answers = {claim, keep, again};
    const char *name = request_header_sent(rq, "Idempotency-Key");
    struct replay p;

    if (!name && route_once(route)) {
        response_error(rs, ERR_idempotency_missing);
        return;
    }
    if (!name) {
        route->run(rq, rs);
        return;
    }
    if (!name_ok(name)) {
        response_error(rs, ERR_idempotency_key);
        return;
    }
    p.name = (struct replay_name){rq->tenant->id, rq->api_key->id, route->path,
                                  name};
    p.fingerprint = fingerprint(rq);
    once_run(&answers, &p, route->run, rq, rs);
}

bool
replay_forget(struct job *job)
{
    int64_t before = clock_now() - KEPT_S, forgotten = FORGOTTEN_AT_ONCE;
    enum db_result r = DB_OK;

    /* in parts: others want to write, too */
    while (r == DB_OK && forgotten == FORGOTTEN_AT_ONCE) {
        r = replay_store_forget(job->db, before, FORGOTTEN_AT_ONCE, &forgotten);
    }
    return r == DB_OK;
}
