#include "pf_keyring.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "pf_base64.h"
#include "pf_claims.h"
#include "pf_json.h"
#include "pf_paseto.h"

enum {
    LID = 33,
    PASERK_BYTES = 32,
    JWK_MAX = 8192, /* with the certificates that some have (x5c) */
};

bool
pf_kid_ok(pf_str_t kid)
{
    char text[PF_KID_MAX + 1];

    if (!pf_str_copy(kid, text, sizeof text)) {
        return false;
    }
    for (char *c = text; *c; c++) {
        if (*c == '=') {
            *c = '-';
        }
    }
    return pf_word_ok(pf_str_of(text)) && !strchr(text, '@') &&
           !strchr(text, '+');
}

/* ---- PASERK (paseto-standard/paserk) ---- */

static const struct {
    pf_alg_t alg;
    const char *prefix, *id_prefix;
} paserks[] = {
    {PF_ALG_LOCAL, "k4.local.", "k4.lid."},
    {PF_ALG_PUBLIC, "k4.public.", "k4.pid."},
};

enum { PASERKS = sizeof paserks / sizeof *paserks };

pf_error_t
pf_paserk_format(const pf_key_t *key, char *out, size_t size)
{
    for (size_t i = 0; i < PASERKS; i++) {
        size_t n = strlen(paserks[i].prefix);

        if (paserks[i].alg != key->alg) {
            continue;
        }
        if (key->len != PASERK_BYTES) {
            return PF_MALFORMED;
        }
        if (size <= n) {
            return PF_MEMORY;
        }
        memcpy(out, paserks[i].prefix, n);
        return pf_base64_encode(key->bytes, key->len, out + n, size - n)
                   ? PF_OK
                   : PF_MEMORY;
    }
    return PF_ALGORITHM;
}

static void
id_of(const char *id_prefix, const char *paserk, char *out, size_t size)
{
    unsigned char hash[LID];
    crypto_generichash_state state;
    size_t n = strlen(id_prefix);

    crypto_generichash_init(&state, NULL, 0, sizeof hash);
    crypto_generichash_update(&state, (const unsigned char *)id_prefix, n);
    crypto_generichash_update(&state, (const unsigned char *)paserk,
                              strlen(paserk));
    crypto_generichash_final(&state, hash, sizeof hash);
    memcpy(out, id_prefix, n);
    pf_base64_encode(hash, sizeof hash, out + n, size - n);
}

pf_error_t
pf_paserk_id(const pf_key_t *key, char *out)
{
    char paserk[128];
    pf_error_t e = pf_paserk_format(key, paserk, sizeof paserk);

    for (size_t i = 0; e == PF_OK && i < PASERKS; i++) {
        if (paserks[i].alg == key->alg) {
            id_of(paserks[i].id_prefix, paserk, out, PF_KID_MAX + 1);
        }
    }
    sodium_memzero(paserk, sizeof paserk);
    return e;
}

static pf_error_t
paserk_parse(pf_str_t text, pf_key_t *out)
{
    for (size_t i = 0; i < PASERKS; i++) {
        size_t n = strlen(paserks[i].prefix);
        pf_str_t body;

        if (text.len <= n || memcmp(text.data, paserks[i].prefix, n) != 0) {
            continue;
        }
        body = (pf_str_t){text.len - n, text.data + n};
        out->alg = paserks[i].alg;
        if (!pf_base64_decode_secret(body, out->bytes, sizeof out->bytes,
                                     &out->len) ||
            out->len != PASERK_BYTES) {
            return PF_MALFORMED;
        }
        return pf_paserk_id(out, out->kid);
    }
    return PF_MALFORMED;
}

void
pf_key_generate(pf_key_t *out)
{
    memset(out, 0, sizeof *out);
    out->alg = PF_ALG_LOCAL;
    out->len = PF_LOCAL_KEY;
    randombytes_buf(out->bytes, PF_LOCAL_KEY);
    pf_paserk_id(out, out->kid);
}

/* ---- JWK (RFC 7517, RFC 7518, RFC 8037) ---- */

static bool
member_is(const json_t *jwk, const char *name, const char *value)
{
    const char *text = json_string_value(json_object_get(jwk, name));

    return text && strcmp(text, value) == 0;
}

static bool
member_bytes(const json_t *jwk, const char *name, unsigned char *out,
             size_t size, size_t *len)
{
    const char *text = json_string_value(json_object_get(jwk, name));

    return text && pf_base64_decode_secret(pf_str_of(text), out, size, len);
}

/* Who sends the private half has given it away: refused, not trimmed. */
static bool
has_private_part(const json_t *jwk)
{
    static const char *const names[] = {"d", "p", "q", "dp", "dq", "qi", "oth"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (json_object_get(jwk, names[i])) {
            return true;
        }
    }
    return false;
}

static bool
read_ed25519(const json_t *jwk, pf_key_t *out)
{
    return !has_private_part(jwk) &&
           member_bytes(jwk, "x", out->bytes, sizeof out->bytes, &out->len) &&
           out->len == PF_ED25519_PUBLIC;
}

static bool
read_p256(const json_t *jwk, pf_key_t *out)
{
    size_t x, y;

    out->len = PF_P256;
    return !has_private_part(jwk) &&
           member_bytes(jwk, "x", out->bytes, PF_P256 / 2, &x) &&
           member_bytes(jwk, "y", out->bytes + PF_P256 / 2, PF_P256 / 2, &y) &&
           x == PF_P256 / 2 && y == PF_P256 / 2 && pf_p256_ok(out->bytes);
}

static bool
read_rsa(const json_t *jwk, pf_key_t *out)
{
    unsigned char e[PF_RSA_E];
    size_t n_len, e_len;

    if (has_private_part(jwk) ||
        !member_bytes(jwk, "n", out->bytes, PF_RSA_MAX, &n_len) ||
        !member_bytes(jwk, "e", e, sizeof e, &e_len) || e_len == 0) {
        return false;
    }
    out->len = n_len + PF_RSA_E;
    memset(out->bytes + n_len, 0, PF_RSA_E);
    memcpy(out->bytes + out->len - e_len, e, e_len);
    return pf_rsa_ok(out->bytes, out->len);
}

static bool
read_secret(const json_t *jwk, pf_key_t *out)
{
    return member_bytes(jwk, "k", out->bytes, PF_HS256_MAX, &out->len) &&
           out->len >= PF_HS256_MIN;
}

struct jwk_kind {
    const char *kty, *crv, *alg;
    pf_alg_t id;
    bool (*read)(const json_t *jwk, pf_key_t *out);
};

static const struct jwk_kind *
jwk_kind(const json_t *jwk)
{
    static const struct jwk_kind kinds[] = {
        {"OKP", "Ed25519", "EdDSA", PF_ALG_EDDSA, read_ed25519},
        {"EC", "P-256", "ES256", PF_ALG_ES256, read_p256},
        {"RSA", NULL, "RS256", PF_ALG_RS256, read_rsa},
        {"oct", NULL, "HS256", PF_ALG_HS256, read_secret},
    };

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (member_is(jwk, "kty", kinds[i].kty) &&
            (!kinds[i].crv || member_is(jwk, "crv", kinds[i].crv))) {
            return &kinds[i];
        }
    }
    return NULL;
}

const char *
pf_jwk_alg(const json_t *jwk)
{
    const struct jwk_kind *kind = jwk_kind(jwk);

    return kind ? kind->alg : NULL;
}

/* The type of the key and its "alg" decide together; neither may be missing. */
static pf_error_t
jwk_material(const json_t *jwk, pf_key_t *out)
{
    const struct jwk_kind *kind = jwk_kind(jwk);

    if (!kind || !member_is(jwk, "alg", kind->alg)) {
        return PF_ALGORITHM;
    }
    out->alg = kind->id;
    return kind->read(jwk, out) ? PF_OK : PF_MALFORMED;
}

/* Half a key is a secret too. */
static pf_error_t
wiped_unless_ok(pf_error_t e, pf_key_t *key)
{
    if (e != PF_OK) {
        sodium_memzero(key, sizeof *key);
    }
    return e;
}

pf_error_t
pf_key_from_json(const json_t *jwk, pf_key_t *out)
{
    const char *paserk = json_string_value(json_object_get(jwk, "paserk"));
    char kid[PF_KID_MAX + 1];
    pf_error_t e;

    memset(out, 0, sizeof *out);
    if (!json_is_object(jwk) || !pf_json_text(jwk, "kid", kid, sizeof kid) ||
        (kid[0] && !pf_kid_ok(pf_str_of(kid)))) {
        return PF_MALFORMED;
    }
    e = paserk ? paserk_parse(pf_str_of(paserk), out) : jwk_material(jwk, out);
    if (e == PF_OK && out->alg == PF_ALG_LOCAL) {
        e = PF_ALGORITHM; /* a merchant never shares our symmetric keys */
    }
    if (e == PF_OK && !(pf_json_natural(jwk, "not_before", &out->not_before) &&
                        pf_json_natural(jwk, "not_after", &out->not_after))) {
        e = PF_MALFORMED;
    }
    if (kid[0]) {
        memcpy(out->kid, kid, sizeof kid);
    }
    return wiped_unless_ok(e, out);
}

pf_error_t
pf_key_parse(pf_str_t text, pf_key_t *out)
{
    pf_error_t e = PF_MALFORMED;
    json_t *jwk;

    memset(out, 0, sizeof *out);
    if (text.len == 0) {
        return PF_ABSENT;
    }
    if (text.data[0] != '{') {
        return wiped_unless_ok(paserk_parse(text, out), out);
    }
    jwk = pf_json_object(text, JWK_MAX);
    if (jwk) {
        e = pf_key_from_json(jwk, out);
        pf_json_wipe(jwk);
    }
    return e;
}

/* ---- rings ---- */

/*
 * Locked memory is four mappings and whole pages. Where thousands of merchants
 * sign with key pairs, there is nothing to lock.
 */
static pf_keyring_t *
ring_new(size_t n, bool locked)
{
    size_t size = sizeof(pf_keyring_t) + n * sizeof(pf_key_t);
    pf_keyring_t *ring;

    if (sodium_init() < 0) { /* again is cheap; without it nothing is locked */
        return NULL;
    }
    ring = locked ? sodium_malloc(size) : malloc(size);
    if (ring) {
        ring->n = 0;
        ring->locked = locked;
    }
    return ring;
}

void
pf_keyring_free(pf_keyring_t *ring)
{
    if (ring && ring->locked) {
        sodium_free(ring); /* wipes */
    } else {
        free(ring);
    }
}

static bool
has_secret(const json_t *keys)
{
    const json_t *key;
    size_t i;

    json_array_foreach(keys, i, key)
    {
        if (member_is(key, "kty", "oct")) {
            return true;
        }
    }
    return false;
}

static bool
has_kid(const pf_keyring_t *ring, const char *kid)
{
    for (size_t i = 0; i < ring->n; i++) {
        if (strcmp(ring->keys[i].kid, kid) == 0) {
            return true;
        }
    }
    return false;
}

/* The footer of tokens that name this key; a kid needs no escapes. */
static void
set_footer(pf_key_t *key)
{
    char text[PF_KID_MAX + 16];
    int n = snprintf(text, sizeof text, "{\"kid\":\"%s\"}", key->kid);

    memset(key->footer, 0, sizeof key->footer);
    if (key->kid[0]) {
        pf_base64_encode((const unsigned char *)text, (size_t)n, key->footer,
                         sizeof key->footer);
    }
}

/* Why the line may not stand in the ring, or NULL with the key added. */
static const char *
add_line(pf_keyring_t *ring, pf_str_t line)
{
    pf_key_t *key = &ring->keys[ring->n];

    if (ring->n == PF_KEYRING_MAX) {
        return "too many keys";
    }
    if (paserk_parse(line, key) != PF_OK || key->alg != PF_ALG_LOCAL) {
        return "not a k4.local. key";
    }
    key->not_before = key->not_after = 0;
    if (has_kid(ring, key->kid)) {
        return "the key stands here twice";
    }
    set_footer(key);
    ring->n++;
    return NULL;
}

static bool
blank(unsigned char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static pf_str_t
trim(pf_str_t line)
{
    while (line.len && blank(line.data[0])) {
        line.data++;
        line.len--;
    }
    while (line.len && blank(line.data[line.len - 1])) {
        line.len--;
    }
    return line;
}

pf_keyring_t *
pf_keyring_parse(pf_str_t text, char *why, size_t size)
{
    pf_keyring_t *ring = ring_new(PF_KEYRING_MAX, true);
    const char *fault = ring ? NULL : "out of locked memory";
    size_t at = 0, number = 0;

    while (!fault && at < text.len) {
        const unsigned char *line = text.data + at;
        const unsigned char *end = memchr(line, '\n', text.len - at);
        size_t len = end ? (size_t)(end - line) : text.len - at;
        pf_str_t key = trim((pf_str_t){len, line});

        number++;
        at += len + 1;
        if (key.len && key.data[0] != '#') {
            fault = add_line(ring, key);
        }
    }
    if (!fault && ring->n == 0) {
        fault = "there is no key";
    }
    if (fault) {
        snprintf(why, size, "line %zu: %s", number, fault);
        pf_keyring_free(ring);
        return NULL;
    }
    return ring;
}

pf_keyring_t *
pf_keyring_from_json(const json_t *keys, char *why, size_t size)
{
    size_t n = json_array_size(keys);
    pf_keyring_t *ring;

    if (!json_is_array(keys) || n > PF_KEYRING_MAX) {
        snprintf(why, size, "keys are no array of at most %d", PF_KEYRING_MAX);
        return NULL;
    }
    ring = ring_new(n, has_secret(keys));
    if (!ring) {
        snprintf(why, size, "out of locked memory");
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        pf_error_t e =
            pf_key_from_json(json_array_get(keys, i), &ring->keys[i]);

        if (e != PF_OK ||
            (ring->keys[i].kid[0] && has_kid(ring, ring->keys[i].kid))) {
            snprintf(why, size, "key %zu: %s", i + 1,
                     e == PF_OK ? "its kid stands here twice"
                                : pf_error_text(e));
            pf_keyring_free(ring);
            return NULL;
        }
        set_footer(&ring->keys[i]);
        ring->n++;
    }
    return ring;
}

static bool
valid_at(const pf_key_t *key, int64_t now)
{
    return (key->not_before == 0 || key->not_before <= now) &&
           (key->not_after == 0 || now < key->not_after);
}

static const pf_key_t *
find_only(const pf_keyring_t *ring, pf_alg_t alg, int64_t now)
{
    const pf_key_t *only = NULL;

    for (size_t i = 0; i < ring->n; i++) {
        const pf_key_t *key = &ring->keys[i];

        if (key->alg == alg && valid_at(key, now)) {
            if (only) {
                return NULL;
            }
            only = key;
        }
    }
    return only;
}

const pf_key_t *
pf_keyring_find(const pf_keyring_t *ring, pf_str_t kid, pf_alg_t alg,
                int64_t now, pf_error_t *e)
{
    const pf_key_t *key = NULL;

    *e = PF_UNKNOWN_KEY;
    if (!ring) {
        return NULL;
    }
    if (kid.len == 0) {
        key = find_only(ring, alg, now);
        *e = key ? PF_OK : PF_UNKNOWN_KEY;
        return key;
    }
    for (size_t i = 0; i < ring->n; i++) {
        if (pf_str_eq(pf_str_of(ring->keys[i].kid), kid) &&
            valid_at(&ring->keys[i], now)) {
            key = &ring->keys[i];
        }
    }
    if (key) {
        *e = key->alg == alg ? PF_OK : PF_ALGORITHM;
    }
    return *e == PF_OK ? key : NULL;
}

const pf_key_t *
pf_keyring_find_footer(const pf_keyring_t *ring, pf_str_t footer, pf_alg_t alg,
                       int64_t now)
{
    if (!ring || footer.len == 0 || footer.len > PF_KEY_FOOTER) {
        return NULL;
    }
    for (size_t i = 0; i < ring->n; i++) {
        const pf_key_t *key = &ring->keys[i];

        if (key->footer[footer.len] == '\0' &&
            memcmp(key->footer, footer.data, footer.len) == 0 &&
            key->alg == alg && valid_at(key, now)) {
            return key;
        }
    }
    return NULL;
}
