/*
 * The page that stands before everything else for whoever signed in with a
 * first password: one that staff, the API or we ourselves had made. Who comes
 * by a merchant's link has typed no password, so that nothing holds them up;
 * the first one waits for the day on which they use it.
 */
#include "base/json.h"
#include "base/model.h"
#include "http/handlers.h"
#include "pf_redirect.h"
#include "session/login_act.h"
#include "session/session_web.h"
#include "user/user_web.h"
#include "view/i18n.h"

static const char *
wanted_path(const struct request *rq)
{
    const char *next = request_text(rq, "next");

    next = next ? next : request_argument(rq, "next");
    return next && pf_redirect_ok(pf_str_of(next)) ? next : NULL;
}

static void
show(struct request *rq, struct response *rs)
{
    json_t *controls = field_controls(rq->arena, first_password_fields,
                                      json_in_arena(rq->arena, json_object()),
                                      &rq->errors, i18n, rq->language);
    json_t *model =
        json_pack("{s:O, s:b, s:s}", "controls", controls, "has_errors",
                  rq->errors.n > 0, "username", rq->session->username);

    user_password_help(rq, controls);
    model_list(model, "nav", json_array()); /* nothing else opens before */
    model_text(model, "form_error", NULL);
    model_text(model, "next", wanted_path(rq));
    response_page(rs, "first_password", json_in_arena(rq->arena, model));
    rs->status = rq->errors.n > 0 ? 422 : 200;
}

void
first_password_page(struct request *rq, struct response *rs)
{
    if (!rq->session->must_change) {
        response_redirect(rq, rs, "/");
        return;
    }
    show(rq, rs);
}

/* The person as a login: their account is this one, wherever their home is. */
static json_t *
login_of(struct request *rq, const struct user *user)
{
    json_t *login =
        json_pack("{s:s, s:s, s:s, s:s, s:s}", "user_id", user->id, "username",
                  user->username, "email", user->email, "language",
                  user->language, "customer_id", rq->session->customer);

    return json_in_arena(rq->arena, login);
}

static bool
good(struct request *rq, const struct user *user, const char *password)
{
    if (rq->errors.n > 0 || !user_password_fits(rq, "new_password", password,
                                                user->username, user->email)) {
        return false;
    }
    if (user_password_ok(rq->arena, user, password)) {
        field_fail(&rq->errors, "new_password", ERR_password_same, 0);
        return false;
    }
    return true;
}

static enum err
change(struct request *rq, const struct user *user, const char *password)
{
    struct session_store store = session_store_of(rq);
    json_t *login = login_of(rq, user);
    struct login_letter letter = {
        .event = "login_password_changed", .login = login, .wanted = true};
    struct mail mail;
    struct login_act act = {&store, login, &mail, 1};

    if (!login_mail(rq, &letter, &mail)) {
        return ERR_internal;
    }
    return login_act_own_password(&act, password, rq->session->key) == DB_OK
               ? ERR_NONE
               : ERR_unavailable;
}

void
first_password_submit(struct request *rq, struct response *rs)
{
    const char *password = request_text(rq, "new_password");
    const char *next = wanted_path(rq);
    struct user *user;
    enum err e;

    if (!rq->session->must_change) { /* sent twice */
        response_redirect(rq, rs, "/");
        return;
    }
    if (user_by_username(rq->db, rq->arena, rq->tenant->pool,
                         rq->session->username, &user) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    if (!good(rq, user, password)) {
        show(rq, rs);
        return;
    }
    e = change(rq, user, password);
    if (e != ERR_NONE) {
        response_error(rs, e);
        return;
    }
    rq->session->must_change = false; /* for the token */
    session_set_cookie(rq, rs, rq->session);
    response_redirect(rq, rs, next ? next : "/");
}
