/* Key sets of identity providers: what is taken, what is left out. */
#include "app.h"

#include <jansson.h>

#include "tenant/jwks.h"

#define X    "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
#define OKP  "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" X "\""
#define EC_X "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\""
#define EC_Y "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\""
#define EC   "\"kty\":\"EC\",\"crv\":\"P-256\"," EC_X "," EC_Y
#define N                                                                      \
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4q"  \
    "PCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ4"  \
    "7soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBE"  \
    "Ma2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWN"  \
    "moudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
#define RSA "\"kty\":\"RSA\",\"n\":\"" N "\",\"e\":\"AQAB\""

static json_t *
read_set(const char *text, char *why, size_t size)
{
    return jwks_read(pf_str_of(text), why, size);
}

/* How many keys of a set with a good one, "z", and this one are taken. */
static size_t
with(const char *key)
{
    char why[200] = "";
    json_t *keys = read_set(
        arena_printf(arena, "{\"keys\":[{\"kid\":\"z\"," OKP "},%s]}", key),
        why, sizeof why);
    size_t n = json_array_size(keys);

    assert_string_equal(why, "");
    json_decref(keys);
    return n;
}

static void
which_keys(void **state)
{
    static const char *const taken[] = {
        "{\"kid\":\"a\"," OKP "}",
        "{\"kid\":\"a\"," EC "}",
        "{\"kid\":\"a\"," RSA "}",
        "{\"kid\":\"a\"," RSA ",\"alg\":\"RS256\",\"use\":\"sig\"}",
        "{\"kid\":\"a\"," RSA ",\"x5c\":[\"MIIC\"],\"x5t\":\"a\"}",
        "{\"kid\":\"a\"," EC ",\"not_before\":\"2026-01-01\"}",
        "{\"kid\":\"a\"," EC ",\"paserk\":\"k4.public." X "\"}",
    };
    static const char *const left[] = {
        "{" OKP "}",
        "{\"kid\":\"\"," OKP "}",
        "{\"kid\":1," OKP "}",
        "{\"kid\":\"a/b\"," OKP "}",
        "{\"kid\":\"a\"," RSA ",\"use\":\"enc\"}",
        "{\"kid\":\"a\"," RSA ",\"use\":1}",
        "{\"kid\":\"a\"," RSA ",\"alg\":\"RSA-OAEP\"}",
        "{\"kid\":\"a\"," RSA ",\"alg\":\"PS256\"}",
        "{\"kid\":\"a\"," RSA ",\"alg\":\"HS256\"}",
        "{\"kid\":\"a\"," RSA ",\"alg\":null}",
        "{\"kid\":\"a\"," RSA ",\"d\":\"AQAB\"}",
        "{\"kid\":\"a\"," EC ",\"d\":\"" X "\"}",
        "{\"kid\":\"a\",\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}",
        "{\"kid\":\"a\",\"kty\":\"EC\",\"crv\":\"P-521\"," EC_X "," EC_Y "}",
        "{\"kid\":\"a\",\"kty\":\"EC\",\"crv\":\"P-256\"," EC_X "}",
        "{\"kid\":\"a\",\"kty\":\"oct\",\"alg\":\"HS256\",\"k\":\"" X "\"}",
        "{\"kid\":\"a\",\"kty\":\"oct\",\"k\":\"" X "\"}",
        "{\"kid\":\"a\",\"paserk\":\"k4.public." X "\"}",
        "{}",
        "[]",
        "null",
        "\"a\"",
    };

    (void)state;
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        if (with(taken[i]) != 2) {
            fail_msg("left out: %s", taken[i]);
        }
    }
    for (size_t i = 0; i < sizeof left / sizeof *left; i++) {
        if (with(left[i]) != 1) {
            fail_msg("taken: %s", left[i]);
        }
    }
}

static void
what_stays_of_a_key(void **state)
{
    char why[200] = "";
    json_t *keys = read_set("{\"issuer\":\"x\",\"keys\":["
                            "{\"kid\":\"r\"," RSA ",\"use\":\"sig\","
                            "\"x5c\":[\"MIIC\"],\"paserk\":\"k4.local.x\"},"
                            "{\"kid\":\"e\"," EC ",\"not_after\":1}]}",
                            why, sizeof why);
    json_t *wanted = json_loads("[{\"alg\":\"ES256\",\"kid\":\"e\"," EC "},"
                                "{\"alg\":\"RS256\",\"kid\":\"r\"," RSA "}]",
                                0, NULL);

    (void)state;
    assert_true(json_equal(keys, wanted));
    json_decref(keys);
    json_decref(wanted);
}

static void
what_is_no_set(void **state)
{
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"", "no JSON object"},
        {"<html>", "no JSON object"},
        {"[{\"kid\":\"a\"," OKP "}]", "no JSON object"},
        {"{\"keys\":[]} x", "no JSON object"},
        {"{\"keys\":[],\"keys\":[]}", "no JSON object"},
        {"{\"keys\":[[[[[[[[[]]]]]]]]]}", "no JSON object"},
        {"{}", "no \"keys\""},
        {"{\"keys\":{}}", "no \"keys\""},
        {"{\"keys\":[]}", "none of its keys"},
        {"{\"keys\":[{\"kid\":\"a\",\"kty\":\"oct\",\"k\":\"" X "\"}]}",
         "none of its keys"},
        {"{\"keys\":[{\"kid\":\"a\"," OKP "},{\"kid\":\"a\"," EC "}]}",
         "twice"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char why[200] = "";

        assert_null(read_set(rows[i].text, why, sizeof why));
        if (!strstr(why, rows[i].why)) {
            fail_msg("%s: %s", rows[i].text, why);
        }
    }
}

static void
sizes(void **state)
{
    (void)state;
    for (int n = 32; n <= 33; n++) {
        char why[200] = "", *text = arena_strdup(arena, "{\"keys\":[");
        json_t *keys;

        for (int i = 0; i < n; i++) {
            text = arena_printf(arena, "%s%s{\"kid\":\"k%d\"," OKP "}", text,
                                i ? "," : "", i);
        }
        keys = read_set(arena_printf(arena, "%s]}", text), why, sizeof why);
        assert_int_equal(json_array_size(keys), n == 32 ? 32 : 0);
        json_decref(keys);
    }
    for (int more = 0; more <= 1; more++) {
        const char good[] = "{\"keys\":[{\"kid\":\"a\"," OKP "}]}";
        size_t len = JWKS_BYTES_MAX + (size_t)more;
        char why[200] = "", *text = arena_alloc(arena, len);
        json_t *keys;

        memset(text, ' ', len);
        memcpy(text, good, sizeof good - 1);
        keys =
            jwks_read((pf_str_t){len, (unsigned char *)text}, why, sizeof why);
        assert_int_equal(keys != NULL, more == 0);
        json_decref(keys);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(which_keys),
        TEST(what_stays_of_a_key),
        TEST(what_is_no_set),
        TEST(sizes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
