/*
 * The order page: one address, one variant of a plan, with the components that
 * go with it. Whoever is signed in orders into their account; somebody new says
 * who they are, as far as the merchant asks. What is ordered is what the
 * summary above the button said: where that is not so any more, it is shown
 * once more, and nothing is ordered.
 */
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "http/form.h"
#include "http/handlers.h"
#include "order/order_send_web.h"
#include "order/pay_web.h"
#include "page/page_web.h"
#include "payer/attempt_web.h"
#include "session/person_web.h"
#include "session/session_web.h"
#include "view/i18n.h"

static const char purpose[] = "order";

/* ---- the merchant's pages that follow ---- */

/* The address that a setting has, with a parameter; NULL: it has none. */
static const char *
page_url(struct request *rq, const char *setting, const char *name,
         const char *value)
{
    const char *url = setting_text(rq->db, rq->arena, rq->tenant->id, setting);
    size_t len = strcspn(url, "#");

    if (!url[0]) {
        return NULL;
    }
    return arena_printf(rq->arena, "%.*s%c%s=%s%s", (int)len, url,
                        memchr(url, '?', len) ? '&' : '?', name,
                        form_escape(rq->arena, value), url + len);
}

/* What whoever orders cannot mend: the merchant's page follows, or ours says
 * it. */
static void
give_up(struct request *rq, struct response *rs, enum err error)
{
    const struct err_row *row = err_row(error);
    const char *url = page_url(rq, "signup_error_url", "error", row->code);

    if (!url) {
        response_error(rs, error);
        return;
    }
    response_page(
        rs, "order_failed",
        json_in_arena(rq->arena,
                      json_pack("{s:s, s:s, s:s}", "title",
                                i18n(rq->language, row->title), "detail",
                                i18n(rq->language, row->detail), "url", url)));
    rs->status = row->status;
}

/* ---- what the page is about ---- */

static bool
is_known(const struct request *rq)
{
    return rq->session && session_of_person(rq->session);
}

/* Who concludes contracts for an account is its owner; who has several and has
 * chosen none does that first. False with the answer. */
static bool
may_order(struct request *rq, struct response *rs)
{
    if (rq->session && session_choosing(rq->session)) {
        response_redirect(rq, rs,
                          arena_printf(rq->arena, "/accounts?next=%s",
                                       form_escape(rq->arena, rq->path)));
        return false;
    }
    if (is_known(rq) && !rq->session->membership->owner) {
        response_error(rs, ERR_forbidden);
        return false;
    }
    return true;
}

/* A variant that nobody may order is as one that is not there; for who sent the
 * form the page was there before. */
static void
not_there(struct request *rq, struct response *rs)
{
    if (strcmp(rq->method, "POST") == 0) {
        give_up(rq, rs, ERR_order_gone);
    } else {
        response_error(rs, ERR_not_found);
    }
}

/* False with the error in the response. */
static bool
load(struct request *rq, struct response *rs, struct order_form *f)
{
    static const struct field none[] = {FIELD_END};
    enum db_result r;

    *f = (struct order_form){.rq = rq, .fields = none};
    if (!may_order(rq, rs)) {
        return false;
    }
    r = order_load(f);
    if (r == DB_NONE) {
        not_there(rq, rs);
        return false;
    }
    if (r != DB_OK) {
        response_error(rs, db_error(r));
        return false;
    }
    if (!is_known(rq)) {
        f->fields = order_person_fields(rq->arena, &f->page);
    }
    return order_pay_load(rs, f);
}

/* ---- what an address fills in ---- */

/* Names that a merchant's links may have from where they ordered before:
 * billwerk, Hosted Signup. */
static const struct {
    const char *theirs, *ours;
} aliases[] = {
    {"cname", "company_name"},   {"fname", "first_name"},
    {"lname", "last_name"},      {"pnum", "phone"},
    {"pcode", "postal_code"},    {"vatid", "vat_id"},
    {"aline1", "address_extra"},
};

/* Untrusted: it stands in controls as if it were typed. Nothing else of an
 * address does: nobody accepts terms by opening a link. */
static const json_t *
filled_in(const struct order_form *f)
{
    struct request *rq = f->rq;
    json_t *typed = json_in_arena(rq->arena, json_object()), *value;
    const char *street = request_argument(rq, "street");
    const char *house = request_argument(rq, "hnum"), *name;

    json_object_foreach(rq->arguments, name, value)
    {
        if (strncmp(name, "component-", 10) == 0 ||
            strcmp(name, "coupon") == 0) {
            json_object_set(typed, name, value);
        }
    }
    for (const struct field *one = f->fields; one->name; one++) {
        const char *text = request_argument(rq, one->name);

        if (text) {
            model_text(typed, one->name, text);
        }
    }
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++) {
        const char *text = request_argument(rq, aliases[i].theirs);

        if (text && !json_object_get(typed, aliases[i].ours)) {
            model_text(typed, aliases[i].ours, text);
        }
    }
    if (!json_object_get(typed, "country")) {
        model_text(
            typed, "country",
            setting_text(rq->db, rq->arena, rq->tenant->id, "seller_country"));
    }
    if (street && house) {
        model_text(typed, "street",
                   arena_printf(rq->arena, "%s %s", street, house));
    }
    return typed;
}

/* ---- showing it ---- */

/* What the form carries from page to page: the id of the order to be. */
static const char *
flow_of(const struct request *rq)
{
    const char *sent = request_typed(rq, "flow");

    return sent[0] ? sent : request_argument(rq, "flow");
}

/* The controls of a new customer, beside what else may be wrong. */
static void
add_account(struct request *rq, json_t *model)
{
    json_t *account = json_null();

    if (is_known(rq)) {
        account = json_pack("{s:s, s:s}", "name",
                            rq->session->membership->customer_name, "number",
                            rq->session->membership->customer_number);
    }
    json_object_set_new(model, "account_known", account);
}

/* The order to be has the id that the form had, or a new one where that is
 * another order's. */
static const char *
next_id(struct request *rq, enum err error)
{
    const char *id = flow_open(rq, purpose, flow_of(rq));

    return id && error != ERR_order_old ? id : id_new(rq->arena, "ord");
}

static void
show(struct response *rs, struct order_form *f, enum err error)
{
    struct request *rq = f->rq;
    const char *id = next_id(rq, error);
    struct field_errors found = {0}; /* an account that is not typed yet */
    json_t *model;

    order_pay_read(f, id, &found);
    model = order_model(f);
    /* sealed anew, as somebody is still here */
    model_text(model, "flow", flow_make(rq, rs, purpose, id));
    model_text(model, "form_token", form_token(rq, rs));
    model_text(model, "action",
               arena_printf(rq->arena, "%s/order/%s", rq->prefix,
                            row_text(f->variant, "id")));
    add_account(rq, model);
    page_form(rq, rs, "order", model, f->fields, f->typed, error);
    rs->script = "order.js";
}

/* Whether codes may be tried that often. */
static bool
may_try_coupon(struct response *rs, const struct order_form *f)
{
    return !f->coupon || person_may(f->rq, rs, &order_coupon_rate);
}

/* Something is wrong with the variant, or with what it costs by itself: no
 * control can help. */
static bool
is_priceless(const struct order_form *f)
{
    const struct field_errors *errors = &f->rq->errors;

    for (size_t i = 0; i < errors->n; i++) {
        const char *name = errors->list[i].name;

        if (strcmp(name, "variant") == 0 || (strcmp(name, "components") == 0 &&
                                             json_array_size(f->wish) == 0)) {
            return true;
        }
    }
    return false;
}

/* False with the answer: there is no price, now or for good. */
static bool
has_price(struct response *rs, struct order_form *f)
{
    enum db_result r = order_price(f);

    if (r != DB_OK && r != DB_CHECK) {
        response_error(rs, ERR_unavailable);
    } else if (is_priceless(f)) {
        give_up(f->rq, rs, ERR_order_failed);
    } else {
        return true;
    }
    return false;
}

/* With what it costs now. */
static void
show_priced(struct response *rs, struct order_form *f, enum err error)
{
    if (has_price(rs, f)) {
        show(rs, f, error);
    }
}

/* Nobody has typed anything yet: what an address has wrong is left out. */
void
order_show(struct request *rq, struct response *rs)
{
    struct order_form f;
    enum db_result r;

    if (!load(rq, rs, &f)) {
        return;
    }
    f.typed = filled_in(&f);
    order_read_wish(&f);
    rq->errors.n = 0;
    if (!may_try_coupon(rs, &f)) {
        return;
    }
    r = order_price(&f);
    if (r == DB_CHECK) {
        rq->errors.n = 0;
        json_array_clear(f.wish);
        show_priced(rs, &f, ERR_NONE);
    } else if (r == DB_OK) {
        show(rs, &f, ERR_NONE);
    } else {
        response_error(rs, ERR_unavailable);
    }
}

/* ---- placing it ---- */

/* Whoever pays by card goes to the provider first, and comes back. */
static void
done(struct response *rs, const struct order_sending *s)
{
    struct request *rq = s->form->rq;
    json_t *attempt;

    if (attempt_of_order(rq->db, rq->arena, rq->tenant->id, s->order.id,
                         &attempt) == DB_OK &&
        attempt_is(attempt, ATTEMPT_OPEN)) {
        response_redirect(rq, rs,
                          attempt_leave_path(rq, rs, row_text(attempt, "id")));
        return;
    }
    response_redirect(rq, rs,
                      arena_printf(rq->arena, "/order/%s/done?flow=%s",
                                   row_text(s->form->variant, "id"),
                                   flow_make(rq, rs, purpose, s->order.id)));
}

/* The same was ordered before: the page asks whether it is wanted twice. */
static void
ask_again(struct response *rs, const struct order_sending *s)
{
    struct request *rq = s->form->rq;

    show_priced(rs, s->form, ERR_order_twice);
    if (rs->model) {
        model_text(rs->model, "before_text",
                   text_moment(rq->arena, rq->language, s->placed.placed,
                               rq->tenant->time_zone));
        model_text(rs->model, "before_ref", s->placed.ref);
    }
}

/* Nothing was ordered: the page says why, at its place. */
static void
refuse(struct response *rs, const struct order_sending *s)
{
    struct request *rq = s->form->rq;
    enum err why = s->placed.why;

    rq->errors.n = 0; /* what is wrong with the wish is found once more */
    if (why == ERR_order_twice) {
        ask_again(rs, s);
    } else if (why == ERR_invalid) {
        show_priced(rs, s->form, ERR_NONE);
    } else if (s->placed.by_coupon) {
        field_fail(&rq->errors, "coupon", why, 0);
        show_priced(rs, s->form, ERR_NONE);
    } else if (why == ERR_too_many) {
        response_error(rs, why);
    } else if (why != ERR_NONE) {
        show_priced(rs, s->form, why);
    } else {
        give_up(rq, rs, ERR_order_failed);
    }
}

static void
place(struct response *rs, struct order_sending *s)
{
    struct request *rq = s->form->rq;
    enum db_result r;

    if (!person_may(rq, rs, &order_rate)) {
        return;
    }
    r = order_send(s);
    if (r == DB_OK) {
        done(rs, s);
    } else if (r == DB_CHECK) {
        refuse(rs, s);
    } else if (r == DB_NONE || db_of_rows(r)) {
        give_up(rq, rs, r == DB_NONE ? ERR_order_gone : ERR_order_failed);
    } else {
        response_error(rs, ERR_unavailable);
    }
}

/* ---- what was sent ---- */

static void
check_terms(const struct order_form *f)
{
    for (size_t i = 0; i < f->n_terms; i++) {
        const struct order_term *term = &f->terms[i];

        if (term->required && !order_term_ticked(f, term)) {
            field_fail(&f->rq->errors,
                       arena_printf(f->rq->arena, "term-%d", term->position),
                       ERR_value_unticked, 0);
        }
    }
}

/* Who orders: somebody new, by the rules of customers. False with the error in
 * the response. */
static bool
take_person(struct response *rs, struct order_form *f, struct order_sending *s)
{
    struct request *rq = f->rq;
    const json_t *input =
        field_parse(rq->arena, f->fields, f->typed, FIELD_FORM, &rq->errors);
    const char *delivery = row_text(input, "delivery_mode");
    struct customer_sent sent = {.arena = rq->arena,
                                 .tenant = rq->tenant,
                                 .input = input,
                                 .errors = &rq->errors};
    enum db_result r;

    s->order.delivery_mode = delivery ? delivery : "email";
    if (is_known(rq)) {
        return true;
    }
    json_object_set_new((json_t *)input, "language", json_string(rq->language));
    r = customer_take(rq->db, &sent, &s->person);
    s->order.person = &s->person;
    if (r != DB_OK && r != DB_CHECK) {
        response_error(rs, ERR_unavailable);
    }
    return r == DB_OK || r == DB_CHECK;
}

static void
submit(struct response *rs, struct order_form *f)
{
    struct request *rq = f->rq;
    const char *shown = request_typed(rq, "shown");
    struct order_sending s = {
        .form = f,
        .order = {.id = flow_open(rq, purpose, flow_of(rq)),
                  .asked = &f->asked,
                  .shown = shown,
                  .url = arena_printf(rq->arena, "%s/order/%s", rq->tenant->url,
                                      row_text(f->variant, "id")),
                  .browser = order_browser(
                      rq->arena, request_typed(rq, "form_token"), shown),
                  .again = request_typed(rq, "again")[0] != '\0',
                  .terms = f->terms,
                  .n_terms = f->n_terms}};

    if (!take_person(rs, f, &s)) {
        return;
    }
    check_terms(f);
    order_pay_read(f, s.order.id ? s.order.id : "", &rq->errors);
    s.order.mandate = order_pay_shown(f);
    if (!has_price(rs, f)) {
        return;
    }
    if (f->coupon && f->priced.coupon_error != ERR_NONE) {
        field_fail(&rq->errors, "coupon", f->priced.coupon_error, 0);
    }
    if (rq->errors.n > 0) {
        show(rs, f, ERR_NONE);
    } else if (!s.order.id) {
        show(rs, f, ERR_order_old);
    } else {
        place(rs, &s);
    }
}

void
order_submit(struct request *rq, struct response *rs)
{
    struct order_form f;

    if (!load(rq, rs, &f)) {
        return;
    }
    f.typed = rq->raw;
    order_read_wish(&f);
    if (!may_try_coupon(rs, &f)) {
        return;
    }
    if (strcmp(request_typed(rq, "step"), "order") == 0) {
        submit(rs, &f);
    } else {
        show_priced(rs, &f, ERR_NONE);
        response_repeatable(rs);
    }
}

/* ---- what follows ---- */

/* The order that the address has, by itself or by the attempt to name a card
 * that somebody comes back from; NULL: shown long ago. False with the error in
 * the response. */
static bool
find_done(struct request *rq, struct response *rs, json_t **order,
          json_t **attempt)
{
    const char *id = flow_open(rq, purpose, flow_of(rq));
    enum db_result r;

    *order = NULL;
    if (!attempt_named(rq, rs, attempt)) {
        return false;
    }
    if (*attempt) {
        id = row_text(*attempt, "orders");
    }
    r = id && id[0] ? order_get(rq->db, rq->arena, rq->tenant->id, id, order)
                    : DB_NONE;
    if (r == DB_OK && !*attempt) {
        r = attempt_of_order(rq->db, rq->arena, rq->tenant->id, id, attempt);
    }
    if (r != DB_OK && r != DB_NONE) {
        response_error(rs, ERR_unavailable);
    }
    return r == DB_OK || r == DB_NONE;
}

/* Where a card is still to come, the page stays: it says what follows. */
static void
add_card(struct request *rq, struct response *rs, json_t *model,
         const json_t *attempt)
{
    bool waits = attempt && !attempt_is(attempt, PROVIDER_APPROVED);

    json_object_set_new(model, "attempt",
                        attempt ? attempt_model(rq, rs, attempt) : json_null());
    json_object_set_new(model, "waits", json_boolean(waits));
}

void
order_done_page(struct request *rq, struct response *rs)
{
    json_t *row, *attempt, *model;

    if (!find_done(rq, rs, &row, &attempt)) {
        return;
    }
    model = json_pack("{s:b}", "is_over", row == NULL);
    add_card(rq, rs, model, row ? attempt : NULL);
    if (row) {
        const char *url = page_url(rq, "signup_success_url", "contractId",
                                   row_text(row, "contract"));

        model_text(model, "ref", row_text(row, "contract"));
        model_text(model, "customer_number", row_text(row, "customer"));
        model_text(model, "placed_text",
                   text_moment(rq->arena, rq->language, row_int(row, "placed"),
                               rq->tenant->time_zone));
        model_text(model, "url", url);
        json_object_set_new(
            model, "has_login",
            json_boolean(setting_bool(rq->db, rq->arena, rq->tenant->id,
                                      "signup_login") &&
                         !rq->session));
    }
    response_page(rs, "order_done", json_in_arena(rq->arena, model));
    if (!row) {
        rs->status = 410;
    }
}
