#include "office/office_web.h"

#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "view/i18n.h"

/* What choices of fields are called, for translation. */
/* clang-format off */
const char *const office_words[] = {
    N_("active"),    N_("blocked"),       N_("pending"),       N_("invited"),
    N_("rejected"),  N_("inactive"),      N_("draft"),         N_("cancelled"),
    N_("ended"),     N_("open"),          N_("paid"),          N_("invoice"),
    N_("credit note"), N_("email"),       N_("none"),          N_("post"),
    N_("owner"),     N_("contact"),       N_("guest"),         N_("operator"),
    N_("administrator"), N_("billing"),   N_("support"),       N_("read only"),
    N_("day"),       N_("week"),          N_("month"),         N_("year"),
    N_("revoked"),   N_("expired"),       N_("yes"),           N_("no"),
    N_("lax"),       N_("embed"),         N_("all"),           N_("queued"),
    N_("leased"),    N_("done"),          N_("failed"),        N_("audit csv"),
    N_("on"),        N_("off"),           N_("delivered"),     N_("merchant"),
    N_("failing"),   N_("gone"),          N_("standard"),      N_("live"),
    N_("test"),      N_("sent"),          N_("suppressed"),    N_("login created"),
    N_("callback off"), N_("callback gone"), NULL,
};
/* clang-format on */

struct staff_desk
office_desk(const struct request *rq)
{
    return (struct staff_desk){.db = rq->db,
                               .arena = rq->arena,
                               .keys = rq->keys,
                               .tenant = rq->tenant,
                               .actor = rq->actor};
}

bool
office_may(const struct request *rq, const char *permission)
{
    return staff_allows(rq->session->staff, permission);
}

const char *
office_word(const struct request *rq, const char *choice)
{
    char *word = arena_strdup(rq->arena, choice);

    for (char *p = word; *p; p++) {
        *p = *p == '_' ? ' ' : *p;
    }
    return *word ? i18n(rq->language, word) : word;
}

json_t *
office_button(const struct request *rq, const char *path, const char *label)
{
    return json_pack("{s:s+, s:s}", "action", rq->prefix, path, "label",
                     i18n(rq->language, label));
}

void
office_refuse(struct response *rs, enum db_result r)
{
    response_error(rs, db_error(r));
}

/* ---- forms ---- */

/* What a control holds, as people read it. */
static const char *
held(const struct request *rq, const json_t *control)
{
    json_t *choice;
    size_t i;

    if (json_is_true(json_object_get(control, "is_checkbox"))) {
        return office_word(rq, json_is_true(json_object_get(control, "checked"))
                                   ? "yes"
                                   : "no");
    }
    json_array_foreach(json_object_get(control, "choices"), i, choice)
    {
        if (json_is_true(json_object_get(choice, "selected"))) {
            return row_text(choice, "label");
        }
    }
    return row_text(control, "value");
}

/* Browsers end lines with CR LF, and people type blanks behind them. */
static bool
same_text(struct arena *a, const char *one, const char *other)
{
    one = text_trim(a, one);
    other = text_trim(a, other);
    for (; *one && *other; one++, other++) {
        one += one[0] == '\r' && one[1] == '\n';
        other += other[0] == '\r' && other[1] == '\n';
        if (*one != *other) {
            return false;
        }
    }
    return *one == *other;
}

/* Beside what was typed, what somebody saved, where that is something else. */
static void
add_saved(struct request *rq, json_t *controls, const struct field *fields,
          const json_t *values)
{
    json_t *saved = field_controls(rq->arena, fields, values, NULL, i18n,
                                   rq->language),
           *control;
    size_t i;

    json_array_foreach(controls, i, control)
    {
        const char *text = held(rq, json_array_get(saved, i));

        if (json_object_get(values, row_text(control, "name")) &&
            !same_text(rq->arena, text, held(rq, control))) {
            model_text(control, "saved",
                       *text ? text : i18n(rq->language, N_("nothing")));
        }
    }
}

void
office_form(struct request *rq, struct response *rs, const char *template,
            json_t *model, const struct field *fields, const json_t *values,
            enum err form_error)
{
    bool failed = form_error != ERR_NONE || rq->errors.n > 0;
    json_t *controls =
        field_controls(rq->arena, fields, failed ? rq->raw : values,
                       &rq->errors, i18n, rq->language);

    if (form_error == ERR_changed_meanwhile) {
        add_saved(rq, controls, fields, values);
    }
    json_object_set(model, "controls", controls);
    json_object_set_new(model, "has_errors", json_boolean(failed));
    model_text(model, "form_error",
               form_error ? i18n(rq->language, err_row(form_error)->title)
                          : NULL);
    model_text(model, "form_hint",
               form_error ? i18n(rq->language, err_row(form_error)->detail)
                          : NULL);
    response_page(rs, template, json_in_arena(rq->arena, model));
    if (failed) {
        rs->status = form_error ? err_row(form_error)->status : 422;
    }
}

const char *
office_version(const struct request *rq, const json_t *row)
{
    return arena_printf(rq->arena, "%" PRId64, row_int(row, "version"));
}

bool
office_version_is(const struct request *rq, const char *version)
{
    const char *sent = json_string_value(json_object_get(rq->raw, "version"));

    return sent && strcmp(sent, version) == 0;
}

void
office_ask_removal(struct request *rq, struct response *rs,
                   const struct office_removal *r, enum err error)
{
    static const struct field nothing[] = {FIELD_END};
    json_t *model = json_pack("{s:s, s:s, s:s+, s:s+, s:s}", "title",
                              i18n(rq->language, r->question), "name", r->name,
                              "back_url", rq->prefix, r->back, "action",
                              rq->prefix, rq->path, "version", r->version);

    json_object_set_new(model, "facts", office_facts(rq, r->fields, r->row));
    model_text(model, "warning",
               r->warning ? i18n(rq->language, r->warning) : NULL);
    model_text(model, "why_kept",
               r->why_kept ? i18n(rq->language, r->why_kept) : NULL);
    model_list(model, "tables", r->kept_by ? r->kept_by : json_array());
    office_form(rq, rs, "office_removal", model, nothing, NULL, error);
}
