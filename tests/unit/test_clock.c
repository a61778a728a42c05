/* clock, id, log and err: the small ones. */
#include "app.h"

#include <ctype.h>
#include <time.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/id.h"

static void
days_of_dates(void **state)
{
    int64_t days;
    char text[11];

    (void)state;
    assert_int_equal(clock_days(1970, 1, 1), 0);
    assert_int_equal(clock_days(2000, 3, 1), 11017);
    assert_int_equal(clock_days(1969, 12, 31), -1);
    assert_int_equal(clock_days(2026, 11, 24), 20781);
    for (int64_t d = -719162; d < 2932896; d += 17) {
        clock_date(d, text);
        assert_int_equal(clock_parse_date(text, &days), 1);
        assert_int_equal(days, d);
    }
    clock_date(2932896, text);
    assert_string_equal(text, "9999-12-31");
    clock_date(2932897, text);
    assert_string_equal(text, "0000-00-00");
}

static void
what_is_no_date(void **state)
{
    static const char *const bad[] = {
        "",           "2026-02-29",  "2100-02-29",  "2026-13-01", "2026-00-01",
        "2026-01-00", "2026-01-32",  "2026-04-31",  "26-01-01",   "2026/01/01",
        "2026-1-1",   " 2026-01-01", "2026-01-01 ", "2026-01-0x", "0000-01-01",
        "+026-01-01", "2026-01-01T"};
    int64_t days = 7;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(clock_parse_date(bad[i], &days), 0);
    }
    assert_int_equal(clock_parse_date(NULL, &days), 0);
    assert_int_equal(days, 7);
    assert_int_equal(clock_parse_date("2024-02-29", &days), 1);
    assert_int_equal(clock_parse_date("2000-02-29", &days), 1);
}

static void
the_clocks_agree(void **state)
{
    (void)state;
    int64_t before = clock_monotonic_ms();
    assert_true(llabs(clock_now() - (int64_t)time(NULL)) <= 1);
    assert_true(llabs(clock_now_ms() / 1000 - clock_now()) <= 1);
    assert_true(clock_monotonic_ms() >= before);
}

static void
ids_sort_by_time(void **state)
{
    char *first = id_new(arena, "cus");
    struct timespec pause = {.tv_nsec = 3000000};

    (void)state;
    nanosleep(&pause, NULL);
    char *second = id_new(arena, "cus");
    assert_int_equal(strlen(first), 30);
    assert_memory_equal(first, "cus_0", 5);
    assert_true(strcmp(first, second) < 0);
    assert_int_equal(strspn(first + 4, "0123456789abcdefghjkmnpqrstvwxyz"), 26);
}

static void
ids_hold_the_time(void **state)
{
    static const char letters[] = "0123456789abcdefghjkmnpqrstvwxyz";
    char *id = id_new(arena, "x");
    int64_t ms = 0;

    (void)state;
    for (int i = 0; i < 10; i++) {
        ms = ms * 32 + (strchr(letters, id[2 + i]) - letters);
    }
    assert_true(llabs(ms - clock_now_ms()) < 5000);
}

static void
secrets_are_random(void **state)
{
    (void)state;
    assert_int_equal(strlen(id_secret(arena, 32)), 43);
    assert_string_not_equal(id_secret(arena, 32), id_secret(arena, 32));
    char *key = id_base62(arena, 40);
    assert_int_equal(strlen(key), 40);
    for (char *c = key; *c != '\0'; c++) {
        assert_true(isalnum((unsigned char)*c));
    }
    assert_string_equal(id_base62(arena, 0), "");
}

static void
secrets_are_hashed(void **state)
{
    (void)state;
    assert_string_equal(
        id_hash(arena, "abc"),
        "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    assert_true(id_equal("abc", "abc"));
    assert_false(id_equal("abc", "abd"));
    assert_false(id_equal("abc", "ab"));
    assert_true(id_equal("", ""));
}

static void
write_lines(void)
{
    log_set_request("r-1");
    log_info("a %s\nb \x1b[1m \x7f", "x");
    log_set_request(NULL);
    log_warn("plain");
    log_debug("hidden");
    log_error("%5000d", 1);
}

static void
lines_of_the_log(void **state)
{
    char *log = captured(write_lines), *second = strchr(log, '\n') + 1;

    (void)state;
    assert_true(isdigit((unsigned char)log[0]));
    assert_int_equal(log[10], 'T');
    assert_int_equal(log[23], 'Z');
    assert_non_null(strstr(
        log, arena_printf(arena, " info %ld r-1 a x\\nb \\x1b[1m \\x7f\n",
                          (long)getpid())));
    assert_non_null(strstr(second, " - plain\n"));
    assert_null(strstr(log, "hidden"));
    assert_int_equal(log[strlen(log) - 1], '\n');
    assert_true(strlen(strchr(second, '\n') + 1) <= 4096);
}

static void
rows_of_errors(void **state)
{
    (void)state;
    assert_int_equal(err_row(ERR_NONE)->status, 200);
    assert_string_equal(err_row(ERR_not_found)->code, "not_found");
    for (int e = 1; e < ERR_COUNT; e++) {
        const struct err_row *row = err_row((enum err)e);
        assert_true(row->status >= 400 && row->status < 600);
        assert_true(row->title[0] != '\0' && row->detail[0] != '\0');
    }
    assert_string_equal(err_row((enum err)9999)->code, "internal");
}

static void
a_file_moves_the_time(void **state)
{
    char *dir = temporary_directory();
    char *path = arena_printf(arena, "%s/clock", dir);
    int64_t before = clock_now(), real = clock_real_ms();
    int64_t monotonic = clock_monotonic_ms();

    (void)state;
    clock_follow(path);
    assert_in_range(clock_now() - before, 0, 2); /* no file yet */
    write_file(path, "86400\n");
    assert_in_range(clock_now() - before, 86400, 86402);
    assert_in_range(clock_now_ms() - real, 86400000, 86402000);
    write_file(path, "-86400");
    assert_in_range(before - clock_now(), 86398, 86400);
    assert_in_range(clock_real_ms() - real, 0, 2000);
    assert_in_range(clock_monotonic_ms() - monotonic, 0, 2000);
    clock_follow(NULL);
    assert_in_range(clock_now() - before, 0, 2);
    remove_directory(dir);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(days_of_dates),      TEST(what_is_no_date),
        TEST(the_clocks_agree),   TEST(ids_sort_by_time),
        TEST(ids_hold_the_time),  TEST(secrets_are_random),
        TEST(secrets_are_hashed), TEST(lines_of_the_log),
        TEST(rows_of_errors),     TEST(a_file_moves_the_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
