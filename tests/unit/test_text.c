#include "app.h"

#include "base/clock.h"
#include "base/text.h"

#define NBSP  "\u00a0"
#define NNBSP "\u202f"
#define EURO  "\u20ac"

static void
money(void **state)
{
    (void)state;
    assert_string_equal(text_money(arena, "de", 123456, "EUR"),
                        "1.234,56" NBSP EURO);
    assert_string_equal(text_money(arena, "fr", 123456, "EUR"),
                        "1" NNBSP "234,56" NBSP EURO);
    assert_string_equal(text_money(arena, "en", 123456, "EUR"),
                        EURO "1,234.56");
    assert_string_equal(text_money(arena, "de", -5, "EUR"), "-0,05" NBSP EURO);
    assert_string_equal(text_money(arena, "de", 1234, "JPY"), "1.234" NBSP "¥");
    assert_string_equal(text_money(arena, "en", 1234567, "KWD"),
                        "KWD" NBSP "1,234.567");
    assert_string_equal(text_money(arena, "en", INT64_MIN, "EUR"),
                        "-" EURO "92,233,720,368,547,758.08");
    assert_string_equal(text_money(arena, "en", 1234, "nonsense"),
                        "12.34 nonsense");
    assert_string_equal(text_money(arena, "en", 1234, "eur"), "12.34 eur");
}

static void
decimals(void **state)
{
    (void)state;
    assert_string_equal(text_decimal(arena, "de", 1500000), "1,5");
    assert_string_equal(text_decimal(arena, "en", 1234567890000),
                        "1,234,567.89");
    assert_string_equal(text_decimal(arena, "en", 1), "0.000001");
    assert_string_equal(text_decimal(arena, "en", -2000000), "-2");
    assert_string_equal(text_percent(arena, "de", 1900), "19" NBSP "%");
    assert_string_equal(text_percent(arena, "en", 550), "5.5%");
    assert_string_equal(text_price(arena, "de", 12500, "EUR"),
                        "0,0125" NBSP EURO);
    assert_string_equal(text_price(arena, "de", 9900000, "EUR"),
                        "9,90" NBSP EURO);
    assert_string_equal(text_price(arena, "en", 9000000, "JPY"), "JP¥9");
}

static void
dates(void **state)
{
    (void)state;
    assert_string_equal(text_date(arena, "de", "2026-11-24", true),
                        "24. November 2026");
    assert_string_equal(text_date(arena, "de", "2026-11-24", false),
                        "24.11.2026");
    assert_string_equal(text_date(arena, "en", "2026-11-04", true),
                        "4 November 2026");
    assert_string_equal(text_date(arena, "en", "2026-11-04", false),
                        "4 Nov 2026");
    assert_string_equal(text_date(arena, "fr", "2026-11-24", false),
                        "24/11/2026");
    assert_string_equal(text_date(arena, "fr", "2026-08-01", true),
                        "1 août 2026");
    assert_string_equal(text_date(arena, "de", "soon", true), "soon");
    assert_string_equal(text_date(arena, "de", NULL, true), "");
}

static void
times(void **state)
{
    (void)state;
    /* 2026-07-01 and 2026-12-01, 10:00 UTC: with and without summer time */
    assert_string_equal(text_time(arena, "de", 1782900000, "Europe/Berlin"),
                        "01.07.2026, 12:00");
    assert_string_equal(text_time(arena, "de", 1796119200, "Europe/Berlin"),
                        "01.12.2026, 11:00");
    assert_string_equal(text_time(arena, "en", 1796119200, "UTC"),
                        "1 Dec 2026, 10:00");
    assert_non_null(
        strstr(text_time(arena, "fr", 1796119200, "Europe/Paris"), "11:00"));
}

static void
days_begin_where_the_zone_says(void **state)
{
    (void)state;
    /* 2026-07-01 and 2026-12-01; the last is no zone */
    assert_int_equal(text_day_start("Europe/Berlin", 20635), 1782856800);
    assert_int_equal(text_day_start("Europe/Berlin", 20788), 1796079600);
    assert_int_equal(text_day_start("UTC", 20635), 1782864000);
    assert_string_equal(text_day(arena, "Europe/Berlin", 1782856799),
                        "2026-06-30");
    assert_string_equal(text_day(arena, "Europe/Berlin", 1782856800),
                        "2026-07-01");
    assert_string_equal(text_day(arena, "UTC", 1782856800), "2026-06-30");
    assert_true(text_zone_ok("Europe/Berlin"));
    assert_true(text_zone_ok("UTC"));
    assert_false(text_zone_ok(""));
    assert_false(text_zone_ok("Mars/Olympus"));
    assert_false(text_zone_ok("Europe/Berlin/and/much/more/than/any/zone/is/"
                              "long/in/the/table/of/all"));
    assert_string_equal(text_amount(arena, 123456, "EUR"), "1234.56");
    assert_string_equal(text_amount(arena, -5, "EUR"), "-0.05");
    assert_string_equal(text_amount(arena, 1234, "JPY"), "1234");
    assert_string_equal(text_amount(arena, 1234, "?"), "12.34");
}

static void
other_languages_work(void **state)
{
    (void)state;
    assert_non_null(text_money(arena, "ar", 100, "EUR"));
    assert_string_equal(text_decimal(arena, "de-CH", 1234500000), "1’234.5");
    assert_non_null(text_money(arena, "xx-nonsense-nonsense", 100, "EUR"));
    assert_non_null(text_date(arena, "", "2026-01-01", true));
}

/* More formats than are kept open. */
static void
formats_are_given_up(void **state)
{
    (void)state;
    for (int round = 0; round < 2; round++) {
        for (char c = 'A'; c <= 'Z'; c++) {
            for (char d = 'A'; d <= 'E'; d++) {
                char currency[4] = {c, d, 'X', '\0'};
                assert_non_null(text_money(arena, "de", 100 + round, currency));
            }
            char zone[8] = {'E', 't', 'c', '/', c, '\0'};
            assert_non_null(text_time(arena, "de", 0, zone));
        }
    }
    assert_string_equal(text_money(arena, "de", 100, "EUR"), "1,00" NBSP EURO);
}

/* More texts than are remembered, and of each kind the same values. */
static void
what_is_remembered_is_told_apart(void **state)
{
    char date[11], german[11], price[24];

    (void)state;
    for (int round = 0; round < 2; round++) {
        for (int day = 18000; day < 22000; day++) {
            clock_date(day, date);
            snprintf(german, sizeof german, "%.2s.%.2s.%.4s", date + 8,
                     date + 5, date);
            assert_string_equal(text_date(arena, "de", date, false), german);
            assert_string_not_equal(text_date(arena, "de", date, true), german);
            assert_string_not_equal(text_date(arena, "en", date, false),
                                    german);
            snprintf(price, sizeof price, "%d,%02d" NBSP EURO,
                     (day - 17000) % 1000, day % 100);
            assert_string_equal(
                text_money(arena, "de", (day - 17000) % 1000 * 100 + day % 100,
                           "EUR"),
                price);
        }
    }
    assert_string_equal(text_money(arena, "de", 100, "EUR"), "1,00" NBSP EURO);
    assert_string_not_equal(text_money(arena, "de", 100, "USD"),
                            text_money(arena, "de", 100, "EUR"));
    assert_string_not_equal(text_money(arena, "en", 100, "EUR"),
                            text_money(arena, "de", 100, "EUR"));
}

static void
languages_name_themselves(void **state)
{
    (void)state;
    assert_string_equal(text_language(arena, "de"), "Deutsch");
    assert_string_equal(text_language(arena, "en"), "English");
    assert_string_equal(text_language(arena, "fr"), "Français");
    assert_string_equal(text_language(arena, "zz"), "zz");
}

static void
folding(void **state)
{
    (void)state;
    assert_string_equal(text_fold(arena, "  Anna@Example.COM\t"),
                        "anna@example.com");
    assert_string_equal(text_fold(arena, "STRASSE"), "strasse");
    assert_string_equal(text_fold(arena, "Straße"), "strasse");
    assert_string_equal(text_fold(arena, "ＡＮＮＡ"), "anna");
    assert_string_equal(text_fold(arena, "e\u0301"), "é");
    assert_string_equal(text_fold(arena, "\u3000x\u00a0"), "x");
    assert_string_equal(text_fold(arena, ""), "");
    assert_string_equal(text_nfc(arena, "e\u0301 Ａ"), "é Ａ");
    assert_string_equal(text_trim(arena, " \u2003a b\u00a0\n"), "a b");
    assert_string_equal(text_trim(arena, " \t"), "");
}

static void
utf8(void **state)
{
    static const char *const bad[] = {"\x80",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xed\xa0\x80",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xe2\x82",
                                      "a\xff",
                                      "\xe0\x80\xaf",
                                      "\xf0\x80\x80\xaf"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(text_utf8_ok(bad[i], strlen(bad[i])));
    }
    assert_false(text_utf8_ok("a\0b", 3));
    assert_true(text_utf8_ok("", 0));
    assert_true(text_utf8_ok("aä€😀", strlen("aä€😀")));
    assert_int_equal(text_length("aä€😀"), 4);
    assert_true(text_has_control("a\x1f"));
    assert_true(text_has_control("a\xc2\x85"));
    assert_true(text_has_control("a\u2028"));
    assert_false(text_has_control("a\u200fä"));
}

static void
hidden(void **state)
{
    static const struct {
        const char *text;
        int32_t found;
    } rows[] = {
        {"", 0},
        {"Anna", 0},
        {"a\u202e\u200b", 0x202e},
        {"a\u2066", 0x2066},
        {"a\u200b", 0x200b},
        {"a\u200e", 0x200e},
        {"a\u061c", 0x061c},
        {"a\ufeff", 0xfeff},
        {"\u115f", 0x115f},
        {"\u3164", 0x3164},
        {"\U000e0001", 0xe0001},
        {"\ufff9", 0xfff9},
        {"\x1f", 0x1f},
        {"\u2028", 0x2028},
        {"\uffff", 0xffff},
        {"\xff", 0xfffd},
        {"a\u200c\u200d", 0},
        {"❤\ufe0f", 0},
        {"\u0600", 0},
        {"😀", 0},
        {"e\u0301", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(text_hidden(rows[i].text), rows[i].found);
    }
}

static void
durations(void **state)
{
    (void)state;
    assert_string_equal(text_duration(arena, "de", 1), "1 Sekunde");
    assert_string_equal(text_duration(arena, "de", 8), "8 Sekunden");
    assert_string_equal(text_duration(arena, "en", 119), "119 seconds");
    assert_string_equal(text_duration(arena, "en", 120), "2 minutes");
    assert_string_equal(text_duration(arena, "fr", 121), "3 minutes");
    assert_string_equal(text_duration(arena, "de", 900), "15 Minuten");
}

static void
directions(void **state)
{
    (void)state;
    assert_true(text_rtl("ar"));
    assert_true(text_rtl("he-IL"));
    assert_false(text_rtl("de"));
}

/* What is tendered now, whatever became of it in some country. */
static void
currencies_are_those_of_now(void **state)
{
    static const char *const good[] = {"EUR", "GBP", "USD", "CHF", "JPY",
                                       "KWD", "PLN", "CZK", "SEK", "AUD"};
    static const char *const bad[] = {"DEM", "FRF",  "XYZ", "eur",
                                      "EU",  "EURO", "",    "E\xc3\x84R"};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(text_currency_ok(good[i]));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(text_currency_ok(bad[i]));
    }
}

static void
file_names(void **state)
{
    struct arena *a = arena_new();

    (void)state;
    assert_string_equal(text_file_name(a, "RE10001"), "RE10001");
    assert_string_equal(text_file_name(a, "RE 2026-\xc3\x84"),
                        "RE 2026-\xc3\x84");
    assert_string_equal(text_file_name(a, "../../etc/passwd"),
                        "_._.._etc_passwd");
    assert_string_equal(text_file_name(a, "a\"b\r\n\\c;\x7f%:*"),
                        "a_b___c_____");
    arena_free(a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(currencies_are_those_of_now),
        TEST(money),
        TEST(decimals),
        TEST(dates),
        TEST(times),
        TEST(days_begin_where_the_zone_says),
        TEST(other_languages_work),
        TEST(formats_are_given_up),
        TEST(what_is_remembered_is_told_apart),
        TEST(languages_name_themselves),
        TEST(folding),
        TEST(utf8),
        TEST(hidden),
        TEST(durations),
        TEST(directions),
        TEST(file_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
