/*
 * Pages: a member asks to pay by card and proves that it is them; anybody who
 * began an attempt is led to the provider and back; and the provider's server
 * tells how it went.
 */
#include <string.h>

#include "audit/audit.h"
#include "base/id.h"
#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "customer/customer.h"
#include "http/form.h"
#include "http/handlers.h"
#include "page/page_web.h"
#include "payer/attempt_web.h"
#include "session/person_web.h"
#include "session/session_web.h"
#include "tenant/tenant.h"
#include "user/user.h"
#include "view/i18n.h"

/* ---- a member asks ---- */

/* False with the error in the response. */
static bool
may_begin(struct request *rq, struct response *rs, struct person *person,
          json_t **user, const struct provider **provider)
{
    if (!person_mine(rq, rs, person, user)) {
        return false;
    }
    *provider = payer_provider(rq);
    if (!*provider) {
        response_error(rs, ERR_card_off);
    }
    return *provider != NULL;
}

static void
show_form(struct request *rq, struct response *rs,
          const struct provider *provider)
{
    person_form(rq, rs, "payment_card",
                json_pack("{s:s}", "provider", provider->label),
                my_confirm_fields, ERR_NONE);
}

void
card_page(struct request *rq, struct response *rs)
{
    struct person person;
    json_t *user;
    const struct provider *provider;

    if (may_begin(rq, rs, &person, &user, &provider)) {
        show_form(rq, rs, provider);
    }
}

/* The same of the same form, which may be sent twice. */
static const char *
id_of_form(struct request *rq)
{
    const char *form =
        arena_printf(rq->arena, "%s %s %s", rq->session->customer,
                     rq->session->user, request_typed(rq, "form_id"));

    return arena_printf(rq->arena, "pat_%.26s", id_hash(rq->arena, form));
}

/* Sent again it is the attempt of before, as long as that is open: whoever
 * comes back from one that is over begins another. */
static enum db_result
begin(struct request *rq, struct attempt_new *new)
{
    struct payer_desk desk = payer_desk_of(rq);
    enum db_result r = attempt_begin(&desk, new);
    json_t *row;

    if (r == DB_UNIQUE) {
        r = attempt_get(rq->db, rq->arena, rq->tenant->id, new->id, &row);
        if (r == DB_OK && !attempt_is(row, ATTEMPT_OPEN)) {
            new->id = id_new(rq->arena, "pat");
            r = attempt_begin(&desk, new);
        }
    }
    return r;
}

void
card_submit(struct request *rq, struct response *rs)
{
    struct person person;
    json_t *user;
    const struct provider *provider;
    struct attempt_new new = {.id = id_of_form(rq),
                              .customer = rq->session->customer,
                              .user = rq->session->user,
                              .order = "",
                              .next = "/payment",
                              .language = rq->language};

    if (!may_begin(rq, rs, &person, &user, &provider) ||
        !person_check_password(rq, rs, &person, user, "password")) {
        return;
    }
    if (rq->errors.n > 0) {
        show_form(rq, rs, provider);
        return;
    }
    new.provider = provider->name;
    if (begin(rq, &new) == DB_OK) {
        response_redirect(rq, rs, attempt_leave_path(rq, rs, new.id));
    } else {
        response_error(rs, ERR_unavailable);
    }
}

/* ---- there ---- */

/* Away from what the attempt was for, with how it stands. */
static void
go_on(struct request *rq, struct response *rs, const json_t *row)
{
    response_redirect(rq, rs,
                      arena_printf(rq->arena, "%s?attempt=%s",
                                   row_text(row, "next"),
                                   attempt_flow(rq, rs, row_text(row, "id"))));
}

/*
 * Ours is shown first and leads on by itself, as form-action of the pages'
 * policy lets no form lead to another site.
 */
void
attempt_leave_page(struct request *rq, struct response *rs)
{
    const struct provider *provider;
    struct provider_asked asked;
    const char *url;
    json_t *row;

    if (!attempt_named(rq, rs, &row)) {
        return;
    }
    if (!row) {
        response_error(rs, ERR_form_expired);
        return;
    }
    if (!attempt_is(row, ATTEMPT_OPEN)) {
        go_on(rq, rs, row);
        return;
    }
    provider = provider_named(rq->config, row_text(row, "provider"));
    asked.attempt = row_text(row, "id");
    asked.return_url = arena_printf(
        rq->arena, "%s/payment/return/%s?attempt=%s", rq->tenant->url,
        asked.attempt, attempt_flow(rq, rs, asked.attempt));
    url = provider ? provider->begin(rq, &asked) : NULL;
    if (!url) {
        response_error(rs, ERR_unavailable);
        return;
    }
    response_page(
        rs, "payment_leave",
        json_in_arena(
            rq->arena,
            json_pack("{s:s, s:s, s:s}", "url", url, "provider",
                      provider->label, "next_url",
                      arena_printf(rq->arena, "%s%s?attempt=%s", rq->prefix,
                                   row_text(row, "next"),
                                   attempt_flow(rq, rs, asked.attempt)))));
}

/* ---- what a provider says ---- */

struct saying {
    struct request *rq;
    const struct provider *provider;
    const struct provider_outcome *said;
    struct attempt_settled settled;
};

static enum db_result
add_card(struct request *rq, const json_t *attempt, json_t *values)
{
    json_t *method;
    enum db_result r = payer_get(rq->db, rq->arena, rq->tenant->id,
                                 row_text(attempt, "customer"),
                                 row_text(attempt, "method"), &method);

    if (r == DB_OK) {
        model_text(values, "card", payer_card_name(rq->arena, method));
        model_text(values, "valid_until",
                   text_date(rq->arena, row_text(attempt, "language"),
                             payer_card_end(rq->arena, method), false));
    }
    return r;
}

/* The account is told of its card, whoever is there to see it; and of none, if
 * it was told to wait for a bank. */
static enum db_result
tell_account(struct request *rq, const json_t *attempt, bool approved)
{
    struct person person = person_of(rq, row_text(attempt, "user_id"));
    struct payer_told told = {.user = row_text(attempt, "user_id"),
                              .email = "",
                              .language = row_text(attempt, "language")};
    json_t *values = json_in_arena(rq->arena, json_object());
    json_t *customer, *user;
    enum db_result r = customer_by_id(rq->db, rq->arena, rq->tenant->id,
                                      row_text(attempt, "customer"), &customer);

    if (r == DB_OK && approved) {
        r = add_card(rq, attempt, values);
    }
    if (r != DB_OK) {
        return r;
    }
    if (told.user[0] && person_row(&person, &user) == DB_OK) {
        told.email = row_text(user, "email");
    }
    told.customer = customer;
    model_text(values, "customer_number", row_text(customer, "number"));
    model_text(values, "reason", i18n(told.language, attempt_words(attempt)));
    return payer_tell(rq, &told, approved ? "card_added" : "card_refused",
                      values);
}

static enum db_result
settle_in_transaction(struct db *db, void *data)
{
    struct saying *s = data;
    struct payer_desk desk = payer_desk_of(s->rq);
    enum db_result r =
        attempt_settle(&desk, s->provider->name, s->said, &s->settled);

    (void)db;
    return r == DB_OK && (s->settled.approved || s->settled.refused)
               ? tell_account(s->rq, s->settled.row, s->settled.approved)
               : r;
}

static enum db_result
settle(struct saying *s)
{
    struct request *rq = s->rq;

    *rq->actor = (struct actor){
        .name = arena_printf(rq->arena, "provider:%s", s->provider->name),
        .remote_addr = rq->remote_addr,
        .request_id = rq->id};
    return db_transaction(rq->db, true, settle_in_transaction, s);
}

/* Another browser, or after a long time: what is said is no more than how it
 * went. */
static void
show_returned(struct request *rq, struct response *rs, const json_t *row)
{
    json_t *model = attempt_model(rq, rs, row);

    json_object_set_new(model, "leave_url", json_null());
    response_page(rs, "payment_returned", json_in_arena(rq->arena, model));
}

void
attempt_return_page(struct request *rq, struct response *rs)
{
    struct provider_outcome said;
    struct saying s = {.rq = rq, .said = &said};
    json_t *row, *mine;
    enum db_result r =
        attempt_get(rq->db, rq->arena, rq->tenant->id, rq->values[0], &row);
    enum err error;

    if (session_only_looking(rq, rs)) {
        return;
    }
    s.provider = r == DB_OK
                     ? provider_named(rq->config, row_text(row, "provider"))
                     : NULL;
    if (!s.provider) {
        response_error(rs, r == DB_OK ? ERR_not_found : db_error(r));
        return;
    }
    error = provider_has_number(rq->arguments)
                ? ERR_provider_number
                : s.provider->returned(rq, rq->values[0], &said);
    if (error == ERR_NONE) {
        r = settle(&s);
        error = r == DB_OK      ? ERR_NONE
                : r == DB_CHECK ? ERR_provider_number
                                : db_error(r);
    }
    if (error != ERR_NONE) {
        response_error(rs, error);
    } else if (!attempt_named(rq, rs, &mine)) {
        return;
    } else if (mine && strcmp(row_text(mine, "id"), rq->values[0]) == 0) {
        go_on(rq, rs, mine);
    } else {
        r = attempt_get(rq->db, rq->arena, rq->tenant->id, rq->values[0], &row);
        show_returned(rq, rs, row);
    }
}

/* ---- its webhook ---- */

/* Only who knows a tenant and its provider comes any further. False with the
 * error in the response. */
static bool
find_provider(struct request *rq, struct response *rs, struct saying *s)
{
    enum db_result r =
        tenant_load(rq->db, rq->arena, rq->config, rq->values[1], &rq->tenant);

    if (r == DB_OK) {
        rq->tenant_id = rq->tenant->id;
        s->provider = provider_named(rq->config, rq->values[0]);
    }
    if (!s->provider) {
        response_error(rs, r == DB_OK ? ERR_not_found : db_error(r));
    }
    return s->provider != NULL;
}

/* Signed, of time and once: else nothing is done. What is there already, and
 * what changes nothing any more, is answered as if it did. */
void
provider_webhook(struct request *rq, struct response *rs)
{
    struct provider_outcome said;
    struct saying s = {.rq = rq, .said = &said};
    enum err error;
    enum db_result r;

    if (!find_provider(rq, rs, &s)) {
        return;
    }
    error = s.provider->told(rq, &said);
    if (error != ERR_NONE) {
        response_error(rs, error);
        return;
    }
    r = settle(&s);
    if (r == DB_OK) {
        response_empty(rs, 204);
    } else {
        response_error(rs, r == DB_CHECK ? ERR_provider_number : db_error(r));
    }
}
