#include "unit.h"

#include "pf_jws.h"
#include "pf_paseto.h"
#include "pf_token.h"

static void
tenant_names(void **state)
{
    static const struct {
        const char *tenant;
        bool ok;
    } rows[] = {
        {"acme", true},
        {"a1", true},
        {"a-b-c", true},
        {"a--", true},
        {"abcdefghijklmnopqrstuvwxyz01234", true},
        {"abcdefghijklmnopqrstuvwxyz012345", false},
        {"", false},
        {"a", false},
        {"1a", false},
        {"-a", false},
        {"Acme", false},
        {"ac_me", false},
        {"ac.me", false},
        {"ac/me", false},
        {"ac:me", false},
        {"acme ", false},
        {"\xc3\xa4x", false},
        {"api", false},
        {"static", false},
        {"brand", false},
        {"healthz", false},
        {"hosts", false},
        {"apis", true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_row(pf_tenant_ok(str(rows[i].tenant)) == rows[i].ok, "%s",
                   rows[i].tenant);
    }
    assert_false(pf_tenant_ok(span("ac\0me", 5)));
}

/* ---- keys and minting ---- */

enum { NOW = 1795512600 }; /* 2026-11-24T09:30:00Z */

#define LOCAL_1 "k4.local.cHFyc3R1dnd4eXp7fH1-f4CBgoOEhYaHiImKi4yNjo8"
#define LOCAL_2 "k4.local.cHFyc3R1dnd4eXp7fH1-f4CBgoOEhYaHiImKi4yNjpA"
#define LID_1   "k4.lid.iVtYQDjr5gEijCSjJC3fQaJm7nCeQSeaty0Jixy8dbsk"
#define LID_2   "k4.lid.-v0wjDR1FVxNT2to41Ay1P4_8X6HIxnybX1nZ1a4FCTm"
#define SECRET  "0123456789abcdef0123456789abcdef"

static pf_keyring_t *own, *merchant;
static unsigned char ed_public[32], ed_secret[64];
static const pf_str_t acme = {4, (const unsigned char *)"acme"};

static pf_keyring_t *
ring_of(const char *text)
{
    char why[100];
    pf_keyring_t *ring = pf_keyring_parse(str(text), why, sizeof why);

    assert_row(ring, "%s", why);
    return ring;
}

static pf_keyring_t *
keys_of(json_t *keys)
{
    char why[100];
    pf_keyring_t *ring = pf_keyring_from_json(keys, why, sizeof why);

    assert_row(ring, "%s", why);
    json_decref(keys);
    return ring;
}

/* One Ed25519 key under two algorithms, and one secret. */
static int
make_keys(void **state)
{
    static const unsigned char seed[32] = "a seed for merchants' keys";
    char x[64], k[64], paserk[80];

    (void)state;
    crypto_sign_seed_keypair(ed_public, ed_secret, seed);
    snprintf(x, sizeof x, "%s", b64(ed_public, 32));
    snprintf(k, sizeof k, "%s", b64(SECRET, 32));
    snprintf(paserk, sizeof paserk, "k4.public.%s", x);
    own = ring_of(LOCAL_1 "\n" LOCAL_2 "\n");
    merchant = keys_of(json_pack(
        "[{s:s,s:s,s:s,s:s,s:s},{s:s,s:s,s:s,s:s},{s:s,s:s}]", "kid", "ed",
        "kty", "OKP", "crv", "Ed25519", "alg", "EdDSA", "x", x, "kid", "hs",
        "kty", "oct", "alg", "HS256", "k", k, "kid", "pub", "paserk", paserk));
    return 0;
}

static int
free_keys(void **state)
{
    (void)state;
    pf_keyring_free(own);
    pf_keyring_free(merchant);
    return 0;
}

/* Any payload under any assertion and footer, with the ring's first key. */
static const char *
seal(const char *payload, const char *assertion, const char *footer)
{
    static char out[8192];

    assert_error(pf_paseto_local_seal(own->keys[0].bytes, NULL, str(payload),
                                      str(footer), str(assertion), out,
                                      sizeof out),
                 PF_OK);
    return out;
}

#define KID_1 "{\"kid\":\"" LID_1 "\"}"

static const char *
public_token(const char *payload, const char *footer)
{
    static char out[8192];

    assert_error(pf_paseto_public_sign(ed_secret, str(payload), str(footer),
                                       str(""), out, sizeof out),
                 PF_OK);
    return out;
}

static void
hmac(const char *secret, size_t len, const char *message, unsigned char tag[32])
{
    crypto_auth_hmacsha256_state h;

    crypto_auth_hmacsha256_init(&h, (const unsigned char *)secret, len);
    crypto_auth_hmacsha256_update(&h, (const unsigned char *)message,
                                  strlen(message));
    crypto_auth_hmacsha256_final(&h, tag);
}

/* A JWT signed with Ed25519, or by HMAC where a secret is given. */
static const char *
jwt(const char *header, const char *payload, const char *secret, size_t len)
{
    static char out[8192];
    unsigned char signature[64];
    size_t n = 64;

    snprintf(out, sizeof out, "%s.%s", b64(header, strlen(header)),
             b64(payload, strlen(payload)));
    if (secret) {
        n = 32;
        hmac(secret, len, out, signature);
    } else {
        crypto_sign_detached(signature, NULL, (const unsigned char *)out,
                             strlen(out), ed_secret);
    }
    strcat(strcat(out, "."), b64(signature, n));
    return out;
}

/* ---- session tokens ---- */

static const pf_session_t session = {
    .sid = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG",
    .version = 3,
    .user = "u-1",
    .customer = "K:100@x",
    .scope = "portal",
    .groups = "billing support",
    .language = "de-AT",
    .iat = NOW,
    .exp = NOW + PF_SESSION_LIFE,
};

static char session_token[2048], sso_token[2048], link_token[2048];

static pf_error_t
open_session(const char *token, int64_t now, pf_session_t *out)
{
    return pf_session_open(own, acme, str(token), now, out);
}

static void
session_there_and_back(void **state)
{
    pf_session_t out;

    (void)state;
    assert_error(open_session(session_token, NOW, &out), PF_OK);
    assert_string_equal(out.sid, session.sid);
    assert_int_equal(out.version, 3);
    assert_string_equal(out.user, session.user);
    assert_string_equal(out.customer, session.customer);
    assert_string_equal(out.scope, session.scope);
    assert_string_equal(out.groups, session.groups);
    assert_string_equal(out.language, session.language);
    assert_int_equal(out.iat, session.iat);
    assert_int_equal(out.exp, session.exp);
}

static void
session_expires_to_the_second(void **state)
{
    pf_session_t out;

    (void)state;
    assert_error(open_session(session_token, session.exp - 1, &out), PF_OK);
    assert_error(open_session(session_token, session.exp, &out), PF_EXPIRED);
    assert_string_equal(out.sid, session.sid); /* stale still has a name */
    assert_error(open_session(session_token, session.exp + 9999, &out),
                 PF_EXPIRED);
}

static void
half_of_a_life(void **state)
{
    static const pf_session_t even = {.iat = 1000, .exp = 1900};
    static const pf_session_t odd = {.iat = 1000, .exp = 1015};

    (void)state;
    assert_false(pf_session_past_half(&even, 1000));
    assert_false(pf_session_past_half(&even, 1450));
    assert_true(pf_session_past_half(&even, 1451));
    assert_false(pf_session_past_half(&odd, 1007));
    assert_true(pf_session_past_half(&odd, 1008));
}

/* Members of a payload that is otherwise good. */
#define SESSION(members)                                                       \
    "{\"sid\":\"s\",\"scope\":\"portal\",\"iat\":\"2026-11-24T09:30:00Z\","    \
    "\"exp\":\"2026-11-24T09:45:00Z\"" members "}"

static void
session_claims(void **state)
{
    static const struct {
        const char *payload;
        pf_error_t e;
    } rows[] = {
        {SESSION(""), PF_OK},
        {SESSION(",\"unknown\":[1]"), PF_OK},
        {SESSION(",\"groups\":[]"), PF_OK},
        {SESSION(",\"groups\":[\"a\",\"b-c.d_e\"]"), PF_OK},
        {SESSION(",\"user\":\"\""), PF_OK},
        {SESSION(",\"user\":\"anna@acme.example\""), PF_OK},
        {SESSION(",\"user\":\"a b\""), PF_BAD_CLAIM},
        {SESSION(",\"user\":\"J\xc3\xbcrgen\""), PF_BAD_CLAIM},
        {SESSION(",\"user\":\"a\\r\\nX-Evil: 1\""), PF_BAD_CLAIM},
        {SESSION(",\"user\":1"), PF_BAD_CLAIM},
        {SESSION(",\"user\":null"), PF_BAD_CLAIM},
        {SESSION(",\"customer\":\"a;b\""), PF_BAD_CLAIM},
        {SESSION(",\"language\":\"d e\""), PF_BAD_CLAIM},
        {SESSION(",\"version\":-1"), PF_BAD_CLAIM},
        {SESSION(",\"version\":1.5"), PF_BAD_CLAIM},
        {SESSION(",\"version\":\"1\""), PF_BAD_CLAIM},
        {SESSION(",\"groups\":\"a\""), PF_BAD_CLAIM},
        {SESSION(",\"groups\":[1]"), PF_BAD_CLAIM},
        {SESSION(",\"groups\":[\"\"]"), PF_BAD_CLAIM},
        {SESSION(",\"groups\":[\"a b\"]"), PF_BAD_CLAIM},
        {SESSION(",\"groups\":[[\"a\"]]"), PF_BAD_CLAIM},
        {SESSION(",\"sid\":\"s\""), PF_BAD_CLAIM}, /* twice */
        {SESSION(",\"\\u0073id\":\"t\""), PF_BAD_CLAIM},
        {SESSION(",\"a\":[[[[[[[[]]]]]]]]"), PF_BAD_CLAIM},
        {"[" SESSION("") "]", PF_BAD_CLAIM},
        {SESSION("") "{}", PF_BAD_CLAIM},
        {"", PF_BAD_CLAIM},
        {"{\"sid\":\"s\",\"scope\":\"portal\",\"iat\":1795512600,"
         "\"exp\":1795513500}",
         PF_BAD_CLAIM}, /* numbers are JWT's */
        {"{\"sid\":\"s\",\"scope\":\"portal\","
         "\"iat\":\"2026-11-24T09:30:00Z\",\"exp\":\"soon\"}",
         PF_BAD_CLAIM},
        {"{}", PF_MISSING_CLAIM},
        {"{\"scope\":\"portal\",\"iat\":\"2026-11-24T09:30:00Z\","
         "\"exp\":\"2026-11-24T09:45:00Z\"}",
         PF_MISSING_CLAIM},
        {"{\"sid\":\"s\",\"iat\":\"2026-11-24T09:30:00Z\","
         "\"exp\":\"2026-11-24T09:45:00Z\"}",
         PF_MISSING_CLAIM},
        {"{\"sid\":\"s\",\"scope\":\"portal\","
         "\"exp\":\"2026-11-24T09:45:00Z\"}",
         PF_MISSING_CLAIM},
        {"{\"sid\":\"s\",\"scope\":\"portal\","
         "\"iat\":\"2026-11-24T09:30:00Z\"}",
         PF_MISSING_CLAIM},
        {"{\"sid\":\"01234567890123456789012345678901234567890123\","
         "\"scope\":\"portal\",\"iat\":\"2026-11-24T09:30:00Z\","
         "\"exp\":\"2026-11-24T09:45:00Z\"}",
         PF_BAD_CLAIM}, /* 44 characters */
    };
    static const pf_session_t nothing;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        pf_session_t out;
        pf_error_t e = open_session(
            seal(rows[i].payload, "pforte:session:acme", KID_1), NOW, &out);

        assert_row(e == rows[i].e, "%s: %s", rows[i].payload, pf_error_word(e));
        if (e != PF_OK) {
            assert_memory_equal(&out, &nothing, sizeof out);
        }
    }
}

static void
session_seal_is_as_strict(void **state)
{
    static const struct {
        const char *what;
        size_t at;
        const char *value;
        pf_error_t e;
    } rows[] = {
        {"nothing", offsetof(pf_session_t, user), "u-1", PF_OK},
        {"no customer", offsetof(pf_session_t, customer), "", PF_OK},
        {"no groups", offsetof(pf_session_t, groups), "", PF_OK},
        {"no sid", offsetof(pf_session_t, sid), "", PF_BAD_CLAIM},
        {"no scope", offsetof(pf_session_t, scope), "", PF_BAD_CLAIM},
        {"a space", offsetof(pf_session_t, user), "a b", PF_BAD_CLAIM},
        {"a line", offsetof(pf_session_t, user), "a\nb", PF_BAD_CLAIM},
        {"no UTF-8", offsetof(pf_session_t, user), "\xff", PF_BAD_CLAIM},
        {"two spaces", offsetof(pf_session_t, groups), "a  b", PF_BAD_CLAIM},
        {"a comma", offsetof(pf_session_t, groups), "a,b", PF_BAD_CLAIM},
    };
    char out[2048];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        pf_session_t s = session;
        pf_error_t e;

        strcpy((char *)&s + rows[i].at, rows[i].value);
        e = pf_session_seal(own, acme, &s, out, sizeof out);
        assert_row(e == rows[i].e, "%s: %s", rows[i].what, pf_error_word(e));
        assert_row((e == PF_OK) == (out[0] != '\0'), "%s", rows[i].what);
    }
    assert_error(pf_session_seal(own, acme, &session, out, 100), PF_MEMORY);
    assert_int_not_equal(
        pf_session_seal(own, str("Acme"), &session, out, sizeof out), PF_OK);
    assert_int_not_equal(pf_session_seal(NULL, acme, &session, out, sizeof out),
                         PF_OK);
}

static void
largest_session_fits(void **state)
{
    pf_session_t s = {.version = INT64_MAX, .iat = NOW, .exp = NOW + 900};
    pf_session_t back;
    char out[PF_TOKEN_MAX + 1];

    (void)state;
    memset(s.sid, 's', PF_SID_MAX);
    memset(s.user, 'u', PF_ID_MAX);
    memset(s.customer, 'c', PF_ID_MAX);
    memset(s.scope, 'p', sizeof s.scope - 1);
    memset(s.groups, 'g', PF_GROUPS_MAX);
    memset(s.language, 'l', PF_LANGUAGE_MAX);
    assert_error(pf_session_seal(own, acme, &s, out, sizeof out), PF_OK);
    assert_error(open_session(out, NOW, &back), PF_OK);
    assert_memory_equal(&s, &back, sizeof s);
    s.groups[100] = ' ';
    assert_error(pf_session_seal(own, acme, &s, out, sizeof out), PF_OK);
    assert_error(open_session(out, NOW, &back), PF_OK);
    assert_string_equal(s.groups, back.groups);
}

static void
session_keys_rotate(void **state)
{
    pf_keyring_t *next = ring_of(LOCAL_2 "\n" LOCAL_1 "\n");
    pf_keyring_t *last = ring_of(LOCAL_2 "\n");
    pf_session_t out;
    char kid[PF_KID_MAX + 1], fresh[2048];

    (void)state;
    assert_error(pf_session_open(next, acme, str(session_token), NOW, &out),
                 PF_OK);
    assert_error(pf_session_open(last, acme, str(session_token), NOW, &out),
                 PF_UNKNOWN_KEY);
    assert_error(pf_session_seal(next, acme, &session, fresh, sizeof fresh),
                 PF_OK);
    assert_error(pf_paseto_kid(str(fresh), kid, sizeof kid), PF_OK);
    assert_string_equal(kid, LID_2);
    assert_error(open_session(fresh, NOW, &out), PF_OK);
    pf_keyring_free(next);
    pf_keyring_free(last);
}

static void
a_footer_in_another_spelling(void **state)
{
    static const struct {
        const char *footer;
        pf_error_t e;
    } rows[] = {
        {KID_1, PF_OK},
        {"{ \"kid\" : \"" LID_1 "\" }\n", PF_OK},
        {"{\"wpk\":\"x\",\"kid\":\"" LID_1 "\"}", PF_OK},
        {"{\"\\u006bid\":\"" LID_1 "\"}", PF_OK},
        {"{\"kid\":\"" LID_1 "\",\"kid\":\"" LID_1 "\"}", PF_MALFORMED},
        {"{\"kid\":\"\"}", PF_MALFORMED},
        {"{}", PF_MALFORMED},
        {LID_1, PF_MALFORMED},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        pf_session_t out;
        pf_error_t e = open_session(
            seal(SESSION(""), "pforte:session:acme", rows[i].footer), NOW,
            &out);

        assert_row(e == rows[i].e, "%s: %s", rows[i].footer, pf_error_word(e));
    }
}

static void
what_is_no_session_token(void **state)
{
    static char big[PF_TOKEN_MAX + 2];
    static const char *const rows[] = {
        "x",
        "v4.local.",
        "v4.local.AAAA",
        "v4.public.AAAA.e30",
        "v4.local.AAAA.e30",
        "eyJhbGciOiJub25lIn0.e30.",
    };
    pf_session_t out;

    (void)state;
    assert_error(open_session("", NOW, &out), PF_ABSENT);
    assert_error(pf_session_open(own, acme, (pf_str_t){0, NULL}, NOW, &out),
                 PF_ABSENT);
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_row(open_session(rows[i], NOW, &out) == PF_MALFORMED,
                   "accepted: %s", rows[i]);
    }
    memset(big, 'A', sizeof big - 1);
    memcpy(big, "v4.local.", 9);
    assert_error(open_session(big, NOW, &out), PF_MALFORMED);
    /* We always write the footer; a token without one is not ours. */
    assert_error(
        open_session(seal(SESSION(""), "pforte:session:acme", ""), NOW, &out),
        PF_MALFORMED);
    assert_error(open_session(seal(SESSION(""), "pforte:session:acme",
                                   "{\"kid\":\"k4.lid.nobody\"}"),
                              NOW, &out),
                 PF_UNKNOWN_KEY);
    assert_error(open_session(seal(SESSION(""), "pforte:session:acme",
                                   "{\"kid\":\"" LID_2 "\"}"),
                              NOW, &out),
                 PF_FORGED); /* the other key of the ring */
    assert_error(pf_session_open(NULL, acme, str(session_token), NOW, &out),
                 PF_UNKNOWN_KEY);
}

/* ---- one purpose, one tenant ---- */

static const pf_sso_t sso = {
    .sub = "J\xc3\xbcrgen M.",
    .jti = "j-1",
    .to = "/invoices?page=2",
    .customer = "K-100",
    .language = "de",
    .email = "j@acme.example",
    .name = "J\xc3\xbcrgen",
    .iat = NOW,
    .exp = NOW + PF_SSO_LIFE,
    .nbf = NOW - 1,
};

static const pf_link_t portal_link = {
    .jti = "l-1", .contract = "C-77", .iat = NOW, .exp = NOW + 3600};

static int
make_all(void **state)
{
    make_keys(state);
    assert_error(pf_session_seal(own, acme, &session, session_token,
                                 sizeof session_token),
                 PF_OK);
    assert_error(pf_sso_seal(own, acme, &sso, sso_token, sizeof sso_token),
                 PF_OK);
    assert_error(
        pf_link_seal(own, acme, &portal_link, link_token, sizeof link_token),
        PF_OK);
    return 0;
}

static pf_error_t
open_sso(const char *token, int64_t now, pf_sso_t *out)
{
    return pf_sso_open(own, merchant, acme, str(token), now, out);
}

/* Opens any token as one of the three kinds, by number. */
static pf_error_t
open_as(int kind, pf_str_t tenant, pf_str_t token)
{
    pf_session_t s;
    pf_sso_t o;
    pf_link_t l;

    switch (kind) {
    case 0:
        return pf_session_open(own, tenant, token, NOW, &s);
    case 1:
        return pf_sso_open(own, merchant, tenant, token, NOW, &o);
    default:
        return pf_link_open(own, tenant, token, NOW, &l);
    }
}

static void
purposes_and_tenants(void **state)
{
    const char *const tokens[] = {session_token, sso_token, link_token};

    (void)state;
    for (int made = 0; made < 3; made++) {
        for (int opened = 0; opened < 3; opened++) {
            assert_error(open_as(opened, acme, str(tokens[made])),
                         made == opened ? PF_OK : PF_FORGED);
            assert_error(open_as(opened, str("umbra"), str(tokens[made])),
                         PF_FORGED);
            assert_error(open_as(opened, str("acm"), str(tokens[made])),
                         PF_FORGED);
            assert_error(open_as(opened, str("Acme"), str(tokens[made])),
                         PF_AUDIENCE); /* no tenant at all */
            assert_error(open_as(opened, str(""), str(tokens[made])),
                         PF_AUDIENCE);
        }
    }
}

/* Every bit flipped in turn, and every end cut off, opens as no kind. */
static void
spoil(int kind, const char *token)
{
    size_t len = strlen(token);
    char copy[2048];

    assert_true(len < sizeof copy);
    assert_error(open_as(kind, acme, str(token)), PF_OK);
    for (size_t bit = 0; bit < len * 8; bit++) {
        memcpy(copy, token, len);
        copy[bit / 8] = (char)(copy[bit / 8] ^ 1 << bit % 8);
        assert_row(open_as(kind, acme, span(copy, len)) != PF_OK,
                   "kind %d opened with bit %zu flipped", kind, bit);
    }
    for (size_t n = 0; n < len; n++) {
        assert_row(open_as(kind, acme, span(token, n)) != PF_OK,
                   "kind %d opened with %zu bytes", kind, n);
    }
    snprintf(copy, sizeof copy, "%s=", token);
    assert_error(open_as(kind, acme, str(copy)), PF_MALFORMED);
    copy[len] = '.';
    assert_error(open_as(kind, acme, str(copy)), PF_MALFORMED);
}

static void
any_bit_of_our_tokens(void **state)
{
    (void)state;
    spoil(0, session_token);
    spoil(1, sso_token);
    spoil(2, link_token);
}

/* ---- SSO tokens, in all four forms ---- */

typedef enum { OWN, PUBLIC, EDDSA, HS256, FORMS } form_t;

static const char *const form_names[] = {"v4.local", "v4.public", "EdDSA",
                                         "HS256"};

static bool
is_jwt(form_t form)
{
    return form == EDDSA || form == HS256;
}

static const char *
mint(form_t form, const char *payload)
{
    switch (form) {
    case OWN:
        return seal(payload, "pforte:sso:acme", KID_1);
    case PUBLIC:
        return public_token(payload, "{\"kid\":\"pub\"}");
    case EDDSA:
        return jwt("{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"ed\"}",
                   payload, NULL, 0);
    default:
        return jwt("{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"hs\"}",
                   payload, SECRET, 32);
    }
}

/* A point in time as the form writes it. */
static json_t *
time_of(form_t form, int64_t t)
{
    char text[21];

    pf_time_format(t, text);
    return is_jwt(form) ? json_integer(t) : json_string(text);
}

static json_t *
claims_of(form_t form)
{
    json_t *claims = json_pack("{s:s,s:s,s:s}", "aud", "pforte:acme", "sub",
                               "anna", "jti", "j-2");

    json_object_set_new(claims, "iat", time_of(form, NOW));
    json_object_set_new(claims, "exp", time_of(form, NOW + 60));
    return claims;
}

/* Takes the reference. */
static const char *
mint_claims(form_t form, json_t *claims)
{
    static char token[8192];
    char *payload = json_dumps(claims, JSON_COMPACT);

    snprintf(token, sizeof token, "%s", mint(form, payload));
    free(payload);
    json_decref(claims);
    return token;
}

/* Good claims with one replaced, or dropped where value is NULL. */
static const char *
mint_with(form_t form, const char *name, const char *value)
{
    json_t *claims = claims_of(form);

    if (value) {
        json_t *json =
            json_loads(value, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

        assert_row(json, "the test's own JSON: %s", value);
        json_object_set_new(claims, name, json);
    } else {
        json_object_del(claims, name);
    }
    return mint_claims(form, claims);
}

static void
sso_there_and_back(void **state)
{
    pf_sso_t out;

    (void)state;
    assert_error(open_sso(sso_token, NOW, &out), PF_OK);
    assert_true(out.own);
    assert_string_equal(out.kid, LID_1);
    assert_string_equal(out.sub, sso.sub);
    assert_string_equal(out.jti, sso.jti);
    assert_string_equal(out.to, sso.to);
    assert_string_equal(out.customer, sso.customer);
    assert_string_equal(out.language, sso.language);
    assert_string_equal(out.email, sso.email);
    assert_string_equal(out.name, sso.name);
    assert_int_equal(out.iat, sso.iat);
    assert_int_equal(out.exp, sso.exp);
    assert_int_equal(out.nbf, sso.nbf);
}

static void
four_forms(void **state)
{
    static const char *const kids[] = {LID_1, "pub", "ed", "hs"};

    (void)state;
    for (form_t form = OWN; form < FORMS; form++) {
        pf_sso_t out;

        assert_error(open_sso(mint_claims(form, claims_of(form)), NOW, &out),
                     PF_OK);
        assert_string_equal(out.kid, kids[form]);
        assert_string_equal(out.sub, "anna");
        assert_string_equal(out.jti, "j-2");
        assert_string_equal(out.to, "");
        assert_int_equal(out.own, form == OWN);
        assert_int_equal(out.iat, NOW);
        assert_int_equal(out.exp, NOW + 60);
    }
}

static void
any_bit_of_their_tokens(void **state)
{
    (void)state;
    for (form_t form = PUBLIC; form < FORMS; form++) {
        spoil(1, mint_claims(form, claims_of(form)));
    }
}

static void
sso_claims(void **state)
{
    static const struct {
        const char *name, *value; /* NULL: the claim is not there */
        pf_error_t e;
    } rows[] = {
        {"aud", "\"pforte:acme\"", PF_OK},
        {"aud", "[\"pforte:acme\"]", PF_OK},
        {"aud", NULL, PF_MISSING_CLAIM},
        {"aud", "\"pforte:umbra\"", PF_AUDIENCE},
        {"aud", "\"acme\"", PF_AUDIENCE},
        {"aud", "\"pforte:acme2\"", PF_AUDIENCE},
        {"aud", "\"pforte:Acme\"", PF_AUDIENCE},
        {"aud", "\"\"", PF_AUDIENCE},
        {"aud", "[]", PF_AUDIENCE},
        {"aud", "[\"pforte:acme\",\"pforte:umbra\"]", PF_AUDIENCE},
        {"aud", "[\"pforte:acme\",\"pforte:acme\"]", PF_AUDIENCE},
        {"aud", "[[\"pforte:acme\"]]", PF_AUDIENCE},
        {"aud", "{\"a\":\"pforte:acme\"}", PF_AUDIENCE},
        {"aud", "1", PF_AUDIENCE},
        {"aud", "null", PF_AUDIENCE},
        {"sub", NULL, PF_MISSING_CLAIM},
        {"sub", "\"\"", PF_MISSING_CLAIM},
        {"sub", "1", PF_BAD_CLAIM},
        {"sub", "null", PF_BAD_CLAIM},
        {"sub", "[\"anna\"]", PF_BAD_CLAIM},
        {"sub", "\"Anna M\xc3\xbcller\"", PF_OK},
        {"sub", "\"a\\u0000b\"", PF_BAD_CLAIM},
        {"sub", "\"a\\nb\"", PF_BAD_CLAIM},
        {"sub", "\"a\x7f\"", PF_BAD_CLAIM},
        {"sub", "\"a\\u0085b\"", PF_BAD_CLAIM},
        {"jti", NULL, PF_MISSING_CLAIM},
        {"jti", "\"\"", PF_MISSING_CLAIM},
        {"jti", "7", PF_BAD_CLAIM},
        {"jti",
         "\"0123456789012345678901234567890123456789012345678901234567"
         "890123\"",
         PF_OK}, /* 64 characters */
        {"jti",
         "\"0123456789012345678901234567890123456789012345678901234567"
         "8901234\"",
         PF_BAD_CLAIM},
        {"iat", NULL, PF_MISSING_CLAIM},
        {"exp", NULL, PF_MISSING_CLAIM},
        {"exp", "\"soon\"", PF_BAD_CLAIM},
        {"exp", "1795512660.0", PF_BAD_CLAIM},
        {"exp", "1.79551266e9", PF_BAD_CLAIM},
        {"exp", "-1", PF_BAD_CLAIM},
        {"exp", "0", PF_BAD_CLAIM},
        {"exp", "9223372036854775807", PF_BAD_CLAIM},
        {"iat", "-9223372036854775808", PF_BAD_CLAIM},
        {"exp", "null", PF_BAD_CLAIM},
        {"exp", "true", PF_BAD_CLAIM},
        {"nbf", "true", PF_BAD_CLAIM},
        {"to", "\"/invoices\"", PF_OK},
        {"to", "\"https://evil.example\"", PF_OK}, /* dropped, see below */
        {"to", "1", PF_OK},
        {"customer", "\"K-1\"", PF_OK},
        {"customer", "\"K 1\"", PF_BAD_CLAIM},
        {"customer", "1", PF_BAD_CLAIM},
        {"language", "\"fr-CH\"", PF_OK},
        {"language", "\"tlh\"", PF_OK}, /* unknown: the portal falls back */
        {"language", "\"d e\"", PF_BAD_CLAIM},
        {"email", "\"a\\r\\nBcc: b\"", PF_BAD_CLAIM},
        {"email", "false", PF_BAD_CLAIM},
        {"name", "\"\\u001b[31m\"", PF_BAD_CLAIM},
        {"name", "[]", PF_BAD_CLAIM},
        {"scope", "\"staff\"", PF_OK}, /* unknown claims mean nothing */
        {"kid", "\"x\"", PF_OK},
    };
    static const pf_sso_t nothing;

    (void)state;
    for (form_t form = OWN; form < FORMS; form++) {
        for (size_t i = 0; i < COUNT(rows); i++) {
            pf_sso_t out;
            pf_error_t e = open_sso(
                mint_with(form, rows[i].name, rows[i].value), NOW, &out);

            assert_row(e == rows[i].e, "%s, %s %s: %s", form_names[form],
                       rows[i].name, rows[i].value ? rows[i].value : "absent",
                       pf_error_word(e));
            if (e != PF_OK) {
                assert_memory_equal(&out, &nothing, sizeof out);
            }
        }
    }
}

static void
each_form_has_its_times(void **state)
{
    static const char *const wrong[] = {"\"2026-11-24T09:31:00Z\"",
                                        "1795512660"};

    (void)state;
    for (form_t form = OWN; form < FORMS; form++) {
        pf_sso_t out;

        assert_error(
            open_sso(mint_with(form, "exp", wrong[!is_jwt(form)]), NOW, &out),
            PF_BAD_CLAIM);
        assert_error(
            open_sso(mint_with(form, "exp", wrong[is_jwt(form)]), NOW, &out),
            PF_OK);
    }
}

/* What PF_NAME_MAX and PF_EMAIL_MAX say, to the byte. */
static void
lengths(void **state)
{
    static const struct {
        const char *name;
        size_t max;
    } rows[] = {{"sub", PF_NAME_MAX},
                {"name", PF_NAME_MAX},
                {"email", PF_EMAIL_MAX},
                {"customer", PF_ID_MAX},
                {"language", PF_LANGUAGE_MAX}};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (size_t more = 0; more < 2; more++) {
            char value[300] = "\"";
            pf_sso_t out;

            memset(value + 1, 'a', rows[i].max + more);
            strcat(value, "\"");
            assert_error(
                open_sso(mint_with(EDDSA, rows[i].name, value), NOW, &out),
                more ? PF_BAD_CLAIM : PF_OK);
        }
    }
}

static void
an_unusable_path_is_dropped(void **state)
{
    static const struct {
        const char *value, *to;
    } rows[] = {
        {"\"/invoices?page=2\"", "/invoices?page=2"},
        {"\"//evil.example\"", ""},
        {"\"https://evil.example\"", ""},
        {"\"/\\\\evil\"", ""},
        {"\"/a/../b\"", ""},
        {"\"/a\\nb\"", ""},
        {"\"\"", ""},
        {"[\"/a\"]", ""},
        {"null", ""},
    };
    char longest[PF_PATH_MAX + 4];

    (void)state;
    for (form_t form = OWN; form < FORMS; form++) {
        pf_sso_t out;

        for (size_t i = 0; i < COUNT(rows); i++) {
            assert_error(
                open_sso(mint_with(form, "to", rows[i].value), NOW, &out),
                PF_OK);
            assert_string_equal(out.to, rows[i].to);
        }
        snprintf(longest, sizeof longest, "\"/%0*d\"", PF_PATH_MAX, 0);
        assert_error(open_sso(mint_with(form, "to", longest), NOW, &out),
                     PF_OK);
        assert_string_equal(out.to, ""); /* one byte too long */
    }
}

/* A token of those times, opened at NOW. */
static pf_error_t
at_times(form_t form, int64_t iat, int64_t exp, int64_t nbf, pf_sso_t *out)
{
    json_t *claims = claims_of(form);

    json_object_set_new(claims, "iat", time_of(form, NOW + iat));
    json_object_set_new(claims, "exp", time_of(form, NOW + exp));
    if (nbf) {
        json_object_set_new(claims, "nbf", time_of(form, NOW + nbf));
    }
    return open_sso(mint_claims(form, claims), NOW, out);
}

static void
sso_times(void **state)
{
    static const struct {
        int64_t iat, exp, nbf; /* seconds from now; nbf 0: not there */
        pf_error_t e;
    } rows[] = {
        {0, 60, 0, PF_OK},
        {0, 1, 0, PF_OK},
        {0, 300, 0, PF_OK},
        {0, 301, 0, PF_LIFE},
        {-100, 201, 0, PF_LIFE},
        {0, 86400, 0, PF_LIFE},
        {0, 0, 0, PF_LIFE},
        {10, 5, 0, PF_LIFE},
        /* leeway of 30 s */
        {30, 90, 0, PF_OK},
        {31, 91, 0, PF_NOT_YET},
        {-89, -29, 0, PF_OK},
        {-90, -30, 0, PF_EXPIRED},
        {-1000, -900, 0, PF_EXPIRED},
        {0, 60, 30, PF_OK},
        {0, 60, 31, PF_NOT_YET},
        {0, 60, -500, PF_OK},
        /* a long life is no better for being over, or not begun */
        {-1000, -500, 0, PF_LIFE},
        {1000, 2000, 0, PF_LIFE},
    };

    (void)state;
    for (form_t form = OWN; form < FORMS; form++) {
        for (size_t i = 0; i < COUNT(rows); i++) {
            pf_sso_t out;
            pf_error_t e =
                at_times(form, rows[i].iat, rows[i].exp, rows[i].nbf, &out);

            assert_row(e == rows[i].e, "%s, row %zu: %s", form_names[form], i,
                       pf_error_word(e));
            /* An expired token can be named in the audit log. */
            assert_string_equal(out.jti,
                                e == PF_OK || e == PF_EXPIRED ? "j-2" : "");
        }
    }
}

#define GOOD                                                                   \
    "\"aud\":\"pforte:acme\",\"sub\":\"anna\",\"jti\":\"j\","                  \
    "\"iat\":1795512600,\"exp\":1795512660"

static void
payloads_that_are_no_claims(void **state)
{
    static const char *const rows[] = {
        "",
        "[]",
        "\"{}\"",
        "{" GOOD ",\"sub\":\"admin\"}",
        "{\"sub\":\"admin\"," GOOD "}",
        "{" GOOD ",\"\\u0073ub\":\"admin\"}",
        "{" GOOD ",\"a\":[[[[[[[[1]]]]]]]]}",
        "{" GOOD "}{}",
        "{" GOOD "} x",
        "{" GOOD ",\"a\":\"\xff\"}",
        "{" GOOD ",\"a\":\"\\ud800\"}",
        "{" GOOD ",}",
    };
    pf_sso_t out;

    (void)state;
    assert_error(open_sso(mint(EDDSA, "{" GOOD "}"), NOW, &out), PF_OK);
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_row(open_sso(mint(EDDSA, rows[i]), NOW, &out) == PF_BAD_CLAIM,
                   "accepted: %s", rows[i]);
    }
}

static void
sizes(void **state)
{
    char pad[2900];
    pf_sso_t out;

    (void)state;
    memset(pad, 'a', sizeof pad);
    pad[0] = '"';
    strcpy(pad + sizeof pad - 2, "\"");
    assert_true(strlen(mint_with(HS256, "pad", pad)) <= PF_TOKEN_MAX);
    assert_error(open_sso(mint_with(HS256, "pad", pad), NOW, &out), PF_OK);
    assert_true(strlen(mint_with(EDDSA, "pad", pad)) > PF_TOKEN_MAX);
    assert_error(open_sso(mint_with(EDDSA, "pad", pad), NOW, &out),
                 PF_MALFORMED);
}

/* ---- keys ---- */

static void
the_public_key_is_no_secret(void **state)
{
    char paserk[80], text[64];
    pf_sso_t out;

    (void)state;
    snprintf(text, sizeof text, "%s", b64(ed_public, 32));
    snprintf(paserk, sizeof paserk, "k4.public.%s", text);
    /* HS256 keyed by what everybody knows of the Ed25519 key */
    assert_error(open_sso(jwt("{\"alg\":\"HS256\",\"kid\":\"ed\"}",
                              "{" GOOD "}", (const char *)ed_public, 32),
                          NOW, &out),
                 PF_ALGORITHM);
    assert_error(open_sso(jwt("{\"alg\":\"HS256\",\"kid\":\"pub\"}",
                              "{" GOOD "}", paserk, strlen(paserk)),
                          NOW, &out),
                 PF_ALGORITHM);
    assert_error(open_sso(jwt("{\"alg\":\"HS256\"}", "{" GOOD "}",
                              (const char *)ed_public, 32),
                          NOW, &out),
                 PF_FORGED); /* meets the one HS256 key there is */
    assert_error(open_sso(jwt("{\"alg\":\"HS256\",\"kid\":\"hs\"}",
                              "{" GOOD "}", text, strlen(text)),
                          NOW, &out),
                 PF_FORGED);
    assert_error(
        open_sso(jwt("{\"alg\":\"HS256\",\"kid\":\"hs\"}", "{" GOOD "}", "", 0),
                 NOW, &out),
        PF_FORGED);
}

static void
a_key_of_another_algorithm(void **state)
{
    pf_sso_t out;

    (void)state;
    /* The same 32 bytes stand in the ring as "ed" and as "pub". */
    assert_error(open_sso(jwt("{\"alg\":\"EdDSA\",\"kid\":\"pub\"}",
                              "{" GOOD "}", NULL, 0),
                          NOW, &out),
                 PF_ALGORITHM);
    assert_error(open_sso(public_token("{}", "{\"kid\":\"ed\"}"), NOW, &out),
                 PF_ALGORITHM);
    assert_error(open_sso(public_token("{}", "{\"kid\":\"hs\"}"), NOW, &out),
                 PF_ALGORITHM);
    assert_error(open_sso(jwt("{\"alg\":\"EdDSA\",\"kid\":\"hs\"}",
                              "{" GOOD "}", NULL, 0),
                          NOW, &out),
                 PF_ALGORITHM);
}

static void
headers_choose_nothing(void **state)
{
    static const struct {
        const char *header;
        pf_error_t e;
    } rows[] = {
        {"{\"alg\":\"EdDSA\",\"kid\":\"ed\"}", PF_OK},
        {"{\"alg\":\"EdDSA\"}", PF_OK},
        {"{\"alg\":\"none\"}", PF_ALGORITHM},
        {"{\"alg\":\"none\",\"kid\":\"ed\"}", PF_ALGORITHM},
        {"{\"alg\":\"nOnE\",\"kid\":\"ed\"}", PF_ALGORITHM},
        {"{\"kid\":\"ed\"}", PF_ALGORITHM},
        {"{\"alg\":\"RS256\",\"kid\":\"ed\"}", PF_ALGORITHM},
        {"{\"alg\":\"EdDSA\",\"kid\":\"nobody\"}", PF_UNKNOWN_KEY},
        {"{\"alg\":\"EdDSA\",\"kid\":\"../../dev/null\"}", PF_MALFORMED},
        {"{\"alg\":\"EdDSA\",\"kid\":\"ed\",\"crit\":[\"b64\"],"
         "\"b64\":false}",
         PF_MALFORMED},
        {"{\"alg\":\"EdDSA\",\"kid\":\"ed\",\"typ\":\"JOSE\"}", PF_MALFORMED},
        {"{\"alg\":\"EdDSA\",\"alg\":\"EdDSA\",\"kid\":\"ed\"}", PF_MALFORMED},
    };
    pf_sso_t out;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        pf_error_t e =
            open_sso(jwt(rows[i].header, "{" GOOD "}", NULL, 0), NOW, &out);

        assert_row(e == rows[i].e, "%s: %s", rows[i].header, pf_error_word(e));
    }
    /* Unsigned, with nothing behind the last dot. */
    assert_error(open_sso("eyJhbGciOiJub25lIn0.e30.", NOW, &out), PF_ALGORITHM);
}

static void
a_key_in_the_header_is_not_read(void **state)
{
    unsigned char public[32], secret[64], signature[64];
    char header[256], token[1024];
    pf_sso_t out;

    (void)state;
    crypto_sign_keypair(public, secret);
    snprintf(header, sizeof header,
             "{\"alg\":\"EdDSA\",\"jwk\":{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
             "\"x\":\"%s\"},\"jku\":\"https://evil.example/keys\"}",
             b64(public, 32));
    snprintf(token, sizeof token, "%s.%s", b64(header, strlen(header)),
             b64("{" GOOD "}", strlen("{" GOOD "}")));
    crypto_sign_detached(signature, NULL, (unsigned char *)token, strlen(token),
                         secret);
    strcat(strcat(token, "."), b64(signature, 64));
    assert_error(open_sso(token, NOW, &out), PF_FORGED);
}

/* Rings of one Ed25519 key, dated, and of two. */
static pf_error_t
open_with_keys(json_t *keys, const char *token)
{
    pf_keyring_t *ring = keys_of(keys);
    pf_sso_t out;
    pf_error_t e = pf_sso_open(own, ring, acme, str(token), NOW, &out);

    pf_keyring_free(ring);
    return e;
}

static json_t *
dated_key(const char *kid, int64_t not_before, int64_t not_after)
{
    return json_pack("{s:s,s:s,s:s,s:s,s:s,s:I,s:I}", "kid", kid, "kty", "OKP",
                     "crv", "Ed25519", "alg", "EdDSA", "x", b64(ed_public, 32),
                     "not_before", (json_int_t)not_before, "not_after",
                     (json_int_t)not_after);
}

static void
retired_and_unknown_keys(void **state)
{
    static const char with_kid[] = "{\"alg\":\"EdDSA\",\"kid\":\"ed\"}";
    static const char without[] = "{\"alg\":\"EdDSA\"}";
    static const struct {
        int64_t not_before, not_after;
        pf_error_t e;
    } rows[] = {
        {0, 0, PF_OK},
        {NOW, NOW + 1, PF_OK},
        {NOW - 10, NOW, PF_UNKNOWN_KEY},
        {NOW + 1, 0, PF_UNKNOWN_KEY},
        {0, 1, PF_UNKNOWN_KEY},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *const headers[] = {with_kid, without};

        for (size_t k = 0; k < COUNT(headers); k++) {
            pf_error_t e = open_with_keys(
                json_pack("[o]", dated_key("ed", rows[i].not_before,
                                           rows[i].not_after)),
                jwt(headers[k], "{" GOOD "}", NULL, 0));

            assert_row(e == rows[i].e, "row %zu: %s", i, pf_error_word(e));
        }
    }
    assert_error(open_with_keys(json_pack("[o,o]", dated_key("ed", 0, 0),
                                          dated_key("next", 0, 0)),
                                jwt(without, "{" GOOD "}", NULL, 0)),
                 PF_UNKNOWN_KEY); /* two to choose from */
    assert_error(open_with_keys(json_pack("[o,o]", dated_key("ed", 0, 0),
                                          dated_key("next", 0, 0)),
                                jwt(with_kid, "{" GOOD "}", NULL, 0)),
                 PF_OK);
    assert_error(
        open_with_keys(json_array(), jwt(without, "{" GOOD "}", NULL, 0)),
        PF_UNKNOWN_KEY);
}

static void
a_merchant_cannot_make_our_tokens(void **state)
{
    pf_sso_t out;

    (void)state;
    /* Rings swapped: theirs never opens v4.local, ours never the rest. */
    assert_error(pf_sso_open(merchant, own, acme, str(sso_token), NOW, &out),
                 PF_UNKNOWN_KEY);
    assert_error(
        pf_sso_open(own, own, acme, str(mint(EDDSA, "{" GOOD "}")), NOW, &out),
        PF_UNKNOWN_KEY);
    assert_error(
        pf_sso_open(own, NULL, acme, str(mint(EDDSA, "{" GOOD "}")), NOW, &out),
        PF_UNKNOWN_KEY);
    assert_error(pf_sso_open(NULL, merchant, acme, str(sso_token), NOW, &out),
                 PF_UNKNOWN_KEY);
}

static void
what_is_no_sso_token(void **state)
{
    static const char *const rows[] = {
        "x",
        "a.b",
        "a.b.c.d",
        "v4.public.",
        "v4.local.",
        "v3.local.AAAA",
        "v4.secret.AAAA",
        "..",
        "https://evil.example/",
    };
    pf_sso_t out;

    (void)state;
    assert_error(open_sso("", NOW, &out), PF_ABSENT);
    assert_error(
        pf_sso_open(own, merchant, acme, (pf_str_t){0, NULL}, NOW, &out),
        PF_ABSENT);
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_row(open_sso(rows[i], NOW, &out) == PF_MALFORMED, "%s: %s",
                   rows[i], pf_error_word(open_sso(rows[i], NOW, &out)));
    }
    assert_error(open_sso(seal("{}", "pforte:sso:acme", ""), NOW, &out),
                 PF_MALFORMED);
}

/* ---- self-service links ---- */

static pf_error_t
open_link(const pf_link_t *made, int64_t now, pf_link_t *out)
{
    char token[2048];

    assert_error(pf_link_seal(own, acme, made, token, sizeof token), PF_OK);
    return pf_link_open(own, acme, str(token), now, out);
}

static void
link_there_and_back(void **state)
{
    pf_link_t out;

    (void)state;
    assert_error(open_link(&portal_link, NOW, &out), PF_OK);
    assert_string_equal(out.jti, "l-1");
    assert_string_equal(out.contract, "C-77");
    assert_int_equal(out.iat, NOW);
    assert_int_equal(out.exp, NOW + 3600);
    /* again and again: it is reusable until it expires */
    assert_error(pf_link_open(own, acme, str(link_token), NOW + 3599, &out),
                 PF_OK);
    assert_error(pf_link_open(own, acme, str(link_token), NOW + 3599, &out),
                 PF_OK);
}

static void
link_times(void **state)
{
    static const struct {
        int64_t life, now;
        pf_error_t e;
    } rows[] = {
        {60, 0, PF_OK},
        {PF_LINK_LIFE_MAX, 0, PF_OK},
        {PF_LINK_LIFE_MAX + 1, 0, PF_LIFE},
        {0, 0, PF_LIFE},
        {60, 89, PF_OK},
        {60, 90, PF_EXPIRED},
        {60, -30, PF_OK},
        {60, -31, PF_NOT_YET},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        pf_link_t made = portal_link, out;
        pf_error_t e;

        made.exp = made.iat + rows[i].life;
        e = open_link(&made, NOW + rows[i].now, &out);
        assert_row(e == rows[i].e, "row %zu: %s", i, pf_error_word(e));
        assert_string_equal(out.contract,
                            e == PF_OK || e == PF_EXPIRED ? "C-77" : "");
    }
}

static void
link_claims(void **state)
{
#define TIMES                                                                  \
    "\"iat\":\"2026-11-24T09:30:00Z\",\"exp\":\"2026-11-24T10:30:00Z\""
    static const struct {
        const char *payload;
        pf_error_t e;
    } rows[] = {
        {"{\"jti\":\"l\",\"contract\":\"C\"," TIMES "}", PF_OK},
        {"{\"contract\":\"C\"," TIMES "}", PF_MISSING_CLAIM},
        {"{\"jti\":\"\",\"contract\":\"C\"," TIMES "}", PF_MISSING_CLAIM},
        {"{\"jti\":\"l\"," TIMES "}", PF_MISSING_CLAIM},
        {"{\"jti\":\"l\",\"contract\":\"C\"}", PF_MISSING_CLAIM},
        {"{\"jti\":\"l\",\"contract\":\"C D\"," TIMES "}", PF_BAD_CLAIM},
        {"{\"jti\":\"l\",\"contract\":[\"C\",\"D\"]," TIMES "}", PF_BAD_CLAIM},
        {"{\"jti\":\"l\",\"contract\":\"C\",\"contract\":\"D\"," TIMES "}",
         PF_BAD_CLAIM},
        {"{\"jti\":\"l\",\"contract\":\"C\",\"iat\":1,\"exp\":2}",
         PF_BAD_CLAIM},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        pf_link_t out;
        pf_error_t e = pf_link_open(
            own, acme, str(seal(rows[i].payload, "pforte:link:acme", KID_1)),
            NOW, &out);

        assert_row(e == rows[i].e, "%s: %s", rows[i].payload, pf_error_word(e));
    }
}

static void
what_would_not_open_is_not_sealed(void **state)
{
    pf_link_t no_contract = portal_link;
    pf_sso_t no_jti = sso, control = sso;
    char out[2048];

    (void)state;
    no_contract.contract[0] = '\0';
    assert_error(pf_link_seal(own, acme, &no_contract, out, sizeof out),
                 PF_BAD_CLAIM);
    no_jti.jti[0] = '\0';
    assert_error(pf_sso_seal(own, acme, &no_jti, out, sizeof out),
                 PF_BAD_CLAIM);
    strcpy(control.name, "a\nb");
    assert_error(pf_sso_seal(own, acme, &control, out, sizeof out),
                 PF_BAD_CLAIM);
    strcpy(control.name, "\xff"); /* no UTF-8: refused, not left out */
    assert_error(pf_sso_seal(own, acme, &control, out, sizeof out),
                 PF_BAD_CLAIM);
    assert_string_equal(out, "");
}

/* ---- the command line's look ---- */

static void
inspecting(void **state)
{
    const char *const assertion = "pforte:sso:acme";
    pf_error_t e;
    json_t *claims =
        pf_token_inspect(&own->keys[0], str(assertion), str(sso_token), &e);

    (void)state;
    assert_error(e, PF_OK);
    assert_string_equal(text_of(claims, "jti"), "j-1");
    json_decref(claims);
    assert_null(pf_token_inspect(&own->keys[0], str("pforte:sso:umbra"),
                                 str(sso_token), &e));
    assert_error(e, PF_FORGED);
    assert_null(
        pf_token_inspect(&merchant->keys[2], str(""), str(sso_token), &e));
    assert_error(e, PF_ALGORITHM);
    claims = pf_token_inspect(&merchant->keys[0], str(""),
                              str(mint(EDDSA, "{\"exp\":\"whatever\"}")), &e);
    assert_error(e, PF_OK); /* claims as they are, unjudged */
    json_decref(claims);
    claims = pf_token_inspect(&merchant->keys[2], str(""),
                              str(mint(PUBLIC, "{}")), &e);
    assert_error(e, PF_OK);
    json_decref(claims);
    assert_null(pf_token_inspect(&merchant->keys[0], str(""), str("x"), &e));
    assert_error(e, PF_MALFORMED);
    assert_null(pf_token_inspect(&merchant->keys[0], str(""),
                                 str(mint(EDDSA, "[]")), &e));
    assert_error(e, PF_BAD_CLAIM);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE("X1: the alphabet of tenants", tenant_names),
        cmocka_unit_test(session_there_and_back),
        CASE("X5: a session token expires to the second, and keeps its name",
             session_expires_to_the_second),
        cmocka_unit_test(half_of_a_life),
        CASE("X5: every claim of a session token is checked", session_claims),
        CASE("X5: what would not open is not sealed",
             session_seal_is_as_strict),
        cmocka_unit_test(largest_session_fits),
        CASE("X5: a new key seals, the old ones open", session_keys_rotate),
        cmocka_unit_test(a_footer_in_another_spelling),
        cmocka_unit_test(what_is_no_session_token),
        CASE("X1, X5, F13: no token opens for another purpose or tenant",
             purposes_and_tenants),
        CASE("F13: any bit of our tokens flipped, any end cut off",
             any_bit_of_our_tokens),
        CASE("X5: our SSO token there and back", sso_there_and_back),
        CASE("X5: four forms of an SSO token", four_forms),
        CASE("F13: any bit of a merchant's token flipped",
             any_bit_of_their_tokens),
        CASE("F13: every claim of an SSO token is checked", sso_claims),
        cmocka_unit_test(each_form_has_its_times),
        cmocka_unit_test(lengths),
        CASE("F13: an unusable return path is dropped",
             an_unusable_path_is_dropped),
        CASE("F13: an SSO token is short-lived", sso_times),
        CASE("F13: payloads that are no claims", payloads_that_are_no_claims),
        cmocka_unit_test(sizes),
        CASE("F13: HS256 keyed by a public key is refused",
             the_public_key_is_no_secret),
        CASE("F13: a key of another algorithm is refused",
             a_key_of_another_algorithm),
        CASE("F13: alg none and other headers choose nothing",
             headers_choose_nothing),
        CASE("F13: a key in the token's header is not read",
             a_key_in_the_header_is_not_read),
        CASE("F13: unknown and retired keys are refused",
             retired_and_unknown_keys),
        CASE("X5: a merchant cannot make our tokens",
             a_merchant_cannot_make_our_tokens),
        cmocka_unit_test(what_is_no_sso_token),
        CASE("B109: a link names one contract, and is reusable",
             link_there_and_back),
        CASE("B109: a link is time-limited", link_times),
        CASE("B109: every claim of a link is checked", link_claims),
        cmocka_unit_test(what_would_not_open_is_not_sealed),
        cmocka_unit_test(inspecting),
    };

    return cmocka_run_group_tests(tests, make_all, free_keys);
}
