/* Keys of the REST API and keys that sign SSO tokens. */
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "http/form.h"
#include "http/handlers.h"
#include "office/office_web.h"
#include "view/i18n.h"

/* ---- API keys ---- */

enum { DAY = 24 * 3600 };

const struct field api_key_new_fields[] = {
    {.name = "name",
     .type = FIELD_TEXT,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .max = 100,
     .label = N_("What is this key for?")},
    {.name = "mode",
     .type = FIELD_ENUM,
     .flags = FIELD_IN,
     .choices = "live|test",
     .label = N_("Mode")},
    {.name = "networks",
     .type = FIELD_LINES,
     .flags = FIELD_IN,
     .max = 2000,
     .label = N_("Networks it works from, one a line; none: all")},
    {.name = "expires",
     .type = FIELD_DATE,
     .flags = FIELD_IN,
     .label = N_("Last day on which it works")},
    FIELD_END,
};

/* Nobody gives a key more than their own role can do. */
static bool
may_give(const struct request *rq, const char *scope)
{
    const char *permission = api_key_scope_permission(scope);

    return permission && office_may(rq, permission);
}

static bool
may_give_all(const struct request *rq, const char *scopes)
{
    const char *const *s = api_key_scopes();

    while (*s && (!api_key_has_scope(scopes, *s) || may_give(rq, *s))) {
        s++;
    }
    return !*s;
}

/* Those that are theirs to give. */
static json_t *
scope_models(const struct request *rq)
{
    const char *const *scopes = api_key_scopes();
    json_t *list = json_array();

    for (int i = 0; scopes[i]; i++) {
        if (!may_give(rq, scopes[i])) {
            continue;
        }
        json_array_append_new(
            list,
            json_pack("{s:s, s:i, s:b}", "name", scopes[i], "number", i,
                      "checked", json_object_get(rq->raw, scopes[i]) != NULL));
    }
    return list;
}

/* Those that were ticked, one space between them. */
static const char *
chosen_scopes(const struct request *rq)
{
    struct buf out = buf_new(rq->arena, 256);

    for (const char *const *s = api_key_scopes(); *s; s++) {
        if (json_object_get(rq->raw, *s)) {
            buf_printf(&out, "%s%s", out.len ? " " : "", *s);
        }
    }
    return out.data;
}

/* What was ticked all the same, by a form that is older than their role. */
static json_t *
refused_models(const struct request *rq)
{
    json_t *list = json_array();

    for (const char *const *s = api_key_scopes(); *s; s++) {
        if (json_object_get(rq->raw, *s) && !may_give(rq, *s)) {
            json_array_append_new(
                list,
                json_pack("{s:s}", "text",
                          i18n_fill(rq->arena,
                                    i18n(rq->language,
                                         err_row(ERR_value_scope)->detail),
                                    "word", *s, NULL)));
        }
    }
    return list;
}

static void
show_api_key_form(struct request *rq, struct response *rs, enum err error)
{
    json_t *model = json_pack("{s:o, s:o}", "scopes", scope_models(rq),
                              "refused", refused_models(rq));

    page_form(rq, rs, "office_api_key_new", model, api_key_new_fields, NULL,
              error);
}

void
api_key_new_page(struct request *rq, struct response *rs)
{
    show_api_key_form(rq, rs, ERR_NONE);
}

/* A day of the form as a second: its first, or the first after it; 0: none. The
 * one day that begins there is over, whichever of its seconds stands for it. */
static int64_t
day_start(struct request *rq, const char *name, bool after)
{
    const char *date = request_text(rq, name);
    int64_t day = 0, start;

    if (!date || !clock_parse_date(date, &day)) {
        return 0;
    }
    start = text_day_start(rq->tenant->time_zone, day + after);
    return start == 0 ? 1 : start;
}

static struct api_key_new
key_of_form(struct request *rq)
{
    const char *mode = request_text(rq, "mode");
    const char *networks = request_text(rq, "networks");
    struct api_key_new new = {
        .name = request_text(rq, "name"),
        .scopes = chosen_scopes(rq),
        .networks = api_key_networks(rq->arena, networks ? networks : ""),
        .expires = day_start(rq, "expires", true),
        .test = mode && strcmp(mode, "test") == 0};

    if (!new.networks) {
        field_fail(&rq->errors, "networks", ERR_value_network, 0);
    }
    if (new.expires &&new.expires <= clock_now()) {
        field_fail(&rq->errors, "expires", ERR_value_past, 0);
    }
    return new;
}

static void
show_bearer(struct request *rq, struct response *rs, const char *name,
            const char *bearer)
{
    json_t *model = json_pack("{s:s, s:s, s:s+}", "secret", bearer, "name",
                              name, "back_url", rq->prefix, "/admin/api-keys");

    model_text(model, "username", NULL);
    response_page(rs, "office_secret", json_in_arena(rq->arena, model));
}

void
api_key_new_submit(struct request *rq, struct response *rs)
{
    struct api_key_new new = key_of_form(rq);
    const char *id, *bearer;

    enum err e = new.scopes[0] == '\0'           ? ERR_scope_missing
                 : !may_give_all(rq, new.scopes) ? ERR_scope_beyond
                                                 : ERR_NONE;

    if (rq->errors.n > 0 || e != ERR_NONE) {
        show_api_key_form(rq, rs, e);
        return;
    }
    if (api_key_make(rq->db, rq->arena, rq->tenant->id, rq->actor, &new, &id,
                     &bearer) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    show_bearer(rq, rs, new.name, bearer);
}

/* The old secret goes on for a day: long enough to put the new one in place. */
void
api_key_rotate_submit(struct request *rq, struct response *rs)
{
    const char *bearer;
    json_t *row;
    enum db_result r =
        api_key_get(rq->db, rq->arena, rq->tenant->id, rq->values[0], &row);

    if (r == DB_OK && !may_give_all(rq, row_text(row, "scopes"))) {
        response_error(rs, ERR_scope_beyond);
        return;
    }
    if (r == DB_OK) {
        r = api_key_rotate(rq->db, rq->arena, rq->tenant->id, rq->actor, row,
                           clock_now() + DAY, &bearer);
    }
    if (r != DB_OK) {
        office_refuse(rs, r);
        return;
    }
    show_bearer(rq, rs, row_text(row, "name"), bearer);
}

/* The row of a list that the path names; NULL with the error in the response.
 */
static json_t *
row_named(struct request *rq, struct response *rs, const char *path)
{
    const struct list *l = office_list(path);
    struct list_query q = {.order = l->key, .key = l->key, .limit = 1, .n = 1};
    json_t *rows;
    enum db_result r;

    q.conditions[0].column = l->key;
    q.conditions[0].text = rq->values[0];
    r = l->rows(rq->db, rq->arena, &q, rq->tenant->id, rq->tenant->pool, &rows);
    if (r != DB_OK || json_array_size(rows) == 0) {
        office_refuse(rs, r == DB_OK ? DB_NONE : r);
        return NULL;
    }
    return json_array_get(rows, 0);
}

struct key_button {
    const char *action, *label; /* NULL: the end */
};

static json_t *
key_buttons(struct request *rq, const char *path, const struct key_button *b)
{
    json_t *list = json_array();

    for (; b->action && office_may(rq, "keys.change"); b++) {
        json_array_append_new(
            list,
            json_pack("{s:s, s:s}", "action",
                      arena_printf(rq->arena, "%s%s/%s/%s", rq->prefix, path,
                                   form_escape(rq->arena, rq->values[0]),
                                   b->action),
                      "label", i18n(rq->language, b->label)));
    }
    return list;
}

/* The key of a row, with what may be done with it as long as it lives. */
static void
show_key(struct request *rq, struct response *rs, const char *path,
         const char *name, const json_t *row, bool live,
         const struct key_button *buttons)
{
    static const struct key_button none = {NULL, NULL};
    const struct list *l = office_list(path);
    json_t *model =
        json_pack("{s:s, s:s+, s:s}", "title", row_text(row, name), "back_url",
                  rq->prefix, path, "back_label", i18n(rq->language, l->title));

    json_object_set_new(model, "facts", office_facts(rq, l->fields, row));
    model_list(model, "buttons", key_buttons(rq, path, live ? buttons : &none));
    response_page(rs, "office_detail", json_in_arena(rq->arena, model));
}

void
api_key_page(struct request *rq, struct response *rs)
{
    static const struct key_button buttons[] = {
        {"rotate", N_("New secret; the old one works for another day")},
        {"revoke", N_("Revoke this key")},
        {NULL, NULL}};
    json_t *row = row_named(rq, rs, "/admin/api-keys");

    if (row) {
        show_key(rq, rs, "/admin/api-keys", "name", row,
                 strcmp(row_text(row, "status"), "active") == 0, buttons);
    }
}

void
api_key_revoke_submit(struct request *rq, struct response *rs)
{
    enum db_result r = api_key_revoke(rq->db, rq->arena, rq->tenant->id,
                                      rq->actor, rq->values[0], 0);

    if (r != DB_OK) {
        office_refuse(rs, r);
        return;
    }
    response_redirect(rq, rs, "/admin/api-keys");
}

/* ---- SSO keys ---- */

const struct field sso_key_new_fields[] = {
    {.name = "material",
     .type = FIELD_LINES,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .max = 4000,
     .label = N_("Public key: a JWK, or k4.public.…")},
    {.name = "kid",
     .type = FIELD_TEXT,
     .flags = FIELD_IN,
     .max = 64,
     .label = N_("Key id, if the key has none")},
    {.name = "not_before",
     .type = FIELD_DATE,
     .flags = FIELD_IN,
     .label = N_("Valid from")},
    {.name = "not_after",
     .type = FIELD_DATE,
     .flags = FIELD_IN,
     .label = N_("Valid until")},
    FIELD_END,
};

static void
show_sso_key_form(struct request *rq, struct response *rs, enum err error)
{
    json_t *model = json_pack("{s:s+}", "jwks_url", rq->prefix, "/admin/jwks");

    page_form(rq, rs, "office_sso_key_new", model, sso_key_new_fields, NULL,
              error);
}

void
sso_key_new_page(struct request *rq, struct response *rs)
{
    show_sso_key_form(rq, rs, ERR_NONE);
}

static void
set_day(struct request *rq, json_t *key, const char *name, bool after)
{
    int64_t start = day_start(rq, name, after);

    if (start) {
        json_object_set_new(key, name, json_integer(start));
    }
}

/* What was pasted as tenant_add_sso_key() wants it; NULL: it is no key, or one
 * that its owner should not have given away. */
static json_t *
key_material(struct request *rq)
{
    const char *text = request_text(rq, "material");
    const char *kid = request_text(rq, "kid");
    json_t *key = text[0] == '{'
                      ? json_loads(text, JSON_REJECT_DUPLICATES, NULL)
                      : json_pack("{s:s}", "paserk", text);

    if (!key) {
        return NULL;
    }
    json_in_arena(rq->arena, key);
    if (!json_is_object(key) || json_object_get(key, "d")) {
        return NULL;
    }
    if (kid && !json_object_get(key, "kid")) {
        json_object_set_new(key, "kid", json_string(kid));
    }
    set_day(rq, key, "not_before", false);
    set_day(rq, key, "not_after", true);
    return key;
}

void
sso_key_new_submit(struct request *rq, struct response *rs)
{
    json_t *key = rq->errors.n > 0 ? NULL : key_material(rq);
    enum db_result r = key ? tenant_add_sso_key(rq->db, rq->arena,
                                                rq->tenant->id, rq->actor, key)
                           : DB_CHECK;

    switch (r) {
    case DB_OK:
        response_redirect(rq, rs, "/admin/sso-keys");
        break;
    case DB_CHECK:
    case DB_UNIQUE:
        if (rq->errors.n == 0) {
            field_fail(&rq->errors, "material",
                       r == DB_UNIQUE ? ERR_key_exists : ERR_value_key, 0);
        }
        show_sso_key_form(rq, rs, ERR_NONE);
        break;
    default:
        response_error(rs, ERR_unavailable);
    }
}

void
sso_key_page(struct request *rq, struct response *rs)
{
    static const struct key_button buttons[] = {
        {"retire", N_("Retire this key now")}, {NULL, NULL}};
    json_t *row = row_named(rq, rs, "/admin/sso-keys");
    int64_t end;

    if (row) {
        end = row_int(row, "not_after");
        show_key(rq, rs, "/admin/sso-keys", "kid", row,
                 end == 0 || end > clock_now(), buttons);
    }
}

void
sso_key_retire(struct request *rq, struct response *rs)
{
    enum db_result r = tenant_retire_sso_key(rq->db, rq->arena, rq->tenant->id,
                                             rq->actor, rq->values[0]);

    if (r != DB_OK) {
        office_refuse(rs, r);
        return;
    }
    response_redirect(rq, rs, "/admin/sso-keys");
}

/* ---- where the merchant publishes keys ---- */

const struct field jwks_fields[] = {
    {.name = "url",
     .type = FIELD_TEXT,
     .flags = FIELD_IN,
     .max = 1000,
     .label = N_("Address of the key set")},
    FIELD_END,
};

static const struct field jwks_facts[] = {
    {.name = "fetched",
     .type = FIELD_TIME,
     .flags = FIELD_OUT,
     .label = N_("Last fetched")},
    {.name = "failures",
     .type = FIELD_INTEGER,
     .flags = FIELD_OUT,
     .label = N_("Failures since then")},
    {.name = "error",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Last failure")},
    FIELD_END,
};

/* The address that stands; *row is NULL without one. False with the error in
 * the response. */
static bool
jwks_now(struct request *rq, struct response *rs, json_t **row)
{
    enum db_result r = tenant_jwks(rq->db, rq->arena, rq->tenant->id, row);

    if (r != DB_OK && r != DB_NONE) {
        response_error(rs, ERR_unavailable);
        return false;
    }
    *row = r == DB_OK ? *row : NULL;
    return true;
}

static void
show_jwks(struct request *rq, struct response *rs, json_t *row, enum err error)
{
    json_t *model =
        json_pack("{s:b, s:s}", "may_change", office_may(rq, "keys.change"),
                  "version", row ? row_text(row, "url") : "");

    model_list(model, "facts",
               row ? office_facts(rq, jwks_facts, row) : json_array());
    page_form(rq, rs, "office_jwks", model, jwks_fields, row, error);
}

void
jwks_page(struct request *rq, struct response *rs)
{
    json_t *row;

    if (jwks_now(rq, rs, &row)) {
        show_jwks(rq, rs, row, ERR_NONE);
    }
}

void
jwks_submit(struct request *rq, struct response *rs)
{
    json_t *row;
    enum db_result r = DB_CHECK;

    if (!jwks_now(rq, rs, &row)) {
        return;
    }
    if (!page_version_is(rq, row ? row_text(row, "url") : "")) {
        show_jwks(rq, rs, row, ERR_changed_meanwhile);
        return;
    }
    if (rq->errors.n == 0) {
        r = tenant_jwks_set(rq->db, rq->arena, rq->tenant->id, rq->actor,
                            request_text(rq, "url"));
    }
    if (r == DB_CHECK) {
        if (rq->errors.n == 0) {
            field_fail(&rq->errors, "url", ERR_value_url, 0);
        }
        show_jwks(rq, rs, row, ERR_NONE);
    } else if (r != DB_OK && r != DB_NONE) {
        response_error(rs, ERR_unavailable);
    } else {
        response_redirect(rq, rs, "/admin/jwks");
    }
}
