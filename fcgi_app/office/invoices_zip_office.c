/* Many documents in one file: what goes into it, how far it is, and the file.
 */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "billing/billing.h"
#include "export/export_web.h"
#include "http/form.h"
#include "http/handlers.h"
#include "office/office_web.h"
#include "view/i18n.h"

static const char kind[] = "invoices_zip";

/* What is told of the job. */
static const struct field facts[] = {
    {.name = "state",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT,
     .label = N_("Status")},
    {.name = "done",
     .type = FIELD_INTEGER,
     .flags = FIELD_OUT,
     .label = N_("Documents so far")},
    {.name = "last_error",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Last error")},
    FIELD_END,
};

static void
show_form(struct request *rq, struct response *rs, enum err error)
{
    json_t *model = json_pack(
        "{s:s, s:s+, s:s, s:s+, s:s, s:s}", "title",
        i18n(rq->language, N_("Documents in a ZIP file")), "back_url",
        rq->prefix, "/admin/invoices", "back_label",
        i18n(rq->language, N_("All invoices")), "action", rq->prefix,
        "/admin/invoices/zip", "submit",
        i18n(rq->language, N_("Make the file")), "lead",
        i18n(rq->language,
             N_("All PDFs that were issued from one day to another, with a "
                "table of them. The file can be fetched for a week.")));

    model_text(model, "version", NULL);
    page_form(rq, rs, "office_record_form", model, invoice_zip_fields, NULL,
              error);
}

void
invoices_zip_page(struct request *rq, struct response *rs)
{
    show_form(rq, rs, ERR_NONE);
}

static const char *
job_path(struct request *rq, const char *id)
{
    return arena_printf(rq->arena, "/admin/invoices/zip/%s",
                        form_escape(rq->arena, id));
}

void
invoices_zip_submit(struct request *rq, struct response *rs)
{
    const char *id;
    enum db_result r = DB_CHECK;

    if (rq->errors.n == 0) {
        r = export_ask_invoices(rq->db, rq->arena, rq->tenant, rq->actor,
                                rq->input, &rq->errors, &id);
    }
    if (r == DB_CHECK) {
        show_form(rq, rs, ERR_NONE);
    } else if (r != DB_OK) {
        office_refuse(rs, r);
    } else {
        response_redirect(rq, rs, job_path(rq, id));
    }
}

static bool
has_state(const json_t *row, const char *state)
{
    return strcmp(row_text(row, "state"), state) == 0;
}

static json_t *
links_of(struct request *rq, const json_t *row)
{
    return has_state(row, "done")
               ? json_pack("[o]",
                           office_link(
                               rq,
                               arena_printf(rq->arena, "%s/file",
                                            job_path(rq, row_text(row, "id"))),
                               N_("Download ZIP"), false))
               : json_array();
}

void
invoices_zip_job_page(struct request *rq, struct response *rs)
{
    json_t *row, *model;
    struct office_progress progress = {
        .words = N_("{done} of {total} documents are done.")};
    enum db_result r =
        job_get(rq->db, rq->arena, rq->tenant->id, rq->values[0], &row);

    if (r == DB_OK && strcmp(row_text(row, "kind"), kind) != 0) {
        r = DB_NONE;
    }
    if (r != DB_OK) {
        office_refuse(rs, r);
        return;
    }
    model = json_pack("{s:s, s:s+, s:s}", "title",
                      i18n(rq->language, N_("Documents in a ZIP file")),
                      "back_url", rq->prefix, "/admin/invoices", "back_label",
                      i18n(rq->language, N_("All invoices")));
    json_object_set_new(model, "facts", office_facts(rq, facts, row));
    model_text(model, "lead", NULL);
    model_text(model, "why", NULL);
    model_list(model, "links", links_of(rq, row));
    model_list(model, "buttons", json_array());
    model_list(model, "tables", json_array());
    progress.under_way = !has_state(row, "done") && !has_state(row, "failed");
    progress.done = row_int(row, "done");
    progress.total = row_int(row, "total");
    office_run(rq, rs, model, &progress);
}

void
invoices_zip_file(struct request *rq, struct response *rs)
{
    export_file_answer(rq, rs, kind);
}
