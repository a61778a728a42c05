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

/* Records as "line:field|field". */
static const char *
read_all(const char *text)
{
    struct csv_reader r = csv_begin(text);
    struct buf out = buf_new(arena, 256);
    enum csv_result result;

    while ((result = csv_next(&r, arena)) == CSV_RECORD) {
        buf_printf(&out, "%s%d:", out.len ? " " : "", r.line);
        for (size_t i = 0; i < r.n; i++) {
            buf_printf(&out, "%s%s", i ? "|" : "", r.fields[i]);
        }
    }
    buf_puts(&out, result == CSV_OPEN       ? " open"
                   : result == CSV_TOO_WIDE ? " wide"
                                            : "");
    return out.data;
}

static void
records_are_read(void **state)
{
    static const struct {
        const char *text, *records;
    } rows[] = {
        {"", ""},
        {"a", "1:a"},
        {"a,b\n1,2\n", "1:a|b 2:1|2"},
        {"a;b\r\n1,5;2\r\n", "1:a|b 2:1,5|2"},
        {"a\tb\r1\t2", "1:a|b 2:1|2"},
        {"\xef\xbb\xbf"
         "a;b\n",
         "1:a|b"},
        {"\"a,b,c\";d;e\n\"x \"\"y\"\"\";;z", "1:a,b,c|d|e 2:x \"y\"||z"},
        {"a;b\n\"1\r\n2\";3\n4;5", "1:a|b 2:1\n2|3 4:4|5"},
        {"a;b\n\n  \n;;\n1;2\n\n", "1:a|b 5:1|2"},
        {"a,\n,b", "1:a| 2:|b"},
        {"a;b\n\"1\"2;3", "1:a|b 2:12|3"},
        {"a;b\n1\"2;3", "1:a|b 2:1\"2|3"},
        {"a;b\n1;2\n\"3;4\n5;6", "1:a|b 2:1|2 open"},
        {"a;b\n1;2;3", "1:a|b 2:1|2|3"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_string_equal(read_all(rows[i].text), rows[i].records);
    }
}

static void
a_record_has_so_many_fields(void **state)
{
    struct buf text = buf_new(arena, 256);
    struct csv_reader r;

    (void)state;
    for (int i = 1; i < CSV_FIELDS_MAX; i++) {
        buf_putc(&text, ',');
    }
    buf_puts(&text, "x\n,");
    r = csv_begin(text.data);
    assert_int_equal(csv_next(&r, arena), CSV_RECORD);
    assert_int_equal(r.n, CSV_FIELDS_MAX);
    r = csv_begin(arena_printf(arena, ",%s\na", text.data));
    assert_int_equal(csv_next(&r, arena), CSV_TOO_WIDE);
    assert_int_equal(csv_next(&r, arena), CSV_RECORD);
    assert_int_equal(r.line, 3);
    assert_string_equal(r.fields[0], "a");
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(fields_are_quoted_and_run_nowhere),
        TEST(lines_end_as_the_rfc_says),
        TEST(records_are_read),
        TEST(a_record_has_so_many_fields),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
