/* REST: how a customer pays. */
#include "base/json.h"
#include "customer/customer.h"
#include "http/form.h"
#include "http/handlers.h"
#include "payer/given_web.h"
#include "payer/payer_web.h"
#include "tenant/tenant.h"

/* The customer that the path names, and the method in use, or NULL on account;
 * false with the error in the response. */
static bool
named(struct request *rq, struct response *rs, json_t **customer, json_t **row)
{
    const char *tenant = rq->tenant->id;
    enum db_result r =
        customer_by_number(rq->db, rq->arena, tenant, rq->values[0], customer);

    if (r == DB_OK) {
        r = payer_current(rq->db, rq->arena, tenant, row_text(*customer, "id"),
                          row);
        if (r == DB_NONE) {
            *row = NULL;
            r = DB_OK;
        }
    }
    if (r != DB_OK) {
        response_error(rs, db_error(r));
    }
    return r == DB_OK;
}

static void
answer(struct request *rq, struct response *rs, int status)
{
    json_t *customer, *row;

    if (named(rq, rs, &customer, &row)) {
        response_record(
            rq, rs, status, payer_fields,
            payer_shown(rq->arena, row_text(customer, "number"), row));
    }
}

void
payment_method_get(struct request *rq, struct response *rs)
{
    answer(rq, rs, 200);
}

void
payment_method_post(struct request *rq, struct response *rs)
{
    struct payer_desk desk = payer_desk_of(rq);
    json_t *customer, *row;
    struct payer_new new;
    enum err wrong;

    if (!named(rq, rs, &customer, &row)) {
        return;
    }
    wrong = payer_take_given(rq, customer, &new);
    if (wrong != ERR_NONE) {
        response_error(rs, wrong);
        return;
    }
    switch (payer_set(&desk, &new)) {
    case DB_OK:
        answer(rq, rs, 201);
        response_header(rs, "Location",
                        arena_printf(rq->arena,
                                     "/api/v1/customers/%s/payment-method",
                                     form_escape(rq->arena, rq->values[0])));
        break;
    case DB_UNIQUE:
        response_error(rs, ERR_mandate_exists);
        break;
    default:
        response_error(rs, ERR_unavailable);
    }
}

void
payment_method_delete(struct request *rq, struct response *rs)
{
    struct payer_desk desk = payer_desk_of(rq);
    json_t *customer, *row;
    enum db_result r;

    if (!named(rq, rs, &customer, &row)) {
        return;
    }
    r = row ? payer_remove(&desk, row) : DB_NONE;
    if (r == DB_OK) {
        response_empty(rs, 204);
    } else {
        response_error(rs, db_error(r));
    }
}
