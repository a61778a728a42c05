/* Sessions for handlers: what session.h wants, taken from a request. */
#ifndef SESSION_SESSION_WEB_H
#define SESSION_SESSION_WEB_H

#include "http/cookie.h"
#include "session/session.h"

struct session_store session_store_of(const struct request *rq);

/* Sets the browser's cookie to a fresh token of the session; clears the other
 * one, where the request's session, which this one replaces, came by it. */
void session_set_cookie(struct request *rq, struct response *rs,
                        const struct session *session);

/* Starts the session of somebody whose identity is proved, of their account or
 * to choose one, and leads on to `next`; or says why not. */
enum err session_enter(struct request *rq, struct response *rs,
                       const struct user *user, const char *next);

/* Where whoever signed in goes: next (NULL: the overview), or first to the
 * choice of an account. */
const char *session_first_page(const struct request *rq,
                               const struct session *session, const char *next);

/* Takes the session's cookie from the browser. */
void session_clear_cookie(struct request *rq, struct response *rs,
                          const struct session *session);

/* True: they have a second factor, and are asked for it first. */
bool factor_asked(struct request *rq, struct response *rs,
                  const struct user *user, const char *next);

/*
 * True for who follows a link without meaning it, by HEAD or as a prefetch: it
 * opens nothing, and the response says so.
 */
bool session_only_looking(const struct request *rq, struct response *rs);

/* What people are told of a link whose token does not open. */
enum err session_link_error(pf_error_t e);

/* What the browser calls itself, as the session's row keeps it: printable
 * ASCII, and not too much of it. */
const char *session_user_agent(const struct request *rq);

/* The cookie of forms shown before sign-in, and the first that a browser gets
 * of us, also with this answer: NULL when there is none. And a fresh one. */
const char *form_cookie(const struct request *rq);
const char *form_cookie_make(struct request *rq, struct response *rs);

/* What a form shown before sign-in carries; makes the pforte-form cookie when
 * the browser has none. And its check. */
const char *form_token(struct request *rq, struct response *rs);
bool form_token_ok(const struct request *rq, const char *sent);

#endif
