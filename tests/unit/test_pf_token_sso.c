/* SSO tokens: ours and the merchants', and everything that is refused. */
#include "tokens.h"

#define CLAIMS                                                                 \
    "{\"aud\":\"pforte:acme\",\"sub\":\"anna\",\"jti\":\"j-1\","               \
    "\"iat\":1800000000,\"exp\":1800000060}"
#define CLAIMS_TEXT                                                            \
    "{\"aud\":\"pforte:acme\",\"sub\":\"anna\",\"jti\":\"j-1\","               \
    "\"iat\":\"2027-01-15T08:00:00Z\",\"exp\":\"2027-01-15T09:01:00+01:00\"}"
#define HS  "{\"alg\":\"HS256\",\"kid\":\"hs\"}"
#define ED  "{\"alg\":\"EdDSA\",\"kid\":\"ed\"}"
#define PUB "{\"kid\":\"pub\"}"
#define SSO "pforte:sso:acme"

/* Opens for a tenant; what was refused must leave nothing behind. */
static pf_error_t
open_for(const char *tenant, pf_str_t token, int64_t now, pf_sso_t *out)
{
    static const pf_sso_t none;
    pf_error_t e = pf_sso_open(own, merchant, str(tenant), token, now, out);

    if (e != PF_OK && e != PF_EXPIRED) {
        assert_memory_equal(out, &none, sizeof none);
    }
    return e;
}

static pf_error_t
open_token(const char *token)
{
    pf_sso_t sso;

    return open_for("acme", str(token), NOW, &sso);
}

/* The four kinds with the same claims; times are text in v4 tokens. */
static const char *
token_of(int kind, const char *claims)
{
    switch (kind) {
    case 0:
        return jwt(HS, claims, 'h');
    case 1:
        return jwt(ED, claims, 'e');
    case 2:
        return public(PUB, "", claims);
    default:
        return local(LOCAL_A, SSO, NULL, claims);
    }
}

enum { KINDS = 4 };

static const char *
claims_of(int kind)
{
    return kind < 2 ? CLAIMS : CLAIMS_TEXT;
}

static void
four_kinds_open(void **state)
{
    static const char *const kids[KINDS] = {"hs", "ed", "pub", NULL};

    (void)state;
    for (int kind = 0; kind < KINDS; kind++) {
        pf_sso_t s;
        const char *token = token_of(kind, claims_of(kind));

        assert_error(open_for("acme", str(token), NOW, &s), PF_OK);
        assert_string_equal(s.sub, "anna");
        assert_string_equal(s.jti, "j-1");
        assert_string_equal(s.kid, kids[kind] ? kids[kind] : own->keys[0].kid);
        assert_int_equal(s.own, kind == 3);
        assert_int_equal(s.iat, NOW);
        assert_int_equal(s.exp, NOW + 60);
        assert_int_equal(s.nbf, 0);
        assert_string_equal(s.to, "");
        assert_string_equal(s.customer, "");
    }
}

static void
each_claim_is_checked(void **state)
{
    static const struct {
        const char *name, *value;
        pf_error_t e;
    } rows[] = {
        {"aud", NULL, PF_MISSING_CLAIM},
        {"aud", "[\"pforte:acme\"]", PF_OK},
        {"aud", "[\"pforte:acme\",\"pforte:other\"]", PF_AUDIENCE},
        {"aud", "[\"pforte:acme\",\"pforte:acme\"]", PF_AUDIENCE},
        {"aud", "[[\"pforte:acme\"]]", PF_AUDIENCE},
        {"aud", "[]", PF_AUDIENCE},
        {"aud", "{\"pforte:acme\":1}", PF_AUDIENCE},
        {"aud", "\"pforte:other\"", PF_AUDIENCE},
        {"aud", "\"pforte:acm\"", PF_AUDIENCE},
        {"aud", "\"pforte:acme2\"", PF_AUDIENCE},
        {"aud", "\"pforte:ACME\"", PF_AUDIENCE},
        {"aud", "\"acme\"", PF_AUDIENCE},
        {"aud", "\"\"", PF_AUDIENCE},
        {"aud", "null", PF_AUDIENCE},
        {"aud", "7", PF_AUDIENCE},
        {"sub", NULL, PF_MISSING_CLAIM},
        {"sub", "\"\"", PF_MISSING_CLAIM},
        {"sub", "\"Anna \xc3\x84gypten\"", PF_OK},
        {"sub", "7", PF_BAD_CLAIM},
        {"sub", "null", PF_BAD_CLAIM},
        {"sub", "[\"anna\"]", PF_BAD_CLAIM},
        {"sub", "\"anna\\n\"", PF_BAD_CLAIM},
        {"sub", "\"anna\\u0000\"", PF_BAD_CLAIM},
        {"sub", "\"anna\\u007f\"", PF_BAD_CLAIM},
        {"sub", "\"anna\\u0085\"", PF_BAD_CLAIM},
        {"jti", NULL, PF_MISSING_CLAIM},
        {"jti", "\"\"", PF_MISSING_CLAIM},
        {"jti", "1", PF_BAD_CLAIM},
        {"iat", NULL, PF_MISSING_CLAIM},
        {"iat", "null", PF_BAD_CLAIM},
        {"iat", "true", PF_BAD_CLAIM},
        {"iat", "\"yesterday\"", PF_BAD_CLAIM},
        {"exp", NULL, PF_MISSING_CLAIM},
        {"exp", "[]", PF_BAD_CLAIM},
        {"exp", "\"\"", PF_BAD_CLAIM},
        {"exp", "1800000060.5", PF_BAD_CLAIM},
        {"exp", "0", PF_BAD_CLAIM},
        {"exp", "-1", PF_BAD_CLAIM},
        {"exp", "253402300800", PF_BAD_CLAIM},
        {"exp", "9223372036854775807", PF_BAD_CLAIM},
        {"nbf", "false", PF_BAD_CLAIM},
        {"customer", "\"K2000\"", PF_OK},
        {"customer", "\"K 2000\"", PF_BAD_CLAIM},
        {"customer", "2000", PF_BAD_CLAIM},
        {"language", "\"de-AT\"", PF_OK},
        {"language", "\"de AT\"", PF_BAD_CLAIM},
        {"email", "\"anna@acme.example\"", PF_OK},
        {"email", "\"anna@acme.example\\r\\nBcc: x\"", PF_BAD_CLAIM},
        {"name", "\"Anna\"", PF_OK},
        {"name", "{}", PF_BAD_CLAIM},
        {"scope", "\"staff\"", PF_OK}, /* nobody reads it */
        {"own", "true", PF_OK},
    };

    (void)state;
    for (int kind = 0; kind < KINDS; kind++) {
        for (size_t i = 0; i < COUNT(rows); i++) {
            const char *claims =
                changed(claims_of(kind), rows[i].name, rows[i].value);
            pf_error_t e = open_token(token_of(kind, claims));

            assert_row(e == rows[i].e, "kind %d, %s: %s", kind, claims,
                       pf_error_word(e));
        }
    }
}

static void
lengths_have_an_end(void **state)
{
    static const struct {
        const char *name;
        size_t most;
    } rows[] = {
        {"sub", PF_NAME_MAX},    {"jti", PF_ID_MAX},
        {"customer", PF_ID_MAX}, {"language", PF_LANGUAGE_MAX},
        {"email", PF_EMAIL_MAX}, {"name", PF_NAME_MAX},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (size_t more = 0; more < 2; more++) {
            char value[PF_EMAIL_MAX + 4] = "\"";
            size_t n = rows[i].most + more;

            memset(value + 1, 'x', n);
            strcpy(value + 1 + n, "\"");
            assert_error(
                open_token(token_of(0, changed(CLAIMS, rows[i].name, value))),
                more ? PF_BAD_CLAIM : PF_OK);
        }
    }
}

/* Each kind has its standard's times, and not the other's. */
static void
times_are_numbers_or_text(void **state)
{
    (void)state;
    assert_error(open_token(token_of(0, CLAIMS_TEXT)), PF_BAD_CLAIM);
    assert_error(open_token(token_of(1, CLAIMS_TEXT)), PF_BAD_CLAIM);
    assert_error(open_token(token_of(2, CLAIMS)), PF_BAD_CLAIM);
    assert_error(open_token(token_of(3, CLAIMS)), PF_BAD_CLAIM);
}

static void
times_and_their_leeway(void **state)
{
    enum { NONE = 99999 };
    static const struct {
        int iat, exp, nbf; /* from now */
        pf_error_t e;
    } rows[] = {
        {0, 60, NONE, PF_OK},
        {0, 300, NONE, PF_OK},
        {0, 301, NONE, PF_LIFE},
        {-271, 30, NONE, PF_LIFE},
        {0, 1, NONE, PF_OK},
        {0, 0, NONE, PF_LIFE},
        {0, -1, NONE, PF_LIFE},
        {-3600, 3600, NONE, PF_LIFE},
        {30, 90, NONE, PF_OK},
        {31, 91, NONE, PF_NOT_YET},
        {3600, 3660, NONE, PF_NOT_YET},
        {-60, 0, NONE, PF_OK},
        {-60, -29, NONE, PF_OK},
        {-60, -30, NONE, PF_EXPIRED},
        {-86400, -86340, NONE, PF_EXPIRED},
        {0, 60, 0, PF_OK},
        {0, 60, -3600, PF_OK},
        {0, 60, 30, PF_OK},
        {0, 60, 31, PF_NOT_YET},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows) * KINDS; i++) {
        int kind = (int)(i % KINDS);
        const char *names[] = {"iat", "exp", "nbf"};
        int at[] = {rows[i / KINDS].iat, rows[i / KINDS].exp,
                    rows[i / KINDS].nbf};
        const char *claims = CLAIMS;
        pf_error_t e;

        for (int k = 0; k < 3 && at[k] != NONE; k++) {
            char value[24], text[21];

            snprintf(value, sizeof value, "%d", NOW + at[k]);
            if (kind >= 2) {
                pf_time_format(NOW + at[k], text);
                snprintf(value, sizeof value, "\"%s\"", text);
            }
            claims = changed(claims, names[k], value);
        }
        e = open_token(token_of(kind, claims));
        assert_row(e == rows[i / KINDS].e, "kind %d, %s: %s", kind, claims,
                   pf_error_word(e));
    }
}

static void
a_stale_token_names_itself(void **state)
{
    pf_sso_t s;

    (void)state;
    assert_error(open_for("acme", str(token_of(0, CLAIMS)), NOW + 90, &s),
                 PF_EXPIRED);
    assert_string_equal(s.jti, "j-1");
    assert_string_equal(s.kid, "hs");
    /* stale and somebody else's is somebody else's */
    assert_error(open_for("other", str(token_of(0, CLAIMS)), NOW + 90, &s),
                 PF_AUDIENCE);
}

static void
claims_that_are_no_claims(void **state)
{
    static const char *const rows[] = {
        "[]",
        "7",
        "\"x\"",
        "{",
        "{}x",
        "null",
        "{\"aud\":\"pforte:acme\",\"sub\":\"anna\",\"sub\":\"root\","
        "\"jti\":\"j\",\"iat\":1800000000,\"exp\":1800000060}",
        "{\"aud\":\"pforte:acme\",\"sub\":\"anna\",\"\\u0073ub\":\"root\","
        "\"jti\":\"j\",\"iat\":1800000000,\"exp\":1800000060}",
        "{\"aud\":[[[[[[[[\"pforte:acme\"]]]]]]]]}",
        "{\"sub\":\"\xff\"}",
    };

    (void)state;
    for (int kind = 0; kind < KINDS; kind++) {
        for (size_t i = 0; i < COUNT(rows); i++) {
            pf_error_t e = open_token(token_of(kind, rows[i]));

            assert_row(e == PF_BAD_CLAIM, "kind %d, %s: %s", kind, rows[i],
                       pf_error_word(e));
        }
    }
    assert_error(open_token(token_of(0, "{}")), PF_MISSING_CLAIM);
    assert_error(open_token(token_of(0, "")), PF_BAD_CLAIM);
}

static void
the_header_chooses_nothing(void **state)
{
    static const struct {
        const char *header;
        char how;
        pf_error_t e;
    } rows[] = {
        {"{\"alg\":\"HS256\"}", 'h', PF_OK},
        {"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"hs\"}", 'h', PF_OK},
        {"{\"alg\":\"EdDSA\"}", 'e', PF_OK}, /* one that is valid now */
        {"{\"alg\":\"none\"}", 'n', PF_ALGORITHM},
        {"{\"alg\":\"None\",\"kid\":\"hs\"}", 'n', PF_ALGORITHM},
        {"{\"alg\":\"none\",\"kid\":\"ed\"}", 'e', PF_ALGORITHM},
        {"{\"alg\":\"\"}", 'n', PF_ALGORITHM},
        {"{\"alg\":null}", 'n', PF_ALGORITHM},
        {"{}", 'n', PF_ALGORITHM},
        {"{\"alg\":\"hs256\"}", 'h', PF_ALGORITHM},
        {"{\"alg\":\"HS512\"}", 'h', PF_ALGORITHM},
        {"{\"alg\":\"RS256\",\"kid\":\"ed\"}", 'e', PF_ALGORITHM},
        {"{\"alg\":[\"HS256\"]}", 'h', PF_ALGORITHM},
        /* HS256 under the public key's bytes */
        {"{\"alg\":\"HS256\",\"kid\":\"ed\"}", 'p', PF_ALGORITHM},
        {"{\"alg\":\"HS256\",\"kid\":\"pub\"}", 'p', PF_ALGORITHM},
        {"{\"alg\":\"HS256\",\"kid\":\"hs\"}", 'p', PF_FORGED},
        {"{\"alg\":\"HS256\"}", 'p', PF_FORGED},
        {"{\"alg\":\"EdDSA\",\"kid\":\"hs\"}", 'h', PF_ALGORITHM},
        {"{\"alg\":\"EdDSA\",\"kid\":\"ed\"}", 'h', PF_FORGED},
        /* the same key, but registered for v4.public only */
        {"{\"alg\":\"EdDSA\",\"kid\":\"pub\"}", 'e', PF_ALGORITHM},
        {"{\"alg\":\"EdDSA\",\"kid\":\"old\"}", 'e', PF_UNKNOWN_KEY},
        {"{\"alg\":\"EdDSA\",\"kid\":\"ED\"}", 'e', PF_UNKNOWN_KEY},
        {"{\"alg\":\"EdDSA\",\"kid\":\"nobody\"}", 'e', PF_UNKNOWN_KEY},
        {"{\"alg\":\"HS256\",\"kid\":\"../hs\"}", 'h', PF_MALFORMED},
        {"{\"alg\":\"HS256\",\"kid\":7}", 'h', PF_MALFORMED},
        {"{\"alg\":\"HS256\",\"kid\":null}", 'h', PF_MALFORMED},
        {"{\"alg\":\"HS256\",\"crit\":[\"exp\"]}", 'h', PF_MALFORMED},
        {"{\"alg\":\"HS256\",\"b64\":false}", 'h', PF_MALFORMED},
        {"{\"alg\":\"HS256\",\"b64\":true}", 'h', PF_MALFORMED},
        {"{\"alg\":\"HS256\",\"typ\":\"JWE\"}", 'h', PF_MALFORMED},
        {"{\"alg\":\"HS256\",\"typ\":7}", 'h', PF_MALFORMED},
        {"{\"alg\":\"none\",\"alg\":\"HS256\"}", 'h', PF_MALFORMED},
        /* keys that come along are not looked at */
        {"{\"alg\":\"HS256\",\"jwk\":{\"kty\":\"oct\",\"k\":\"AA\"},"
         "\"jku\":\"https://evil.example\",\"x5c\":[]}",
         'p', PF_FORGED},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        pf_error_t e = open_token(jwt(rows[i].header, CLAIMS, rows[i].how));

        assert_row(e == rows[i].e, "%s: %s", rows[i].header, pf_error_word(e));
    }
}

static void
paseto_keys(void **state)
{
    static const struct {
        const char *footer, *assertion;
        pf_error_t e;
    } rows[] = {
        {PUB, "", PF_OK},
        {"", "", PF_OK}, /* the only one that is valid now */
        {"{}", "", PF_OK},
        {PUB, SSO, PF_FORGED},
        {"{\"kid\":\"next\"}", "", PF_UNKNOWN_KEY},
        {"{\"kid\":\"nobody\"}", "", PF_UNKNOWN_KEY},
        {"{\"kid\":\"ed\"}", "", PF_ALGORITHM},
        {"{\"kid\":\"hs\"}", "", PF_ALGORITHM},
        {"{\"kid\":\"a/b\"}", "", PF_MALFORMED},
        {"{\"kid\":\"pub\",\"kid\":\"pub\"}", "", PF_MALFORMED},
        {"pub", "", PF_MALFORMED},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        pf_error_t e =
            open_token(public(rows[i].footer, rows[i].assertion, CLAIMS_TEXT));

        assert_row(e == rows[i].e, "%s: %s", rows[i].footer, pf_error_word(e));
    }
    assert_error(open_token(local(LOCAL_B, SSO, NULL, CLAIMS_TEXT)), PF_OK);
    assert_error(open_token(local(RETIRED, SSO, NULL, CLAIMS_TEXT)),
                 PF_UNKNOWN_KEY);
    assert_error(open_token(local(LOCAL_A, SSO, "", CLAIMS_TEXT)),
                 PF_MALFORMED);
    assert_error(open_token(local(LOCAL_A, SSO, PUB, CLAIMS_TEXT)),
                 PF_UNKNOWN_KEY);
    assert_error(open_token(local(LOCAL_A, "", NULL, CLAIMS_TEXT)), PF_FORGED);
}

static void
for_another_tenant(void **state)
{
    (void)state;
    for (int kind = 0; kind < KINDS; kind++) {
        pf_sso_t s;
        const char *token = token_of(kind, claims_of(kind));

        /* ours is sealed for the tenant, theirs is addressed to it */
        assert_error(open_for("other", str(token), NOW, &s),
                     kind == 3 ? PF_FORGED : PF_AUDIENCE);
        assert_error(open_for("", str(token), NOW, &s), PF_AUDIENCE);
        assert_error(open_for("api", str(token), NOW, &s), PF_AUDIENCE);
    }
    /* sealed for the tenant, but addressed to another */
    assert_error(
        open_token(local(LOCAL_A, SSO, NULL,
                         changed(CLAIMS_TEXT, "aud", "\"pforte:other\""))),
        PF_AUDIENCE);
}

static void
without_keys(void **state)
{
    pf_keyring_t *empty = ring_of_json("[]");
    pf_sso_t s;

    (void)state;
    for (int kind = 0; kind < KINDS; kind++) {
        const char *token = token_of(kind, claims_of(kind));

        assert_error(pf_sso_open(NULL, NULL, str("acme"), str(token), NOW, &s),
                     PF_UNKNOWN_KEY);
        assert_error(
            pf_sso_open(empty, empty, str("acme"), str(token), NOW, &s),
            PF_UNKNOWN_KEY);
    }
    pf_keyring_free(empty);
}

static void
what_is_no_token(void **state)
{
    static const char *const rows[] = {
        ".",
        "..",
        "...",
        "a.b.c",
        "v4.local.",
        "v4.public.",
        "v4.local",
        "v4.secret.AAAA",
        "v3.local.AAAA",
        "v2.public.AAAA",
        "V4.local.AAAA",
        "Bearer x",
        " ",
        "null",
        "e30.e30.",
        "e30.e30.AA=",
        "e30.e30",
    };
    pf_sso_t s;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        pf_error_t e = open_token(rows[i]);

        assert_row(e == PF_MALFORMED || e == PF_ALGORITHM, "%s: %s", rows[i],
                   pf_error_word(e));
    }
    assert_error(open_token(""), PF_ABSENT);
    assert_error(open_for("acme", (pf_str_t){0, NULL}, NOW, &s), PF_ABSENT);
}

/* A claim that nobody reads makes the token long. */
static void
longer_than_the_cap(void **state)
{
    size_t fits = 0, over = 0;

    (void)state;
    for (int kind = 0; kind < KINDS; kind++) {
        for (size_t n = 2700; n < 2900; n++) {
            char pad[3000] = "\"";
            const char *token;
            bool short_enough;

            memset(pad + 1, 'x', n);
            strcpy(pad + 1 + n, "\"");
            token = token_of(kind, changed(claims_of(kind), "pad", pad));
            short_enough = strlen(token) <= PF_TOKEN_MAX;
            assert_error(open_token(token),
                         short_enough ? PF_OK : PF_MALFORMED);
            fits += short_enough;
            over += !short_enough;
        }
    }
    assert_true(fits > 100 && over > 100);
}

static void
where_to_go_next(void **state)
{
    static const struct {
        const char *to, *kept;
    } rows[] = {
        {"\"/invoices?year=2026\"", "/invoices?year=2026"},
        {"\"/\"", "/"},
        {"\"\"", ""},
        {"\"//evil.example\"", ""},
        {"\"/\\\\evil.example\"", ""},
        {"\"https://evil.example\"", ""},
        {"\"/a\\nSet-Cookie: x\"", ""},
        {"\"/%2f%2fevil.example\"", ""},
        {"7", ""},
        {"null", ""},
        {"[\"/invoices\"]", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        pf_sso_t s;
        const char *token = token_of(0, changed(CLAIMS, "to", rows[i].to));

        assert_error(open_for("acme", str(token), NOW, &s), PF_OK);
        assert_row(strcmp(s.to, rows[i].kept) == 0, "%s: %s", rows[i].to, s.to);
    }
}

static bool
opens(pf_str_t token)
{
    pf_sso_t s;
    pf_error_t e = open_for("acme", token, NOW, &s);

    return e == PF_OK || e == PF_EXPIRED;
}

static void
any_bit_of_any_kind(void **state)
{
    (void)state;
    for (int kind = 0; kind < KINDS; kind++) {
        char token[1024];

        strcpy(token, token_of(kind, claims_of(kind)));
        assert_only_itself_opens(token, opens);
    }
}

static void
sealed_by_ourselves(void **state)
{
    pf_sso_t s = {.sub = "anna",
                  .jti = "j-2",
                  .to = "/invoices",
                  .customer = "K2000",
                  .language = "de",
                  .email = "anna@acme.example",
                  .name = "Anna",
                  .iat = NOW,
                  .exp = NOW + PF_SSO_LIFE,
                  .nbf = NOW - 1},
             back;
    char token[PF_TOKEN_MAX + 1];

    (void)state;
    assert_error(pf_sso_seal(own, str("acme"), &s, token, sizeof token), PF_OK);
    assert_error(open_for("acme", str(token), NOW, &back), PF_OK);
    assert_true(back.own);
    strcpy(s.kid, own->keys[0].kid);
    s.own = true;
    assert_memory_equal(&s, &back, sizeof s);
    assert_error(pf_sso_seal(own, str("acme"), &s, token, 100), PF_MEMORY);
    assert_error(pf_sso_seal(own, str("api"), &s, token, sizeof token),
                 PF_BAD_CLAIM);
    assert_error(pf_sso_seal(NULL, str("acme"), &s, token, sizeof token),
                 PF_BAD_CLAIM);
    strcpy(s.name, "\xff");
    assert_error(pf_sso_seal(own, str("acme"), &s, token, sizeof token),
                 PF_BAD_CLAIM);
    strcpy(s.name, "");
    s.jti[0] = '\0';
    assert_int_not_equal(pf_sso_seal(own, str("acme"), &s, token, sizeof token),
                         PF_OK);
    assert_string_equal(token, "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(four_kinds_open),
        CASE("F13: each claim of an SSO token is checked",
             each_claim_is_checked),
        cmocka_unit_test(lengths_have_an_end),
        cmocka_unit_test(times_are_numbers_or_text),
        CASE("F13: an SSO token lives 300 seconds at most, from iat to exp",
             times_and_their_leeway),
        CASE("F13: an SSO token past its expiry still names itself",
             a_stale_token_names_itself),
        cmocka_unit_test(claims_that_are_no_claims),
        CASE("F13: alg none and keys of another algorithm are refused",
             the_header_chooses_nothing),
        cmocka_unit_test(paseto_keys),
        CASE("X1, F13: an SSO token opens for its own tenant only",
             for_another_tenant),
        cmocka_unit_test(without_keys),
        cmocka_unit_test(what_is_no_token),
        cmocka_unit_test(longer_than_the_cap),
        cmocka_unit_test(where_to_go_next),
        CASE("F13: any bit flipped, any end cut off", any_bit_of_any_kind),
        cmocka_unit_test(sealed_by_ourselves),
    };

    return cmocka_run_group_tests(tests, rings_make, rings_free);
}
