/*
 * The handoff: an SSO token comes in, a session goes out.
 *
 * nginx has checked the token before; it is opened again here, because whoever
 * reaches the socket is still nobody. A token signs in once: its jti is claimed
 * in the transaction that creates the session.
 *
 * Three detours, all by a token of our own that takes the first one's place: a
 * cross-site POST carries no SameSite=Lax cookie, so it is answered with a GET
 * that does; a browser in which somebody else is signed in is asked first; and
 * where cookies may be blocked, inside another site's page, one redirect shows
 * whether they are. If so, nothing is started there: the same token opens the
 * portal in a window of its own.
 */
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/log.h"
#include "http/form.h"
#include "http/handlers.h"
#include "session/login_act.h"
#include "session/session_web.h"
#include "session/sso_create.h"
#include "user/user_web.h"

enum { JTI_BYTES = 16, TOKEN_SIZE = 4096, LANGUAGE_LIFE = 365 * 86400 };

/* Opens the token again; ERR_NONE with *sso filled, or what to tell. */
static enum err
open_again(struct request *rq, pf_sso_t *sso)
{
    const char *token = request_param(rq, "PFORTE_HANDOFF");
    const pf_keyring_t *merchant =
        tenant_sso_keys(rq->db, rq->arena, rq->tenant->id);
    pf_error_t e;

    if (!merchant) {
        return ERR_unavailable;
    }
    e = pf_sso_open(keys_ring(rq->keys), merchant, pf_str_of(rq->tenant->id),
                    pf_str_of(token), clock_now(), sso);
    if (e == PF_UNKNOWN_KEY) {
        e = pf_sso_open(keys_ring_now(rq->keys), merchant,
                        pf_str_of(rq->tenant->id), pf_str_of(token),
                        clock_now(), sso);
    }
    if (e == PF_OK) {
        rq->actor->name =
            arena_printf(rq->arena, "sso:%s", sso->own ? "pforte" : sso->kid);
        return ERR_NONE;
    }
    log_warn("SSO token refused: %s", pf_error_text(e));
    return session_link_error(e);
}

/* Somebody whom nobody knows yet: may the token make them? */
static enum err
newcomer(struct request *rq, const pf_sso_t *sso)
{
    struct session_store store = session_store_of(rq);

    return sso_creates(&store) ? sso_newcomer_ok(&store, sso) : ERR_no_account;
}

/* The user and the account that the token opens; no account where they have
 * several and no home, and choose; both NULL: the token makes them. */
static enum err
whom(struct request *rq, const pf_sso_t *sso, struct user **user,
     struct membership **membership)
{
    const char *customer = sso->customer[0] ? sso->customer : NULL;
    enum db_result r =
        user_by_username(rq->db, rq->arena, rq->tenant->pool, sso->sub, user);

    *membership = NULL;
    if (r == DB_NONE) {
        return newcomer(rq, sso);
    }
    if (r != DB_OK) {
        return ERR_unavailable;
    }
    /* "Anna" may be another one than "anna" at the merchant's */
    if (strcmp((*user)->username, sso->sub) != 0) {
        return ERR_no_account;
    }
    if (!user_active(*user)) {
        return ERR_account_blocked;
    }
    r = membership_open(rq->db, rq->arena, rq->tenant, (*user)->id, customer,
                        membership);
    if (r == DB_NONE && !customer) {
        r = membership_only(rq->db, rq->arena, rq->tenant, (*user)->id,
                            membership);
    }
    return r == DB_OK     ? ERR_NONE
           : r == DB_NONE ? ERR_no_account
                          : ERR_unavailable;
}

static void
audit_refusal(struct request *rq, const pf_sso_t *sso, enum err e)
{
    struct audit row = {rq->actor, "", "sso.refused", sso->sub,
                        err_row(e)->code};

    if (audit_write(rq->db, rq->arena, rq->tenant->id, &row) != DB_OK) {
        log_error("a refused SSO token left no audit row");
    }
}

/* nginx then refuses the token by itself, and keeps the header. */
static void
spent(struct response *rs)
{
    response_header(rs, "X-Pforte-Spent", "1");
}

static void
refuse(struct request *rq, struct response *rs, const pf_sso_t *sso, enum err e)
{
    audit_refusal(rq, sso, e);
    response_error(rs, e);
    if (e == ERR_link_used) {
        spent(rs);
    }
}

/*
 * A token of our own for the same person, in exchange for this one. Its life is
 * counted from the first one's beginning: a chain of exchanges must not outlive
 * what the merchant signed, nor the key it was signed with.
 */
static const char *
exchange(struct request *rq, const pf_sso_t *sso, const char *why, int64_t life,
         enum err *e)
{
    struct session_store store = session_store_of(rq);
    char *out = arena_alloc(rq->arena, TOKEN_SIZE);
    pf_sso_t own = *sso;
    enum db_result r = sso_claim(&store, sso, why);

    *e = r == DB_OK       ? ERR_NONE
         : r == DB_UNIQUE ? ERR_link_used
                          : ERR_unavailable;
    if (r != DB_OK) {
        return NULL;
    }
    own.exp = own.iat + life;
    own.nbf = 0;
    pf_str_copy(pf_str_of(id_secret(rq->arena, JTI_BYTES)), own.jti,
                sizeof own.jti);
    if (pf_sso_seal(keys_ring(rq->keys), pf_str_of(rq->tenant->id), &own, out,
                    TOKEN_SIZE) != PF_OK) {
        *e = ERR_internal;
        return NULL;
    }
    return out;
}

/* The language that the token names, unless the address named one. */
static void
take_language(struct request *rq, struct response *rs, const pf_sso_t *sso)
{
    if (tenant_speaks(rq->tenant, sso->language) &&
        !request_argument(rq, "language")) {
        cookie_set(
            rq, rs, pf_cookie_beside(rq->tenant->cookie, PF_COOKIE_LANGUAGE),
            rq->tenant->id, rq->tenant->secure, sso->language, LANGUAGE_LIFE);
    }
}

/* ---- the session ---- */

struct redemption {
    struct request *rq;
    const pf_sso_t *sso;
    struct user *user; /* NULL: the token makes them */
    struct membership *membership;
    struct session *session;
};

/* A user who signs in by links alone has no password to be told. */
static enum db_result
make_user(const struct redemption *d)
{
    struct request *rq = d->rq;
    struct session_store store = session_store_of(rq);
    struct mail mail = {.event = "login_created",
                        .customer = "",
                        .user = "",
                        .recipient = d->sso->email,
                        .language = rq->tenant->default_language,
                        .request_id = rq->id,
                        .reason = N_("signs in by links, without a password")};

    return sso_make_user(&store, d->sso, &mail);
}

/* Only where their home is: another tenant's users are not ours to rename. */
static enum db_result
take_news(const struct redemption *d)
{
    struct request *rq = d->rq;
    struct session_store store = session_store_of(rq);
    struct mail mails[LOGIN_EDIT_MAILS];
    struct login_act act = {.store = &store, .mails = mails};
    struct login_data data;
    json_t *login;
    enum db_result r =
        login_by_username(rq->db, rq->arena, rq->tenant, d->sso->sub, &login);

    if (r != DB_OK || !sso_news(rq->arena, d->sso, login, &data)) {
        return r == DB_NONE ? DB_OK : r;
    }
    act.login = login;
    if (!login_edit_mails(rq, login, &data, true, mails, &act.n_mails)) {
        return DB_FAILED;
    }
    r = login_act_edit(&act, &data);
    return r == DB_NONE ? DB_BUSY : r;
}

static bool
says_who(const pf_sso_t *sso)
{
    return sso->name[0] || sso->email[0];
}

/* What the token says of the person, where the tenant lets it. */
static enum db_result
just_in_time(const struct redemption *d)
{
    struct session_store store = session_store_of(d->rq);

    return says_who(d->sso) && sso_creates(&store) ? take_news(d) : DB_OK;
}

/* Somebody new; or whom another request has made since we looked. */
static enum db_result
bring_in(struct redemption *d)
{
    enum err e = whom(d->rq, d->sso, &d->user, &d->membership);
    enum db_result r = DB_OK;

    if (e == ERR_NONE && !d->user) {
        r = make_user(d);
        e = r == DB_OK ? whom(d->rq, d->sso, &d->user, &d->membership) : e;
    }
    if (r != DB_OK) {
        return r;
    }
    return e == ERR_NONE          ? DB_OK
           : e == ERR_unavailable ? DB_UNAVAILABLE
                                  : DB_NONE;
}

static enum db_result
redeem_in_transaction(struct db *db, void *data)
{
    struct redemption d = *(struct redemption *)data; /* anew for each try */
    struct request *rq = d.rq;
    struct session_store store = session_store_of(rq);
    enum db_result r = d.user ? just_in_time(&d) : bring_in(&d);

    (void)db;
    if (r != DB_OK) {
        return r;
    }
    struct session_new new = {.user = d.user->id,
                              .username = d.user->username,
                              .language = d.user->language,
                              .method = "sso",
                              .membership = d.membership,
                              .user_agent = session_user_agent(rq),
                              .replaces = rq->session,
                              .sso = d.sso};
    return session_start(&store, &new, &((struct redemption *)data)->session);
}

/* The session, the cookie, and on to the portal. */
static void
redeem(struct request *rq, struct response *rs, const pf_sso_t *sso,
       struct user *user, struct membership *membership)
{
    struct redemption d = {rq, sso, user, membership, NULL};
    enum db_result r;

    /* most tokens only start a session, which is one transaction by itself */
    r = user && !says_who(sso)
            ? redeem_in_transaction(rq->db, &d)
            : db_transaction(rq->db, true, redeem_in_transaction, &d);
    switch (r) {
    case DB_OK:
        spent(rs);
        session_set_cookie(rq, rs, d.session);
        take_language(rq, rs, sso);
        response_redirect(
            rq, rs,
            session_first_page(rq, d.session, sso->to[0] ? sso->to : NULL));
        break;
    case DB_UNIQUE:
        refuse(rq, rs, sso, ERR_link_used);
        break;
    case DB_NONE:
        refuse(rq, rs, sso, ERR_account_blocked);
        break;
    default:
        response_error(rs, ERR_unavailable);
    }
}

/* "You are signed in as somebody else": nothing changes without a yes. */
static void
ask(struct request *rq, struct response *rs, const pf_sso_t *sso,
    const char *username)
{
    enum err e;
    const char *token =
        exchange(rq, sso, "asked for confirmation", PF_SSO_LIFE_MAX, &e);
    json_t *model;

    if (!token) {
        refuse(rq, rs, sso, e);
        return;
    }
    model = json_pack("{s:s, s:s, s:s, s:s+, s:s+}", "current_username",
                      rq->session->username, "new_username", username, "token",
                      token, "action", rq->prefix, "/sso", "stay_url",
                      rq->prefix, "/");
    response_page(rs, "sso_confirm", json_in_arena(rq->arena, model));
    spent(rs);
}

/* ---- are cookies kept? ---- */

/* Where the next hop of the handoff is; a language in the address goes along.
 */
static const char *
sso_path(const struct request *rq, const char *token, bool probe)
{
    const char *language = request_argument(rq, "language");

    if (!tenant_speaks(rq->tenant, language ? language : "")) {
        language = NULL;
    }
    return arena_printf(rq->arena, "/sso?token=%s%s%s%s",
                        form_escape(rq->arena, token), probe ? "&c=1" : "",
                        language ? "&language=" : "", language ? language : "");
}

/* A browser that brought a cookie of ours keeps them. */
static bool
cookies_unknown(const struct request *rq)
{
    return (rq->tenant->cookie == PF_COOKIE_EMBEDDED ||
            pf_framed(pf_str_of(request_header(rq, "Sec-Fetch-Dest")))) &&
           !rq->session && !form_cookie(rq);
}

/* The cookie is set, and the next hop sees whether it comes back. */
static void
probe(struct request *rq, struct response *rs, const pf_sso_t *sso)
{
    enum err e;
    const char *token = exchange(rq, sso, "probed", PF_SSO_LIFE_MAX, &e);

    if (!token) {
        refuse(rq, rs, sso, e);
        return;
    }
    form_cookie_make(rq, rs);
    response_redirect(rq, rs, sso_path(rq, token, true));
    spent(rs);
}

/* It did not. The token is still good for one use, in a window of its own; with
 * no frame around it, that would not help. */
static void
offer_window(struct request *rq, struct response *rs, const pf_sso_t *sso)
{
    const char *token = request_param(rq, "PFORTE_HANDOFF");
    bool alone = strcmp(request_header(rq, "Sec-Fetch-Dest"), "document") == 0;
    json_t *model;

    if (tenant_speaks(rq->tenant, sso->language) &&
        !request_argument(rq, "language")) {
        rq->language = arena_strdup(rq->arena, sso->language);
    }
    model = json_pack("{s:b, s:s+}", "framed", !alone, "open_url", rq->prefix,
                      sso_path(rq, token, false));
    response_page(rs, "sso_window", json_in_arena(rq->arena, model));
    rs->status = 401;
}

/* True: that is the answer. A second probe there never is. */
static bool
probed(struct request *rq, struct response *rs, const pf_sso_t *sso)
{
    if (!cookies_unknown(rq)) {
        return false;
    }
    if (request_argument(rq, "c")) {
        offer_window(rq, rs, sso);
    } else {
        probe(rq, rs, sso);
    }
    return true;
}

/* ---- the door ---- */

/* Whoever came by a self-service link is nobody, and need not be asked. user:
 * NULL for one whom the token makes. */
static bool
somebody_else(const struct session *session, const struct user *user)
{
    return session && !session_of_link(session) &&
           (!user || strcmp(session->user, user->id) != 0);
}

static void
open_portal(struct request *rq, struct response *rs, bool confirmed)
{
    struct membership *membership;
    struct user *user;
    pf_sso_t sso;
    enum err e = open_again(rq, &sso);

    if (e != ERR_NONE) {
        response_error(rs, e);
        return;
    }
    e = whom(rq, &sso, &user, &membership);
    if (e == ERR_unavailable) {
        response_error(rs, e);
    } else if (e != ERR_NONE) {
        refuse(rq, rs, &sso, e);
    } else if (!confirmed && somebody_else(rq->session, user)) {
        ask(rq, rs, &sso, user ? user->username : sso.sub);
    } else if (!probed(rq, rs, &sso)) {
        redeem(rq, rs, &sso, user, membership);
    }
}

void
sso_get(struct request *rq, struct response *rs)
{
    if (!session_only_looking(rq, rs)) {
        open_portal(rq, rs, false);
    }
}

void
sso_post(struct request *rq, struct response *rs)
{
    struct session_store store = session_store_of(rq);
    const char *csrf = json_string_value(json_object_get(rq->raw, "csrf"));
    const char *token;
    pf_sso_t sso;
    enum err e;

    if (request_bool(rq, "confirm", false) && rq->session &&
        session_csrf_ok(&store, rq->session, csrf)) {
        open_portal(rq, rs, true);
        return;
    }
    e = open_again(rq, &sso);
    token = e == ERR_NONE ? exchange(rq, &sso, "posted", sso.exp - sso.iat, &e)
                          : NULL;
    if (e == ERR_link_used) {
        audit_refusal(rq, &sso, e);
    }
    if (!token) {
        response_error(rs, e);
        if (e == ERR_link_used) {
            spent(rs);
        }
        return;
    }
    response_redirect(rq, rs, sso_path(rq, token, false));
    spent(rs);
}
