/* Names for things, and secrets. */
#ifndef BASE_ID_H
#define BASE_ID_H

#include "base/arena.h"

/*
 * "cus_01jd7…": prefix, underscore, 26 characters of Crockford base32 in lower
 * case: 48 bits of milliseconds, 80 random bits. Sorts by time of creation,
 * those of one process also within a millisecond.
 */
char *id_new(struct arena *a, const char *prefix);

/* n random bytes as base64url without padding. */
char *id_secret(struct arena *a, size_t n);

/* n characters of base62, each random: for keys people copy. */
char *id_base62(struct arena *a, size_t n);

/* The same of Crockford base32 in capital letters: for codes people read out.
 */
char *id_crockford(struct arena *a, size_t n);

/* Hex BLAKE2b-256 of a secret: what is stored instead of it. */
char *id_hash(struct arena *a, const char *secret);

/* Constant-time comparison of two C strings. */
int id_equal(const char *a, const char *b);

#endif
