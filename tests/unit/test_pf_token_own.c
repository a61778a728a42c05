/* Session tokens and self-service links: sealed for one purpose and tenant. */
#include "tokens.h"

#define SESSION "pforte:session:acme"
#define SSO     "pforte:sso:acme"
#define LINK    "pforte:link:acme"

#define SESSION_CLAIMS                                                         \
    "{\"sid\":\"s-1\",\"version\":3,\"user\":\"u-1\",\"customer\":\"c-1\","    \
    "\"scope\":\"portal\",\"groups\":[\"billing\",\"support\"],"               \
    "\"language\":\"de\",\"iat\":\"2027-01-15T08:00:00Z\","                    \
    "\"exp\":\"2027-01-15T08:15:00Z\"}"
#define LINK_CLAIMS                                                            \
    "{\"jti\":\"l-1\",\"contract\":\"V-17\","                                  \
    "\"iat\":\"2027-01-15T08:00:00Z\",\"exp\":\"2027-01-22T08:00:00Z\"}"
#define SSO_CLAIMS                                                             \
    "{\"aud\":\"pforte:acme\",\"sub\":\"anna\",\"jti\":\"j-1\","               \
    "\"iat\":\"2027-01-15T08:00:00Z\",\"exp\":\"2027-01-15T08:01:00Z\"}"

/* All claims that any of the three wants. */
#define ALL_CLAIMS                                                             \
    "{\"sid\":\"s\",\"version\":1,\"user\":\"u\",\"scope\":\"staff\","         \
    "\"aud\":\"pforte:acme\",\"sub\":\"anna\",\"jti\":\"j-1\","                \
    "\"contract\":\"V-17\",\"iat\":\"2027-01-15T08:00:00Z\","                  \
    "\"exp\":\"2027-01-15T08:01:00Z\"}"

static pf_error_t
session_of(const char *tenant, pf_str_t token, int64_t now, pf_session_t *out)
{
    static const pf_session_t none;
    pf_error_t e = pf_session_open(own, str(tenant), token, now, out);

    if (e != PF_OK && e != PF_EXPIRED) {
        assert_memory_equal(out, &none, sizeof none);
    }
    return e;
}

static pf_error_t
open_session(const char *token)
{
    pf_session_t s;

    return session_of("acme", str(token), NOW, &s);
}

static pf_error_t
link_of(const char *tenant, pf_str_t token, int64_t now, pf_link_t *out)
{
    static const pf_link_t none;
    pf_error_t e = pf_link_open(own, str(tenant), token, now, out);

    if (e != PF_OK && e != PF_EXPIRED) {
        assert_memory_equal(out, &none, sizeof none);
    }
    return e;
}

static pf_error_t
open_link(const char *token)
{
    pf_link_t l;

    return link_of("acme", str(token), NOW, &l);
}

static pf_error_t
open_sso(const char *token)
{
    pf_sso_t s;

    return pf_sso_open(own, merchant, str("acme"), str(token), NOW, &s);
}

static pf_session_t
session(void)
{
    return (pf_session_t){.sid = "s-1",
                          .version = 3,
                          .user = "u-1",
                          .customer = "c-1",
                          .scope = "portal",
                          .groups = "billing support",
                          .language = "de",
                          .iat = NOW,
                          .exp = NOW + PF_SESSION_LIFE};
}

/* ---- sessions ---- */

static void
a_session_comes_back(void **state)
{
    pf_session_t s = session(), back;
    char one[PF_TOKEN_MAX + 1], two[PF_TOKEN_MAX + 1];

    (void)state;
    assert_error(pf_session_seal(own, str("acme"), &s, one, sizeof one), PF_OK);
    assert_error(session_of("acme", str(one), NOW, &back), PF_OK);
    assert_memory_equal(&s, &back, sizeof s);
    assert_error(pf_session_seal(own, str("acme"), &s, two, sizeof two), PF_OK);
    assert_string_not_equal(one, two); /* a nonce each */
    memset(&s.customer, 0, sizeof s.customer);
    memset(&s.groups, 0, sizeof s.groups);
    memset(&s.language, 0, sizeof s.language);
    assert_error(pf_session_seal(own, str("acme"), &s, one, sizeof one), PF_OK);
    assert_error(session_of("acme", str(one), NOW, &back), PF_OK);
    assert_memory_equal(&s, &back, sizeof s);
}

static void
a_session_ends_on_its_second(void **state)
{
    pf_session_t s = session();
    char token[PF_TOKEN_MAX + 1];

    (void)state;
    assert_error(pf_session_seal(own, str("acme"), &s, token, sizeof token),
                 PF_OK);
    assert_error(session_of("acme", str(token), s.exp - 1, &s), PF_OK);
    assert_error(session_of("acme", str(token), s.exp, &s), PF_EXPIRED);
    assert_string_equal(s.sid, "s-1"); /* stale, but it names its session */
    assert_int_equal(s.version, 3);
    assert_error(session_of("acme", str(token), NOW + 86400 * 365, &s),
                 PF_EXPIRED);
}

static void
half_of_its_life(void **state)
{
    pf_session_t s = session();

    (void)state;
    assert_false(pf_session_past_half(&s, NOW - 100));
    assert_false(pf_session_past_half(&s, NOW));
    assert_false(pf_session_past_half(&s, NOW + PF_SESSION_LIFE / 2));
    assert_true(pf_session_past_half(&s, NOW + PF_SESSION_LIFE / 2 + 1));
    assert_true(pf_session_past_half(&s, NOW + 10 * PF_SESSION_LIFE));
}

static void
each_claim_of_a_session(void **state)
{
    static const struct {
        const char *name, *value;
        pf_error_t e;
    } rows[] = {
        {NULL, NULL, PF_OK},
        {"sid", NULL, PF_MISSING_CLAIM},
        {"sid", "\"\"", PF_MISSING_CLAIM},
        {"sid", "7", PF_BAD_CLAIM},
        {"sid", "\"0123456789012345678901234567890123456789012\"", PF_OK},
        {"sid", "\"01234567890123456789012345678901234567890123\"",
         PF_BAD_CLAIM},
        {"sid", "\"a b\"", PF_BAD_CLAIM},
        {"scope", NULL, PF_MISSING_CLAIM},
        {"scope", "\"portal staff\"", PF_BAD_CLAIM},
        {"scope", "[\"staff\"]", PF_BAD_CLAIM},
        {"version", NULL, PF_OK},
        {"version", "-1", PF_BAD_CLAIM},
        {"version", "1.0", PF_BAD_CLAIM},
        {"version", "\"3\"", PF_BAD_CLAIM},
        {"user", "\"a\\nb\"", PF_BAD_CLAIM},
        {"user", "\"\xc3\xa4\"", PF_BAD_CLAIM},
        {"customer", NULL, PF_OK},
        {"customer", "{}", PF_BAD_CLAIM},
        {"groups", NULL, PF_OK},
        {"groups", "[]", PF_OK},
        {"groups", "\"billing\"", PF_BAD_CLAIM},
        {"groups", "[\"billing\",7]", PF_BAD_CLAIM},
        {"groups", "[\"\"]", PF_BAD_CLAIM},
        {"groups", "[\"a b\"]", PF_BAD_CLAIM},
        {"groups", "[[\"billing\"]]", PF_BAD_CLAIM},
        {"language", "\"de AT\"", PF_BAD_CLAIM},
        {"iat", NULL, PF_MISSING_CLAIM},
        {"iat", "1800000000", PF_BAD_CLAIM},
        {"exp", NULL, PF_MISSING_CLAIM},
        {"exp", "\"never\"", PF_BAD_CLAIM},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *claims =
            changed(SESSION_CLAIMS, rows[i].name, rows[i].value);
        pf_error_t e = open_session(local(LOCAL_A, SESSION, NULL, claims));

        assert_row(e == rows[i].e, "%s: %s", claims, pf_error_word(e));
    }
    assert_error(open_session(local(LOCAL_A, SESSION, NULL, "[]")),
                 PF_BAD_CLAIM);
    assert_error(open_session(local(LOCAL_A, SESSION, NULL,
                                    "{\"sid\":\"a\",\"sid\":\"b\"}")),
                 PF_BAD_CLAIM);
}

static void
what_would_not_open_is_not_sealed(void **state)
{
    static const struct {
        const char *sid, *user, *scope, *groups;
    } rows[] = {
        {"", "u", "portal", ""},      {"s s", "u", "portal", ""},
        {"s", "\xff", "portal", ""},  {"s", "u\n", "portal", ""},
        {"s", "u", "", ""},           {"s", "u", "portal", " a"},
        {"s", "u", "portal", "a "},   {"s", "u", "portal", "a  b"},
        {"s", "u", "portal", "a,b"},  {"s", "u", "portal", "\xc3"},
        {"s", "u", "portal", "a\tb"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        pf_session_t s = {.iat = NOW, .exp = NOW + 1};
        char token[PF_TOKEN_MAX + 1] = "x";

        strcpy(s.sid, rows[i].sid);
        strcpy(s.user, rows[i].user);
        strcpy(s.scope, rows[i].scope);
        strcpy(s.groups, rows[i].groups);
        assert_error(pf_session_seal(own, str("acme"), &s, token, sizeof token),
                     PF_BAD_CLAIM);
        assert_string_equal(token, "");
    }
}

static void
seal_for_nobody(void **state)
{
    pf_session_t s = session();
    pf_keyring_t *empty = ring_of_json("[]");
    char token[PF_TOKEN_MAX + 1];

    (void)state;
    assert_error(pf_session_seal(own, str("api"), &s, token, sizeof token),
                 PF_BAD_CLAIM);
    assert_error(pf_session_seal(own, str(""), &s, token, sizeof token),
                 PF_BAD_CLAIM);
    assert_error(pf_session_seal(empty, str("acme"), &s, token, sizeof token),
                 PF_BAD_CLAIM);
    assert_error(pf_session_seal(NULL, str("acme"), &s, token, sizeof token),
                 PF_BAD_CLAIM);
    assert_error(pf_session_seal(own, str("acme"), &s, token, 200), PF_MEMORY);
    s.iat = 0;
    assert_error(pf_session_seal(own, str("acme"), &s, token, sizeof token),
                 PF_BAD_CLAIM);
    pf_keyring_free(empty);
}

static void
as_many_groups_as_fit(void **state)
{
    pf_session_t s = session(), back;
    char token[PF_TOKEN_MAX + 1];

    (void)state;
    memset(s.groups, 'g', PF_GROUPS_MAX);
    for (size_t i = 7; i < PF_GROUPS_MAX; i += 8) {
        s.groups[i] = ' ';
    }
    s.groups[PF_GROUPS_MAX - 1] = 'g';
    assert_int_equal(strlen(s.groups), PF_GROUPS_MAX);
    assert_error(pf_session_seal(own, str("acme"), &s, token, sizeof token),
                 PF_OK);
    assert_error(session_of("acme", str(token), NOW, &back), PF_OK);
    assert_string_equal(back.groups, s.groups);
}

/* ---- keys ---- */

static void
rotation_logs_nobody_out(void **state)
{
    pf_keyring_t *before = ring_of(LOCAL_B "\n");
    pf_keyring_t *after = ring_of(LOCAL_A "\n");
    pf_session_t s = session(), back;
    char old[PF_TOKEN_MAX + 1], fresh[PF_TOKEN_MAX + 1];

    (void)state;
    assert_error(pf_session_seal(before, str("acme"), &s, old, sizeof old),
                 PF_OK);
    /* A is put in front of B: what B sealed opens, A seals from now on. */
    assert_error(session_of("acme", str(old), NOW, &back), PF_OK);
    assert_error(pf_session_seal(own, str("acme"), &s, fresh, sizeof fresh),
                 PF_OK);
    assert_error(pf_session_open(before, str("acme"), str(fresh), NOW, &back),
                 PF_UNKNOWN_KEY);
    assert_error(pf_session_open(after, str("acme"), str(fresh), NOW, &back),
                 PF_OK);
    assert_error(pf_session_open(after, str("acme"), str(old), NOW, &back),
                 PF_UNKNOWN_KEY); /* B is retired */
    assert_error(pf_session_open(NULL, str("acme"), str(old), NOW, &back),
                 PF_UNKNOWN_KEY);
    pf_keyring_free(before);
    pf_keyring_free(after);
}

static void
footers_of_strangers(void **state)
{
    char lid[PF_FOOTER_MAX];

    (void)state;
    snprintf(lid, sizeof lid, "{\"kid\":\"%s\"}", own->keys[1].kid);
    /* named B, sealed with A */
    assert_error(open_session(local(LOCAL_A, SESSION, lid, SESSION_CLAIMS)),
                 PF_FORGED);
    assert_error(open_session(local(RETIRED, SESSION, lid, SESSION_CLAIMS)),
                 PF_FORGED);
    assert_error(open_session(local(RETIRED, SESSION, NULL, SESSION_CLAIMS)),
                 PF_UNKNOWN_KEY);
    assert_error(open_session(local(LOCAL_A, SESSION, "", SESSION_CLAIMS)),
                 PF_MALFORMED);
    assert_error(open_session(local(LOCAL_A, SESSION, "{}", SESSION_CLAIMS)),
                 PF_MALFORMED);
    assert_error(open_session(local(LOCAL_A, SESSION, "[1]", SESSION_CLAIMS)),
                 PF_MALFORMED);
    assert_error(open_session(public(lid, SESSION, SESSION_CLAIMS)),
                 PF_ALGORITHM);
    assert_error(open_session(jwt("{\"alg\":\"HS256\"}", SESSION_CLAIMS, 'h')),
                 PF_MALFORMED);
}

/* ---- purposes and tenants ---- */

static void
a_token_has_one_purpose(void **state)
{
    static const struct {
        const char *assertion;
        pf_error_t session, sso, link;
    } rows[] = {
        {SESSION, PF_OK, PF_FORGED, PF_FORGED},
        {SSO, PF_FORGED, PF_OK, PF_FORGED},
        {LINK, PF_FORGED, PF_FORGED, PF_OK},
        {"pforte:session:acme2", PF_FORGED, PF_FORGED, PF_FORGED},
        {"pforte:session:", PF_FORGED, PF_FORGED, PF_FORGED},
        {"session", PF_FORGED, PF_FORGED, PF_FORGED},
        {"", PF_FORGED, PF_FORGED, PF_FORGED},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *token = local(LOCAL_A, rows[i].assertion, NULL, ALL_CLAIMS);

        assert_error(open_session(token), rows[i].session);
        assert_error(open_sso(token), rows[i].sso);
        assert_error(open_link(token), rows[i].link);
    }
}

static void
a_token_has_one_tenant(void **state)
{
    static const char *const others[] = {"acme2", "acm", "umbra", "ac-me"};
    const char *one = local(LOCAL_A, SESSION, NULL, SESSION_CLAIMS);
    const char *two = local(LOCAL_A, LINK, NULL, LINK_CLAIMS);
    pf_session_t s;
    pf_link_t l;

    (void)state;
    assert_error(session_of("acme", str(one), NOW, &s), PF_OK);
    assert_error(link_of("acme", str(two), NOW, &l), PF_OK);
    for (size_t i = 0; i < COUNT(others); i++) {
        assert_error(session_of(others[i], str(one), NOW, &s), PF_FORGED);
        assert_error(link_of(others[i], str(two), NOW, &l), PF_FORGED);
    }
    assert_error(session_of("", str(one), NOW, &s), PF_AUDIENCE);
    assert_error(session_of("acme:x", str(one), NOW, &s), PF_AUDIENCE);
    assert_error(link_of("api", str(two), NOW, &l), PF_AUDIENCE);
}

/* ---- links ---- */

static void
a_link_comes_back(void **state)
{
    pf_link_t l = {.jti = "l-1",
                   .contract = "V-17",
                   .iat = NOW,
                   .exp = NOW + 3600},
              back;
    char token[PF_TOKEN_MAX + 1];

    (void)state;
    assert_error(pf_link_seal(own, str("acme"), &l, token, sizeof token),
                 PF_OK);
    assert_error(link_of("acme", str(token), NOW, &back), PF_OK);
    assert_memory_equal(&l, &back, sizeof l);
    assert_error(link_of("acme", str(token), NOW + 3629, &back), PF_OK);
    assert_error(link_of("acme", str(token), NOW + 3630, &back), PF_EXPIRED);
    assert_string_equal(back.contract, "V-17");
    assert_error(pf_link_seal(own, str("acme"), &l, token, 50), PF_MEMORY);
    l.contract[0] = '\0';
    assert_error(pf_link_seal(own, str("acme"), &l, token, sizeof token),
                 PF_BAD_CLAIM);
    strcpy(l.contract, "\xff");
    assert_error(pf_link_seal(own, str("acme"), &l, token, sizeof token),
                 PF_BAD_CLAIM);
}

static void
each_claim_of_a_link(void **state)
{
    static const struct {
        const char *name, *value;
        pf_error_t e;
    } rows[] = {
        {NULL, NULL, PF_OK}, /* seven days */
        {"jti", NULL, PF_MISSING_CLAIM},
        {"jti", "\"\"", PF_MISSING_CLAIM},
        {"jti", "\"a b\"", PF_BAD_CLAIM},
        {"jti", "1", PF_BAD_CLAIM},
        {"contract", NULL, PF_MISSING_CLAIM},
        {"contract", "\"\\n\"", PF_BAD_CLAIM},
        {"iat", NULL, PF_MISSING_CLAIM},
        {"iat", "\"2027-01-15T07:59:59Z\"", PF_LIFE},
        {"iat", "\"2027-01-15T08:00:30Z\"", PF_OK},
        {"iat", "\"2027-01-15T08:00:31Z\"", PF_NOT_YET},
        {"exp", NULL, PF_MISSING_CLAIM},
        {"exp", "1800000060", PF_BAD_CLAIM},
        {"exp", "\"2027-01-22T08:00:01Z\"", PF_LIFE},
        {"exp", "\"2027-01-15T08:00:00Z\"", PF_LIFE},
        {"exp", "\"2027-01-15T07:00:00Z\"", PF_LIFE},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *claims = changed(LINK_CLAIMS, rows[i].name, rows[i].value);
        pf_error_t e = open_link(local(LOCAL_A, LINK, NULL, claims));

        assert_row(e == rows[i].e, "%s: %s", claims, pf_error_word(e));
    }
}

/* ---- any other text ---- */

static bool
session_opens(pf_str_t token)
{
    pf_session_t s;
    pf_error_t e = session_of("acme", token, NOW, &s);

    return e == PF_OK || e == PF_EXPIRED;
}

static bool
link_opens(pf_str_t token)
{
    pf_link_t l;
    pf_error_t e = link_of("acme", token, NOW, &l);

    return e == PF_OK || e == PF_EXPIRED;
}

static void
any_bit(void **state)
{
    (void)state;
    assert_only_itself_opens(local(LOCAL_A, SESSION, NULL, SESSION_CLAIMS),
                             session_opens);
    assert_only_itself_opens(local(LOCAL_A, LINK, NULL, LINK_CLAIMS),
                             link_opens);
}

static void
what_is_no_token(void **state)
{
    char *large = calloc(1, PF_TOKEN_MAX + 2);
    pf_session_t s;

    (void)state;
    assert_error(open_session(""), PF_ABSENT);
    assert_error(session_of("acme", (pf_str_t){0, NULL}, NOW, &s), PF_ABSENT);
    assert_error(open_link(""), PF_ABSENT);
    assert_error(open_session("v4.local."), PF_MALFORMED);
    assert_error(open_session("nonsense"), PF_MALFORMED);
    assert_error(open_session("v4.local.AAAA.e30"), PF_MALFORMED);
    memset(large, 'A', PF_TOKEN_MAX + 1);
    memcpy(large, "v4.local.", 9);
    assert_error(open_session(large), PF_MALFORMED);
    free(large);
}

/* ---- for the command line ---- */

static void
inspection_says_what_is_inside(void **state)
{
    static const struct {
        const char *key;
        int kind;
        pf_error_t e;
    } rows[] = {
        {LOCAL_A, 'l', PF_OK},
        {LOCAL_B, 'l', PF_FORGED},
        {LOCAL_A, 'p', PF_ALGORITHM},
        {LOCAL_A, 'j', PF_MALFORMED},
        {"k4.public." PUBLIC_KEY, 'p', PF_OK},
        {"k4.public." OTHER_KEY, 'p', PF_FORGED},
        {"k4.public." PUBLIC_KEY, 'l', PF_ALGORITHM},
        {"{\"kty\":\"oct\",\"alg\":\"HS256\",\"k\":\"" SECRET_64 "\"}", 'j',
         PF_OK},
        {"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"alg\":\"EdDSA\",\"x\":"
         "\"" PUBLIC_KEY "\"}",
         'j', PF_ALGORITHM},
        {"{\"kty\":\"oct\",\"alg\":\"HS256\",\"k\":\"" SECRET_64 "\"}", 'l',
         PF_MALFORMED},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *token = rows[i].kind == 'l'
                                ? local(LOCAL_A, "a", NULL, "{\"x\":1}")
                            : rows[i].kind == 'p'
                                ? public("", "a", "{\"x\":1}")
                                : jwt("{\"alg\":\"HS256\"}", "{\"x\":1}", 'h');
        pf_key_t key;
        json_t *claims;
        pf_error_t e;

        assert_error(pf_key_parse(str(rows[i].key), &key), PF_OK);
        claims = pf_token_inspect(&key, str("a"), str(token), &e);
        assert_row(e == rows[i].e, "row %zu: %s", i, pf_error_word(e));
        assert_int_equal(claims != NULL, e == PF_OK);
        if (claims) {
            assert_int_equal(json_integer_value(json_object_get(claims, "x")),
                             1);
        }
        json_decref(claims);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_comes_back),
        cmocka_unit_test(a_session_ends_on_its_second),
        cmocka_unit_test(half_of_its_life),
        cmocka_unit_test(each_claim_of_a_session),
        cmocka_unit_test(what_would_not_open_is_not_sealed),
        cmocka_unit_test(seal_for_nobody),
        cmocka_unit_test(as_many_groups_as_fit),
        CASE("X5: rotation of keys logs nobody out", rotation_logs_nobody_out),
        cmocka_unit_test(footers_of_strangers),
        CASE("X5: a token opens for the purpose it was sealed for",
             a_token_has_one_purpose),
        CASE("X1: a token opens for the tenant it was sealed for",
             a_token_has_one_tenant),
        CASE("B109: a self-service link ends with its time", a_link_comes_back),
        cmocka_unit_test(each_claim_of_a_link),
        CASE("X5: any bit flipped, any end cut off", any_bit),
        cmocka_unit_test(what_is_no_token),
        cmocka_unit_test(inspection_says_what_is_inside),
    };

    return cmocka_run_group_tests(tests, rings_make, rings_free);
}
