/* What happened to a record, as people read it: the rows of its trail. */
#include <string.h>

#include "base/buf.h"
#include "base/field_kinds.h"
#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "office/office_web.h"
#include "pf_time.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

enum { ROWS_MAX = 100 };

static const struct field history_fields[] = {
    {.name = "at", .type = FIELD_TIME, .flags = FIELD_OUT, .label = N_("Time")},
    {.name = "what",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("What")},
    {.name = "who", .type = FIELD_TEXT, .flags = FIELD_OUT, .label = N_("Who")},
    {.name = "values",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Detail")},
    FIELD_END,
};

static const struct list history_list = {.path = "",
                                         .title = N_("History"),
                                         .fields = history_fields,
                                         .key = "id",
                                         .order = "-at",
                                         .link = ""};

/* "thing.created" -> "created", in words. */
static const char *
what(const struct request *rq, const char *action)
{
    const char *word = strrchr(action, '.');

    return office_word(rq, word ? word + 1 : action);
}

static const char *value_text(struct request *rq, const struct field *f,
                              const json_t *value);

/* What a record inside a record holds: "3 months" of a span. */
static const char *
record_text(struct request *rq, const struct field *fields, const json_t *value)
{
    struct buf out = buf_new(rq->arena, 64);

    for (const struct field *f = fields; f->name; f++) {
        const json_t *one = json_object_get(value, f->name);

        if (one && !json_is_null(one)) {
            buf_printf(&out, "%s%s", out.len ? " " : "",
                       value_text(rq, f, one));
        }
    }
    return out.len ? out.data : "–";
}

static const char *
array_text(struct request *rq, const struct field *f, const json_t *list)
{
    struct buf out = buf_new(rq->arena, 64);
    json_t *one;
    size_t i;

    json_array_foreach(list, i, one)
    {
        buf_printf(&out, "%s%s", out.len ? ", " : "",
                   json_is_object(one) ? record_text(rq, f->fields, one)
                                       : json_string_value(one));
    }
    return out.len ? out.data : "–";
}

/* What travels as text, as people write it. */
static const char *
word_text(struct request *rq, const struct field *f, const char *text)
{
    struct arena *a = rq->arena;
    const char *lang = rq->language;
    int64_t n;

    switch (f->type) {
    case FIELD_DATE:
        return text_date(a, lang, text, false);
    case FIELD_TIME:
        return pf_time_parse(pf_str_of(text), &n)
                   ? text_time(a, lang, n, rq->tenant->time_zone)
                   : text;
    case FIELD_DECIMAL:
    case FIELD_PERCENT:
        if (!field_scaled_parse(text, field_scale(f->type), false, &n)) {
            return text;
        }
        return f->type == FIELD_DECIMAL ? text_decimal(a, lang, n)
                                        : text_percent(a, lang, n);
    case FIELD_ENUM:
        return office_choice(rq, f, text);
    case FIELD_LANGUAGE:
        return text_language(a, text);
    default:
        return text;
    }
}

/* The trail has values as the API has them. */
static const char *
value_text(struct request *rq, const struct field *f, const json_t *value)
{
    const char *text = json_string_value(value);

    if (json_is_boolean(value)) {
        return office_word(rq, json_is_true(value) ? "yes" : "no");
    }
    if (json_is_integer(value)) {
        return arena_printf(rq->arena, "%" JSON_INTEGER_FORMAT,
                            json_integer_value(value));
    }
    if (json_is_array(value)) {
        return array_text(rq, f, value);
    }
    if (json_is_object(value)) {
        return f->type == FIELD_MONEY ? text_money(rq->arena, rq->language,
                                                   row_int(value, "amount"),
                                                   row_text(value, "currency"))
                                      : record_text(rq, f->fields, value);
    }
    return text && text[0] ? word_text(rq, f, text) : "–";
}

static json_t *
parsed(struct request *rq, const json_t *row, const char *name)
{
    const char *text = row_text(row, name);
    json_t *object = text && text[0] ? json_loads(text, 0, NULL) : NULL;

    return object ? json_in_arena(rq->arena, object) : NULL;
}

/* Which record it is, and since when, is plain on its own page. */
static bool
is_told(const struct field *f)
{
    return strcmp(f->name, "id") != 0 && strcmp(f->name, "created") != 0;
}

/* "Quantity: 1 → 2; Status: open" */
static const char *
values(struct request *rq, const struct field *fields, const json_t *row)
{
    struct buf out = buf_new(rq->arena, 256);
    const json_t *before = parsed(rq, row, "before"),
                 *after = parsed(rq, row, "after");

    for (const struct field *f = fields; f->name; f++) {
        const json_t *was = json_object_get(before, f->name),
                     *is = json_object_get(after, f->name);

        if (!is_told(f) || (!was && !is) ||
            (json_is_null(was ? was : is) && !(was && is))) {
            continue;
        }
        buf_printf(&out, "%s%s: %s", out.len ? "; " : "",
                   i18n(rq->language, f->label),
                   value_text(rq, f, was ? was : is));
        if (was && is) {
            buf_printf(&out, " → %s", value_text(rq, f, is));
        }
    }
    return out.data;
}

json_t *
office_history(struct request *rq, const struct field *fields,
               const char *object)
{
    struct list_query q = {.order = "at",
                           .descending = true,
                           .number = true,
                           .key = "id",
                           .limit = ROWS_MAX,
                           .n = 1};
    json_t *names = json_in_arena(rq->arena, json_object()), *rows, *row;
    size_t i;

    q.conditions[0].column = "object";
    q.conditions[0].op = LIST_IS;
    q.conditions[0].text = object;
    if (audit_list_rows(rq->db, rq->arena, &q, rq->tenant->id, rq->tenant->pool,
                        &rows) != DB_OK) {
        return NULL;
    }
    json_array_foreach(rows, i, row)
    {
        model_text(row, "what", what(rq, row_text(row, "action")));
        model_text(row, "who", office_who(rq, names, row_text(row, "actor")));
        model_text(row, "values", values(rq, fields, row));
    }
    return office_table_like(rq, &history_list, rows, ROWS_MAX);
}
