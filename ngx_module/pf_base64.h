/* base64url without padding (RFC 4648, section 5), canonical forms only. */
#ifndef PF_BASE64_H
#define PF_BASE64_H

#include "pf_str.h"

/*
 * Decodes all of s into out[size]; false, with *len 0, for any other character,
 * for stray trailing bits, and when it does not fit. Fast, by a table: for what
 * crosses the wire anyway, as tokens do.
 */
bool pf_base64_decode(pf_str_t s, unsigned char *out, size_t size, size_t *len);

/* The same in constant time, for the bytes of keys. */
bool pf_base64_decode_secret(pf_str_t s, unsigned char *out, size_t size,
                             size_t *len);

/* Encodes as a C string; returns its length, 0 when it does not fit. */
size_t pf_base64_encode(const unsigned char *bytes, size_t n, char *out,
                        size_t size);

#endif
