#include "unit.h"

#include "pf_token.h"

static void
rfc_3339_is_read(void **state)
{
    static const struct {
        const char *text;
        int64_t t;
    } rows[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"2022-01-01T00:00:00+00:00", 1640995200},
        {"2026-11-24T09:30:00Z", 1795512600},
        {"2026-11-24T10:30:00+01:00", 1795512600},
        {"2026-11-24T04:00:00-05:30", 1795512600},
        {"2026-11-24T09:30:00-00:00", 1795512600},
        {"2026-11-24T09:30:00.123Z", 1795512600},
        {"2026-11-24T09:30:00.999999999+00:00", 1795512600},
        {"2024-02-29T12:00:00Z", 1709208000},
        {"2000-02-29T00:00:00Z", 951782400},
        {"2016-12-31T23:59:60Z", 1483228800},
        {"9999-12-31T23:59:59Z", INT64_C(253402300799)},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t t = -1;

        assert_row(pf_time_parse(str(rows[i].text), &t) && t == rows[i].t,
                   "%s: %lld", rows[i].text, (long long)t);
    }
}

static void
anything_else_is_not(void **state)
{
    static const char *const rows[] = {
        "",
        "2026-11-24",
        "2026-11-24T09:30:00",
        "2026-11-24 09:30:00Z",
        "2026-11-24T09:30Z",
        "2026-11-24T09:30:00z",
        "2026-11-24T09:30:00Z ",
        " 2026-11-24T09:30:00Z",
        "2026-11-24T09:30:00.Z",
        "2026-11-24T09:30:00.5",
        "2026-11-24T09:30:00,5Z",
        "2026-11-24T09:30:00+0100",
        "2026-11-24T09:30:00+01",
        "2026-11-24T09:30:00+24:00",
        "2026-11-24T09:30:00+01:60",
        "2026-11-24T09:30:00*01:00",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-11-31T00:00:00Z",
        "2026-11-00T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2026-11-24T24:00:00Z",
        "2026-11-24T09:60:00Z",
        "2026-11-24T09:30:61Z",
        "+026-11-24T09:30:00Z",
        "20x6-11-24T09:30:00Z",
        "2026/11/24T09:30:00Z",
        "2026-11-24T09:30:00.123456789012345678901234567890Z",
        "1795512600",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t t;

        assert_row(!pf_time_parse(str(rows[i]), &t), "accepted: %s", rows[i]);
    }
    assert_false(
        pf_time_parse(span("2026-11-24T09:30:00Z\0", 21), &(int64_t){0}));
    assert_false(pf_time_parse((pf_str_t){0, NULL}, &(int64_t){0}));
}

static void
every_day_comes_back(void **state)
{
    (void)state;
    for (int64_t day = 0; day < 366 * 450; day++) {
        int64_t t = day * 86400 + day % 86400, back = -1;
        char text[21];

        pf_time_format(t, text);
        assert_true(pf_time_parse(str(text), &back));
        assert_int_equal(back, t);
    }
}

static void
format_is_utc(void **state)
{
    char text[21];

    (void)state;
    pf_time_format(1795512600, text);
    assert_string_equal(text, "2026-11-24T09:30:00Z");
    pf_time_format(INT64_C(253402300799), text);
    assert_string_equal(text, "9999-12-31T23:59:59Z");
    pf_time_format(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59Z");
    pf_time_format(INT64_C(-62167219200), text);
    assert_string_equal(text, "0000-01-01T00:00:00Z");
    /* what has no year of four digits is the nearest that has one */
    pf_time_format(INT64_MAX, text);
    assert_string_equal(text, "9999-12-31T23:59:59Z");
    pf_time_format(INT64_MIN, text);
    assert_string_equal(text, "0000-01-01T00:00:00Z");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc_3339_is_read),
        cmocka_unit_test(anything_else_is_not),
        cmocka_unit_test(every_day_comes_back),
        cmocka_unit_test(format_is_utc),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
