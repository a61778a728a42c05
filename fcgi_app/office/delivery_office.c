/* Sending a document by mail, once more or to somebody else. */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "billing/delivery_document.h"
#include "http/form.h"
#include "http/handlers.h"
#include "office/office_web.h"
#include "view/i18n.h"

/* The document that the path names; false with the error in the response. */
static bool
named(struct request *rq, struct response *rs, struct document *out)
{
    json_t *row;
    enum db_result r = invoice_by_number(rq->db, rq->arena, rq->tenant->id,
                                         rq->values[0], &row);

    if (r == DB_OK) {
        r = document_load(rq->db, rq->arena, rq->tenant, row_text(row, "id"),
                          out);
    }
    if (r != DB_OK) {
        office_refuse(rs, r);
    }
    return r == DB_OK;
}

static const char *
path_of(struct request *rq, const struct document *d)
{
    return arena_printf(rq->arena, "/admin/invoices/%s",
                        form_escape(rq->arena, row_text(d->row, "number")));
}

static void
show(struct request *rq, struct response *rs, const struct document *d,
     enum err error)
{
    const char *number = row_text(d->row, "number");
    const char *path = path_of(rq, d);
    json_t *values =
        json_in_arena(rq->arena, json_pack("{s:s}", "to",
                                           row_text(d->row, "customer_email")));
    json_t *model = json_pack(
        "{s:s, s:s+, s:s, s:s++, s:s, s:s}", "title",
        i18n(rq->language, N_("Send by e-mail")), "back_url", rq->prefix, path,
        "back_label", number, "action", rq->prefix, path, "/send", "submit",
        i18n(rq->language, N_("Send")), "lead",
        i18n_fill(rq->arena,
                  i18n(rq->language,
                       N_("{number} goes out as PDF. Give only addresses that "
                          "may see it. To the customer's own address it goes "
                          "with a link that opens the contract.")),
                  "number", number, NULL));

    model_text(model, "version", NULL);
    page_form(rq, rs, "office_record_form", model, invoice_send_fields, values,
              error);
}

void
office_invoice_send_page(struct request *rq, struct response *rs)
{
    struct document d;

    if (named(rq, rs, &d)) {
        show(rq, rs, &d, ERR_NONE);
    }
}

void
office_invoice_send_submit(struct request *rq, struct response *rs)
{
    struct delivery by = {.db = rq->db,
                          .arena = rq->arena,
                          .config = rq->config,
                          .keys = rq->keys,
                          .tenant = rq->tenant,
                          .actor = rq->actor};
    struct document d;
    enum db_result r;

    if (!named(rq, rs, &d)) {
        return;
    }
    by.to = request_text(rq, "to");
    if (!by.to && rq->errors.n == 0) {
        field_fail(&rq->errors, "to", ERR_value_missing, 0);
    }
    if (rq->errors.n > 0) {
        show(rq, rs, &d, ERR_NONE);
        return;
    }
    r = delivery_send(&by, row_text(d.row, "id"));
    if (r == DB_UNIQUE) {
        show(rq, rs, &d, ERR_document_waiting);
    } else if (r != DB_OK) {
        office_refuse(rs, r);
    } else {
        response_redirect(rq, rs, path_of(rq, &d));
    }
}
