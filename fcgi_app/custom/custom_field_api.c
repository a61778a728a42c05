/* REST: custom fields themselves; what stands in them is custom_api.c's. */
#include "base/json.h"
#include "custom/custom_web.h"
#include "http/handlers.h"
#include "http/list.h"
#include "tenant/tenant.h"

/* The field with that id; NULL with the error in the response. */
static json_t *
one_named(struct request *rq, struct response *rs, const char *id)
{
    struct custom_desk desk = custom_desk_of(rq);
    json_t *row = NULL;
    enum db_result r = custom_get(&desk, id, &row);

    if (r != DB_OK) {
        response_error(rs, db_error(r));
    }
    return r == DB_OK ? row : NULL;
}

static void
answer(struct request *rq, struct response *rs, int status, const char *id)
{
    json_t *row = one_named(rq, rs, id);

    if (row) {
        response_record(rq, rs, status, custom_field_fields, row);
    }
}

/* What keeps a change from being done. */
static void
refuse(struct response *rs, enum db_result r)
{
    response_error(rs, r == DB_CHECK  ? ERR_invalid
                       : r == DB_NONE ? ERR_precondition_failed
                                      : ERR_unavailable);
}

void
custom_field_list_get(struct request *rq, struct response *rs)
{
    static const char *const keys[] = {"id", NULL};
    struct custom_filter filter = {.record = request_text(rq, "record"),
                                   .name = request_text(rq, "name")};
    struct list list;
    json_t *rows;

    if (!list_begin(rq, rs, &list)) {
        return;
    }
    filter.after = list_after_text(&list, 0);
    filter.limit = list.limit + 1;
    if (custom_list(rq->db, rq->arena, rq->tenant->id, &filter, &rows) !=
        DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    list_answer(rq, rs, &list, custom_field_fields, rows, keys);
}

void
custom_field_get_one(struct request *rq, struct response *rs)
{
    answer(rq, rs, 200, rq->values[0]);
}

/* What was sent, and of a field that is there (row) what was not. */
static const json_t *
texts_of(struct request *rq, const json_t *row)
{
    json_t *sent = json_object_get(rq->input, "texts");
    const json_t *before = json_object_get(row, "texts");
    const json_t *texts = sent ? sent : before;

    translation_check(rq->tenant, rq->arena, texts, before, "texts",
                      &rq->errors);
    return json_is_array(texts) ? texts
                                : json_in_arena(rq->arena, json_array());
}

void
custom_field_post(struct request *rq, struct response *rs)
{
    struct custom_desk desk = custom_desk_of(rq);
    const json_t *texts = texts_of(rq, NULL);
    const char *id;
    enum db_result r = custom_create(&desk, rq->input, texts, &rq->errors, &id);

    if (r != DB_OK) {
        refuse(rs, r);
        return;
    }
    answer(rq, rs, 201, id);
    response_header(rs, "Location",
                    arena_printf(rq->arena, "/api/v1/custom-fields/%s", id));
}

void
custom_field_patch(struct request *rq, struct response *rs)
{
    static const char *const columns[] = {"choices", "portal", "place"};
    struct custom_desk desk = custom_desk_of(rq);
    json_t *row = one_named(rq, rs, rq->values[0]), *input;
    enum db_result r;

    if (!row || !response_may_change(rq, rs, row)) {
        return;
    }
    input = json_in_arena(rq->arena, json_object());
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        json_t *sent = json_object_get(rq->input, columns[i]);

        json_object_set(input, columns[i],
                        sent ? sent : json_object_get(row, columns[i]));
    }
    r = custom_change(&desk, row, input, texts_of(rq, row), &rq->errors);
    if (r == DB_OK) {
        answer(rq, rs, 200, rq->values[0]);
    } else {
        refuse(rs, r);
    }
}

void
custom_field_delete(struct request *rq, struct response *rs)
{
    struct custom_desk desk = custom_desk_of(rq);
    json_t *row = one_named(rq, rs, rq->values[0]);
    enum db_result r;

    if (!row || !response_may_change(rq, rs, row)) {
        return;
    }
    r = custom_remove(&desk, row);
    if (r == DB_OK) {
        response_empty(rs, 204);
    } else {
        refuse(rs, r);
    }
}
