#include "custom/custom_web.h"

#include <inttypes.h>
#include <string.h>

#include "base/field_kinds.h"
#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "page/page_web.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

enum { MICRO_DIGITS = 6 };

struct custom_desk
custom_desk_of(const struct request *rq)
{
    return (struct custom_desk){rq->db, rq->arena, rq->tenant, rq->actor};
}

static bool
is(const json_t *value, const char *column, const char *text)
{
    return strcmp(row_text(value, column), text) == 0;
}

/* ---- looking ---- */

static const char *
text_of(struct request *rq, const json_t *value)
{
    const char *text = row_text(value, "value");
    int64_t number;

    if (text[0] == '\0') {
        return "–";
    }
    if (is(value, "type", "date")) {
        return text_date(rq->arena, rq->language, text, true);
    }
    return is(value, "type", "number") &&
                   field_scaled_parse(text, MICRO_DIGITS, false, &number)
               ? text_decimal(rq->arena, rq->language, number)
               : text;
}

json_t *
custom_facts(struct request *rq, const json_t *set, bool member)
{
    json_t *list = json_array(), *value;
    size_t i;

    json_array_foreach(json_object_get(set, "values"), i, value)
    {
        if (!member || !is(value, "portal", "none")) {
            json_array_append_new(
                list, json_pack("{s:s, s:s}", "label",
                                custom_label(rq->tenant, rq->language, value),
                                "text", text_of(rq, value)));
        }
    }
    return list;
}

bool
custom_may_change(const json_t *set)
{
    json_t *value;
    size_t i;

    json_array_foreach(json_object_get(set, "values"), i, value)
    {
        if (is(value, "portal", "write")) {
            return true;
        }
    }
    return false;
}

/* ---- the form ---- */

/* Words of the tenant are nobody's message ids. */
static void
set_words(struct request *rq, const json_t *set, json_t *controls)
{
    json_t *control, *value, *choice;
    size_t i, k, n;

    json_array_foreach(controls, i, control)
    {
        json_array_foreach(json_object_get(set, "values"), k, value)
        {
            if (is(value, "id", row_text(control, "name"))) {
                model_text(control, "label",
                           custom_label(rq->tenant, rq->language, value));
            }
        }
        json_array_foreach(json_object_get(control, "choices"), n, choice)
        {
            model_text(choice, "label", row_text(choice, "value"));
        }
    }
}

/* {id: value} of what a form of these rows has, or was sent. */
static json_t *
values_of(struct request *rq, const json_t *set)
{
    json_t *values = json_in_arena(rq->arena, json_object()), *value;
    size_t i;

    json_array_foreach(json_object_get(set, "values"), i, value)
    {
        json_object_set(values, row_text(value, "id"),
                        json_object_get(value, "value"));
    }
    return values;
}

static void
show(struct request *rq, struct response *rs, const struct custom_form *form,
     const json_t *set, enum err error)
{
    json_t *model = json_pack(
        "{s:s, s:s+, s:s, s:s+, s:s, s:s}", "title",
        i18n(rq->language, N_("Change additional data")), "back_url",
        rq->prefix, form->back, "back_label", form->back_label, "action",
        rq->prefix, form->path, "submit", i18n(rq->language, N_("Save")),
        "version", page_version(rq, set));

    page_form(rq, rs, "office_record_form", model,
              custom_controls(rq->arena, set, form->member), values_of(rq, set),
              error);
    set_words(rq, set, json_object_get(rs->model, "controls"));
}

static json_t *
asked(struct request *rq, struct response *rs, const struct custom_form *form)
{
    json_t *set = NULL;

    if (custom_answer(
            rq->arena,
            custom_ask(rq->db, rq->arena, rq->tenant->id, &form->record),
            &form->record, &set) != DB_OK) {
        response_error(rs, ERR_unavailable);
    }
    return set;
}

void
custom_form_show(struct request *rq, struct response *rs,
                 const struct custom_form *form)
{
    json_t *set = asked(rq, rs, form);

    if (set) {
        show(rq, rs, form, set, ERR_NONE);
    }
}

/* What was sent of the form's own controls, and of no others. */
static json_t *
sent(struct request *rq, const struct custom_form *form, const json_t *set)
{
    const struct field *f = custom_controls(rq->arena, set, form->member);
    json_t *values = json_in_arena(rq->arena, json_object());

    for (; f->name; f++) {
        json_object_set_new(values, f->name,
                            json_string(request_typed(rq, f->name)));
    }
    return values;
}

void
custom_form_submit(struct request *rq, struct response *rs,
                   const struct custom_form *form)
{
    struct custom_desk desk = custom_desk_of(rq);
    json_t *set = asked(rq, rs, form);
    enum db_result r;

    if (!set) {
        return;
    }
    if (!page_version_is(rq, page_version(rq, set))) {
        show(rq, rs, form, set, ERR_changed_meanwhile);
        return;
    }
    r = custom_set(&desk, &form->record, set, sent(rq, form, set), &rq->errors);
    if (r == DB_OK) {
        response_redirect(rq, rs, form->back);
    } else if (r == DB_CHECK) {
        show(rq, rs, form, set, ERR_NONE);
    } else {
        response_error(rs, ERR_unavailable); /* so it is looked at once more */
    }
}
