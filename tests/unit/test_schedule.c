#include "app.h"

#include <time.h>

#include "billing/schedule.h"

/* "2026-11-24 06:00" UTC */
static int64_t
utc(const char *text)
{
    struct tm tm = {0};

    assert_non_null(strptime(text, "%Y-%m-%d %H:%M", &tm));
    return (int64_t)timegm(&tm);
}

static const char *
words(int64_t time)
{
    time_t t = (time_t)time;
    struct tm tm;
    char text[20];

    gmtime_r(&t, &tm);
    strftime(text, sizeof text, "%Y-%m-%d %H:%M", &tm);
    return arena_strdup(arena, text);
}

static void
slots_have_their_hour_in_the_zone(void **state)
{
    static const struct {
        const char *unit;
        int weekday, day, hour;
        const char *zone, *now, *next, *last;
    } rows[] = {
        {"day", 1, 1, 6, "Europe/Berlin", "2026-11-24 04:59",
         "2026-11-24 05:00", "2026-11-23 05:00"},
        {"day", 1, 1, 6, "Europe/Berlin", "2026-11-24 05:00",
         "2026-11-25 05:00", "2026-11-24 05:00"},
        {"day", 1, 1, 0, "Europe/Berlin", "2026-11-24 22:59",
         "2026-11-24 23:00", "2026-11-23 23:00"},
        {"day", 1, 1, 23, "America/New_York", "2026-11-24 03:00",
         "2026-11-24 04:00", "2026-11-23 04:00"},
        /* the nights on which clocks change: 28/29 March, 24/25 October */
        {"day", 1, 1, 6, "Europe/Berlin", "2026-03-28 12:00",
         "2026-03-29 04:00", "2026-03-28 05:00"},
        {"day", 1, 1, 0, "Europe/Berlin", "2026-03-28 12:00",
         "2026-03-28 23:00", "2026-03-27 23:00"},
        {"day", 1, 1, 6, "Europe/Berlin", "2026-10-24 12:00",
         "2026-10-25 05:00", "2026-10-24 04:00"},
        {"day", 1, 1, 1, "Europe/Berlin", "2026-10-24 12:00",
         "2026-10-24 23:00", "2026-10-23 23:00"},
        /* Tuesday, the 24th of November */
        {"week", 2, 1, 6, "Europe/Berlin", "2026-11-24 04:00",
         "2026-11-24 05:00", "2026-11-17 05:00"},
        {"week", 7, 1, 6, "Europe/Berlin", "2026-11-24 04:00",
         "2026-11-29 05:00", "2026-11-22 05:00"},
        {"week", 1, 1, 6, "Europe/Berlin", "2026-11-24 04:00",
         "2026-11-30 05:00", "2026-11-23 05:00"},
        {"month", 1, 1, 6, "Europe/Berlin", "2026-11-24 04:00",
         "2026-12-01 05:00", "2026-11-01 05:00"},
        {"month", 1, 31, 6, "Europe/Berlin", "2026-11-24 04:00",
         "2026-11-30 05:00", "2026-10-31 05:00"},
        {"month", 1, 30, 6, "Europe/Berlin", "2027-02-01 04:00",
         "2027-02-28 05:00", "2027-01-30 05:00"},
        {"month", 1, 29, 6, "Europe/Berlin", "2028-02-01 04:00",
         "2028-02-29 05:00", "2028-01-29 05:00"},
        {"month", 1, 31, 6, "UTC", "2026-12-31 06:00", "2027-01-31 06:00",
         "2026-12-31 06:00"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct schedule s = {rows[i].unit, rows[i].weekday, rows[i].day,
                             rows[i].hour, true};
        int64_t now = utc(rows[i].now);

        assert_string_equal(words(schedule_next(arena, rows[i].zone, &s, now)),
                            rows[i].next);
        assert_string_equal(words(schedule_last(arena, rows[i].zone, &s, now)),
                            rows[i].last);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(slots_have_their_hour_in_the_zone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
