#include "app/replay.h"

#include <stdlib.h>
#include <string.h>

#include "app/replay_store.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/job.h"
#include "base/json.h"
#include "base/keys.h"
#include "tenant/tenant.h"

enum { NAME_MAX_LEN = 255, KEPT_S = 24 * 3600, RUNS = 4 };

static const char purpose[] = "idempotency";

/* What an answer is besides its status and body. */
static const char *const kept_headers[] = {"ETag", "Location"};

struct replay {
    struct request *rq;
    struct response *rs;
    struct replay_name name;
    const char *fingerprint;
    bool taken; /* somebody else was first */
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
bound_to(const struct replay *p)
{
    return arena_printf(p->rq->arena, "%s %s %s", p->name.api_key,
                        p->name.route, p->name.name);
}

static const char *
seal_answer(const struct replay *p)
{
    struct request *rq = p->rq;
    json_t *headers = json_object(), *answer;
    char *text;
    const char *sealed;

    for (size_t i = 0; i < p->rs->n_headers; i++) {
        for (size_t k = 0; k < sizeof kept_headers / sizeof *kept_headers;
             k++) {
            if (strcmp(p->rs->headers[i].name, kept_headers[k]) == 0) {
                json_object_set_new(headers, kept_headers[k],
                                    json_string(p->rs->headers[i].value));
            }
        }
    }
    answer =
        json_in_arena(rq->arena, json_pack("{s:o, s:O?}", "headers", headers,
                                           "model", p->rs->model));
    text = json_dumps(answer, JSON_COMPACT);
    sealed = keys_seal(rq->keys, rq->arena, purpose, p->name.tenant,
                       bound_to(p), text ? text : "{}");
    free(text);
    return sealed;
}

static enum db_result
claim(struct db *db, void *data)
{
    struct replay *p = data;
    enum db_result r =
        replay_store_claim(db, &p->name, p->fingerprint, clock_now());

    p->taken = r == DB_UNIQUE;
    return r;
}

static enum db_result
keep(struct db *db, void *data)
{
    struct replay *p = data;

    return replay_store_keep(db, &p->name, p->rs->status, seal_answer(p));
}

/* ---- giving it again ---- */

static void
give(struct replay *p, const json_t *row)
{
    const char *text =
        keys_unseal(p->rq->keys, p->rq->arena, purpose, p->name.tenant,
                    bound_to(p), row_text(row, "answer"));
    json_t *answer =
        text ? json_in_arena(p->rq->arena, json_loads(text, 0, NULL)) : NULL;
    json_t *model = json_object_get(answer, "model");
    int status = (int)row_int(row, "status");

    if (!answer) {
        /* sealed by a key that is gone; it was done all the same */
        response_error(p->rs, ERR_idempotency_busy);
        return;
    }
    for (size_t i = 0; i < sizeof kept_headers / sizeof *kept_headers; i++) {
        const char *value = json_string_value(json_object_get(
            json_object_get(answer, "headers"), kept_headers[i]));
        if (value) {
            response_header(p->rs, kept_headers[i], value);
        }
    }
    if (model) {
        response_json(p->rs, status, model);
    } else {
        response_empty(p->rs, status);
    }
    response_header(p->rs, "Idempotency-Replayed", "true");
}

/* True when the response is filled: by an answer, or because there can be
 * none. */
static bool
answered_before(struct replay *p)
{
    json_t *row;

    switch (replay_store_get(p->rq->db, p->rq->arena, &p->name, &row)) {
    case DB_OK:
        if (strcmp(row_text(row, "fingerprint"), p->fingerprint) != 0) {
            response_error(p->rs, ERR_idempotency_mismatch);
        } else {
            give(p, row);
        }
        return true;
    case DB_NONE:
        return false;
    default:
        response_error(p->rs, ERR_unavailable);
        return true;
    }
}

/* ---- all of it ---- */

static bool
succeeded(const struct response *rs)
{
    return (rs->kind == RESPONSE_JSON || rs->kind == RESPONSE_NONE) &&
           rs->status >= 200 && rs->status < 300;
}

/* The handler and the end of its transaction; DB_BUSY: all of it again. */
static enum db_result
run_once(struct replay *p, const struct route *route)
{
    *p->rs = (struct response){0};
    p->rq->errors.n = 0;
    db_enclose(p->rq->db, claim, p);
    route->run(p->rq, p->rs);
    if (!p->taken && succeeded(p->rs)) {
        return db_enclosure_commit(p->rq->db, keep, p);
    }
    db_enclosure_rollback(p->rq->db);
    return p->taken ? DB_UNIQUE : DB_OK;
}

static void
run_kept(struct replay *p, const struct route *route)
{
    enum db_result r = DB_BUSY;

    for (int i = 0; i < RUNS && r == DB_BUSY; i++) {
        r = run_once(p, route);
    }
    if (r == DB_OK) {
        return;
    }
    *p->rs = (struct response){0};
    if (!p->taken) {
        response_error(p->rs, ERR_unavailable);
    } else if (!answered_before(p)) {
        response_error(p->rs, ERR_idempotency_busy);
    }
}

void
replay_run(const struct route *route, struct request *rq, struct response *rs)
{
    const char *name = request_header(rq, "Idempotency-Key");
    struct replay p = {.rq = rq, .rs = rs};

    if (route->door != API || strcmp(rq->method, "POST") != 0 || !name[0]) {
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
    if (!answered_before(&p)) {
        run_kept(&p, route);
    }
}

bool
replay_forget(struct job *job)
{
    return replay_store_forget(job->db, clock_now() - KEPT_S) == DB_OK;
}
