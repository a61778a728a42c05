#include "app.h"

#include "user/totp.h"

/* "12345678901234567890" (RFC 6238, appendix B; six digits of its eight). */
static const char secret[] = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

static void
codes_are_those_of_the_rfc(void **state)
{
    static const struct {
        int64_t time;
        const char *code;
    } rows[] = {
        {59, "287082"},         {1111111109, "081804"}, {1111111111, "050471"},
        {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"},
    };
    char code[TOTP_DIGITS + 1];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_true(totp_code(secret, rows[i].time / TOTP_STEP, code));
        assert_string_equal(code, rows[i].code);
    }
}

static void
a_code_is_good_for_three_steps_and_once(void **state)
{
    const int64_t now = 1111111111, step = now / TOTP_STEP;
    char code[TOTP_DIGITS + 1];

    (void)state;
    for (int64_t at = step - 3; at <= step + 3; at++) {
        assert_true(totp_code(secret, at, code));
        assert_int_equal(totp_match(secret, code, now, 0),
                         at >= step - 1 && at <= step + 1 ? at : 0);
    }
    assert_int_equal(totp_match(secret, "050 471", now, 0), step);
    assert_int_equal(totp_match(secret, "050471", now, step), 0);
    assert_int_equal(totp_match(secret, "050471", now, step - 1), step);
}

static void
anything_else_is_no_code(void **state)
{
    static const char *const bad[] = {"",       "05047",    "0504711",
                                      "05047a", "-50471",   "0x0471",
                                      " ",      "050471\n", "٠٥٠٤٧١"};
    char code[TOTP_DIGITS + 1];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(totp_match(secret, bad[i], 1111111111, 0), 0);
    }
    assert_false(totp_code("", 1, code));
    assert_false(totp_code("no base32!", 1, code));
    assert_false(totp_code("gezdgnbv", 1, code));
    assert_false(
        totp_code("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                  "AAAAAAAAAAAAAAA",
                  1, code));
}

static void
secrets_are_160_bits_of_base32(void **state)
{
    char *one = totp_secret(arena), *other = totp_secret(arena);

    (void)state;
    assert_int_equal(strlen(one), 32);
    assert_int_equal(strspn(one, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), 32);
    assert_string_not_equal(one, other);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(codes_are_those_of_the_rfc),
        TEST(a_code_is_good_for_three_steps_and_once),
        TEST(anything_else_is_no_code),
        TEST(secrets_are_160_bits_of_base32),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
