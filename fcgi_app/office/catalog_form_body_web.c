/* Forms of the catalogue: from a record to its controls, and from what was sent
 * to the body that the API would take. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "office/catalog_form_web.h"
#include "tenant/tenant.h"

/* ---- what they hold ---- */

struct holding {
    struct request *rq;
    const struct catalog_form *form;
    const json_t *shown; /* the record as the API has it */
    json_t *values;
};

static void
hold(struct holding *h, const char *control, const json_t *value)
{
    json_object_set_new(h->values, control,
                        json_is_null(value) ? json_string("")
                                            : json_incref((json_t *)value));
}

static void
hold_record(struct holding *h, const struct field *f)
{
    const json_t *record = json_object_get(h->shown, f->name);

    for (const struct field *inner = f->fields; inner->name; inner++) {
        const char *name = catalog_form_inner(h->rq, f, inner);
        json_t *value = json_object_get(record, inner->name);

        if (value) {
            hold(h, name, value);
        } else {
            model_text(h->values, name,
                       inner->type == FIELD_ENUM ? "month" : "");
        }
    }
}

static void
hold_texts(struct holding *h, const struct field *f)
{
    json_t *text;
    size_t i;

    json_array_foreach(json_object_get(h->shown, "texts"), i, text)
    {
        for (const struct field *inner = f->fields; inner->name; inner++) {
            const json_t *words = json_object_get(text, inner->name);

            if (words) {
                hold(h,
                     catalog_form_text(h->rq, row_text(text, "language"),
                                       inner->name),
                     words);
            }
        }
    }
}

static void
hold_steps(struct holding *h)
{
    json_t *step;
    size_t i;

    json_array_foreach(json_object_get(h->shown, "steps"), i, step)
    {
        for (const struct field *f = catalog_step_rows.fields; f->name; f++) {
            const json_t *value = json_object_get(step, f->name);

            if (value) {
                hold(h,
                     form_rows_name(h->rq, &catalog_step_rows, (int)i, f->name),
                     value);
            }
        }
    }
}

static void
hold_boxes(struct holding *h, const struct field *f)
{
    const char *words = row_text(h->shown, f->name);
    json_t *row;
    size_t i;

    json_array_foreach(json_object_get(h->form->choices, f->name), i, row)
    {
        const char *id = row_text(row, "id");

        json_object_set_new(h->values,
                            arena_printf(h->rq->arena, "%s.%s", f->name, id),
                            json_integer(words && text_has_word(words, id)));
    }
}

static void
hold_money(struct holding *h, const struct field *f)
{
    const char *currency = row_text(h->shown, "currency");
    const json_t *amount = json_object_get(h->shown, f->name);

    model_text(
        h->values, f->name,
        json_is_integer(amount)
            ? text_amount(h->rq->arena, json_integer_value(amount), currency)
            : "");
    model_text(h->values, "amount.currency", currency);
}

static void
hold_field(void *data, const struct field *f)
{
    struct holding *h = data;
    const json_t *value = json_object_get(h->shown, f->name);

    if (f->type == FIELD_RECORD) {
        hold_record(h, f);
    } else if (strcmp(f->name, "texts") == 0) {
        hold_texts(h, f);
    } else if (f->type == FIELD_RECORDS) {
        hold_steps(h);
    } else if (f->type == FIELD_WORDS) {
        hold_boxes(h, f);
    } else if (f->type == FIELD_MONEY) {
        hold_money(h, f);
    } else if (value) {
        hold(h, f->name, value);
    }
}

/* A new one's. */
static json_t *
fresh(const struct request *rq, const struct catalog_form *form)
{
    const char *discount = request_argument(rq, "discount");

    return json_pack("{s:s, s:s, s:s, s:i, s:i, s:s, s:{s:i, s:s}}", "currency",
                     "EUR", "discount", discount ? discount : "", "price_model",
                     "simple", "in_advance", 1, "self_service", 0, "type",
                     form->type ? form->type : "", "recurrence", "every", 1,
                     "unit", "month");
}

json_t *
catalog_form_values(struct request *rq, const struct catalog_form *form)
{
    struct holding h = {
        .rq = rq,
        .form = form,
        .shown = form->row ? catalog_shown(rq->arena, form->kind, form->row)
                           : json_in_arena(rq->arena, fresh(rq, form)),
        .values = json_in_arena(rq->arena, json_object())};

    catalog_form_each(rq, form, hold_field, &h);
    return h.values;
}

/* ---- what was sent ---- */

struct body {
    struct request *rq;
    const struct catalog_form *form;
    json_t *values;
};

static void
put(struct body *b, const char *name, json_t *value)
{
    json_object_set_new(b->values, name, value);
}

/* Without a count there is none, whatever the unit. */
static json_t *
sent_record(struct request *rq, const struct field *f)
{
    json_t *record;

    if (!request_typed(rq, catalog_form_inner(rq, f, f->fields))[0]) {
        return json_string("");
    }
    record = json_object();
    for (const struct field *inner = f->fields; inner->name; inner++) {
        json_object_set_new(
            record, inner->name,
            json_string(request_typed(rq, catalog_form_inner(rq, f, inner))));
    }
    return record;
}

static bool
has_text(struct request *rq, const struct field *f, const char *language)
{
    for (const struct field *inner = f->fields; inner->name; inner++) {
        const char *typed =
            request_typed(rq, catalog_form_text(rq, language, inner->name));

        if (text_trim(rq->arena, typed)[0]) {
            return true;
        }
    }
    return false;
}

/* The i-th language that anything was written in; NULL: there are fewer. */
static const char *
sent_language(struct request *rq, const struct catalog_form *form,
              const struct field *f, size_t i)
{
    const char *languages[CATALOG_LANGUAGES_MAX];
    size_t n = catalog_form_languages(rq, form, languages);

    for (size_t k = 0; k < n; k++) {
        if (has_text(rq, f, languages[k]) && i-- == 0) {
            return languages[k];
        }
    }
    return NULL;
}

static json_t *
sent_texts(struct body *b, const struct field *f)
{
    json_t *texts = json_array();
    const char *language;

    for (size_t i = 0; (language = sent_language(b->rq, b->form, f, i)); i++) {
        json_t *text = json_pack("{s:s}", "language", language);

        for (const struct field *inner = f->fields; inner->name; inner++) {
            if (inner->type != FIELD_LANGUAGE) {
                json_object_set_new(
                    text, inner->name,
                    json_string(
                        request_typed(b->rq, catalog_form_text(b->rq, language,
                                                               inner->name))));
            }
        }
        json_array_append_new(texts, text);
    }
    return texts;
}

static json_t *
sent_boxes(struct body *b, const struct field *f)
{
    json_t *ids = json_array(), *row;
    size_t i;

    json_array_foreach(json_object_get(b->form->choices, f->name), i, row)
    {
        const char *id = row_text(row, "id");

        if (request_typed(
                b->rq, arena_printf(b->rq->arena, "%s.%s", f->name, id))[0]) {
            json_array_append_new(ids, json_string(id));
        }
    }
    return ids;
}

/* A number that need not be there is none. */
static json_t *
sent_plain(struct request *rq, const struct field *f)
{
    const char *typed = request_typed(rq, f->name);
    bool none = f->type == FIELD_DECIMAL &&
                !(f->flags & (FIELD_REQUIRED | FIELD_NULLABLE)) &&
                !text_trim(rq->arena, typed)[0];

    return f->type == FIELD_BOOL ? json_string(*typed ? "1" : "0")
                                 : json_string(none ? "0" : typed);
}

static void
put_field(void *data, const struct field *f)
{
    struct body *b = data;
    int sent;

    if (f->type == FIELD_RECORD) {
        put(b, f->name, sent_record(b->rq, f));
    } else if (strcmp(f->name, "texts") == 0) {
        put(b, f->name, sent_texts(b, f));
    } else if (f->type == FIELD_RECORDS) {
        int n = form_rows_gather(b->rq, &catalog_step_rows, &sent);

        put(b, f->name, form_rows_body(b->rq, &catalog_step_rows, n));
    } else if (f->type == FIELD_WORDS) {
        put(b, f->name, sent_boxes(b, f));
    } else {
        put(b, f->name, sent_plain(b->rq, f));
    }
}

/* What a new one is of stands in its address, and is not typed. */
static void
put_given(struct body *b)
{
    const char *parent = catalog_kinds[b->form->kind].parent;

    if (b->form->row) {
        return;
    }
    if (b->form->parent) {
        put(b, parent, json_string(row_text(b->form->parent, "id")));
    }
    if (b->form->type) {
        put(b, "type", json_string(b->form->type));
    }
}

/* A price that is not typed would be nothing at all. */
static void
want_price(struct request *rq, const struct catalog_form *form,
           struct field_errors *errors)
{
    bool simple = !catalog_form_row(form, "price_model") ||
                  strcmp(request_typed(rq, "price_model"), "simple") == 0;

    if (form->kind == CATALOG_COMPONENT && simple &&
        !text_trim(rq->arena, request_typed(rq, "price"))[0]) {
        field_fail(errors, "price", ERR_value_missing, 0);
    }
}

/* People type an amount and its currency, programs send minor units. Whether
 * there is such a currency, catalog_take() says. */
static void
take_amount(struct request *rq, json_t *input, struct field_errors *errors)
{
    json_t *typed = json_object_get(input, "amount");
    const char *currency =
        text_trim(rq->arena, request_typed(rq, "amount.currency"));
    int64_t minor = 0;

    if (!json_object_get(typed, "micro")) {
        return;
    }
    if (!field_money(typed, currency, &minor)) {
        field_fail(errors, "amount", ERR_value_decimal, 0);
    }
    json_object_set_new(input, "amount",
                        json_pack("{s:I, s:s}", "amount", (json_int_t)minor,
                                  "currency", currency));
}

json_t *
catalog_form_input(struct request *rq, const struct catalog_form *form,
                   struct field_errors *errors)
{
    const struct catalog_kind_row *kind = &catalog_kinds[form->kind];
    struct body b = {rq, form, json_in_arena(rq->arena, json_object())};
    json_t *input;

    catalog_form_each(rq, form, put_field, &b);
    put_given(&b);
    want_price(rq, form, errors);
    input = field_parse(rq->arena, form->row ? kind->change : kind->create,
                        b.values, FIELD_FORM, errors);
    take_amount(rq, input, errors);
    return input;
}

/* ---- errors at their controls ---- */

/* "texts/1/name" -> "texts.en.name" */
static const char *
text_place(struct request *rq, const struct catalog_form *form,
           const char *name)
{
    const struct field *f = catalog_form_row(form, "texts");
    const char *number = strchr(name, '/'),
               *rest = number ? strchr(number + 1, '/') : NULL;
    const char *language =
        rest ? sent_language(rq, form, f, strtoul(number + 1, NULL, 10)) : NULL;

    return language ? catalog_form_text(rq, language, rest + 1) : name;
}

static const char *
control_of(struct request *rq, const struct catalog_form *form,
           const struct field_error *e)
{
    const char *name = e->name;
    size_t len = strcspn(name, "/");
    const struct field *f =
        catalog_form_row(form, arena_strndup(rq->arena, name, len));

    if (!f) {
        return name;
    }
    if (f->type == FIELD_MONEY && e->code == ERR_value_currency) {
        return "amount.currency";
    }
    if (f->type == FIELD_RECORD && !name[len]) {
        return catalog_form_inner(rq, f, f->fields);
    }
    if (f->type == FIELD_WORDS) {
        const json_t *row =
            json_array_get(json_object_get(form->choices, f->name), 0);

        return row ? arena_printf(rq->arena, "%s.%s", f->name,
                                  row_text(row, "id"))
                   : name;
    }
    return strcmp(f->name, "texts") == 0
               ? text_place(rq, form, name)
               : form_rows_control(rq, &catalog_step_rows, name);
}

void
catalog_form_fail(struct request *rq, const struct catalog_form *form,
                  const struct field_errors *errors)
{
    for (size_t i = 0; i < errors->n; i++) {
        const struct field_error *e = &errors->list[i];

        field_fail_word(&rq->errors, control_of(rq, form, e), e->code, e->limit,
                        e->word);
    }
}
