/* REST: customers. */
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "customer/customer.h"
#include "http/handlers.h"
#include "http/list.h"
#include "tenant/tenant.h"

/* ---- reading ---- */

/* The customer that the path names. NULL with the error in the response. */
static json_t *
customer_named(struct request *rq, struct response *rs, const char *number)
{
    json_t *row = NULL;
    enum db_result r =
        customer_by_number(rq->db, rq->arena, rq->tenant->id, number, &row);

    if (r != DB_OK) {
        response_error(rs, db_error(r));
    }
    return row;
}

static void
answer(struct request *rq, struct response *rs, int status, const char *number)
{
    json_t *row = customer_named(rq, rs, number);

    if (row) {
        response_record(rq, rs, status, customer_fields,
                        customer_shown(rq->arena, row));
    }
}

void
customer_get(struct request *rq, struct response *rs)
{
    answer(rq, rs, 200, rq->values[0]);
}

/* ---- the list ---- */

static enum customer_order
order(struct request *rq)
{
    static const char *const names[] = {"number", "-number", "created",
                                        "-created"};
    const char *sort = request_text(rq, "sort");

    for (int i = 0; sort && i < 4; i++) {
        if (strcmp(names[i], sort) == 0) {
            return (enum customer_order)i;
        }
    }
    return CUSTOMERS_BY_NUMBER;
}

void
customers_get(struct request *rq, struct response *rs)
{
    static const char *const keys[] = {"number", "created", NULL};
    struct customer_filter filter = {
        .number = request_text(rq, "number"),
        .text = customer_pattern(rq->arena, request_text(rq, "text")),
        .email = request_text(rq, "email"),
        .parent = request_text(rq, "parent"),
        .from = request_number(rq, "created_from", 0),
        .before = request_number(rq, "created_before", CLOCK_END),
        .order = order(rq)};
    struct list list;
    json_t *rows, *row, *shown = json_in_arena(rq->arena, json_array());
    size_t i;

    if (!list_begin(rq, rs, &list)) {
        return;
    }
    filter.on = list.after != NULL;
    filter.after_number = list_after_text(&list, 0);
    filter.after_created = list_after_number(&list, 1);
    filter.limit = list.limit + 1;
    if (customer_list(rq->db, rq->arena, rq->tenant->id, &filter, &rows) !=
        DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    json_array_foreach(rows, i, row)
    {
        json_array_append(shown, customer_shown(rq->arena, row));
    }
    list_answer(rq, rs, &list, customer_fields, shown, keys);
}

/* ---- what was sent ---- */

/* False with the error in the response. */
static bool
take(struct request *rq, struct response *rs, const json_t *before,
     struct customer_new *new)
{
    struct customer_sent sent = {rq->arena, rq->tenant, rq->input, before,
                                 &rq->errors};
    enum db_result r = customer_take(rq->db, &sent, new);

    if (r != DB_OK) {
        response_error(rs, r == DB_CHECK ? ERR_invalid : ERR_unavailable);
    }
    return r == DB_OK;
}

/* ---- changing ---- */

static void
answer_created(struct request *rq, struct response *rs, const char *id)
{
    json_t *row;
    const char *number;

    if (customer_by_id(rq->db, rq->arena, rq->tenant->id, id, &row) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    number = row_text(row, "number");
    answer(rq, rs, 201, number);
    response_header(rs, "Location",
                    arena_printf(rq->arena, "/api/v1/customers/%s", number));
}

void
customers_post(struct request *rq, struct response *rs)
{
    struct customer_new new;
    const char *id;

    if (!take(rq, rs, NULL, &new)) {
        return;
    }
    switch (customer_create(rq->db, rq->arena, rq->tenant->id, rq->actor, &new,
                            &id)) {
    case DB_OK:
        answer_created(rq, rs, id);
        break;
    case DB_UNIQUE:
        response_error(rs, ERR_customer_exists);
        break;
    default:
        response_error(rs, ERR_unavailable);
    }
}

void
customer_patch(struct request *rq, struct response *rs)
{
    json_t *row = customer_named(rq, rs, rq->values[0]);
    struct customer_new new;

    if (!row || !response_may_change(rq, rs, row) || !take(rq, rs, row, &new)) {
        return;
    }
    switch (customer_change(rq->db, rq->arena, rq->tenant->id, rq->actor, row,
                            &new)) {
    case DB_OK:
        answer(rq, rs, 200, rq->values[0]);
        break;
    case DB_NONE:
        response_error(rs, ERR_precondition_failed);
        break;
    case DB_CHECK:
        field_fail(&rq->errors, "parent", ERR_parent_loop, 0);
        response_error(rs, ERR_invalid);
        break;
    default:
        response_error(rs, ERR_unavailable);
    }
}

void
customer_delete(struct request *rq, struct response *rs)
{
    json_t *row = customer_named(rq, rs, rq->values[0]);

    if (!row || !response_may_change(rq, rs, row)) {
        return;
    }
    switch (
        customer_remove(rq->db, rq->arena, rq->tenant->id, rq->actor, row)) {
    case DB_OK:
        response_empty(rs, 204);
        break;
    case DB_NONE:
        response_error(rs, ERR_precondition_failed);
        break;
    case DB_FOREIGN:
        response_error(rs, ERR_customer_in_use);
        break;
    default:
        response_error(rs, ERR_unavailable);
    }
}
