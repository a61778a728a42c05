/*
 * Customer pages: a member of an account cancels one of its contracts. It is
 * received as a declaration is that comes without a sign-in, with its receipt,
 * and done at once; until the last day it can be taken back.
 */
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "contract/contract.h"
#include "contract/contract_view.h"
#include "customer/customer.h"
#include "declaration/declaration_web.h"
#include "http/form.h"
#include "http/handlers.h"
#include "page/page_web.h"
#include "session/session.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

static const char *
page_of(struct request *rq, const json_t *row, const char *below)
{
    return arena_printf(rq->arena, "/contracts/%s%s",
                        form_escape(rq->arena, row_text(row, "ref")), below);
}

/* ---- what it leads to ---- */

/* NULL, with the error in the response: it cannot be cancelled now. */
static json_t *
preview_of(struct request *rq, struct response *rs, const json_t *row)
{
    const char *id = row_text(row, "id"), *invoiced;
    json_t *items, *preview;

    if (contract_items(rq->db, rq->arena, rq->tenant->id, id, &items) !=
            DB_OK ||
        contract_invoiced_until(rq->db, rq->arena, rq->tenant->id, id,
                                &invoiced) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return NULL;
    }
    preview = contract_preview(rq->arena, row, items, invoiced,
                               tenant_today(rq->arena, rq->tenant), NULL);
    if (!preview || json_is_true(json_object_get(preview, "ends_by_itself"))) {
        response_error(rs, preview ? ERR_contract_ends_itself
                                   : ERR_contract_status);
        return NULL;
    }
    return preview;
}

/* There is nothing to fill in. */
static const struct field nothing[] = {FIELD_END};

static void
show(struct request *rq, struct response *rs, const json_t *row, enum err error)
{
    json_t *preview = preview_of(rq, rs, row), *model;

    if (!preview) {
        return;
    }
    model = json_pack("{s:s, s:s, s:s+, s:s+, s:s}", "name",
                      row_text(row, "name"), "ref", row_text(row, "ref"),
                      "back_url", rq->prefix, page_of(rq, row, ""), "action",
                      rq->prefix, page_of(rq, row, "/cancel"), "version",
                      page_version(rq, row));
    model_date(model, rq->arena, rq->language, "today",
               tenant_today(rq->arena, rq->tenant));
    model_date(model, rq->arena, rq->language, "end", row_text(preview, "end"));
    model_date(model, rq->arena, rq->language, "last_notice",
               row_text(preview, "last_notice"));
    page_form(rq, rs, "contract_cancel", model, nothing, NULL, error);
}

void
contract_cancel_ask_page(struct request *rq, struct response *rs)
{
    json_t *row = contract_named_here(rq, rs);

    if (row) {
        show(rq, rs, row, ERR_NONE);
    }
}

/* ---- doing it ---- */

/* What the form of anybody would have been filled in with. */
static enum db_result
declared(struct request *rq, const json_t *row, const char *end,
         struct declaration_new *new)
{
    json_t *customer, *input;
    enum db_result r = customer_by_id(rq->db, rq->arena, rq->tenant->id,
                                      rq->session->customer, &customer);

    if (r != DB_OK) {
        return r;
    }
    input = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "notice", "ordinary",
                      "name", customer_name(rq->arena, customer),
                      "customer_number", row_text(customer, "number"),
                      "contract", row_text(row, "ref"), "end", end, "email",
                      row_text(customer, "email"));
    *new = (struct declaration_new){.id = id_new(rq->arena, "dec"),
                                    .kind = "cancellation",
                                    .language = rq->language,
                                    .input = json_in_arena(rq->arena, input),
                                    .received = clock_now()};
    new->receipt = declaration_receipt(rq, cancellation_fields, new->input);
    return DB_OK;
}

/* Staff need do nothing about it any more. */
static enum db_result
settle(struct request *rq, const char *id)
{
    struct declaration_desk desk = {rq->db, rq->arena, rq->tenant, rq->actor};
    const char *note = i18n(rq->tenant->default_language,
                            N_("Cancelled in the portal, and done at once."));
    json_t *row,
        *input = json_in_arena(
            rq->arena, json_pack("{s:s, s:s}", "status", "done", "note", note));
    enum db_result r =
        declaration_get(rq->db, rq->arena, rq->tenant->id, id, &row);

    return r == DB_OK ? declaration_change(&desk, row, input, &rq->errors) : r;
}

/* All of it in the transaction that a form runs in. */
static enum db_result
cancel(struct request *rq, const json_t *row, const json_t *preview,
       const char **id)
{
    struct contract_move move = {.action = "cancel",
                                 .today = tenant_today(rq->arena, rq->tenant),
                                 .end = row_text(preview, "end")};
    struct declaration_new new;
    enum err why;
    enum db_result r = declared(rq, row, move.end, &new);

    if (r == DB_OK) {
        r = declaration_take_in(rq, &new);
    }
    if (r == DB_OK) {
        r = contract_act(rq->db, rq->arena, rq->tenant->id, rq->actor, row,
                         &move, &why);
    }
    *id = new.id;
    return r == DB_OK ? settle(rq, new.id) : r;
}

void
contract_cancel_ask_submit(struct request *rq, struct response *rs)
{
    json_t *row = contract_named_here(rq, rs), *preview;
    const char *id;

    if (!row) {
        return;
    }
    if (!page_version_is(rq, page_version(rq, row))) {
        show(rq, rs, row, ERR_changed_meanwhile);
        return;
    }
    preview = preview_of(rq, rs, row);
    if (!preview) {
        return;
    }
    /* the day that was read: midnight may have passed */
    if (strcmp(request_typed(rq, "end"), row_text(preview, "end")) != 0) {
        show(rq, rs, row, ERR_changed_meanwhile);
    } else if (cancel(rq, row, preview, &id) != DB_OK) {
        response_error(rs, ERR_unavailable);
    } else {
        response_redirect(
            rq, rs,
            page_of(rq, row, arena_printf(rq->arena, "/cancelled/%s", id)));
    }
}

/* ---- the receipt ---- */

void
contract_cancelled_page(struct request *rq, struct response *rs)
{
    json_t *row = contract_named_here(rq, rs), *told, *model;
    enum db_result r;

    if (!row) {
        return;
    }
    r = declaration_get(rq->db, rq->arena, rq->tenant->id, rq->values[1],
                        &told);
    if (r == DB_OK &&
        (!row_text(told, "contract_id") ||
         strcmp(row_text(told, "contract_id"), row_text(row, "id")) != 0)) {
        r = DB_NONE;
    }
    if (r != DB_OK) {
        response_error(rs, db_error(r));
        return;
    }
    model = json_pack(
        "{s:b, s:b, s:s+, s:s, s:s}", "is_cancellation", 1, "is_over", 0,
        "back_url", rq->prefix, page_of(rq, row, ""), "name",
        row_text(row, "name"), "received_text",
        text_moment(rq->arena, rq->language, row_int(told, "received"),
                    rq->tenant->time_zone));
    model_list(model, "lines", model_lines(row_text(told, "receipt")));
    response_page(rs, "declared", json_in_arena(rq->arena, model));
}

/* ---- taking it back ---- */

void
contract_uncancel_submit(struct request *rq, struct response *rs)
{
    json_t *row = contract_named_here(rq, rs);
    struct contract_move move = {.action = "undo_cancel",
                                 .today = tenant_today(rq->arena, rq->tenant)};
    enum err why = ERR_unavailable;
    bool may = false;
    enum db_result r;

    if (!row) {
        return;
    }
    r = contract_may_undo(rq->db, rq->arena, rq->tenant->id, row,
                          tenant_today(rq->arena, rq->tenant), &may);
    if (r == DB_OK && !may) {
        response_error(rs, ERR_contract_status);
        return;
    }
    if (r == DB_OK) {
        r = contract_act(rq->db, rq->arena, rq->tenant->id, rq->actor, row,
                         &move, &why);
    }
    if (r != DB_OK) {
        response_error(rs, r == DB_CHECK ? why : ERR_unavailable);
    } else {
        response_redirect(rq, rs, page_of(rq, row, ""));
    }
}
