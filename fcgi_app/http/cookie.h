/* Set-Cookie by the table of pf_cookie.h. */
#ifndef HTTP_COOKIE_H
#define HTTP_COOKIE_H

#include "http/response.h"
#include "pf_cookie.h"

/* max_age: seconds; -1 until the browser closes; 0 clears. */
void cookie_set(struct request *rq, struct response *rs, pf_cookie_t kind,
                const char *tenant, bool secure, const char *value,
                long max_age);

#endif
