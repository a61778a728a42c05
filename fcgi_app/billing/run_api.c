/* REST: invoice runs. */
#include "base/json.h"
#include "billing/run.h"
#include "http/handlers.h"
#include "http/list.h"

static const char *const run_keys[] = {"id", NULL};
static const char *const part_keys[] = {"key", NULL};

/* The run that the path names. NULL with the error in the response. */
static json_t *
run_named(struct request *rq, struct response *rs, const char *id)
{
    json_t *row = NULL;
    enum db_result r =
        invoice_run_get(rq->db, rq->arena, rq->tenant->id, id, &row);

    if (r != DB_OK) {
        response_error(rs, db_error(r));
    }
    return row;
}

static void
number_customers(json_t *rows)
{
    json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        json_object_set(row, "customer",
                        json_object_get(row, "customer_number"));
    }
}

static enum db_result
invoices(struct request *rq, const json_t *run, const char *after, int limit,
         json_t **rows)
{
    const char *tenant = rq->tenant->id;
    enum db_result r = invoice_run_invoices(rq->db, rq->arena, tenant, run,
                                            after, limit, rows);
    json_t *row, *line;
    size_t i, k;

    if (r == DB_OK) {
        r = invoice_run_add_lines(rq->db, rq->arena, tenant, *rows);
    }
    number_customers(*rows);
    json_array_foreach(*rows, i, row)
    {
        json_array_foreach(json_object_get(row, "lines"), k, line)
        {
            json_object_set(line, "currency", json_object_get(row, "currency"));
        }
    }
    return r;
}

/* The first rows of a list below the run, and the cursor for more. */
static void
set_first(struct request *rq, json_t *row, const char *name, json_t *rows)
{
    const char *next = arena_printf(rq->arena, "%s_next", name);
    const char *path = arena_printf(rq->arena, "/api/v1/invoice-runs/%s/%s",
                                    row_text(row, "id"), name);

    json_object_set(row, name, rows);
    json_object_set_new(row, next, json_null());
    if (json_array_size(rows) > INVOICE_RUN_SHOWN) {
        json_array_remove(rows, INVOICE_RUN_SHOWN);
        json_object_set_new(
            row, next,
            json_string(list_cursor(rq, path,
                                    json_array_get(rows, INVOICE_RUN_SHOWN - 1),
                                    part_keys)));
    }
}

/* detail: with what it came to. */
static void
answer(struct request *rq, struct response *rs, int status, const char *id)
{
    json_t *row = run_named(rq, rs, id), *sums, *first, *failed;
    const char *tenant = rq->tenant->id;

    if (!row) {
        return;
    }
    if (invoice_run_sums(rq->db, rq->arena, tenant, id, &sums) != DB_OK ||
        invoices(rq, row, NULL, INVOICE_RUN_SHOWN + 1, &first) != DB_OK ||
        invoice_run_failures(rq->db, rq->arena, tenant, id, NULL,
                             INVOICE_RUN_SHOWN + 1, &failed) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    invoice_run_show(row, sums);
    number_customers(failed);
    set_first(rq, row, "invoices", first);
    set_first(rq, row, "failures", failed);
    response_record(rq, rs, status, invoice_run_fields, row);
}

void
invoice_run_get_one(struct request *rq, struct response *rs)
{
    answer(rq, rs, 200, rq->values[0]);
}

void
invoice_runs_get(struct request *rq, struct response *rs)
{
    struct list list;
    json_t *rows, *row;
    size_t i;

    if (!list_begin(rq, rs, &list)) {
        return;
    }
    if (invoice_run_list(rq->db, rq->arena, rq->tenant->id,
                         list_after_text(&list, 0), list.limit + 1,
                         &rows) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    json_array_foreach(rows, i, row)
    {
        invoice_run_show(row, NULL);
    }
    list_answer(rq, rs, &list, invoice_run_item_fields, rows, run_keys);
}

void
invoice_run_invoices_get(struct request *rq, struct response *rs)
{
    json_t *run = run_named(rq, rs, rq->values[0]), *rows;
    struct list list;

    if (!run || !list_begin(rq, rs, &list)) {
        return;
    }
    if (invoices(rq, run, list_after_text(&list, 0), list.limit + 1, &rows) !=
        DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    list_answer(rq, rs, &list, invoice_run_invoice_fields, rows, part_keys);
}

void
invoice_run_failures_get(struct request *rq, struct response *rs)
{
    json_t *run = run_named(rq, rs, rq->values[0]), *rows;
    struct list list;

    if (!run || !list_begin(rq, rs, &list)) {
        return;
    }
    if (invoice_run_failures(rq->db, rq->arena, rq->tenant->id, rq->values[0],
                             list_after_text(&list, 0), list.limit + 1,
                             &rows) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    number_customers(rows);
    list_answer(rq, rs, &list, invoice_run_failure_fields, rows, part_keys);
}

void
invoice_runs_post(struct request *rq, struct response *rs)
{
    struct invoice_run_new new = {.date = request_text(rq, "date"),
                                  .dry_run = request_bool(rq, "dry_run", false),
                                  .origin = "api"};
    const char *id;

    if (!invoice_run_date_ok(rq->arena, rq->tenant, new.date)) {
        field_fail(&rq->errors, "date", ERR_value_run_date, INVOICE_RUN_AWAY);
        response_error(rs, ERR_invalid);
        return;
    }
    switch (invoice_run_start(rq->db, rq->arena, rq->tenant, rq->actor, &new,
                              &id)) {
    case DB_OK:
        answer(rq, rs, 202, id);
        response_header(rs, "Location",
                        arena_printf(rq->arena, "/api/v1/invoice-runs/%s", id));
        break;
    case DB_UNIQUE:
        response_error(rs, ERR_invoice_run_under_way);
        break;
    default:
        response_error(rs, ERR_unavailable);
    }
}
