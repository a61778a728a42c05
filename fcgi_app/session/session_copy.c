#include "session/session_copy.h"

#include "base/clock.h"
#include "base/log.h"
#include "pf_session_cache.h"

enum { SEALED = PF_CACHE_OVERHEAD };

/* The sealed numbers that nginx looks at, and no value behind them. */
static size_t
seal(const struct session_store *st, const char *key, const pf_copy_t *copy,
     unsigned char out[SEALED])
{
    return pf_cache_seal(&keys_ring(st->keys)->keys[0], key, copy,
                         (pf_str_t){0, NULL}, clock_now(), out, SEALED);
}

void
session_copy_refill(const struct session_store *st, const struct session *s)
{
    const pf_copy_t copy = {.version = s->version, .expires = s->expires};
    unsigned char sealed[SEALED];

    cache_add(st->cache, s->key, sealed, seal(st, s->key, &copy, sealed),
              PF_CACHE_LIFE);
}

void
session_copy_change(const struct session_store *st, const char *key,
                    int64_t version, int64_t expires)
{
    const pf_copy_t copy = {.version = version, .expires = expires};
    unsigned char sealed[SEALED];

    cache_set(st->cache, key, sealed, seal(st, key, &copy, sealed),
              PF_CACHE_LIFE);
}

void
session_copy_end(const struct session_store *st, const char *key)
{
    const pf_copy_t copy = {.ended = 1};
    unsigned char sealed[SEALED];

    if (cache_set(st->cache, key, sealed, seal(st, key, &copy, sealed),
                  PF_CACHE_TOMBSTONE) == CACHE_DOWN) {
        log_debug("session cache away; entries die within %d s", PF_CACHE_LIFE);
    }
}
