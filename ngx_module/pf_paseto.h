/*
 * PASETO version 4 (paseto-standard, docs/01-Protocol-Versions/Version4.md)
 * over libsodium. Lengths are capped by the caller's buffers; no function here
 * allocates.
 */
#ifndef PF_PASETO_H
#define PF_PASETO_H

#include "pf_error.h"
#include "pf_str.h"

enum {
    PF_TOKEN_MAX = 4096,   /* characters of any token that is looked at */
    PF_PAYLOAD_MAX = 3072, /* bytes of a token's payload */
    PF_FOOTER_MAX = 256,
    PF_LOCAL_KEY = 32,
    PF_LOCAL_NONCE = 32,
    PF_ED25519_PUBLIC = 32,
    PF_ED25519_SECRET = 64,
};

/*
 * Opens a v4.local token: authenticates header, nonce, ciphertext, footer and
 * the implicit assertion, then decrypts into out[size]. *len is the payload's
 * length. PF_ALGORITHM for a v4.public token.
 */
pf_error_t pf_paseto_local_open(const unsigned char key[PF_LOCAL_KEY],
                                pf_str_t token, pf_str_t assertion,
                                unsigned char *out, size_t size, size_t *len);

/*
 * Seals payload into out[size] as a C string. nonce is PF_LOCAL_NONCE bytes for
 * test vectors, NULL for fresh random ones.
 */
pf_error_t pf_paseto_local_seal(const unsigned char key[PF_LOCAL_KEY],
                                const unsigned char *nonce, pf_str_t payload,
                                pf_str_t footer, pf_str_t assertion, char *out,
                                size_t size);

/* Verifies a v4.public token; the payload goes to out[size]. */
pf_error_t pf_paseto_public_verify(const unsigned char key[PF_ED25519_PUBLIC],
                                   pf_str_t token, pf_str_t assertion,
                                   unsigned char *out, size_t size,
                                   size_t *len);

/* Signs; out is a C string. */
pf_error_t pf_paseto_public_sign(const unsigned char secret[PF_ED25519_SECRET],
                                 pf_str_t payload, pf_str_t footer,
                                 pf_str_t assertion, char *out, size_t size);

/*
 * The footer of a v4.local or v4.public token, still encoded: a span inside the
 * token, empty when there is none or the token is of no such kind.
 */
pf_str_t pf_paseto_footer(pf_str_t token);

/*
 * The kid that a token's footer names: {"kid":"…"}, not yet authenticated, good
 * for a look-up only. Empty when there is no footer or no kid in it.
 * PF_MALFORMED when the footer is no JSON object or the kid not pf_kid_ok().
 */
pf_error_t pf_paseto_kid(pf_str_t token, char *kid, size_t size);

#endif
