/*
 * Everything that stands between a request and its handler: tenant, session,
 * API key, rights, forgery, and the typing of what was sent.
 */
#ifndef APP_GUARD_H
#define APP_GUARD_H

#include "app/app.h"
#include "app/routes.h"

/*
 * True when the handler may run; otherwise the response is filled. Sets tenant,
 * language, session, api_key, actor and input of the request.
 */
bool guard(struct app *app, const struct route *route, struct request *rq,
           struct response *rs);

/* Whether whoever came by a self-service link may use a route, too. A route
 * that does not say so is for people who signed in. */
bool guard_admits(const struct route *route, const struct session *session);

/* Whether a route is for those alone who have a session. */
bool guard_wants_session(const struct route *route);

/* Tenant and language alone: enough to draw an error page. */
void guard_tenant(struct app *app, struct request *rq);

#endif
