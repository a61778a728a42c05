/*
 * SSO tokens. The first byte chooses: the rest is a token as it comes, or it is
 * the claims (and header) of one that we sign, so that the rules behind the
 * signature are reached as well.
 */
#include "pure.h"

#include <sodium.h>

#include "pf_base64.h"
#include "pf_paseto.h"
#include "pf_redirect.h"
#include "pf_token.h"

static const unsigned char zero[sizeof(pf_sso_t)];

/* Seed and public key of the 4-S vectors. */
static const unsigned char secret[PF_ED25519_SECRET] =
    "\xb4\xcb\xfb\x43\xdf\x4c\xe2\x10\x72\x7d\x95\x3e\x4a\x71\x33\x07"
    "\xfa\x19\xbb\x7d\x9f\x85\x04\x14\x38\xd9\xe1\x1b\x94\x2a\x37\x74"
    "\x1e\xb9\xdb\xbb\xbc\x04\x7c\x03\xfd\x70\x60\x4e\x00\x71\xf0\x98"
    "\x7e\x16\xb2\x8b\x75\x72\x25\xc1\x1f\x00\x41\x5d\x0e\x20\xb1\xa2";

static void
check_claims(const pf_sso_t *sso)
{
    must(fuzz_printable(sso->sub, sizeof sso->sub) && sso->sub[0]);
    must(fuzz_printable(sso->jti, sizeof sso->jti) && sso->jti[0]);
    must(fuzz_printable(sso->customer, sizeof sso->customer));
    must(fuzz_printable(sso->language, sizeof sso->language));
    must(fuzz_printable(sso->email, sizeof sso->email));
    must(fuzz_printable(sso->name, sizeof sso->name));
    must(fuzz_printable(sso->kid, sizeof sso->kid));
    must(!sso->to[0] || pf_redirect_ok(fuzz_text(sso->to)));
    must(sso->exp > sso->iat && sso->exp - sso->iat <= PF_SSO_LIFE_MAX);
    must(sso->iat <= FUZZ_NOW + PF_LEEWAY && sso->nbf <= FUZZ_NOW + PF_LEEWAY);
}

static void
open_token(pf_str_t token)
{
    pf_sso_t sso;
    pf_error_t e = pf_sso_open(fuzz_ring(), fuzz_merchant(), pf_string("acme"),
                               token, FUZZ_NOW, &sso);

    if (e == PF_OK || e == PF_EXPIRED) {
        check_claims(&sso);
        must((e == PF_OK) == (FUZZ_NOW < sso.exp + PF_LEEWAY));
        must(pf_sso_open(fuzz_ring(), fuzz_merchant(), pf_string("other"),
                         token, FUZZ_NOW, &sso) != PF_OK);
    }
    if (e != PF_OK && e != PF_EXPIRED) {
        must(memcmp(&sso, zero, sizeof sso) == 0);
    }
}

/* header and claims as a JWT, signed with the merchant's HS256 key. */
static void
open_jwt(pf_str_t header, pf_str_t claims)
{
    static char token[2 * PF_TOKEN_MAX];
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    size_t at = pf_base64_encode(header.data, header.len, token, sizeof token);

    token[at++] = '.';
    at += pf_base64_encode(claims.data, claims.len, token + at,
                           sizeof token - at);
    crypto_auth_hmacsha256(mac, (const unsigned char *)token, at,
                           (const unsigned char *)FUZZ_SECRET);
    token[at++] = '.';
    at += pf_base64_encode(mac, sizeof mac, token + at, sizeof token - at);
    open_token((pf_str_t){at, (const unsigned char *)token});
}

static void
open_local(pf_str_t claims)
{
    static char token[PF_TOKEN_MAX + 1];
    char footer[PF_FOOTER_MAX] = "{\"kid\":\"";
    const pf_key_t *key = &fuzz_ring()->keys[0];

    strcat(strcat(footer, key->kid), "\"}");
    if (pf_paseto_local_seal(key->bytes, NULL, claims, fuzz_text(footer),
                             pf_string("pforte:sso:acme"), token,
                             sizeof token) == PF_OK) {
        open_token(fuzz_text(token));
    }
}

static void
open_public(pf_str_t claims, pf_str_t footer)
{
    static char token[PF_TOKEN_MAX + 1];

    if (pf_paseto_public_sign(secret, claims, footer, pf_string(""), token,
                              sizeof token) == PF_OK) {
        open_token(fuzz_text(token));
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *line;
    pf_str_t rest, head = {0, NULL};

    if (size < 2 || size > PF_TOKEN_MAX) {
        return 0;
    }
    rest = fuzz_span(data + 1, size - 1);
    line = memchr(rest.data, '\n', rest.len);
    if (line) { /* a first line is header or footer */
        head = fuzz_span(rest.data, (size_t)(line - rest.data));
        rest = fuzz_span(line + 1, rest.len - head.len - 1);
    }
    switch (data[0]) {
    case 'l':
        open_local(rest);
        break;
    case 'p':
        open_public(rest, head);
        break;
    case 'j':
        open_jwt(head.len ? head : pf_string("{\"alg\":\"HS256\"}"), rest);
        break;
    default:
        open_token(fuzz_span(data, size));
    }
    return 0;
}
