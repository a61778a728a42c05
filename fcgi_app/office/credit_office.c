/* Credit notes and corrections that staff issue. */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "billing/credit.h"
#include "billing/ledger.h"
#include "customer/customer.h"
#include "http/form.h"
#include "http/handlers.h"
#include "office/office_web.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

static const char *
invoice_path(struct request *rq, const char *number)
{
    return arena_printf(rq->arena, "/admin/invoices/%s",
                        form_escape(rq->arena, number));
}

/* To the document that was issued. */
static void
lead_to(struct request *rq, struct response *rs, const char *id)
{
    json_t *row;

    if (ledger_document_by_id(rq->db, rq->arena, rq->tenant->id, id, &row) ==
        DB_OK) {
        response_redirect(rq, rs, invoice_path(rq, row_text(row, "number")));
    } else {
        response_error(rs, ERR_unavailable);
    }
}

/* A form of office_record_form; new reference. */
static json_t *
form_model(struct request *rq, const char *title, const char *back,
           const char *back_label)
{
    return json_pack("{s:s, s:s+, s:s, s:s+, s:s, s:n}", "title",
                     i18n(rq->language, title), "back_url", rq->prefix, back,
                     "back_label", back_label, "action", rq->prefix, rq->path,
                     "submit", i18n(rq->language, N_("Issue")), "version");
}

/* ---- credit notes ---- */

static json_t *
customer_named(struct request *rq, struct response *rs)
{
    json_t *row = NULL;
    enum db_result r = customer_by_number(rq->db, rq->arena, rq->tenant->id,
                                          rq->values[0], &row);

    if (r != DB_OK) {
        office_refuse(rs, r);
    }
    return row;
}

static void
show_note(struct request *rq, struct response *rs, const json_t *customer)
{
    const char *number = row_text(customer, "number");
    json_t *values = json_pack("{s:s}", "quantity", "1");
    json_t *model = form_model(rq, N_("Issue a credit note"),
                               arena_printf(rq->arena, "/admin/customers/%s",
                                            form_escape(rq->arena, number)),
                               customer_name(rq->arena, customer));

    model_text(model, "lead",
               i18n(rq->language,
                    N_("It settles open invoices of this customer. What is "
                       "left stays as credit. The unit price is net; without "
                       "a contract the currency is needed.")));
    page_form(rq, rs, "office_record_form", model, credit_note_form_fields,
              json_in_arena(rq->arena, values), ERR_NONE);
}

void
credit_note_page(struct request *rq, struct response *rs)
{
    json_t *customer = customer_named(rq, rs);

    if (customer) {
        show_note(rq, rs, customer);
    }
}

void
credit_note_submit(struct request *rq, struct response *rs)
{
    json_t *customer = customer_named(rq, rs);
    struct credit_sent sent = {rq->arena, rq->tenant, rq->input, &rq->errors};
    struct credit_line lines[CREDIT_LINES];
    struct credit_note_new new;
    const char *id;
    enum db_result r;

    if (!customer) {
        return;
    }
    json_object_set(rq->input, "customer", json_object_get(customer, "number"));
    r = credit_note_take(rq->db, &sent, lines, &new);
    if (r == DB_OK) {
        r = credit_note_create(rq->db, rq->arena, rq->actor, &new, &id);
    }
    if (r == DB_OK) {
        lead_to(rq, rs, id);
    } else if (r == DB_CHECK) {
        show_note(rq, rs, customer);
    } else {
        response_error(rs, ERR_unavailable);
    }
}

/* ---- corrections ---- */

static json_t *
invoice_named(struct request *rq, struct response *rs)
{
    json_t *row = NULL;
    enum db_result r = ledger_document_by_number(
        rq->db, rq->arena, rq->tenant->id, rq->values[0], &row);

    if (r != DB_OK) {
        office_refuse(rs, r);
    } else if (strcmp(row_text(row, "type"), "invoice") != 0) {
        response_error(rs, ERR_not_correctable);
        row = NULL;
    }
    return row;
}

/* "100.00 EUR at 19 %, 7.00 EUR at 7 %": what a correction can take back. */
static const char *
left_text(struct request *rq, const json_t *rates, const char *currency)
{
    const char *text = "", *lang = rq->language;
    json_t *rate;
    size_t i;

    json_array_foreach(rates, i, rate)
    {
        text = arena_printf(
            rq->arena, "%s%s%s", text, *text ? ", " : "",
            i18n_fill(
                rq->arena, i18n(lang, N_("{net} net at {rate}")), "net",
                text_money(rq->arena, lang, row_int(rate, "net"), currency),
                "rate", text_percent(rq->arena, lang, row_int(rate, "rate")),
                NULL));
    }
    return text;
}

static void
show_correction(struct request *rq, struct response *rs, const json_t *row,
                enum err error)
{
    const char *number = row_text(row, "number");
    json_t *rates,
        *values = json_pack("{s:s, s:s}", "quantity", "1", "extent", "whole");
    json_t *model = form_model(rq, N_("Correct an invoice"),
                               invoice_path(rq, number), number);

    if (correction_left(rq->db, rq->arena, rq->tenant->id, row_text(row, "id"),
                        &rates) != DB_OK) {
        json_decref(model);
        json_decref(values);
        response_error(rs, ERR_unavailable);
        return;
    }
    model_text(
        model, "lead",
        i18n_fill(
            rq->arena,
            i18n(rq->language, N_("A correction takes back the whole invoice, "
                                  "or the one line that you enter. Left of it: "
                                  "{left}.")),
            "left", left_text(rq, rates, row_text(row, "currency")), NULL));
    page_form(rq, rs, "office_record_form", model, correction_form_fields,
              json_in_arena(rq->arena, values), error);
}

void
invoice_correct_page(struct request *rq, struct response *rs)
{
    json_t *row = invoice_named(rq, rs);

    if (row) {
        show_correction(rq, rs, row, ERR_NONE);
    }
}

/* At its control, or above the form. */
static enum err
fault_of(struct request *rq, enum correction_fault fault)
{
    switch (fault) {
    case CORRECTION_VOID:
        return ERR_invoice_void;
    case CORRECTION_LATER:
        return ERR_rebill_later;
    case CORRECTION_PART:
        field_fail(&rq->errors, "rebill", ERR_rebill_part, 0);
        return ERR_NONE;
    case CORRECTION_NOT_OF:
        return ERR_not_correctable;
    default:
        field_fail(&rq->errors, "unit_price", ERR_correction_beyond, 0);
        return ERR_NONE;
    }
}

void
invoice_correct_submit(struct request *rq, struct response *rs)
{
    json_t *row = invoice_named(rq, rs);
    struct credit_sent sent = {rq->arena, rq->tenant, rq->input, &rq->errors};
    struct credit_line lines[CREDIT_LINES];
    struct correction_new new = {.number = rq->values[0],
                                 .currency = row_text(row, "currency")};
    enum correction_fault fault;
    const char *id;
    enum db_result r;

    if (!row) {
        return;
    }
    if (!correction_take(&sent, lines, &new)) {
        show_correction(rq, rs, row, ERR_NONE);
        return;
    }
    r = correction_create(rq->db, rq->arena, rq->actor, &new, &id, &fault);
    if (r == DB_OK) {
        lead_to(rq, rs, id);
    } else if (r == DB_CHECK) {
        show_correction(rq, rs, row, fault_of(rq, fault));
    } else {
        response_error(rs, ERR_unavailable);
    }
}
