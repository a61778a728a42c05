/* REST: what ends or starts sessions of a user login. */
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "http/form.h"
#include "http/handlers.h"
#include "session/session_web.h"
#include "user/user_web.h"

enum { JTI_BYTES = 16, TOKEN_SIZE = 4096 };

static void
set_status(struct request *rq, struct response *rs, const char *status)
{
    struct session_store store = session_store_of(rq);
    json_t *row = login_named(rq, rs);

    if (!row) {
        return;
    }
    if (session_set_login_status(&store, row_text(row, "user_id"), status) !=
        DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    row = login_named(rq, rs);
    if (row) {
        response_json(rs, 200, field_output(rq->arena, login_fields, row));
    }
}

void
login_block_post(struct request *rq, struct response *rs)
{
    set_status(rq, rs, "blocked");
}

void
login_activate_post(struct request *rq, struct response *rs)
{
    set_status(rq, rs, "active");
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
