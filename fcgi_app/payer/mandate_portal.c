/*
 * Customer pages: a member names a bank account that is to be debited, and
 * proves by their password that it is them; the next page has the mandate in
 * full, and its one button gives it. What was proved and typed goes from the
 * one to the other sealed for this browser and session.
 */
#include <string.h>

#include "base/iban.h"
#include "base/id.h"
#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "customer/customer.h"
#include "http/handlers.h"
#include "page/page_web.h"
#include "payer/payer_web.h"
#include "session/person_web.h"
#include "tenant/tenant.h"

/* ---- what goes from page to page ---- */

static const char purpose[] = "mandate";

/* Who proved who they are, for which account, and what they typed. */
static const char *
draft_make(struct request *rq, struct response *rs, const json_t *before,
           const char *iban)
{
    json_t *draft = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "session", rq->session->key,
        "customer", rq->session->customer, "id", id_new(rq->arena, "pm"),
        "before", before ? row_text(before, "id") : "", "iban", iban, "holder",
        request_text(rq, "account_holder"), "reference",
        payer_reference(rq->arena));

    return flow_make(
        rq, rs, purpose,
        json_text(rq->arena, json_in_arena(rq->arena, draft), JSON_COMPACT));
}

static void
begin_anew(struct request *rq, struct response *rs)
{
    response_redirect(rq, rs, "/payment/change?over=1");
}

/* NULL, with the way back to the form in the response: it is another session's,
 * or too old. */
static json_t *
draft_open(struct request *rq, struct response *rs)
{
    const char *text = flow_open(rq, purpose, flow_sent(rq));
    json_t *draft = text ? json_loads(text, 0, NULL) : NULL;

    if (draft) {
        json_in_arena(rq->arena, draft);
    }
    if (draft && strcmp(row_text(draft, "session"), rq->session->key) == 0 &&
        strcmp(row_text(draft, "customer"), rq->session->customer) == 0) {
        return draft;
    }
    begin_anew(rq, rs);
    return NULL;
}

/* ---- the form ---- */

/* What people may change who are here themselves; else the error is in the
 * response. */
static bool
may_begin(struct request *rq, struct response *rs, struct person *person,
          json_t **user)
{
    if (!person_mine(rq, rs, person, user)) {
        return false;
    }
    if (!payer_creditor(rq->db, rq->arena, rq->tenant)) {
        response_error(rs, ERR_direct_debit_off);
        return false;
    }
    return true;
}

static void
show_form(struct request *rq, struct response *rs)
{
    json_t *model =
        json_pack("{s:b}", "is_over", request_argument(rq, "over") != NULL);

    person_form(rq, rs, "payment_change", model, payer_form_fields, ERR_NONE);
}

void
payment_change_page(struct request *rq, struct response *rs)
{
    struct person person;
    json_t *user;

    if (may_begin(rq, rs, &person, &user)) {
        show_form(rq, rs);
    }
}

/* Who proved who they are can give a mandate until the draft is too old. */
static enum db_result
note_proof(struct request *rq)
{
    struct audit row = {rq->actor, rq->session->customer,
                        "payment_method.asked", rq->session->user, ""};

    return audit_write(rq->db, rq->arena, rq->tenant->id, &row);
}

void
payment_change_submit(struct request *rq, struct response *rs)
{
    struct person person;
    json_t *user, *before;
    const char *iban, *flow;

    if (!may_begin(rq, rs, &person, &user) || !payer_in_use(rq, rs, &before)) {
        return;
    }
    iban = payer_take_iban(rq->arena, request_text(rq, "iban"), "iban",
                           &rq->errors);
    if (!person_check_password(rq, rs, &person, user, "password")) {
        return;
    }
    if (rq->errors.n > 0) {
        show_form(rq, rs);
        return;
    }
    flow = draft_make(rq, rs, before, iban);
    if (flow && note_proof(rq) == DB_OK) {
        response_redirect(
            rq, rs, arena_printf(rq->arena, "/payment/mandate?flow=%s", flow));
    } else {
        response_error(rs, ERR_unavailable);
    }
}

/* ---- the mandate ---- */

struct offer {
    json_t *user, *draft, *customer;
    struct payer_new new;
};

/* The mandate that the draft would be today; false with the answer. */
static bool
offer_of(struct request *rq, struct response *rs, struct offer *o)
{
    struct person person;
    enum db_result r;

    if (!may_begin(rq, rs, &person, &o->user) ||
        !(o->draft = draft_open(rq, rs))) {
        return false;
    }
    r = customer_by_id(rq->db, rq->arena, rq->tenant->id, rq->session->customer,
                       &o->customer);
    if (r != DB_OK) {
        response_error(rs, db_error(r));
        return false;
    }
    o->new = (struct payer_new){
        .id = row_text(o->draft, "id"),
        .customer = rq->session->customer,
        .before = row_text(o->draft, "before"),
        .iban = row_text(o->draft, "iban"),
        .holder = row_text(o->draft, "holder"),
        .reference = row_text(o->draft, "reference"),
        .creditor = payer_creditor(rq->db, rq->arena, rq->tenant),
        .signed_on = tenant_today(rq->arena, rq->tenant),
        .language = rq->language,
        .url = arena_printf(rq->arena, "%s/payment/mandate", rq->tenant->url)};
    o->new.words = payer_words(rq, o->customer, &o->new);
    return true;
}

/* There is nothing to fill in. */
static const struct field nothing[] = {FIELD_END};

static void
show_mandate(struct request *rq, struct response *rs, const struct offer *o,
             enum err error)
{
    json_t *model = json_pack("{s:s, s:s, s:b}", "flow", flow_sent(rq),
                              "version", id_hash(rq->arena, o->new.words),
                              "is_change", o->new.before[0] != '\0');

    model_list(
        model, "lines",
        payer_lines(rq, o->new.words, iban_grouped(rq->arena, o->new.iban)));
    page_form(rq, rs, "payment_mandate", model, nothing, NULL, error);
}

void
mandate_page(struct request *rq, struct response *rs)
{
    struct offer o;

    if (offer_of(rq, rs, &o)) {
        show_mandate(rq, rs, &o, ERR_NONE);
    }
}

/* ---- giving it ---- */

struct giving {
    struct request *rq;
    const struct offer *offer;
};

static enum db_result
give_in_transaction(struct db *db, void *data)
{
    const struct giving *g = data;
    struct payer_told told = {g->offer->customer, g->rq->session->user,
                              row_text(g->offer->user, "email"),
                              g->rq->language};

    (void)db;
    return payer_give(g->rq, &g->offer->new, &told);
}

/* Whether this mandate was given before, by another click on the same page. */
static bool
is_given(struct request *rq, const struct offer *o)
{
    json_t *row;

    return payer_get(rq->db, rq->arena, rq->tenant->id, o->new.customer,
                     o->new.id, &row) == DB_OK;
}

void
mandate_submit(struct request *rq, struct response *rs)
{
    struct giving giving = {.rq = rq};
    struct offer o;
    bool given;
    enum db_result r;

    if (!offer_of(rq, rs, &o)) {
        return;
    }
    giving.offer = &o;
    given = is_given(rq, &o);
    if (!given && !page_version_is(rq, id_hash(rq->arena, o.new.words))) {
        show_mandate(rq, rs, &o, ERR_changed_meanwhile);
        return;
    }
    r = given ? DB_OK
              : db_transaction(rq->db, true, give_in_transaction, &giving);
    if (r == DB_OK) {
        response_redirect(rq, rs, payer_mandate_path(rq, o.new.id));
    } else if (r == DB_NONE) {
        begin_anew(rq, rs); /* of another account by now, or on account */
    } else {
        response_error(rs, ERR_unavailable);
    }
}

void
mandate_given_page(struct request *rq, struct response *rs)
{
    json_t *row, *model;
    enum db_result r = payer_get(rq->db, rq->arena, rq->tenant->id,
                                 rq->session->customer, rq->values[0], &row);

    if (r != DB_OK) {
        response_error(rs, db_error(r));
        return;
    }
    model =
        json_pack("{s:b, s:s}", "is_active",
                  strcmp(row_text(row, "status"), "active") == 0, "given_text",
                  text_moment(rq->arena, rq->language, row_int(row, "given"),
                              rq->tenant->time_zone));
    model_list(model, "lines", payer_row_lines(rq, row));
    model_list(model, "facts", payer_facts(rq, row));
    model_text(model, "lines_lang", row_text(row, "language"));
    response_page(rs, "payment_given", json_in_arena(rq->arena, model));
}
