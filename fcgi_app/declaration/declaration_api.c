/* REST: consumers' cancellations and withdrawals. */
#include "base/clock.h"
#include "base/json.h"
#include "declaration/declaration.h"
#include "http/handlers.h"
#include "http/list.h"
#include "tenant/tenant.h"

static json_t *
named(struct request *rq, struct response *rs)
{
    json_t *row = NULL;
    enum db_result r =
        declaration_get(rq->db, rq->arena, rq->tenant->id, rq->values[0], &row);

    if (r != DB_OK) {
        response_error(rs, db_error(r));
    }
    return row;
}

static void
answer(struct request *rq, struct response *rs)
{
    json_t *row = named(rq, rs);

    if (row) {
        response_record(rq, rs, 200, declaration_fields, row);
    }
}

void
declaration_get_one(struct request *rq, struct response *rs)
{
    answer(rq, rs);
}

void
declarations_get(struct request *rq, struct response *rs)
{
    static const char *const keys[] = {"received", "id", NULL};
    struct declaration_filter filter = {
        .kind = request_text(rq, "kind"),
        .status = request_text(rq, "status"),
        .contract = request_text(rq, "contract"),
        .from = request_number(rq, "from", 0),
        .before = request_number(rq, "to", CLOCK_END)};
    struct list list;
    json_t *rows;

    if (!list_begin(rq, rs, &list)) {
        return;
    }
    filter.on = list.after != NULL;
    filter.after_received = list_after_number(&list, 0);
    filter.after_id = list_after_text(&list, 1);
    filter.limit = list.limit + 1;
    if (declaration_find(rq->db, rq->arena, rq->tenant->id, &filter, &rows) !=
        DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    list_answer(rq, rs, &list, declaration_fields, rows, keys);
}

void
declaration_patch(struct request *rq, struct response *rs)
{
    struct declaration_desk desk = {rq->db, rq->arena, rq->tenant, rq->actor};
    json_t *row = named(rq, rs);
    enum db_result r;

    if (!row || !response_may_change(rq, rs, row)) {
        return;
    }
    r = declaration_change(&desk, row, rq->input, &rq->errors);
    if (r == DB_OK) {
        answer(rq, rs);
    } else if (r == DB_CHECK) {
        response_error(rs, ERR_invalid);
    } else if (r == DB_NONE) {
        response_error(rs, ERR_precondition_failed);
    } else {
        response_error(rs, ERR_unavailable);
    }
}
