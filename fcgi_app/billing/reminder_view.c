#include "billing/reminder_view.h"

#include "base/json.h"
#include "base/model.h"
#include "billing/reminder_document.h"
#include "http/form.h"

void
reminder_send_pdf(struct request *rq, struct response *rs, const json_t *row)
{
    json_t *invoices;
    const char *bytes = NULL;
    size_t len = 0;

    if (reminder_invoices(rq->db, rq->arena, rq->tenant->id,
                          row_text(row, "id"), &invoices) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    bytes = reminder_document(rq->arena, row, invoices, &len);
    if (!bytes) {
        response_error(rs, ERR_internal);
        return;
    }
    response_bytes(rs, "application/pdf", bytes, len);
    response_header(rs, "Content-Disposition",
                    arena_printf(rq->arena, "attachment; filename=\"%s.pdf\"",
                                 row_text(row, "number")));
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
