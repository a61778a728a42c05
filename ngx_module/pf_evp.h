/*
 * RS256 and ES256 (RFC 7518, 3.3 and 3.4) through libcrypto, for identity
 * providers that have no EdDSA, and the HMAC of one-time codes. Other
 * algorithms are libsodium's.
 *
 * Keys are plain bytes, so that a key record owns nothing, can be copied, wiped
 * and inherited by a forked worker; what libcrypto makes of them lives for one
 * call. Nothing is left in libcrypto's queue of errors, which nginx would take
 * for one of its own connections'.
 */
#ifndef PF_EVP_H
#define PF_EVP_H

#include "pf_str.h"

enum {
    PF_SHA1 = 20,     /* bytes */
    PF_RSA_MIN = 256, /* bytes of modulus: 2048 bits */
    PF_RSA_MAX = 512, /* and 4096 */
    PF_RSA_E = 4,     /* bytes of exponent, behind the modulus */
    PF_P256 = 64,     /* x and y; and r and s of a signature */
};

/* HMAC-SHA-1 (RFC 2104), for one-time codes alone; false without memory. */
bool pf_hmac_sha1(const unsigned char *key, size_t len,
                  const unsigned char *message, size_t message_len,
                  unsigned char out[PF_SHA1]);

/*
 * key: modulus without leading zero, then PF_RSA_E bytes, both big-endian. True
 * for 2048 to 4096 bits, odd, and an odd exponent of 3 or more.
 */
bool pf_rsa_ok(const unsigned char *key, size_t len);

/* RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, 8.2.2): a signature as long as the
 * modulus. key is pf_rsa_ok(). */
bool pf_rs256_ok(const unsigned char *key, size_t len, pf_str_t message,
                 const unsigned char *signature, size_t signature_len);

/* Whether x, y is a point of the curve P-256. */
bool pf_p256_ok(const unsigned char key[PF_P256]);

/* ECDSA with SHA-256; the signature is r and s, 32 bytes each, never DER. */
bool pf_es256_ok(const unsigned char key[PF_P256], pf_str_t message,
                 const unsigned char *signature, size_t signature_len);

#endif
