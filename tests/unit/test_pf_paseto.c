#include "unit.h"

#include "pf_keyring.h"
#include "pf_paseto.h"

static const unsigned char key[PF_LOCAL_KEY] =
    "0123456789abcdef0123456789abcde";

/* Opens with whatever key the test names, by the kind of its name (E, S, F). */
static pf_error_t
open_vector(const json_t *test, const char *token, unsigned char *out,
            size_t size, size_t *len)
{
    pf_str_t assertion = str(text_of(test, "implicit-assertion"));
    unsigned char secret[PF_LOCAL_KEY];

    if (json_object_get(test, "key")) {
        assert_int_equal(hex_of(test, "key", secret, sizeof secret), 32);
        return pf_paseto_local_open(secret, str(token), assertion, out, size,
                                    len);
    }
    assert_int_equal(hex_of(test, "public-key", secret, sizeof secret), 32);
    return pf_paseto_public_verify(secret, str(token), assertion, out, size,
                                   len);
}

/* The token made anew from its parts. */
static pf_error_t
make_vector(const json_t *test, char *out, size_t size)
{
    pf_str_t payload = str(text_of(test, "payload"));
    pf_str_t footer = str(text_of(test, "footer"));
    pf_str_t assertion = str(text_of(test, "implicit-assertion"));
    unsigned char secret[PF_ED25519_SECRET], nonce[PF_LOCAL_NONCE];

    if (json_object_get(test, "key")) {
        hex_of(test, "key", secret, sizeof secret);
        hex_of(test, "nonce", nonce, sizeof nonce);
        return pf_paseto_local_seal(secret, nonce, payload, footer, assertion,
                                    out, size);
    }
    hex_of(test, "secret-key", secret, sizeof secret);
    return pf_paseto_public_sign(secret, payload, footer, assertion, out, size);
}

static void
official_vectors(void **state)
{
    json_t *json = vectors("paseto/v4.json", 17), *test;
    size_t i, good = 0, bad = 0;

    (void)state;
    json_array_foreach(json_object_get(json, "tests"), i, test)
    {
        const char *token = text_of(test, "token");
        unsigned char out[PF_PAYLOAD_MAX];
        char made[PF_TOKEN_MAX + 1];
        size_t len;
        pf_error_t e = open_vector(test, token, out, sizeof out, &len);

        if (json_is_true(json_object_get(test, "expect-fail"))) {
            assert_row(e != PF_OK, "opened: %s", text_of(test, "name"));
            assert_int_equal(len, 0);
            bad++;
            continue;
        }
        assert_row(e == PF_OK, "%s: %s", text_of(test, "name"),
                   pf_error_word(e));
        assert_true(pf_str_eq(span(out, len), str(text_of(test, "payload"))));
        assert_error(make_vector(test, made, sizeof made), PF_OK);
        assert_string_equal(made, token);
        good++;
    }
    assert_int_equal(good, 12);
    assert_int_equal(bad, 5);
    json_decref(json);
}

/* ---- one token of each kind, and what is done to it ---- */

static char local[512], public[512];
static unsigned char public_key[32], secret_key[64];

static int
make_tokens(void **state)
{
    unsigned char seed[32] = "a seed for v4.public";

    (void)state;
    crypto_sign_seed_keypair(public_key, secret_key, seed);
    assert_error(pf_paseto_local_seal(key, NULL, str("{\"a\":1}"),
                                      str("{\"kid\":\"k\"}"), str("x"), local,
                                      sizeof local),
                 PF_OK);
    assert_error(pf_paseto_public_sign(secret_key, str("{\"a\":1}"),
                                       str("{\"kid\":\"k\"}"), str("x"), public,
                                       sizeof public),
                 PF_OK);
    return 0;
}

static pf_error_t
open_local(const char *token, size_t len)
{
    unsigned char out[64];
    size_t n;

    return pf_paseto_local_open(key, span(token, len), str("x"), out,
                                sizeof out, &n);
}

static pf_error_t
open_public(const char *token, size_t len)
{
    unsigned char out[64];
    size_t n;

    return pf_paseto_public_verify(public_key, span(token, len), str("x"), out,
                                   sizeof out, &n);
}

typedef pf_error_t open_fn(const char *token, size_t len);

static void
spoil(const char *token, open_fn *open)
{
    size_t len = strlen(token);
    char copy[512];

    assert_error(open(token, len), PF_OK);
    for (size_t bit = 0; bit < len * 8; bit++) {
        memcpy(copy, token, len);
        copy[bit / 8] = (char)(copy[bit / 8] ^ 1 << bit % 8);
        assert_row(open(copy, len) != PF_OK, "opened with bit %zu flipped",
                   bit);
    }
    for (size_t n = 0; n < len; n++) {
        assert_row(open(token, n) != PF_OK, "opened with %zu bytes", n);
    }
}

static void
any_bit_any_end(void **state)
{
    (void)state;
    spoil(local, open_local);
    spoil(public, open_public);
}

static void
other_spellings(void **state)
{
    static const char *const tails[] = {".", "=", "\n", " ", ".e30", "\x80"};
    char text[600];

    (void)state;
    for (size_t i = 0; i < COUNT(tails); i++) {
        snprintf(text, sizeof text, "%s%s", local, tails[i]);
        assert_error(open_local(text, strlen(text)), PF_MALFORMED);
        snprintf(text, sizeof text, "%s%s", public, tails[i]);
        assert_error(open_public(text, strlen(text)), PF_MALFORMED);
    }
    snprintf(text, sizeof text, "%sA", local); /* one more zero byte */
    assert_error(open_local(text, strlen(text)), PF_FORGED);
    /* A dot with nothing behind it, where there never was a footer. */
    assert_error(pf_paseto_local_seal(key, NULL, str("{}"), str(""), str("x"),
                                      text, sizeof text),
                 PF_OK);
    assert_error(open_local(text, strlen(text)), PF_OK);
    strcat(text, ".");
    assert_error(open_local(text, strlen(text)), PF_MALFORMED);
}

static void
one_kind_never_opens_as_the_other(void **state)
{
    char text[600];

    (void)state;
    assert_error(open_local(public, strlen(public)), PF_ALGORITHM);
    assert_error(open_public(local, strlen(local)), PF_ALGORITHM);
    snprintf(text, sizeof text, "v4.local.%s", public + strlen("v4.public."));
    assert_error(open_local(text, strlen(text)), PF_FORGED);
    snprintf(text, sizeof text, "v4.public.%s", local + strlen("v4.local."));
    assert_error(open_public(text, strlen(text)), PF_FORGED);
    snprintf(text, sizeof text, "v3%s", local + 2);
    assert_error(open_local(text, strlen(text)), PF_MALFORMED);
    snprintf(text, sizeof text, "V4%s", local + 2);
    assert_error(open_local(text, strlen(text)), PF_MALFORMED);
}

static void
footer_and_assertion_are_sealed_in(void **state)
{
    const char *footer = b64("{\"kid\":\"l\"}", 11);
    unsigned char out[64];
    char text[512];
    size_t n;

    (void)state;
    snprintf(text, sizeof text, "%.*s.%s", (int)(strrchr(local, '.') - local),
             local, footer);
    assert_error(open_local(text, strlen(text)), PF_FORGED);
    *strrchr(text, '.') = '\0'; /* and none at all */
    assert_error(open_local(text, strlen(text)), PF_FORGED);
    assert_error(
        pf_paseto_local_open(key, str(local), str("y"), out, sizeof out, &n),
        PF_FORGED);
    assert_error(
        pf_paseto_local_open(key, str(local), str(""), out, sizeof out, &n),
        PF_FORGED);
    assert_error(pf_paseto_public_verify(public_key, str(public), str(""), out,
                                         sizeof out, &n),
                 PF_FORGED);
}

static void
a_weak_public_key_signs_nothing(void **state)
{
    /* Points of small order: under them a signature of zeros would do. */
    static const unsigned char weak[][32] = {{0}, {1}};
    char text[512];

    (void)state;
    for (size_t i = 0; i < COUNT(weak); i++) {
        unsigned char body[2 + 64] = "{}", out[8];
        size_t n;

        body[2] = 1; /* R is the neutral element, S is 0 */
        snprintf(text, sizeof text, "v4.public.%s", b64(body, sizeof body));
        assert_error(pf_paseto_public_verify(weak[i], str(text), str(""), out,
                                             sizeof out, &n),
                     PF_FORGED);
    }
}

static void
never_beyond_the_buffers(void **state)
{
    unsigned char out[8] = {0};
    char text[512];
    size_t n, len = strlen(local);

    (void)state;
    out[6] = 42;
    assert_error(pf_paseto_local_open(key, str(local), str("x"), out, 6, &n),
                 PF_MALFORMED);
    assert_error(
        pf_paseto_public_verify(public_key, str(public), str("x"), out, 6, &n),
        PF_MALFORMED);
    assert_int_equal(out[6], 42);
    assert_error(pf_paseto_local_open(key, str(local), str("x"), out, 7, &n),
                 PF_OK);
    for (size_t size = 0; size <= len; size++) {
        assert_error(pf_paseto_local_seal(key, NULL, str("{\"a\":1}"),
                                          str("{\"kid\":\"k\"}"), str("x"),
                                          text, size),
                     PF_MEMORY);
    }
    assert_error(pf_paseto_local_seal(key, NULL, str("{\"a\":1}"),
                                      str("{\"kid\":\"k\"}"), str("x"), text,
                                      len + 1),
                 PF_OK);
}

static void
too_long(void **state)
{
    char kid[PF_KID_MAX + 1];
    static char big[PF_TOKEN_MAX + 2], text[PF_TOKEN_MAX * 2];

    (void)state;
    memset(big, 'A', sizeof big - 1);
    memcpy(big, "v4.local.", 9);
    assert_error(open_local(big, PF_TOKEN_MAX + 1), PF_MALFORMED);
    assert_error(pf_paseto_kid(span(big, PF_TOKEN_MAX), kid, sizeof kid),
                 PF_OK);
    assert_error(pf_paseto_kid(span(big, PF_TOKEN_MAX + 1), kid, sizeof kid),
                 PF_MALFORMED);
    assert_error(pf_paseto_local_seal(key, NULL, span(big, PF_PAYLOAD_MAX + 1),
                                      str(""), str(""), text, sizeof text),
                 PF_MALFORMED);
    assert_error(pf_paseto_local_seal(key, NULL, str(""),
                                      span(big, PF_FOOTER_MAX + 1), str(""),
                                      text, sizeof text),
                 PF_MALFORMED);
    assert_error(pf_paseto_public_sign(secret_key,
                                       span(big, PF_PAYLOAD_MAX + 1), str(""),
                                       str(""), text, sizeof text),
                 PF_MALFORMED);
}

static void
kid_of_a_footer(void **state)
{
    static const struct {
        const char *footer, *kid; /* NULL: malformed */
    } rows[] = {
        {"{\"kid\":\"k4.lid.a-_~b:=\"}", "k4.lid.a-_~b:="},
        {"{\"wpk\":\"x\",\"kid\":\"a\"}", "a"},
        {"{}", ""},
        {"{\"kid\":\"\"}", ""},
        {"arbitrary-string-that-isn't-json", NULL},
        {"[\"kid\"]", NULL},
        {"{\"kid\":1}", NULL},
        {"{\"kid\":null}", NULL},
        {"{\"kid\":\"a\",\"kid\":\"b\"}", NULL},
        {"{\"kid\":\"a b\"}", NULL},
        {"{\"kid\":\"../a\"}", NULL},
        {"{\"kid\":\"a\"} ", "a"},
        {"{\"kid\":\"a\"}x", NULL},
        {"{\"a\":[[[[[[[[]]]]]]]]}", NULL},
    };
    char kid[PF_KID_MAX + 1], text[512];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        pf_error_t e;

        snprintf(text, sizeof text, "v4.public.AAAA.%s",
                 b64(rows[i].footer, strlen(rows[i].footer)));
        e = pf_paseto_kid(str(text), kid, sizeof kid);
        assert_row(e == (rows[i].kid ? PF_OK : PF_MALFORMED), "%s: %s",
                   rows[i].footer, pf_error_word(e));
        assert_string_equal(kid, rows[i].kid ? rows[i].kid : "");
    }
    assert_error(pf_paseto_kid(str("v4.local.AAAA"), kid, sizeof kid), PF_OK);
    assert_string_equal(kid, "");
    assert_error(pf_paseto_kid(str("v4.local.A.$"), kid, sizeof kid),
                 PF_MALFORMED);
    assert_error(pf_paseto_kid(str("v2.local.AAAA"), kid, sizeof kid),
                 PF_MALFORMED);
    assert_error(pf_paseto_kid(str(""), kid, sizeof kid), PF_MALFORMED);
    assert_error(pf_paseto_kid((pf_str_t){0, NULL}, kid, sizeof kid),
                 PF_MALFORMED);
}

static void
every_nonce_is_fresh(void **state)
{
    char again[512];

    (void)state;
    assert_error(pf_paseto_local_seal(key, NULL, str("{\"a\":1}"),
                                      str("{\"kid\":\"k\"}"), str("x"), again,
                                      sizeof again),
                 PF_OK);
    assert_int_equal(strlen(again), strlen(local));
    assert_string_not_equal(again, local);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE("X5: the official PASETO v4 vectors", official_vectors),
        CASE("X5: any bit flipped, any end cut off", any_bit_any_end),
        cmocka_unit_test(other_spellings),
        CASE("X5: v4.local and v4.public are not confused",
             one_kind_never_opens_as_the_other),
        CASE("X5, X1: footer and implicit assertion are sealed in",
             footer_and_assertion_are_sealed_in),
        cmocka_unit_test(a_weak_public_key_signs_nothing),
        cmocka_unit_test(never_beyond_the_buffers),
        cmocka_unit_test(too_long),
        cmocka_unit_test(kid_of_a_footer),
        cmocka_unit_test(every_nonce_is_fresh),
    };

    return cmocka_run_group_tests(tests, make_tokens, NULL);
}
