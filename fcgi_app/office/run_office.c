/* Invoice runs: the form, how far one is, what it has come to, and billing what
 * a dry run has shown. */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "billing/run.h"
#include "http/form.h"
#include "http/handlers.h"
#include "office/office_web.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

static const char list_path[] = "/admin/invoice-runs";

static const char *
page_of(struct request *rq, const char *id)
{
    return arena_printf(rq->arena, "%s/%s", list_path,
                        form_escape(rq->arena, id));
}

/* ---- the form ---- */

static void
show_form(struct request *rq, struct response *rs, enum err error)
{
    json_t *values =
        json_in_arena(rq->arena, json_pack("{s:s, s:b}", "date",
                                           tenant_today(rq->arena, rq->tenant),
                                           "dry_run", 1));
    json_t *model = json_pack(
        "{s:s, s:s+, s:s, s:s+, s:s, s:s, s:n}", "title",
        i18n(rq->language, N_("Start an invoice run")), "back_url", rq->prefix,
        list_path, "back_label", i18n(rq->language, N_("All invoice runs")),
        "action", rq->prefix, list_path, "submit",
        i18n(rq->language, N_("Start an invoice run")), "lead",
        i18n(rq->language, N_("Bills every contract that is due on that date, "
                              "all its periods up to it, and its services. A "
                              "run of the same date bills nothing twice.")),
        "version");

    page_form(rq, rs, "office_record_form", model, invoice_run_create_fields,
              values, error);
}

void
run_new_page(struct request *rq, struct response *rs)
{
    show_form(rq, rs, ERR_NONE);
}

/* Starts it, and leads to its page; else the form says why not. */
static void
start(struct request *rq, struct response *rs, const char *date, bool dry_run)
{
    struct invoice_run_new new = {date, dry_run, "office"};
    const char *id;

    switch (invoice_run_start(rq->db, rq->arena, rq->tenant, rq->actor, &new,
                              &id)) {
    case DB_OK:
        response_redirect(rq, rs, page_of(rq, id));
        break;
    case DB_UNIQUE:
        show_form(rq, rs, ERR_invoice_run_under_way);
        break;
    default:
        response_error(rs, ERR_unavailable);
    }
}

void
run_new_submit(struct request *rq, struct response *rs)
{
    const char *date = request_text(rq, "date");

    if (date && !invoice_run_date_ok(rq->arena, rq->tenant, date)) {
        field_fail(&rq->errors, "date", ERR_value_run_date, INVOICE_RUN_AWAY);
    }
    if (rq->errors.n > 0) {
        show_form(rq, rs, ERR_NONE);
    } else {
        start(rq, rs, date, request_bool(rq, "dry_run", false));
    }
}

/* ---- one run ---- */

static json_t *
run_named(struct request *rq, struct response *rs)
{
    json_t *row = NULL;
    enum db_result r =
        invoice_run_get(rq->db, rq->arena, rq->tenant->id, rq->values[0], &row);

    if (r != DB_OK) {
        office_refuse(rs, r);
    }
    return row;
}

static bool
is(const json_t *row, const char *status)
{
    return strcmp(row_text(row, "status"), status) == 0;
}

static const struct list invoice_list = {.path = "",
                                         .title = N_("Invoices of this run"),
                                         .fields =
                                             invoice_run_invoice_list_fields,
                                         .key = "key",
                                         .order = "number",
                                         .link = "/admin/invoices/{number}"};
static const struct list preview_list = {.path = "",
                                         .title = N_("What would be billed"),
                                         .fields =
                                             invoice_run_preview_list_fields,
                                         .key = "key",
                                         .order = "contract",
                                         .link = "/admin/contracts/{contract}"};
static const struct list failure_list = {
    .path = "",
    .title = N_("Contracts that could not be billed"),
    .fields = invoice_run_failure_list_fields,
    .key = "contract",
    .order = "contract",
    .link = "/admin/contracts/{contract}"};
static const struct list sum_list = {.path = "",
                                     .title = N_("Sums"),
                                     .fields = invoice_run_sum_fields,
                                     .key = "currency",
                                     .order = "currency",
                                     .link = ""};

static json_t *
part(struct request *rq, const struct list *list, const json_t *rows,
     const char *name)
{
    json_t *table = office_table_like(rq, list, rows, OFFICE_PART_ROWS);

    office_go_on(rq, table, rows, name);
    return table;
}

/* What stands where a run has no documents. */
static const char *
without(const json_t *run)
{
    return !is(run, "done")            ? N_("Nothing is here yet.")
           : row_int(run, "contracts") ? N_("Nothing could be billed.")
                                       : N_("No contract is due by this date. "
                                            "Choose a later one, or look "
                                            "whether the contract is active.");
}

/* False: the database does not answer. */
static bool
add_tables(struct request *rq, const json_t *run, json_t *model)
{
    struct arena *a = rq->arena;
    const char *tenant = rq->tenant->id, *id = row_text(run, "id");
    json_t *sums, *invoices, *failures, *documents, *tables = json_array();
    bool dry = row_int(run, "dry_run") != 0;

    model_list(model, "tables", tables);
    if (invoice_run_sums(rq->db, a, tenant, id, &sums) != DB_OK ||
        invoice_run_invoices(rq->db, a, tenant, run,
                             request_argument(rq, "invoices"),
                             OFFICE_PART_ROWS + 1, &invoices) != DB_OK ||
        invoice_run_failures(rq->db, a, tenant, id,
                             request_argument(rq, "failures"),
                             OFFICE_PART_ROWS + 1, &failures) != DB_OK) {
        return false;
    }
    if (json_array_size(sums) > 0) {
        json_array_append_new(
            tables, office_table_like(rq, &sum_list, sums, OFFICE_PART_ROWS));
    }
    if (json_array_size(failures) > 0) {
        json_array_append_new(tables,
                              part(rq, &failure_list, failures, "failures"));
    }
    documents =
        part(rq, dry ? &preview_list : &invoice_list, invoices, "invoices");
    model_text(documents, "empty", i18n(rq->language, without(run)));
    json_array_append_new(tables, documents);
    return true;
}

static json_t *
buttons(struct request *rq, const json_t *run)
{
    json_t *list = json_array(), *button;

    if (row_int(run, "dry_run") && is(run, "done") &&
        row_int(run, "invoices") > 0 && office_may(rq, "invoices.change")) {
        button = office_button(
            rq, arena_printf(rq->arena, "%s/bill", page_of(rq, rq->values[0])),
            N_("Bill this now"));
        json_object_set_new(button, "is_next", json_true());
        json_array_append_new(list, button);
    }
    return list;
}

static struct office_progress
progress_of(const json_t *run)
{
    int64_t done = row_int(run, "contracts"), total = row_int(run, "total");

    return (struct office_progress){
        .under_way = is(run, "queued") || is(run, "running"),
        .done = done,
        .total = total > done ? total : done,
        .words = N_("{done} of {total} contracts are done.")};
}

void
run_page(struct request *rq, struct response *rs)
{
    json_t *run = run_named(rq, rs), *model;
    struct office_progress progress;
    bool dry;

    if (!run) {
        return;
    }
    dry = row_int(run, "dry_run") != 0;
    model = json_pack(
        "{s:s, s:s+, s:s, s:o}", "title",
        i18n_fill(
            rq->arena,
            i18n(rq->language,
                 dry ? N_("Dry run of {date}") : N_("Invoice run of {date}")),
            "date",
            text_date(rq->arena, rq->language, row_text(run, "date"), false),
            NULL),
        "back_url", rq->prefix, list_path, "back_label",
        i18n(rq->language, N_("All invoice runs")), "facts",
        office_facts(rq, invoice_run_list_fields, run));
    model_text(model, "lead",
               dry ? i18n(rq->language,
                          N_("Nothing was billed: this is what a run of that "
                             "date would bill now. It is forgotten after seven "
                             "days."))
                   : NULL);
    model_text(
        model, "newest",
        invoice_run_dated_back(run)
            ? text_date(rq->arena, rq->language, row_text(run, "newest"), false)
            : NULL);
    model_text(model, "why", is(run, "failed") ? row_text(run, "why") : NULL);
    model_list(model, "links", json_array());
    model_list(model, "buttons", buttons(rq, run));
    if (!add_tables(rq, run, json_in_arena(rq->arena, model))) {
        response_error(rs, ERR_unavailable);
        return;
    }
    progress = progress_of(run);
    office_run(rq, rs, json_incref(model), &progress);
}

void
run_bill_submit(struct request *rq, struct response *rs)
{
    json_t *run = run_named(rq, rs);

    if (!run) {
        return;
    }
    if (!row_int(run, "dry_run")) {
        response_error(rs, ERR_not_found);
        return;
    }
    start(rq, rs, arena_strdup(rq->arena, row_text(run, "date")), false);
}
