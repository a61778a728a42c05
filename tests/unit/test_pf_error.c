#include "unit.h"

static void
every_row_has_its_own_words(void **state)
{
    static const pf_error_t all[] = {
#define X(name, word, text) PF_##name,
        PF_ERRORS(X)
#undef X
    };

    (void)state;
    for (size_t i = 0; i < COUNT(all); i++) {
        assert_true(strlen(pf_error_text(all[i])) > 5);
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(pf_error_word(all[i]),
                                    pf_error_word(all[k]));
        }
    }
    assert_string_equal(pf_error_word(PF_OK), "valid");
    assert_string_equal(pf_error_word(PF_EXPIRED), "stale");
}

static void
no_row_is_never_valid(void **state)
{
    (void)state;
    assert_string_equal(pf_error_word((pf_error_t)-1), "unknown");
    assert_string_equal(pf_error_word((pf_error_t)99), "unknown");
    assert_string_equal(pf_error_text((pf_error_t)99), "unknown");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_has_its_own_words),
        cmocka_unit_test(no_row_is_never_valid),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
