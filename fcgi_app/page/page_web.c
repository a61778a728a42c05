#include "page/page_web.h"

#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "db/db.h"
#include "view/i18n.h"

/* What a control holds, as people read it. */
static const char *
held(const struct request *rq, const json_t *control)
{
    json_t *choice;
    size_t i;

    if (json_is_true(json_object_get(control, "is_checkbox"))) {
        return i18n(rq->language,
                    json_is_true(json_object_get(control, "checked"))
                        ? N_("yes")
                        : N_("no"));
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

void
page_help(const struct request *rq, json_t *controls,
          const struct page_help *rows)
{
    json_t *control;
    size_t i;

    json_array_foreach(controls, i, control)
    {
        for (const struct page_help *row = rows; row->name; row++) {
            if (strcmp(row->name, row_text(control, "name")) == 0) {
                model_text(control, "help", i18n(rq->language, row->text));
            }
        }
    }
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
page_form(struct request *rq, struct response *rs, const char *template,
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
page_version(const struct request *rq, const json_t *row)
{
    return arena_printf(rq->arena, "%" PRId64, row_int(row, "version"));
}

bool
page_version_is(const struct request *rq, const char *version)
{
    return strcmp(request_typed(rq, "version"), version) == 0;
}

const char *
page_field_error(const struct request *rq, const struct field_error *error)
{
    return i18n_fill(rq->arena,
                     i18n(rq->language, err_row(error->code)->detail), "limit",
                     arena_printf(rq->arena, "%ld", error->limit), "word",
                     error->word ? error->word : "", NULL);
}
