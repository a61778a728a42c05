/*
 * How sessions lie in memcached, agreed between module and application: keys
 * nobody can guess, values nobody can read, forge or move to another key.
 */
#ifndef PF_SESSION_CACHE_H
#define PF_SESSION_CACHE_H

#include <stdint.h>

#include "pf_error.h"
#include "pf_keyring.h"
#include "pf_str.h"

enum {
    PF_CACHE_HASH = 32,        /* bytes of a session's hash */
    PF_CACHE_KEY = 64,         /* the same as hex characters: a key */
    PF_CACHE_LIFE = 60,        /* seconds an entry may live, at most */
    PF_CACHE_TOMBSTONE = 120,  /* seconds a tombstone lives: outlives entries */
    PF_CACHE_VALUE_MAX = 2048, /* bytes of a value before sealing */
    PF_CACHE_OVERHEAD = 73,    /* format byte, nonce, four numbers, tag */
};

/*
 * Public name of a session: BLAKE2b-256 of tenant, NUL and sid. The sid is 256
 * random bits, so the name tells nothing of it: in hex it is the row's id, the
 * cache key, $pforte_session_key, and safe to log.
 */
void pf_cache_hash(pf_str_t tenant, pf_str_t sid,
                   unsigned char out[PF_CACHE_HASH]);
void pf_cache_key(pf_str_t tenant, pf_str_t sid, char out[PF_CACHE_KEY + 1]);

/* What the edge reads of a session's copy, without its value. */
typedef struct {
    int64_t ended; /* Unix seconds; 0: alive */
    int64_t version;
    int64_t expires; /* Unix seconds */
} pf_copy_t;

/*
 * Seals copy and value for exactly that cache key (XChaCha20-Poly1305, cache
 * key as additional data), with the time of writing inside. Returns the length,
 * 0 when it does not fit.
 */
size_t pf_cache_seal(const pf_key_t *key, const char *cache_key,
                     const pf_copy_t *copy, pf_str_t value, int64_t now,
                     unsigned char *out, size_t size);

/*
 * Opens with any key of the ring. PF_EXPIRED when it was written more than
 * PF_CACHE_LIFE seconds before now, whatever memcached says: a stopped and
 * revived node must not bring back the past. PF_NOT_YET when it was written as
 * many seconds after now, by a clock that is wrong. Without `out` the value is
 * not wanted, and size and len are not looked at. On errors *copy is zeros.
 */
pf_error_t pf_cache_open(const pf_keyring_t *ring, const char *cache_key,
                         pf_str_t sealed, int64_t now, pf_copy_t *copy,
                         unsigned char *out, size_t size, size_t *len);

/*
 * Rendezvous hashing: index of the node ("host:port" or socket path) that owns
 * the key; the same for every caller, whatever the order of the list.
 */
size_t pf_cache_node(const pf_str_t *nodes, size_t n, const char *cache_key);

#endif
