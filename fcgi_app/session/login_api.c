/* REST: what is done to a user login, and the tokens that sign it in. */
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/model.h"
#include "http/form.h"
#include "http/handlers.h"
#include "session/login_act.h"
#include "session/person_web.h"
#include "session/session_web.h"
#include "user/user_web.h"

enum { JTI_BYTES = 16, TOKEN_SIZE = 4096 };

/* The login as it is now, and whether its mail goes out; mail: the first that
 * went with a change, or NULL. */
static void
answer(struct request *rq, struct response *rs, const char *user,
       const struct mail *mail)
{
    json_t *row;
    enum db_result r = login_by_id(rq->db, rq->arena, rq->tenant, user, &row);

    if (r != DB_OK) {
        response_error(rs, db_error(r));
        return;
    }
    model_text(row, "mail", mail ? mail->body ? "sent" : "suppressed" : NULL);
    response_record(rq, rs, 200, login_acted_fields, row);
}

static void
set_status(struct request *rq, struct response *rs, const char *status,
           const char *event)
{
    struct session_store store = session_store_of(rq);
    json_t *row = login_named(rq, rs);
    struct login_letter letter = {
        .event = event, .login = row, .wanted = login_mail_wanted(rq)};
    struct mail mail;
    struct login_act act = {&store, row, &mail, 1};
    bool changed;

    if (!row) {
        return;
    }
    if (!login_mail(rq, &letter, &mail)) {
        response_error(rs, ERR_internal);
    } else if (login_act_status(&act, status, &changed) != DB_OK) {
        response_error(rs, ERR_unavailable);
    } else {
        answer(rq, rs, row_text(row, "user_id"), changed ? &mail : NULL);
    }
}

void
login_block_post(struct request *rq, struct response *rs)
{
    set_status(rq, rs, "blocked", "login_blocked");
}

void
login_activate_post(struct request *rq, struct response *rs)
{
    set_status(rq, rs, "active", "login_activated");
}

/* ---- changing ---- */

static void
edit(struct request *rq, struct response *rs, const json_t *row,
     const struct login_data *data)
{
    struct session_store store = session_store_of(rq);
    struct mail mails[LOGIN_EDIT_MAILS];
    struct login_act act = {&store, row, mails, 0};

    if (!login_edit_mails(rq, row, data, login_mail_wanted(rq), mails,
                          &act.n_mails)) {
        response_error(rs, ERR_internal);
        return;
    }
    switch (login_act_edit(&act, data)) {
    case DB_OK:
        answer(rq, rs, row_text(row, "user_id"),
               act.n_mails > 0 ? &mails[0] : NULL);
        break;
    case DB_NONE:
        response_error(rs, ERR_precondition_failed);
        break;
    case DB_UNIQUE:
        response_error(rs, ERR_login_exists);
        break;
    default:
        response_error(rs, ERR_unavailable);
    }
}

void
login_patch(struct request *rq, struct response *rs)
{
    json_t *row = login_named(rq, rs);
    struct login_data data;
    enum err e;

    if (!row || !response_may_change(rq, rs, row)) {
        return;
    }
    e = login_data_of_request(rq, row, &data);
    if (e != ERR_NONE) {
        response_error(rs, e);
        return;
    }
    edit(rq, rs, row, &data);
}

/* A password that we make and nobody is told would lock the person out. */
static enum err
choose_password(struct request *rq, const json_t *row,
                struct login_letter *letter, const char **password)
{
    letter->wanted = login_mail_wanted(rq);
    if (!letter->wanted && !request_text(rq, "password")) {
        field_fail(&rq->errors, "password", ERR_value_missing, 0);
        return ERR_invalid;
    }
    return login_password_of_request(rq, row, letter, password) ? ERR_NONE
                                                                : ERR_invalid;
}

void
login_password_put(struct request *rq, struct response *rs)
{
    struct session_store store = session_store_of(rq);
    json_t *row = login_named(rq, rs);
    struct login_letter letter = {0};
    struct mail mail;
    struct login_act act = {&store, row, &mail, 1};
    const char *password;
    bool must_change;
    enum err e;

    if (!row) {
        return;
    }
    e = login_must_change(rq, &must_change)
            ? choose_password(rq, row, &letter, &password)
            : ERR_api_scope;
    if (e == ERR_NONE && !login_mail(rq, &letter, &mail)) {
        e = ERR_internal;
    }
    if (e == ERR_NONE &&
        login_act_password(&act, password, must_change) != DB_OK) {
        e = ERR_unavailable;
    }
    if (e != ERR_NONE) {
        response_error(rs, e);
        return;
    }
    answer(rq, rs, row_text(row, "user_id"), &mail);
}

/* ---- the second factor ---- */

void
login_factor_delete(struct request *rq, struct response *rs)
{
    json_t *row = login_named(rq, rs);

    if (!row) {
        return;
    }
    if (person_take_factor(rq, row) == DB_OK) {
        response_empty(rs, 204);
    } else {
        response_error(rs, ERR_unavailable);
    }
}

/* ---- the end ---- */

void
login_delete(struct request *rq, struct response *rs)
{
    struct session_store store = session_store_of(rq);
    json_t *row = login_named(rq, rs);
    struct login_letter letter = {.event = "login_deleted",
                                  .login = row,
                                  .wanted = login_mail_wanted(rq)};
    struct mail mail;
    struct login_act act = {&store, row, &mail, 1};

    if (!row || !response_may_change(rq, rs, row)) {
        return;
    }
    if (!login_mail(rq, &letter, &mail)) {
        response_error(rs, ERR_internal);
        return;
    }
    switch (login_act_remove(&act, request_version(rq, row))) {
    case DB_OK:
        response_empty(rs, 204);
        break;
    case DB_NONE:
        response_error(rs, ERR_precondition_failed);
        break;
    default:
        response_error(rs, ERR_unavailable);
    }
}

void
login_sessions_delete(struct request *rq, struct response *rs)
{
    struct session_store store = session_store_of(rq);
    json_t *row = login_named(rq, rs);
    struct login_act act = {&store, row, NULL, 0};

    if (!row) {
        return;
    }
    if (login_act_sign_out(&act) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    response_empty(rs, 204);
}

/* ---- SSO tokens ---- */

/* Whether the login could sign in at all, now. */
static enum err
may_sign_in(struct request *rq, const json_t *login)
{
    struct membership *membership;
    enum db_result r;

    if (strcmp(row_text(login, "status"), "active") != 0) {
        return ERR_login_blocked;
    }
    r = membership_open(rq->db, rq->arena, rq->tenant,
                        row_text(login, "user_id"),
                        request_text(rq, "customer"), &membership);
    return r == DB_OK     ? ERR_NONE
           : r == DB_NONE ? ERR_no_membership
                          : ERR_unavailable;
}

/* False when it does not fit: half a name is another one. */
static bool
take(char *to, size_t size, const char *text)
{
    return pf_str_copy(pf_str_of(text), to, size);
}

static enum err
mint(struct request *rq, const json_t *login, pf_sso_t *sso, char *token)
{
    bool fits;

    sso->iat = clock_now();
    sso->exp = sso->iat + PF_SSO_LIFE;
    fits =
        take(sso->sub, sizeof sso->sub, row_text(login, "username")) &&
        take(sso->jti, sizeof sso->jti, id_secret(rq->arena, JTI_BYTES)) &&
        take(sso->to, sizeof sso->to, request_text(rq, "to")) &&
        take(sso->customer, sizeof sso->customer,
             request_text(rq, "customer")) &&
        take(sso->language, sizeof sso->language, request_text(rq, "language"));
    return fits && pf_sso_seal(keys_ring(rq->keys), pf_str_of(rq->tenant->id),
                               sso, token, TOKEN_SIZE) == PF_OK
               ? ERR_NONE
               : ERR_internal;
}

/* "…/sso?token=…", with the language asked for. */
static const char *
login_url(struct request *rq, const char *token, const char *language)
{
    const char *more =
        language[0] ? arena_printf(rq->arena, "&language=%s", language) : "";

    return arena_printf(rq->arena, "%s/sso?token=%s%s", rq->tenant->url,
                        form_escape(rq->arena, token), more);
}

static void
answer_token(struct request *rq, struct response *rs, const pf_sso_t *sso,
             const char *token)
{
    json_t *row = json_in_arena(
        rq->arena, json_pack("{s:s, s:I, s:I, s:s, s:s}", "session_token",
                             token, "created", (json_int_t)sso->iat, "expires",
                             (json_int_t)sso->exp, "login", sso->sub,
                             "login_url", login_url(rq, token, sso->language)));

    response_json(rs, 201,
                  field_output(rq->arena, session_token_answer_fields, row));
}

struct minted {
    struct request *rq;
    struct audit row;
};

static enum db_result
note_minted(struct db *db, void *data)
{
    struct minted *m = data;

    return audit_write(db, m->rq->arena, m->rq->tenant->id, &m->row);
}

void
session_token_post(struct request *rq, struct response *rs)
{
    char *token = arena_alloc(rq->arena, TOKEN_SIZE);
    json_t *login = login_named(rq, rs);
    struct minted m = {rq, {rq->actor, "", "sso.minted", "", ""}};
    pf_sso_t sso = {0};
    enum err e;

    if (!login) {
        return;
    }
    e = may_sign_in(rq, login);
    if (e == ERR_NONE) {
        e = mint(rq, login, &sso, token);
    }
    m.row.object = row_text(login, "user_id");
    m.row.detail = sso.jti;
    if (e == ERR_NONE &&
        db_transaction(rq->db, false, note_minted, &m) != DB_OK) {
        e = ERR_unavailable;
    }
    if (e != ERR_NONE) {
        response_error(rs, e);
        return;
    }
    answer_token(rq, rs, &sso, token);
}
