#include "app.h"

#include <time.h>

#include "base/text.h"
#include "contract/term.h"

/* Dates once more, by other means than the program: a calendar of 160 years
 * that is walked through day by day. Day 0 is 1970-01-01. */
enum { DAYS = 58439, CASES = 20000 };

static struct {
    int year, month, day, of_month; /* of_month: days that the month has */
    char text[11];
} calendar[DAYS];

static void
make_calendar(void)
{
    static const int lengths[] = {0,  31, 28, 31, 30, 31, 30,
                                  31, 31, 30, 31, 30, 31};
    int i = 0;

    for (int y = 1970; y < 2130; y++) {
        for (int m = 1; m <= 12; m++) {
            int n = lengths[m];

            if (m == 2 && (y % 400 == 0 || (y % 4 == 0 && y % 100 != 0))) {
                n = 29;
            }
            for (int d = 1; d <= n; d++, i++) {
                calendar[i].year = y;
                calendar[i].month = m;
                calendar[i].day = d;
                calendar[i].of_month = n;
                snprintf(calendar[i].text, sizeof calendar[i].text,
                         "%04u-%02u-%02u", (unsigned)y % 10000,
                         (unsigned)m % 100, (unsigned)d % 100);
            }
        }
    }
    assert_int_equal(i, DAYS);
}

/* Where `count` units lie after a day: steps of a day, or from first to first
 * of a month, then on to the day that the month has. */
static int
after(int day, int count, const char *unit)
{
    int wanted = calendar[day].day, months;

    if (strcmp(unit, "day") == 0 || strcmp(unit, "week") == 0) {
        return day + count * (unit[0] == 'w' ? 7 : 1);
    }
    months = count * (unit[0] == 'y' ? 12 : 1);
    day -= wanted - 1;
    while (months-- > 0) {
        day += calendar[day].of_month;
    }
    if (wanted > calendar[day].of_month) {
        wanted = calendar[day].of_month;
    }
    return day + wanted - 1;
}

static unsigned long long seed = 20261127;

static int
any(int n)
{
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (int)((seed >> 33) % (unsigned long long)n);
}

static const char *const units[] = {"day", "week", "month", "year"};

struct random_case {
    struct contract_terms terms;
    int start, end; /* days; end -1: none */
};

/* Half of the starts lie near the end of a month, a fifth in late February. */
static int
any_start(void)
{
    int day = 9000 + any(20000);

    if (any(2)) {
        day += calendar[day].of_month - calendar[day].day - any(4);
    }
    if (any(5) == 0) {
        while (calendar[day].month != 2 || calendar[day].day < 27) {
            day++;
        }
    }
    return day;
}

static struct random_case
any_case(void)
{
    static const int most[] = {100, 30, 26, 3};
    int unit = any(4), term_unit = any(4), renewal_unit = any(4),
        notice_unit = any(3);
    struct random_case c = {.start = any_start(), .end = -1};

    c.terms = (struct contract_terms){
        .start = calendar[c.start].text,
        .every = 1 + any(most[unit] / 2 + 1),
        .unit = units[unit],
        .in_advance = any(2) == 0,
        .term = any(4) ? 1 + any(most[term_unit]) : 0,
        .term_unit = units[term_unit],
        .renewal = any(4) ? 1 + any(most[renewal_unit]) : 0,
        .renewal_unit = units[renewal_unit],
        .notice = any(5) ? any(most[notice_unit] / 2) : 0,
        .notice_unit = units[notice_unit],
    };
    if (any(2)) {
        c.end = c.start + any(1500);
        c.terms.end = calendar[c.end].text;
    }
    return c;
}

/* ---- periods ---- */

/* The periods of a case tile its days: each day of three years lies in the
 * period that a walk through the calendar finds. */
static void
check_periods(const struct random_case *c)
{
    const struct contract_terms *t = &c->terms;
    struct contract_period p;
    char day[11];
    int from = c->start, next;

    for (int n = 0; n < 40 && from < c->start + 1100; n++, from = next) {
        bool is_one = c->end < 0 || from <= c->end;

        next = after(c->start, t->every * (n + 1), t->unit);
        assert_int_equal(contract_period(t, n, &p), is_one);
        if (!is_one) {
            assert_false(
                contract_next_billing(t, calendar[from - 1].text, day));
            return;
        }
        int to = c->end >= 0 && c->end < next - 1 ? c->end : next - 1;
        assert_string_equal(p.from, calendar[from].text);
        assert_string_equal(p.to, calendar[to].text);
        assert_int_equal(p.days, to - from + 1);
        assert_int_equal(p.whole, next - from);
        assert_true(
            contract_next_billing(t, n ? calendar[from - 1].text : NULL, day));
        assert_string_equal(day, calendar[t->in_advance ? from : to + 1].text);
    }
}

/* What was billed up to any day goes on the day after, until its period ends.
 */
static void
check_part(const struct random_case *c)
{
    int billed = c->start + any(900), n = 0, last, begin;
    struct contract_period p;
    char day[11];

    if (c->end >= 0 && billed >= c->end) {
        assert_false(
            contract_period_after(&c->terms, calendar[billed].text, &p));
        return;
    }
    assert_true(contract_period_after(&c->terms, calendar[billed].text, &p));
    while (after(c->start, c->terms.every * (n + 1), c->terms.unit) <=
           billed + 1) {
        n++;
    }
    last = after(c->start, c->terms.every * (n + 1), c->terms.unit) - 1;
    if (c->end >= 0 && c->end < last) {
        last = c->end;
    }
    assert_int_equal(p.n, n);
    begin = after(c->start, c->terms.every * n, c->terms.unit);
    assert_string_equal(p.begin, calendar[begin].text);
    assert_string_equal(
        contract_period_begin(&c->terms, calendar[billed + 1].text, day),
        calendar[begin].text);
    assert_string_equal(p.from, calendar[billed + 1].text);
    assert_string_equal(p.to, calendar[last].text);
    assert_int_equal(p.days, last - billed);
}

static void
before_the_start_the_first_period_is_meant(void **state)
{
    struct contract_terms t = {
        .start = "2026-01-31", .every = 1, .unit = "month"};
    char day[11];

    (void)state;
    assert_string_equal(contract_period_begin(&t, "2025-12-24", day),
                        "2026-01-31");
    assert_string_equal(contract_period_begin(&t, "2026-02-27", day),
                        "2026-01-31");
    assert_string_equal(contract_period_begin(&t, "2026-02-28", day),
                        "2026-02-28");
}

static void
periods_tile_the_days_of_a_contract(void **state)
{
    (void)state;
    for (int i = 0; i < CASES; i++) {
        struct random_case c = any_case();

        check_periods(&c);
        check_part(&c);
    }
}

/* What is left has as many whole periods, within any days, and the same that
 * are cut, as are found one by one. */
static void
check_rest(const struct random_case *c)
{
    const char *until = any(2) ? calendar[c->start + any(700)].text : NULL;
    const char *since = any(2) ? calendar[c->start + any(900)].text : NULL;
    const char *before = any(2) ? calendar[c->start + any(900)].text : "";
    struct contract_rest rest;
    struct contract_period p;
    char billed[11];
    int64_t whole = 0, within = 0;
    int cuts = 0;
    bool is_any = contract_rest(&c->terms, until, &rest);

    for (bool first = true; contract_period_after(&c->terms, until, &p);
         first = false) {
        assert_true(is_any);
        if (first) {
            assert_string_equal(rest.from, p.from);
        }
        if (p.days != p.whole) {
            assert_true(cuts < rest.cuts);
            assert_string_equal(rest.cut[cuts].from, p.from);
            assert_string_equal(rest.cut[cuts++].to, p.to);
        } else {
            whole++;
            within += (!since || strcmp(p.from, since) >= 0) &&
                      (!before[0] || strcmp(p.from, before) < 0);
        }
        memcpy(billed, p.to, sizeof billed);
        until = billed;
    }
    if (is_any) {
        assert_int_equal(rest.whole, whole);
        assert_int_equal(rest.cuts, cuts);
        assert_int_equal(contract_rest_within(&c->terms, &rest, since, before),
                         within);
    }
}

static void
what_is_left_is_the_sum_of_its_periods(void **state)
{
    int checked = 0;

    (void)state;
    while (checked < CASES / 2) {
        struct random_case c = any_case();

        if (c.end >= 0) {
            check_rest(&c);
            checked++;
        }
    }
}

static void
a_share_is_rounded_half_away_from_zero(void **state)
{
    struct contract_period p = {.days = 15, .whole = 30};

    (void)state;
    assert_int_equal(contract_share(1001, &p), 501);
    assert_int_equal(contract_share(-1001, &p), -501);
    assert_int_equal(contract_share(1000, &p), 500);
    p.days = 10;
    assert_int_equal(contract_share(1000, &p), 333);
    assert_int_equal(contract_share(2000, &p), 667);
    p.days = 30;
    assert_int_equal(contract_share(INT64_MAX, &p), INT64_MAX);
    assert_int_equal(contract_share(INT64_MIN, &p), INT64_MIN);
}

/* ---- terms and notice ---- */

/* First day of term k > 0, counted from the start where both are of months, and
 * else from the end of the first. */
static int
boundary(const struct random_case *c, int k)
{
    const struct contract_terms *t = &c->terms;
    bool months = strchr("my", t->term_unit[0]) != NULL &&
                  strchr("my", t->renewal_unit[0]) != NULL;
    int in_term = t->term * (t->term_unit[0] == 'y' ? 12 : 1);
    int in_renewal = t->renewal * (t->renewal_unit[0] == 'y' ? 12 : 1);

    if (months) {
        return after(c->start, in_term + (k - 1) * in_renewal, "month");
    }
    return after(after(c->start, t->term, t->term_unit), (k - 1) * t->renewal,
                 t->renewal_unit);
}

/* The first end of a term that is not before a day. */
static int
end_from(const struct random_case *c, int day)
{
    int k = 1;

    while (c->terms.renewal && boundary(c, k) - 1 < day) {
        k++;
    }
    return boundary(c, k) - 1;
}

/* The day after which no notice ends the contract on `end`: each is tried. */
static int
last_notice(const struct random_case *c, int end)
{
    int day = end;

    while (after(day, c->terms.notice, c->terms.notice_unit) > end) {
        day--;
    }
    return day;
}

static void
check_end(const struct random_case *c)
{
    int day = c->start - 50 + any(1200),
        given = day < c->start ? c->start : day;
    int over = after(given, c->terms.notice, c->terms.notice_unit);
    int end = c->terms.term ? end_from(c, over) : over;
    char out[11];

    assert_int_equal(contract_term_end(&c->terms, calendar[day].text, out),
                     c->terms.term > 0);
    if (c->terms.term) {
        assert_string_equal(out, calendar[end_from(c, given)].text);
    }
    assert_true(contract_earliest_end(&c->terms, calendar[day].text, out));
    assert_string_equal(out, calendar[end].text);
    assert_true(contract_last_notice(&c->terms, calendar[end].text, out));
    assert_string_equal(out, calendar[last_notice(c, end)].text);
}

/* Whoever gives notice on the last day gets the end, a day later the next one.
 */
static void
check_last_day(const struct random_case *c)
{
    int day = c->start + any(1200);
    char end[11], last[11], later[11], again[11];
    int i = 0;

    assert_true(contract_earliest_end(&c->terms, calendar[day].text, end));
    assert_true(contract_last_notice(&c->terms, end, last));
    if (!c->terms.term || !c->terms.renewal ||
        strcmp(last, c->terms.start) < 0) {
        return;
    }
    while (strcmp(calendar[i].text, last) != 0) {
        i++;
    }
    assert_true(contract_earliest_end(&c->terms, last, again));
    assert_string_equal(again, end);
    assert_true(contract_earliest_end(&c->terms, calendar[i + 1].text, later));
    assert_true(strcmp(later, end) > 0);
}

static void
notice_ends_a_contract_when_its_term_does(void **state)
{
    (void)state;
    for (int i = 0; i < CASES; i++) {
        struct random_case c = any_case();

        check_end(&c);
        if (i % 20 == 0) {
            check_last_day(&c);
        }
    }
}

static void
examples_that_people_check_by_a_calendar(void **state)
{
    struct contract_terms t = {.start = "2026-01-31",
                               .every = 1,
                               .unit = "month",
                               .in_advance = true,
                               .term = 12,
                               .term_unit = "month",
                               .renewal = 1,
                               .renewal_unit = "month",
                               .notice = 1,
                               .notice_unit = "month"};
    struct contract_period p;
    char out[11];

    (void)state;
    assert_true(contract_period(&t, 1, &p));
    assert_string_equal(p.from, "2026-02-28");
    assert_string_equal(p.to, "2026-03-30");
    assert_true(contract_earliest_end(&t, "2026-12-30", out));
    assert_string_equal(out, "2027-01-30");
    assert_true(contract_earliest_end(&t, "2026-12-31", out));
    assert_string_equal(out, "2027-02-27");
    assert_true(contract_last_notice(&t, "2027-02-28", out));
    assert_string_equal(out, "2027-01-31");
    assert_true(contract_next_billing(&t, "2026-02-27", out));
    assert_string_equal(out, "2026-02-28");
    t.in_advance = false;
    t.end = "2026-03-15";
    assert_true(contract_next_billing(&t, "2026-02-27", out));
    assert_string_equal(out, "2026-03-16");
    assert_false(contract_next_billing(&t, "2026-03-15", out));
    assert_false(contract_own_end(&t, out));
    t.renewal = 0;
    assert_true(contract_own_end(&t, out));
    assert_string_equal(out, "2027-01-30");
    t.start = "9999-01-01";
    assert_false(contract_own_end(&t, out));
}

/* From August 31st monthly for six months, then quarterly, open, in arrears. */
static const struct contract_terms changing = {.start = "2025-08-31",
                                               .every = 1,
                                               .unit = "month",
                                               .in_advance = true,
                                               .term = 6,
                                               .term_unit = "month",
                                               .renewal_unit = "month",
                                               .notice = 1,
                                               .notice_unit = "month",
                                               .changes = "2026-02-28",
                                               .then = {.every = 3,
                                                        .unit = "month",
                                                        .term_unit = "month",
                                                        .renewal_unit = "month",
                                                        .notice = 14,
                                                        .notice_unit = "day"}};

static void
what_changes_is_billed_as_what_it_is_on_each_day(void **state)
{
    static const struct {
        const char *until, *from, *to, *billed, *begin;
    } expected[] = {
        {NULL, "2025-08-31", "2025-09-29", "2025-08-31", "2025-08-31"},
        {"2026-01-30", "2026-01-31", "2026-02-27", "2026-01-31", "2026-01-31"},
        {"2026-02-27", "2026-02-28", "2026-05-27", "2026-05-28", "2026-02-28"},
        {"2026-05-27", "2026-05-28", "2026-08-27", "2026-08-28", "2026-05-28"},
    };
    struct contract_terms t = changing;
    struct contract_period p;
    char day[11];

    (void)state;
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        assert_true(contract_period_after(&t, expected[i].until, &p));
        assert_string_equal(p.from, expected[i].from);
        assert_string_equal(p.to, expected[i].to);
        assert_int_equal(p.days, p.whole);
        assert_true(contract_next_billing(&t, expected[i].until, day));
        assert_string_equal(day, expected[i].billed);
        assert_string_equal(contract_period_begin(&t, p.to, day),
                            expected[i].begin);
    }
    /* a period that the change cuts is a part of its days */
    t.term = 7;
    t.changes = "2026-03-31";
    t.every = 2;
    assert_true(contract_period_after(&t, "2026-02-27", &p));
    assert_string_equal(p.to, "2026-03-30");
    assert_int_equal(p.days, 31);
    assert_int_equal(p.whole, 61);
    assert_true(contract_period_after(&t, "2026-03-30", &p));
    assert_string_equal(p.to, "2026-06-29");
    /* an end before it is the end of all */
    t.end = "2026-03-30";
    assert_false(contract_period_after(&t, "2026-03-30", &p));
}

static void
notice_that_is_late_for_the_first_term_has_that_of_what_follows(void **state)
{
    static const struct {
        const char *day, *end;
    } open[] = {
        {"2025-08-01", "2026-02-27"},
        {"2026-01-27", "2026-02-27"}, /* the last day for it */
        {"2026-01-28", "2026-02-28"}, /* 14 days are over long before */
        {"2026-02-20", "2026-03-06"},
        {"2026-03-01", "2026-03-15"},
    };
    struct contract_terms t = changing;
    char out[11];

    (void)state;
    for (size_t i = 0; i < sizeof open / sizeof *open; i++) {
        assert_true(contract_earliest_end(&t, open[i].day, out));
        assert_string_equal(out, open[i].end);
    }
    assert_true(contract_last_notice(&t, "2026-02-27", out));
    assert_string_equal(out, "2026-01-27");
    assert_true(contract_last_notice(&t, "2026-03-06", out));
    assert_string_equal(out, "2026-02-20");
    assert_true(contract_term_end(&t, "2026-02-27", out));
    assert_string_equal(out, "2026-02-27");
    assert_false(contract_term_end(&t, "2026-02-28", out)); /* it is open */
    assert_false(contract_own_end(&t, out));
    /* into a term of its own, which is counted from the change */
    t.then.term = 12;
    assert_true(contract_own_end(&t, out));
    assert_string_equal(out, "2027-02-27");
    /* what ends by itself can still be ended before the change */
    assert_false(contract_ends_itself(&t, "2025-01-01", out));
    assert_false(contract_ends_itself(&t, "2026-01-27", out));
    assert_true(contract_earliest_end(&t, "2026-01-27", out));
    assert_string_equal(out, "2026-02-27");
    assert_true(contract_ends_itself(&t, "2026-01-28", out));
    assert_string_equal(out, "2027-02-27");
    assert_true(contract_ends_itself(&t, "2026-02-28", out));
    t.then.renewal = 1;
    assert_false(contract_ends_itself(&t, "2026-01-28", out));
    assert_false(contract_own_end(&t, out));
    assert_true(contract_earliest_end(&t, "2026-01-28", out));
    assert_string_equal(out, "2027-02-27");
    assert_true(contract_earliest_end(&t, "2027-02-14", out));
    assert_string_equal(out, "2027-03-27");
}

static void
what_is_left_of_one_that_changes_is_what_is_left_of_both(void **state)
{
    struct contract_terms t = changing, parts[CONTRACT_PARTS_MAX];
    struct contract_rest rest;
    char last[11];

    (void)state;
    t.end = "2026-03-06";
    assert_int_equal(contract_parts(&t, last, parts), 2);
    assert_true(contract_rest(&parts[0], "2025-12-30", &rest));
    assert_int_equal(rest.whole, 2);
    assert_int_equal(rest.cuts, 0);
    assert_true(contract_rest(&parts[1], "2025-12-30", &rest));
    assert_int_equal(rest.whole, 0);
    assert_int_equal(rest.cut[0].days, 7);
    assert_int_equal(rest.cut[0].whole, 89);
    assert_false(contract_rest(&parts[0], "2026-02-27", &rest));
    t.end = "2026-02-27";
    assert_int_equal(contract_parts(&t, last, parts), 1);
    assert_string_equal(parts[0].end, "2026-02-27");
}

/* ---- what is billed already ---- */

static void
billed(const char *until, const char *start, const char *end, bool in_advance,
       const char *next, const char *status, const char *expected)
{
    json_t *row = json_pack(
        "{s:s?, s:s, s:s?, s:i, s:s?, s:s, s:i, s:s}", "billed_until", until,
        "start_date", start, "end_date", end, "in_advance", (int)in_advance,
        "next_billing", next, "status", status, "every", 1, "unit", "month");
    char out[11];

    assert_string_equal(contract_billed_until(row, out), expected);
    assert_ptr_equal(contract_billed_until(row, out), out);
    json_decref(row);
}

static void
a_next_billing_day_says_what_is_billed(void **state)
{
    (void)state;
    billed("2026-11-30", "2026-01-01", NULL, true, "2026-12-01", "active",
           "2026-11-30");
    /* nothing yet */
    billed(NULL, "2026-01-31", NULL, true, "2026-01-31", "active", "");
    billed(NULL, "2026-01-31", NULL, false, "2026-02-28", "active", "");
    billed(NULL, "2026-01-31", "2026-02-10", false, "2026-02-11", "active", "");
    billed(NULL, "2026-01-31", NULL, true, NULL, "draft", "");
    billed(NULL, "2026-01-31", "2026-12-31", true, NULL, "draft", "");
    /* billed elsewhere before */
    billed(NULL, "2024-01-15", NULL, true, "2026-12-15", "active",
           "2026-12-14");
    billed(NULL, "2024-01-15", NULL, true, "2026-12-20", "active",
           "2026-12-19");
    billed(NULL, "2024-01-31", NULL, false, "2026-12-31", "active",
           "2026-11-29");
    billed(NULL, "2024-01-01", "2027-03-31", true, NULL, "cancelled",
           "2027-03-31");
    billed(NULL, "2024-01-01", NULL, true, NULL, "active", "");
    billed(NULL, "2024-01-01", NULL, true, "no day", "active", "");
}

/* ---- which day it is ---- */

/* The day of a moment by the C library instead of ICU. */
static void
day_by_system(int64_t t, char out[16])
{
    time_t at = (time_t)t;
    struct tm tm;

    localtime_r(&at, &tm);
    strftime(out, 16, "%Y-%m-%d", &tm);
}

/* Clocks change at 2 and 3, at midnight, by half an hour; a day was left out.
 */
static void
a_day_begins_and_ends_in_the_zone_of_the_tenant(void **state)
{
    static const char *const zones[] = {
        "Europe/Berlin",     "Europe/London",       "America/New_York",
        "America/Sao_Paulo", "Australia/Lord_Howe", "Pacific/Apia",
        "Asia/Kathmandu",    "Africa/Cairo",        "America/St_Johns",
        "Pacific/Kiritimati"};
    char expected[16];

    (void)state;
    for (size_t z = 0; z < sizeof zones / sizeof zones[0]; z++) {
        setenv("TZ", zones[z], 1);
        tzset();
        for (int i = 0; i < 1500; i++) {
            int day = 10957 + any(7300); /* 2000 to 2019 */
            int64_t t = text_day_start(zones[z], day);

            day_by_system(t, expected);
            assert_string_equal(text_day(arena, zones[z], t), expected);
            day_by_system(t - 1, expected);
            assert_string_equal(text_day(arena, zones[z], t - 1), expected);
            assert_true(strcmp(expected, calendar[day].text) < 0);
            t += any(86400) - 43200;
            day_by_system(t, expected);
            assert_string_equal(text_day(arena, zones[z], t), expected);
        }
    }
    unsetenv("TZ");
    tzset();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(before_the_start_the_first_period_is_meant),
        TEST(periods_tile_the_days_of_a_contract),
        TEST(what_is_left_is_the_sum_of_its_periods),
        TEST(a_share_is_rounded_half_away_from_zero),
        TEST(notice_ends_a_contract_when_its_term_does),
        TEST(examples_that_people_check_by_a_calendar),
        TEST(what_changes_is_billed_as_what_it_is_on_each_day),
        TEST(notice_that_is_late_for_the_first_term_has_that_of_what_follows),
        TEST(what_is_left_of_one_that_changes_is_what_is_left_of_both),
        TEST(a_next_billing_day_says_what_is_billed),
        TEST(a_day_begins_and_ends_in_the_zone_of_the_tenant),
    };

    make_calendar();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
