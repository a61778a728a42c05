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
#include "office/customer_office.h"
#include "office/form_rows_web.h"
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

/* ---- their forms ---- */

static const struct form_rows line_rows = {"lines", credit_line_fields,
                                           CREDIT_LINES};

/* A form of office_record_form; new reference. */
static json_t *
form_model(struct request *rq, const char *title, const char *back,
           const char *back_label)
{
    return json_pack("{s:s, s:s+, s:s, s:s+, s:s}", "title",
                     i18n(rq->language, title), "back_url", rq->prefix, back,
                     "back_label", back_label, "action", rq->prefix, rq->path,
                     "submit", i18n(rq->language, N_("Issue")));
}

struct shown {
    json_t *model;
    const struct field *fields;
    int first; /* flags of the first row: FIELD_REQUIRED */
    enum err error;
};

static void
show_form(struct request *rq, struct response *rs, const struct shown *s)
{
    bool more = form_rows_more(rq);
    int rows = form_rows_again(rq, &line_rows);
    json_t *values =
        json_in_arena(rq->arena, json_pack("{s:s, s:s}", "lines.0.quantity",
                                           "1", "extent", "whole"));

    page_form(rq, rs, "office_record_form", s->model,
              form_rows_fields(rq, &line_rows, s->fields, rows, s->first),
              more ? rq->raw : values, s->error);
    form_rows_lines(&line_rows, rs->model, 0);
    if (more) {
        form_rows_not_done(rs);
    }
}

/* What was typed, with the rows or without. */
static json_t *
typed(struct request *rq, const struct field *fields, bool lines,
      struct field_errors *errors)
{
    json_t *body = json_in_arena(rq->arena, json_copy(rq->raw));
    int sent, n = form_rows_gather(rq, &line_rows, &sent);

    if (lines) {
        json_object_set_new(body, "lines", form_rows_body(rq, &line_rows, n));
    }
    return field_parse(rq->arena, fields, body, FIELD_FORM, errors);
}

static void
at_controls(struct request *rq, const struct field_errors *errors)
{
    for (size_t i = 0; i < errors->n; i++) {
        const struct field_error *e = &errors->list[i];

        field_fail_word(&rq->errors, form_rows_control(rq, &line_rows, e->name),
                        e->code, e->limit, e->word);
    }
}

/* ---- credit notes ---- */

static void
show_note(struct request *rq, struct response *rs, const json_t *customer)
{
    const char *number = row_text(customer, "number");
    json_t *model = form_model(rq, N_("Issue a credit note"),
                               arena_printf(rq->arena, "/admin/customers/%s",
                                            form_escape(rq->arena, number)),
                               customer_name(rq->arena, customer));

    model_text(model, "lead",
               i18n(rq->language,
                    N_("It settles open invoices of this customer. What is "
                       "left stays as credit. The unit price is net; without "
                       "a contract the currency is needed.")));
    show_form(rq, rs,
              &(struct shown){model, credit_note_form_fields, FIELD_REQUIRED,
                              ERR_NONE});
}

void
credit_note_page(struct request *rq, struct response *rs)
{
    json_t *customer = office_customer_named(rq, rs);

    if (customer) {
        show_note(rq, rs, customer);
    }
}

void
credit_note_submit(struct request *rq, struct response *rs)
{
    json_t *customer = office_customer_named(rq, rs);
    struct field_errors errors = {0};
    struct credit_sent sent = {rq->arena, rq->tenant, NULL, &errors};
    struct credit_line lines[CREDIT_LINES];
    struct credit_note_new new;
    json_t *input;
    const char *id;
    enum db_result r;

    if (!customer) {
        return;
    }
    if (form_rows_more(rq)) {
        show_note(rq, rs, customer);
        return;
    }
    input = typed(rq, credit_note_form_fields, true, &errors);
    json_object_set(input, "customer", json_object_get(customer, "number"));
    sent.input = input;
    r = credit_note_take(rq->db, &sent, lines, &new);
    at_controls(rq, &errors);
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

static bool
is_note(const json_t *document)
{
    return strcmp(row_text(document, "type"), "credit_note") == 0;
}

static json_t *
document_named(struct request *rq, struct response *rs)
{
    json_t *row = NULL;
    enum db_result r = ledger_document_by_number(
        rq->db, rq->arena, rq->tenant->id, rq->values[0], &row);

    if (r != DB_OK) {
        office_refuse(rs, r);
    } else if (strcmp(row_text(row, "type"), "correction") == 0) {
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
        *model = form_model(rq,
                            is_note(row) ? N_("Take a credit note back")
                                         : N_("Correct an invoice"),
                            invoice_path(rq, number), number);

    if (correction_left(rq->db, rq->arena, rq->tenant->id, row_text(row, "id"),
                        &rates) != DB_OK) {
        json_decref(model);
        response_error(rs, ERR_unavailable);
        return;
    }
    model_text(
        model, "lead",
        i18n_fill(
            rq->arena,
            i18n(rq->language,
                 is_note(row)
                     ? N_("A correction takes back the whole credit note, or "
                          "the "
                          "items that you enter, and the customer owes it "
                          "again. "
                          "Left of it: {left}.")
                     : N_("A correction takes back the whole invoice, "
                          "or the items that you enter. Left of it: {left}.")),
            "left", left_text(rq, rates, row_text(row, "currency")), NULL));
    show_form(rq, rs, &(struct shown){model, correction_form_fields, 0, error});
}

void
invoice_correct_page(struct request *rq, struct response *rs)
{
    json_t *row = document_named(rq, rs);

    if (row) {
        show_correction(rq, rs, row, ERR_NONE);
    }
}

/* At its control, or above the form. */
static enum err
fault_of(struct request *rq, const struct correction_new *new,
         enum correction_fault fault)
{
    switch (fault) {
    case CORRECTION_VOID:
        return ERR_invoice_void;
    case CORRECTION_LATER:
        return ERR_rebill_later;
    case CORRECTION_PART:
        field_fail(&rq->errors, correction_part_field(new), ERR_rebill_part, 0);
        return ERR_NONE;
    case CORRECTION_NOT_OF:
        return ERR_not_correctable;
    default:
        field_fail(&rq->errors,
                   form_rows_control(rq, &line_rows, line_rows.name),
                   ERR_correction_beyond, 0);
        return ERR_NONE;
    }
}

/* The whole, whatever stands in the rows; or what they say. False: errors have
 * what is wrong. */
static bool
take_correction(struct request *rq, struct credit_line *lines,
                struct correction_new *new)
{
    struct field_errors errors = {0};
    bool part = strcmp(request_typed(rq, "extent"), "part") == 0, ok;
    json_t *input = typed(rq, correction_form_fields, part, &errors);
    struct credit_sent sent = {rq->arena, rq->tenant, input, &errors};

    if (!json_object_get(input, "reopen_services")) { /* a box without a tick */
        json_object_set_new(input, "reopen_services", json_false());
    }
    ok = correction_take(&sent, lines, new);
    at_controls(rq, &errors);
    return ok;
}

void
invoice_correct_submit(struct request *rq, struct response *rs)
{
    json_t *row = document_named(rq, rs);
    struct credit_line lines[CREDIT_LINES];
    struct correction_new new = {.number = rq->values[0],
                                 .currency = row_text(row, "currency")};
    enum correction_fault fault;
    const char *id;
    enum db_result r;

    if (!row) {
        return;
    }
    if (form_rows_more(rq) || !take_correction(rq, lines, &new)) {
        show_correction(rq, rs, row, ERR_NONE);
        return;
    }
    r = correction_create(rq->db, rq->arena, rq->actor, &new, &id, &fault);
    if (r == DB_OK) {
        lead_to(rq, rs, id);
    } else if (r == DB_CHECK) {
        show_correction(rq, rs, row, fault_of(rq, &new, fault));
    } else {
        response_error(rs, ERR_unavailable);
    }
}
