#include "billing/reminder_view.h"

#include "base/json.h"
#include "base/model.h"
#include "billing/document_web.h"
#include "billing/reminder_document.h"
#include "http/form.h"

json_t *
reminder_named(struct request *rq, struct response *rs)
{
    json_t *row = NULL;
    enum db_result r = reminder_by_number(rq->db, rq->arena, rq->tenant->id,
                                          rq->values[0], &row);

    if (r != DB_OK) {
        response_error(rs, db_error(r));
    }
    return row;
}

bool
reminder_act_on_named(struct request *rq, struct response *rs,
                      enum reminder_act act)
{
    json_t *row = reminder_named(rq, rs);
    enum db_result r;

    if (!row) {
        return false;
    }
    r = reminder_do(rq->db, rq->arena, rq->tenant, rq->actor, row, act);
    if (r != DB_OK) {
        response_error(rs,
                       r == DB_CHECK ? ERR_reminder_state : ERR_unavailable);
    }
    return r == DB_OK;
}

void
reminder_send_pdf(struct request *rq, struct response *rs, const json_t *row)
{
    struct document_bytes pdf;
    json_t *invoices;
    enum db_result r = reminder_invoices(rq->db, rq->arena, rq->tenant->id,
                                         row_text(row, "id"), &invoices);

    if (r == DB_OK) {
        r = reminder_file(rq->db, rq->arena, rq->config, row, invoices, &pdf);
    }
    if (r == DB_FAILED) {
        document_not_made(rq, rs);
        return;
    }
    if (r != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    response_bytes(rs, document_type(DOCUMENT_PDF), pdf.data, pdf.len);
    response_attachment(rs, rq->arena, row_text(row, "number"), "pdf");
}

json_t *
reminder_models(struct request *rq, const char *invoice)
{
    json_t *rows, *row, *models;
    size_t i;

    if (reminder_of_invoice(rq->db, rq->arena, rq->tenant->id, invoice,
                            &rows) != DB_OK) {
        return NULL;
    }
    models = json_array();
    json_array_foreach(rows, i, row)
    {
        const char *number = row_text(row, "number");
        json_t *model =
            json_pack("{s:s, s:s, s:s}", "number", number, "title",
                      reminder_title(row), "pdf_url",
                      arena_printf(rq->arena, "%s/reminders/%s.pdf", rq->prefix,
                                   form_escape(rq->arena, number)));

        model_date(model, rq->arena, rq->language, "date",
                   row_text(row, "date"));
        model_date(model, rq->arena, rq->language, "target",
                   row_text(row, "target"));
        json_array_append_new(models, model);
    }
    return models;
}
