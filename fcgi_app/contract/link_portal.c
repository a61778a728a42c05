/*
 * A self-service link comes in, the page of its contract goes out.
 *
 * nginx has checked the token before; it is opened again here, and its row says
 * whether it was revoked. The same link opens as often as it is followed, so a
 * mail scanner uses nothing up; a browser that it has opened already goes on
 * with the session it has. Where a person is signed in, they are asked before
 * that changes.
 */
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "contract/link_web.h"
#include "http/handlers.h"
#include "session/session_web.h"

static void
audit_refusal(struct request *rq, const pf_link_t *token, enum err e)
{
    struct actor actor = *rq->actor;
    struct audit row = {&actor, "", "link.refused", token->contract,
                        err_row(e)->code};

    actor.name = arena_printf(rq->arena, "link:%s", token->jti);
    if (audit_write(rq->db, rq->arena, rq->tenant->id, &row) != DB_OK) {
        log_error("a refused self-service link left no audit row");
    }
}

static pf_error_t
open_token(struct request *rq, pf_link_t *token)
{
    pf_str_t tenant = pf_str_of(rq->tenant->id);
    pf_str_t sealed = pf_str_of(request_param(rq, "PFORTE_HANDOFF"));
    pf_error_t e =
        pf_link_open(keys_ring(rq->keys), tenant, sealed, clock_now(), token);

    return e == PF_UNKNOWN_KEY ? pf_link_open(keys_ring_now(rq->keys), tenant,
                                              sealed, clock_now(), token)
                               : e;
}

/* ERR_NONE with *link filled, or what to tell. */
static enum err
open_again(struct request *rq, struct session_link *link)
{
    struct session_store store = session_store_of(rq);
    pf_link_t token;
    pf_error_t e = open_token(rq, &token);

    if (e != PF_OK) {
        log_warn("self-service link refused: %s", pf_error_text(e));
        link->contract = arena_strdup(rq->arena, token.contract);
        return session_link_error(e);
    }
    switch (link_find(&store, &token, link)) {
    case DB_OK:
        return ERR_NONE;
    case DB_NONE:
        audit_refusal(rq, &token, ERR_link_revoked);
        return ERR_link_revoked;
    default:
        return ERR_unavailable;
    }
}

static void
go_to_contract(struct request *rq, struct response *rs,
               const struct session_link *link)
{
    response_redirect(
        rq, rs, arena_printf(rq->arena, "/contracts/%s", link->contract_ref));
}

/* The session, its cookie, and on to the contract. */
static void
enter(struct request *rq, struct response *rs, const struct session_link *link)
{
    struct session_store store = session_store_of(rq);
    struct session_new new = {.link = link,
                              .method = "link",
                              .user_agent = session_user_agent(rq),
                              .replaces = rq->session};
    struct session *session;
    enum db_result r = session_start(&store, &new, &session);

    if (r != DB_OK) {
        response_error(rs, r == DB_NONE ? ERR_link_revoked : ERR_unavailable);
        return;
    }
    if (link_opened(&store, link->jti) != DB_OK) {
        log_error("that a self-service link was opened is not counted");
    }
    session_set_cookie(rq, rs, session);
    go_to_contract(rq, rs, link);
}

/* "You are signed in": nothing changes without a yes. */
static void
ask(struct request *rq, struct response *rs, const struct session_link *link)
{
    json_t *model = json_pack(
        "{s:s, s:s, s:s++, s:s+}", "current_username", rq->session->username,
        "contract_ref", link->contract_ref, "action", rq->prefix, "/s/",
        request_param(rq, "PFORTE_HANDOFF"), "stay_url", rq->prefix, "/");

    response_page(rs, "link_confirm", json_in_arena(rq->arena, model));
}

/* Nothing to open: the browser shows this contract anyway. */
static bool
inside_already(const struct session *s, const struct session_link *link)
{
    return session_of_link(s)
               ? strcmp(s->link, link->jti) == 0
               : strcmp(s->customer, link->customer) == 0 &&
                     membership_allows(s->membership, "billing.contracts.view");
}

static void
open_contract(struct request *rq, struct response *rs, bool confirmed)
{
    struct session_link link;
    enum err e = open_again(rq, &link);

    if (e == ERR_link_expired) {
        link_expired(rq, rs, link.contract);
    } else if (e != ERR_NONE) {
        response_error(rs, e);
    } else if (rq->session && inside_already(rq->session, &link)) {
        go_to_contract(rq, rs, &link);
    } else if (rq->session && !session_of_link(rq->session) && !confirmed) {
        ask(rq, rs, &link);
    } else {
        enter(rq, rs, &link);
    }
}

void
link_get(struct request *rq, struct response *rs)
{
    if (!session_only_looking(rq, rs)) {
        open_contract(rq, rs, false);
    }
}

/* The answer to the question; any other POST asks it. */
void
link_post(struct request *rq, struct response *rs)
{
    struct session_store store = session_store_of(rq);
    const char *csrf = json_string_value(json_object_get(rq->raw, "csrf"));

    if (rq->session && session_csrf_ok(&store, rq->session, csrf)) {
        open_contract(rq, rs, true);
        return;
    }
    response_redirect(
        rq, rs,
        arena_printf(rq->arena, "/s/%s", request_param(rq, "PFORTE_HANDOFF")));
}
