/* Keys, and tokens of every kind that the product would make or never make. */
#ifndef UNIT_TOKENS_H
#define UNIT_TOKENS_H

#include "unit.h"

#include "pf_paseto.h"
#include "pf_token.h"

enum { NOW = 1800000000 }; /* 2027-01-15T08:00:00Z */

#define PUBLIC_KEY "Hrnbu7wEfAP9cGBOAHHwmH4Wsot1ciXBHwBBXQ4gsaI"
#define OTHER_KEY  "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
#define SECRET     "0123456789abcdef0123456789abcdef"
#define SECRET_64  "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"

/* Newest first: sealing, older, and one that is in no ring any more. */
#define LOCAL_A "k4.local.cHFyc3R1dnd4eXp7fH1-f4CBgoOEhYaHiImKi4yNjo8"
#define LOCAL_B "k4.local.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"
#define RETIRED "k4.local.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAI"

/* The private half of PUBLIC_KEY (PASETO's test vector 4-S-1). */
static const unsigned char private_key[PF_ED25519_SECRET] =
    "\xb4\xcb\xfb\x43\xdf\x4c\xe2\x10\x72\x7d\x95\x3e\x4a\x71\x33\x07"
    "\xfa\x19\xbb\x7d\x9f\x85\x04\x14\x38\xd9\xe1\x1b\x94\x2a\x37\x74"
    "\x1e\xb9\xdb\xbb\xbc\x04\x7c\x03\xfd\x70\x60\x4e\x00\x71\xf0\x98"
    "\x7e\x16\xb2\x8b\x75\x72\x25\xc1\x1f\x00\x41\x5d\x0e\x20\xb1\xa2";

static pf_keyring_t *own, *merchant;

static inline pf_keyring_t *
ring_of(const char *text)
{
    char why[100] = "";
    pf_keyring_t *ring = pf_keyring_parse(str(text), why, sizeof why);

    assert_row(ring != NULL, "%s", why);
    return ring;
}

static inline pf_keyring_t *
ring_of_json(const char *text)
{
    char why[100] = "";
    json_t *keys = json_loads(text, 0, NULL);
    pf_keyring_t *ring = pf_keyring_from_json(keys, why, sizeof why);

    assert_row(ring != NULL, "%s", why);
    json_decref(keys);
    return ring;
}

static inline int
rings_make(void **state)
{
    (void)state;
    own = ring_of(LOCAL_A "\n" LOCAL_B "\n");
    merchant = ring_of_json(
        "[{\"kid\":\"ed\",\"kty\":\"OKP\",\"crv\":\"Ed25519\","
        "  \"alg\":\"EdDSA\",\"x\":\"" PUBLIC_KEY "\"},"
        " {\"kid\":\"hs\",\"kty\":\"oct\",\"alg\":\"HS256\","
        "  \"k\":\"" SECRET_64 "\"},"
        " {\"kid\":\"pub\",\"paserk\":\"k4.public." PUBLIC_KEY "\"},"
        " {\"kid\":\"old\",\"kty\":\"OKP\",\"crv\":\"Ed25519\","
        "  \"alg\":\"EdDSA\",\"x\":\"" PUBLIC_KEY "\","
        "  \"not_after\":1800000000},"
        " {\"kid\":\"next\",\"paserk\":\"k4.public." PUBLIC_KEY "\","
        "  \"not_before\":1800000001}]");
    return 0;
}

static inline int
rings_free(void **state)
{
    (void)state;
    pf_keyring_free(own);
    pf_keyring_free(merchant);
    return 0;
}

/* ---- tokens by hand; each lasts until four more are made ---- */

static inline char *
token_buffer(void)
{
    static char buffers[4][3 * PF_TOKEN_MAX];
    static unsigned turn;

    return buffers[turn++ % 4];
}

/* header.claims.signature; how: 'h' HMAC with SECRET, 'p' HMAC with the public
 * key's bytes, 'e' Ed25519, 'n' nothing. */
static inline char *
jwt(const char *header, const char *claims, char how)
{
    char *out = token_buffer();
    unsigned char sig[64] = {0};
    size_t n = how == 'e' ? 64 : how == 'n' ? 0 : 32, len;
    const void *key = how == 'p' ? private_key + 32 : (const void *)SECRET;

    strcpy(out, b64(header, strlen(header)));
    strcat(strcat(out, "."), b64(claims, strlen(claims)));
    len = strlen(out);
    if (n == 64) {
        crypto_sign_detached(sig, NULL, (unsigned char *)out, len, private_key);
    } else {
        crypto_auth_hmacsha256(sig, (unsigned char *)out, len, key);
    }
    strcat(strcat(out, "."), b64(sig, n));
    return out;
}

/* A v4.local token under a PASERK key; kid NULL: the key's own id. */
static inline char *
local(const char *paserk, const char *assertion, const char *footer,
      const char *claims)
{
    char *out = token_buffer(), named[PF_FOOTER_MAX];
    pf_key_t key;

    assert_error(pf_key_parse(str(paserk), &key), PF_OK);
    snprintf(named, sizeof named, "{\"kid\":\"%s\"}", key.kid);
    assert_error(pf_paseto_local_seal(key.bytes, NULL, str(claims),
                                      str(footer ? footer : named),
                                      str(assertion), out, 2 * PF_TOKEN_MAX),
                 PF_OK);
    return out;
}

static inline char *public(const char *footer, const char *assertion,
                           const char *claims)
{
    char *out = token_buffer();

    assert_error(pf_paseto_public_sign(private_key, str(claims), str(footer),
                                       str(assertion), out, 2 * PF_TOKEN_MAX),
                 PF_OK);
    return out;
}

/* The object `claims` with one member set to a JSON text (NULL: removed). */
static inline char *
changed(const char *claims, const char *name, const char *value)
{
    static char out[4][8192];
    static unsigned turn;
    json_t *object = json_loads(claims, JSON_ALLOW_NUL, NULL);
    char *text;

    assert_non_null(object);
    if (name && value) {
        json_t *json =
            json_loads(value, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

        assert_row(json != NULL, "no JSON: %s", value);
        json_object_set_new(object, name, json);
    } else if (name) {
        json_object_del(object, name);
    }
    text = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    assert_true(strlen(text) < sizeof out[0]);
    strcpy(out[turn++ % 4], text);
    free(text);
    return out[(turn - 1) % 4];
}

/* Calls opens() with every bit flipped, every end cut off and some added: it
 * must say no to each, and yes to the token itself. */
static inline void
assert_only_itself_opens(const char *token, bool (*opens)(pf_str_t token))
{
    static const char more[] = "A.=-\n \0";
    size_t len = strlen(token);
    char *copy = malloc(len + 1);

    memcpy(copy, token, len);
    assert_true(opens(span(copy, len)));
    for (size_t bit = 0; bit < len * 8; bit++) {
        copy[bit / 8] = (char)(copy[bit / 8] ^ 1 << bit % 8);
        assert_row(!opens(span(copy, len)), "opens with bit %zu of %s flipped",
                   bit, token);
        copy[bit / 8] = (char)(copy[bit / 8] ^ 1 << bit % 8);
    }
    for (size_t n = 0; n < len; n++) {
        assert_row(!opens(span(copy, n)), "%zu characters open", n);
    }
    for (size_t i = 0; i < sizeof more; i++) {
        copy[len] = more[i];
        assert_row(!opens(span(copy, len + 1)), "opens with %d behind",
                   more[i]);
    }
    assert_true(opens(span(copy, len)));
    free(copy);
}

#endif
