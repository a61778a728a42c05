#include "billing/reminder_view.h"

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
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

/* The title that the letter has, in the language of the page. */
static const char *
title_here(struct request *rq, const json_t *row)
{
    json_t *here = json_in_arena(rq->arena, json_copy((json_t *)row));

    json_object_set_new(here, "language", json_string(rq->language));
    return reminder_title(here);
}

static json_t *
reminder_model(struct request *rq, const json_t *row)
{
    struct arena *a = rq->arena;
    const char *number = row_text(row, "number");
    const char *currency = row_text(row, "currency");
    json_t *model = json_pack(
        "{s:s, s:s, s:s, s:s, s:s}", "number", number, "title",
        title_here(rq, row), "pdf_url",
        arena_printf(a, "%s/reminders/%s.pdf", rq->prefix,
                     form_escape(a, number)),
        "total", text_amount(a, row_int(row, "total"), currency), "total_text",
        text_money(a, rq->language, row_int(row, "total"), currency));

    model_date(model, a, rq->language, "date", row_text(row, "date"));
    model_date(model, a, rq->language, "target", row_text(row, "target"));
    return model;
}

json_t *
reminder_row_models(struct request *rq, const json_t *rows)
{
    json_t *models = json_array(), *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        json_array_append_new(models, reminder_model(rq, row));
    }
    return models;
}

json_t *
reminder_models(struct request *rq, const char *invoice)
{
    json_t *rows;

    return reminder_of_invoice(rq->db, rq->arena, rq->tenant->id, invoice,
                               &rows) == DB_OK
               ? reminder_row_models(rq, rows)
               : NULL;
}
