/*
 * A merchant's keys as an identity provider publishes them: a JWK set (RFC
 * 7517, 5) behind an https address, fetched by the jobs, never by nginx.
 */
#ifndef TENANT_JWKS_H
#define TENANT_JWKS_H

#include <jansson.h>
#include <stddef.h>

#include "pf_str.h"

enum {
    JWKS_KEYS_MAX = 32,          /* in one set */
    JWKS_BYTES_MAX = 128 * 1024, /* of the text */
};

/*
 * The keys of a set that may sign SSO tokens, sorted by kid, each with its
 * public members, kid and alg alone; alg follows from type and curve where it
 * is missing. Left out: keys without a kid of ours, for another use or
 * algorithm, weak, malformed or private ones, and every shared secret. New
 * reference; NULL and a sentence in why[size] when the text is no set, has too
 * many keys, names a key twice, or nothing is left of it.
 */
json_t *jwks_read(pf_str_t text, char *why, size_t size);

/* The key, or row of a key, that has this kid; borrowed, NULL: none has. */
const json_t *jwks_find(const json_t *keys, const char *kid);

#endif
