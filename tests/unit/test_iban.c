#include "unit.h"

#include <string.h>

#include "base/iban.h"

/* Examples of the IBAN registry. */
static const char *const examples[] = {
    "AD1200012030200359100100",
    "AT611904300234573201",
    "BE68539007547034",
    "BG80BNBG96611020345678",
    "CH9300762011623852957",
    "CY17002001280000001200527600",
    "CZ6508000000192000145399",
    "DE89370400440532013000",
    "DK5000400440116243",
    "EE382200221020145685",
    "ES9121000418450200051332",
    "FI2112345600000785",
    "FR1420041010050500013M02606",
    "GB29NWBK60161331926819",
    "GI75NWBK000000007099453",
    "GR1601101250000000012300695",
    "HR1210010051863000160",
    "HU42117730161111101800000000",
    "IE29AIBK93115212345678",
    "IS140159260076545510730339",
    "IT60X0542811101000000123456",
    "LI21088100002324013AA",
    "LT121000011101001000",
    "LU280019400644750000",
    "LV80BANK0000435195001",
    "MC5811222000010123456789030",
    "MT84MALT011000012345MTLCAST001S",
    "NL91ABNA0417164300",
    "NO9386011117947",
    "PL61109010140000071219812874",
    "PT50000201231234567890154",
    "RO49AAAA1B31007593840000",
    "SE4550000000058398257466",
    "SI56263300012039086",
    "SK3112000000198742637541",
    "SM86U0322509800000000270100",
    "SA0380000000608010167519",
    "TR330006100519786457841326",
};

static void
examples_of_the_registry_are_taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        assert_true(iban_ok(examples[i]));
    }
}

/* Whatever character is another, a digit another digit or a letter another
 * letter, is noticed; and so are two digits in each other's place. */
static void
no_slip_of_one_character_is_taken(void **state)
{
    char text[IBAN_MAX + 1];

    (void)state;
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        size_t len = strlen(examples[i]);

        strcpy(text, examples[i]);
        for (size_t at = 0; at < len; at++) {
            char was = text[at];
            const char *others =
                was >= 'A' ? "ABCDEFGHIJKLMNOPQRSTUVWXYZ" : "0123456789";

            for (; *others; others++) {
                text[at] = *others;
                assert_int_equal(iban_ok(text), *others == was);
            }
            text[at] = was;
            if (at + 1 < len && was <= '9' && text[at + 1] <= '9' &&
                text[at + 1] != was) {
                text[at] = text[at + 1];
                text[at + 1] = was;
                assert_false(iban_ok(text));
                strcpy(text, examples[i]);
            }
        }
    }
}

static void
what_is_no_iban_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "D",
        "DE",
        "DE89",
        "DE8937040044053201300",   /* too short */
        "DE893704004405320130000", /* too long, though it would fit */
        "US89370400440532013000",  /* no IBAN there */
        "XX89370400440532013000",
        "de89370400440532013000", /* not plain */
        "DE89 3704 0044 0532 0130 00",
        "DE89370400440532O13000",
        "DE8937040044053201300\xc3\x9f",
        "BE01000000100088", /* fits as BE98… does, which is the right one */
        "BE00000000100009",
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(iban_ok(bad[i]));
    }
}

static void
blanks_and_small_letters_are_tolerated(void **state)
{
    struct arena *a = arena_new();

    (void)state;
    assert_string_equal(iban_plain(a, " de89 3704\t0044\xc2\xa0"
                                      "0532\xe2\x80\xaf"
                                      "0130 00 "),
                        "DE89370400440532013000");
    assert_string_equal(iban_plain(a, "DE89-3704"), "DE89-3704");
    assert_string_equal(iban_plain(a, ""), "");
    assert_string_equal(iban_grouped(a, "DE89370400440532013000"),
                        "DE89 3704 0044 0532 0130 00");
    assert_string_equal(iban_masked(a, "DE", "3000"), "DE… 3000");
    arena_free(a);
}

static void
only_accounts_in_sepa_are_debited(void **state)
{
    (void)state;
    assert_true(iban_in_sepa("DE89370400440532013000"));
    assert_true(iban_in_sepa("CH9300762011623852957"));
    assert_true(iban_in_sepa("GB29NWBK60161331926819"));
    assert_false(iban_in_sepa("SA0380000000608010167519"));
    assert_false(iban_in_sepa("TR330006100519786457841326"));
    assert_false(iban_in_sepa("FO6264600001631634"));
    assert_false(iban_in_sepa(""));
}

/* The examples of EPC262-08. The creditor's own characters are not checked. */
static void
creditors_have_check_digits(void **state)
{
    static const char *const good[] = {
        "DE98ZZZ09999999999", "DE98ABC09999999999", "AT61ZZZ01234567890",
        "BE69ZZZ050D000000008", "NL79ZZZ999999990000"};
    static const char *const bad[] = {"",
                                      "DE98ZZZ",
                                      "DE97ZZZ09999999999",
                                      "DE98ZZZ09999999998",
                                      "DE98ZZ-09999999999",
                                      "de98zzz09999999999",
                                      "DE98 ZZZ0 9999 9999 99",
                                      "D198ZZZ09999999999",
                                      "DE98ZZZ0999999999909999999990999999999"};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(iban_creditor_ok(good[i]));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(iban_creditor_ok(bad[i]));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_of_the_registry_are_taken),
        cmocka_unit_test(no_slip_of_one_character_is_taken),
        cmocka_unit_test(what_is_no_iban_is_refused),
        cmocka_unit_test(blanks_and_small_letters_are_tolerated),
        cmocka_unit_test(only_accounts_in_sepa_are_debited),
        cmocka_unit_test(creditors_have_check_digits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
