/* A contract in the back office: what stands in it, and its life. */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "contract/contract.h"
#include "contract/contract_view.h"
#include "http/form.h"
#include "http/handlers.h"
#include "office/office_web.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

static const char list_path[] = "/admin/contracts";

/* What leads on from the page of a contract: below its address, for who may do
 * that, while the action (of tables/contract_moves.def) fits its status; NULL:
 * until it has ended, "": always. Those with a form of their own are links, the
 * others buttons. */
static const struct lead {
    const char *path, *right, *label, *action;
    bool button;
} leads[] = {
    {"/activate", "contracts.change", N_("Activate"), "activate", true},
    {"/change", "contracts.change", N_("Change"), NULL, false},
    {"/services", "contracts.view", N_("Services of this contract"), "", false},
    {"/additional", "contracts.change", N_("Change additional data"), "",
     false},
    {"/self-service", "customers.act", N_("Self-service access"), "", false},
    {"/undo-cancel", "contracts.change", N_("Undo the cancellation"),
     "undo_cancel", true},
    {"/cancel", "contracts.change", N_("Cancel the contract"), "cancel", false},
    {"/remove", "contracts.change", N_("Discard the draft"), "discard", false},
};

/* The contract that the path names; NULL with the error in the response. */
static json_t *
contract_named(struct request *rq, struct response *rs)
{
    json_t *row = NULL;
    enum db_result r =
        contract_by_ref(rq->db, rq->arena, rq->tenant->id, rq->values[0], &row);

    if (r != DB_OK) {
        office_refuse(rs, r);
    }
    return row;
}

static const char *
page_of(struct request *rq, const json_t *row, const char *below)
{
    return arena_printf(rq->arena, "%s/%s%s", list_path,
                        form_escape(rq->arena, row_text(row, "ref")), below);
}

/* ---- the page ---- */

#define FACT(column, kind, words)                                              \
    {                                                                          \
        .name = column, .type = kind, .flags = FIELD_OUT, .label = words       \
    }

static const struct field facts[] = {
    FACT("ref", FIELD_TEXT, N_("Reference")),
    FACT("customer_number", FIELD_TEXT, N_("Customer number")),
    FACT("status", FIELD_ENUM, N_("Status")),
    FACT("plan", FIELD_TEXT, N_("Plan")),
    FACT("price", FIELD_MONEY, N_("Price of a period, net")),
    FACT("every_text", FIELD_TEXT, N_("Billed every")),
    FACT("in_advance", FIELD_BOOL, N_("Billed in advance")),
    FACT("start_date", FIELD_DATE, N_("Begins")),
    FACT("term_text", FIELD_TEXT, N_("First term")),
    FACT("renewal_text", FIELD_TEXT, N_("Renewed for")),
    FACT("term_end", FIELD_DATE, N_("The term runs until")),
    FACT("notice_text", FIELD_TEXT, N_("Notice period")),
    FACT("earliest_end", FIELD_DATE, N_("Earliest end, by notice today")),
    FACT("last_notice", FIELD_DATE, N_("Last day of notice for that end")),
    FACT("cancelled_on", FIELD_DATE, N_("Notice given on")),
    FACT("end_date", FIELD_DATE, N_("Last day")),
    FACT("changes_on", FIELD_DATE, N_("Changes on")),
    FACT("then_text", FIELD_TEXT, N_("What it becomes")),
    FACT("delivery_mode", FIELD_ENUM, N_("Delivery of invoices")),
    FACT("due_text", FIELD_TEXT, N_("Days until an invoice is due")),
    FACT("billed_until", FIELD_DATE, N_("Billed until")),
    FACT("next_billing", FIELD_DATE, N_("Next billing")),
    FACT("created", FIELD_TIME, N_("Created")),
    FIELD_END,
};

/* "Fibre, 39.90 every 3 months, notice 1 month"; NULL: it stays as it is. */
static const char *
then_text(struct request *rq, const json_t *row, const json_t *items)
{
    static const struct {
        const char *count, *unit, *words;
    } terms[] = {
        {"term", "term_unit", N_("first term {span}")},
        {"renewal", "renewal_unit", N_("renewed for {span}")},
        {"notice", "notice_unit", N_("notice {span}")},
    };
    const char *day = row_text(row, "changes_on"), *text;
    const json_t *then;

    if (!day) {
        return NULL;
    }
    then = contract_row_on(rq->arena, row, day);
    text = i18n_fill(
        rq->arena, i18n(rq->language, N_("{name}, {price} net for {span}")),
        "name", row_text(row, "then_name"), "price",
        text_money(rq->arena, rq->language, contract_price(row, items, day),
                   row_text(row, "currency")),
        "span",
        contract_span_text(rq, row_int(then, "every"), row_text(then, "unit")),
        NULL);
    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++) {
        const char *span = contract_span_text(rq, row_int(then, terms[i].count),
                                              row_text(then, terms[i].unit));

        if (span) {
            text = arena_printf(rq->arena, "%s, %s", text,
                                i18n_fill(rq->arena,
                                          i18n(rq->language, terms[i].words),
                                          "span", span, NULL));
        }
    }
    return text;
}

static json_t *
facts_of(struct request *rq, const json_t *row, const json_t *items)
{
    const char *today = tenant_today(rq->arena, rq->tenant);
    json_t *told = contract_row_on(rq->arena, row, today);

    contract_model_terms(rq, told, row);
    model_text(
        told, "every_text",
        contract_span_text(rq, row_int(told, "every"), row_text(told, "unit")));
    model_text(told, "then_text", then_text(rq, row, items));
    if (json_is_integer(json_object_get(row, "due_days"))) {
        model_text(told, "due_text",
                   text_decimal(rq->arena, rq->language,
                                row_int(row, "due_days") * 1000000));
    }
    json_object_set_new(told, "price",
                        json_integer(contract_price(row, items, today)));
    return office_facts(rq, facts, told);
}

/* clang-format off */
#define ITEM_COLUMNS \
    {.name = "position", .type = FIELD_INTEGER}, /* their order, not shown */ \
    FACT("description", FIELD_TEXT, N_("Description")), \
    FACT("quantity", FIELD_DECIMAL, N_("Quantity")), \
    FACT("unit_price", FIELD_DECIMAL, N_("Unit price")), \
    FACT("vat_rate", FIELD_PERCENT, N_("VAT")), \
    FACT("net", FIELD_MONEY, N_("Net"))
/* clang-format on */
static const struct field item_columns[] = {ITEM_COLUMNS, FIELD_END};
static const struct field timed_columns[] = {
    ITEM_COLUMNS,
    FACT("since", FIELD_DATE, N_("For periods from")),
    FACT("until", FIELD_DATE, N_("For periods before")),
    FIELD_END,
};

static json_t *
items_of(struct request *rq, const json_t *row, const json_t *items)
{
    struct list list = {.path = "",
                        .title = N_("Items"),
                        .fields = item_columns,
                        .key = "position",
                        .order = "position",
                        .link = ""};
    const char *currency = row_text(row, "currency");
    json_t *told = json_in_arena(rq->arena, json_array()), *item;
    size_t i;

    json_array_foreach(items, i, item)
    {
        json_t *one = json_copy(item);

        if (row_text(item, "since") || row_text(item, "until")) {
            list.fields = timed_columns;
        }
        model_text(one, "currency", currency);
        json_object_set_new(one, "net",
                            json_integer(contract_line_net(
                                row_int(item, "quantity"),
                                row_int(item, "unit_price"), currency)));
        json_array_append_new(told, one);
    }
    return office_table_like(rq, &list, told, CONTRACT_ITEMS_MAX);
}

static bool
fits(struct request *rq, const json_t *row, const struct lead *lead)
{
    bool ended = strcmp(row_text(row, "status"), "ended") == 0;

    return office_may(rq, lead->right) &&
           (!lead->action             ? !ended
            : lead->action[0] == '\0' ? true
                                      : contract_may(row, lead->action));
}

static void
add_leads(struct request *rq, json_t *model, const json_t *row)
{
    json_t *links = json_array(), *buttons = json_array();

    for (size_t i = 0; i < sizeof leads / sizeof *leads; i++) {
        const char *path = page_of(rq, row, leads[i].path);

        if (!fits(rq, row, &leads[i])) {
            continue;
        }
        if (leads[i].button) {
            json_array_append_new(buttons,
                                  office_button(rq, path, leads[i].label));
        } else {
            office_add_link(rq, links, path, leads[i].label);
        }
    }
    model_list(model, "links", links);
    model_list(model, "buttons", buttons);
}

/* What people look for next to a contract: its customer, and the invoices. */
static void
add_ways(struct request *rq, json_t *model, const json_t *row)
{
    json_t *links = json_object_get(model, "links");
    const char *number =
        form_escape(rq->arena, row_text(row, "customer_number"));

    if (office_may(rq, "customers.view")) {
        office_add_link(rq, links,
                        arena_printf(rq->arena, "/admin/customers/%s", number),
                        N_("Customer"));
    }
    if (office_may(rq, "invoices.view")) {
        office_add_link(
            rq, links,
            arena_printf(rq->arena, "/admin/invoices?customer=%s", number),
            N_("Invoices"));
    }
}

void
office_contract_page(struct request *rq, struct response *rs)
{
    json_t *row = contract_named(rq, rs), *items, *model, *tables;

    if (!row) {
        return;
    }
    if (contract_items(rq->db, rq->arena, rq->tenant->id, row_text(row, "id"),
                       &items) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    model = json_pack("{s:s, s:s+, s:s}", "title", row_text(row, "name"),
                      "back_url", rq->prefix, list_path, "back_label",
                      i18n(rq->language, N_("All contracts")));
    json_object_set_new(model, "facts", facts_of(rq, row, items));
    office_add_custom(rq, json_object_get(model, "facts"), "contract", row);
    add_leads(rq, model, row);
    add_ways(rq, model, row);
    tables = json_array();
    json_array_append_new(tables, items_of(rq, row, items));
    model_list(model, "tables", tables);
    response_page(rs, "office_detail", json_in_arena(rq->arena, model));
}

/* ---- its life ---- */

/* Where somebody was quicker the whole form is run again. */
static bool
act(struct request *rq, struct response *rs, const json_t *row,
    const struct contract_move *move, enum err *why)
{
    enum db_result r = contract_act(rq->db, rq->arena, rq->tenant->id,
                                    rq->actor, row, move, why);

    if (r != DB_OK) {
        response_error(rs, r == DB_CHECK ? *why : ERR_unavailable);
    }
    return r == DB_OK;
}

static void
act_and_return(struct request *rq, struct response *rs, const char *action)
{
    json_t *row = contract_named(rq, rs);
    struct contract_move move = {.action = action,
                                 .today = tenant_today(rq->arena, rq->tenant)};
    enum err why;

    if (row && act(rq, rs, row, &move, &why)) {
        response_redirect(rq, rs, page_of(rq, row, ""));
    }
}

void
contract_activate_submit(struct request *rq, struct response *rs)
{
    act_and_return(rq, rs, "activate");
}

void
contract_undo_submit(struct request *rq, struct response *rs)
{
    act_and_return(rq, rs, "undo_cancel");
}

/* ---- cancelling ---- */

static const struct field preview_facts[] = {
    FACT("date", FIELD_DATE, N_("Day of notice")),
    FACT("end", FIELD_DATE, N_("Last day")),
    FACT("last_notice", FIELD_DATE, N_("Last day of notice for that end")),
    FACT("billed_until", FIELD_DATE, N_("Billed until")),
    FACT("rest_from", FIELD_DATE, N_("Still billed from")),
    FACT("rest_periods", FIELD_INTEGER, N_("Periods until the end")),
    FACT("rest_net", FIELD_MONEY, N_("Still billed until the end, net")),
    FACT("back_from", FIELD_DATE, N_("Given back from")),
    FACT("back_net", FIELD_MONEY, N_("Given back after the end, about, net")),
    FIELD_END,
};

/* NULL, with the error in the response: it cannot be cancelled now. */
static json_t *
preview_of(struct request *rq, struct response *rs, const json_t *row,
           const char *day)
{
    json_t *items, *preview, *rest;
    const char *end = request_text(rq, "end"), *id = row_text(row, "id");
    const char *invoiced;

    if (contract_items(rq->db, rq->arena, rq->tenant->id, id, &items) !=
            DB_OK ||
        contract_invoiced_until(rq->db, rq->arena, rq->tenant->id, id,
                                &invoiced) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return NULL;
    }
    end = end && contract_may_end(row, day, end) ? end : NULL;
    preview = contract_preview(rq->arena, row, items, invoiced, day, end);
    if (!preview) {
        response_error(rs, ERR_contract_status);
        return NULL;
    }
    rest = json_object_get(preview, "still_billed");
    if (json_is_object(rest)) {
        model_text(preview, "rest_from", row_text(rest, "from"));
        json_object_set(preview, "rest_periods",
                        json_object_get(rest, "periods"));
        json_object_set(preview, "rest_net", json_object_get(rest, "net"));
    }
    rest = json_object_get(preview, "given_back");
    if (json_is_object(rest)) {
        model_text(preview, "back_from", row_text(rest, "from"));
        json_object_set(preview, "back_net", json_object_get(rest, "net"));
    }
    json_object_set(preview, "currency", json_object_get(row, "currency"));
    return preview;
}

static void
show_cancel(struct request *rq, struct response *rs, const json_t *row,
            const char *day, enum err error)
{
    json_t *preview = preview_of(rq, rs, row, day), *model;
    json_t *values =
        json_in_arena(rq->arena, json_pack("{s:s, s:s*}", "date", day, "end",
                                           request_text(rq, "end")));

    if (!preview) {
        return;
    }
    model = json_pack("{s:s, s:s+, s:s+, s:O}", "name", row_text(row, "name"),
                      "back_url", rq->prefix, page_of(rq, row, ""), "action",
                      rq->prefix, page_of(rq, row, "/cancel"), "ends_by_itself",
                      json_object_get(preview, "ends_by_itself"));
    model_text(model, "version", page_version(rq, row));
    json_object_set_new(model, "facts",
                        office_facts(rq, preview_facts, preview));
    page_form(rq, rs, "office_contract_cancel", model, contract_cancel_fields,
              values, error);
}

void
contract_cancel_page(struct request *rq, struct response *rs)
{
    json_t *row = contract_named(rq, rs);

    if (row) {
        show_cancel(rq, rs, row, tenant_today(rq->arena, rq->tenant), ERR_NONE);
    }
}

/* What notice on another day leads to: nothing is done, so that it is answered
 * as a form which is not done yet. */
static void
show_other_day(struct request *rq, struct response *rs, const json_t *row,
               const char *day)
{
    show_cancel(rq, rs, row, day, ERR_NONE);
    if (rs->kind == RESPONSE_PAGE) {
        rs->status = err_row(ERR_invalid)->status;
    }
}

void
contract_cancel_submit(struct request *rq, struct response *rs)
{
    json_t *row = contract_named(rq, rs);
    const char *date = request_text(rq, "date");
    struct contract_move move = {.action = "cancel",
                                 .today = tenant_today(rq->arena, rq->tenant),
                                 .date = date,
                                 .end = request_text(rq, "end")};
    const char *day = date ? date : move.today;
    enum err why = ERR_NONE;

    if (!row) {
        return;
    }
    if (!page_version_is(rq, page_version(rq, row))) {
        show_cancel(rq, rs, row, day, ERR_changed_meanwhile);
    } else if (rq->errors.n > 0) {
        show_cancel(rq, rs, row, day, ERR_NONE);
    } else if (json_object_get(rq->raw, "show")) {
        show_other_day(rq, rs, row, day);
    } else if (act(rq, rs, row, &move, &why)) {
        response_redirect(rq, rs, page_of(rq, row, ""));
    } else if (why == ERR_notice_future || why == ERR_end_early) {
        field_fail(&rq->errors,
                   why == ERR_end_early && move.end ? "end" : "date", why, 0);
        show_cancel(rq, rs, row, move.today, ERR_NONE);
    } else if (why == ERR_contract_ends_itself) {
        show_cancel(rq, rs, row, day, why);
    }
}

/* ---- a draft goes ---- */

static const struct field removal_facts[] = {
    FACT("ref", FIELD_TEXT, N_("Reference")),
    FACT("customer_number", FIELD_TEXT, N_("Customer number")),
    FACT("start_date", FIELD_DATE, N_("Begins")),
    FIELD_END,
};

static void
show_removal(struct request *rq, struct response *rs, const json_t *row,
             enum err error)
{
    struct office_removal removal = {.question = N_("Discard this draft?"),
                                     .name = row_text(row, "name"),
                                     .back = page_of(rq, row, ""),
                                     .version = page_version(rq, row),
                                     .fields = removal_facts,
                                     .row = row};

    if (contract_may(row, "discard")) {
        office_ask_removal(rq, rs, &removal, error);
    } else {
        response_error(rs, ERR_contract_status);
    }
}

void
contract_remove_page(struct request *rq, struct response *rs)
{
    json_t *row = contract_named(rq, rs);

    if (row) {
        show_removal(rq, rs, row, ERR_NONE);
    }
}

void
contract_remove_submit(struct request *rq, struct response *rs)
{
    json_t *row = contract_named(rq, rs);
    struct contract_move move = {.action = "discard",
                                 .today = tenant_today(rq->arena, rq->tenant)};
    enum err why;

    if (!row) {
        return;
    }
    if (!page_version_is(rq, page_version(rq, row))) {
        show_removal(rq, rs, row, ERR_changed_meanwhile);
    } else if (act(rq, rs, row, &move, &why)) {
        response_redirect(rq, rs, list_path);
    }
}
