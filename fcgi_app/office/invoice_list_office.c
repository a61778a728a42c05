/* The list of all invoices in the back office, as page and as CSV. */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "billing/invoice_list_web.h"
#include "http/handlers.h"
#include "office/delivery_office.h"
#include "office/office_web.h"
#include "view/i18n.h"

enum { PAGE_ROWS = 50 };

static const char path[] = "/admin/invoices";

/* What the list calls by other names; and what is open and late is "overdue",
 * as people are told. */
static void
prepare(struct request *rq, const json_t *rows)
{
    const char *today = tenant_today(rq->arena, rq->tenant);
    json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        json_object_set(row, "customer",
                        json_object_get(row, "customer_number"));
        if (invoice_overdue(row, today)) {
            model_text(row, "status", "overdue");
        }
    }
}

/* ---- the page ---- */

/* Only orders that the filters have can be chosen. */
static void
set_orders(struct request *rq, const struct invoice_filter *f, json_t *columns)
{
    const struct field *field = invoice_list_fields;

    for (size_t i = 0; field->name; field++) {
        enum invoice_sort sort = invoice_sort_named(field->name);
        json_t *column = json_array_get(columns, i);
        bool here = sort != INVOICES_AS_FITS && sort == f->sort;
        const char *way = here && !f->descending ? "-" : "";

        if (!(field->flags & FIELD_OUT)) {
            continue;
        }
        json_object_set_new(column, "ascending",
                            json_boolean(here && !f->descending));
        json_object_set_new(column, "descending",
                            json_boolean(here && f->descending));
        model_text(column, "sort_url",
                   sort != INVOICES_AS_FITS && invoice_order_fits(f, sort)
                       ? invoice_list_url(rq, "sort",
                                          arena_printf(rq->arena, "sort=%s%s",
                                                       way, field->name))
                       : NULL);
        i++;
    }
}

/* What a box beside a row sends as "pick". */
static void
set_picks(json_t *models, const json_t *rows)
{
    json_t *model;
    size_t i;

    json_array_foreach(models, i, model)
    {
        model_text(model, "pick", row_text(json_array_get(rows, i), "number"));
    }
}

static json_t *
page_model(struct request *rq, const struct invoice_filter *f,
           const struct invoice_page *page, const json_t *typed)
{
    json_t *model = office_table_of(rq, path, NULL, page->rows, PAGE_ROWS);

    set_orders(rq, f, json_object_get(model, "columns"));
    set_picks(json_object_get(model, "rows"), page->rows);
    invoice_list_model(rq, invoice_filter_fields, typed, page, model);
    office_set_empty(rq, model, office_list(path),
                     json_is_true(json_object_get(model, "has_chips")));
    json_object_set_new(model, "selectable", json_true());
    model_text(model, "csv_url", invoice_list_url(rq, NULL, "format=csv"));
    if (f->dispatch && strcmp(f->dispatch, "failed") == 0) {
        office_add_send_again(rq, model);
    }
    return model;
}

static void
show(struct request *rq, struct response *rs, const struct invoice_filter *f,
     struct invoice_page *page, const json_t *typed)
{
    enum db_result r;

    page->limit = PAGE_ROWS;
    r = invoice_list_ask(rq, f, page);
    if (r != DB_OK) {
        office_refuse(rs, r);
        return;
    }
    prepare(rq, page->rows);
    response_page(rs, "office_invoices",
                  json_in_arena(rq->arena, page_model(rq, f, page, typed)));
    rs->status = rq->errors.n > 0 ? 422 : 200;
}

/* ---- CSV ---- */

/* All that the filters leave, in their order. */
static enum db_result
part(struct request *rq, const struct list *list, struct list_part *part)
{
    struct invoice_filter filter = {0};
    struct invoice_page page = {.limit = part->limit};
    enum db_result r;

    (void)list;
    invoice_list_take(rq, invoice_filter_fields, &filter, &page);
    r = invoice_list_ask(rq, &filter, &page);
    if (r == DB_OK) {
        prepare(rq, page.rows);
        part->rows = page.rows;
        part->next = page.next;
        part->at = page.at;
        part->at_key = page.at_number;
    }
    return r;
}

const struct list_own office_invoices_own = {
    .prepare = prepare, .part = part, .csv = invoice_csv_fields};

void
office_invoices_page(struct request *rq, struct response *rs)
{
    struct invoice_filter filter = {0};
    struct invoice_page page = {0};
    const char *format = request_argument(rq, "format");
    json_t *typed =
        invoice_list_take(rq, invoice_filter_fields, &filter, &page);

    if (format && strcmp(format, "csv") == 0 && rq->errors.n == 0) {
        office_list_csv(rq, rs, office_list(path));
    } else {
        show(rq, rs, &filter, &page, typed);
    }
}
