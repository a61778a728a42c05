/* Sign-in and sign-out of staff, their second factor, and the way into the
 * portal in a customer's name and back. */
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/model.h"
#include "http/form.h"
#include "http/handlers.h"
#include "office/office_web.h"
#include "pf_redirect.h"
#include "session/person_web.h"
#include "session/session_web.h"
#include "view/i18n.h"

/* ---- the sign-in form ---- */

const char *
office_next(const struct request *rq)
{
    const char *next = request_text(rq, "next");

    next = next ? next : request_argument(rq, "next");
    return next && strncmp(next, "/admin", 6) == 0 &&
                   pf_redirect_ok(pf_str_of(next))
               ? next
               : "/admin";
}

static void
show_form(struct request *rq, struct response *rs, enum err error)
{
    json_t *typed =
               json_pack("{s:s}", "username", request_typed(rq, "username")),
           *model;

    /* never the password, and a code is spent or wrong */
    rq->raw = json_in_arena(rq->arena, typed);
    model = json_pack("{s:s, s:s, s:b}", "form_token", form_token(rq, rs),
                      "next", office_next(rq), "notice_signed_out",
                      request_argument(rq, "signed-out") != NULL);
    page_form(rq, rs, "office_login", model, staff_sign_in_fields, rq->raw,
              error);
}

/*
 * The cookie of staff is SameSite=Strict: a link of another site, and all
 * redirects that it meets, come without it. What a page of ours leads to brings
 * it along. Once, whatever the browser says the second time.
 */
static bool
from_elsewhere(const struct request *rq)
{
    return strcmp(request_header(rq, "Sec-Fetch-Site"), "cross-site") == 0 &&
           !request_argument(rq, "again");
}

static void
show_continue(struct request *rq, struct response *rs)
{
    const char *url =
        arena_printf(rq->arena, "%s/admin/login?again=1&next=%s", rq->prefix,
                     form_escape(rq->arena, office_next(rq)));

    response_page(rs, "office_continue",
                  json_in_arena(rq->arena, json_pack("{s:s}", "url", url)));
}

void
staff_login_page(struct request *rq, struct response *rs)
{
    if (rq->session && session_of_staff(rq->session)) {
        response_redirect(rq, rs, office_next(rq));
    } else if (from_elsewhere(rq)) {
        show_continue(rq, rs);
    } else {
        show_form(rq, rs, ERR_NONE);
    }
}

/* The session of somebody who is in the browser already ends. */
static enum db_result
enter(struct request *rq, struct response *rs, const struct staff *staff,
      int64_t absolute, const char *method)
{
    struct session_store store = session_store_of(rq);
    struct session_new new = {.staff = staff,
                              .idle = SESSION_STAFF_IDLE,
                              .absolute = absolute,
                              .method = method,
                              .proven = strcmp(method, "password") == 0,
                              .user_agent = session_user_agent(rq),
                              .replaces = rq->session};
    struct session *session;
    enum db_result r = session_start(&store, &new, &session);

    if (r == DB_OK) {
        session_set_cookie(rq, rs, session);
    }
    return r;
}

void
staff_login_submit(struct request *rq, struct response *rs)
{
    struct staff_desk desk = office_desk(rq);
    struct staff_credentials given = {request_text(rq, "username"),
                                      request_text(rq, "password"),
                                      request_text(rq, "code")};
    struct staff *staff;
    enum db_result r;

    if (rq->errors.n > 0) {
        show_form(rq, rs, ERR_NONE);
        return;
    }
    r = staff_sign_in(&desk, &given, &staff);
    if (r == DB_NONE) {
        show_form(rq, rs, ERR_staff_credentials);
        return;
    }
    if (r == DB_OK) {
        r = enter(rq, rs, staff, SESSION_STAFF_ABSOLUTE, "password");
    }
    if (r != DB_OK) {
        response_error(rs,
                       r == DB_NONE ? ERR_account_blocked : ERR_unavailable);
        return;
    }
    response_redirect(rq, rs, office_next(rq));
}

void
staff_logout_submit(struct request *rq, struct response *rs)
{
    struct session_store store = session_store_of(rq);

    if (session_end(&store, rq->session, "signed out") != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    session_clear_cookie(rq, rs, rq->session);
    response_redirect(rq, rs, "/admin/login?signed-out=1");
}

/* nginx lets nobody else in: to the sign-in form, and back. */
void
staff_denied(struct request *rq, struct response *rs)
{
    const char *path = request_param(rq, "PFORTE_PATH");
    size_t prefix = strlen(rq->prefix);

    if (request_denial(rq) == PF_DENY_PROBLEM || !rq->tenant) {
        response_error(rs, rq->tenant ? ERR_unauthorised : ERR_not_found);
        return;
    }
    path = strncmp(path, rq->prefix, prefix) == 0 ? path + prefix : "";
    response_redirect(rq, rs,
                      pf_redirect_ok(pf_str_of(path)) &&
                              strcmp(path, "/admin") != 0
                          ? arena_printf(rq->arena, "/admin/login?next=%s",
                                         form_escape(rq->arena, path))
                          : "/admin/login");
}

/* ---- the second factor ---- */

static void
show_security(struct request *rq, struct response *rs, const char *secret,
              enum err error)
{
    struct staff_desk desk = office_desk(rq);
    const struct staff *staff = rq->session->staff;
    json_t *model = json_pack("{s:b}", "has_factor", staff->has_totp);

    person_factor_model(rq, model, secret,
                        secret ? staff_totp_uri(&desk, staff, secret) : NULL);
    page_form(rq, rs, "office_security", model, staff_code_fields, NULL, error);
}

/* A secret that waits for its first code is only for who has proved lately who
 * they are: whoever else reads it has the factor that it becomes. */
void
security_page(struct request *rq, struct response *rs)
{
    struct staff_desk desk = office_desk(rq);
    const char *secret = session_proven(rq->session)
                             ? staff_totp_pending(&desk, rq->session->staff)
                             : NULL;

    show_security(rq, rs, secret, ERR_NONE);
}

void
security_begin(struct request *rq, struct response *rs)
{
    struct staff_desk desk = office_desk(rq);

    if (!staff_totp_begin(&desk, rq->session->staff)) {
        response_error(rs, ERR_unavailable);
        return;
    }
    response_redirect(rq, rs, "/admin/security");
}

void
security_confirm(struct request *rq, struct response *rs)
{
    struct staff_desk desk = office_desk(rq);
    const struct staff *staff = rq->session->staff;
    const char *codes[STAFF_RECOVERY_CODES];
    json_t *list, *model;
    enum db_result r =
        rq->errors.n > 0
            ? DB_NONE
            : staff_totp_confirm(&desk, staff, request_text(rq, "code"), codes);

    if (r == DB_NONE) {
        rq->raw = json_in_arena(rq->arena, json_object());
        show_security(rq, rs, staff_totp_pending(&desk, staff),
                      rq->errors.n > 0 ? ERR_NONE : ERR_code_wrong);
        return;
    }
    if (r != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    list = json_array();
    for (size_t i = 0; i < STAFF_RECOVERY_CODES; i++) {
        json_array_append_new(list, json_string(codes[i]));
    }
    model = json_pack("{s:o, s:s+}", "codes", list, "back_url", rq->prefix,
                      "/admin/security");
    response_page(rs, "office_codes", json_in_arena(rq->arena, model));
}

/* ---- a password of one's own ---- */

void
password_page(struct request *rq, struct response *rs)
{
    page_form(rq, rs, "office_password", json_object(), staff_password_fields,
              NULL, ERR_NONE);
}

void
password_submit(struct request *rq, struct response *rs)
{
    struct staff_desk desk = office_desk(rq);
    const struct staff *staff = rq->session->staff;
    struct session_store store = session_store_of(rq);
    const char *password = request_text(rq, "new_password");
    json_t *ended = NULL;
    enum db_result r = DB_CHECK;
    enum err e = ERR_NONE;

    if (rq->errors.n == 0) {
        e = staff_password_check(rq->arena, password, staff->username, "");
    }
    if (e != ERR_NONE) {
        field_fail(&rq->errors, "new_password", e, STAFF_PASSWORD_MIN);
    }
    if (rq->errors.n == 0) {
        r = staff_change_password(&desk, staff,
                                  request_text(rq, "old_password"), password);
    }
    if (r == DB_NONE) {
        field_fail(&rq->errors, "old_password", ERR_password_wrong, 0);
    }
    if (rq->errors.n > 0) {
        password_page(rq, rs);
        return;
    }
    /* whoever knew the old one is out */
    if (r == DB_OK) {
        r = session_end_of_staff(&store, staff->id, rq->session->key, &ended);
    }
    if (r != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    session_tell_ended(&store, ended);
    response_redirect(rq, rs, "/admin");
}

/* ---- in a customer's name ---- */

const struct field act_fields[] = {
    {.name = "reason",
     .type = FIELD_TEXT,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .min = 5,
     .max = 200,
     .label = N_("Why do you open the portal as this customer?")},
    FIELD_END,
};

/* The login that the path names, as user and as account to open. */
static enum err
whom(struct request *rq, struct user **user, struct membership **membership)
{
    json_t *row;
    enum db_result r =
        login_by_username(rq->db, rq->arena, rq->tenant, rq->values[0], &row);

    if (r == DB_OK) {
        r = user_by_username(rq->db, rq->arena, rq->tenant->pool, rq->values[0],
                             user);
    }
    if (r != DB_OK) {
        return db_error(r);
    }
    r = membership_open(rq->db, rq->arena, rq->tenant, (*user)->id, NULL,
                        membership);
    return r == DB_OK     ? ERR_NONE
           : r == DB_NONE ? ERR_no_account
                          : ERR_unavailable;
}

static void
show_act(struct request *rq, struct response *rs, const struct user *user,
         const struct membership *membership)
{
    json_t *model = json_pack(
        "{s:s, s:s, s:s, s:s++}", "username", user->username, "customer_name",
        membership->customer_name, "customer_number",
        membership->customer_number, "action", rq->prefix, rq->path, "");

    page_form(rq, rs, "office_act", model, act_fields, NULL, ERR_NONE);
}

void
act_page(struct request *rq, struct response *rs)
{
    struct membership *membership;
    struct user *user;
    enum err e = whom(rq, &user, &membership);

    if (e != ERR_NONE) {
        response_error(rs, e);
        return;
    }
    show_act(rq, rs, user, membership);
}

/* Until the office's own limit at the latest. */
static int64_t
behalf_limit(const struct session *office)
{
    int64_t left = office->expires - office->last_seen;

    return left < SESSION_BEHALF_ABSOLUTE ? left : SESSION_BEHALF_ABSOLUTE;
}

void
act_submit(struct request *rq, struct response *rs)
{
    struct session_store store = session_store_of(rq);
    struct membership *membership;
    struct session *session;
    struct user *user;
    enum err e = whom(rq, &user, &membership);
    enum db_result r;

    if (e != ERR_NONE) {
        response_error(rs, e);
        return;
    }
    if (rq->errors.n > 0) {
        show_act(rq, rs, user, membership);
        return;
    }
    struct session_new new = {.user = user->id,
                              .username = user->username,
                              .language = user->language,
                              .membership = membership,
                              .staff = rq->session->staff,
                              .staff_until = rq->session->expires,
                              .idle = SESSION_STAFF_IDLE,
                              .absolute = behalf_limit(rq->session),
                              .method = "staff",
                              .reason = request_text(rq, "reason"),
                              .user_agent = session_user_agent(rq),
                              .replaces = rq->session};
    r = session_start(&store, &new, &session);
    if (r != DB_OK) {
        response_error(rs,
                       r == DB_NONE ? ERR_account_blocked : ERR_unavailable);
        return;
    }
    session_set_cookie(rq, rs, session);
    response_redirect(rq, rs, "/");
}

/* One click, and the office is there again, as long as it would have been. */
void
behalf_end(struct request *rq, struct response *rs)
{
    const struct session *s = rq->session;
    int64_t left = s->staff_until - s->last_seen;

    if (!session_on_behalf(s) || left <= 0) {
        response_redirect(rq, rs, "/");
        return;
    }
    if (enter(rq, rs, s->staff, left, "staff") != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    response_redirect(
        rq, rs,
        arena_printf(rq->arena, "/admin/customers/%s",
                     form_escape(rq->arena, s->membership->customer_number)));
}
