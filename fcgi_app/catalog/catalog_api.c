/* REST: the catalogue. One handler does for all kinds, which the address says.
 */
#include <string.h>

#include "base/json.h"
#include "catalog/catalog.h"
#include "customer/customer.h"
#include "http/handlers.h"
#include "http/list.h"
#include "view/i18n.h"

/* The record that the path names. NULL with the error in the response. */
static json_t *
one_named(struct request *rq, struct response *rs, enum catalog_kind kind,
          const char *id)
{
    json_t *row = NULL;
    enum db_result r =
        catalog_get(rq->db, rq->arena, rq->tenant->id, kind, id, &row);

    if (r != DB_OK) {
        response_error(rs, db_error(r));
    }
    return r == DB_OK ? row : NULL;
}

static void
answer(struct request *rq, struct response *rs, int status,
       enum catalog_kind kind, const char *id)
{
    json_t *row = one_named(rq, rs, kind, id);

    if (row) {
        response_record(rq, rs, status, catalog_kinds[kind].fields,
                        catalog_shown(rq->arena, kind, row));
    }
}

void
catalog_one_get(struct request *rq, struct response *rs)
{
    answer(rq, rs, 200, catalog_kind_of(rq->path), rq->values[0]);
}

void
catalog_list_get(struct request *rq, struct response *rs)
{
    static const char *const keys[] = {"id", NULL};
    enum catalog_kind kind = catalog_kind_of(rq->path);
    const char *parent = catalog_kinds[kind].parent;
    const char *names[] = {"external_id", "name", "code"};
    struct catalog_filter filter = {
        .kind = kind,
        .parent = request_text(rq, parent ? parent : "id"),
        .status = request_text(rq, "status")};
    json_t *rows, *row, *shown = json_in_arena(rq->arena, json_array());
    struct list list;
    size_t i;

    for (i = 0; i < 3 && !filter.external_id; i++) {
        filter.external_id = request_text(rq, names[i]);
    }
    if (kind == CATALOG_COUPON && filter.external_id) {
        filter.external_id = coupon_normal(rq->arena, filter.external_id);
        filter.external_id = filter.external_id ? filter.external_id : "";
    }
    if (!list_begin(rq, rs, &list)) {
        return;
    }
    filter.after = list_after_text(&list, 0);
    filter.limit = list.limit + 1;
    if (catalog_list(rq->db, rq->arena, rq->tenant->id, &filter, &rows) !=
        DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    json_array_foreach(rows, i, row)
    {
        json_array_append(shown, catalog_shown(rq->arena, kind, row));
    }
    list_answer(rq, rs, &list, catalog_kinds[kind].fields, shown, keys);
}

/* ---- changing ---- */

/* False with the error in the response. */
static bool
take(struct request *rq, struct response *rs, struct catalog_change *c)
{
    struct catalog_sent sent = {rq->arena, rq->tenant, c->kind,
                                rq->input, c->before,  &rq->errors};
    enum db_result r = catalog_take(rq->db, &sent, &c->row);

    if (r != DB_OK) {
        response_error(rs, r == DB_CHECK ? ERR_invalid : ERR_unavailable);
    }
    return r == DB_OK;
}

static struct catalog_change
change_of(struct request *rq, const json_t *before)
{
    return (struct catalog_change){.arena = rq->arena,
                                   .tenant = rq->tenant->id,
                                   .actor = rq->actor,
                                   .kind = catalog_kind_of(rq->path),
                                   .before = before};
}

void
catalog_post(struct request *rq, struct response *rs)
{
    struct catalog_change c = change_of(rq, NULL);
    const char *id;

    if (!take(rq, rs, &c)) {
        return;
    }
    switch (catalog_create(rq->db, &c, &id)) {
    case DB_OK:
        answer(rq, rs, 201, c.kind, id);
        response_header(rs, "Location",
                        arena_printf(rq->arena, "/api/v1/%s/%s",
                                     catalog_kinds[c.kind].segment, id));
        break;
    case DB_UNIQUE:
        response_error(rs, ERR_coupon_exists);
        break;
    default:
        response_error(rs, ERR_unavailable);
    }
}

void
catalog_patch(struct request *rq, struct response *rs)
{
    json_t *row = one_named(rq, rs, catalog_kind_of(rq->path), rq->values[0]);
    struct catalog_change c = change_of(rq, row);

    if (!row || !response_may_change(rq, rs, row) || !take(rq, rs, &c)) {
        return;
    }
    switch (catalog_change(rq->db, &c)) {
    case DB_OK:
        answer(rq, rs, 200, c.kind, rq->values[0]);
        break;
    case DB_NONE:
        response_error(rs, ERR_precondition_failed);
        break;
    default:
        response_error(rs, ERR_unavailable);
    }
}

void
catalog_delete(struct request *rq, struct response *rs)
{
    json_t *row = one_named(rq, rs, catalog_kind_of(rq->path), rq->values[0]);
    struct catalog_change c = change_of(rq, row);

    if (!row || !response_may_change(rq, rs, row)) {
        return;
    }
    switch (catalog_remove(rq->db, &c)) {
    case DB_OK:
        response_empty(rs, 204);
        break;
    case DB_NONE:
        response_error(rs, ERR_precondition_failed);
        break;
    case DB_FOREIGN:
        response_error(rs, ERR_catalog_in_use);
        break;
    default:
        response_error(rs, ERR_unavailable);
    }
}

/* ---- prices and coupons ---- */

/* The customer by the number that was sent, or NULL. False with the error in
 * the response. */
static bool
customer_sent(struct request *rq, struct response *rs, json_t **row)
{
    const char *number = request_text(rq, "customer");
    enum db_result r = DB_OK;

    *row = NULL;
    if (number) {
        r = customer_by_number(rq->db, rq->arena, rq->tenant->id, number, row);
    }
    if (r == DB_NONE) {
        field_fail(&rq->errors, "customer", ERR_unknown_customer, 0);
    }
    if (r != DB_OK) {
        response_error(rs, r == DB_NONE ? ERR_invalid : ERR_unavailable);
    }
    return r == DB_OK;
}

void
catalog_preview_post(struct request *rq, struct response *rs)
{
    json_t *variant = one_named(rq, rs, CATALOG_VARIANT, rq->values[0]);
    const char *language = request_text(rq, "language");
    struct catalog_order order = {
        .arena = rq->arena,
        .tenant = rq->tenant,
        .language = language ? language : rq->tenant->default_language,
        .variant = variant,
        .components = json_object_get(rq->input, "components"),
        .coupon = request_text(rq, "coupon"),
        .errors = &rq->errors};
    struct catalog_priced priced;
    json_t *customer;
    enum db_result r;

    if (!variant || !customer_sent(rq, rs, &customer)) {
        return;
    }
    order.setup_name = i18n(order.language, N_("Setup fee"));
    order.customer = customer ? row_text(customer, "id") : NULL;
    r = catalog_price(rq->db, &order, &priced);
    if (r != DB_OK) {
        response_error(rs, r == DB_CHECK ? ERR_invalid : ERR_unavailable);
        return;
    }
    response_record(rq, rs, 200, catalog_price_fields,
                    catalog_priced_shown(rq->arena, &order, &priced));
}

static void
answer_use(struct request *rq, struct response *rs, const struct coupon_use *u)
{
    json_t *row = one_named(rq, rs, CATALOG_COUPON, row_text(u->coupon, "id"));

    if (row) {
        json_object_set_new(row, "customer", json_string(u->number));
        json_object_set_new(row, "reference", json_string(u->reference));
        response_record(rq, rs, 201, coupon_used_fields, row);
    }
}

void
coupon_use_post(struct request *rq, struct response *rs)
{
    json_t *coupon = one_named(rq, rs, CATALOG_COUPON, rq->values[0]),
           *customer;
    const char *reference = request_text(rq, "reference");
    struct coupon_use use = {.arena = rq->arena,
                             .tenant = rq->tenant->id,
                             .actor = rq->actor,
                             .coupon = coupon,
                             .reference = reference ? reference : ""};
    enum err why = ERR_unavailable;

    if (!coupon || !customer_sent(rq, rs, &customer)) {
        return;
    }
    use.customer = row_text(customer, "id");
    use.number = row_text(customer, "number");
    use.today = tenant_today(rq->arena, rq->tenant);
    switch (coupon_use(rq->db, &use, &why)) {
    case DB_OK:
        answer_use(rq, rs, &use);
        break;
    case DB_CHECK:
        response_error(rs, why);
        break;
    default:
        response_error(rs, ERR_unavailable);
    }
}
