#include "unit.h"

#include "pf_keyring.h"

enum { NOW = 1795512600 };

#define ZERO "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

#define LOCAL_1 "k4.local.cHFyc3R1dnd4eXp7fH1-f4CBgoOEhYaHiImKi4yNjo8"
#define LOCAL_2 "k4.local.cHFyc3R1dnd4eXp7fH1-f4CBgoOEhYaHiImKi4yNjpA"
#define PUBLIC  "k4.public.cHFyc3R1dnd4eXp7fH1-f4CBgoOEhYaHiImKi4yNjo8"
#define LID_1   "k4.lid.iVtYQDjr5gEijCSjJC3fQaJm7nCeQSeaty0Jixy8dbsk"
#define LID_2   "k4.lid.-v0wjDR1FVxNT2to41Ay1P4_8X6HIxnybX1nZ1a4FCTm"
#define X       "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
#define K_32    "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"
#define OKP     "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"alg\":\"EdDSA\""
#define EC      "\"kty\":\"EC\",\"crv\":\"P-256\",\"alg\":\"ES256\""
#define EC_X    "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
#define EC_Y    "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
#define OCT     "\"kty\":\"oct\",\"alg\":\"HS256\""

/* ---- official vectors ---- */

/* Every PASERK of the file is read and written; those that must fail, fail. */
static void
paserk_forms(const char *file, pf_alg_t alg, int cases)
{
    json_t *json = vectors(file, cases), *test;
    size_t i;

    json_array_foreach(json_object_get(json, "tests"), i, test)
    {
        const char *paserk = text_of(test, "paserk");
        pf_key_t key = {.alg = alg};
        char out[128];
        unsigned char bytes[256];
        size_t len = hex_of(test, "key", bytes, sizeof bytes);

        if (json_is_true(json_object_get(test, "expect-fail"))) {
            /* Either a text that is no key, or bytes that have no text. */
            key.len = len <= sizeof key.bytes ? len : sizeof key.bytes;
            assert_int_not_equal(*paserk
                                     ? pf_key_parse(str(paserk), &key)
                                     : pf_paserk_format(&key, out, sizeof out),
                                 PF_OK);
            continue;
        }
        assert_error(pf_key_parse(str(paserk), &key), PF_OK);
        assert_int_equal(key.alg, alg);
        assert_int_equal(key.len, len);
        assert_memory_equal(key.bytes, bytes, len);
        assert_error(pf_paserk_format(&key, out, sizeof out), PF_OK);
        assert_string_equal(out, paserk);
    }
    assert_int_equal(i, cases);
    json_decref(json);
}

static void
paserk_local(void **state)
{
    (void)state;
    paserk_forms("paseto/k4.local.json", PF_ALG_LOCAL, 5);
}

static void
paserk_public(void **state)
{
    (void)state;
    paserk_forms("paseto/k4.public.json", PF_ALG_PUBLIC, 4);
}

static void
paserk_ids(const char *file, pf_alg_t alg, int cases)
{
    json_t *json = vectors(file, cases), *test;
    size_t i;

    json_array_foreach(json_object_get(json, "tests"), i, test)
    {
        pf_key_t key = {.alg = alg};
        char out[PF_KID_MAX + 1];
        pf_error_t e;

        key.len = hex_of(test, "key", key.bytes, sizeof key.bytes);
        e = pf_paserk_id(&key, out);
        if (json_is_true(json_object_get(test, "expect-fail"))) {
            assert_int_not_equal(e, PF_OK);
        } else {
            assert_error(e, PF_OK);
            assert_string_equal(out, text_of(test, "paserk"));
        }
    }
    assert_int_equal(i, cases);
    json_decref(json);
}

static void
paserk_lid(void **state)
{
    (void)state;
    paserk_ids("paseto/k4.lid.json", PF_ALG_LOCAL, 4);
}

static void
paserk_pid(void **state)
{
    (void)state;
    paserk_ids("paseto/k4.pid.json", PF_ALG_PUBLIC, 5);
}

/* ---- one key ---- */

static void
one_key_from_text(void **state)
{
    static const struct {
        const char *text;
        pf_error_t e;
    } rows[] = {
        {LOCAL_1, PF_OK},
        {PUBLIC, PF_OK},
        {"{\"kid\":\"a\"," OKP ",\"x\":\"" X "\"}", PF_OK},
        {"{\"kid\":\"a\"," OCT ",\"k\":\"" K_32 "\"}", PF_OK},
        {"{\"kid\":\"a\",\"paserk\":\"" PUBLIC "\"}", PF_OK},
        {"{\"kid\":\"a\"," OKP ",\"x\":\"" X
         "\",\"not_before\":1,\"not_after\":2}",
         PF_OK},
        {"", PF_ABSENT},
        {"k4.local.", PF_MALFORMED},
        {LOCAL_1 "A", PF_MALFORMED},
        {LOCAL_1 "=", PF_MALFORMED},
        {LOCAL_1 "\n", PF_MALFORMED},
        {"K4.local.cHFyc3R1dnd4eXp7fH1-f4CBgoOEhYaHiImKi4yNjo8", PF_MALFORMED},
        {"k3.local.cHFyc3R1dnd4eXp7fH1-f4CBgoOEhYaHiImKi4yNjo8", PF_MALFORMED},
        {"k4.secret.cHFyc3R1dnd4eXp7fH1-f4CBgoOEhYaHiImKi4yNjo8", PF_MALFORMED},
        {LID_1, PF_MALFORMED},
        {"-----BEGIN PUBLIC KEY-----", PF_MALFORMED},
        {"{}", PF_ALGORITHM},
        {"{", PF_MALFORMED},
        {"{\"kid\":\"a\",\"kid\":\"a\"," OKP ",\"x\":\"" X "\"}", PF_MALFORMED},
        /* the type, the curve and alg must say the same */
        {"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" X "\"}", PF_ALGORITHM},
        {"{\"kty\":\"oct\",\"k\":\"" K_32 "\"}", PF_ALGORITHM},
        {"{\"kty\":\"oct\",\"alg\":\"none\",\"k\":\"" K_32 "\"}", PF_ALGORITHM},
        {"{\"kty\":\"oct\",\"alg\":\"HS512\",\"k\":\"" K_32 "\"}",
         PF_ALGORITHM},
        {"{\"kty\":\"oct\",\"alg\":\"EdDSA\",\"k\":\"" K_32 "\"}",
         PF_ALGORITHM},
        {"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"alg\":\"HS256\",\"x\":\"" X
         "\"}",
         PF_ALGORITHM},
        {"{\"kty\":\"OKP\",\"crv\":\"X25519\",\"alg\":\"EdDSA\",\"x\":\"" X
         "\"}",
         PF_ALGORITHM},
        {"{" EC ",\"x\":\"" EC_X "\",\"y\":\"" EC_Y "\"}", PF_OK},
        {"{\"kty\":\"EC\",\"crv\":\"P-384\",\"alg\":\"ES256\",\"x\":\"" EC_X
         "\",\"y\":\"" EC_Y "\"}",
         PF_ALGORITHM},
        {"{\"kty\":\"EC\",\"crv\":\"P-256\",\"alg\":\"RS256\",\"x\":\"" EC_X
         "\",\"y\":\"" EC_Y "\"}",
         PF_ALGORITHM},
        {"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_X "\",\"y\":\"" EC_Y
         "\"}",
         PF_ALGORITHM},
        {"{" EC ",\"x\":\"" EC_Y "\",\"y\":\"" EC_X "\"}",
         PF_MALFORMED}, /* not on the curve */
        {"{" EC ",\"x\":\"" ZERO "\",\"y\":\"" ZERO "\"}", PF_MALFORMED},
        {"{" EC ",\"x\":\"" EC_X "\"}", PF_MALFORMED},
        {"{" EC ",\"x\":\"" EC_X "\",\"y\":\"AQAB\"}", PF_MALFORMED},
        {"{" EC ",\"x\":\"" EC_X "\",\"y\":\"" EC_Y "\",\"d\":\"" EC_X "\"}",
         PF_MALFORMED},
        /* our symmetric key is nobody else's */
        {"{\"kid\":\"a\",\"paserk\":\"" LOCAL_1 "\"}", PF_ALGORITHM},
        /* material */
        {"{" OKP "}", PF_MALFORMED},
        {"{" OKP ",\"x\":1}", PF_MALFORMED},
        {"{" OKP ",\"x\":\"\"}", PF_MALFORMED},
        {"{" OKP ",\"x\":\"" X "=\"}", PF_MALFORMED},
        {"{" OKP ",\"x\":\"" X "AAAA\"}", PF_MALFORMED},
        {"{" OKP ",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHUR\"}",
         PF_MALFORMED},
        {"{" OCT ",\"k\":\"\"}", PF_MALFORMED},
        {"{" OCT ",\"k\":\"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZQ\"}",
         PF_MALFORMED}, /* 31 bytes */
        {"{" OKP ",\"x\":\"" X "\",\"d\":\"" X "\"}", PF_MALFORMED},
        /* kid and dates */
        {"{\"kid\":1," OKP ",\"x\":\"" X "\"}", PF_MALFORMED},
        {"{\"kid\":\"../../etc\"," OKP ",\"x\":\"" X "\"}", PF_MALFORMED},
        {"{\"kid\":\"a b\"," OKP ",\"x\":\"" X "\"}", PF_MALFORMED},
        {"{" OKP ",\"x\":\"" X "\",\"not_after\":\"1\"}", PF_MALFORMED},
        {"{" OKP ",\"x\":\"" X "\",\"not_after\":1.5}", PF_MALFORMED},
        {"{" OKP ",\"x\":\"" X "\",\"not_before\":-1}", PF_MALFORMED},
    };
    static const pf_key_t wiped;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        pf_key_t key;
        pf_error_t e = pf_key_parse(str(rows[i].text), &key);

        assert_row(e == rows[i].e, "%s: %s", rows[i].text, pf_error_word(e));
        if (e != PF_OK) {
            assert_memory_equal(&key, &wiped, sizeof key);
        }
    }
}

static void
a_key_knows_its_algorithm(void **state)
{
    static const struct {
        const char *text, *kid;
        pf_alg_t alg;
        size_t len;
    } rows[] = {
        {LOCAL_1, LID_1, PF_ALG_LOCAL, 32},
        {PUBLIC, "k4.pid.9ShR3xc8-qVJ_di0tc9nx0IDIqbatdeM2mqLFBJsKRHs",
         PF_ALG_PUBLIC, 32},
        {"{\"kid\":\"m:1\"," OKP ",\"x\":\"" X "\"}", "m:1", PF_ALG_EDDSA, 32},
        {"{\"kid\":\"m=2\"," OCT ",\"k\":\"" K_32 "\"}", "m=2", PF_ALG_HS256,
         32},
        {"{\"kid\":\"m-3\",\"paserk\":\"" PUBLIC "\"}", "m-3", PF_ALG_PUBLIC,
         32},
        {"{\"paserk\":\"" PUBLIC "\"}",
         "k4.pid.9ShR3xc8-qVJ_di0tc9nx0IDIqbatdeM2mqLFBJsKRHs", PF_ALG_PUBLIC,
         32},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        pf_key_t key;

        assert_error(pf_key_parse(str(rows[i].text), &key), PF_OK);
        assert_int_equal(key.alg, rows[i].alg);
        assert_int_equal(key.len, rows[i].len);
        assert_string_equal(key.kid, rows[i].kid);
    }
}

static void
secrets_of_32_to_128_bytes(void **state)
{
    unsigned char secret[PF_HS256_MAX + 1];
    char text[512];

    (void)state;
    memset(secret, 's', sizeof secret);
    for (size_t n = 0; n <= sizeof secret; n++) {
        pf_key_t key;
        bool ok = n >= PF_HS256_MIN && n <= PF_HS256_MAX;

        snprintf(text, sizeof text, "{\"kid\":\"a\"," OCT ",\"k\":\"%s\"}",
                 b64(secret, n));
        assert_row((pf_key_parse(str(text), &key) == PF_OK) == ok, "%zu bytes",
                   n);
    }
}

/* An RSA key with these bytes of modulus and exponent, and a member more. */
static pf_error_t
rsa_key(const unsigned char *n, size_t n_len, const char *e, const char *more)
{
    char text[4096];
    pf_key_t key;

    snprintf(text, sizeof text,
             "{\"kty\":\"RSA\",\"alg\":\"RS256\",\"n\":\"%s\",\"e\":\"%s\"%s}",
             b64(n, n_len), e, more);
    return pf_key_parse(str(text), &key);
}

static void
rsa_keys(void **state)
{
    static const char *const private_parts[] = {"d",  "p",  "q",  "dp",
                                                "dq", "qi", "oth"};
    static const struct {
        const char *e;
        bool ok;
    } exponents[] = {
        {"AQAB", true},   {"Aw", true},
        {"_____w", true}, {"AAEAAQ", true},
        {"", false},      {"AA", false},
        {"AQ", false},    {"Ag", false},
        {"AQAA", false},  /* even */ {"AQAAAAE", false}, /* five bytes */
        {"AQAB=", false},
    };
    unsigned char n[520], first;
    char more[40];

    (void)state;
    memset(n, 0xff, sizeof n);
    for (size_t len = 0; len <= sizeof n; len += 4) {
        pf_error_t want = len >= 256 && len <= 512 ? PF_OK : PF_MALFORMED;

        assert_row(rsa_key(n, len, "AQAB", "") == want, "%zu bytes", len);
    }
    for (size_t i = 0; i < COUNT(exponents); i++) {
        assert_row((rsa_key(n, 256, exponents[i].e, "") == PF_OK) ==
                       exponents[i].ok,
                   "exponent %s", exponents[i].e);
    }
    for (size_t i = 0; i < COUNT(private_parts); i++) {
        snprintf(more, sizeof more, ",\"%s\":\"AQAB\"", private_parts[i]);
        assert_row(rsa_key(n, 256, "AQAB", more) == PF_MALFORMED, "with %s",
                   private_parts[i]);
    }
    n[255] = 0xfe; /* even */
    assert_error(rsa_key(n, 256, "AQAB", ""), PF_MALFORMED);
    n[255] = 0xff;
    for (first = 0x80; first; first >>= 1) { /* 2048 bits, and less */
        n[0] = first;
        assert_error(rsa_key(n, 256, "AQAB", ""),
                     first & 0x80 ? PF_OK : PF_MALFORMED);
        assert_error(rsa_key(n, 257, "AQAB", ""), PF_OK);
    }
    n[0] = 0;
    assert_error(rsa_key(n, 257, "AQAB", ""), PF_MALFORMED);
}

/* What a key set of somebody may leave out. */
static void
alg_of_a_jwk(void **state)
{
    static const struct {
        const char *jwk, *alg;
    } rows[] = {
        {"{\"kty\":\"OKP\",\"crv\":\"Ed25519\"}", "EdDSA"},
        {"{\"kty\":\"OKP\",\"crv\":\"Ed448\"}", NULL},
        {"{\"kty\":\"OKP\"}", NULL},
        {"{\"kty\":\"EC\",\"crv\":\"P-256\"}", "ES256"},
        {"{\"kty\":\"EC\",\"crv\":\"P-521\"}", NULL},
        {"{\"kty\":\"RSA\"}", "RS256"},
        {"{\"kty\":\"oct\"}", "HS256"},
        {"{\"kty\":1}", NULL},
        {"{}", NULL},
        {"[]", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        json_t *jwk = json_loads(rows[i].jwk, 0, NULL);
        const char *alg = pf_jwk_alg(jwk);

        assert_row(rows[i].alg ? alg && strcmp(alg, rows[i].alg) == 0 : !alg,
                   "%s: %s", rows[i].jwk, alg ? alg : "none");
        json_decref(jwk);
    }
}

static void
generated_keys_differ(void **state)
{
    pf_key_t a, b, back;
    char text[128];

    (void)state;
    pf_key_generate(&a);
    pf_key_generate(&b);
    assert_string_not_equal(a.kid, b.kid);
    assert_error(pf_paserk_format(&a, text, sizeof text), PF_OK);
    assert_error(pf_key_parse(str(text), &back), PF_OK);
    assert_memory_equal(a.bytes, back.bytes, 32);
    assert_string_equal(a.kid, back.kid);
    assert_error(pf_paserk_format(&a, text, 20), PF_MEMORY);
    assert_error(pf_paserk_format(&a, text, 3), PF_MEMORY);
    a.len = 31;
    assert_error(pf_paserk_format(&a, text, sizeof text), PF_MALFORMED);
    assert_error(pf_paserk_id(&a, text), PF_MALFORMED);
    a.alg = PF_ALG_HS256; /* has no PASERK form */
    assert_error(pf_paserk_format(&a, text, sizeof text), PF_ALGORITHM);
}

static void
kid_alphabet(void **state)
{
    char kid[PF_KID_MAX + 2];

    (void)state;
    for (int c = 0; c < 256; c++) {
        unsigned char byte = (unsigned char)c;
        bool ok = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                  (c >= '0' && c <= '9') || (c && strchr("._~-:=", c));

        assert_row(pf_kid_ok(span(&byte, 1)) == ok, "byte %d", c);
    }
    memset(kid, 'a', sizeof kid);
    assert_false(pf_kid_ok(str("")));
    assert_true(pf_kid_ok(span(kid, PF_KID_MAX)));
    assert_false(pf_kid_ok(span(kid, PF_KID_MAX + 1)));
}

/* ---- rings ---- */

static void
ring_files(void **state)
{
    static const struct {
        const char *text, *why; /* NULL: fine */
        size_t n;
    } rows[] = {
        {LOCAL_1, NULL, 1},
        {LOCAL_1 "\n" LOCAL_2 "\n", NULL, 2},
        {"# a comment\n\n  " LOCAL_1 " \r\n\t# another\n" LOCAL_2, NULL, 2},
        {"", "there is no key", 0},
        {"# nothing\n", "there is no key", 0},
        {LOCAL_1 "\n" LOCAL_1 "\n", "line 2", 0},
        {LOCAL_1 "\n\nnonsense\n", "line 3", 0},
        {PUBLIC "\n", "line 1", 0},
        {LOCAL_1 " # behind it\n", "line 1", 0},
        {"{\"kid\":\"a\"," OCT ",\"k\":\"" K_32 "\"}", "line 1", 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char why[100] = "";
        pf_keyring_t *ring =
            pf_keyring_parse(str(rows[i].text), why, sizeof why);

        if (rows[i].why) {
            assert_row(!ring && strstr(why, rows[i].why), "row %zu: %s", i,
                       why);
            assert_null(strstr(why, "cHFyc3R1")); /* no key in a message */
        } else {
            assert_row(ring && ring->n == rows[i].n, "row %zu: %s", i, why);
            assert_string_equal(ring->keys[0].kid, LID_1); /* the sealing one */
        }
        pf_keyring_free(ring);
    }
    pf_keyring_free(NULL);
}

static void
a_zero_byte_is_no_blank(void **state)
{
    static const char behind[] = LOCAL_1 "\0";
    static const char before[] = "\0" LOCAL_1;
    static const char between[] = LOCAL_1 "\n\0\n" LOCAL_2;
    char why[100];

    (void)state;
    assert_null(
        pf_keyring_parse(span(behind, sizeof behind - 1), why, sizeof why));
    assert_null(
        pf_keyring_parse(span(before, sizeof before - 1), why, sizeof why));
    assert_null(
        pf_keyring_parse(span(between, sizeof between - 1), why, sizeof why));
}

/* n lines, each with a key of its own. */
static pf_keyring_t *
ring_of(size_t n, char *why, size_t size)
{
    char text[8192] = "";

    for (size_t i = 0; i < n; i++) {
        pf_key_t key;
        char line[128];

        pf_key_generate(&key);
        pf_paserk_format(&key, line, sizeof line);
        strcat(strcat(text, line), "\n");
    }
    return pf_keyring_parse(str(text), why, size);
}

static void
sixty_four_keys_at_most(void **state)
{
    char why[100];
    pf_keyring_t *ring = ring_of(PF_KEYRING_MAX, why, sizeof why);

    (void)state;
    assert_non_null(ring);
    assert_int_equal(ring->n, PF_KEYRING_MAX);
    pf_keyring_free(ring);
    assert_null(ring_of(PF_KEYRING_MAX + 1, why, sizeof why));
    assert_non_null(strstr(why, "line 65"));
}

static pf_keyring_t *
merchant(const char *text)
{
    json_t *keys = json_loads(text, JSON_DECODE_ANY, NULL);
    char why[100];
    pf_keyring_t *ring = pf_keyring_from_json(keys, why, sizeof why);

    assert_non_null(keys);
    json_decref(keys);
    return ring;
}

static void
merchant_rings(void **state)
{
    static const struct {
        const char *text;
        int n; /* -1: refused */
    } rows[] = {
        {"[]", 0},
        {"[{\"kid\":\"a\"," OKP ",\"x\":\"" X "\"},{\"kid\":\"b\"," OCT
         ",\"k\":\"" K_32 "\"}]",
         2},
        {"[{\"kid\":\"a\"," OKP ",\"x\":\"" X "\"},{\"kid\":\"a\"," OCT
         ",\"k\":\"" K_32 "\"}]",
         -1}, /* one kid, two keys */
        {"[{\"kid\":\"a\"}]", -1},
        {"[1]", -1},
        {"[null]", -1},
        {"{}", -1},
        {"\"\"", -1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        pf_keyring_t *ring = merchant(rows[i].text);

        assert_row((ring ? (int)ring->n : -1) == rows[i].n, "%s", rows[i].text);
        pf_keyring_free(ring);
    }
}

static void
finding(void **state)
{
    static const struct {
        const char *kid;
        pf_alg_t alg;
        int64_t now;
        const char *found; /* NULL: error */
        pf_error_t e;
    } rows[] = {
        {"ed", PF_ALG_EDDSA, NOW, "ed", PF_OK},
        {"hs", PF_ALG_HS256, NOW, "hs", PF_OK},
        {"pub", PF_ALG_PUBLIC, NOW, "pub", PF_OK},
        {"none", PF_ALG_EDDSA, NOW, NULL, PF_UNKNOWN_KEY},
        {"e", PF_ALG_EDDSA, NOW, NULL, PF_UNKNOWN_KEY},
        {"ED", PF_ALG_EDDSA, NOW, NULL, PF_UNKNOWN_KEY},
        {"ed", PF_ALG_HS256, NOW, NULL, PF_ALGORITHM},
        {"ed", PF_ALG_PUBLIC, NOW, NULL, PF_ALGORITHM},
        {"pub", PF_ALG_EDDSA, NOW, NULL, PF_ALGORITHM},
        {"hs", PF_ALG_LOCAL, NOW, NULL, PF_ALGORITHM},
        /* without a kid: the only one that is valid */
        {"", PF_ALG_PUBLIC, NOW, "pub", PF_OK},
        {"", PF_ALG_HS256, NOW, "hs", PF_OK},
        {"", PF_ALG_LOCAL, NOW, NULL, PF_UNKNOWN_KEY},
        {"", PF_ALG_EDDSA, NOW - 1, "ed", PF_OK},
        {"", PF_ALG_EDDSA, NOW, NULL, PF_UNKNOWN_KEY}, /* two of them */
        {"", PF_ALG_EDDSA, NOW + 100, "ed", PF_OK},
        /* "dated" is valid in NOW .. NOW + 99 */
        {"dated", PF_ALG_EDDSA, NOW - 1, NULL, PF_UNKNOWN_KEY},
        {"dated", PF_ALG_EDDSA, NOW, "dated", PF_OK},
        {"dated", PF_ALG_EDDSA, NOW + 99, "dated", PF_OK},
        {"dated", PF_ALG_EDDSA, NOW + 100, NULL, PF_UNKNOWN_KEY},
    };
    pf_keyring_t *ring =
        merchant("[{\"kid\":\"ed\"," OKP ",\"x\":\"" X "\"},"
                 "{\"kid\":\"hs\"," OCT ",\"k\":\"" K_32 "\"},"
                 "{\"kid\":\"pub\",\"paserk\":\"" PUBLIC "\"},"
                 "{\"kid\":\"dated\"," OKP ",\"x\":\"" X "\","
                 "\"not_before\":1795512600,\"not_after\":1795512700}]");
    pf_error_t e;

    (void)state;
    assert_non_null(ring);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const pf_key_t *key = pf_keyring_find(ring, str(rows[i].kid),
                                              rows[i].alg, rows[i].now, &e);

        assert_row(e == rows[i].e, "row %zu: %s", i, pf_error_word(e));
        assert_row(rows[i].found ? key && strcmp(key->kid, rows[i].found) == 0
                                 : !key,
                   "row %zu: %s", i, key ? key->kid : "none");
    }
    pf_keyring_free(ring);
    assert_null(pf_keyring_find(NULL, str("ed"), PF_ALG_EDDSA, NOW, &e));
    assert_error(e, PF_UNKNOWN_KEY);
}

static const pf_key_t *
by_footer(const pf_keyring_t *ring, const char *footer, pf_alg_t alg)
{
    return pf_keyring_find_footer(ring, str(b64(footer, strlen(footer))), alg,
                                  NOW);
}

static void
finding_by_footer(void **state)
{
    static const struct {
        const char *footer;
        pf_alg_t alg;
        const char *found;
    } rows[] = {
        {"{\"kid\":\"pub\"}", PF_ALG_PUBLIC, "pub"},
        {"{\"kid\":\"pub\"}", PF_ALG_LOCAL, NULL},
        {"{\"kid\":\"pu\"}", PF_ALG_PUBLIC, NULL},
        {"{\"kid\":\"pubs\"}", PF_ALG_PUBLIC, NULL},
        {"{\"kid\":\"pub\"} ", PF_ALG_PUBLIC, NULL}, /* to be read */
        {"{\"kid\":\"\"}", PF_ALG_PUBLIC, NULL},
        {"{\"kid\":\"late\"}", PF_ALG_PUBLIC, NULL}, /* not valid now */
        {"", PF_ALG_PUBLIC, NULL},
    };
    char longest[PF_KID_MAX + 1] = "", text[200];
    pf_keyring_t *ring;

    (void)state;
    memset(longest, 'k', PF_KID_MAX);
    snprintf(text, sizeof text, "[{\"kid\":\"%s\",\"paserk\":\"" PUBLIC "\"}]",
             longest);
    ring = merchant(text);
    snprintf(text, sizeof text, "{\"kid\":\"%s\"}", longest);
    assert_non_null(by_footer(ring, text, PF_ALG_PUBLIC));
    pf_keyring_free(ring);
    ring = merchant("[{\"kid\":\"pub\",\"paserk\":\"" PUBLIC "\"},"
                    "{\"paserk\":\"" PUBLIC "\"},"
                    "{\"kid\":\"late\",\"paserk\":\"" PUBLIC "\","
                    "\"not_before\":1795512601}]");
    for (size_t i = 0; i < COUNT(rows); i++) {
        const pf_key_t *key = by_footer(ring, rows[i].footer, rows[i].alg);

        assert_row(rows[i].found ? key && strcmp(key->kid, rows[i].found) == 0
                                 : !key,
                   "row %zu: %s", i, key ? key->kid : "none");
    }
    assert_null(
        pf_keyring_find_footer(ring, (pf_str_t){0, NULL}, PF_ALG_PUBLIC, NOW));
    pf_keyring_free(ring);
    assert_null(by_footer(NULL, "{\"kid\":\"pub\"}", PF_ALG_PUBLIC));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paserk_local),
        cmocka_unit_test(paserk_public),
        cmocka_unit_test(paserk_lid),
        cmocka_unit_test(paserk_pid),
        CASE("X5: one key from its text, or why not", one_key_from_text),
        CASE("X5: a key carries its one algorithm", a_key_knows_its_algorithm),
        CASE("X5: RSA keys that are short, even, of no exponent or private",
             rsa_keys),
        cmocka_unit_test(alg_of_a_jwk),
        CASE("X5: a short secret is refused", secrets_of_32_to_128_bytes),
        cmocka_unit_test(generated_keys_differ),
        cmocka_unit_test(kid_alphabet),
        cmocka_unit_test(ring_files),
        cmocka_unit_test(a_zero_byte_is_no_blank),
        cmocka_unit_test(sixty_four_keys_at_most),
        cmocka_unit_test(merchant_rings),
        CASE("X5: unknown, retired and foreign keys are told apart", finding),
        cmocka_unit_test(finding_by_footer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
