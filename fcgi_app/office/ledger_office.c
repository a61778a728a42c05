/* What a customer owes, and how it came to that. */
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/model.h"
#include "billing/ledger.h"
#include "customer/customer.h"
#include "http/form.h"
#include "http/handlers.h"
#include "office/customer_office.h"
#include "office/office_web.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

enum { PAGE_ROWS = 50, CSV_STEP = 500, CSV_ROWS = 10000 };

static const struct list entries = {.path = "",
                                    .title = N_("Entries"),
                                    .fields = ledger_rows_fields,
                                    .key = "id",
                                    .order = "-date",
                                    .link = ""};

/* clang-format off */
#define SUMS \
    {.name = "open", \
     .type = FIELD_MONEY, \
     .flags = FIELD_OUT, \
     .label = N_("Open")}, \
    {.name = "overdue", \
     .type = FIELD_MONEY, \
     .flags = FIELD_OUT, \
     .label = N_("Overdue")}, \
    {.name = "fees", \
     .type = FIELD_MONEY, \
     .flags = FIELD_OUT, \
     .label = N_("Fees")}, \
    {.name = "credit", \
     .type = FIELD_MONEY, \
     .flags = FIELD_OUT, \
     .label = N_("Credit")}, \
    {.name = "balance", \
     .type = FIELD_MONEY, \
     .flags = FIELD_OUT, \
     .label = N_("Balance")}
/* clang-format on */

static const struct field balance_columns[] = {
    {.name = "contract",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_SORT,
     .label = N_("Contract")},
    SUMS,
    FIELD_END,
};

static const struct field sum_columns[] = {
    {.name = "currency",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_SORT,
     .label = N_("Currency")},
    SUMS,
    FIELD_END,
};

static const struct list balances = {.path = "",
                                     .title = N_("Balance"),
                                     .fields = balance_columns,
                                     .key = "contract",
                                     .order = "contract",
                                     .link = ""};

/* The rows of the customer are of all contracts. */
static void
name_balances(struct request *rq, json_t *rows)
{
    json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        const char *ref = row_text(row, "contract");
        bool all = strcmp(row_text(row, "scope"), "customer") == 0;

        model_text(row, "contract",
                   all    ? i18n(rq->language, N_("All of the customer"))
                   : *ref ? ref
                          : i18n(rq->language, N_("Without a contract")));
    }
}

/* New reference; NULL: the database does not answer. */
static json_t *
balance_table(struct request *rq, const char *customer)
{
    const char *today = tenant_today(rq->arena, rq->tenant);
    json_t *rows;

    if (ledger_balances(rq->db, rq->arena, rq->tenant->id, customer, today,
                        &rows) != DB_OK) {
        return NULL;
    }
    name_balances(rq, rows);
    return office_table_like(rq, &balances, rows, LEDGER_BALANCES_MAX);
}

json_t *
office_balance_of(struct request *rq, const json_t *customer)
{
    static const struct list list = {.path = "",
                                     .title = N_("Balance"),
                                     .empty = N_("Nothing is owed, and nothing "
                                                 "was paid."),
                                     .fields = sum_columns,
                                     .key = "currency",
                                     .order = "currency",
                                     .link = ""};
    const char *today = tenant_today(rq->arena, rq->tenant);
    json_t *rows, *row, *model, *sums = json_in_arena(rq->arena, json_array());
    size_t i;

    if (ledger_balances(rq->db, rq->arena, rq->tenant->id,
                        row_text(customer, "id"), today, &rows) != DB_OK) {
        return NULL;
    }
    json_array_foreach(rows, i, row)
    {
        if (strcmp(row_text(row, "scope"), "customer") == 0) {
            json_array_append(sums, row);
        }
    }
    model = office_table_like(rq, &list, sums, LEDGER_BALANCES_MAX);
    model_text(
        model, "all_url",
        arena_printf(rq->arena, "%s/admin/customers/%s/ledger", rq->prefix,
                     form_escape(rq->arena, row_text(customer, "number"))));
    return model;
}

static const char *
here(struct request *rq, const char *more)
{
    return arena_printf(rq->arena, "%s%s%s", rq->prefix, rq->path, more);
}

static void
show_page(struct request *rq, struct response *rs, const json_t *customer)
{
    const char *id = row_text(customer, "id"),
               *before = request_argument(rq, "before");
    const char *number = form_escape(rq->arena, row_text(customer, "number"));
    json_t *rows, *model, *balance = balance_table(rq, id);
    size_t n;

    if (!balance || ledger_list(rq->db, rq->arena, rq->tenant->id, id, before,
                                PAGE_ROWS + 1, &rows) != DB_OK) {
        json_decref(balance);
        response_error(rs, ERR_unavailable);
        return;
    }
    n = json_array_size(rows);
    model = office_table_like(rq, &entries, rows, PAGE_ROWS);
    json_object_set_new(model, "balance", balance);
    model_text(model, "name", customer_name(rq->arena, customer));
    model_text(
        model, "back_url",
        arena_printf(rq->arena, "%s/admin/customers/%s", rq->prefix, number));
    model_text(model, "csv_url", here(rq, "?format=csv"));
    model_text(model, "first_url", before ? here(rq, "") : NULL);
    model_text(
        model, "next_url",
        n > PAGE_ROWS
            ? arena_printf(rq->arena, "%s?before=%s", here(rq, ""),
                           row_text(json_array_get(rows, PAGE_ROWS - 1), "id"))
            : NULL);
    model_text(model, "payment_url",
               office_may(rq, "payments.change")
                   ? arena_printf(rq->arena,
                                  "%s/admin/payments/new?customer=%s",
                                  rq->prefix, number)
                   : NULL);
    model_text(model, "credit_url",
               office_may(rq, "invoices.change")
                   ? arena_printf(rq->arena,
                                  "%s/admin/customers/%s/credit-note",
                                  rq->prefix, number)
                   : NULL);
    response_page(rs, "office_ledger", json_in_arena(rq->arena, model));
}

static void
send_csv(struct request *rq, struct response *rs, const json_t *customer)
{
    struct buf out = buf_new(rq->arena, 64 * 1024);
    const char *before = NULL;
    json_t *rows;
    size_t n = CSV_STEP, total = 0;

    office_csv(rq, &entries, NULL, &out);
    while (n == CSV_STEP && total < CSV_ROWS) {
        if (ledger_list(rq->db, rq->arena, rq->tenant->id,
                        row_text(customer, "id"), before, CSV_STEP,
                        &rows) != DB_OK) {
            response_error(rs, ERR_unavailable);
            return;
        }
        n = json_array_size(rows);
        total += n;
        for (size_t i = 0; i < n; i++) {
            office_csv(rq, &entries, json_array_get(rows, i), &out);
        }
        before = row_text(json_array_get(rows, n - 1), "id");
    }
    if (n == CSV_STEP) { /* one that ends early is taken for the whole */
        response_error(rs, ERR_list_long);
        return;
    }
    response_bytes(rs, "text/csv; charset=utf-8", out.data, out.len);
    response_header(rs, "Content-Disposition",
                    "attachment; filename=\"ledger.csv\"");
}

void
customer_ledger_page(struct request *rq, struct response *rs)
{
    const char *format = request_argument(rq, "format");
    json_t *customer = office_customer_named(rq, rs);

    if (!customer) {
        return;
    }
    if (format && strcmp(format, "csv") == 0) {
        send_csv(rq, rs, customer);
    } else {
        show_page(rq, rs, customer);
    }
}
