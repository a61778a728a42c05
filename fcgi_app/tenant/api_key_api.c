/* REST: the tenant's API keys, and what a public key may read of it. */
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/model.h"
#include "base/network.h"
#include "http/handlers.h"
#include "http/list.h"
#include "tenant/tenant.h"

/* How long the secret before may go on working. */
enum { ROTATION_MAX = 30 * 24 * 3600 };

static enum err
check_scopes(struct request *rq, const json_t *list)
{
    json_t *scope;
    size_t i;

    json_array_foreach(list, i, scope)
    {
        if (!api_key_scope_known(json_string_value(scope))) {
            field_fail_word(&rq->errors, "scopes", ERR_scope_unknown, 0,
                            json_string_value(scope));
        }
    }
    return rq->errors.n > 0 ? ERR_invalid : ERR_NONE;
}

/* As api_key_gives(), and each scope that the key lacks is named. */
static enum err
check_gift(struct request *rq, const struct api_key_new *new)
{
    const char *const *scope = api_key_scopes();
    enum err e = api_key_gives(rq->api_key, new);

    for (; e == ERR_scope_lacking && *scope; scope++) {
        if (api_key_has_scope(new->scopes, *scope) &&
            !api_key_allows(rq->api_key, *scope)) {
            field_fail_word(&rq->errors, "scopes", ERR_value_scope, 0, *scope);
        }
    }
    return e;
}

/* Puts the networks into the form they are kept in. */
static enum err
check_networks(struct request *rq, json_t *list)
{
    json_t *network;
    size_t i;

    json_array_foreach(list, i, network)
    {
        const char *text =
            network_canonical(rq->arena, json_string_value(network));
        if (!text) {
            field_fail(&rq->errors, "networks", ERR_value_network, 0);
            return ERR_invalid;
        }
        json_array_set_new(list, i, json_string(text));
    }
    return ERR_NONE;
}

static enum err
check_time(struct request *rq, const char *name, int64_t most)
{
    const json_t *time = json_object_get(rq->input, name);
    int64_t t = json_integer_value(time), now = clock_now();

    if (json_is_integer(time) && (t <= now || (most && t > now + most))) {
        field_fail(&rq->errors, name,
                   t <= now ? ERR_value_past : ERR_value_date, 0);
        return ERR_invalid;
    }
    return ERR_NONE;
}

static enum err
check(struct request *rq)
{
    enum err e = check_networks(rq, json_object_get(rq->input, "networks"));

    if (e == ERR_NONE) {
        e = check_time(rq, "expires", 0);
    }
    return e == ERR_NONE
               ? check_scopes(rq, json_object_get(rq->input, "scopes"))
               : e;
}

static const char *
words(struct request *rq, const char *name, const char *otherwise)
{
    const json_t *list = json_object_get(rq->input, name);

    return list ? field_words_join(rq->arena, list) : otherwise;
}

/* ---- reading ---- */

void
api_keys_get(struct request *rq, struct response *rs)
{
    static const char *const keys[] = {"id", NULL};
    struct list list;
    json_t *rows;

    if (!list_begin(rq, rs, &list)) {
        return;
    }
    if (api_key_list(rq->db, rq->arena, rq->tenant->id,
                     list_after_text(&list, 0), list.limit + 1,
                     &rows) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    list_answer(rq, rs, &list, api_key_fields, rows, keys);
}

/* The key that the path names; NULL with the error in the response. */
static json_t *
key_of(struct request *rq, struct response *rs, const char *id)
{
    json_t *row = NULL;
    enum db_result r = api_key_get(rq->db, rq->arena, rq->tenant->id, id, &row);

    if (r != DB_OK) {
        response_error(rs, db_error(r));
    }
    return row;
}

static void
answer(struct request *rq, struct response *rs, const char *id, int status,
       const char *bearer)
{
    json_t *row = key_of(rq, rs, id);

    if (row && bearer) {
        model_text(row, "key", bearer);
    }
    if (row) {
        response_record(rq, rs, status,
                        bearer ? api_key_created_fields : api_key_fields, row);
    }
}

void
api_key_get_one(struct request *rq, struct response *rs)
{
    answer(rq, rs, rq->values[0], 200, NULL);
}

/* ---- changing ---- */

/* What a store says when a version was not the one it was. */
static enum err
error_of(enum db_result r)
{
    return r == DB_NONE ? ERR_precondition_failed : ERR_unavailable;
}

void
api_keys_post(struct request *rq, struct response *rs)
{
    const char *mode = request_text(rq, "mode"), *id, *bearer;
    enum err e = check(rq);
    struct api_key_new new = {.name = request_text(rq, "name"),
                              .scopes = words(rq, "scopes", ""),
                              .expires = request_number(rq, "expires", 0),
                              .test = mode && strcmp(mode, "test") == 0};

    /* what a key of test mode makes is no more real than itself */
    new.test = new.test || rq->api_key->test;
    new.networks = words(rq, "networks", "");
    if (e == ERR_NONE) {
        e = check_gift(rq, &new);
    }
    if (e == ERR_NONE && api_key_make(rq->db, rq->arena, rq->tenant->id,
                                      rq->actor, &new, &id, &bearer) != DB_OK) {
        e = ERR_unavailable;
    }
    if (e != ERR_NONE) {
        response_error(rs, e);
        return;
    }
    answer(rq, rs, id, 201, bearer);
    response_header(rs, "Location",
                    arena_printf(rq->arena, "/api/v1/api-keys/%s", id));
}

static struct api_key_new
as_it_is(const json_t *row)
{
    return (struct api_key_new){.name = row_text(row, "name"),
                                .scopes = row_text(row, "scopes"),
                                .networks = row_text(row, "networks"),
                                .expires = row_int(row, "expires"),
                                .test =
                                    strcmp(row_text(row, "mode"), "test") == 0};
}

/* The key of the path, when who asks may change it: whoever has less than it
 * must not widen it, or learn its secret. */
static json_t *
key_to_change(struct request *rq, struct response *rs)
{
    json_t *row = key_of(rq, rs, rq->values[0]);
    struct api_key_new now;
    enum err e;

    if (!row || !response_may_change(rq, rs, row)) {
        return NULL;
    }
    now = as_it_is(row);
    e = check_gift(rq, &now);
    if (e != ERR_NONE) {
        response_error(rs, e);
        return NULL;
    }
    return row;
}

void
api_key_patch(struct request *rq, struct response *rs)
{
    json_t *row = key_to_change(rq, rs);
    const char *name = request_text(rq, "name");
    struct api_key_new new;
    enum db_result r;
    enum err e;

    if (!row) {
        return;
    }
    e = check(rq);
    new = as_it_is(row);
    new.name = name ? name : new.name;
    new.scopes = words(rq, "scopes", new.scopes);
    new.networks = words(rq, "networks", new.networks);
    if (json_object_get(rq->input, "expires")) {
        new.expires = request_number(rq, "expires", 0);
    }
    if (e == ERR_NONE) {
        e = check_gift(rq, &new);
    }
    if (e != ERR_NONE) {
        response_error(rs, e);
        return;
    }
    r = api_key_change(rq->db, rq->arena, rq->tenant->id, rq->actor, row, &new);
    if (r != DB_OK) {
        response_error(rs, error_of(r));
        return;
    }
    answer(rq, rs, rq->values[0], 200, NULL);
}

void
api_key_rotate_post(struct request *rq, struct response *rs)
{
    json_t *row = key_to_change(rq, rs);
    const char *bearer;
    enum db_result r;

    if (!row) {
        return;
    }
    if (check_time(rq, "old_until", ROTATION_MAX) != ERR_NONE) {
        response_error(rs, ERR_invalid);
        return;
    }
    r = api_key_rotate(rq->db, rq->arena, rq->tenant->id, rq->actor, row,
                       request_number(rq, "old_until", 0), &bearer);
    if (r != DB_OK) {
        response_error(rs, error_of(r));
        return;
    }
    answer(rq, rs, rq->values[0], 200, bearer);
}

void
api_key_delete(struct request *rq, struct response *rs)
{
    json_t *row = key_to_change(rq, rs);
    int64_t version = request_version(rq, row);

    if (!row) {
        return;
    }
    switch (api_key_revoke(rq->db, rq->arena, rq->tenant->id, rq->actor,
                           rq->values[0], version)) {
    case DB_OK:
        response_empty(rs, 204);
        break;
    case DB_NONE:
        response_error(rs, version ? ERR_precondition_failed : ERR_not_found);
        break;
    default:
        response_error(rs, ERR_unavailable);
    }
}

/* ---- what everybody may know ---- */

void
tenant_get(struct request *rq, struct response *rs)
{
    const struct tenant *t = rq->tenant;
    json_t *languages = json_array(), *row;

    for (size_t i = 0; i < t->n_languages; i++) {
        json_array_append_new(languages, json_string(t->languages[i]));
    }
    row = json_pack("{s:s, s:s, s:s, s:s, s:o}", "id", t->id, "name", t->name,
                    "url", t->url, "default_language", t->default_language,
                    "languages", languages);
    response_json(
        rs, 200,
        field_output(rq->arena, tenant_fields, json_in_arena(rq->arena, row)));
}
