/*
 * What the link of an invitation opens. Looking at it changes nothing: mail
 * scanners look, too. It is answered by a form, and only by whoever is signed
 * in and meant. To a stranger it looks the same, whether the address that was
 * invited is known here or not.
 */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "customer/customer.h"
#include "http/handlers.h"
#include "session/member_web.h"
#include "session/session_web.h"
#include "user/user_web.h"
#include "view/i18n.h"

/* ---- what the link stands for ---- */

static enum err
told(const struct one_time *token)
{
    switch (token->state) {
    case ONE_TIME_OPEN:
        return ERR_NONE;
    case ONE_TIME_USED:
        return ERR_invitation_used;
    case ONE_TIME_EXPIRED:
        return ERR_invitation_expired;
    default:
        return ERR_invitation_withdrawn;
    }
}

/* A contact who was added by hand, and has chosen no password yet. A link that
 * went to an address which was corrected since is somebody else's. */
static bool
wants_password(struct arena *a, const json_t *row)
{
    return strcmp(row_text(row, "status"), "active") == 0 &&
           row_int(row, "home") != 0 && row_int(row, "has_password") == 0 &&
           strcmp(text_fold(a, row_text(row, "user_email")),
                  row_text(row, "email_key")) == 0;
}

static bool
is_open(struct arena *a, const json_t *row)
{
    return strcmp(row_text(row, "status"), "invited") == 0 ||
           wants_password(a, row);
}

/* Somebody is signed in as themselves, with an account or without. */
static bool
is_person(const struct request *rq)
{
    return rq->session && !session_on_behalf(rq->session) &&
           (session_of_person(rq->session) || session_choosing(rq->session));
}

/* By the id of its membership, which opens nothing to anybody else: those who
 * are signed in need no link. */
static enum err
opened_by_id(struct request *rq, json_t **row)
{
    bool theirs = false;
    enum db_result r = !is_person(rq)
                           ? DB_NONE
                           : member_get(rq->db, rq->arena, rq->tenant->id, NULL,
                                        rq->values[0], row);

    if (r == DB_OK) {
        r = member_is_for(rq->db, rq->arena, rq->tenant, *row,
                          rq->session->user, &theirs);
    }
    if (r != DB_OK && r != DB_NONE) {
        return ERR_unavailable;
    }
    if (r == DB_NONE || !theirs) {
        return ERR_invitation_unknown;
    }
    return member_expired(*row) ? ERR_invitation_expired
           : strcmp(row_text(*row, "status"), "invited") == 0
               ? ERR_NONE
               : ERR_invitation_used;
}

/* The membership that it is about; NULL with the error in the response. *token:
 * NULL for who came without. */
static json_t *
opened(struct request *rq, struct response *rs, struct one_time **token)
{
    static const char id[] = "mem_";
    struct member_desk desk = member_desk_of(rq);
    struct one_time_store store = {.db = rq->db,
                                   .arena = rq->arena,
                                   .keys = rq->keys,
                                   .tenant = desk.tenant->id,
                                   .actor = rq->actor};
    json_t *row = NULL;
    enum db_result r;
    enum err e;

    *token = NULL;
    if (strncmp(rq->values[0], id, sizeof id - 1) == 0) {
        e = opened_by_id(rq, &row);
        if (e != ERR_NONE) {
            response_error(rs, e);
            return NULL;
        }
        return row;
    }
    r = one_time_find(&store, ONE_TIME_invitation, rq->values[0], token);
    e = r == DB_OK     ? told(*token)
        : r == DB_NONE ? ERR_invitation_unknown
                       : ERR_unavailable;

    if (e == ERR_NONE) {
        r = member_get(rq->db, rq->arena, desk.tenant->id, NULL,
                       (*token)->subject, &row);
        e = r == DB_OK     ? ERR_NONE
            : r == DB_NONE ? ERR_invitation_withdrawn
                           : ERR_unavailable;
    }
    if (e == ERR_NONE && !is_open(rq->arena, row)) {
        e = ERR_invitation_withdrawn;
    }
    if (e != ERR_NONE) {
        response_error(rs, e);
        return NULL;
    }
    return row;
}

/* ---- the page ---- */

static const char *
account_of(struct request *rq, const json_t *row)
{
    json_t *account;

    return customer_by_id(rq->db, rq->arena, rq->tenant->id,
                          row_text(row, "customer_id"), &account) == DB_OK
               ? customer_name(rq->arena, account)
               : row_text(row, "customer");
}

/* Who invited: a member of the account, or the merchant. */
static const char *
inviter_of(struct request *rq, const json_t *row)
{
    const char *by = row_text(row, "invited_by");
    json_t *inviter;

    return by[0] && member_get(rq->db, rq->arena, rq->tenant->id, NULL, by,
                               &inviter) == DB_OK
               ? member_name(rq->arena, inviter)
               : rq->tenant->name;
}

static json_t *
rights_of(struct request *rq, const json_t *row)
{
    rights_t rights = member_rights(rq->arena, row);
    json_t *list = json_array();
    const struct rights_row *right;

    for (int i = 0; (right = rights_row(i)); i++) {
        if (rights & rights_named(right->name)) {
            json_array_append_new(
                list,
                json_pack("{s:s}", "label", i18n(rq->language, right->label)));
        }
    }
    return list;
}

static json_t *
page_model(struct request *rq, const json_t *row)
{
    const char *path = arena_printf(rq->arena, "/invitation/%s", rq->values[0]);
    json_t *model = json_pack(
        "{s:s, s:s, s:s, s:b, s:s+, s:s++}", "account_name",
        account_of(rq, row), "account_id", row_text(row, "customer"), "inviter",
        inviter_of(rq, row), "gives_all",
        strcmp(row_text(row, "kind"), "owner") == 0, "action", rq->prefix, path,
        "sign_in_url", rq->prefix, "/login?next=", path);

    json_object_set_new(
        model, "may_register",
        json_boolean(
            setting_bool(rq->db, rq->arena, rq->tenant->id, "registration")));
    model_list(model, "rights", rights_of(rq, row));
    model_text(model, "expires_text",
               text_time(rq->arena, rq->language, row_int(row, "expires"),
                         rq->tenant->time_zone));
    return model;
}

/* Who looks at it: nobody that we know, who is meant, or somebody else. */
static enum err
add_reader(struct request *rq, json_t *model, const json_t *row)
{
    bool person = rq->session && (session_of_person(rq->session) ||
                                  session_choosing(rq->session));
    bool theirs = false;
    enum db_result r = person ? member_is_for(rq->db, rq->arena, rq->tenant,
                                              row, rq->session->user, &theirs)
                              : DB_OK;

    json_object_set_new(model, "is_theirs", json_boolean(theirs));
    model_text(model, "is_other",
               person && !theirs ? rq->session->username : NULL);
    json_object_set_new(model, "is_nobody", json_boolean(!person));
    return r == DB_OK || r == DB_NONE ? ERR_NONE : ERR_unavailable;
}

static void
show_password_form(struct request *rq, struct response *rs, json_t *model,
                   const json_t *row)
{
    bool failed = rq->errors.n > 0;
    json_t *controls = field_controls(rq->arena, member_password_fields,
                                      rq->raw, &rq->errors, i18n, rq->language);

    user_password_help(rq, controls);
    model_text(model, "username", row_text(row, "user"));
    model_text(model, "form_token", form_token(rq, rs));
    json_object_set(model, "controls", controls);
    json_object_set_new(model, "has_errors", json_boolean(failed));
    model_text(model, "form_error", NULL);
    response_page(rs, "invitation_password", json_in_arena(rq->arena, model));
    rs->status = failed ? 422 : 200;
}

void
invitation_page(struct request *rq, struct response *rs)
{
    struct one_time *token;
    json_t *row = opened(rq, rs, &token), *model;
    enum err e;

    if (!row) {
        return;
    }
    model = page_model(rq, row);
    if (wants_password(rq->arena, row)) {
        show_password_form(rq, rs, model, row);
        return;
    }
    e = add_reader(rq, model, row);
    if (e != ERR_NONE) {
        json_decref(model);
        response_error(rs, e);
        return;
    }
    response_page(rs, "invitation", json_in_arena(rq->arena, model));
}

/* ---- the answer ---- */

static void
answer(struct request *rq, struct response *rs, bool accept)
{
    struct one_time *token;
    json_t *row = opened(rq, rs, &token);
    enum err e;

    if (!row) {
        return;
    }
    e = member_do_answer(rq, row, token, accept);
    if (e != ERR_NONE) {
        response_error(rs, e);
        return;
    }
    response_page(
        rs, "invitation_done",
        json_in_arena(rq->arena,
                      json_pack("{s:b, s:s, s:s, s:s+, s:s+}", "accepted",
                                accept, "account_name", account_of(rq, row),
                                "account_id", row_text(row, "customer"),
                                "back_url", rq->prefix, "/", "accounts_url",
                                rq->prefix, "/accounts")));
}

void
invitation_accept(struct request *rq, struct response *rs)
{
    answer(rq, rs, true);
}

void
invitation_decline(struct request *rq, struct response *rs)
{
    answer(rq, rs, false);
}

/* Somebody else is signed in: they leave, and who is meant signs in. */
void
invitation_leave(struct request *rq, struct response *rs)
{
    struct session_store store = session_store_of(rq);

    if (session_end(&store, rq->session, "signed out") != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    session_clear_cookie(rq, rs, rq->session);
    response_redirect(
        rq, rs,
        arena_printf(rq->arena, "/login?next=/invitation/%s", rq->values[0]));
}

/* ---- the first password of a contact ---- */

struct password_work {
    struct member_desk desk;
    const json_t *row;
    const struct one_time *token;
    const char *hash;
};

static enum db_result
password_step(struct db *db, void *data)
{
    struct password_work *w = data;

    (void)db;
    return member_first_password(&w->desk, w->row, w->token, w->hash);
}

static enum err
set_password(struct request *rq, const json_t *row,
             const struct one_time *token)
{
    struct password_work w = {
        member_desk_of(rq), row, token,
        user_password_hash(rq->arena, request_text(rq, "new_password"))};

    rq->actor->name =
        arena_printf(rq->arena, "user:%s", row_text(row, "user_id"));
    if (!w.hash) {
        return ERR_unavailable;
    }
    switch (db_transaction(rq->db, true, password_step, &w)) {
    case DB_OK:
        return ERR_NONE;
    case DB_CHECK:
        return w.desk.why;
    default:
        return ERR_unavailable;
    }
}

void
invitation_password(struct request *rq, struct response *rs)
{
    const char *password = request_text(rq, "new_password");
    struct one_time *token;
    json_t *row = opened(rq, rs, &token);
    enum err e;

    if (!row) {
        return;
    }
    if (!wants_password(rq->arena, row)) {
        response_error(rs, ERR_invitation_used);
        return;
    }
    if (rq->errors.n > 0 ||
        !user_password_fits(rq, "new_password", password, row_text(row, "user"),
                            row_text(row, "user_email"))) {
        show_password_form(rq, rs, page_model(rq, row), row);
        return;
    }
    e = set_password(rq, row, token);
    if (e != ERR_NONE) {
        response_error(rs, e);
        return;
    }
    response_redirect(rq, rs, "/login?chosen=1");
}
