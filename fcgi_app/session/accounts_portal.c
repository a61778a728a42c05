/*
 * Which account? Asked after a sign-in with several, and changed by the menu at
 * the top of each page, without signing in again: a session is of one account,
 * so that another one starts another session.
 */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "http/handlers.h"
#include "pf_redirect.h"
#include "session/accounts_web.h"
#include "session/member_web.h"
#include "session/session_web.h"

enum { TEXT_MAX = 200, SEARCH_FROM = 8 };

/* ---- the page ---- */

static const char *
searched(const struct request *rq)
{
    const char *text = request_argument(rq, "text");

    return text && text[0] && strlen(text) <= TEXT_MAX ? text : NULL;
}

/* Invitations that wait for an answer, a link each. New reference. */
static json_t *
invitations(struct request *rq, const json_t *rows)
{
    json_t *list = json_array();
    const json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:s+++}", "name",
                            member_account_name(rq->arena, row), "number",
                            row_text(row, "customer"), "url", rq->prefix,
                            "/invitation/", row_text(row, "id"), ""));
    }
    return list;
}

static void
show(struct request *rq, struct response *rs, json_t *entries,
     const json_t *waiting)
{
    const char *text = searched(rq);
    const char *next = request_argument(rq, "next");
    bool more = json_array_size(entries) > ACCOUNTS_SHOWN;
    json_t *model = json_pack("{s:b, s:b, s:i, s:s+}", "has_search",
                              text || rq->session->n_accounts > SEARCH_FROM,
                              "has_more", more, "shown", (int)ACCOUNTS_SHOWN,
                              "accounts_url", rq->prefix, "/accounts");

    if (more) {
        json_array_remove(entries, ACCOUNTS_SHOWN);
    }
    json_object_set_new(model, "is_choice",
                        json_boolean(text || json_array_size(entries) > 1 ||
                                     json_array_size(waiting) == 0));
    model_list(model, "invitations", invitations(rq, waiting));
    model_list(model, "entries", entries);
    model_text(model, "text", text);
    model_text(model, "next",
               next && pf_redirect_ok(pf_str_of(next)) ? next : NULL);
    response_page(rs, "accounts", json_in_arena(rq->arena, model));
}

void
accounts_page(struct request *rq, struct response *rs)
{
    json_t *entries, *waiting = NULL; /* not in somebody's name */

    if (!session_on_behalf(rq->session) &&
        member_waiting(rq->db, rq->arena, rq->tenant, rq->session->user,
                       ACCOUNTS_SHOWN, &waiting) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    if (session_of_person(rq->session) && rq->session->n_accounts < 2 &&
        json_array_size(waiting) == 0) {
        response_redirect(rq, rs, "/"); /* nothing to choose */
        return;
    }
    if (accounts_entries(rq, searched(rq), ACCOUNTS_SHOWN + 1, &entries) !=
        DB_OK) {
        json_decref(entries);
        response_error(rs, ERR_unavailable);
        return;
    }
    show(rq, rs, entries, waiting);
}

/* ---- the choice ---- */

static enum err
enter(struct request *rq, struct response *rs,
      const struct membership *membership)
{
    const struct session *before = rq->session;
    struct session_store store = session_store_of(rq);
    struct session_new new = {.user = before->user,
                              .username = before->username,
                              .language = before->language,
                              .membership = membership,
                              .method = before->method,
                              .reason = "switch",
                              .user_agent = session_user_agent(rq),
                              .replaces = before,
                              .goes_on = true};
    struct session *session;
    enum db_result r = session_start(&store, &new, &session);

    if (r == DB_OK) {
        session_set_cookie(rq, rs, session);
    }
    return r == DB_OK     ? ERR_NONE
           : r == DB_NONE ? ERR_session_ended
                          : ERR_unavailable;
}

void
accounts_choose(struct request *rq, struct response *rs)
{
    const char *next = request_text(rq, "next");
    struct membership *membership;
    enum err e = ERR_NONE;
    enum db_result r;

    if (rq->errors.n > 0) {
        response_error(rs, ERR_malformed);
        return;
    }
    r = membership_open(rq->db, rq->arena, rq->tenant, rq->session->user,
                        request_text(rq, "customer"), &membership);
    if (r != DB_OK) {
        e = r == DB_NONE ? ERR_no_account : ERR_unavailable;
    } else if (strcmp(membership->id, rq->session->membership->id) != 0) {
        e = enter(rq, rs, membership);
    }
    if (e == ERR_NONE) {
        response_redirect(rq, rs, next ? next : "/");
    } else {
        response_error(rs, e);
    }
}
