/*
 * Another e-mail address of one's own: asked for with the password, confirmed
 * by the form behind a link that goes to the new one, and told to the old one.
 */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "http/handlers.h"
#include "mail/mail_view.h"
#include "session/mailed_web.h"
#include "session/member_web.h"
#include "session/session_web.h"
#include "user/rate.h"

static const struct mailed_link mailed = {ONE_TIME_email, "e-mail flow",
                                          "/email/confirm", "email_over"};

/* ---- asking ---- */

static void
show_form(struct request *rq, struct response *rs, const json_t *row)
{
    json_t *model = json_pack("{s:s, s:b}", "email", row_text(row, "email"),
                              "is_sent", request_argument(rq, "sent") != NULL);

    person_form(rq, rs, "security_email", model, my_email_fields, ERR_NONE);
}

void
my_email_page(struct request *rq, struct response *rs)
{
    struct person person;
    json_t *row;

    if (person_mine(rq, rs, &person, &row)) {
        show_form(rq, rs, row);
    }
}

static bool
compose_link(struct request *rq, const json_t *row, const char *secret,
             struct mail *mail)
{
    json_t *values = json_in_arena(
        rq->arena, json_pack("{s:s, s:[s]}", "username",
                             row_text(row, "username"), "confirm_link",
                             arena_printf(rq->arena, "%s/email/%s",
                                          rq->tenant->url, secret)));

    mail->event = "email_confirm";
    mail->customer = "";
    mail->user = row_text(row, "id");
    mail->request_id = rq->id;
    mail->language = mail_language(rq->tenant, rq->language);
    return mail_compose(rq->db, rq->arena, rq->keys, rq->tenant, mail, values);
}

struct asking {
    struct request *rq;
    const struct person *person;
    const json_t *row;
    const char *email;
};

/* Asked again within a minute it sends one mail: DB_NONE. DB_CHECK: they had
 * many sent; who has an account fills nobody's inbox from here. */
static enum db_result
may_ask(const struct asking *x)
{
    static const struct rate same = {"email", 1, 60};
    static const struct rate any = {"emails", 5, 15 * 60};
    struct one_time_store tokens = tokens_of(x->rq);
    const char *user = x->person->user;
    enum db_result r =
        rate_take(&tokens, &same,
                  arena_printf(x->rq->arena, "%s %s", user,
                               text_fold(x->rq->arena, x->email)));

    if (r == DB_OK) {
        r = rate_take(&tokens, &any, user);
        r = r == DB_NONE ? DB_CHECK : r;
    }
    return r;
}

static enum db_result
ask_in_transaction(struct db *db, void *data)
{
    const struct asking *x = data;
    struct request *rq = x->rq;
    struct one_time_store tokens = tokens_of(rq);
    struct audit audit = {rq->actor, "", "login.email_asked", x->person->user,
                          ""};
    json_t *said =
        json_in_arena(rq->arena, json_pack("{s:s}", "email", x->email));
    struct mail mail = {.recipient = x->email};
    struct one_time_secret made;
    enum db_result r = may_ask(x);

    if (r != DB_OK) {
        return r == DB_NONE ? DB_OK : r;
    }
    r = one_time_make(&tokens, ONE_TIME_email, x->person->user, said, &made);
    if (r == DB_OK && !compose_link(rq, x->row, made.secret, &mail)) {
        r = DB_FAILED;
    }
    if (r == DB_OK) {
        mail.expires = made.expires;
        r = mail_queue(db, rq->arena, rq->tenant->id, &mail);
    }
    return r == DB_OK ? audit_write(db, rq->arena, rq->tenant->id, &audit) : r;
}

void
my_email_submit(struct request *rq, struct response *rs)
{
    struct person person;
    json_t *row;

    if (!person_mine(rq, rs, &person, &row)) {
        return;
    }
    if (!person_check_password(rq, rs, &person, row, "password")) {
        return;
    }
    if (rq->errors.n > 0) {
        show_form(rq, rs, row);
        return;
    }
    struct asking x = {rq, &person, row, request_text(rq, "email")};
    switch (db_transaction(rq->db, true, ask_in_transaction, &x)) {
    case DB_OK:
        response_redirect(rq, rs, "/security/email?sent=1");
        break;
    case DB_CHECK:
        response_header(rs, "Retry-After", "900");
        response_error(rs, ERR_too_many);
        break;
    default:
        response_error(rs, ERR_unavailable);
    }
}

/* ---- confirming ---- */

void
email_link(struct request *rq, struct response *rs)
{
    mailed_follow(rq, rs, &mailed);
}

/* What was asked for, and who; false with the answer. */
static bool
in_flow(struct request *rq, struct response *rs, struct one_time **token,
        json_t **row)
{
    if (!mailed_person(rq, rs, &mailed, token, row)) {
        return false;
    }
    if (!(*token)->data) {
        mailed_over(rq, rs, &mailed);
    }
    return (*token)->data != NULL;
}

void
email_confirm_page(struct request *rq, struct response *rs)
{
    struct one_time *token;
    json_t *row, *model;

    if (!in_flow(rq, rs, &token, &row)) {
        return;
    }
    model =
        json_pack("{s:s, s:s, s:s, s:s}", "flow", flow_sent(rq), "form_token",
                  form_token(rq, rs), "username", row_text(row, "username"),
                  "email", row_text(token->data, "email"));
    response_page(rs, "email_confirm", json_in_arena(rq->arena, model));
}

struct confirmation {
    struct request *rq;
    const struct one_time *token;
    const json_t *row;
};

static enum db_result
confirm_in_transaction(struct db *db, void *data)
{
    const struct confirmation *c = data;
    struct request *rq = c->rq;
    struct one_time_store tokens = tokens_of(rq);
    struct person person = person_of(rq, c->token->subject);
    struct mail mail;
    bool told = person_notice(rq, c->row, "login_email_changed", &mail);
    enum db_result r = one_time_use(&tokens, c->token);

    if (r == DB_OK) {
        r = person_set_email(&person, row_text(c->token->data, "email"));
    }
    if (r == DB_OK) {
        r = member_send_pending(rq, c->token->subject);
    }
    return r == DB_OK && told ? mail_queue(db, rq->arena, rq->tenant->id, &mail)
                              : r;
}

void
email_confirm_submit(struct request *rq, struct response *rs)
{
    struct confirmation c = {.rq = rq};
    struct one_time *token;
    json_t *row;

    if (!in_flow(rq, rs, &token, &row)) {
        return;
    }
    c.token = token;
    c.row = row;
    rq->actor->name = arena_printf(rq->arena, "user:%s", token->subject);
    switch (db_transaction(rq->db, true, confirm_in_transaction, &c)) {
    case DB_OK:
        response_redirect(rq, rs, "/email/done");
        break;
    case DB_NONE:
        mailed_over(rq, rs, &mailed);
        break;
    default:
        response_error(rs, ERR_unavailable);
    }
}

void
email_done_page(struct request *rq, struct response *rs)
{
    response_page(rs, "email_done", json_in_arena(rq->arena, json_object()));
}
