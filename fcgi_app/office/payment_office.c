/* Payments that staff record and reverse. */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "billing/ledger.h"
#include "billing/payment.h"
#include "http/form.h"
#include "http/handlers.h"
#include "office/office_web.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

static const char list_path[] = "/admin/payments";

static const char *
payment_path(struct request *rq, const char *id)
{
    return arena_printf(rq->arena, "%s/%s", list_path, id);
}

static const char *
invoice_path(struct request *rq, const json_t *row)
{
    return arena_printf(rq->arena, "/admin/invoices/%s",
                        form_escape(rq->arena, row_text(row, "number")));
}

const char *
office_payment_title(const struct request *rq, const json_t *payment)
{
    bool back = row_text(payment, "refunds")[0];
    int64_t amount = row_int(payment, "amount");

    return i18n_fill(rq->arena,
                     i18n(rq->language, back ? N_("Refund of {amount}")
                                             : N_("Payment of {amount}")),
                     "amount",
                     text_money(rq->arena, rq->language,
                                back ? -amount : amount,
                                row_text(payment, "currency")),
                     NULL);
}

/* A form of office_record_form; new reference. */
static json_t *
form_model(struct request *rq, const char *title, const char *back,
           const char *back_label)
{
    return json_pack("{s:s, s:s+, s:s, s:s+, s:s, s:n, s:n}", "title",
                     i18n(rq->language, title), "back_url", rq->prefix, back,
                     "back_label", back_label, "action", rq->prefix, rq->path,
                     "submit", i18n(rq->language, N_("Save")), "lead",
                     "version");
}

/* ---- recording ---- */

/* False: the answer is there, or has to be the form once more. */
static bool
record(struct request *rq, struct response *rs, const char *invoice,
       const char **id)
{
    struct payment_sent sent = {rq->arena, rq->tenant, rq->input, invoice,
                                &rq->errors};
    struct payment_new new;
    enum db_result r = payment_take(rq->db, &sent, &new);

    if (r == DB_OK) {
        r = payment_record(rq->db, rq->arena, rq->tenant->id, rq->actor, &new,
                           id);
    }
    if (r != DB_OK && r != DB_CHECK) {
        response_error(rs, ERR_unavailable);
    }
    return r == DB_OK;
}

static const struct page_help new_helps[] = {
    {"customer", N_("Left empty, the one of the invoice.")},
    {"invoice", N_("Left empty, those of the customer that are due longest.")},
    {"currency",
     N_("Three letters, for example EUR. Left empty, that of the invoice.")},
    {"reference", N_("As on your bank statement, to find the payment by.")},
    {NULL, NULL},
};

static void
show_new(struct request *rq, struct response *rs)
{
    const char *customer = request_argument(rq, "customer");
    json_t *values =
        json_pack("{s:s, s:s}", "date", tenant_today(rq->arena, rq->tenant),
                  "customer", customer ? customer : "");
    json_t *model = form_model(rq, N_("Record a payment"), list_path,
                               i18n(rq->language, N_("All payments")));

    json_object_set_new(model, "action",
                        json_sprintf("%s%s", rq->prefix, list_path));
    model_text(model, "lead",
               i18n(rq->language,
                    N_("It settles the invoice that you name, else those that "
                       "are due longest. What is left stays as credit.")));
    page_form(rq, rs, "office_record_form", model, payment_form_fields,
              json_in_arena(rq->arena, values), ERR_NONE);
    page_help(rq, json_object_get(rs->model, "controls"), new_helps);
}

void
payment_new_page(struct request *rq, struct response *rs)
{
    show_new(rq, rs);
}

void
payment_new_submit(struct request *rq, struct response *rs)
{
    const char *id;

    if (record(rq, rs, NULL, &id)) {
        response_redirect(rq, rs, payment_path(rq, id));
    } else if (rq->errors.n > 0) {
        show_new(rq, rs);
    }
}

/* ---- of one invoice ---- */

/* The invoice of the path; NULL with the error in the response. */
static json_t *
invoice_named(struct request *rq, struct response *rs)
{
    json_t *row;
    enum db_result r = ledger_document_by_number(
        rq->db, rq->arena, rq->tenant->id, rq->values[0], &row);

    if (r == DB_OK && row_int(row, "gross") > 0) {
        return row;
    }
    response_error(rs, r == DB_OK ? ERR_not_payable : db_error(r));
    return NULL;
}

static void
show_for_invoice(struct request *rq, struct response *rs, const json_t *row)
{
    const char *currency = row_text(row, "currency");
    int64_t open = row_int(row, "open_amount");
    const char *lang = rq->language;
    json_t *values =
        json_pack("{s:s}", "date", tenant_today(rq->arena, rq->tenant));
    json_t *model = form_model(rq, N_("Record a payment"),
                               invoice_path(rq, row), row_text(row, "number"));

    model_text(values, "amount",
               open > 0 ? text_amount(rq->arena, open, currency) : NULL);
    model_text(
        model, "lead",
        i18n_fill(rq->arena, i18n(lang, N_("{open} of {gross} are open.")),
                  "open", text_money(rq->arena, lang, open, currency), "gross",
                  text_money(rq->arena, lang, row_int(row, "gross"), currency),
                  NULL));
    page_form(rq, rs, "office_record_form", model, payment_invoice_form_fields,
              json_in_arena(rq->arena, values), ERR_NONE);
}

void
invoice_payment_page(struct request *rq, struct response *rs)
{
    json_t *row = invoice_named(rq, rs);

    if (row) {
        show_for_invoice(rq, rs, row);
    }
}

void
invoice_payment_submit(struct request *rq, struct response *rs)
{
    json_t *row = invoice_named(rq, rs);
    const char *id;

    if (!row) {
        return;
    }
    if (record(rq, rs, row_text(row, "number"), &id)) {
        response_redirect(rq, rs, payment_path(rq, id));
    } else if (rq->errors.n > 0) {
        show_for_invoice(rq, rs, row);
    }
}

/* ---- a payment ---- */

static json_t *
payment_named(struct request *rq, struct response *rs)
{
    json_t *row = NULL;
    enum db_result r =
        payment_by_id(rq->db, rq->arena, rq->tenant->id, rq->values[0], &row);

    if (r != DB_OK) {
        office_refuse(rs, r);
    }
    return row;
}

static const struct field settled_fields[] = {
    {.name = "invoice",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Number")},
    {.name = "amount",
     .type = FIELD_MONEY,
     .flags = FIELD_OUT | FIELD_SORT,
     .label = N_("Amount")},
    FIELD_END,
};

static const struct list settled_list = {.path = "",
                                         .title = N_("What it settled"),
                                         .fields = settled_fields,
                                         .key = "invoice",
                                         .order = "amount",
                                         .link = "/admin/invoices/{invoice}"};

static const struct field refund_fields[] = {
    {.name = "date",
     .type = FIELD_DATE,
     .flags = FIELD_OUT,
     .label = N_("Date")},
    {.name = "reference",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Reference")},
    {.name = "status",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT,
     .label = N_("Status")},
    {.name = "amount",
     .type = FIELD_MONEY,
     .flags = FIELD_OUT,
     .label = N_("Amount")},
    FIELD_END,
};

static const struct list refund_list = {.path = "",
                                        .title = N_("Paid back"),
                                        .fields = refund_fields,
                                        .key = "id",
                                        .order = "date",
                                        .link = "/admin/payments/{id}"};

static json_t *
table_of(struct request *rq, const struct list *list, const json_t *rows)
{
    return office_table_like(rq, list, rows, (int)json_array_size(rows));
}

/* What it settled and what was paid back of it; NULL: the database fails. */
static json_t *
payment_tables(struct request *rq, const json_t *row)
{
    json_t *refunds, *tables;

    if (payment_refunds(rq->db, rq->arena, rq->tenant->id, row_text(row, "id"),
                        &refunds) != DB_OK) {
        return NULL;
    }
    tables = json_array();
    if (!row_text(row, "refunds")[0]) {
        json_array_append_new(
            tables,
            table_of(rq, &settled_list, json_object_get(row, "settlements")));
    }
    if (json_array_size(refunds) > 0) {
        json_array_append_new(tables, table_of(rq, &refund_list, refunds));
    }
    return tables;
}

static json_t *
payment_links(struct request *rq, const json_t *row)
{
    const char *refunds = row_text(row, "refunds");
    const char *own = payment_path(rq, rq->values[0]);
    bool may = office_may(rq, "payments.change");
    json_t *links = json_array();

    if (may && row_int(row, "credit") > 0) {
        json_array_append_new(
            links, office_link(rq, arena_printf(rq->arena, "%s/refund", own),
                               N_("Pay back"), true));
    }
    if (may && strcmp(row_text(row, "status"), "recorded") == 0 &&
        row_int(row, "refunded") == 0) {
        json_array_append_new(
            links, office_link(rq, arena_printf(rq->arena, "%s/reverse", own),
                               N_("Reverse"), true));
    }
    if (refunds[0]) {
        json_array_append_new(links,
                              office_link(rq, payment_path(rq, refunds),
                                          N_("What is paid back"), true));
    }
    json_array_append_new(
        links, office_link(rq,
                           arena_printf(rq->arena, "/admin/customers/%s/ledger",
                                        form_escape(rq->arena,
                                                    row_text(row, "customer"))),
                           N_("Ledger of the customer"), true));
    return links;
}

void
office_payment_page(struct request *rq, struct response *rs)
{
    json_t *row = payment_named(rq, rs), *model, *tables;

    if (!row) {
        return;
    }
    tables = payment_tables(rq, row);
    if (!tables) {
        response_error(rs, ERR_unavailable);
        return;
    }
    model =
        json_pack("{s:s, s:s+, s:s}", "title", office_payment_title(rq, row),
                  "back_url", rq->prefix, list_path, "back_label",
                  i18n(rq->language, N_("All payments")));
    json_object_set_new(model, "facts", office_facts(rq, payment_fields, row));
    model_list(model, "links", payment_links(rq, row));
    model_list(model, "tables", tables);
    response_page(rs, "office_detail", json_in_arena(rq->arena, model));
}

/* ---- reversing ---- */

static void
show_reversal(struct request *rq, struct response *rs, const json_t *row,
              enum err error)
{
    json_t *model = form_model(rq, N_("Reverse a payment"),
                               payment_path(rq, row_text(row, "id")),
                               office_payment_title(rq, row));
    json_t *values =
        json_pack("{s:s}", "date", tenant_today(rq->arena, rq->tenant));

    model_text(model, "submit", i18n(rq->language, N_("Reverse")));
    model_text(model, "lead",
               i18n(rq->language,
                    N_("For a debit that came back, or a payment that was "
                       "recorded by mistake. What it settled is open again.")));
    page_form(rq, rs, "office_record_form", model, payment_reverse_form_fields,
              json_in_arena(rq->arena, values), error);
}

void
payment_reverse_page(struct request *rq, struct response *rs)
{
    json_t *row = payment_named(rq, rs);

    if (row) {
        show_reversal(rq, rs, row, ERR_NONE);
    }
}

void
payment_reverse_submit(struct request *rq, struct response *rs)
{
    json_t *row = payment_named(rq, rs);
    struct payment_reversal reversal;
    enum db_result r;

    if (!row) {
        return;
    }
    if (!payment_take_reversal(rq->arena, rq->tenant, row, rq->input,
                               &rq->errors, &reversal)) {
        show_reversal(rq, rs, row, ERR_NONE);
        return;
    }
    r = payment_reverse(rq->db, rq->arena, rq->tenant->id, rq->actor, row,
                        &reversal);
    if (r == DB_OK) {
        response_redirect(rq, rs, payment_path(rq, rq->values[0]));
    } else if (r == DB_NONE) {
        show_reversal(rq, rs, row, ERR_payment_reversed);
    } else if (r == DB_CHECK) {
        show_reversal(rq, rs, row, ERR_payment_refunded);
    } else {
        response_error(rs, ERR_unavailable);
    }
}
