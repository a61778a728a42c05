/*
 * Opening an account, free of charge, where the tenant lets people: form, mail,
 * and the page of the mail's link, whose button makes it.
 */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "http/handlers.h"
#include "session/mailed_web.h"
#include "session/member_web.h"
#include "session/session_web.h"
#include "user/asked.h"
#include "user/registration.h"

static const struct mailed_link mailed = {ONE_TIME_registration,
                                          "registration flow",
                                          "/register/confirm", "register_over"};
static const char done_purpose[] = "registration done";

/* False with 404 where nobody may. */
static bool
is_open(struct request *rq, struct response *rs)
{
    bool open = setting_bool(rq->db, rq->arena, rq->tenant->id, "registration");

    if (!open) {
        response_error(rs, ERR_not_found);
    }
    return open;
}

/* ---- the form ---- */

static void
show_form(struct request *rq, struct response *rs)
{
    person_form(rq, rs, "register", json_object(), register_fields, ERR_NONE);
}

void
register_page(struct request *rq, struct response *rs)
{
    if (is_open(rq, rs)) {
        show_form(rq, rs);
    }
}

static void
keep(json_t *data, const struct request *rq, const char *name)
{
    const char *text = request_text(rq, name);

    model_text(data, name, text ? text : "");
}

static enum db_result
ask_in_transaction(struct db *db, void *data)
{
    struct request *rq = data;
    struct one_time_store tokens = tokens_of(rq);
    struct asked_new new = {.kind = "registration", .language = rq->language};
    json_t *said = json_in_arena(rq->arena, json_object());
    enum db_result r =
        person_may_mail(rq, "registration", request_text(rq, "email"));

    (void)db;
    if (r != DB_OK) {
        return r == DB_NONE ? DB_OK : r;
    }
    keep(said, rq, "company_name");
    keep(said, rq, "first_name");
    keep(said, rq, "last_name");
    keep(said, rq, "email");
    new.data = said;
    return asked_put(&tokens, &new);
}

/* Whoever it is, nothing is looked at. */
void
register_submit(struct request *rq, struct response *rs)
{
    if (!is_open(rq, rs)) {
        return;
    }
    if (rq->errors.n > 0) {
        show_form(rq, rs);
        return;
    }
    if (!person_may_try(rq, rs)) {
        return;
    }
    if (db_transaction(rq->db, false, ask_in_transaction, rq) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    response_redirect(rq, rs, "/register/sent");
}

void
register_sent_page(struct request *rq, struct response *rs)
{
    if (is_open(rq, rs)) {
        response_page(rs, "register_sent",
                      json_in_arena(rq->arena, json_object()));
    }
}

/* ---- the link ---- */

void
register_link(struct request *rq, struct response *rs)
{
    if (is_open(rq, rs)) {
        mailed_follow(rq, rs, &mailed);
    }
}

/* The open token and what was asked for; false with the answer. */
static bool
in_flow(struct request *rq, struct response *rs, struct one_time **token)
{
    if (!is_open(rq, rs) || !mailed_token(rq, rs, &mailed, token)) {
        return false;
    }
    if (!(*token)->data) {
        mailed_over(rq, rs, &mailed);
    }
    return (*token)->data != NULL;
}

static void
show_confirm(struct request *rq, struct response *rs,
             const struct one_time *token)
{
    json_t *model = json_pack(
        "{s:s, s:s, s:s, s:s}", "flow", flow_sent(rq), "email",
        row_text(token->data, "email"), "name",
        arena_printf(rq->arena, "%s %s", row_text(token->data, "first_name"),
                     row_text(token->data, "last_name")),
        "company_name", row_text(token->data, "company_name"));

    person_form(rq, rs, "register_confirm", model, register_confirm_fields,
                ERR_NONE);
}

void
register_confirm_page(struct request *rq, struct response *rs)
{
    struct one_time *token;

    if (in_flow(rq, rs, &token)) {
        show_confirm(rq, rs, token);
    }
}

/* The hash of the password that was typed; NULL with the answer. */
static const char *
chosen(struct request *rq, struct response *rs, const struct one_time *token)
{
    json_t *nobody = json_in_arena(
        rq->arena, json_pack("{s:s, s:s}", "username", "", "email",
                             row_text(token->data, "email")));
    const char *hash = person_new_hash(rq, rs, nobody);

    if (rq->errors.n > 0) {
        show_confirm(rq, rs, token);
    }
    return hash;
}

struct opening {
    struct request *rq;
    const struct one_time *token;
    const char *hash;
    struct registered made;
};

/* Whoever invited that address before does not have to do it again. */
static enum db_result
open_account(struct db *db, void *data)
{
    struct opening *o = data;
    struct one_time_store tokens = tokens_of(o->rq);
    enum db_result r = registration_confirm(&tokens, o->rq->tenant, o->token,
                                            o->hash, &o->made);

    (void)db;
    return r == DB_OK ? member_send_pending(o->rq, o->made.user) : r;
}

void
register_confirm_submit(struct request *rq, struct response *rs)
{
    struct opening o = {.rq = rq};
    struct one_time *token;
    const char *flow;

    if (!in_flow(rq, rs, &token)) {
        return;
    }
    o.token = token;
    o.hash = chosen(rq, rs, token);
    if (!o.hash) {
        return;
    }
    switch (db_transaction(rq->db, true, open_account, &o)) {
    case DB_OK:
        flow = flow_make(
            rq, rs, done_purpose,
            arena_printf(rq->arena, "%s %s", o.made.user, o.made.username));
        response_redirect(
            rq, rs, arena_printf(rq->arena, "/register/done?flow=%s", flow));
        break;
    case DB_NONE:
    case DB_UNIQUE:
        mailed_over(rq, rs, &mailed);
        break;
    default:
        response_error(rs, ERR_unavailable);
    }
}

void
register_done_page(struct request *rq, struct response *rs)
{
    const char *made = flow_open(rq, done_purpose, flow_sent(rq));
    const char *username = made ? strchr(made, ' ') : NULL;
    json_t *waiting;

    if (!username) {
        response_redirect(rq, rs, "/login");
        return;
    }
    if (member_waiting(
            rq->db, rq->arena, rq->tenant,
            arena_strndup(rq->arena, made, (size_t)(username - made)), 1,
            &waiting) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    response_page(
        rs, "register_done",
        json_in_arena(rq->arena,
                      json_pack("{s:s, s:b}", "username", username + 1,
                                "is_invited", json_array_size(waiting) > 0)));
}
