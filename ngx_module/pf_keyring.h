/*
 * Keys and key rings.
 *
 * A key record carries its one algorithm; nothing in a token can choose
 * another. Rings live in locked memory (sodium_malloc) that is wiped when they
 * are freed; those that hold public keys alone need none.
 *
 * Two sources: the session key ring is a text file with one PASERK "k4.local."
 * key a line, '#' comments and blank lines allowed; the first key seals, all
 * open. A merchant's keys come as a JSON array of JWKs (RFC 7517; OKP/Ed25519
 * with "alg":"EdDSA", EC/P-256 with "ES256", RSA with "RS256", oct with
 * "HS256") or {"kid","paserk"} objects with a "k4.public." key, each with
 * optional integer "not_before"/"not_after" (Unix seconds; 0 or absent = open
 * end).
 */
#ifndef PF_KEYRING_H
#define PF_KEYRING_H

#include <jansson.h>
#include <stdint.h>

#include "pf_error.h"
#include "pf_evp.h"
#include "pf_str.h"

typedef enum {
    PF_ALG_LOCAL,  /* PASETO v4.local: XChaCha20 + BLAKE2b, 32-byte key */
    PF_ALG_PUBLIC, /* PASETO v4.public: Ed25519, 32-byte public key */
    PF_ALG_EDDSA,  /* JWS EdDSA (RFC 8037): Ed25519, 32-byte public key */
    PF_ALG_HS256,  /* JWS HS256 (RFC 7518): 32 to 128 bytes */
    PF_ALG_RS256,  /* JWS RS256: RSA of 2048 to 4096 bits, see pf_rsa_ok() */
    PF_ALG_ES256,  /* JWS ES256: a point of P-256, x and y */
} pf_alg_t;

enum {
    PF_KID_MAX = 64, /* characters: A-Z a-z 0-9 . _ ~ - : = */
    PF_KEY_BYTES_MAX = PF_RSA_MAX + PF_RSA_E,
    PF_HS256_MIN = 32, /* shorter secrets are refused (RFC 7518, 3.2) */
    PF_HS256_MAX = 128,
    PF_KEYRING_MAX = 64, /* keys in one ring */
    PF_KEY_FOOTER = 99,  /* base64url of {"kid":"…"} around the longest kid */
};

typedef struct {
    pf_alg_t alg;
    char kid[PF_KID_MAX + 1];
    size_t len;
    unsigned char bytes[PF_KEY_BYTES_MAX];
    int64_t not_before;             /* Unix seconds, 0 = open */
    int64_t not_after;              /* Unix seconds, 0 = open */
    char footer[PF_KEY_FOOTER + 1]; /* set in a ring; empty without a kid */
} pf_key_t;

typedef struct {
    size_t n;
    bool locked; /* how its memory was taken */
    pf_key_t keys[];
} pf_keyring_t;

/*
 * Parses the text of the session key ring file. The kid of each key is its
 * PASERK id ("k4.lid."). Returns NULL and a sentence with the line number in
 * why[size] when a line is no key, a key stands twice, or there is none.
 */
pf_keyring_t *pf_keyring_parse(pf_str_t text, char *why, size_t size);

/* The same for a JSON array of merchant keys; an empty array is an empty ring.
 */
pf_keyring_t *pf_keyring_from_json(const json_t *keys, char *why, size_t size);

/* Wipes and frees; NULL is fine. */
void pf_keyring_free(pf_keyring_t *ring);

/*
 * The key with that kid and algorithm, valid at `now`; with an empty kid, the
 * only key of that algorithm valid at `now`. Otherwise NULL, and *e says
 * whether the kid is unknown or not valid now (PF_UNKNOWN_KEY) or made for
 * another algorithm (PF_ALGORITHM). A key is valid while
 * not_before <= now < not_after. A NULL ring has no key.
 */
const pf_key_t *pf_keyring_find(const pf_keyring_t *ring, pf_str_t kid,
                                pf_alg_t alg, int64_t now, pf_error_t *e);

/*
 * The same for a PASETO's footer as it stands in the token, still encoded, in
 * the spelling that we and most others write: {"kid":"…"}. NULL says nothing:
 * then the footer has to be read, and pf_keyring_find() asked.
 */
const pf_key_t *pf_keyring_find_footer(const pf_keyring_t *ring,
                                       pf_str_t footer, pf_alg_t alg,
                                       int64_t now);

/*
 * One key from its text: PASERK "k4.local.", "k4.public." or a JWK object. A
 * JWK with private parts ("d", "p", …) is PF_MALFORMED. On errors *out is
 * wiped. Used for the command line and, row by row, by the parsers above.
 */
pf_error_t pf_key_parse(pf_str_t text, pf_key_t *out);
pf_error_t pf_key_from_json(const json_t *jwk, pf_key_t *out);

/*
 * The one "alg" that a JWK of that type and curve can have here; NULL for all
 * others. For key sets of strangers, who may leave it out (RFC 7517, 4.4).
 */
const char *pf_jwk_alg(const json_t *jwk);

/* PASERK forms. id: "k4.lid." or "k4.pid." of a key, into out[PF_KID_MAX+1]. */
pf_error_t pf_paserk_id(const pf_key_t *key, char *out);
pf_error_t pf_paserk_format(const pf_key_t *key, char *out, size_t size);

/* A fresh v4.local key with its kid. */
void pf_key_generate(pf_key_t *out);

/* True for 1 to PF_KID_MAX characters of the kid alphabet. */
bool pf_kid_ok(pf_str_t kid);

#endif
