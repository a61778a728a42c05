#include "app.h"

#include "contract/span.h"

static void
months_keep_their_day(void **state)
{
    static const struct {
        const char *first;
        int64_t n;
        int count;
        const char *unit, *day;
    } rows[] = {
        {"2026-01-31", 1, 1, "month", "2026-02-28"},
        {"2026-01-31", 2, 1, "month", "2026-03-31"},
        {"2026-01-31", 3, 1, "month", "2026-04-30"},
        {"2028-01-30", 1, 1, "month", "2028-02-29"},
        {"2028-02-29", 1, 1, "year", "2029-02-28"},
        {"2028-02-29", 4, 1, "year", "2032-02-29"},
        {"2026-11-27", 5, 3, "month", "2028-02-27"},
        {"2026-12-31", 1, 2, "day", "2027-01-02"},
        {"2026-12-31", -1, 1, "month", "2026-11-30"},
        {"2026-12-31", 1, 2, "week", "2027-01-14"},
    };
    char out[11];
    int64_t n;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_true(span_date(rows[i].first, rows[i].n, rows[i].count,
                              rows[i].unit, out));
        assert_string_equal(out, rows[i].day);
        if (rows[i].n > 0) {
            assert_true(span_index(rows[i].first, rows[i].day, rows[i].count,
                                   rows[i].unit, &n));
            assert_int_equal(n, rows[i].n);
        }
    }
    assert_true(span_index("2026-01-31", "2026-02-27", 1, "month", &n));
    assert_int_equal(n, 0);
}

static void
what_is_no_date_is_refused(void **state)
{
    char out[11];
    int64_t n;

    (void)state;
    assert_false(span_date("2026-02-30", 1, 1, "month", out));
    assert_false(span_date("2026-02-20", 1, 1, "fortnight", out));
    assert_false(span_date("9999-12-31", 1, 1, "day", out));
    assert_false(span_date("9999-12-31", 1, 1, "year", out));
    assert_false(span_date("0001-01-01", -1, 1, "month", out));
    assert_false(span_index("2026-02-20", "2026-02-19", 1, "day", &n));
    assert_false(span_index("2026-02-20", "2026-02-21", 0, "day", &n));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(months_keep_their_day),
        TEST(what_is_no_date_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
