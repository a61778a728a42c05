#include "http/list.h"

#include <string.h>

#include "base/id.h"
#include "base/json.h"
#include "base/keys.h"
#include "http/form.h"

static const char purpose[] = "cursor";

/* What a cursor belongs to: the address, and what was asked for but for where
 * in the list. */
static const char *
binding(struct request *rq)
{
    json_t *asked = json_in_arena(rq->arena, json_copy(rq->input));
    const char *text;

    json_object_del(asked, "cursor");
    json_object_del(asked, "limit");
    text = json_text(rq->arena, asked, JSON_COMPACT | JSON_SORT_KEYS);
    return id_hash(rq->arena, arena_printf(rq->arena, "%s %s", rq->path,
                                           text ? text : ""));
}

bool
list_begin(struct request *rq, struct response *rs, struct list *list)
{
    const char *cursor = request_text(rq, "cursor"), *text;

    list->limit = (int)request_number(rq, "limit", LIST_ROWS);
    list->after = NULL;
    if (!cursor) {
        return true;
    }
    text = keys_unseal(rq->keys, rq->arena, purpose, rq->tenant_id, binding(rq),
                       cursor);
    if (text) {
        list->after = json_in_arena(rq->arena, json_loads(text, 0, NULL));
    }
    if (!list->after) {
        field_fail(&rq->errors, "cursor", ERR_value_cursor, 0);
        response_error(rs, ERR_invalid);
        return false;
    }
    return true;
}

const char *
list_after_text(const struct list *list, size_t at)
{
    return json_string_value(json_array_get(list->after, at));
}

int64_t
list_after_number(const struct list *list, size_t at)
{
    return json_integer_value(json_array_get(list->after, at));
}

static const char *
cursor_after(struct request *rq, const json_t *values)
{
    const char *text = json_text(rq->arena, values, JSON_COMPACT);

    return keys_seal(rq->keys, rq->arena, purpose, rq->tenant_id, binding(rq),
                     text ? text : "[]");
}

/* The same question with another cursor. */
static const char *
link_to(struct request *rq, const char *cursor)
{
    const char *query = "", *name;
    json_t *value;

    json_object_foreach(rq->arguments, name, value)
    {
        if (strcmp(name, "cursor") != 0) {
            query = arena_printf(
                rq->arena, "%s%s=%s&", query, form_escape(rq->arena, name),
                form_escape(rq->arena, json_string_value(value)));
        }
    }
    return arena_printf(rq->arena, "<%s?%scursor=%s>; rel=\"next\"",
                        form_escape_path(rq->arena, rq->path), query, cursor);
}

void
list_answer(struct request *rq, struct response *rs, const struct list *list,
            const struct field *fields, const json_t *rows,
            const char *const *keys)
{
    size_t limit = (size_t)list->limit;
    json_t *after = NULL;

    if (json_array_size(rows) > limit) {
        after = json_in_arena(rq->arena, json_array());
        for (; *keys; keys++) {
            json_array_append(
                after, json_object_get(json_array_get(rows, limit - 1), *keys));
        }
    }
    list_answer_after(rq, rs, list, fields, rows, after);
}

void
list_answer_after(struct request *rq, struct response *rs,
                  const struct list *list, const struct field *fields,
                  const json_t *rows, const json_t *after)
{
    size_t n = json_array_size(rows), limit = (size_t)list->limit;
    json_t *items = json_array();
    const char *next = NULL;

    for (size_t i = 0; i < n && i < limit; i++) {
        json_array_append(
            items, field_output(rq->arena, fields, json_array_get(rows, i)));
    }
    if (after) {
        next = cursor_after(rq, after);
        response_header(rs, "Link", link_to(rq, next));
    }
    response_json(rs, 200,
                  json_in_arena(rq->arena, json_pack("{s:o, s:s?}", "items",
                                                     items, "next", next)));
}
