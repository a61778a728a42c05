/* Many documents in one file: what goes into it, how far it is, and the file.
 */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "billing/billing.h"
#include "export/export_web.h"
#include "http/form.h"
#include "http/handlers.h"
#include "office/export_office.h"
#include "office/office_web.h"
#include "view/i18n.h"

static const char kind[] = "invoices_zip";

static const struct office_export zip = {
    .title = N_("Documents in a ZIP file"),
    .back = "/admin/invoices",
    .back_label = N_("All invoices"),
    .words = N_("{done} of {total} documents are done."),
    .download = N_("Download ZIP")};

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

void
invoices_zip_job_page(struct request *rq, struct response *rs)
{
    const json_t *job = office_export_job(rq, rs, kind);

    if (job) {
        office_export_page(rq, rs, &zip, job);
    }
}

void
invoices_zip_file(struct request *rq, struct response *rs)
{
    export_file_answer(rq, rs, kind);
}
