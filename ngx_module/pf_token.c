#include "pf_token.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "pf_json.h"
#include "pf_jws.h"
#include "pf_paseto.h"
#include "pf_redirect.h"

enum { ASSERTION_MAX = 64, AUDIENCE_MAX = 64 };

/* ---- tenants ---- */

static bool
reserved(pf_str_t name)
{
    static const char *const names[] = {"api", "static", "brand", "healthz"};

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

/* "pforte:session:acme": what a token is for and whose it is. */
static pf_str_t
assertion_for(const char *purpose, pf_str_t tenant, char out[ASSERTION_MAX])
{
    int n = snprintf(out, ASSERTION_MAX, "pforte:%s:%.*s", purpose,
                     (int)tenant.len, (const char *)tenant.data);

    return (pf_str_t){n > 0 ? (size_t)n : 0, (const unsigned char *)out};
}

/* ---- times: RFC 3339 in PASETO, integers in JWT ---- */

typedef enum { TIMES_TEXT, TIMES_NUMBER } times_t;

/* Absent is 0 and fine; who requires it, looks. */
static bool
read_time(const json_t *claims, const char *name, times_t times, int64_t *out)
{
    const json_t *value = json_object_get(claims, name);

    *out = 0;
    if (!value) {
        return true;
    }
    if (times == TIMES_NUMBER) {
        *out = json_integer_value(value);
        return json_is_integer(value) && *out > 0 &&
               *out < INT64_C(253402300800); /* year 10000 */
    }
    return json_is_string(value) &&
           pf_time_parse(
               (pf_str_t){json_string_length(value),
                          (const unsigned char *)json_string_value(value)},
               out) &&
           *out > 0;
}

static json_t *
time_text(int64_t t)
{
    char text[21];

    pf_time_format(t, text);
    return json_string(text);
}

/* ---- v4.local with our ring ---- */

/* Claims of a token sealed for that purpose and tenant; a new reference. */
static pf_error_t
open_own(const pf_keyring_t *ring, const char *purpose, pf_str_t tenant,
         pf_str_t token, json_t **claims, char kid[PF_KID_MAX + 1])
{
    unsigned char payload[PF_PAYLOAD_MAX];
    char buffer[ASSERTION_MAX];
    const pf_key_t *key;
    pf_error_t e;
    size_t len;

    *claims = NULL;
    if (token.len == 0) {
        return PF_ABSENT;
    }
    if (!pf_tenant_ok(tenant)) {
        return PF_AUDIENCE;
    }
    e = pf_paseto_kid(token, kid, PF_KID_MAX + 1);
    if (e != PF_OK || kid[0] == '\0') {
        return PF_MALFORMED;
    }
    key = pf_keyring_find(ring, pf_str_of(kid), PF_ALG_LOCAL, 0, &e);
    if (!key) {
        return e;
    }
    e = pf_paseto_local_open(key->bytes, token,
                             assertion_for(purpose, tenant, buffer), payload,
                             sizeof payload, &len);
    if (e == PF_OK) {
        *claims = pf_json_object((pf_str_t){len, payload}, sizeof payload);
        e = *claims ? PF_OK : PF_BAD_CLAIM;
    }
    sodium_memzero(payload, sizeof payload);
    return e;
}

/* NULL for claims that would not open again: such a token is never made. */
static json_t *
checked(pf_error_t e, json_t *claims)
{
    if (e != PF_OK) {
        json_decref(claims);
        return NULL;
    }
    return claims;
}

/* Takes the reference of claims. */
static pf_error_t
seal_own(const pf_keyring_t *ring, const char *purpose, pf_str_t tenant,
         json_t *claims, char *out, size_t size)
{
    char buffer[ASSERTION_MAX], footer[PF_FOOTER_MAX];
    char *payload = claims ? json_dumps(claims, JSON_COMPACT) : NULL;
    pf_error_t e = PF_BAD_CLAIM;

    out[0] = '\0';
    if (payload && pf_tenant_ok(tenant) && ring && ring->n > 0) {
        snprintf(footer, sizeof footer, "{\"kid\":\"%s\"}", ring->keys[0].kid);
        e = pf_paseto_local_seal(
            ring->keys[0].bytes, NULL, pf_str_of(payload), pf_str_of(footer),
            assertion_for(purpose, tenant, buffer), out, size);
    }
    if (payload) {
        sodium_memzero(payload, strlen(payload));
        free(payload);
    }
    json_decref(claims);
    return e;
}

/* ---- session tokens ---- */

/* ["billing","support"] -> "billing support" */
static bool
read_groups(const json_t *claims, char *out, size_t size)
{
    const json_t *list = json_object_get(claims, "groups");
    size_t at = 0;

    out[0] = '\0';
    if (!list) {
        return true;
    }
    if (!json_is_array(list)) {
        return false;
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *word = json_string_value(json_array_get(list, i));
        size_t len = word ? strlen(word) : 0;

        if (!word || !pf_word_ok(word) || at + (at > 0) + len >= size) {
            return false;
        }
        if (at) {
            out[at++] = ' ';
        }
        memcpy(out + at, word, len + 1);
        at += len;
    }
    return true;
}

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
read_session(const json_t *claims, pf_session_t *out)
{
    if (!pf_json_word(claims, "sid", out->sid, sizeof out->sid) ||
        !pf_json_word(claims, "user", out->user, sizeof out->user) ||
        !pf_json_word(claims, "customer", out->customer,
                      sizeof out->customer) ||
        !pf_json_word(claims, "scope", out->scope, sizeof out->scope) ||
        !pf_json_word(claims, "language", out->language,
                      sizeof out->language) ||
        !pf_json_natural(claims, "version", &out->version) ||
        !read_groups(claims, out->groups, sizeof out->groups) ||
        !read_time(claims, "iat", TIMES_TEXT, &out->iat) ||
        !read_time(claims, "exp", TIMES_TEXT, &out->exp)) {
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
    char kid[PF_KID_MAX + 1];
    json_t *claims;
    pf_error_t e;

    memset(out, 0, sizeof *out);
    e = open_own(ring, "session", tenant, token, &claims, kid);
    if (e == PF_OK) {
        e = read_session(claims, out);
    }
    json_decref(claims);
    if (e != PF_OK) {
        memset(out, 0, sizeof *out);
        return e;
    }
    return now < out->exp ? PF_OK : PF_EXPIRED;
}

pf_error_t
pf_session_seal(const pf_keyring_t *ring, pf_str_t tenant,
                const pf_session_t *s, char *out, size_t size)
{
    pf_session_t back = {0};
    pf_error_t e;
    json_t *claims =
        json_pack("{s:s, s:I, s:s, s:s, s:s, s:o, s:s, s:o, s:o}", "sid",
                  s->sid, "version", (json_int_t)s->version, "user", s->user,
                  "customer", s->customer, "scope", s->scope, "groups",
                  groups_list(s->groups), "language", s->language, "iat",
                  time_text(s->iat), "exp", time_text(s->exp));

    e = read_session(claims, &back);
    if (e == PF_OK && strcmp(back.groups, s->groups) != 0) {
        e = PF_BAD_CLAIM;
    }
    return seal_own(ring, "session", tenant, checked(e, claims), out, size);
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

/* aud is our name for the tenant: as a string, or alone in an array. */
static pf_error_t
check_audience(const json_t *claims, pf_str_t tenant)
{
    const json_t *aud = json_object_get(claims, "aud");
    char want[AUDIENCE_MAX];

    if (!aud) {
        return PF_MISSING_CLAIM;
    }
    if (json_is_array(aud) && json_array_size(aud) == 1) {
        aud = json_array_get(aud, 0);
    }
    audience_of(tenant, want);
    return json_is_string(aud) && strcmp(json_string_value(aud), want) == 0
               ? PF_OK
               : PF_AUDIENCE;
}

static pf_error_t
read_sso(const json_t *claims, times_t times, pf_sso_t *out)
{
    if (!pf_json_text(claims, "sub", out->sub, sizeof out->sub) ||
        !pf_json_text(claims, "jti", out->jti, sizeof out->jti) ||
        !pf_json_word(claims, "customer", out->customer,
                      sizeof out->customer) ||
        !pf_json_word(claims, "language", out->language,
                      sizeof out->language) ||
        !pf_json_text(claims, "email", out->email, sizeof out->email) ||
        !pf_json_text(claims, "name", out->name, sizeof out->name) ||
        !read_time(claims, "iat", times, &out->iat) ||
        !read_time(claims, "exp", times, &out->exp) ||
        !read_time(claims, "nbf", times, &out->nbf)) {
        return PF_BAD_CLAIM;
    }
    if (!pf_json_text(claims, "to", out->to, sizeof out->to) ||
        !pf_redirect_ok(pf_str_of(out->to))) {
        out->to[0] = '\0'; /* then the dashboard */
    }
    return out->sub[0] && out->jti[0] && out->iat && out->exp
               ? PF_OK
               : PF_MISSING_CLAIM;
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

/* Payload of a merchant's token, verified with one of the merchant's keys. */
static pf_error_t
verify_public(const pf_keyring_t *merchant, pf_str_t token, int64_t now,
              char kid[PF_KID_MAX + 1], unsigned char *payload, size_t *len)
{
    const pf_key_t *key;
    pf_error_t e = pf_paseto_kid(token, kid, PF_KID_MAX + 1);

    if (e != PF_OK) {
        return e;
    }
    key = pf_keyring_find(merchant, pf_str_of(kid), PF_ALG_PUBLIC, now, &e);
    if (!key) {
        return e;
    }
    pf_str_copy(pf_str_of(key->kid), kid, PF_KID_MAX + 1);
    return pf_paseto_public_verify(key->bytes, token, pf_string(""), payload,
                                   PF_PAYLOAD_MAX, len);
}

static pf_error_t
verify_jwt(const pf_keyring_t *merchant, pf_str_t token, int64_t now,
           char kid[PF_KID_MAX + 1], unsigned char *payload, size_t *len)
{
    const pf_key_t *key;
    pf_jws_t jws;
    pf_error_t e = pf_jws_parse(token, &jws);

    if (e != PF_OK) {
        return e;
    }
    key = pf_keyring_find(merchant, pf_str_of(jws.kid), jws.alg, now, &e);
    if (!key) {
        return e;
    }
    pf_str_copy(pf_str_of(key->kid), kid, PF_KID_MAX + 1);
    return pf_jws_verify(&jws, key, payload, PF_PAYLOAD_MAX, len);
}

static bool
has_prefix(pf_str_t s, pf_str_t prefix)
{
    return s.len >= prefix.len && memcmp(s.data, prefix.data, prefix.len) == 0;
}

/* Claims of a genuine token; nothing of it has been judged yet. */
static pf_error_t
open_sso(const pf_keyring_t *own, const pf_keyring_t *merchant, pf_str_t tenant,
         pf_str_t token, int64_t now, pf_sso_t *out, json_t **claims)
{
    unsigned char payload[PF_PAYLOAD_MAX];
    pf_error_t e;
    size_t len;

    *claims = NULL;
    if (has_prefix(token, pf_string("v4.local."))) {
        out->own = true;
        return open_own(own, "sso", tenant, token, claims, out->kid);
    }
    e = has_prefix(token, pf_string("v4.public."))
            ? verify_public(merchant, token, now, out->kid, payload, &len)
            : verify_jwt(merchant, token, now, out->kid, payload, &len);
    if (e == PF_OK) {
        *claims = pf_json_object((pf_str_t){len, payload}, sizeof payload);
        e = *claims ? PF_OK : PF_BAD_CLAIM;
    }
    sodium_memzero(payload, sizeof payload);
    return e;
}

pf_error_t
pf_sso_open(const pf_keyring_t *own, const pf_keyring_t *merchant,
            pf_str_t tenant, pf_str_t token, int64_t now, pf_sso_t *out)
{
    times_t times =
        has_prefix(token, pf_string("v4.")) ? TIMES_TEXT : TIMES_NUMBER;
    json_t *claims;
    pf_error_t e;

    memset(out, 0, sizeof *out);
    if (token.len == 0) {
        return PF_ABSENT;
    }
    if (!pf_tenant_ok(tenant)) {
        return PF_AUDIENCE;
    }
    e = open_sso(own, merchant, tenant, token, now, out, &claims);
    if (e == PF_OK) {
        e = read_sso(claims, times, out);
    }
    if (e == PF_OK) {
        e = check_audience(claims, tenant);
    }
    if (e == PF_OK) {
        e = check_times(out->iat, out->exp, out->nbf, PF_SSO_LIFE_MAX, now);
    }
    json_decref(claims);
    if (e != PF_OK && e != PF_EXPIRED) {
        sodium_memzero(out, sizeof *out);
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
    char aud[AUDIENCE_MAX];
    pf_sso_t back = {0};
    pf_error_t e;
    json_t *claims;

    audience_of(tenant, aud);
    claims = json_pack("{s:s, s:s, s:s, s:o, s:o}", "aud", aud, "sub", sso->sub,
                       "jti", sso->jti, "iat", time_text(sso->iat), "exp",
                       time_text(sso->exp));
    e = add_options(claims, sso) ? read_sso(claims, TIMES_TEXT, &back)
                                 : PF_BAD_CLAIM;
    return seal_own(own, "sso", tenant, checked(e, claims), out, size);
}

/* ---- self-service links ---- */

static pf_error_t
read_link(const json_t *claims, pf_link_t *out)
{
    if (!pf_json_word(claims, "jti", out->jti, sizeof out->jti) ||
        !pf_json_word(claims, "contract", out->contract,
                      sizeof out->contract) ||
        !read_time(claims, "iat", TIMES_TEXT, &out->iat) ||
        !read_time(claims, "exp", TIMES_TEXT, &out->exp)) {
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
    char kid[PF_KID_MAX + 1];
    json_t *claims;
    pf_error_t e;

    memset(out, 0, sizeof *out);
    e = open_own(ring, "link", tenant, token, &claims, kid);
    if (e == PF_OK) {
        e = read_link(claims, out);
    }
    json_decref(claims);
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
    json_t *claims = json_pack(
        "{s:s, s:s, s:o, s:o}", "jti", link->jti, "contract", link->contract,
        "iat", time_text(link->iat), "exp", time_text(link->exp));

    return seal_own(ring, "link", tenant,
                    checked(read_link(claims, &back), claims), out, size);
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
