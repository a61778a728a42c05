#include "app.h"

#include "view/csv.h"

static void
fields_are_quoted_and_run_nowhere(void **state)
{
    static const struct {
        const char *text, *field;
    } rows[] = {
        {"", "\"\""},
        {"plain, with a comma", "\"plain, with a comma\""},
        {"a \"b\"", "\"a \"\"b\"\"\""},
        {"two\nlines", "\"two\nlines\""},
        {"=1+1", "\"'=1+1\""},
        {"+49 40", "\"'+49 40\""},
        {"@sum", "\"'@sum\""},
        {"\tx", "\"'\tx\""},
        {"\rx", "\"'\rx\""},
        {"  =x", "\"'  =x\""},
        {"-x", "\"'-x\""},
        {"--1", "\"'--1\""},
        {"-", "\"'-\""},
        {"-12.34", "\"-12.34\""},
        {"-5", "\"-5\""},
        {"a=b", "\"a=b\""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out = buf_new(arena, 16);

        csv_field(&out, true, rows[i].text);
        assert_string_equal(out.data, rows[i].field);
    }
}

static void
lines_end_as_the_rfc_says(void **state)
{
    struct buf out = buf_new(arena, 16);

    (void)state;
    csv_field(&out, true, "a");
    csv_field(&out, false, "b");
    csv_end(&out);
    assert_string_equal(out.data, "\"a\",\"b\"\r\n");
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(fields_are_quoted_and_run_nowhere),
        TEST(lines_end_as_the_rfc_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
