/*
 * JWS compact serialisation (RFC 7515) with EdDSA over Ed25519 (RFC 8037), and
 * HS256, RS256, ES256 (RFC 7518, 3.2 to 3.4).
 */
#ifndef PF_JWS_H
#define PF_JWS_H

#include "pf_keyring.h"
#include "pf_paseto.h"

typedef struct {
    pf_str_t signing_input; /* header.payload, inside the token */
    pf_str_t payload;       /* base64url, inside the token */
    unsigned char signature[PF_RSA_MAX];
    size_t signature_len;
    pf_alg_t alg; /* the header's claim, to be held against the key */
    char kid[PF_KID_MAX + 1];
} pf_jws_t;

/*
 * Splits and reads the header. Refused as PF_MALFORMED: other than three parts,
 * non-canonical base64url in header or signature, a header over 512 bytes,
 * duplicate members, a "crit" or "b64" member (no extension is understood, RFC
 * 7515 4.1.11), a "typ" other than JWT. PF_ALGORITHM: any "alg" but the four,
 * "none" included. Members that carry key material (jwk, jku, x5c, x5u)
 * are never read.
 */
pf_error_t pf_jws_parse(pf_str_t token, pf_jws_t *out);

/*
 * Verifies with exactly the key's own algorithm (PF_ALGORITHM if the header
 * says another), then decodes the payload into out[size]: PF_MALFORMED when its
 * base64url is not canonical.
 */
pf_error_t pf_jws_verify(const pf_jws_t *jws, const pf_key_t *key,
                         unsigned char *out, size_t size, size_t *len);

/* HMAC-SHA-256 and its constant-time check, for tags of 32 bytes. */
bool pf_hs256_ok(const unsigned char *key, size_t key_len, pf_str_t message,
                 const unsigned char *tag, size_t tag_len);

/* Ed25519 (RFC 8032) check of a 64-byte signature. */
bool pf_ed25519_ok(const unsigned char key[PF_ED25519_PUBLIC], pf_str_t message,
                   const unsigned char *signature, size_t signature_len);

#endif
