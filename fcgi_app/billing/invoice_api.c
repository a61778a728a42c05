/* REST: invoices. */
#include "base/json.h"
#include "billing/delivery.h"
#include "billing/invoice_query.h"
#include "http/handlers.h"
#include "http/list.h"

/* ---- the list ---- */

/* A row of the list with what the API calls by other names. */
static void
shown(json_t *row, const char *today)
{
    json_t *number = json_object_get(row, "customer_number");
    json_t *ref = json_object_get(row, "contract_ref");

    json_object_set(row, "customer", number);
    json_object_set(row, "contract", ref);
    json_object_set_new(row, "open_amount",
                        json_integer(invoice_open_amount(row)));
    json_object_set_new(row, "overdue",
                        json_boolean(invoice_overdue(row, today)));
    delivery_shown(row);
}

/* The list goes on where the query says so, also after a page with no row. */
static void
answer_page(struct request *rq, struct response *rs, const struct list *list,
            const struct invoice_page *page)
{
    json_t *after = json_in_arena(
        rq->arena, json_pack("[s?, s?]", page->at, page->at_number));

    list_answer_after(rq, rs, list, invoice_fields, page->rows,
                      page->next ? after : NULL);
}

void
invoices_get(struct request *rq, struct response *rs)
{
    struct invoice_filter filter = {0};
    struct invoice_page page = {0};
    struct list list;
    json_t *row;
    size_t i;

    if (!invoice_filter_take(rq->arena, rq->input, rq->tenant, &rq->errors,
                             &filter)) {
        response_error(rs, ERR_invalid);
        return;
    }
    if (!list_begin(rq, rs, &list)) {
        return;
    }
    page.limit = list.limit;
    page.at = list_after_text(&list, 0);
    page.at_number = list_after_text(&list, 1);
    switch (invoice_query(rq->db, rq->arena, rq->tenant->id, &filter, &page)) {
    case DB_OK:
        break;
    case DB_CHECK:
        field_fail(&rq->errors, "text", ERR_value_wide, 0);
        response_error(rs, ERR_invalid);
        return;
    default:
        response_error(rs, ERR_unavailable);
        return;
    }
    json_array_foreach(page.rows, i, row)
    {
        shown(row, filter.today);
    }
    answer_page(rq, rs, &list, &page);
}

/* ---- one ---- */

/* With its lines, or NULL and the error in the response. */
static json_t *
named(struct request *rq, struct response *rs, json_t **lines)
{
    json_t *row;
    enum db_result r =
        invoice_whole(rq->db, rq->arena, rq->tenant->id, rq->values[0], &row);

    if (r == DB_OK) {
        r = invoice_lines(rq->db, rq->arena, rq->tenant->id,
                          row_text(row, "id"), lines);
    }
    if (r != DB_OK) {
        response_error(rs, db_error(r));
        return NULL;
    }
    return row;
}

/* Amounts of a part are in the currency of the whole. */
static void
set_currency(json_t *parts, const json_t *row)
{
    json_t *part;
    size_t i;

    json_array_foreach(parts, i, part)
    {
        json_object_set(part, "currency", json_object_get(row, "currency"));
    }
}

void
invoice_get_one(struct request *rq, struct response *rs)
{
    json_t *lines, *taxes, *row = named(rq, rs, &lines);

    if (!row) {
        return;
    }
    taxes = invoice_taxes(rq->arena, lines);
    set_currency(lines, row);
    set_currency(taxes, row);
    json_object_set(row, "corrects", json_object_get(row, "corrects_number"));
    json_object_set(row, "lines", lines);
    json_object_set(row, "taxes", taxes);
    shown(row, tenant_today(rq->arena, rq->tenant));
    response_record(rq, rs, 200, invoice_record_fields, row);
}
