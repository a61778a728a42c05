/* REST: customers. */
#include <string.h>

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
        .before = request_number(rq, "created_before", 0),
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

/* A text field: as sent; null empties it; else as it was. */
static const char *
text_of(struct request *rq, const char *name, const json_t *before)
{
    const json_t *value = json_object_get(rq->input, name);
    const char *old = before ? row_text(before, name) : NULL;

    if (value) {
        return json_is_string(value) ? json_string_value(value) : "";
    }
    return old ? old : "";
}

static enum err
wrong(struct request *rq, const char *name, enum err e)
{
    field_fail(&rq->errors, name, e, 0);
    return ERR_invalid;
}

/* The id of the parent that was named, or stays. */
static enum err
find_parent(struct request *rq, const json_t *before, const char **id)
{
    const json_t *value = json_object_get(rq->input, "parent");
    json_t *row;

    *id = before ? row_text(before, "parent") : NULL;
    if (!value) {
        return ERR_NONE;
    }
    *id = NULL;
    if (!json_is_string(value)) {
        return ERR_NONE;
    }
    switch (customer_by_number(rq->db, rq->arena, rq->tenant->id,
                               json_string_value(value), &row)) {
    case DB_OK:
        *id = row_text(row, "id");
        return ERR_NONE;
    case DB_NONE:
        return wrong(rq, "parent", ERR_unknown_customer);
    default:
        return ERR_unavailable;
    }
}

static bool
country_ok(const char *country)
{
    return country[0] == '\0' ||
           (strlen(country) == 2 &&
            strspn(country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 2);
}

/* The checks that no field row can make: a customer has a name. */
static enum err
check(struct request *rq, const struct customer_new *new)
{
    if (new->number && !customer_number_ok(new->number)) {
        return wrong(rq, "number", ERR_value_number_format);
    }
    if (!country_ok(new->country)) {
        return wrong(rq, "country", ERR_value_choice);
    }
    if (new->language[0] && !tenant_speaks(rq->tenant, new->language)) {
        return wrong(rq, "language", ERR_value_choice);
    }
    if (new->company_name[0]) {
        return ERR_NONE;
    }
    if (!new->first_name[0]) {
        wrong(rq, "first_name", ERR_value_missing);
    }
    if (!new->last_name[0]) {
        wrong(rq, "last_name", ERR_value_missing);
    }
    return rq->errors.n > 0 ? ERR_invalid : ERR_NONE;
}

static enum err
fill(struct request *rq, const json_t *before, struct customer_new *new)
{
    enum err e = find_parent(rq, before, &new->parent);

    new->number = before ? NULL : request_text(rq, "number");
    new->company_name = text_of(rq, "company_name", before);
    new->first_name = text_of(rq, "first_name", before);
    new->last_name = text_of(rq, "last_name", before);
    new->email = text_of(rq, "email", before);
    new->language = text_of(rq, "language", before);
    new->street = text_of(rq, "street", before);
    new->postal_code = text_of(rq, "postal_code", before);
    new->city = text_of(rq, "city", before);
    new->country = text_of(rq, "country", before);
    new->vat_id = text_of(rq, "vat_id", before);
    return e == ERR_NONE ? check(rq, new) : e;
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
    struct customer_new new = {0};
    enum err e = fill(rq, NULL, &new);
    const char *id;

    if (e != ERR_NONE) {
        response_error(rs, e);
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
    struct customer_new new = {0};
    enum err e;

    if (!row || !response_may_change(rq, rs, row)) {
        return;
    }
    e = fill(rq, row, &new);
    if (e != ERR_NONE) {
        response_error(rs, e);
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
        response_error(rs, wrong(rq, "parent", ERR_parent_loop));
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
