/* REST: endpoints of callbacks, their log, and sending again. */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "callback/callback_store.h"
#include "http/handlers.h"
#include "http/list.h"
#include "tenant/tenant.h"

static const char *const keys[] = {"id", NULL};

/* The endpoint that the path names. */
static struct callback_change
change_of(struct request *rq)
{
    return (struct callback_change){.arena = rq->arena,
                                    .actor = rq->actor,
                                    .tenant = rq->tenant->id,
                                    .id = rq->values[0]};
}

static bool
told(struct response *rs, enum db_result r)
{
    if (r != DB_OK) {
        response_error(rs, db_error(r));
    }
    return r == DB_OK;
}

static json_t *
endpoint_row(struct request *rq, struct response *rs, const char *id)
{
    json_t *row = NULL;

    return told(rs,
                callback_store_get(rq->db, rq->arena, rq->tenant->id, id, &row))
               ? row
               : NULL;
}

static void
answer(struct request *rq, struct response *rs, int status, const char *id,
       const char *secret)
{
    json_t *row = endpoint_row(rq, rs, id);

    if (row && secret) {
        model_text(row, "secret", secret);
    }
    if (row) {
        response_record(rq, rs, status,
                        secret ? callback_secret_fields : callback_fields, row);
    }
}

/* ---- endpoints ---- */

void
callbacks_get(struct request *rq, struct response *rs)
{
    struct list list;
    json_t *rows;

    if (list_begin(rq, rs, &list) &&
        told(rs, callback_store_list(rq->db, rq->arena, rq->tenant->id,
                                     list_after_text(&list, 0), list.limit + 1,
                                     &rows))) {
        list_answer(rq, rs, &list, callback_fields, rows, keys);
    }
}

void
callback_get(struct request *rq, struct response *rs)
{
    answer(rq, rs, 200, rq->values[0], NULL);
}

/* As sent; null empties it. */
static const char *
emptied(struct request *rq, const char *name)
{
    return json_is_null(json_object_get(rq->input, name))
               ? ""
               : request_text(rq, name);
}

/* False with the error in the response. */
static bool
take_input(struct request *rq, struct response *rs, struct callback_change *c)
{
    c->url = request_text(rq, "url");
    c->description = emptied(rq, "description");
    c->types = request_text(rq, "types");
    c->envelope = request_text(rq, "envelope");
    c->contact = emptied(rq, "contact");
    c->state = request_text(rq, "state");
    if (c->url && !callback_url_ok(rq->config, c->url)) {
        field_fail(&rq->errors, "url", ERR_value_target, 0);
    }
    if (c->types && !callback_types_ok(c->types)) {
        field_fail(&rq->errors, "types", ERR_value_choice, 0);
    }
    if (rq->errors.n > 0) {
        response_error(rs, ERR_invalid);
    }
    return rq->errors.n == 0;
}

static const char *
otherwise(const char *text, const char *without)
{
    return text ? text : without;
}

void
callbacks_post(struct request *rq, struct response *rs)
{
    struct callback_change c = change_of(rq);
    const char *secret;

    if (!take_input(rq, rs, &c)) {
        return;
    }
    c.description = otherwise(c.description, "");
    c.types = otherwise(c.types, "*");
    c.envelope = otherwise(c.envelope, "standard");
    c.contact = otherwise(c.contact, "");
    if (told(rs, callback_create(rq->db, rq->keys, &c, &secret))) {
        answer(rq, rs, 201, c.id, secret);
    }
}

void
callback_patch(struct request *rq, struct response *rs)
{
    struct callback_change c = change_of(rq);
    json_t *row = endpoint_row(rq, rs, c.id);
    enum db_result r;

    if (!row || !response_may_change(rq, rs, row) || !take_input(rq, rs, &c)) {
        return;
    }
    c.version = row_int(row, "version");
    r = callback_change(rq->db, &c);
    if (r == DB_NONE) {
        response_error(rs, ERR_precondition_failed);
    } else if (told(rs, r)) {
        answer(rq, rs, 200, c.id, NULL);
    }
}

void
callback_delete(struct request *rq, struct response *rs)
{
    struct callback_change c = change_of(rq);
    json_t *row = endpoint_row(rq, rs, c.id);
    enum db_result r;

    if (!row || !response_may_change(rq, rs, row)) {
        return;
    }
    c.version = request_version(rq, row);
    r = callback_remove(rq->db, &c);
    if (r == DB_NONE && c.version) {
        response_error(rs, ERR_precondition_failed);
    } else if (told(rs, r)) {
        response_empty(rs, 204);
    }
}

void
callback_rotate_post(struct request *rq, struct response *rs)
{
    struct callback_change c = change_of(rq);
    const char *secret;

    if (told(rs, callback_rotate(rq->db, rq->keys, &c, &secret))) {
        answer(rq, rs, 200, c.id, secret);
    }
}

/* ---- sending on request: only to an endpoint that is on ---- */

static bool
is_on(struct request *rq, struct response *rs, const char *id)
{
    json_t *row = endpoint_row(rq, rs, id);
    bool on = row && strcmp(row_text(row, "state"), "on") == 0;

    if (row && !on) {
        response_error(rs, ERR_callback_off);
    }
    return on;
}

void
callback_test_post(struct request *rq, struct response *rs)
{
    struct callback_change c = change_of(rq);
    const char *event;

    if (is_on(rq, rs, c.id) && told(rs, callback_test(rq->db, &c, &event))) {
        response_json(
            rs, 201,
            json_in_arena(rq->arena, json_pack("{s:s}", "event", event)));
    }
}

static void
answer_replayed(struct request *rq, struct response *rs, int64_t n)
{
    response_json(rs, 200,
                  json_in_arena(rq->arena,
                                json_pack("{s:I}", "replayed", (json_int_t)n)));
}

void
callback_replay_post(struct request *rq, struct response *rs)
{
    struct callback_change c = change_of(rq);
    int64_t n = 0;

    if (is_on(rq, rs, c.id) &&
        told(rs, callback_replay_since(
                     rq->db, &c, request_number(rq, "since", 0),
                     request_bool(rq, "failed_only", true), &n))) {
        answer_replayed(rq, rs, n);
    }
}

/* ---- the log ---- */

static json_t *
logged(struct request *rq, struct response *rs)
{
    json_t *row = NULL;

    return told(rs, callback_store_logged(rq->db, rq->arena, rq->tenant->id,
                                          rq->values[0], &row))
               ? row
               : NULL;
}

void
callback_logs_get(struct request *rq, struct response *rs)
{
    struct list list;
    struct callback_filter filter = {.endpoint = request_text(rq, "endpoint"),
                                     .event = request_text(rq, "event"),
                                     .type = request_text(rq, "type"),
                                     .errors_only =
                                         request_bool(rq, "errors_only", false),
                                     .from = request_number(rq, "from", 0),
                                     .to = request_number(rq, "to", 0)};
    json_t *rows;

    if (!list_begin(rq, rs, &list)) {
        return;
    }
    filter.before = list_after_text(&list, 0);
    filter.limit = list.limit + 1;
    if (told(rs, callback_store_log(rq->db, rq->arena, rq->tenant->id, &filter,
                                    &rows))) {
        list_answer(rq, rs, &list, callback_log_fields, rows, keys);
    }
}

void
callback_log_get(struct request *rq, struct response *rs)
{
    json_t *row = logged(rq, rs);

    if (row) {
        response_json(rs, 200,
                      field_output(rq->arena, callback_log_fields, row));
    }
}

void
callback_log_replay_post(struct request *rq, struct response *rs)
{
    struct callback_change c = change_of(rq);
    json_t *row = logged(rq, rs);

    if (row && is_on(rq, rs, row_text(row, "endpoint")) &&
        told(rs, callback_replay(rq->db, &c, rq->values[0]))) {
        answer(rq, rs, 200, row_text(row, "endpoint"), NULL);
    }
}
