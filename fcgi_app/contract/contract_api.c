/* REST: contracts. */
#include <string.h>

#include "base/json.h"
#include "contract/contract.h"
#include "customer/customer.h"
#include "http/handlers.h"
#include "http/list.h"
#include "tenant/tenant.h"

/* ---- reading ---- */

/* The contract that the path names, and its items. NULL with the error in the
 * response. */
static json_t *
contract_named(struct request *rq, struct response *rs, json_t **items)
{
    json_t *row = NULL;
    enum db_result r =
        contract_by_ref(rq->db, rq->arena, rq->tenant->id, rq->values[0], &row);

    if (r == DB_OK) {
        r = contract_items(rq->db, rq->arena, rq->tenant->id,
                           row_text(row, "id"), items);
    }
    if (r != DB_OK) {
        response_error(rs, db_error(r));
        return NULL;
    }
    return row;
}

/* As it stands now. */
static json_t *
answer(struct request *rq, struct response *rs, int status, const char *id)
{
    json_t *row, *items;

    if (contract_by_id(rq->db, rq->arena, rq->tenant->id, id, &row) != DB_OK ||
        contract_items(rq->db, rq->arena, rq->tenant->id, id, &items) !=
            DB_OK) {
        response_error(rs, ERR_unavailable);
        return NULL;
    }
    response_record(rq, rs, status, contract_fields,
                    contract_shown(rq->arena, row, items));
    return row;
}

void
contract_get_one(struct request *rq, struct response *rs)
{
    json_t *items, *row = contract_named(rq, rs, &items);

    if (row) {
        response_record(rq, rs, 200, contract_fields,
                        contract_shown(rq->arena, row, items));
    }
}

void
contract_preview_get(struct request *rq, struct response *rs)
{
    json_t *items, *row = contract_named(rq, rs, &items), *preview;
    const char *date = request_text(rq, "date"), *end = request_text(rq, "end");
    const char *invoiced,
        *day = date ? date : tenant_today(rq->arena, rq->tenant);

    if (!row) {
        return;
    }
    if (end && !contract_may_end(row, day, end)) {
        field_fail(&rq->errors, "end", ERR_end_early, 0);
        response_error(rs, ERR_invalid);
        return;
    }
    if (contract_invoiced_until(rq->db, rq->arena, rq->tenant->id,
                                row_text(row, "id"), &invoiced) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    preview = contract_preview(rq->arena, row, items, invoiced, day, end);
    if (!preview) {
        response_error(rs, ERR_contract_status);
        return;
    }
    response_json(rs, 200,
                  field_output(rq->arena, contract_preview_fields, preview));
}

/* ---- the list ---- */

static enum contract_order
order(struct request *rq)
{
    static const char *const names[] = {"ref", "-ref", "created", "-created"};
    const char *sort = request_text(rq, "sort");

    for (int i = 0; sort && i < 4; i++) {
        if (strcmp(names[i], sort) == 0) {
            return (enum contract_order)i;
        }
    }
    return CONTRACTS_BY_REF;
}

/* All ask for their items before the first has the answer. False: the database
 * does not answer. */
static bool
with_items(struct request *rq, const json_t *rows, json_t *shown)
{
    size_t n = json_array_size(rows);
    struct db_answer **answers =
        arena_alloc(rq->arena, (n + 1) * sizeof *answers);
    json_t *items;

    for (size_t i = 0; i < n; i++) {
        answers[i] =
            contract_items_ask(rq->db, rq->arena, rq->tenant->id,
                               row_text(json_array_get(rows, i), "id"));
    }
    for (size_t i = 0; i < n; i++) {
        if (db_rows(answers[i], &items) != DB_OK) {
            return false;
        }
        json_array_append(
            shown, contract_shown(rq->arena, json_array_get(rows, i), items));
    }
    return true;
}

void
contracts_get(struct request *rq, struct response *rs)
{
    static const char *const keys[] = {"ref", "created", NULL};
    struct contract_filter filter = {
        .ref = request_text(rq, "ref"),
        .text = customer_pattern(rq->arena, request_text(rq, "text")),
        .customer = request_text(rq, "customer"),
        .status = request_text(rq, "status"),
        .delivery_mode = request_text(rq, "delivery_mode"),
        .order = order(rq)};
    struct list list;
    json_t *rows, *shown = json_in_arena(rq->arena, json_array());

    if (!list_begin(rq, rs, &list)) {
        return;
    }
    filter.on = list.after != NULL;
    filter.after_ref = list_after_text(&list, 0);
    filter.after_created = list_after_number(&list, 1);
    filter.limit = list.limit + 1;
    if (contract_find(rq->db, rq->arena, rq->tenant->id, &filter, &rows) !=
            DB_OK ||
        !with_items(rq, rows, shown)) {
        response_error(rs, ERR_unavailable);
        return;
    }
    list_answer(rq, rs, &list, contract_fields, shown, keys);
}

/* ---- changing ---- */

/* False with the error in the response. */
static bool
take(struct request *rq, struct response *rs, const json_t *before,
     const json_t *items, struct contract_new *new)
{
    struct contract_sent sent = {rq->arena, rq->tenant, rq->input,
                                 before,    items,      &rq->errors};
    enum db_result r = contract_take(rq->db, &sent, new);

    if (r != DB_OK) {
        response_error(rs, r == DB_CHECK ? ERR_invalid : ERR_unavailable);
    }
    return r == DB_OK;
}

void
contracts_post(struct request *rq, struct response *rs)
{
    struct contract_new new;
    const char *id;
    json_t *row;
    enum db_result r;

    if (!take(rq, rs, NULL, NULL, &new)) {
        return;
    }
    r = contract_create(rq->db, rq->arena, rq->tenant->id, rq->actor, &new,
                        &id);
    if (r != DB_OK) {
        response_error(rs, r == DB_UNIQUE && new.ref ? ERR_contract_exists
                                                     : ERR_unavailable);
        return;
    }
    row = answer(rq, rs, 201, id);
    if (row) {
        response_header(rs, "Location",
                        arena_printf(rq->arena, "/api/v1/contracts/%s",
                                     row_text(row, "ref")));
    }
}

void
contract_patch(struct request *rq, struct response *rs)
{
    json_t *items, *row = contract_named(rq, rs, &items);
    struct contract_new new;
    enum db_result r;

    if (!row || !response_may_change(rq, rs, row)) {
        return;
    }
    if (strcmp(row_text(row, "status"), "ended") == 0) {
        response_error(rs, ERR_contract_status);
        return;
    }
    if (!take(rq, rs, row, items, &new)) {
        return;
    }
    r = contract_change(rq->db, rq->arena, rq->tenant->id, rq->actor, row,
                        items, &new);
    if (r == DB_OK) {
        answer(rq, rs, 200, row_text(row, "id"));
    } else {
        response_error(rs, r == DB_NONE ? ERR_precondition_failed
                                        : ERR_unavailable);
    }
}

/* ---- its life ---- */

enum { ACT_TRIES = 5 };

static void
refuse(struct request *rq, struct response *rs,
       const struct contract_move *move, enum err why)
{
    if (why == ERR_notice_future || why == ERR_end_early) {
        field_fail(&rq->errors,
                   why == ERR_end_early && move->end ? "end" : "date", why, 0);
        why = ERR_invalid;
    }
    response_error(rs, why);
}

/* The contract that the path names, once the action is done with it; NULL with
 * the error in the response. Where somebody was quicker, what they left is
 * looked at. */
static json_t *
act(struct request *rq, struct response *rs, const struct contract_move *move)
{
    enum db_result r = DB_NONE;
    json_t *items, *row = NULL;
    enum err why = ERR_NONE;

    for (int i = 0; i < ACT_TRIES && r == DB_NONE; i++) {
        row = contract_named(rq, rs, &items);
        if (!row || !response_may_change(rq, rs, row)) {
            return NULL;
        }
        r = contract_act(rq->db, rq->arena, rq->tenant->id, rq->actor, row,
                         move, &why);
    }
    if (r != DB_OK) {
        refuse(rq, rs, move, r == DB_CHECK ? why : ERR_unavailable);
    }
    return r == DB_OK ? row : NULL;
}

static void
answer_act(struct request *rq, struct response *rs, const char *action)
{
    struct contract_move move = {.action = action,
                                 .today = tenant_today(rq->arena, rq->tenant),
                                 .date = request_text(rq, "date"),
                                 .end = request_text(rq, "end")};
    json_t *row = act(rq, rs, &move);

    if (row) {
        answer(rq, rs, 200, row_text(row, "id"));
    }
}

void
contract_activate_post(struct request *rq, struct response *rs)
{
    answer_act(rq, rs, "activate");
}

void
contract_cancel_post(struct request *rq, struct response *rs)
{
    answer_act(rq, rs, "cancel");
}

void
contract_undo_cancel_post(struct request *rq, struct response *rs)
{
    answer_act(rq, rs, "undo_cancel");
}

void
contract_delete(struct request *rq, struct response *rs)
{
    struct contract_move move = {.action = "discard",
                                 .today = tenant_today(rq->arena, rq->tenant)};

    if (act(rq, rs, &move)) {
        response_empty(rs, 204);
    }
}
