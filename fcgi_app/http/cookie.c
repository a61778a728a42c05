#include "http/cookie.h"
#include "base/log.h"

enum { COOKIE_MAX = PF_COOKIE_NAME_MAX + 4096 + 256 };

void
cookie_set(struct request *rq, struct response *rs, pf_cookie_t kind,
           const char *tenant, bool secure, const char *value, long max_age)
{
    char *text = arena_alloc(rq->arena, COOKIE_MAX);
    size_t len = pf_cookie_format(kind, pf_str_of(tenant), secure,
                                  pf_str_of(value), max_age, text, COOKIE_MAX);

    if (len == 0) {
        log_error("a cookie of kind %d cannot be written", (int)kind);
        return;
    }
    response_header(rs, "Set-Cookie", text);
}
