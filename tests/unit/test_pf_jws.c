#include "unit.h"

#include "pf_jws.h"

/* ---- official vectors ---- */

static void
wycheproof_ed25519(void **state)
{
    json_t *json = vectors("wycheproof/ed25519_test.json", 151), *group, *test;
    size_t i, k, valid = 0, invalid = 0;

    (void)state;
    json_array_foreach(json_object_get(json, "testGroups"), i, group)
    {
        unsigned char key[32];

        assert_int_equal(
            hex_of(json_object_get(group, "publicKey"), "pk", key, sizeof key),
            32);
        json_array_foreach(json_object_get(group, "tests"), k, test)
        {
            unsigned char message[2048], signature[256];
            size_t m = hex_of(test, "msg", message, sizeof message);
            size_t s = hex_of(test, "sig", signature, sizeof signature);
            bool good = strcmp(text_of(test, "result"), "valid") == 0;

            assert_row(pf_ed25519_ok(key, span(message, m), signature, s) ==
                           good,
                       "tcId %d: %s",
                       (int)json_integer_value(json_object_get(test, "tcId")),
                       text_of(test, "comment"));
            valid += good;
            invalid += !good;
        }
    }
    assert_int_equal(valid, 88);
    assert_int_equal(invalid, 63);
    json_decref(json);
}

/*
 * Under a key of small order one signature fits many messages: such keys may
 * stand in a ring (PASERK's vectors have one), but nothing verifies with them.
 */
static void
keys_of_small_order(void **state)
{
    static const unsigned char keys[][32] = {
        {0}, {1}, {[31] = 0x80}, {1, [31] = 0x80}};

    (void)state;
    for (size_t i = 0; i < COUNT(keys); i++) {
        unsigned char signature[64] = {1}; /* R the neutral point, S zero */

        for (int n = 0; n < 256; n++) {
            unsigned char message = (unsigned char)n;

            assert_false(
                pf_ed25519_ok(keys[i], span(&message, 1), signature, 64));
            memcpy(signature, keys[i], 32);
        }
    }
}

/*
 * Tags of 32 bytes are checked as the vectors say, whatever the key's length
 * (that is the key ring's rule). Truncated tags do not exist in JWS: all of
 * those vectors, valid ones too, must be refused.
 */
static void
wycheproof_hmac(void **state)
{
    json_t *json = vectors("wycheproof/hmac_sha256_test.json", 174), *group,
           *test;
    size_t i, k, whole = 0, truncated = 0;

    (void)state;
    json_array_foreach(json_object_get(json, "testGroups"), i, group)
    {
        bool full =
            json_integer_value(json_object_get(group, "tagSize")) == 256;

        json_array_foreach(json_object_get(group, "tests"), k, test)
        {
            unsigned char key[256], message[2048], tag[64];
            size_t n = hex_of(test, "key", key, sizeof key);
            size_t m = hex_of(test, "msg", message, sizeof message);
            size_t t = hex_of(test, "tag", tag, sizeof tag);
            bool good = full && strcmp(text_of(test, "result"), "valid") == 0;

            assert_row(pf_hs256_ok(key, n, span(message, m), tag, t) == good,
                       "tcId %d: %s",
                       (int)json_integer_value(json_object_get(test, "tcId")),
                       text_of(test, "comment"));
            whole += full;
            truncated += !full;
        }
    }
    assert_int_equal(whole, 87);
    assert_int_equal(truncated, 87);
    json_decref(json);
}

static void
a_tag_with_something_behind(void **state)
{
    unsigned char key[32] = "k", tag[64] = {0};

    (void)state;
    crypto_auth_hmacsha256(tag, (const unsigned char *)"m", 1, key);
    assert_true(pf_hs256_ok(key, 32, str("m"), tag, 32));
    for (size_t n = 0; n <= sizeof tag; n++) {
        assert_int_equal(pf_hs256_ok(key, 32, str("m"), tag, n), n == 32);
    }
}

/* RFC 8037, appendix A.4: a JWS of somebody else's making. */
static void
rfc_8037(void **state)
{
    const char *token =
        "eyJhbGciOiJFZERTQSJ9."
        "RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsP"
        "t9g7sVvpAr_MuM0KAg";
    unsigned char out[64];
    pf_key_t key;
    pf_jws_t jws;
    size_t len;

    (void)state;
    assert_error(
        pf_key_parse(str("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"alg\":"
                         "\"EdDSA\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlr"
                         "wIaaPcHURo\"}"),
                     &key),
        PF_OK);
    assert_error(pf_jws_parse(str(token), &jws), PF_OK);
    assert_int_equal(jws.alg, PF_ALG_EDDSA);
    assert_string_equal(jws.kid, "");
    assert_error(pf_jws_verify(&jws, &key, out, sizeof out, &len), PF_OK);
    assert_true(pf_str_eq(span(out, len), str("Example of Ed25519 signing")));
    assert_error(pf_jws_verify(&jws, &key, out, 25, &len), PF_MALFORMED);
    key.bytes[0] ^= 1;
    assert_error(pf_jws_verify(&jws, &key, out, sizeof out, &len), PF_FORGED);
}

/* ---- headers ---- */

static void
headers(void **state)
{
    static const struct {
        const char *header;
        pf_error_t e;
    } rows[] = {
        {"{\"alg\":\"EdDSA\"}", PF_OK},
        {"{\"alg\":\"HS256\"}", PF_OK},
        {"{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"k:1=\"}", PF_OK},
        {"{\"alg\":\"EdDSA\",\"typ\":\"jwt\"}", PF_OK},
        {"{\"alg\":\"EdDSA\",\"jku\":\"https://evil\",\"jwk\":{},\"x5u\":1}",
         PF_OK}, /* never read */
        {"{\"alg\":\"none\"}", PF_ALGORITHM},
        {"{\"alg\":\"None\"}", PF_ALGORITHM},
        {"{\"alg\":\"NONE\"}", PF_ALGORITHM},
        {"{\"alg\":\"\"}", PF_ALGORITHM},
        {"{\"alg\":null}", PF_ALGORITHM},
        {"{\"alg\":1}", PF_ALGORITHM},
        {"{\"alg\":[\"EdDSA\"]}", PF_ALGORITHM},
        {"{}", PF_ALGORITHM},
        {"{\"alg\":\"eddsa\"}", PF_ALGORITHM},
        {"{\"alg\":\"hs256\"}", PF_ALGORITHM},
        {"{\"alg\":\"HS384\"}", PF_ALGORITHM},
        {"{\"alg\":\"HS512\"}", PF_ALGORITHM},
        {"{\"alg\":\"RS256\"}", PF_ALGORITHM},
        {"{\"alg\":\"ES256\"}", PF_ALGORITHM},
        {"{\"alg\":\"EdDSA \"}", PF_ALGORITHM},
        {"{\"alg\":\"none\",\"alg\":\"EdDSA\"}", PF_MALFORMED},
        {"{\"alg\":\"EdDSA\",\"crit\":[\"exp\"]}", PF_MALFORMED},
        {"{\"alg\":\"EdDSA\",\"crit\":[]}", PF_MALFORMED},
        {"{\"alg\":\"EdDSA\",\"crit\":null}", PF_MALFORMED},
        {"{\"alg\":\"EdDSA\",\"b64\":false}", PF_MALFORMED},
        {"{\"alg\":\"EdDSA\",\"b64\":true}", PF_MALFORMED},
        {"{\"alg\":\"EdDSA\",\"typ\":\"JWE\"}", PF_MALFORMED},
        {"{\"alg\":\"EdDSA\",\"typ\":\"at+jwt\"}", PF_MALFORMED},
        {"{\"alg\":\"EdDSA\",\"typ\":\"\"}", PF_MALFORMED},
        {"{\"alg\":\"EdDSA\",\"typ\":null}", PF_MALFORMED},
        {"{\"alg\":\"EdDSA\",\"kid\":1}", PF_MALFORMED},
        {"{\"alg\":\"EdDSA\",\"kid\":\"a/../b\"}", PF_MALFORMED},
        {"{\"alg\":\"EdDSA\",\"kid\":\"a' or 1=1\"}", PF_MALFORMED},
        {"{\"alg\":\"EdDSA\",\"kid\":\"a\\u0000b\"}", PF_MALFORMED},
        {"{\"alg\":\"EdDSA\",\"kid\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
         "aaaaaaaaaaaaaaaaaaaaaaaaaa\"}",
         PF_MALFORMED}, /* 65 characters */
        {"[]", PF_MALFORMED},
        {"\"EdDSA\"", PF_MALFORMED},
        {"", PF_MALFORMED},
        {"{\"alg\":\"EdDSA\",\"a\":[[[[[[[[]]]]]]]]}", PF_MALFORMED},
    };
    char token[1024];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        pf_jws_t jws;
        pf_error_t e;

        snprintf(token, sizeof token, "%s.e30.AAAA",
                 b64(rows[i].header, strlen(rows[i].header)));
        e = pf_jws_parse(str(token), &jws);
        assert_row(e == rows[i].e, "%s: %s", rows[i].header, pf_error_word(e));
    }
}

static void
header_of_512_bytes(void **state)
{
    char header[600], token[1024];

    (void)state;
    for (int n = 512; n <= 513; n++) {
        pf_jws_t jws;

        snprintf(header, sizeof header, "{\"alg\":\"EdDSA\",\"a\":\"%0*d\"}",
                 n - 22, 0);
        assert_int_equal(strlen(header), n);
        snprintf(token, sizeof token, "%s.e30.AAAA", b64(header, (size_t)n));
        assert_error(pf_jws_parse(str(token), &jws),
                     n == 512 ? PF_OK : PF_MALFORMED);
    }
}

static void
three_parts(void **state)
{
    static const char *const rows[] = {
        "",
        ".",
        "..",
        "eyJhbGciOiJFZERTQSJ9",
        "eyJhbGciOiJFZERTQSJ9.e30",
        "eyJhbGciOiJFZERTQSJ9.e30.AAAA.AAAA",
        "eyJhbGciOiJFZERTQSJ9.e30.AAAA.AAAA.AAAA",
        ".e30.AAAA",
        "eyJhbGciOiJFZERTQSJ9=.e30.AAAA",
        "eyJhbGciOiJFZERTQSJ9.e30.AAA=",
        "eyJhbGciOiJFZERTQSJ9.e30.AAB", /* bits left over */
        "eyJhbGciOiJFZERTQSJ9.e30.AAAA\n",
        "eyJhbGciOiJFZERTQSJ9.e30. AAAA",
        " eyJhbGciOiJFZERTQSJ9.e30.AAAA",
        "eyJhbGciOiJFZERTQSJ9.e30.A+/A",
    };
    static char big[PF_TOKEN_MAX + 2] = "eyJhbGciOiJFZERTQSJ9.";
    pf_jws_t jws;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_row(pf_jws_parse(str(rows[i]), &jws) == PF_MALFORMED,
                   "accepted: %s", rows[i]);
    }
    assert_error(pf_jws_parse((pf_str_t){0, NULL}, &jws), PF_MALFORMED);
    memset(big + 21, 'A', sizeof big - 21 - 1);
    memcpy(big + PF_TOKEN_MAX - 5, ".AAAA", 5);
    assert_error(pf_jws_parse(span(big, PF_TOKEN_MAX), &jws), PF_OK);
    big[PF_TOKEN_MAX] = 'A';
    assert_error(pf_jws_parse(span(big, PF_TOKEN_MAX + 1), &jws), PF_MALFORMED);
}

/* ---- the key decides ---- */

static void
the_key_decides(void **state)
{
    static const char *const algs[] = {"EdDSA", "HS256"};
    static const pf_alg_t kinds[] = {PF_ALG_LOCAL, PF_ALG_PUBLIC, PF_ALG_EDDSA,
                                     PF_ALG_HS256};

    (void)state;
    for (size_t i = 0; i < COUNT(algs); i++) {
        for (size_t k = 0; k < COUNT(kinds); k++) {
            pf_key_t key = {.alg = kinds[k], .len = 32};
            char header[64], token[256];
            unsigned char out[64];
            pf_jws_t jws;
            size_t len;
            bool same = (i == 0 && kinds[k] == PF_ALG_EDDSA) ||
                        (i == 1 && kinds[k] == PF_ALG_HS256);

            snprintf(header, sizeof header, "{\"alg\":\"%s\"}", algs[i]);
            snprintf(token, sizeof token, "%s.e30.AAAA",
                     b64(header, strlen(header)));
            assert_error(pf_jws_parse(str(token), &jws), PF_OK);
            assert_error(pf_jws_verify(&jws, &key, out, sizeof out, &len),
                         same ? PF_FORGED : PF_ALGORITHM);
        }
    }
}

static void
an_empty_signature(void **state)
{
    pf_key_t key = {.alg = PF_ALG_HS256, .len = 32};
    unsigned char out[64];
    pf_jws_t jws;
    size_t len;

    (void)state;
    assert_error(pf_jws_parse(str("eyJhbGciOiJIUzI1NiJ9.e30."), &jws), PF_OK);
    assert_error(pf_jws_verify(&jws, &key, out, sizeof out, &len), PF_FORGED);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE("X5: Wycheproof, Ed25519", wycheproof_ed25519),
        cmocka_unit_test(keys_of_small_order),
        CASE("X5: Wycheproof, HMAC-SHA-256", wycheproof_hmac),
        cmocka_unit_test(a_tag_with_something_behind),
        cmocka_unit_test(rfc_8037),
        CASE("F13: alg none, crit, foreign typ and bad kid are refused",
             headers),
        cmocka_unit_test(header_of_512_bytes),
        cmocka_unit_test(three_parts),
        CASE("F13: the key's algorithm counts, not the header's",
             the_key_decides),
        CASE("F13: an empty signature is no signature", an_empty_signature),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
