/* What is like the number of a card, and what can be kept of one. */
#include "unit.h"

#include "provider/provider.h"

static void
numbers_are_known_by_their_check_digit(void **state)
{
    static const char *const numbers[] = {
        "4242424242424242",     "4242 4242 4242 4242", "4242-4242-4242-4242",
        "378282246310005",      "6011000990139424",    "4000000000000000006",
        "  5555555555554444  ", "501800000009"};
    static const char *const others[] = {"",
                                         "4242",
                                         "4242424242424243",
                                         "42424242424242424242",
                                         "1764345600",
                                         "4242x4242 4242 4242",
                                         "pat_4242424242424242",
                                         "tok 4242424242424242"};

    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        assert_true(provider_is_number(numbers[i]));
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_false(provider_is_number(others[i]));
    }
}

static void
one_is_found_wherever_it_stands(void **state)
{
    json_t *deep = json_pack("{s:[i, {s:s}]}", "a", 1, "b", "4242424242424242");
    json_t *number = json_pack("[I]", (json_int_t)4242424242424242);
    json_t *none = json_pack("{s:s, s:[i, n, b, s]}", "last4", "4242", "more",
                             5, 1, "visa");

    (void)state;
    assert_true(provider_has_number(deep));
    assert_true(provider_has_number(number));
    assert_false(provider_has_number(none));
    assert_false(provider_has_number(NULL));
    json_decref(deep);
    json_decref(number);
    json_decref(none);
}

static void
a_card_is_kept_by_four_words(void **state)
{
    const struct provider_card good = {"tok_1", "Visa", "4242", "2031-05"};
    struct provider_card card = good;

    (void)state;
    assert_true(provider_card_ok(&card));
    card.token = "4242424242424242";
    assert_false(provider_card_ok(&card));
    card = good;
    card.token = NULL;
    assert_false(provider_card_ok(&card));
    card = good;
    card.brand = "";
    assert_false(provider_card_ok(&card));
    card = good;
    card.last4 = "42424";
    assert_false(provider_card_ok(&card));
    card = good;
    card.last4 = "424a";
    assert_false(provider_card_ok(&card));
    for (const char *const *wrong =
             (const char *const[]){"2031-00", "2031-13", "31-05", "2031-5",
                                   "2031/05", "+031-05", "2031- 5", "", NULL};
         *wrong; wrong++) {
        card = good;
        card.valid_until = *wrong;
        assert_false(provider_card_ok(&card));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_known_by_their_check_digit),
        cmocka_unit_test(one_is_found_wherever_it_stands),
        cmocka_unit_test(a_card_is_kept_by_four_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
