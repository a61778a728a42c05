/* REST: payments, and what customers owe. */
#include <string.h>

#include "base/json.h"
#include "billing/ledger.h"
#include "billing/payment.h"
#include "customer/customer.h"
#include "http/handlers.h"
#include "http/list.h"
#include "tenant/tenant.h"

static void
answer(struct request *rq, struct response *rs, int status, const char *id)
{
    json_t *row;
    enum db_result r =
        payment_by_id(rq->db, rq->arena, rq->tenant->id, id, &row);

    if (r != DB_OK) {
        response_error(rs, db_error(r));
        return;
    }
    response_record(rq, rs, status, payment_fields, row);
    if (status == 201) {
        response_header(rs, "Location",
                        arena_printf(rq->arena, "/api/v1/payments/%s", id));
    }
}

void
payment_get(struct request *rq, struct response *rs)
{
    answer(rq, rs, 200, rq->values[0]);
}

void
payments_get(struct request *rq, struct response *rs)
{
    static const char *const keys[] = {"date", "id", NULL};
    struct payment_filter filter = {.customer = request_text(rq, "customer"),
                                    .contract = request_text(rq, "contract"),
                                    .invoice = request_text(rq, "invoice"),
                                    .status = request_text(rq, "status"),
                                    .method = request_text(rq, "method"),
                                    .external_id =
                                        request_text(rq, "external_id"),
                                    .from = request_text(rq, "from"),
                                    .to = request_text(rq, "to")};
    struct list list;
    json_t *rows;

    if (!list_begin(rq, rs, &list)) {
        return;
    }
    filter.after_date = list_after_text(&list, 0);
    filter.after = list_after_text(&list, 1);
    filter.limit = list.limit + 1;
    if (payment_list(rq->db, rq->arena, rq->tenant->id, &filter, &rows) !=
        DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    list_answer(rq, rs, &list, payment_fields, rows, keys);
}

void
payments_post(struct request *rq, struct response *rs)
{
    struct payment_sent sent = {rq->arena, rq->tenant, rq->input, NULL,
                                &rq->errors};
    struct payment_new new;
    const char *id;
    enum db_result r = payment_take(rq->db, &sent, &new);

    if (r == DB_OK) {
        r = payment_record(rq->db, rq->arena, rq->tenant->id, rq->actor, &new,
                           &id);
    }
    switch (r) {
    case DB_OK:
        answer(rq, rs, 201, id);
        break;
    case DB_CHECK:
        response_error(rs, ERR_invalid);
        break;
    case DB_UNIQUE:
        response_error(rs, ERR_payment_exists);
        break;
    default:
        response_error(rs, ERR_unavailable);
    }
}

void
payment_reverse_post(struct request *rq, struct response *rs)
{
    struct payment_reversal reversal;
    json_t *row;
    enum db_result r =
        payment_by_id(rq->db, rq->arena, rq->tenant->id, rq->values[0], &row);

    if (r != DB_OK) {
        response_error(rs, db_error(r));
        return;
    }
    if (!payment_take_reversal(rq->arena, rq->tenant, row, rq->input,
                               &rq->errors, &reversal)) {
        response_error(rs, ERR_invalid);
        return;
    }
    r = payment_reverse(rq->db, rq->arena, rq->tenant->id, rq->actor, row,
                        &reversal);
    if (r == DB_OK) {
        answer(rq, rs, 200, rq->values[0]);
    } else {
        response_error(rs, r == DB_NONE    ? ERR_payment_reversed
                           : r == DB_CHECK ? ERR_payment_refunded
                                           : ERR_unavailable);
    }
}

/* ---- the ledger ---- */

/* The customer of the path; NULL with the error in the response. */
static json_t *
customer_named(struct request *rq, struct response *rs)
{
    json_t *row = NULL;
    enum db_result r = customer_by_number(rq->db, rq->arena, rq->tenant->id,
                                          rq->values[0], &row);

    if (r != DB_OK) {
        response_error(rs, db_error(r));
    }
    return row;
}

void
customer_ledger_get(struct request *rq, struct response *rs)
{
    static const char *const keys[] = {"id", NULL};
    json_t *rows, *customer = customer_named(rq, rs);
    struct list list;

    if (!customer || !list_begin(rq, rs, &list)) {
        return;
    }
    if (ledger_list(rq->db, rq->arena, rq->tenant->id, row_text(customer, "id"),
                    list_after_text(&list, 0), list.limit + 1,
                    &rows) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    list_answer(rq, rs, &list, ledger_entry_fields, rows, keys);
}

void
customer_balance_get(struct request *rq, struct response *rs)
{
    static const char *const keys[] = {"contract", NULL};
    const char *today = tenant_today(rq->arena, rq->tenant);
    json_t *rows, *customer = customer_named(rq, rs);
    struct list all = {.limit = LEDGER_BALANCES_MAX};

    if (!customer) {
        return;
    }
    if (ledger_balances(rq->db, rq->arena, rq->tenant->id,
                        row_text(customer, "id"), today, &rows) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    list_answer(rq, rs, &all, ledger_balance_fields, rows, keys);
}
