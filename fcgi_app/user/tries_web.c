#include "user/tries_web.h"

#include <string.h>

#include "base/id.h"
#include "base/text.h"
#include "http/cookie.h"
#include "view/i18n.h"

enum { DEVICE_BYTES = 16, DEVICE_MAX = 200, DEVICE_LIFE = 180 * 86400 };

/* ---- known devices ---- */

static pf_cookie_t
device_kind(const struct request *rq)
{
    return pf_cookie_beside(rq->tenant->cookie, PF_COOKIE_DEVICE);
}

/* "usr_….<random>.<mac of both>": what stands before the mac where the cookie
 * names the user, and nobody has made it up. */
static const char *
device_of(const struct request *rq, const struct user *user)
{
    char name[PF_COOKIE_NAME_MAX + 1];
    size_t len = strlen(user->id);
    const char *cookie, *mac;
    char *device;

    pf_cookie_name(device_kind(rq), pf_str_of(rq->tenant_id),
                   rq->tenant->secure, name);
    cookie = request_cookie(rq, name);
    mac = cookie && strlen(cookie) < DEVICE_MAX ? strrchr(cookie, '.') : NULL;
    if (!mac || strncmp(cookie, user->id, len) != 0 || cookie[len] != '.' ||
        mac == cookie + len) {
        return NULL;
    }
    device = arena_strndup(rq->arena, cookie, (size_t)(mac - cookie));
    return keys_mac_ok(rq->keys, "device", rq->tenant_id, device, mac + 1)
               ? device
               : NULL;
}

void
device_remember(struct request *rq, struct response *rs,
                const struct user *user)
{
    const char *device = device_of(rq, user);

    if (!device) {
        device = arena_printf(rq->arena, "%s.%s", user->id,
                              id_secret(rq->arena, DEVICE_BYTES));
    }
    cookie_set(rq, rs, device_kind(rq), rq->tenant_id, rq->tenant->secure,
               arena_printf(rq->arena, "%s.%s", device,
                            keys_mac(rq->keys, rq->arena, "device",
                                     rq->tenant_id, device)),
               DEVICE_LIFE);
}

/* ---- tries ---- */

struct tries
tries_of(const struct request *rq, const char *what, const char *typed,
         const struct user *user)
{
    return (struct tries){.db = rq->db,
                          .arena = rq->arena,
                          .keys = rq->keys,
                          .tenant = rq->tenant_id,
                          .what = what,
                          .name = typed,
                          .address = rq->remote_addr,
                          .device = user ? device_of(rq, user) : NULL};
}

const char *
tries_refuse(struct request *rq, struct response *rs, int64_t wait)
{
    response_header(rs, "Retry-After",
                    arena_printf(rq->arena, "%lld", (long long)wait));
    return i18n_fill(
        rq->arena,
        i18n(rq->language,
             N_("These were many tries. Please wait {time}, then try again.")),
        "time", text_duration(rq->arena, rq->language, wait), NULL);
}
