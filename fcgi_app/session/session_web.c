#include "session/session_web.h"

#include <string.h>

#include "base/id.h"
#include "http/form.h"

enum { FORM_COOKIE_BYTES = 16, AGENT_MAX = 255 };

struct session_store
session_store_of(const struct request *rq)
{
    return (struct session_store){.db = rq->db,
                                  .cache = rq->cache,
                                  .gate = rq->gate,
                                  .keys = rq->keys,
                                  .arena = rq->arena,
                                  .tenant = rq->tenant,
                                  .actor = rq->actor};
}

static pf_cookie_t
cookie_of(const struct request *rq, const struct session *session)
{
    return session_of_link(session)
               ? PF_COOKIE_CONTRACT
               : pf_cookie_of_scope(rq->tenant->cookie,
                                    pf_str_of(session->scope));
}

void
session_set_cookie(struct request *rq, struct response *rs,
                   const struct session *session)
{
    struct session_store store = session_store_of(rq);
    const char *token = session_token(&store, session);
    pf_cookie_t kind = cookie_of(rq, session);

    cookie_set(rq, rs, kind, rq->tenant->id, rq->tenant->secure, token,
               token[0] ? -1 : 0);
    if (rq->session &&
        session_of_link(rq->session) != session_of_link(session)) {
        session_clear_cookie(rq, rs, rq->session);
    }
}

const char *
session_first_page(const struct request *rq, const struct session *session,
                   const char *next)
{
    static const char invitation[] = "/invitation/";

    if (!session_choosing(session) ||
        (next && strncmp(next, invitation, sizeof invitation - 1) == 0)) {
        return next ? next : "/"; /* an invitation is for the person */
    }
    return next ? arena_printf(rq->arena, "/accounts?next=%s",
                               form_escape(rq->arena, next))
                : "/accounts";
}

void
session_clear_cookie(struct request *rq, struct response *rs,
                     const struct session *session)
{
    cookie_set(rq, rs, cookie_of(rq, session), rq->tenant->id,
               rq->tenant->secure, "", 0);
}

bool
session_only_looking(const struct request *rq, struct response *rs)
{
    if (strcmp(rq->method, "HEAD") == 0) {
        response_empty(rs, 204);
        return true;
    }
    if (strstr(request_header(rq, "Sec-Purpose"), "prefetch") ||
        strcmp(request_header(rq, "Purpose"), "prefetch") == 0) {
        /* makes a browser throw its prefetch away and ask in earnest */
        response_empty(rs, 503);
        return true;
    }
    return false;
}

enum err
session_link_error(pf_error_t e)
{
    switch (e) {
    case PF_EXPIRED:
        return ERR_link_expired;
    case PF_ABSENT:
    case PF_MALFORMED:
    case PF_MISSING_CLAIM:
    case PF_BAD_CLAIM:
        return ERR_link_incomplete;
    default:
        return ERR_link_invalid;
    }
}

const char *
session_user_agent(const struct request *rq)
{
    char *text =
        arena_strndup(rq->arena, request_header(rq, "User-Agent"), AGENT_MAX);

    for (char *p = text; *p; p++) {
        if (*p < ' ' || *p > '~') {
            *p = '?';
        }
    }
    return text;
}

static pf_cookie_t
form_kind(const struct request *rq)
{
    return pf_cookie_beside(rq->tenant->cookie, PF_COOKIE_FORM);
}

const char *
form_cookie(const struct request *rq)
{
    char name[PF_COOKIE_NAME_MAX + 1];
    const char *value;

    if (rq->form_cookie) {
        return rq->form_cookie;
    }
    pf_cookie_name(form_kind(rq), pf_str_of(rq->tenant->id), rq->tenant->secure,
                   name);
    value = request_cookie(rq, name);
    return value && value[0] ? value : NULL;
}

const char *
form_cookie_make(struct request *rq, struct response *rs)
{
    const char *value = id_secret(rq->arena, FORM_COOKIE_BYTES);

    cookie_set(rq, rs, form_kind(rq), rq->tenant->id, rq->tenant->secure, value,
               -1);
    rq->form_cookie = value;
    return value;
}

const char *
form_token(struct request *rq, struct response *rs)
{
    const char *value = form_cookie(rq);

    return keys_mac(rq->keys, rq->arena, "form", rq->tenant->id,
                    value ? value : form_cookie_make(rq, rs));
}

bool
form_token_ok(const struct request *rq, const char *sent)
{
    const char *value = form_cookie(rq);

    return value && keys_mac_ok(rq->keys, "form", rq->tenant->id, value, sent);
}
