#include "unit.h"

#include <openssl/err.h>

#include "pf_jws.h"
#include "pf_paseto.h"

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

/* ---- RFC 7515, appendix A: JWS of somebody else's making ---- */

#define PAYLOAD                                                                \
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"         \
    "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ"

/* A.2: RS256 */
static const char rs256_input[] = "eyJhbGciOiJSUzI1NiJ9." PAYLOAD;
static const char rs256_signature[] =
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AA"
    "uHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAyn"
    "RFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZR"
    "mB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnv"
    "Wh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_Ioy"
    "pGlUPQGe77Rw";
static const char rsa_key[] =
    "{\"kty\":\"RSA\",\"alg\":\"RS256\",\"kid\":\"r\",\"e\":\"AQAB\",\"n\":\""
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-V"
    "aw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b"
    "32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-K"
    "XBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5"
    "IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb5"
    "4h4FRWyuXpoQ"
    "\"}";

/* A.3: ES256 */
static const char es256_input[] = "eyJhbGciOiJFUzI1NiJ9." PAYLOAD;
static const char es256_signature[] =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTU"
    "JqPP3-Kg6NU1Q";
static const char ec_key[] =
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"alg\":\"ES256\",\"kid\":\"e\","
    "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
    "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}";

/* What becomes of the signing input with that signature under the key. */
static pf_error_t
judged(const char *key_text, const char *input, const void *signature,
       size_t len)
{
    char token[PF_TOKEN_MAX];
    unsigned char out[200];
    pf_key_t key;
    pf_jws_t jws;
    pf_error_t e;
    size_t n;

    assert_error(pf_key_parse(str(key_text), &key), PF_OK);
    snprintf(token, sizeof token, "%s.%s", input, b64(signature, len));
    e = pf_jws_parse(str(token), &jws);
    if (e == PF_OK) {
        e = pf_jws_verify(&jws, &key, out, sizeof out, &n);
        assert_true(e == PF_OK || n == 0);
    }
    assert_int_equal(ERR_peek_error(), 0); /* nginx would log it as its own */
    return e;
}

static size_t
bytes_of(const char *text, unsigned char *out, size_t size)
{
    size_t len;

    assert_true(pf_base64_decode(str(text), out, size, &len));
    return len;
}

static void
rfc_7515_a2(void **state)
{
    unsigned char good[256], bad[513] = {0};
    size_t len = bytes_of(rs256_signature, good, sizeof good);

    (void)state;
    assert_int_equal(len, 256);
    assert_error(judged(rsa_key, rs256_input, good, len), PF_OK);
    assert_error(judged(rsa_key, rs256_input, good, len - 1), PF_FORGED);
    assert_error(judged(rsa_key, rs256_input, bad, len), PF_FORGED);
    assert_error(judged(rsa_key, rs256_input, bad, 0), PF_FORGED);
    assert_error(judged(rsa_key, rs256_input, bad, 512), PF_FORGED);
    assert_error(judged(rsa_key, rs256_input, bad, 513), PF_MALFORMED);
    memcpy(bad + 1, good, len); /* a zero before it */
    assert_error(judged(rsa_key, rs256_input, bad, len + 1), PF_FORGED);
    memset(bad, 0xff, sizeof bad); /* more than the modulus */
    assert_error(judged(rsa_key, rs256_input, bad, len), PF_FORGED);
    for (size_t i = 0; i < len; i += 17) {
        memcpy(bad, good, len);
        bad[i] ^= 1;
        assert_error(judged(rsa_key, rs256_input, bad, len), PF_FORGED);
    }
    assert_error(judged(rsa_key, "eyJhbGciOiJSUzI1NiJ9.e30", good, len),
                 PF_FORGED);
}

static void
rfc_7515_a3(void **state)
{
    unsigned char good[64], bad[65] = {0};
    size_t len = bytes_of(es256_signature, good, sizeof good);

    (void)state;
    assert_int_equal(len, 64);
    assert_error(judged(ec_key, es256_input, good, len), PF_OK);
    assert_error(judged(ec_key, es256_input, good, len - 1), PF_FORGED);
    memcpy(bad, good, len);
    assert_error(judged(ec_key, es256_input, bad, len + 1), PF_FORGED);
    for (size_t i = 0; i < len; i++) {
        memcpy(bad, good, len);
        bad[i] ^= 1;
        assert_error(judged(ec_key, es256_input, bad, len), PF_FORGED);
    }
    assert_error(judged(ec_key, "eyJhbGciOiJFUzI1NiJ9.e30", good, len),
                 PF_FORGED);
}

/* r and s are from 1 to the order of the curve, without it. */
static void
es256_out_of_range(void **state)
{
    static const unsigned char values[][32] = {
        {0},
        {0xff, 0xff, 0xff, 0xff, 0,    0,    0,    0,    0xff, 0xff, 0xff,
         0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17,
         0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51},
        {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
    };
    unsigned char good[64], bad[64];

    (void)state;
    bytes_of(es256_signature, good, sizeof good);
    for (size_t i = 0; i < COUNT(values); i++) {
        for (int half = 0; half <= 32; half += 32) {
            memcpy(bad, good, sizeof bad);
            memcpy(bad + half, values[i], 32);
            assert_error(judged(ec_key, es256_input, bad, 64), PF_FORGED);
        }
        memcpy(bad, values[i], 32);
        memcpy(bad + 32, values[i], 32);
        assert_error(judged(ec_key, es256_input, bad, 64), PF_FORGED);
    }
}

/* r and s of the example as libcrypto would have them: s has its top bit set.
 */
static void
es256_in_der(void **state)
{
    unsigned char good[64], der[71] = {0x30, 0x45, 0x02, 0x20};

    (void)state;
    bytes_of(es256_signature, good, sizeof good);
    memcpy(der + 4, good, 32);
    memcpy(der + 36, "\x02\x21\0", 3);
    memcpy(der + 39, good + 32, 32);
    assert_error(judged(ec_key, es256_input, der, sizeof der), PF_FORGED);
}

/* CVE-2016-10555 and its kin: what everybody may know as secret of an HMAC. */
static void
public_keys_are_no_secrets(void **state)
{
    static const char input[] = "eyJhbGciOiJIUzI1NiJ9." PAYLOAD;
    static const char *const keys[] = {rsa_key, ec_key};
    unsigned char tag[32];
    pf_key_t key;

    (void)state;
    for (size_t i = 0; i < COUNT(keys); i++) {
        assert_error(pf_key_parse(str(keys[i]), &key), PF_OK);
        for (size_t len = 0; len <= key.len; len++) {
            crypto_auth_hmacsha256_state hmac;

            crypto_auth_hmacsha256_init(&hmac, key.bytes, len);
            crypto_auth_hmacsha256_update(&hmac, (const unsigned char *)input,
                                          strlen(input));
            crypto_auth_hmacsha256_final(&hmac, tag);
            assert_error(judged(keys[i], input, tag, sizeof tag), PF_ALGORITHM);
        }
    }
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
        {"{\"alg\":\"RS256\"}", PF_OK},
        {"{\"alg\":\"ES256\"}", PF_OK},
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
        {"{\"alg\":\"RS384\"}", PF_ALGORITHM},
        {"{\"alg\":\"PS256\"}", PF_ALGORITHM},
        {"{\"alg\":\"ES256K\"}", PF_ALGORITHM},
        {"{\"alg\":\"ES384\"}", PF_ALGORITHM},
        {"{\"alg\":\"RSA-OAEP\"}", PF_ALGORITHM},
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
    static const char *const algs[] = {
        [PF_ALG_EDDSA] = "EdDSA",
        [PF_ALG_HS256] = "HS256",
        [PF_ALG_RS256] = "RS256",
        [PF_ALG_ES256] = "ES256",
    };

    (void)state;
    for (pf_alg_t alg = PF_ALG_EDDSA; alg <= PF_ALG_ES256; alg++) {
        for (pf_alg_t own = PF_ALG_LOCAL; own <= PF_ALG_ES256; own++) {
            pf_key_t key = {.alg = own, .len = 260};
            char header[64], token[256];
            unsigned char out[64];
            pf_jws_t jws;
            size_t len;

            snprintf(header, sizeof header, "{\"alg\":\"%s\"}", algs[alg]);
            snprintf(token, sizeof token, "%s.e30.AAAA",
                     b64(header, strlen(header)));
            assert_error(pf_jws_parse(str(token), &jws), PF_OK);
            assert_error(pf_jws_verify(&jws, &key, out, sizeof out, &len),
                         own == alg ? PF_FORGED : PF_ALGORITHM);
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
        CASE("X5: RFC 7515 A.2, RS256, and what is not it", rfc_7515_a2),
        CASE("X5: RFC 7515 A.3, ES256, and what is not it", rfc_7515_a3),
        CASE("X5: ES256 with r or s out of range is refused",
             es256_out_of_range),
        CASE("X5: ES256 in DER is refused", es256_in_der),
        CASE("F13: a public key is no secret of an HMAC",
             public_keys_are_no_secrets),
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
