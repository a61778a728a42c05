#include "pf_jws.h"

#include <sodium.h>
#include <strings.h>

#include "pf_base64.h"
#include "pf_claims.h"

enum { HEADER_MAX = 512 };

bool
pf_hs256_ok(const unsigned char *key, size_t key_len, pf_str_t message,
            const unsigned char *tag, size_t tag_len)
{
    crypto_auth_hmacsha256_state state;
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    bool ok;

    if (tag_len != sizeof mac) {
        return false;
    }
    crypto_auth_hmacsha256_init(&state, key, key_len);
    crypto_auth_hmacsha256_update(&state, message.data, message.len);
    crypto_auth_hmacsha256_final(&state, mac);
    sodium_memzero(&state, sizeof state);
    ok = sodium_memcmp(mac, tag, sizeof mac) == 0;
    sodium_memzero(mac, sizeof mac);
    return ok;
}

bool
pf_ed25519_ok(const unsigned char key[PF_ED25519_PUBLIC], pf_str_t message,
              const unsigned char *signature, size_t signature_len)
{
    return signature_len == crypto_sign_BYTES &&
           crypto_sign_verify_detached(signature, message.data, message.len,
                                       key) == 0;
}

struct header {
    char alg[8];
    char typ[4];
    char kid[PF_KID_MAX + 1];
};

enum { ALG, TYP, KID, CRIT, B64, ROWS };

static const pf_claim_t header_rows[ROWS] = {
    [ALG] = PF_CLAIM_OR_EMPTY("alg", TEXT, struct header, alg),
    [TYP] = PF_CLAIM("typ", TEXT, struct header, typ),
    [KID] = PF_CLAIM("kid", TEXT, struct header, kid),
    [CRIT] = PF_CLAIM_SEEN("crit"),
    [B64] = PF_CLAIM_SEEN("b64"),
};

static pf_error_t
read_algorithm(const char *alg, pf_jws_t *out)
{
    static const struct {
        const char *name;
        pf_alg_t alg;
    } rows[] = {
        {"EdDSA", PF_ALG_EDDSA},
        {"HS256", PF_ALG_HS256},
        {"RS256", PF_ALG_RS256},
        {"ES256", PF_ALG_ES256},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(alg, rows[i].name) == 0) {
            out->alg = rows[i].alg;
            return PF_OK;
        }
    }
    return PF_ALGORITHM;
}

static pf_error_t
read_header(pf_str_t encoded, pf_jws_t *out)
{
    unsigned char text[HEADER_MAX];
    struct header header = {0};
    uint32_t seen;
    size_t len;

    if (!pf_base64_decode(encoded, text, sizeof text, &len) ||
        !pf_claims_read(header_rows, ROWS, (pf_str_t){len, text}, &header,
                        &seen)) {
        return PF_MALFORMED;
    }
    if (seen & (1u << CRIT | 1u << B64) ||
        (seen & 1u << TYP && strcasecmp(header.typ, "JWT") != 0) ||
        (header.kid[0] && !pf_kid_ok(pf_str_of(header.kid)))) {
        return PF_MALFORMED;
    }
    memcpy(out->kid, header.kid, sizeof out->kid);
    return read_algorithm(header.alg, out);
}

pf_error_t
pf_jws_parse(pf_str_t token, pf_jws_t *out)
{
    const unsigned char *end, *first, *second;
    pf_str_t header, signature;

    memset(out, 0, sizeof *out);
    if (token.len == 0 || token.len > PF_TOKEN_MAX) {
        return PF_MALFORMED;
    }
    end = token.data + token.len;
    first = memchr(token.data, '.', token.len);
    second = first ? memchr(first + 1, '.', (size_t)(end - first) - 1) : NULL;
    if (!second || memchr(second + 1, '.', (size_t)(end - second) - 1)) {
        return PF_MALFORMED;
    }
    header = (pf_str_t){(size_t)(first - token.data), token.data};
    out->payload = (pf_str_t){(size_t)(second - first) - 1, first + 1};
    out->signing_input = (pf_str_t){(size_t)(second - token.data), token.data};
    signature = (pf_str_t){(size_t)(end - second) - 1, second + 1};
    if (!pf_base64_decode(signature, out->signature, sizeof out->signature,
                          &out->signature_len)) {
        return PF_MALFORMED;
    }
    return read_header(header, out);
}

static bool
signature_ok(const pf_jws_t *jws, const pf_key_t *key)
{
    switch (key->alg) {
    case PF_ALG_EDDSA:
        return pf_ed25519_ok(key->bytes, jws->signing_input, jws->signature,
                             jws->signature_len);
    case PF_ALG_HS256:
        return pf_hs256_ok(key->bytes, key->len, jws->signing_input,
                           jws->signature, jws->signature_len);
    case PF_ALG_RS256:
        return pf_rs256_ok(key->bytes, key->len, jws->signing_input,
                           jws->signature, jws->signature_len);
    case PF_ALG_ES256:
        return pf_es256_ok(key->bytes, jws->signing_input, jws->signature,
                           jws->signature_len);
    default:
        return false; /* a PASETO's key */
    }
}

pf_error_t
pf_jws_verify(const pf_jws_t *jws, const pf_key_t *key, unsigned char *out,
              size_t size, size_t *len)
{
    *len = 0;
    if (key->alg != jws->alg) {
        return PF_ALGORITHM;
    }
    if (!signature_ok(jws, key)) {
        return PF_FORGED;
    }
    return pf_base64_decode(jws->payload, out, size, len) ? PF_OK
                                                          : PF_MALFORMED;
}
