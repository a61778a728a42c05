/* Customer pages: invoices, and the contract with its invoices. */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "billing/billing.h"
#include "billing/billing_view.h"
#include "billing/document_web.h"
#include "billing/invoice_list_web.h"
#include "billing/ledger.h"
#include "billing/reminder_view.h"
#include "contract/contract.h"
#include "contract/contract_view.h"
#include "contract/service_view.h"
#include "custom/custom_web.h"
#include "http/form.h"
#include "http/handlers.h"
#include "session/session.h"
#include "tenant/section_web.h"
#include "view/i18n.h"

enum { LIST_ROWS = 20, REMINDER_ROWS = 5 };

static void
answer(struct request *rq, struct response *rs, const char *template,
       json_t *model)
{
    response_page(rs, template, json_in_arena(rq->arena, model));
}

static bool
may(const struct request *rq, const char *permission)
{
    return membership_allows(rq->session->membership, permission);
}

/* The invoice that the path names, or the error in the response. */
static json_t *
named_invoice(struct request *rq, struct response *rs, json_t **lines)
{
    json_t *row;
    enum db_result r =
        invoice_get(rq->db, rq->arena, rq->tenant->id, rq->session->customer,
                    session_contract(rq->session), rq->values[0], &row);

    if (r == DB_OK) {
        r = invoice_lines(rq->db, rq->arena, rq->tenant->id,
                          row_text(row, "id"), lines);
    }
    if (r != DB_OK) {
        response_error(rs, db_error(r));
        return NULL;
    }
    return row;
}

static const char *
portal_url(struct request *rq, const char *path)
{
    return arena_printf(rq->arena, "%s%s", rq->prefix, path);
}

/* ---- invoices ---- */

/* "2026-11-01~R1042": where the list goes on; false for anything else. */
static bool
read_cursor(struct request *rq, struct invoice_cursor *cursor)
{
    const char *text = request_argument(rq, "after");

    if (!text || strlen(text) < 12 || text[10] != '~') {
        return false;
    }
    cursor->date = arena_strndup(rq->arena, text, 10);
    cursor->number = text + 11;
    return true;
}

static const char *
next_url(struct request *rq, const char *url, const json_t *last)
{
    return arena_printf(rq->arena, "%s?after=%s~%s", url,
                        row_text(last, "date"),
                        form_escape(rq->arena, row_text(last, "number")));
}

/* A part of the invoices, of one contract or (NULL) all, and the ways to the
 * other parts on the page at url. False: the database fails. */
static bool
list_invoices(struct request *rq, json_t *model, const char *contract,
              const char *url)
{
    struct invoice_cursor cursor;
    bool further = read_cursor(rq, &cursor);
    json_t *rows;

    if (db_rows(invoice_list(rq->db, rq->arena, rq->tenant->id,
                             rq->session->customer, contract,
                             further ? &cursor : NULL, LIST_ROWS + 1),
                &rows) != DB_OK) {
        return false;
    }
    if (json_array_size(rows) > LIST_ROWS) {
        json_array_remove(rows, LIST_ROWS);
        model_text(model, "next_url",
                   next_url(rq, url, json_array_get(rows, LIST_ROWS - 1)));
    }
    if (further) {
        model_text(model, "first_url", url);
    }
    model_list(model, "invoices", invoice_models(rq, rows));
    return true;
}

/* What the account has; who comes by a link has no list. */
void
invoices_page(struct request *rq, struct response *rs)
{
    struct invoice_filter filter = {.customer_id = rq->session->customer};
    struct invoice_page page = {.limit = LIST_ROWS};
    json_t *model = json_in_arena(rq->arena, json_object());
    json_t *typed =
        invoice_list_take(rq, invoice_portal_fields, &filter, &page);

    struct db_answer *open =
        may(rq, "billing.account.view")
            ? invoice_open_sum(rq->db, rq->arena, rq->tenant->id,
                               rq->session->customer)
            : NULL;

    struct db_answer *reminders =
        reminder_ask(rq->db, rq->arena, rq->tenant->id, rq->session->customer,
                     NULL, NULL, 1);
    json_t *reminder;

    if (invoice_list_ask(rq, &filter, &page) != DB_OK ||
        db_rows(reminders, &reminder) != DB_OK ||
        (open && !invoice_open_model(rq, open, model))) {
        response_error(rs, ERR_unavailable);
        return;
    }
    json_object_set_new(model, "has_reminders",
                        json_boolean(json_array_size(reminder) > 0));
    json_object_set_new(model, "shows_open", json_boolean(open != NULL));
    model_list(model, "invoices", invoice_models(rq, page.rows));
    invoice_list_model(rq, invoice_portal_fields, typed, &page, model);
    response_page(rs, "invoices", model);
    rs->status = rq->errors.n > 0 ? 422 : 200;
}

static const char *
money(struct request *rq, const json_t *row, const char *column)
{
    return text_money(rq->arena, rq->language, row_int(row, column),
                      row_text(row, "currency"));
}

static const char *
period(struct request *rq, const json_t *row)
{
    const char *from = row_text(row, "period_from");
    const char *to = row_text(row, "period_to");

    if (from[0] == '\0') {
        return NULL;
    }
    return arena_printf(rq->arena, "%s – %s",
                        text_date(rq->arena, rq->language, from, false),
                        text_date(rq->arena, rq->language, to, false));
}

/* Whether it went out by mail; NULL: it was not meant to. */
static const char *
dispatch_text(struct request *rq, const json_t *row)
{
    const char *state = row_text(row, "dispatch");

    return strcmp(state, "none") == 0
               ? NULL
               : i18n(rq->language, strcmp(state, "sent") == 0 ? N_("Sent")
                                    : strcmp(state, "waiting") == 0
                                        ? N_("Being sent")
                                        : N_("Could not be sent"));
}

/* What a credit is called; "" of another contract than a link shows. */
static const char *
credit_name(struct request *rq, const json_t *row)
{
    const char *only = session_contract(rq->session);
    const char *of = row_text(row, "credit_contract");

    return !only || (of && strcmp(of, only) == 0) ? row_text(row, "name") : "";
}

/* What settled it, newest last; false: the database fails. */
static bool
add_settlements(struct request *rq, const json_t *invoice, json_t *model)
{
    json_t *rows, *row, *list = json_array();
    size_t i;

    if (ledger_settlements(rq->db, rq->arena, rq->tenant->id,
                           row_text(invoice, "id"), &rows) != DB_OK) {
        json_decref(list);
        return false;
    }
    json_array_foreach(rows, i, row)
    {
        bool credit = strcmp(row_text(row, "kind"), "credit") == 0;
        json_t *one = json_pack("{s:b, s:s, s:s}", "is_credit", credit,
                                "number", credit ? credit_name(rq, row) : "",
                                "amount_text", money(rq, row, "amount"));

        model_date(one, rq->arena, rq->language, "date", row_text(row, "date"));
        json_array_append_new(list, one);
    }
    model_list(model, "settlements", list);
    return true;
}

void
invoice_page(struct request *rq, struct response *rs)
{
    struct arena *a = rq->arena;
    const char *currency, *ref;
    json_t *lines, *row = named_invoice(rq, rs, &lines), *model, *reminders;
    int64_t open;

    if (!row) {
        return;
    }
    currency = row_text(row, "currency");
    ref = row_text(row, "contract_ref");
    model = invoice_model(rq, row);
    if (!add_settlements(rq, row, model)) {
        json_decref(model);
        response_error(rs, ERR_unavailable);
        return;
    }
    open = row_int(row, "gross") - row_int(row, "settled");
    model_text(model, "rest_text", text_money(a, rq->language, open, currency));
    model_text(model, "period_text", period(rq, row));
    model_text(model, "contract_ref", ref);
    model_text(model, "contract_url",
               ref && may(rq, "billing.contracts.view")
                   ? arena_printf(a, "%s/contracts/%s", rq->prefix, ref)
                   : NULL);
    model_text(model, "xml_url",
               document_has_xml(rq, row_text(row, "id"))
                   ? arena_printf(a, "%s/invoices/%s.xml", rq->prefix,
                                  row_text(row, "number"))
                   : NULL);
    model_text(model, "dispatch_text", dispatch_text(rq, row));
    model_text(model, "customer_number", row_text(row, "customer_number"));
    model_text(model, "net_text", money(rq, row, "net"));
    json_object_set_new(model, "recipient",
                        model_lines(row_text(row, "recipient")));
    json_object_set_new(model, "lines",
                        invoice_line_models(rq, lines, currency));
    json_object_set_new(
        model, "taxes",
        invoice_tax_models(rq, invoice_taxes(a, lines), currency));
    reminders = reminder_models(rq, row_text(row, "id"));
    model_list(model, "reminders", reminders ? reminders : json_array());
    answer(rq, rs, "invoice", json_pack("{s:o}", "invoice", model));
}

static void
answer_file(struct request *rq, struct response *rs, enum document_kind kind)
{
    json_t *lines, *row = named_invoice(rq, rs, &lines);

    if (row) {
        document_answer(rq, rs, row_text(row, "id"), kind);
    }
}

void
invoice_pdf(struct request *rq, struct response *rs)
{
    answer_file(rq, rs, DOCUMENT_PDF);
}

void
invoice_xml(struct request *rq, struct response *rs)
{
    answer_file(rq, rs, DOCUMENT_XML);
}

/* ---- one contract ---- */

/* Custom fields, for who may see them. False: the database fails. */
static bool
add_additional(struct request *rq, const json_t *row, json_t *model)
{
    struct custom_record record = {"contract", row_text(row, "id"),
                                   rq->session->customer};
    json_t *set;

    if (!may(rq, "system.additional.view")) {
        return true;
    }
    if (custom_answer(rq->arena,
                      custom_ask(rq->db, rq->arena, rq->tenant->id, &record),
                      &record, &set) != DB_OK) {
        return false;
    }
    model_list(model, "additional", custom_facts(rq, set, true));
    section_heading(rq, model, "additional");
    model_text(model, "change_url",
               may(rq, "system.additional.change") && custom_may_change(set)
                   ? arena_printf(rq->arena, "%s/contracts/%s/additional",
                                  rq->prefix,
                                  form_escape(rq->arena, row_text(row, "ref")))
                   : NULL);
    return true;
}

/* The way to cancel it, or to take that back. By a link one comes to the form
 * that needs no sign-in. False: the database fails. */
static bool
add_cancel(struct request *rq, const json_t *row, json_t *model)
{
    const char *ref = form_escape(rq->arena, row_text(row, "ref"));
    const struct tenant *t = rq->tenant;
    const char *today = tenant_today(rq->arena, t);
    struct contract_terms terms = contract_terms_of(row);
    char end[11];
    bool by_link = session_of_link(rq->session), undo = false;
    bool offered =
        by_link ? t->consumers && !text_has_word(t->portal_without, "cancel")
                : may(rq, "system.contracts.cancel");

    if (offered && !by_link &&
        contract_may_undo(rq->db, rq->arena, t->id, row, today, &undo) !=
            DB_OK) {
        return false;
    }
    model_text(model, "cancel_url",
               !offered || !contract_may(row, "cancel") ||
                       contract_ends_itself(&terms, today, end)
                   ? NULL
               : by_link ? arena_printf(rq->arena, "%s/cancel?contract=%s",
                                        rq->prefix, ref)
                         : arena_printf(rq->arena, "%s/contracts/%s/cancel",
                                        rq->prefix, ref));
    model_text(model, "undo_url",
               undo ? arena_printf(rq->arena, "%s/contracts/%s/undo-cancel",
                                   rq->prefix, ref)
                    : NULL);
    return true;
}

/* The newest letters about a contract. False: the database fails. */
static bool
add_reminders(struct request *rq, json_t *model, const char *contract)
{
    json_t *rows;

    if (db_rows(reminder_ask(rq->db, rq->arena, rq->tenant->id,
                             rq->session->customer, contract, NULL,
                             REMINDER_ROWS),
                &rows) != DB_OK) {
        return false;
    }
    model_list(model, "reminders", reminder_row_models(rq, rows));
    return true;
}

/* Of one that changes, those that go with the period of today. */
static json_t *
items_now(struct request *rq, const json_t *row, const json_t *items)
{
    const char *today = tenant_today(rq->arena, rq->tenant);

    return invoice_line_models(
        rq,
        row_text(row, "changes_on")
            ? contract_items_on(rq->arena, row, items, today)
            : items,
        row_text(row, "currency"));
}

/* null: it stays as it is. */
static json_t *
change_of(struct request *rq, const json_t *row, const json_t *items)
{
    json_t *change = contract_change_model(rq, row, items);

    if (!change) {
        return json_null();
    }
    json_object_set_new(
        change, "items",
        invoice_line_models(rq,
                            contract_items_on(rq->arena, row, items,
                                              row_text(row, "changes_on")),
                            row_text(row, "currency")));
    return change;
}

void
contract_page(struct request *rq, struct response *rs)
{
    const char *tenant = rq->tenant->id, *customer = rq->session->customer;
    bool shows_invoices = may(rq, "billing.invoices.view");
    json_t *row, *items, *contract;
    json_t *model = json_in_arena(rq->arena, json_object());
    enum db_result r =
        contract_get(rq->db, rq->arena, tenant, customer,
                     session_contract(rq->session), rq->values[0], &row);

    if (r == DB_OK) {
        r = contract_items(rq->db, rq->arena, tenant, row_text(row, "id"),
                           &items);
    }
    if (r == DB_OK && shows_invoices &&
        !list_invoices(rq, model, row_text(row, "id"),
                       portal_url(rq, arena_printf(rq->arena, "/contracts/%s",
                                                   row_text(row, "ref"))))) {
        r = DB_UNAVAILABLE;
    }
    if (r == DB_OK && shows_invoices &&
        !add_reminders(rq, model, row_text(row, "id"))) {
        r = DB_UNAVAILABLE;
    }
    if (r == DB_OK &&
        (!service_models(rq, row, model) || !add_additional(rq, row, model) ||
         !add_cancel(rq, row, model))) {
        r = DB_UNAVAILABLE;
    }
    if (r != DB_OK) {
        response_error(rs, db_error(r));
        return;
    }
    contract = contract_model(rq, row, items);
    json_object_set_new(contract, "items", items_now(rq, row, items));
    json_object_set_new(contract, "change", change_of(rq, row, items));
    contract_model_terms(rq, contract, row);
    json_object_set_new(model, "contract", contract);
    json_object_set_new(model, "shows_invoices", json_boolean(shows_invoices));
    response_page(rs, "contract", model);
}
