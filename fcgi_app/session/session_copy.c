#include "session/session_copy.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "pf_session_cache.h"

static size_t
seal_row(const struct session_store *st, const char *key, const json_t *row,
         unsigned char *out, size_t size)
{
    const pf_copy_t copy = {row_int(row, "ended"), row_int(row, "version"),
                            row_int(row, "expires")};
    char *text = json_dumps(row, JSON_COMPACT);
    size_t len = 0;

    if (text) {
        len = pf_cache_seal(&keys_ring(st->keys)->keys[0], key, &copy,
                            pf_str_of(text), clock_now(), out, size);
        free(text);
    }
    return len;
}

void
session_copy_refill(const struct session_store *st, const char *key,
                    const json_t *row)
{
    unsigned char sealed[PF_CACHE_VALUE_MAX + PF_CACHE_OVERHEAD];
    size_t len = seal_row(st, key, row, sealed, sizeof sealed);

    if (len) {
        cache_add(st->cache, key, sealed, len, PF_CACHE_LIFE);
    }
}

void
session_copy_end(const struct session_store *st, const char *key)
{
    json_t *row = json_pack("{s:i}", "ended", 1);
    unsigned char sealed[256];
    size_t len = seal_row(st, key, row, sealed, sizeof sealed);

    json_decref(row);
    if (cache_set(st->cache, key, sealed, len, PF_CACHE_TOMBSTONE) ==
        CACHE_DOWN) {
        log_debug("session cache away; entries die within %d s", PF_CACHE_LIFE);
    }
}

static json_t *
look(const struct session_store *st, const char *key, uint64_t *cas)
{
    unsigned char plain[PF_CACHE_VALUE_MAX];
    unsigned char *sealed;
    size_t sealed_len, len;
    pf_copy_t copy;
    json_t *row;

    if (cache_get(st->cache, st->arena, key, &sealed, &sealed_len, cas) !=
            CACHE_OK ||
        pf_cache_open(keys_ring(st->keys), key, (pf_str_t){sealed_len, sealed},
                      clock_now(), &copy, plain, sizeof plain, &len) != PF_OK) {
        return NULL;
    }
    row = json_loadb((const char *)plain, len, JSON_REJECT_DUPLICATES, NULL);
    return row ? json_in_arena(st->arena, row) : NULL;
}

json_t *
session_copy_get(const struct session_store *st, const char *key)
{
    return look(st, key, NULL);
}

void
session_copy_renew(const struct session_store *st, const struct session *s)
{
    unsigned char sealed[PF_CACHE_VALUE_MAX + PF_CACHE_OVERHEAD];
    uint64_t cas;
    json_t *row = look(st, s->key, &cas);
    size_t len;

    if (!row || row_int(row, "ended") != 0) {
        return;
    }
    json_object_set_new(row, "last_seen", json_integer(s->last_seen));
    len = seal_row(st, s->key, row, sealed, sizeof sealed);
    if (len) {
        cache_cas(st->cache, s->key, sealed, len, PF_CACHE_LIFE, cas);
    }
}
