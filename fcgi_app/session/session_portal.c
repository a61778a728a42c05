/* Sign-in and sign-out, and the question nginx asks about a session. */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "http/handlers.h"
#include "pf_redirect.h"
#include "session/person_web.h"
#include "session/session_copy.h"
#include "session/session_web.h"
#include "user/member.h"
#include "user/tries_web.h"
#include "view/i18n.h"

/* ---- the sign-in form ---- */

/* What was typed, but never the password. */
static json_t *
typed(struct request *rq)
{
    return json_in_arena(rq->arena, json_pack("{s:s}", "username",
                                              request_typed(rq, "username")));
}

static const char *
wanted_path(const struct request *rq)
{
    const char *next = request_text(rq, "next");

    return next ? next : request_argument(rq, "next");
}

/* wrong: a sentence about the whole form, or NULL. */
static void
show(struct request *rq, struct response *rs, const char *wrong)
{
    bool failed = wrong || rq->errors.n > 0;
    const char *next = wanted_path(rq);
    json_t *controls = field_controls(rq->arena, sign_in_fields, typed(rq),
                                      &rq->errors, i18n, rq->language);
    json_t *model = json_pack(
        "{s:O, s:s, s:b, s:b, s:b, s:b}", "controls", controls, "form_token",
        form_token(rq, rs), "has_errors", failed, "notice_signed_out",
        request_argument(rq, "signed-out") != NULL, "notice_session_ended",
        request_argument(rq, "ended") != NULL, "notice_chosen",
        request_argument(rq, "chosen") != NULL);

    model_text(model, "form_error", wrong);
    json_object_set_new(
        model, "may_register",
        json_boolean(
            setting_bool(rq->db, rq->arena, rq->tenant->id, "registration")));
    model_text(model, "next",
               next && pf_redirect_ok(pf_str_of(next)) ? next : NULL);
    response_page(rs, "login", json_in_arena(rq->arena, model));
    rs->status = failed ? 422 : 200;
}

static void
show_form(struct request *rq, struct response *rs, enum err error)
{
    show(rq, rs, error ? i18n(rq->language, err_row(error)->title) : NULL);
}

static void
show_wait(struct request *rq, struct response *rs, int64_t wait)
{
    show(rq, rs, tries_refuse(rq, rs, wait));
    rs->status = 429;
}

void
login_page(struct request *rq, struct response *rs)
{
    if (rq->session && session_of_person(rq->session)) {
        response_redirect(rq, rs, "/");
        return;
    }
    if (rq->session && session_choosing(rq->session)) {
        response_redirect(rq, rs, "/accounts");
        return;
    }
    show_form(rq, rs, ERR_NONE);
}

/* ---- signing in ---- */

/* Whether invitations wait: they are shown before all else, and are enough to
 * come in for who has no account (`otherwise` is DB_NONE). */
static enum db_result
is_invited(struct request *rq, const struct user *user,
           enum db_result otherwise, bool *invited)
{
    json_t *rows;
    enum db_result r =
        member_waiting(rq->db, rq->arena, rq->tenant, user->id, 1, &rows);

    *invited = r == DB_OK && json_array_size(rows) > 0;
    return r != DB_OK || *invited ? r : otherwise;
}

enum err
session_enter(struct request *rq, struct response *rs, const struct user *user,
              const char *next)
{
    struct session_store store = session_store_of(rq);
    struct session_new new = {.user = user->id,
                              .username = user->username,
                              .language = user->language,
                              .password_hash = user->password_hash,
                              .method = "password",
                              .must_change = user->must_change,
                              .user_agent = session_user_agent(rq),
                              .replaces = rq->session};
    struct membership *membership;
    struct session *session;
    bool invited = false;
    enum db_result r =
        membership_only(rq->db, rq->arena, rq->tenant, user->id, &membership);

    if ((r == DB_OK && !next) || r == DB_NONE) {
        r = is_invited(rq, user, r, &invited);
    }
    if (r == DB_NONE) {
        return ERR_no_account;
    }
    new.membership = membership;
    if (r == DB_OK) {
        r = session_start(&store, &new, &session);
    }
    if (r == DB_OK) {
        session_set_cookie(rq, rs, session);
        device_remember(rq, rs, user);
        response_redirect(rq, rs,
                          invited && !next
                              ? "/accounts"
                              : session_first_page(rq, session, next));
    }
    return r == DB_OK     ? ERR_NONE
           : r == DB_NONE ? ERR_account_blocked
                          : ERR_unavailable;
}

/* The same for whoever it is, there or not: one look-up, one count, one hash.
 */
static enum err
judge(struct request *rq, const struct tries *tries, const struct user *user)
{
    if (!user_password_ok(rq->arena, user, request_text(rq, "password"))) {
        /* never what was typed: that is a password at times */
        person_refused(rq, user ? user->id : "", "");
        return ERR_credentials;
    }
    return tries_succeeded(tries) == DB_OK ? ERR_NONE : ERR_unavailable;
}

static void
let_in(struct request *rq, struct response *rs, const struct user *user)
{
    const char *next = request_text(rq, "next");
    enum err e = ERR_account_blocked;

    if (user_active(user)) {
        if (factor_asked(rq, rs, user, next)) {
            return;
        }
        e = session_enter(rq, rs, user, next);
    }
    if (e != ERR_NONE) {
        response_error(rs, e);
    }
}

void
login_submit(struct request *rq, struct response *rs)
{
    const char *typed = request_text(rq, "username");
    struct tries tries;
    struct user *user;
    int64_t wait = 0;
    enum db_result r;
    enum err e;

    if (rq->errors.n > 0) {
        show_form(rq, rs, ERR_NONE);
        return;
    }
    r = user_find_by_identifier(rq->db, rq->arena, rq->tenant, typed, &user);
    if (r == DB_OK || r == DB_NONE) {
        tries = tries_of(rq, "password", typed, user);
        r = tries_begin(&tries, &wait);
    }
    if (r != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    if (wait > 0) {
        show_wait(rq, rs, wait);
        return;
    }
    e = judge(rq, &tries, user);
    if (e == ERR_credentials) {
        show_form(rq, rs, e);
    } else if (e != ERR_NONE) {
        response_error(rs, e);
    } else {
        let_in(rq, rs, user);
    }
}

void
logout_submit(struct request *rq, struct response *rs)
{
    struct session_store store = session_store_of(rq);

    if (session_end(&store, rq->session, "signed out") != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    session_clear_cookie(rq, rs, rq->session);
    response_redirect(rq, rs, "/login?signed-out=1");
}

/* ---- asked by nginx ---- */

void
session_check(struct request *rq, struct response *rs)
{
    struct session_store store;

    if (!rq->session) {
        response_empty(rs, 401);
        return;
    }
    store = session_store_of(rq);
    session_copy_refill(&store, rq->session);
    response_empty(rs, 204);
    response_header(rs, "X-Pforte-Token", session_token(&store, rq->session));
}
