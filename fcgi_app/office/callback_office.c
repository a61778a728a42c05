/* Endpoints of callbacks: added, changed, switched on again; what went there,
 * and sending it again. */
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "callback/callback.h"
#include "http/form.h"
#include "http/handlers.h"
#include "office/office_web.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

enum { TABLE_ROWS = 20 };

static const char list_path[] = "/admin/callbacks";
static const char log_path[] = "/admin/callback-log";
static const char attempts_path[] = "/admin/callback-attempts";

/* The endpoint that the path names. */
static struct callback_change
change_of(struct request *rq)
{
    return (struct callback_change){.arena = rq->arena,
                                    .actor = rq->actor,
                                    .tenant = rq->tenant->id,
                                    .id = rq->values[0]};
}

static const char *
page_of(struct request *rq, const char *list, const char *id)
{
    return arena_printf(rq->arena, "%s/%s", list, form_escape(rq->arena, id));
}

/* NULL with the error in the response. */
static json_t *
endpoint_named(struct request *rq, struct response *rs)
{
    json_t *row;
    enum db_result r =
        callback_find(rq->db, rq->arena, rq->tenant->id, rq->values[0], &row);

    if (r != DB_OK) {
        office_refuse(rs, r);
        return NULL;
    }
    return row;
}

static bool
is_on(const json_t *row, const char *state)
{
    return strcmp(row_text(row, state), "on") == 0;
}

/* ---- one of them ---- */

const struct field endpoint_replay_fields[] = {
    {.name = "since",
     .type = FIELD_DATE,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .label = N_("Events of this day and later")},
    {.name = "all",
     .type = FIELD_BOOL,
     .flags = FIELD_IN,
     .label = N_("What was delivered, too")},
    FIELD_END,
};

static void
add_button(struct request *rq, json_t *buttons, const char *what,
           const char *label)
{
    json_array_append_new(
        buttons,
        office_button(rq,
                      arena_printf(rq->arena, "%s/%s",
                                   page_of(rq, list_path, rq->values[0]), what),
                      label));
}

static json_t *
endpoint_buttons(struct request *rq, bool on)
{
    json_t *buttons = json_array();

    if (on) {
        add_button(rq, buttons, "test", N_("Send a test event"));
        add_button(rq, buttons, "off", N_("Switch off"));
    } else {
        add_button(rq, buttons, "on", N_("Switch on"));
    }
    add_button(rq, buttons, "rotate", N_("Make a fresh secret"));
    return buttons;
}

static void
show_endpoint(struct request *rq, struct response *rs, const json_t *row,
              enum err error)
{
    bool may_change = office_may(rq, "callbacks.change");
    const char *here = page_of(rq, list_path, rq->values[0]);
    json_t *table =
        office_table(rq, log_path, "endpoint", rq->values[0], TABLE_ROWS);
    json_t *model;

    if (!table) {
        response_error(rs, ERR_unavailable);
        return;
    }
    model = json_pack("{s:s, s:s+, s:s+, s:b, s:b, s:b}", "title",
                      row_text(row, "url"), "action", rq->prefix, here,
                      "back_url", rq->prefix, list_path, "may_change",
                      may_change, "is_on", is_on(row, "state"), "was_put_off",
                      !is_on(row, "state") &&
                          strcmp(row_text(row, "reason"), "merchant") != 0);
    json_object_set_new(model, "facts",
                        office_facts(rq, callback_rows_fields, row));
    model_list(model, "buttons",
               may_change ? endpoint_buttons(rq, is_on(row, "state"))
                          : json_array());
    json_object_set_new(model, "deliveries", table);
    page_form(rq, rs, "office_endpoint", model, endpoint_replay_fields, NULL,
              error);
}

void
endpoint_page(struct request *rq, struct response *rs)
{
    json_t *row = endpoint_named(rq, rs);

    if (row) {
        show_endpoint(rq, rs, row, ERR_NONE);
    }
}

/* ---- its form ---- */

const struct field endpoint_fields[] = {
    {.name = "url",
     .type = FIELD_TEXT,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .max = CALLBACK_URL_MAX,
     .label = N_("Address that is called")},
    {.name = "description",
     .type = FIELD_TEXT,
     .flags = FIELD_IN,
     .max = 200,
     .label = N_("Description")},
    {.name = "envelope",
     .type = FIELD_ENUM,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .choices = "standard|plenigo",
     .label = N_("Form of the body")},
    {.name = "contact",
     .type = FIELD_EMAIL,
     .flags = FIELD_IN,
     .max = 254,
     .label = N_("Whom to tell when it is switched off")},
    FIELD_END,
};

/* Whether a word stands in a text of words with one space between them. */
static bool
has_word(const char *words, const char *word)
{
    size_t len = strlen(word);

    for (; words; words = strchr(words, ' ')) {
        words += *words == ' ';
        if (strncmp(words, word, len) == 0 &&
            (words[len] == ' ' || words[len] == '\0')) {
            return true;
        }
    }
    return false;
}

/* types: of the endpoint, or NULL for what was ticked. */
static json_t *
type_models(struct request *rq, const char *types)
{
    json_t *list = json_array();

    for (int i = 0; i < CALLBACK_TYPES; i++) {
        const char *type = callback_rows[i].type;

        json_array_append_new(
            list,
            json_pack("{s:s, s:i, s:b}", "name", type, "number", i, "checked",
                      types ? has_word(types, type)
                            : json_object_get(rq->raw, type) != NULL));
    }
    return list;
}

/* Those that were ticked; none is all of them. */
static const char *
chosen_types(const struct request *rq)
{
    struct buf out = buf_new(rq->arena, 128);

    for (int i = 0; i < CALLBACK_TYPES; i++) {
        if (json_object_get(rq->raw, callback_rows[i].type)) {
            buf_printf(&out, "%s%s", out.len ? " " : "", callback_rows[i].type);
        }
    }
    return out.len ? out.data : "*";
}

/* The types that somebody saved, where others are ticked; or NULL. */
static const char *
types_saved(struct request *rq, const json_t *row, enum err error)
{
    const char *types = row ? row_text(row, "types") : "";
    bool is_new =
        error == ERR_changed_meanwhile && strcmp(chosen_types(rq), types) != 0;

    return !is_new                   ? NULL
           : strcmp(types, "*") == 0 ? i18n(rq->language, "all")
                                     : types;
}

/* row: what stands, NULL for a new one. */
static void
show_form(struct request *rq, struct response *rs, const json_t *row,
          enum err error)
{
    const char *here = row ? page_of(rq, list_path, rq->values[0]) : list_path;
    bool failed = rq->errors.n > 0 || error != ERR_NONE;
    const char *types = failed ? NULL : row ? row_text(row, "types") : "";
    json_t *model =
        json_pack("{s:b, s:s+, s:s++}", "is_new", !row, "back_url", rq->prefix,
                  here, "action", rq->prefix, here, row ? "/change" : "");

    model_list(model, "types", type_models(rq, types));
    model_text(model, "types_saved", types_saved(rq, row, error));
    model_text(model, "version", row ? page_version(rq, row) : NULL);
    page_form(rq, rs, "office_endpoint_form", model, endpoint_fields, row,
              error);
}

static const char *
text_or_none(const struct request *rq, const char *name)
{
    const char *text = request_text(rq, name);

    return text ? text : "";
}

/* False: it is shown again with what is wrong. */
static bool
take_form(struct request *rq, struct response *rs, struct callback_change *c,
          const json_t *row)
{
    c->url = request_text(rq, "url");
    c->description = text_or_none(rq, "description");
    c->envelope = request_text(rq, "envelope");
    c->contact = text_or_none(rq, "contact");
    c->types = chosen_types(rq);
    if (c->url && !callback_url_ok(rq->config, c->url)) {
        field_fail(&rq->errors, "url", ERR_value_target, 0);
    }
    if (rq->errors.n > 0) {
        show_form(rq, rs, row, ERR_NONE);
    }
    return rq->errors.n == 0;
}

/* The key of the signatures, this once. */
static void
show_secret(struct request *rq, struct response *rs, const char *secret,
            const char *url, const char *id)
{
    json_t *model =
        json_pack("{s:s, s:s, s:s+, s:b}", "secret", secret, "name", url,
                  "back_url", rq->prefix, page_of(rq, list_path, id),
                  "overlaps", rq->values[0] != NULL);

    model_text(model, "username", NULL);
    response_page(rs, "office_secret", json_in_arena(rq->arena, model));
}

void
endpoint_new_page(struct request *rq, struct response *rs)
{
    show_form(rq, rs, NULL, ERR_NONE);
}

void
endpoint_new_submit(struct request *rq, struct response *rs)
{
    struct callback_change c = change_of(rq);
    const char *secret;

    if (!take_form(rq, rs, &c, NULL)) {
        return;
    }
    if (callback_create(rq->db, rq->keys, &c, &secret) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    show_secret(rq, rs, secret, c.url, c.id);
}

void
endpoint_change_page(struct request *rq, struct response *rs)
{
    json_t *row = endpoint_named(rq, rs);

    if (row) {
        show_form(rq, rs, row, ERR_NONE);
    }
}

/* ---- changes ---- */

static void
change(struct request *rq, struct response *rs, struct callback_change *c)
{
    enum db_result r = callback_change(rq->db, c);

    if (r == DB_NONE && c->version) {
        response_error(rs, ERR_unavailable); /* so it is looked at once more */
    } else if (r != DB_OK) {
        office_refuse(rs, r);
    } else {
        response_redirect(rq, rs, page_of(rq, list_path, c->id));
    }
}

void
endpoint_change_submit(struct request *rq, struct response *rs)
{
    struct callback_change c = change_of(rq);
    json_t *row = endpoint_named(rq, rs);

    if (!row) {
        return;
    }
    if (!page_version_is(rq, page_version(rq, row))) {
        show_form(rq, rs, row, ERR_changed_meanwhile);
        return;
    }
    c.version = row_int(row, "version");
    if (take_form(rq, rs, &c, row)) {
        change(rq, rs, &c);
    }
}

void
endpoint_on_submit(struct request *rq, struct response *rs)
{
    struct callback_change c = change_of(rq);

    c.state = "on";
    change(rq, rs, &c);
}

void
endpoint_off_submit(struct request *rq, struct response *rs)
{
    struct callback_change c = change_of(rq);

    c.state = "off";
    change(rq, rs, &c);
}

void
endpoint_rotate_submit(struct request *rq, struct response *rs)
{
    struct callback_change c = change_of(rq);
    json_t *row = endpoint_named(rq, rs);
    const char *secret;

    if (!row) {
        return;
    }
    if (callback_rotate(rq->db, rq->keys, &c, &secret) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    show_secret(rq, rs, secret, row_text(row, "url"), c.id);
}

/* ---- removal ---- */

static void
show_removal(struct request *rq, struct response *rs, const json_t *row,
             enum err error)
{
    struct office_removal removal = {
        .question = N_("Remove this endpoint?"),
        .name = row_text(row, "url"),
        .back = page_of(rq, list_path, rq->values[0]),
        .version = page_version(rq, row),
        .fields = callback_rows_fields,
        .row = row,
        .warning = N_("Nothing is sent there any more. What is still to be "
                      "delivered and the log of it go with it.")};

    office_ask_removal(rq, rs, &removal, error);
}

void
endpoint_remove_page(struct request *rq, struct response *rs)
{
    json_t *row = endpoint_named(rq, rs);

    if (row) {
        show_removal(rq, rs, row, ERR_NONE);
    }
}

void
endpoint_remove_submit(struct request *rq, struct response *rs)
{
    struct callback_change c = change_of(rq);
    json_t *row = endpoint_named(rq, rs);

    if (!row) {
        return;
    }
    if (!page_version_is(rq, page_version(rq, row))) {
        show_removal(rq, rs, row, ERR_changed_meanwhile);
        return;
    }
    c.version = row_int(row, "version");
    if (callback_remove(rq->db, &c) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    response_redirect(rq, rs, list_path);
}

/* ---- sending on request: only to an endpoint that is on ---- */

void
endpoint_test_submit(struct request *rq, struct response *rs)
{
    struct callback_change c = change_of(rq);
    json_t *row = endpoint_named(rq, rs);
    const char *event;

    if (!row) {
        return;
    }
    if (!is_on(row, "state")) {
        show_endpoint(rq, rs, row, ERR_callback_off);
    } else if (callback_test(rq->db, &c, &event) != DB_OK) {
        response_error(rs, ERR_unavailable);
    } else {
        response_redirect(rq, rs, page_of(rq, list_path, c.id));
    }
}

void
endpoint_replay_submit(struct request *rq, struct response *rs)
{
    struct callback_change c = change_of(rq);
    json_t *row = endpoint_named(rq, rs);
    int64_t day = 0, n = 0;

    if (!row) {
        return;
    }
    if (rq->errors.n > 0 || !is_on(row, "state")) {
        show_endpoint(rq, rs, row,
                      rq->errors.n > 0 ? ERR_NONE : ERR_callback_off);
        return;
    }
    clock_parse_date(request_text(rq, "since"), &day);
    if (callback_replay_since(rq->db, &c,
                              text_day_start(rq->tenant->time_zone, day),
                              !request_bool(rq, "all", false), &n) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    response_redirect(rq, rs, page_of(rq, list_path, c.id));
}

/* ---- deliveries ---- */

static const struct field delivery_facts[] = {
    {.name = "event",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Number of the event")},
    {.name = "object",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("What it happened to")},
    {.name = "request_id",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Request number")},
    FIELD_END,
};

/* NULL with the error in the response. */
static json_t *
delivery_named(struct request *rq, struct response *rs)
{
    json_t *row;
    enum db_result r = callback_delivery_find(rq->db, rq->arena, rq->tenant->id,
                                              rq->values[0], &row);

    if (r != DB_OK) {
        office_refuse(rs, r);
        return NULL;
    }
    return row;
}

static json_t *
delivery_buttons(struct request *rq, const json_t *row)
{
    json_t *buttons = json_array();

    /* what is on its way comes anyway */
    if (office_may(rq, "callbacks.change") && is_on(row, "switched") &&
        strcmp(row_text(row, "state"), "leased") != 0) {
        json_array_append_new(
            buttons, office_button(rq,
                                   arena_printf(rq->arena, "%s/replay",
                                                page_of(rq, log_path,
                                                        row_text(row, "id"))),
                                   N_("Send again")));
    }
    return buttons;
}

void
delivery_page(struct request *rq, struct response *rs)
{
    json_t *row = delivery_named(rq, rs), *attempts, *facts, *model, *tables;

    if (!row) {
        return;
    }
    if (callback_attempts_of(rq->db, rq->arena, rq->tenant->id, row, TABLE_ROWS,
                             &attempts) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    facts = office_facts(rq, callback_delivery_fields, row);
    json_array_extend(
        facts, json_in_arena(rq->arena, office_facts(rq, delivery_facts, row)));
    model = json_pack("{s:s, s:s+, s:s, s:o}", "title", row_text(row, "type"),
                      "back_url", rq->prefix, log_path, "back_label",
                      i18n(rq->language, N_("Callback log")), "facts", facts);
    model_list(model, "buttons", delivery_buttons(rq, row));
    tables = json_array();
    json_array_append_new(
        tables, office_table_of(rq, attempts_path, NULL, attempts, TABLE_ROWS));
    model_list(model, "tables", tables);
    response_page(rs, "office_detail", json_in_arena(rq->arena, model));
}

void
delivery_replay_submit(struct request *rq, struct response *rs)
{
    struct callback_change c = change_of(rq);
    json_t *row = delivery_named(rq, rs);

    if (!row) {
        return;
    }
    c.id = row_text(row, "endpoint");
    if (!is_on(row, "switched")) {
        response_error(rs, ERR_callback_off);
    } else if (callback_replay_delivery(rq->db, &c, row_text(row, "event")) !=
               DB_OK) {
        response_error(rs, ERR_unavailable);
    } else {
        response_redirect(rq, rs, page_of(rq, log_path, row_text(row, "id")));
    }
}
