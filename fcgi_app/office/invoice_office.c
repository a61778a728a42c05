/* One invoice in the back office, and what can be done with it. */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "billing/billing.h"
#include "billing/billing_view.h"
#include "billing/document_web.h"
#include "billing/ledger.h"
#include "customer/customer.h"
#include "http/form.h"
#include "http/handlers.h"
#include "office/delivery_office.h"
#include "office/office_web.h"
#include "office/reminder_office.h"
#include "view/i18n.h"

enum { LINES_MAX = 100000 };

/* ---- what can be done with it: a row each ---- */

/* What asks for money, and so may be paid. */
static bool
asks_for_money(const json_t *invoice)
{
    return row_int(invoice, "gross") > 0;
}

static bool
is_invoice(const json_t *invoice)
{
    return strcmp(row_text(invoice, "type"), "invoice") == 0;
}

/* Set by the page: what its corrections leave of it. */
static bool
can_be_corrected(const json_t *invoice)
{
    return is_invoice(invoice)
               ? strcmp(row_text(invoice, "status"), "cancelled") != 0
               : strcmp(row_text(invoice, "type"), "credit_note") == 0 &&
                     row_int(invoice, "left") != 0;
}

/* What is left of a credit note or correction; open_amount is set by the page.
 */
static bool
can_be_paid_back(const json_t *invoice)
{
    return row_int(invoice, "open_amount") < 0;
}

/* Set by the page: whether there is, or can be, a structured invoice. */
static bool
has_xml(const json_t *invoice)
{
    return json_is_true(json_object_get(invoice, "has_xml"));
}

static const struct action {
    const char *path;  /* below the invoice's own; a page, or a file */
    const char *right; /* of staff_permissions.def */
    const char *label; /* message id */
    bool (*fits)(const json_t *invoice); /* NULL: always */
} actions[] = {
    {"/pdf", "invoices.view", N_("Download PDF"), NULL},
    {"/xml", "invoices.view", N_("Download XML"), has_xml},
    {"/send", "invoices.change", N_("Send by e-mail"), NULL},
    {"/payment", "payments.change", N_("Record a payment"), asks_for_money},
    {"/refund", "payments.change", N_("Pay back"), can_be_paid_back},
    {"/correct", "invoices.change", N_("Correct"), can_be_corrected},
    {"/reminders", "invoices.view", N_("Reminders"), is_invoice},
};

static const char *
path_of(struct request *rq, const json_t *row, const char *below)
{
    return arena_printf(rq->arena, "/admin/invoices/%s%s",
                        form_escape(rq->arena, row_text(row, "number")), below);
}

static json_t *
action_links(struct request *rq, const json_t *row)
{
    json_t *links = json_array();

    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        const struct action *x = &actions[i];

        if (office_may(rq, x->right) && (!x->fits || x->fits(row))) {
            office_add_link(rq, links, path_of(rq, row, x->path), x->label);
        }
    }
    return links;
}

/* ---- what belongs to it ---- */

/* Where a record is, for whoever may see it: {label, text, url or null}. */
static void
add_related(struct request *rq, json_t *related, const char *label,
            const char *area, const char *right, const char *name)
{
    json_t *entry;

    if (!name || !name[0]) {
        return;
    }
    entry = json_pack("{s:s, s:s}", "label", i18n(rq->language, label), "text",
                      name);
    model_text(entry, "url",
               office_may(rq, right)
                   ? arena_printf(rq->arena, "%s/admin/%s/%s", rq->prefix, area,
                                  form_escape(rq->arena, name))
                   : NULL);
    json_array_append_new(related, entry);
}

/* The customer's number of today, where the printed one was another. */
static enum db_result
find_related(struct request *rq, const json_t *row, json_t *related)
{
    json_t *customer;
    enum db_result r = customer_by_id(rq->db, rq->arena, rq->tenant->id,
                                      row_text(row, "customer"), &customer);

    if (r != DB_OK) {
        return r;
    }
    add_related(rq, related, N_("Customer"), "customers", "customers.view",
                row_text(customer, "number"));
    add_related(rq, related, N_("Contract"), "contracts", "contracts.view",
                row_text(row, "contract_ref"));
    add_related(rq, related, N_("Corrects"), "invoices", "invoices.view",
                row_text(row, "corrects_number"));
    return DB_OK;
}

static json_t *
line_table(struct request *rq, const json_t *row, json_t *lines)
{
    static const struct list table = {.path = "",
                                      .title = N_("Items"),
                                      .fields = invoice_line_fields,
                                      .key = "position",
                                      .order = "description",
                                      .link = ""};
    json_t *line, *model;
    size_t i;

    json_array_foreach(lines, i, line)
    {
        model_text(line, "currency", row_text(row, "currency"));
    }
    model = office_table_like(rq, &table, lines, LINES_MAX);
    json_object_set_new(model, "has_totals", json_true());
    return model;
}

static void
add_sums(struct request *rq, json_t *model, const json_t *row,
         const json_t *lines)
{
    const char *currency = row_text(row, "currency");

    model_text(
        model, "net_text",
        text_money(rq->arena, rq->language, row_int(row, "net"), currency));
    model_text(
        model, "gross_text",
        text_money(rq->arena, rq->language, row_int(row, "gross"), currency));
    json_object_set_new(model, "gross", json_integer(row_int(row, "gross")));
    json_object_set_new(
        model, "taxes",
        invoice_tax_models(rq, invoice_taxes(rq->arena, lines), currency));
}

static const struct field settlement_fields[] = {
    {.name = "date",
     .type = FIELD_DATE,
     .flags = FIELD_OUT,
     .label = N_("Date")},
    {.name = "kind",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT,
     .label = N_("Kind")},
    {.name = "name",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Number")},
    {.name = "amount",
     .type = FIELD_MONEY,
     .flags = FIELD_OUT,
     .label = N_("Amount")},
    FIELD_END,
};

/* What paid it; NULL: nothing did, or the database does not answer. */
static json_t *
settlement_table(struct request *rq, const json_t *row)
{
    static const struct list table = {.path = "",
                                      .title = N_("Payments"),
                                      .fields = settlement_fields,
                                      .key = "date",
                                      .order = "date",
                                      .link = ""};
    json_t *rows, *one;
    size_t i;

    if (ledger_settlements(rq->db, rq->arena, rq->tenant->id,
                           row_text(row, "id"), &rows) != DB_OK ||
        json_array_size(rows) == 0) {
        return NULL;
    }
    json_array_foreach(rows, i, one)
    {
        model_text(one, "currency", row_text(row, "currency"));
        if (strcmp(row_text(one, "kind"), "payment") == 0 &&
            row_int(one, "amount") < 0) {
            model_text(one, "kind", "refund");
        }
    }
    return office_table_like(rq, &table, rows, LINES_MAX);
}

/* Letters that it is in; NULL: none. */
static json_t *
reminder_table(struct request *rq, const json_t *row)
{
    return is_invoice(row) && row_int(row, "reminder_level") > 0
               ? office_reminders_of(rq, row_text(row, "id"))
               : NULL;
}

static void
add_tables(struct request *rq, json_t *model, const json_t *row)
{
    json_t *tables = json_array();
    json_t *found[] = {settlement_table(rq, row), reminder_table(rq, row)};

    for (size_t i = 0; i < sizeof found / sizeof *found; i++) {
        if (found[i]) {
            json_array_append_new(tables, found[i]);
        }
    }
    model_list(model, "tables", tables);
}

/* ---- the page ---- */

static json_t *
page_model(struct request *rq, json_t *row, json_t *lines, json_t *corrections)
{
    json_t *model = invoice_model(rq, row);

    json_object_set_new(model, "back_url",
                        json_sprintf("%s/admin/invoices", rq->prefix));
    json_object_set_new(model, "facts",
                        office_facts(rq, invoice_fact_fields, row));
    model_list(model, "links", action_links(rq, row));
    json_object_set_new(model, "recipient",
                        model_lines(row_text(row, "recipient")));
    model_text(model, "note",
               row_text(row, "note")[0] ? row_text(row, "note") : NULL);
    json_object_set_new(model, "line_table", line_table(rq, row, lines));
    add_tables(rq, model, row);
    add_sums(rq, model, row, lines);
    json_object_set_new(model, "corrections",
                        json_array_size(corrections) > 0
                            ? office_table_of(rq, "/admin/invoices", "customer",
                                              corrections, LINES_MAX)
                            : json_null());
    return model;
}

/* The invoice that the path names and its lines, or the error. */
static json_t *
named(struct request *rq, struct response *rs, json_t **lines)
{
    json_t *row;
    enum db_result r =
        invoice_whole(rq->db, rq->arena, rq->tenant->id, rq->values[0], &row);

    if (r == DB_OK) {
        r = invoice_lines(rq->db, rq->arena, rq->tenant->id,
                          row_text(row, "id"), lines);
    }
    if (r != DB_OK) {
        office_refuse(rs, r);
        return NULL;
    }
    json_object_set_new(row, "open_amount",
                        json_integer(invoice_open_amount(row)));
    return row;
}

static void
set_left(json_t *row, const json_t *corrections)
{
    int64_t left = row_int(row, "gross");
    json_t *correction;
    size_t i;

    json_array_foreach(corrections, i, correction)
    {
        left += row_int(correction, "gross");
    }
    json_object_set_new(row, "left", json_integer(left));
}

void
office_invoice_page(struct request *rq, struct response *rs)
{
    json_t *lines, *corrections, *row = named(rq, rs, &lines);
    json_t *related = json_in_arena(rq->arena, json_array()), *model;
    enum db_result r;

    if (!row) {
        return;
    }
    r = db_rows(invoice_corrections(rq->db, rq->arena, rq->tenant->id,
                                    row_text(row, "id")),
                &corrections);
    if (r == DB_OK) {
        r = find_related(rq, row, related);
    }
    if (r != DB_OK) {
        office_refuse(rs, r);
        return;
    }
    set_left(row, corrections);
    json_object_set_new(
        row, "has_xml",
        json_boolean(document_has_xml(rq, row_text(row, "id"))));
    office_add_delivery(rq, row);
    model = page_model(rq, row, lines, corrections);
    json_object_set(model, "related", related);
    response_page(
        rs, "office_invoice",
        json_in_arena(rq->arena, json_pack("{s:o}", "invoice", model)));
}

/* ---- its files ---- */

static void
answer_file(struct request *rq, struct response *rs, enum document_kind kind)
{
    json_t *row;
    enum db_result r = invoice_by_number(rq->db, rq->arena, rq->tenant->id,
                                         rq->values[0], &row);

    if (r != DB_OK) {
        office_refuse(rs, r);
        return;
    }
    document_answer(rq, rs, row_text(row, "id"), kind);
}

void
office_invoice_pdf(struct request *rq, struct response *rs)
{
    answer_file(rq, rs, DOCUMENT_PDF);
}

void
office_invoice_xml(struct request *rq, struct response *rs)
{
    answer_file(rq, rs, DOCUMENT_XML);
}
