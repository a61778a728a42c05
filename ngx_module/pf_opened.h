/*
 * Session tokens that were opened before: a table of fixed size, so that the
 * same token is not authenticated, decrypted and read again with each request.
 *
 * Tokens are known by a keyed 128-bit hash, the key random for each table; the
 * token itself is not kept. Whoever asks names the generation of the key ring,
 * so that what a retired key sealed is not found any more. Whether a session
 * is over is for the caller to say: here is only what its token claims.
 *
 * A bucket of PF_OPENED_WAYS tokens is two lines of cache to look through, and
 * what a token claimed lies packed in four more.
 */
#ifndef PF_OPENED_H
#define PF_OPENED_H

#include "pf_token.h"

enum {
    PF_OPENED_WAYS = 8,
    PF_OPENED_TEXT = 208, /* bytes of its strings; a larger one is not kept */
};

typedef struct pf_opened_s pf_opened_t;

/* What a table knows a token by. */
typedef struct {
    uint64_t name, number;
} pf_opened_hash_t;

/*
 * For `slots` tokens, rounded up to a power of two of PF_OPENED_WAYS each.
 * Memory that was not used yet is not touched. NULL: out of memory.
 */
pf_opened_t *pf_opened_create(size_t slots);

/* Wipes and frees; NULL is fine. */
void pf_opened_free(pf_opened_t *opened);

/* Once for a token that is looked up and then kept; of no use to another table.
 * A NULL table, here and below, knows nothing. */
pf_opened_hash_t pf_opened_hash(const pf_opened_t *opened, pf_str_t token);

/* What the token claimed, or false. */
bool pf_opened_find(pf_opened_t *opened, pf_str_t tenant, pf_opened_hash_t hash,
                    uint64_t generation, pf_session_t *out);

/*
 * Keeps what pf_session_open() gave for a genuine token (PF_OK, PF_EXPIRED). It
 * takes the place of the one in its bucket that was asked for longest ago.
 */
void pf_opened_keep(pf_opened_t *opened, pf_str_t tenant, pf_opened_hash_t hash,
                    uint64_t generation, const pf_session_t *session);

#endif
