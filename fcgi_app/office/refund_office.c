/* Paying back what is left of a payment, or of a credit document. */
#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "billing/ledger.h"
#include "billing/refund.h"
#include "http/form.h"
#include "http/handlers.h"
#include "office/office_web.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

/* What is paid back, and where its page is. */
struct source {
    bool payment;
    json_t *row;
    const char *back, *name;
};

static const char *
money(struct request *rq, const struct source *s, int64_t amount)
{
    return text_money(rq->arena, rq->language, amount,
                      row_text(s->row, "currency"));
}

static void
show(struct request *rq, struct response *rs, const struct source *s,
     enum err error)
{
    int64_t left = refund_left(s->row, s->payment);
    json_t *values =
        json_pack("{s:s, s:s}", "date", tenant_today(rq->arena, rq->tenant),
                  "method", "transfer");
    json_t *model = json_pack("{s:s, s:s+, s:s, s:s+, s:s, s:n}", "title",
                              i18n(rq->language, N_("Pay back")), "back_url",
                              rq->prefix, s->back, "back_label", s->name,
                              "action", rq->prefix, rq->path, "submit",
                              i18n(rq->language, N_("Save")), "version");

    model_text(values, "amount",
               left > 0
                   ? text_amount(rq->arena, left, row_text(s->row, "currency"))
                   : NULL);
    model_text(model, "lead",
               i18n_fill(rq->arena,
                         i18n(rq->language,
                              N_("Left of it: {left}. This notes that you paid "
                                 "it back, and sends no money by itself.")),
                         "left", money(rq, s, left), NULL));
    page_form(rq, rs, "office_record_form", model, payment_refund_form_fields,
              json_in_arena(rq->arena, values), error);
}

/* Of which nothing is left has no form; false: the answer says so. */
static bool
is_left(struct response *rs, const struct source *s)
{
    if (!s->payment && row_int(s->row, "gross") >= 0) {
        response_error(rs, ERR_not_refundable);
        return false;
    }
    if (refund_left(s->row, s->payment) == 0) {
        response_error(rs, ERR_refund_nothing);
        return false;
    }
    return true;
}

static void
pay_back(struct request *rq, struct response *rs, const struct source *s)
{
    struct payment_sent sent = {rq->arena, rq->tenant, rq->input, NULL,
                                &rq->errors};
    struct refund refund = {.payment = s->payment,
                            .id = row_text(s->row, "id")};
    struct refund_made made;
    enum db_result r;

    if (!refund_take(&sent, s->row, &refund)) {
        show(rq, rs, s, ERR_NONE);
        return;
    }
    r = refund_record(rq->db, rq->arena, rq->tenant->id, rq->actor, &refund,
                      &made);
    if (r == DB_OK) {
        response_redirect(
            rq, rs, arena_printf(rq->arena, "/admin/payments/%s", made.id));
    } else if (r != DB_CHECK) {
        response_error(rs, ERR_unavailable);
    } else if (made.why == ERR_refund_beyond) {
        field_fail_word(
            &rq->errors, "amount", made.why, 0,
            text_amount(rq->arena, made.left, row_text(s->row, "currency")));
        show(rq, rs, s, ERR_NONE);
    } else {
        show(rq, rs, s, made.why);
    }
}

/* ---- of a payment ---- */

static bool
payment_named(struct request *rq, struct response *rs, struct source *s)
{
    enum db_result r = payment_by_id(rq->db, rq->arena, rq->tenant->id,
                                     rq->values[0], &s->row);

    if (r != DB_OK) {
        office_refuse(rs, r);
        return false;
    }
    s->payment = true;
    s->name = office_payment_title(rq, s->row);
    s->back = arena_printf(rq->arena, "/admin/payments/%s", rq->values[0]);
    return true;
}

void
payment_refund_page(struct request *rq, struct response *rs)
{
    struct source s;

    if (payment_named(rq, rs, &s) && is_left(rs, &s)) {
        show(rq, rs, &s, ERR_NONE);
    }
}

void
payment_refund_submit(struct request *rq, struct response *rs)
{
    struct source s;

    if (payment_named(rq, rs, &s)) {
        pay_back(rq, rs, &s);
    }
}

/* ---- of a credit document ---- */

static bool
document_named(struct request *rq, struct response *rs, struct source *s)
{
    enum db_result r = ledger_document_by_number(
        rq->db, rq->arena, rq->tenant->id, rq->values[0], &s->row);

    if (r != DB_OK) {
        office_refuse(rs, r);
        return false;
    }
    s->payment = false;
    s->name = row_text(s->row, "number");
    s->back = arena_printf(rq->arena, "/admin/invoices/%s",
                           form_escape(rq->arena, s->name));
    return true;
}

void
invoice_refund_page(struct request *rq, struct response *rs)
{
    struct source s;

    if (document_named(rq, rs, &s) && is_left(rs, &s)) {
        show(rq, rs, &s, ERR_NONE);
    }
}

void
invoice_refund_submit(struct request *rq, struct response *rs)
{
    struct source s;

    if (document_named(rq, rs, &s)) {
        pay_back(rq, rs, &s);
    }
}
