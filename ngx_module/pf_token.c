#include "pf_token.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "pf_claims.h"
#include "pf_json.h"
#include "pf_jws.h"
#include "pf_paseto.h"
#include "pf_redirect.h"

enum { ASSERTION_MAX = 64, AUDIENCE_MAX = 64 };

_Static_assert((int)PF_CLAIMS_MAX >= (int)PF_PAYLOAD_MAX,
               "a payload can be read");

/* ---- tenants ---- */

static bool
reserved(pf_str_t name)
{
    static const char *const names[] = {"api", "static", "brand", "healthz",
                                        "hosts"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (pf_str_eq(name, pf_str_of(names[i]))) {
            return true;
        }
    }
    return false;
}

bool
pf_tenant_ok(pf_str_t tenant)
{
    if (tenant.len < 2 || tenant.len > PF_TENANT_MAX || reserved(tenant)) {
        return false;
    }
    for (size_t i = 0; i < tenant.len; i++) {
        unsigned char c = tenant.data[i];
        bool letter = c >= 'a' && c <= 'z';
        bool other = (c >= '0' && c <= '9') || c == '-';

        if (!letter && !(other && i > 0)) {
            return false;
        }
    }
    return true;
}

/*
 * "pforte:session:acme": what a token is for and whose it is. The tenant is
 * pf_tenant_ok().
 */
static pf_str_t
assertion_for(const char *purpose, pf_str_t tenant, char out[ASSERTION_MAX])
{
    char *end = stpcpy(stpcpy(stpcpy(out, "pforte:"), purpose), ":");

    memcpy(end, tenant.data, tenant.len);
    end += tenant.len;
    return (pf_str_t){(size_t)(end - out), (const unsigned char *)out};
}

static json_t *
time_text(int64_t t)
{
    char text[21];

    pf_time_format(t, text);
    return json_string(text);
}

/* ---- keys ---- */

/* The key that the footer of a PASETO names; ours always name one. */
static const pf_key_t *
key_of(const pf_keyring_t *ring, pf_str_t token, pf_alg_t alg, int64_t now,
       pf_error_t *e)
{
    const pf_key_t *key =
        pf_keyring_find_footer(ring, pf_paseto_footer(token), alg, now);
    char kid[PF_KID_MAX + 1];

    *e = key ? PF_OK : pf_paseto_kid(token, kid, sizeof kid);
    if (key || *e != PF_OK) {
        return key;
    }
    if (kid[0] == '\0' && alg == PF_ALG_LOCAL) {
        *e = PF_MALFORMED;
        return NULL;
    }
    return pf_keyring_find(ring, pf_str_of(kid), alg, now, e);
}

/* ---- v4.local with our ring ---- */

/* A genuine token's payload, and the key that says so. */
struct opened {
    const pf_key_t *key;
    size_t len;
    unsigned char payload[PF_PAYLOAD_MAX];
};

static pf_str_t
text_of(const struct opened *o)
{
    return (pf_str_t){o->len, o->payload};
}

static void
wipe(struct opened *o)
{
    sodium_memzero(o->payload, o->len);
}

/* A token sealed for that purpose and tenant. wipe() it, whatever comes. */
static pf_error_t
open_own(const pf_keyring_t *ring, const char *purpose, pf_str_t tenant,
         pf_str_t token, struct opened *out)
{
    char buffer[ASSERTION_MAX];
    pf_error_t e;

    out->len = 0;
    if (token.len == 0) {
        return PF_ABSENT;
    }
    if (!pf_tenant_ok(tenant)) {
        return PF_AUDIENCE;
    }
    out->key = key_of(ring, token, PF_ALG_LOCAL, 0, &e);
    return out->key
               ? pf_paseto_local_open(out->key->bytes, token,
                                      assertion_for(purpose, tenant, buffer),
                                      out->payload, sizeof out->payload,
                                      &out->len)
               : e;
}

/* Claims as text, or NULL; takes the reference. */
static char *
dump(json_t *claims)
{
    char *text = claims ? json_dumps(claims, JSON_COMPACT) : NULL;

    json_decref(claims);
    return text;
}

/* Takes the payload, and seals it if e says that it would open again. */
static pf_error_t
seal_own(const pf_keyring_t *ring, const char *purpose, pf_str_t tenant,
         char *payload, pf_error_t e, char *out, size_t size)
{
    char buffer[ASSERTION_MAX], footer[PF_FOOTER_MAX];

    out[0] = '\0';
    if (e == PF_OK && pf_tenant_ok(tenant) && ring && ring->n > 0) {
        snprintf(footer, sizeof footer, "{\"kid\":\"%s\"}", ring->keys[0].kid);
        e = pf_paseto_local_seal(
            ring->keys[0].bytes, NULL, pf_str_of(payload), pf_str_of(footer),
            assertion_for(purpose, tenant, buffer), out, size);
    } else {
        e = PF_BAD_CLAIM;
    }
    if (payload) {
        sodium_memzero(payload, strlen(payload));
        free(payload);
    }
    return e;
}

/* ---- session tokens ---- */

static json_t *
groups_list(const char *words)
{
    json_t *list = json_array();

    while (*words) {
        size_t n = strcspn(words, " ");

        json_array_append_new(list, json_stringn(words, n));
        words += n + (words[n] == ' ');
    }
    return list;
}

static pf_error_t
read_session(pf_str_t text, pf_session_t *out)
{
    /* In the order in which they are written. */
    static const pf_claim_t rows[] = {
        PF_CLAIM("sid", WORD, pf_session_t, sid),
        PF_CLAIM("version", NATURAL, pf_session_t, version),
        PF_CLAIM("user", WORD, pf_session_t, user),
        PF_CLAIM("customer", WORD, pf_session_t, customer),
        PF_CLAIM("scope", WORD, pf_session_t, scope),
        PF_CLAIM("groups", WORDS, pf_session_t, groups),
        PF_CLAIM("language", WORD, pf_session_t, language),
        PF_CLAIM("iat", TIME, pf_session_t, iat),
        PF_CLAIM("exp", TIME, pf_session_t, exp),
    };

    if (!pf_claims_read(rows, sizeof rows / sizeof *rows, text, out, NULL)) {
        return PF_BAD_CLAIM;
    }
    return out->sid[0] && out->scope[0] && out->iat && out->exp
               ? PF_OK
               : PF_MISSING_CLAIM;
}

pf_error_t
pf_session_open(const pf_keyring_t *ring, pf_str_t tenant, pf_str_t token,
                int64_t now, pf_session_t *out)
{
    struct opened opened;
    pf_error_t e = open_own(ring, "session", tenant, token, &opened);

    memset(out, 0, sizeof *out);
    if (e == PF_OK) {
        e = read_session(text_of(&opened), out);
    }
    wipe(&opened);
    if (e != PF_OK) {
        sodium_memzero(out, sizeof *out);
        return e;
    }
    return now < out->exp ? PF_OK : PF_EXPIRED;
}

pf_error_t
pf_session_seal(const pf_keyring_t *ring, pf_str_t tenant,
                const pf_session_t *s, char *out, size_t size)
{
    pf_session_t back = {0};
    char *payload = dump(
        json_pack("{s:s, s:I, s:s, s:s, s:s, s:o, s:s, s:o, s:o}", "sid",
                  s->sid, "version", (json_int_t)s->version, "user", s->user,
                  "customer", s->customer, "scope", s->scope, "groups",
                  groups_list(s->groups), "language", s->language, "iat",
                  time_text(s->iat), "exp", time_text(s->exp)));
    pf_error_t e = read_session(pf_str_of(payload), &back);

    if (e == PF_OK && strcmp(back.groups, s->groups) != 0) {
        e = PF_BAD_CLAIM;
    }
    return seal_own(ring, "session", tenant, payload, e, out, size);
}

bool
pf_session_past_half(const pf_session_t *session, int64_t now)
{
    return now - session->iat > (session->exp - session->iat) / 2;
}

/* ---- SSO tokens ---- */

static void
audience_of(pf_str_t tenant, char out[AUDIENCE_MAX])
{
    snprintf(out, AUDIENCE_MAX, "pforte:%.*s", (int)tenant.len,
             (const char *)tenant.data);
}

struct sso_claims {
    pf_sso_t sso;
    char aud[AUDIENCE_MAX];
};

enum { SSO_AUD, SSO_ROWS = 11 };

/* The rows for times of that form; a `to` that is no text means no path. */
#define SSO_CLAIMS(FORM)                                                       \
    {                                                                          \
        [SSO_AUD] =                                                            \
            PF_CLAIM_OR_EMPTY("aud", AUDIENCE, struct sso_claims, aud),        \
        PF_CLAIM("sub", TEXT, struct sso_claims, sso.sub),                     \
        PF_CLAIM("jti", TEXT, struct sso_claims, sso.jti),                     \
        PF_CLAIM("iat", FORM, struct sso_claims, sso.iat),                     \
        PF_CLAIM("exp", FORM, struct sso_claims, sso.exp),                     \
        PF_CLAIM_OR_EMPTY("to", TEXT, struct sso_claims, sso.to),              \
        PF_CLAIM("customer", WORD, struct sso_claims, sso.customer),           \
        PF_CLAIM("language", WORD, struct sso_claims, sso.language),           \
        PF_CLAIM("email", TEXT, struct sso_claims, sso.email),                 \
        PF_CLAIM("name", TEXT, struct sso_claims, sso.name),                   \
        PF_CLAIM("nbf", FORM, struct sso_claims, sso.nbf),                     \
    }

typedef enum { TIMES_TEXT, TIMES_NUMBER } times_t;

static pf_error_t
read_sso(pf_str_t text, times_t times, struct sso_claims *out, uint32_t *seen)
{
    static const pf_claim_t rows[][SSO_ROWS] = {
        [TIMES_TEXT] = SSO_CLAIMS(TIME),   /* PASETO: RFC 3339 */
        [TIMES_NUMBER] = SSO_CLAIMS(DATE), /* JWT: NumericDate */
    };

    if (!pf_claims_read(rows[times], SSO_ROWS, text, out, seen)) {
        return PF_BAD_CLAIM;
    }
    if (!pf_redirect_ok(pf_str_of(out->sso.to))) {
        memset(out->sso.to, 0, sizeof out->sso.to); /* then the dashboard */
    }
    return out->sso.sub[0] && out->sso.jti[0] && out->sso.iat && out->sso.exp
               ? PF_OK
               : PF_MISSING_CLAIM;
}

/* aud is our name for the tenant: as a string, or alone in an array. */
static pf_error_t
check_audience(const struct sso_claims *claims, uint32_t seen, pf_str_t tenant)
{
    char want[AUDIENCE_MAX];

    if (!(seen & 1u << SSO_AUD)) {
        return PF_MISSING_CLAIM;
    }
    audience_of(tenant, want);
    return strcmp(claims->aud, want) == 0 ? PF_OK : PF_AUDIENCE;
}

static pf_error_t
check_times(int64_t iat, int64_t exp, int64_t nbf, int64_t life_max,
            int64_t now)
{
    if (exp <= iat || exp - iat > life_max) {
        return PF_LIFE;
    }
    if (iat > now + PF_LEEWAY || nbf > now + PF_LEEWAY) {
        return PF_NOT_YET;
    }
    return now < exp + PF_LEEWAY ? PF_OK : PF_EXPIRED;
}

/* A merchant's token, verified with one of the merchant's keys. */
static pf_error_t
verify_public(const pf_keyring_t *merchant, pf_str_t token, int64_t now,
              struct opened *out)
{
    pf_error_t e;

    out->key = key_of(merchant, token, PF_ALG_PUBLIC, now, &e);
    return out->key ? pf_paseto_public_verify(out->key->bytes, token,
                                              pf_string(""), out->payload,
                                              sizeof out->payload, &out->len)
                    : e;
}

static pf_error_t
verify_jwt(const pf_keyring_t *merchant, pf_str_t token, int64_t now,
           struct opened *out)
{
    pf_jws_t jws;
    pf_error_t e = pf_jws_parse(token, &jws);

    if (e != PF_OK) {
        return e;
    }
    out->key = pf_keyring_find(merchant, pf_str_of(jws.kid), jws.alg, now, &e);
    return out->key ? pf_jws_verify(&jws, out->key, out->payload,
                                    sizeof out->payload, &out->len)
                    : e;
}

static bool
has_prefix(pf_str_t s, pf_str_t prefix)
{
    return s.len >= prefix.len && memcmp(s.data, prefix.data, prefix.len) == 0;
}

/* A genuine token; nothing of its claims has been judged yet. */
static pf_error_t
open_sso(const pf_keyring_t *own, const pf_keyring_t *merchant, pf_str_t tenant,
         pf_str_t token, int64_t now, struct opened *out)
{
    out->len = 0;
    if (token.len == 0) {
        return PF_ABSENT;
    }
    if (!pf_tenant_ok(tenant)) {
        return PF_AUDIENCE;
    }
    if (has_prefix(token, pf_string("v4.local."))) {
        return open_own(own, "sso", tenant, token, out);
    }
    return has_prefix(token, pf_string("v4.public."))
               ? verify_public(merchant, token, now, out)
               : verify_jwt(merchant, token, now, out);
}

static pf_error_t
judge_sso(const struct opened *opened, pf_str_t tenant, times_t times,
          int64_t now, pf_sso_t *out)
{
    struct sso_claims claims = {0};
    uint32_t seen = 0;
    pf_error_t e = read_sso(text_of(opened), times, &claims, &seen);

    if (e == PF_OK) {
        e = check_audience(&claims, seen, tenant);
    }
    if (e == PF_OK) {
        e = check_times(claims.sso.iat, claims.sso.exp, claims.sso.nbf,
                        PF_SSO_LIFE_MAX, now);
    }
    if (e == PF_OK || e == PF_EXPIRED) {
        *out = claims.sso;
    }
    sodium_memzero(&claims, sizeof claims);
    return e;
}

pf_error_t
pf_sso_open(const pf_keyring_t *own, const pf_keyring_t *merchant,
            pf_str_t tenant, pf_str_t token, int64_t now, pf_sso_t *out)
{
    times_t times =
        has_prefix(token, pf_string("v4.")) ? TIMES_TEXT : TIMES_NUMBER;
    struct opened opened;
    pf_error_t e = open_sso(own, merchant, tenant, token, now, &opened);

    memset(out, 0, sizeof *out);
    if (e == PF_OK) {
        e = judge_sso(&opened, tenant, times, now, out);
        wipe(&opened);
    }
    if (e == PF_OK || e == PF_EXPIRED) {
        out->own = has_prefix(token, pf_string("v4.local."));
        pf_str_copy(pf_str_of(opened.key->kid), out->kid, sizeof out->kid);
    }
    return e;
}

/* An empty text is left out; false when a text is no UTF-8. */
static bool
add_text(json_t *claims, const char *name, const char *value)
{
    return !value[0] ||
           json_object_set_new(claims, name, json_string(value)) == 0;
}

static bool
add_options(json_t *claims, const pf_sso_t *sso)
{
    return add_text(claims, "to", sso->to) &&
           add_text(claims, "customer", sso->customer) &&
           add_text(claims, "language", sso->language) &&
           add_text(claims, "email", sso->email) &&
           add_text(claims, "name", sso->name) &&
           (!sso->nbf ||
            json_object_set_new(claims, "nbf", time_text(sso->nbf)) == 0);
}

pf_error_t
pf_sso_seal(const pf_keyring_t *own, pf_str_t tenant, const pf_sso_t *sso,
            char *out, size_t size)
{
    struct sso_claims back = {0};
    char aud[AUDIENCE_MAX], *payload;
    bool complete;
    pf_error_t e;
    json_t *claims;

    audience_of(tenant, aud);
    claims = json_pack("{s:s, s:s, s:s, s:o, s:o}", "aud", aud, "sub", sso->sub,
                       "jti", sso->jti, "iat", time_text(sso->iat), "exp",
                       time_text(sso->exp));
    complete = add_options(claims, sso);
    payload = dump(claims);
    e = complete ? read_sso(pf_str_of(payload), TIMES_TEXT, &back, NULL)
                 : PF_BAD_CLAIM;
    return seal_own(own, "sso", tenant, payload, e, out, size);
}

/* ---- self-service links ---- */

static pf_error_t
read_link(pf_str_t text, pf_link_t *out)
{
    static const pf_claim_t rows[] = {
        PF_CLAIM("jti", WORD, pf_link_t, jti),
        PF_CLAIM("contract", WORD, pf_link_t, contract),
        PF_CLAIM("iat", TIME, pf_link_t, iat),
        PF_CLAIM("exp", TIME, pf_link_t, exp),
    };

    if (!pf_claims_read(rows, sizeof rows / sizeof *rows, text, out, NULL)) {
        return PF_BAD_CLAIM;
    }
    return out->jti[0] && out->contract[0] && out->iat && out->exp
               ? PF_OK
               : PF_MISSING_CLAIM;
}

pf_error_t
pf_link_open(const pf_keyring_t *ring, pf_str_t tenant, pf_str_t token,
             int64_t now, pf_link_t *out)
{
    struct opened opened;
    pf_error_t e = open_own(ring, "link", tenant, token, &opened);

    memset(out, 0, sizeof *out);
    if (e == PF_OK) {
        e = read_link(text_of(&opened), out);
    }
    wipe(&opened);
    if (e == PF_OK) {
        e = check_times(out->iat, out->exp, 0, PF_LINK_LIFE_MAX, now);
    }
    if (e != PF_OK && e != PF_EXPIRED) {
        sodium_memzero(out, sizeof *out);
    }
    return e;
}

pf_error_t
pf_link_seal(const pf_keyring_t *ring, pf_str_t tenant, const pf_link_t *link,
             char *out, size_t size)
{
    pf_link_t back = {0};
    char *payload = dump(json_pack(
        "{s:s, s:s, s:o, s:o}", "jti", link->jti, "contract", link->contract,
        "iat", time_text(link->iat), "exp", time_text(link->exp)));
    pf_error_t e = read_link(pf_str_of(payload), &back);

    return seal_own(ring, "link", tenant, payload, e, out, size);
}

/* ---- for the command line ---- */

static pf_error_t
inspect(const pf_key_t *key, pf_str_t assertion, pf_str_t token,
        unsigned char *payload, size_t *len)
{
    pf_jws_t jws;
    pf_error_t e;

    switch (key->alg) {
    case PF_ALG_LOCAL:
        return pf_paseto_local_open(key->bytes, token, assertion, payload,
                                    PF_PAYLOAD_MAX, len);
    case PF_ALG_PUBLIC:
        return pf_paseto_public_verify(key->bytes, token, assertion, payload,
                                       PF_PAYLOAD_MAX, len);
    default:
        e = pf_jws_parse(token, &jws);
        return e == PF_OK
                   ? pf_jws_verify(&jws, key, payload, PF_PAYLOAD_MAX, len)
                   : e;
    }
}

json_t *
pf_token_inspect(const pf_key_t *key, pf_str_t assertion, pf_str_t token,
                 pf_error_t *e)
{
    unsigned char payload[PF_PAYLOAD_MAX];
    json_t *claims = NULL;
    size_t len;

    *e = inspect(key, assertion, token, payload, &len);
    if (*e == PF_OK) {
        claims = pf_json_object((pf_str_t){len, payload}, sizeof payload);
        *e = claims ? PF_OK : PF_BAD_CLAIM;
    }
    return claims;
}
