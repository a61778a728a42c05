/*
 * REST: an order page without its page, for a form of the merchant's own in a
 * browser: what it shows, what a wish costs, and an order by a stranger. A
 * public key opens it, as anybody may open the page; rules, limits and proof
 * are the same.
 */
#include <string.h>

#include "base/id.h"
#include "base/json.h"
#include "base/model.h"
#include "http/handlers.h"
#include "order/order_send_web.h"
#include "order/pay_web.h"
#include "payer/attempt_web.h"
#include "session/person_web.h"
#include "view/i18n.h"

/* False with the error in the response. */
static bool
load(struct request *rq, struct response *rs, struct order_form *f)
{
    enum db_result r;

    *f = (struct order_form){.rq = rq};
    r = order_load(f);
    if (r != DB_OK) {
        response_error(rs, db_error(r));
        return false;
    }
    f->fields = order_person_fields(rq->arena, &f->page);
    return order_pay_load(rs, f);
}

/* ---- what it shows ---- */

/* What customers read of a record of the catalogue. */
static void
add_words(const struct order_form *f, json_t *shown, const json_t *row)
{
    const struct request *rq = f->rq;

    model_text(shown, "name", catalog_name_read(rq->tenant, rq->language, row));
    model_text(shown, "description",
               translation_pick(json_object_get(row, "texts"), "description",
                                rq->language, rq->tenant->default_language,
                                NULL));
    json_object_set_new(shown, "vat_rate", json_integer(catalog_vat_rate(row)));
}

static json_t *
components(const struct order_form *f)
{
    json_t *list = json_array(), *row;
    size_t i;

    json_array_foreach(f->components, i, row)
    {
        if (row_int(row, "self_service") || row_int(row, "price_information")) {
            json_t *shown =
                json_copy(catalog_shown(f->rq->arena, CATALOG_COMPONENT, row));

            add_words(f, shown, row);
            json_object_set(shown, "orderable",
                            json_object_get(row, "self_service"));
            json_array_append_new(list, shown);
        }
    }
    return list;
}

static json_t *
asked_for(const struct order_form *f)
{
    json_t *list = json_array();

    for (const struct field *one = f->fields; one->name; one++) {
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:i}", "name", one->name, "label",
                            i18n(f->rq->language, one->label), "required",
                            (one->flags & FIELD_REQUIRED) != 0));
    }
    return list;
}

static json_t *
terms(const struct order_form *f)
{
    json_t *list = json_array();

    for (size_t i = 0; i < f->n_terms; i++) {
        json_array_append_new(list, json_pack("{s:i, s:s, s:i}", "position",
                                              f->terms[i].position, "words",
                                              f->terms[i].words, "required",
                                              (int)f->terms[i].required));
    }
    return list;
}

void
order_page_get(struct request *rq, struct response *rs)
{
    struct order_form f;
    json_t *shown;

    if (!load(rq, rs, &f)) {
        return;
    }
    shown = json_in_arena(
        rq->arena,
        json_copy(catalog_shown(rq->arena, CATALOG_VARIANT, f.variant)));
    add_words(&f, shown, f.variant);
    model_text(shown, "variant", row_text(f.variant, "id"));
    json_object_set_new(shown, "components", components(&f));
    json_object_set_new(shown, "customer", asked_for(&f));
    json_object_set_new(shown, "payment", order_pay_ways(&f));
    json_object_set_new(shown, "terms", terms(&f));
    json_object_set_new(
        shown, "coupon",
        json_integer(order_setting_is(&f.page, "signup_coupon", "1")));
    response_json(rs, 200, field_output(rq->arena, order_offer_fields, shown));
}

/* ---- what a wish costs ---- */

/* Takes the wish and prices it. False with the error in the response. */
static bool
price(struct request *rq, struct response *rs, struct order_form *f)
{
    enum db_result r;

    f->coupon = request_text(rq, "coupon");
    if (f->coupon && !person_may(rq, rs, &order_coupon_rate)) {
        return false;
    }
    f->wish = json_object_get(rq->input, "components");
    r = order_price_wish(f, NULL);
    if (r != DB_OK) {
        response_error(rs, r == DB_CHECK ? ERR_invalid : ERR_unavailable);
    }
    return r == DB_OK;
}

void
order_page_preview_post(struct request *rq, struct response *rs)
{
    struct order_form f;
    json_t *shown;

    if (!load(rq, rs, &f) || !price(rq, rs, &f)) {
        return;
    }
    shown = json_in_arena(rq->arena, json_object());
    model_text(shown, "shown", order_shown(&f));
    json_object_set(shown, "price",
                    catalog_priced_shown(rq->arena, &f.asked, &f.priced));
    response_json(rs, 200, field_output(rq->arena, order_wished_fields, shown));
}

/* ---- an order ---- */

/* What of it the merchant's policy asks for. */
static json_t *
asked_of(const struct order_form *f, const json_t *sent)
{
    json_t *input = json_in_arena(f->rq->arena, json_object());

    for (const struct field *one = f->fields; one->name; one++) {
        json_t *value = json_object_get(sent, one->name);

        if (value) {
            json_object_set(input, one->name, value);
        }
    }
    return input;
}

static bool
is_wrong(const struct field_errors *errors, const char *name)
{
    for (size_t i = 0; i < errors->n; i++) {
        if (strcmp(errors->list[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* What the policy requires has to be there; all that is wrong is named as it
 * was sent. */
static void
check_policy(const struct order_form *f, const json_t *input,
             struct field_errors *wrong)
{
    struct request *rq = f->rq;

    for (const struct field *one = f->fields; one->name; one++) {
        if (one->flags & FIELD_REQUIRED && !json_object_get(input, one->name) &&
            !is_wrong(wrong, one->name)) {
            field_fail(wrong, one->name, ERR_value_missing, 0);
        }
    }
    for (size_t i = 0; i < wrong->n; i++) {
        const struct field_error *e = &wrong->list[i];

        field_fail_word(&rq->errors,
                        arena_printf(rq->arena, "customer/%s", e->name),
                        e->code, e->limit, e->word);
    }
}

/* False with the error in the response. */
static bool
take_person(struct response *rs, struct order_form *f, struct order_sending *s)
{
    struct request *rq = f->rq;
    struct field_errors wrong = {0};
    json_t *input = asked_of(f, json_object_get(rq->input, "customer"));
    const char *delivery = row_text(input, "delivery_mode");
    struct customer_sent sent = {.arena = rq->arena,
                                 .tenant = rq->tenant,
                                 .input = input,
                                 .errors = &wrong};
    enum db_result r;

    s->order.delivery_mode = delivery ? delivery : "email";
    model_text(input, "language", rq->language);
    r = customer_take(rq->db, &sent, &s->person);
    s->order.person = &s->person;
    check_policy(f, input, &wrong);
    if (r != DB_OK && r != DB_CHECK) {
        response_error(rs, ERR_unavailable);
    }
    return r == DB_OK || r == DB_CHECK;
}

static bool
is_accepted(const struct request *rq, int position)
{
    const json_t *list = json_object_get(rq->input, "accepted"), *one;
    size_t i;

    json_array_foreach(list, i, one)
    {
        if (row_int(one, "position") == position) {
            return true;
        }
    }
    return false;
}

static void
check_terms(const struct order_form *f)
{
    for (size_t i = 0; i < f->n_terms; i++) {
        if (f->terms[i].required && !is_accepted(f->rq, f->terms[i].position)) {
            field_fail(&f->rq->errors, "accepted", ERR_value_unticked, 0);
            return;
        }
    }
}

static void
refuse(struct request *rq, struct response *rs,
       const struct order_placed *placed)
{
    if (placed->by_coupon) {
        field_fail(&rq->errors, "coupon", placed->why, 0);
    }
    response_error(rs, placed->by_coupon         ? ERR_invalid
                       : placed->why == ERR_NONE ? ERR_order_failed
                                                 : placed->why);
}

/* Without a word on it, it is on account, or else the only other way: a mandate
 * is given where its words are shown, on a page of ours. */
static void
take_way(struct order_form *f)
{
    struct request *rq = f->rq;
    const char *kind = request_text(rq, "payment");

    if (kind && !order_pay_choose(&f->pay, kind)) {
        field_fail(&rq->errors, "payment", ERR_value_choice, 0);
    } else if (!kind && !order_pay_choose(&f->pay, PAYER_ON_ACCOUNT) &&
               !order_pay_choose(&f->pay, PAYER_CARD)) {
        field_fail(&rq->errors, "payment", ERR_value_missing, 0);
    }
}

/* Where a card is asked for, which is the form's to go on to. */
static enum db_result
add_payment_url(struct request *rq, json_t *row)
{
    const struct provider *provider = NULL;
    struct provider_asked asked;
    json_t *attempt;
    enum db_result r = attempt_of_order(rq->db, rq->arena, rq->tenant->id,
                                        row_text(row, "id"), &attempt);

    if (r == DB_OK && attempt_is(attempt, ATTEMPT_OPEN)) {
        provider = provider_named(rq->config, row_text(attempt, "provider"));
    }
    if (provider) {
        asked.attempt = row_text(attempt, "id");
        asked.return_url = arena_printf(rq->arena, "%s/payment/return/%s",
                                        rq->tenant->url, asked.attempt);
        model_text(row, "payment_url", provider->begin(rq, &asked));
    }
    return r == DB_NONE ? DB_OK : r;
}

static void
answer(struct request *rq, struct response *rs, const char *id)
{
    json_t *row;
    enum db_result r = order_get(rq->db, rq->arena, rq->tenant->id, id, &row);

    if (r == DB_OK) {
        r = add_payment_url(rq, row);
    }
    if (r != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    response_json(rs, 201, field_output(rq->arena, order_bought_fields, row));
}

static void
place(struct request *rq, struct response *rs, struct order_sending *s)
{
    enum db_result r = order_send(s);

    if (r == DB_OK) {
        answer(rq, rs, s->order.id);
    } else if (r == DB_CHECK) {
        refuse(rq, rs, &s->placed);
    } else if (r == DB_NONE || db_of_rows(r)) {
        response_error(rs, r == DB_NONE ? ERR_order_gone : ERR_order_failed);
    } else {
        response_error(rs, ERR_unavailable);
    }
}

/* Sent again with its Idempotency-Key, which it must have, it is the same
 * order; another one is another: no page asks here whether it is wanted twice.
 */
void
order_page_order_post(struct request *rq, struct response *rs)
{
    const char *url = request_text(rq, "url");
    struct order_form f;
    struct order_sending s = {.form = &f,
                              .order = {.id = id_new(rq->arena, "ord"),
                                        .asked = &f.asked,
                                        .shown = request_text(rq, "shown"),
                                        .url = url ? url : "",
                                        .browser = "",
                                        .again = true,
                                        .terms = f.terms}};

    if (!load(rq, rs, &f) || !take_person(rs, &f, &s)) {
        return;
    }
    s.order.n_terms = f.n_terms;
    check_terms(&f);
    take_way(&f);
    if (!price(rq, rs, &f)) {
        return;
    }
    if (f.coupon && f.priced.coupon_error != ERR_NONE) {
        field_fail(&rq->errors, "coupon", f.priced.coupon_error, 0);
    }
    if (rq->errors.n > 0) {
        response_error(rs, ERR_invalid);
    } else if (person_may(rq, rs, &order_rate)) {
        place(rq, rs, &s);
    }
}
