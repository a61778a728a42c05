#include "unit.h"

static void
rfc_4648_both_ways(void **state)
{
    static const struct {
        const char *bytes, *text;
    } rows[] = {
        {"", ""},
        {"f", "Zg"},
        {"fo", "Zm8"},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg"},
        {"fooba", "Zm9vYmE"},
        {"\xff\xfe", "__4"},
        {"\xfb\xef\xbe", "----"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        unsigned char out[16];
        char text[16] = "";
        size_t len, n = strlen(rows[i].bytes);

        assert_true(pf_base64_decode(str(rows[i].text), out, sizeof out, &len));
        assert_int_equal(len, n);
        assert_memory_equal(out, rows[i].bytes, n);
        assert_int_equal(pf_base64_encode((const unsigned char *)rows[i].bytes,
                                          n, text, sizeof text),
                         strlen(rows[i].text));
        assert_string_equal(text, rows[i].text);
    }
}

static void
other_spellings_are_refused(void **state)
{
    static const char *const rows[] = {
        "Zg==", "Zm8=", "Zh", "Zm9", "Z",     "Zm9v\n", " Zm9v",   "Zm9v ",
        "Zm+v", "Zm/v", "Z.", "=",   "Zm 9v", "Zm9vY",  "Zm9\x80",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        unsigned char out[16];
        size_t len;

        assert_row(!pf_base64_decode(str(rows[i]), out, sizeof out, &len),
                   "accepted: %s", rows[i]);
    }
    assert_false(pf_base64_decode(span("Zm\0v", 4), (unsigned char[8]){0}, 8,
                                  &(size_t){0}));
}

static void
of_256_bytes_64_are_digits(void **state)
{
    int digits = 0;

    (void)state;
    for (int c = 0; c < 256; c++) {
        unsigned char text[4] = {'Z', (unsigned char)c, '9', 'v'}, out[4];
        bool digit = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                     (c >= '0' && c <= '9') || c == '-' || c == '_';
        size_t len;

        assert_row(pf_base64_decode(span(text, 4), out, 4, &len) == digit,
                   "byte %d", c);
        digits += digit;
    }
    assert_int_equal(digits, 64);
}

static void
never_beyond_the_buffer(void **state)
{
    unsigned char out[4] = {1, 2, 3, 4};
    char text[5] = "xxxx";
    size_t len;

    (void)state;
    assert_false(pf_base64_decode(str("Zm9v"), out, 2, &len));
    assert_int_equal(out[2], 3);
    assert_true(pf_base64_decode(str("Zm9v"), out, 3, &len));
    assert_int_equal(out[3], 4);
    assert_int_equal(pf_base64_encode(out, 3, text, 4), 0);
    assert_string_equal(text, "xxxx");
    assert_int_equal(pf_base64_encode(out, 3, text, 5), 4);
}

/* Every pair of bytes, and lengths up to a key's, spoiled anywhere. */
static void
both_decoders_agree(void **state)
{
    unsigned char text[48], fast[48], slow[48];
    size_t n, m;

    (void)state;
    for (int i = 0; i < 3 * 65536; i++) {
        size_t len = 2 + (size_t)(i / 65536);

        memset(text, 'A', len);
        text[len - 2] = (unsigned char)(i >> 8);
        text[len - 1] = (unsigned char)i;
        assert_row(
            pf_base64_decode(span(text, len), fast, 3, &n) ==
                    pf_base64_decode_secret(span(text, len), slow, 3, &m) &&
                n == m && memcmp(fast, slow, n) == 0,
            "%.*s", (int)len, (const char *)text);
    }
    for (size_t len = 0; len <= sizeof text; len++) {
        for (size_t at = 0; at < len; at++) {
            memcpy(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKL0123456789",
                   sizeof text);
            text[at] ^= (unsigned char)(len * 7);
            assert_int_equal(
                pf_base64_decode(span(text, len), fast, sizeof fast, &n),
                pf_base64_decode_secret(span(text, len), slow, sizeof slow,
                                        &m));
            assert_int_equal(n, m);
            assert_memory_equal(fast, slow, n);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc_4648_both_ways),
        cmocka_unit_test(other_spellings_are_refused),
        cmocka_unit_test(of_256_bytes_64_are_digits),
        cmocka_unit_test(never_beyond_the_buffer),
        cmocka_unit_test(both_decoders_agree),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
