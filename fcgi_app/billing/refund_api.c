/* REST: paying back what is left of a payment or of a credit document. */
#include "base/json.h"
#include "base/text.h"
#include "billing/ledger.h"
#include "billing/refund.h"
#include "http/handlers.h"
#include "tenant/tenant.h"

static void
answer(struct request *rq, struct response *rs, const char *id)
{
    json_t *row;
    enum db_result r =
        payment_by_id(rq->db, rq->arena, rq->tenant->id, id, &row);

    if (r != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    response_record(rq, rs, 201, payment_fields, row);
    response_header(rs, "Location",
                    arena_printf(rq->arena, "/api/v1/payments/%s", id));
}

static void
refuse(struct request *rq, struct response *rs, const json_t *row,
       const struct refund_made *made)
{
    if (made->why != ERR_refund_beyond) {
        response_error(rs, made->why);
        return;
    }
    field_fail_word(
        &rq->errors, "amount", made->why, 0,
        text_amount(rq->arena, made->left, row_text(row, "currency")));
    response_error(rs, ERR_invalid);
}

static void
pay_back(struct request *rq, struct response *rs, const json_t *row,
         bool payment)
{
    struct payment_sent sent = {rq->arena, rq->tenant, rq->input, NULL,
                                &rq->errors};
    struct refund refund = {.payment = payment, .id = row_text(row, "id")};
    struct refund_made made;
    enum db_result r;

    if (!refund_take(&sent, row, &refund)) {
        response_error(rs, ERR_invalid);
        return;
    }
    r = refund_record(rq->db, rq->arena, rq->tenant->id, rq->actor, &refund,
                      &made);
    if (r == DB_OK) {
        answer(rq, rs, made.id);
    } else if (r == DB_CHECK) {
        refuse(rq, rs, row, &made);
    } else {
        response_error(rs, ERR_unavailable);
    }
}

void
payment_refund_post(struct request *rq, struct response *rs)
{
    json_t *row;
    enum db_result r =
        payment_by_id(rq->db, rq->arena, rq->tenant->id, rq->values[0], &row);

    if (r == DB_OK) {
        pay_back(rq, rs, row, true);
    } else {
        response_error(rs, db_error(r));
    }
}

void
invoice_refund_post(struct request *rq, struct response *rs)
{
    json_t *row;
    enum db_result r = ledger_document_by_number(
        rq->db, rq->arena, rq->tenant->id, rq->values[0], &row);

    if (r == DB_OK) {
        pay_back(rq, rs, row, false);
    } else {
        response_error(rs, db_error(r));
    }
}
