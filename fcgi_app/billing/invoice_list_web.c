#include "billing/invoice_list_web.h"

#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "http/form.h"
#include "view/i18n.h"

enum { FIELDS_MAX = 16 };

/* ---- addresses ---- */

static bool
is_place(const char *name)
{
    return strcmp(name, "at") == 0 || strcmp(name, "at_key") == 0 ||
           strcmp(name, "format") == 0 || strcmp(name, "language") == 0;
}

const char *
invoice_list_url(struct request *rq, const char *without, const char *more)
{
    const char *name, *url = more;
    json_t *value;

    json_object_foreach(rq->arguments, name, value)
    {
        const char *text = json_string_value(value);

        if (text[0] && !is_place(name) &&
            !(without && strcmp(name, without) == 0)) {
            url = arena_printf(rq->arena, "%s%s%s=%s", url, *url ? "&" : "",
                               form_escape(rq->arena, name),
                               form_escape(rq->arena, text));
        }
    }
    return arena_printf(rq->arena, "%s%s%s%s", rq->prefix, rq->path,
                        *url ? "?" : "", url);
}

/* ---- what was asked ---- */

json_t *
invoice_list_take(struct request *rq, const struct field *fields,
                  struct invoice_filter *f, struct invoice_page *page)
{
    const char *sort = request_argument(rq, "sort");
    json_t *typed =
        field_parse(rq->arena, fields, rq->arguments, FIELD_FORM, &rq->errors);
    enum invoice_sort asked;

    invoice_filter_take(rq->arena, typed, rq->tenant, &rq->errors, f);
    asked = sort ? invoice_sort_named(sort + (*sort == '-')) : INVOICES_AS_FITS;
    if (asked != INVOICES_AS_FITS && invoice_order_fits(f, asked)) {
        f->sort = asked;
        f->descending = *sort == '-';
    }
    page->at = request_argument(rq, "at");
    page->at_number = request_argument(rq, "at_key");
    if (!page->at || !page->at_number) {
        page->at = NULL;
    }
    return typed;
}

enum db_result
invoice_list_ask(struct request *rq, const struct invoice_filter *f,
                 struct invoice_page *page)
{
    enum db_result r =
        invoice_query(rq->db, rq->arena, rq->tenant->id, f, page);

    if (r != DB_CHECK) {
        return r;
    }
    field_fail(&rq->errors, "text", ERR_value_wide, 0);
    page->rows = json_in_arena(rq->arena, json_array());
    page->next = false;
    return DB_OK;
}

/* ---- the form ---- */

/* No filter has to be set; the empty choice is all of them. */
static json_t *
controls(struct request *rq, const struct field *fields)
{
    struct field *own = arena_alloc(rq->arena, (FIELDS_MAX + 1) * sizeof *own);
    json_t *list, *control;
    size_t n = 0, i;

    for (; n < FIELDS_MAX && fields[n].name; n++) {
        own[n] = fields[n];
        if (own[n].type == FIELD_ENUM) {
            own[n].choices = arena_printf(rq->arena, "|%s", own[n].choices);
        }
    }
    own[n] = (struct field)FIELD_END;
    list = field_controls(rq->arena, own, rq->arguments, &rq->errors, i18n,
                          rq->language);
    json_array_foreach(list, i, control)
    {
        json_t *choice = json_array_get(json_object_get(control, "choices"), 0);

        if (choice) {
            model_text(choice, "label", i18n(rq->language, "all"));
        }
        json_object_set_new(control, "is_plain", json_true());
    }
    return list;
}

/* ---- chips: what narrows the list now, each with a way to do without ---- */

static const char *
shown(struct request *rq, const struct field *f, const char *value)
{
    char *word;

    if (f->type == FIELD_DATE) {
        return text_date(rq->arena, rq->language, value, false);
    }
    if (f->type != FIELD_ENUM) {
        return value;
    }
    word = arena_strdup(rq->arena, value);
    for (char *p = word; *p; p++) {
        *p = *p == '_' ? ' ' : *p;
    }
    return i18n(rq->language, word);
}

static json_t *
chips(struct request *rq, const struct field *fields, const json_t *typed)
{
    json_t *list = json_array();

    for (const struct field *f = fields; f->name; f++) {
        const char *value = request_argument(rq, f->name);

        if (value && json_object_get(typed, f->name)) {
            json_array_append_new(list,
                                  json_pack("{s:s, s:s, s:s}", "label",
                                            i18n(rq->language, f->label),
                                            "value", shown(rq, f, value), "url",
                                            invoice_list_url(rq, f->name, "")));
        }
    }
    return list;
}

void
invoice_list_model(struct request *rq, const struct field *fields,
                   const json_t *typed, const struct invoice_page *page,
                   json_t *model)
{
    model_list(model, "controls", json_incref(controls(rq, fields)));
    model_list(model, "chips", chips(rq, fields, typed));
    json_object_set_new(model, "action",
                        json_sprintf("%s%s", rq->prefix, rq->path));
    json_object_set_new(model, "is_filtered", json_boolean(rq->errors.n > 0));
    json_object_set_new(model, "has_errors", json_boolean(rq->errors.n > 0));
    model_text(model, "form_error", NULL);
    model_text(model, "sort", request_argument(rq, "sort"));
    model_text(model, "first_url",
               request_argument(rq, "at") ? invoice_list_url(rq, NULL, "")
                                          : NULL);
    model_text(model, "next_url",
               page->next
                   ? invoice_list_url(
                         rq, NULL,
                         arena_printf(rq->arena, "at=%s&at_key=%s",
                                      form_escape(rq->arena, page->at),
                                      form_escape(rq->arena, page->at_number)))
                   : NULL);
    json_object_set_new(model, "is_short",
                        json_boolean(page->next && json_array_size(page->rows) <
                                                       (size_t)page->limit));
}
