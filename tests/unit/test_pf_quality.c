#include "unit.h"

#include "pf_quality.h"

static void
one_item_and_its_weight(void **state)
{
    static const struct {
        const char *item, *name;
        int q;
    } rows[] = {
        {"de", "de", 1000},
        {" \tde\t ", "de", 1000},
        {"de;q=1", "de", 1000},
        {"de;q=1.000", "de", 1000},
        {"de;q=0", "de", 0},
        {"de;q=0.", "de", 0},
        {"de;q=0.000", "de", 0},
        {"de;q=0.001", "de", 1},
        {"de;q=0.5", "de", 500},
        {"de;q=0.85", "de", 850},
        {"de ; Q=0.123", "de", 123},
        {"text/html;level=1;q=0.3", "text/html", 300},
        {"text/html;charset=utf-8", "text/html", 1000},
        {"de;q=1.001", "de", -1},
        {"de;q=2", "de", -1},
        {"de;q=", "de", -1},
        {"de;q=.5", "de", -1},
        {"de;q=-1", "de", -1},
        {"de;q=0,5", "de", 0}, /* a comma always separates */
        {"de;q=0.5555", "de", -1},
        {"de;q=0x1", "de", -1},
        {"de;q=00", "de", -1},
        {"de;q=0.5a", "de", -1},
        {"de;q=1e0", "de", -1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        pf_str_t list = str(rows[i].item), name;
        int q;

        assert_true(pf_quality_next(&list, &name, &q));
        assert_row(pf_str_eq(name, str(rows[i].name)) && q == rows[i].q,
                   "%s: %d", rows[i].item, q);
    }
}

static void
a_list_in_its_order(void **state)
{
    static const char *const names[] = {"a", "", "b", "c", ""};
    pf_str_t list = str("a, ,b;q=0.5,c,;q=1"), name;
    int q;

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        assert_true(pf_quality_next(&list, &name, &q));
        assert_true(pf_str_eq(name, str(names[i])));
    }
    assert_false(pf_quality_next(&list, &name, &q));
}

static void
case_is_ascii_only(void **state)
{
    (void)state;
    assert_true(pf_same(str("Text/HTML"), str("text/html")));
    assert_true(pf_same(str(""), (pf_str_t){0, NULL}));
    assert_false(pf_same(str("de"), str("den")));
    assert_false(pf_same(str("\xc3\x84"), str("\xc3\xa4")));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_item_and_its_weight),
        cmocka_unit_test(a_list_in_its_order),
        cmocka_unit_test(case_is_ascii_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
