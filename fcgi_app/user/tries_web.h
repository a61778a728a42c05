/* Slowed-down tries (user/tries.h) for handlers, and the devices that somebody
 * signed in on before: the cookie pforte-device. */
#ifndef USER_TRIES_WEB_H
#define USER_TRIES_WEB_H

#include "http/response.h"
#include "user/tries.h"
#include "user/user.h"

/*
 * A try of the request at the account that was typed; user is whose that is, or
 * NULL: their device is known by the cookie. what: see struct tries.
 */
struct tries tries_of(const struct request *rq, const char *what,
                      const char *typed, const struct user *user);

/*
 * The sentence for who has to wait, with the header Retry-After; the caller
 * shows the form again with it, and status 429.
 */
const char *tries_refuse(struct request *rq, struct response *rs, int64_t wait);

/* From now on the browser is a known device of the user, and of nobody else.
 * Only for who is signed in all through, second factor included. */
void device_remember(struct request *rq, struct response *rs,
                     const struct user *user);

#endif
