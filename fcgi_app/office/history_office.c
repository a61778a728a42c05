/* What happened to a record, as people read it: the rows of its trail. */
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "office/office_web.h"
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

/* Staff and keys by their names, as long as they have one here. */
static const char *
who(struct request *rq, const char *actor)
{
    const char *kind = audit_actor_kind(actor), *id = strchr(actor, ':');
    struct staff *staff;
    json_t *key;

    if (id && strcmp(kind, "staff") == 0 &&
        staff_by_id(rq->db, rq->arena, rq->tenant->id, id + 1, &staff) ==
            DB_OK) {
        return staff->username;
    }
    if (id && strcmp(kind, "key") == 0 &&
        api_key_get(rq->db, rq->arena, rq->tenant->id, id + 1, &key) == DB_OK) {
        return i18n_fill(rq->arena, i18n(rq->language, N_("API key {name}")),
                         "name", row_text(key, "name"), NULL);
    }
    return office_word(rq, kind);
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
    if (!text || !text[0]) {
        return "–";
    }
    return f->type == FIELD_DATE
               ? text_date(rq->arena, rq->language, text, false)
           : f->type == FIELD_ENUM ? office_choice(rq, f, text)
                                   : text;
}

static json_t *
parsed(struct request *rq, const json_t *row, const char *name)
{
    const char *text = row_text(row, name);
    json_t *object = text && text[0] ? json_loads(text, 0, NULL) : NULL;

    return object ? json_in_arena(rq->arena, object) : NULL;
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

        if ((!was && !is) || (json_is_null(was ? was : is) && !(was && is))) {
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
    json_t *rows, *row;
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
        model_text(row, "who", who(rq, row_text(row, "actor")));
        model_text(row, "values", values(rq, fields, row));
    }
    return office_table_like(rq, &history_list, rows, ROWS_MAX);
}
