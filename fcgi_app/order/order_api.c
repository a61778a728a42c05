/*
 * REST: orders. A merchant's server orders for a customer of theirs what any
 * active variant has, with the terms that were accepted elsewhere as proof; no
 * mail goes out.
 */
#include <string.h>

#include "base/id.h"
#include "base/json.h"
#include "http/handlers.h"
#include "http/list.h"
#include "order/order.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

/* ---- reading ---- */

static void
answer(struct request *rq, struct response *rs, int status, const char *id)
{
    json_t *row, *terms;
    enum db_result r = order_get(rq->db, rq->arena, rq->tenant->id, id, &row);

    if (r == DB_OK) {
        r = order_terms(rq->db, rq->arena, rq->tenant->id, id, &terms);
    }
    if (r != DB_OK) {
        response_error(rs, db_error(r));
        return;
    }
    json_object_set(row, "terms", terms);
    response_json(rs, status, field_output(rq->arena, order_one_fields, row));
}

void
order_get_one(struct request *rq, struct response *rs)
{
    answer(rq, rs, 200, rq->values[0]);
}

void
orders_get(struct request *rq, struct response *rs)
{
    static const char *const keys[] = {"id", NULL};
    struct list list;
    json_t *rows;

    if (!list_begin(rq, rs, &list)) {
        return;
    }
    if (order_list(rq->db, rq->arena, rq->tenant->id,
                   request_text(rq, "customer"), request_text(rq, "contract"),
                   list_after_text(&list, 0), list.limit + 1, &rows) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    list_answer(rq, rs, &list, order_fields, rows, keys);
}

/* ---- placing ---- */

/* Customer and variant that were named; false with the error in the response.
 */
static bool
find_named(struct request *rq, struct response *rs, json_t **customer,
           json_t **variant)
{
    const char *tenant = rq->tenant->id;
    enum db_result r = customer_by_number(
        rq->db, rq->arena, tenant, request_text(rq, "customer"), customer);

    if (r == DB_NONE) {
        field_fail(&rq->errors, "customer", ERR_unknown_customer, 0);
    }
    if (r == DB_OK || r == DB_NONE) {
        r = catalog_get(rq->db, rq->arena, tenant, CATALOG_VARIANT,
                        request_text(rq, "variant"), variant);
    }
    if (r == DB_NONE) {
        field_fail(&rq->errors, "variant", ERR_unknown_product, 0);
    }
    if (r != DB_OK && r != DB_NONE) {
        response_error(rs, ERR_unavailable);
    } else if (rq->errors.n > 0) {
        response_error(rs, ERR_invalid);
    }
    return r == DB_OK && rq->errors.n == 0;
}

static size_t
terms_of(const struct request *rq, struct order_term *out)
{
    const json_t *list = json_object_get(rq->input, "terms"), *one;
    size_t i;

    json_array_foreach(list, i, one)
    {
        out[i] =
            (struct order_term){(int)i + 1, row_text(one, "words"),
                                json_is_true(json_object_get(one, "required"))};
    }
    return json_array_size(list);
}

/* What its sender took for the price, where they say so. False with the error
 * in the response. */
static bool
take_gross(struct request *rq, struct response *rs, const json_t *variant,
           int64_t *gross)
{
    const json_t *typed = json_object_get(rq->input, "gross");

    if (!typed || field_money(typed, row_text(variant, "currency"), gross)) {
        return true;
    }
    field_fail(&rq->errors, "gross", ERR_value_decimal, 0);
    response_error(rs, ERR_invalid);
    return false;
}

static void
refuse(struct request *rq, struct response *rs,
       const struct order_placed *placed)
{
    if (placed->by_coupon) {
        field_fail(&rq->errors, "coupon", placed->why, 0);
    }
    response_error(rs, placed->by_coupon ? ERR_invalid : placed->why);
}

static void
place(struct request *rq, struct response *rs, struct order_new *new)
{
    struct order_desk desk = {rq->db, rq->arena, rq->tenant, rq->actor};
    struct order_placed placed;
    enum db_result r;

    new->id = id_new(rq->arena, "ord");
    r = order_place(&desk, new, &placed);
    if (r == DB_CHECK) {
        refuse(rq, rs, &placed);
    } else if (r != DB_OK) {
        response_error(rs, ERR_unavailable);
    } else {
        answer(rq, rs, 201, new->id);
        response_header(rs, "Location",
                        arena_printf(rq->arena, "/api/v1/orders/%s", new->id));
    }
}

static const char *
text_or(const struct request *rq, const char *name, const char *otherwise)
{
    const char *text = request_text(rq, name);

    return text ? text : otherwise;
}

void
orders_post(struct request *rq, struct response *rs)
{
    struct catalog_order asked = {
        .arena = rq->arena,
        .tenant = rq->tenant,
        .language = text_or(rq, "language", rq->tenant->default_language),
        .components = json_object_get(rq->input, "components"),
        .coupon = request_text(rq, "coupon"),
        .errors = &rq->errors};
    struct order_term terms[ORDER_TERMS_MAX];
    struct order_new new = {.asked = &asked,
                            .delivery_mode =
                                text_or(rq, "delivery_mode", "email"),
                            .url = text_or(rq, "url", ""),
                            .browser = "",
                            .again = true,
                            .terms = terms,
                            .n_terms = terms_of(rq, terms)};
    json_t *customer, *variant;
    int64_t gross;

    if (!find_named(rq, rs, &customer, &variant) ||
        !take_gross(rq, rs, variant, &gross)) {
        return;
    }
    new.gross = json_object_get(rq->input, "gross") ? &gross : NULL;
    asked.variant = variant;
    asked.customer = row_text(customer, "id");
    asked.setup_name = i18n(asked.language, N_("Setup fee"));
    place(rq, rs, &new);
}
