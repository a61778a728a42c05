/* Forms with a file. */
#include "app.h"

#include <jansson.h>

#include "base/buf.h"
#include "http/multipart.h"

#define TYPE "multipart/form-data; boundary=xyz"
#define PART(name)                                                             \
    "--xyz\r\nContent-Disposition: form-data; name=\"" name "\"\r\n"
#define END_ "\r\n--xyz--\r\n"

static const char *
read_as(const char *type, const char *body, size_t len, enum err expected)
{
    json_t *out = NULL;

    assert_int_equal(multipart_parse(arena, type, body, len, &out), expected);
    char *s = json_dumps(out, JSON_COMPACT);
    char *copy = arena_strdup(arena, s);
    free(s);
    return copy;
}

static void
fine(const char *type, const char *body, const char *expected)
{
    assert_string_equal(read_as(type, body, strlen(body), ERR_NONE), expected);
}

static void
malformed(const char *type, const char *body)
{
    assert_string_equal(read_as(type, body, strlen(body), ERR_malformed), "{}");
}

static void
parts_are_read(void **state)
{
    (void)state;
    fine(TYPE, PART("a") "\r\n1" END_, "{\"a\":\"1\"}");
    fine(TYPE, PART("a") "\r\n1\r\n" PART("b") "\r\n\r\n2\r\n" END_,
         "{\"a\":\"1\",\"b\":\"\\r\\n2\\r\\n\"}");
    fine(TYPE, PART("a") "\r\n\r\n--xyz--", "{\"a\":\"\"}");
    fine("multipart/form-data; charset=utf-8; boundary=\"x y\"",
         "--x y\r\ncontent-type: text/plain\r\nCONTENT-DISPOSITION:form-data; "
         "name=a\r\n\r\n1\r\n--x y--",
         "{\"a\":\"1\"}");
    /* a boundary is one only at the beginning of a line */
    fine(TYPE, PART("a") "\r\n1 --xyz--" END_, "{\"a\":\"1 --xyz--\"}");
}

static void
files_are_texts_or_nothing(void **state)
{
    static const char bytes[] =
        "--xyz\r\nContent-Disposition: form-data; name=\"f\"; "
        "filename=\"a;b=.csv\"\r\n"
        "Content-Type: text/csv\r\n\r\na\xff\0b\r\n--xyz--\r\n";

    (void)state;
    fine(
        TYPE,
        "--xyz\r\nContent-Disposition: form-data; name=\"f\"; filename=\"\"\r\n"
        "Content-Type: application/octet-stream\r\n\r\n" END_,
        "{\"f\":\"\"}");
    fine(TYPE,
         "--xyz\r\nContent-Disposition: form-data; filename=\"; name=x\"; "
         "name=\"f\"\r\n\r\nä;1\r\n" END_,
         "{\"f\":\"ä;1\\r\\n\"}");
    assert_string_equal(read_as(TYPE, bytes, sizeof bytes - 1, ERR_NONE),
                        "{\"f\":null}");
}

static void
what_is_none_is_refused(void **state)
{
    struct buf many = buf_new(arena, 8192);

    (void)state;
    malformed("multipart/form-data", PART("a") "\r\n1" END_);
    malformed("multipart/form-data; boundary=", PART("a") "\r\n1" END_);
    malformed("multipart/form-data; boundary=\"xyz", PART("a") "\r\n1" END_);
    malformed("multipart/form-data; boundary=x\x01yz", PART("a") "\r\n1" END_);
    malformed(TYPE, "");
    malformed(TYPE, "--xyz");
    malformed(TYPE, "--xyz-");
    malformed(TYPE, "preamble\r\n" PART("a") "\r\n1" END_);
    malformed(TYPE, PART("a") "\r\n1");
    malformed(TYPE, PART("a") "\r\n1\r\n--xy--");
    malformed(TYPE, PART("a") "\r\n1\r\n--xyz--\r\nepilogue");
    malformed(TYPE, PART("a") "1" END_);
    malformed(TYPE, "--xyz\r\n\r\n1" END_);
    malformed(
        TYPE,
        "--xyz\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\n1" END_);
    malformed(
        TYPE,
        PART("a") "Content-Disposition: form-data; name=\"b\"\r\n\r\n1" END_);
    malformed(
        TYPE,
        "--xyz\r\nContent-Disposition: form-data; name=\"a\r\n\r\n1" END_);
    malformed(TYPE, PART("a") "\r\n\xff" END_);
    malformed(TYPE, PART("\xff") "\r\n1" END_);
    for (int i = 0; i <= MULTIPART_PARTS_MAX; i++) {
        buf_printf(
            &many,
            "%s--xyz\r\nContent-Disposition: form-data; name=\"p%d\"\r\n\r\n1",
            i ? "\r\n" : "", i);
    }
    buf_puts(&many, END_);
    malformed(TYPE, many.data);
    many = buf_new(arena, 8192);
    buf_puts(&many, PART("a"));
    for (int i = 0; i < MULTIPART_HEAD_MAX / 8; i++) {
        buf_puts(&many, "X-A: 1\r\n");
    }
    buf_puts(&many, "\r\n1" END_);
    malformed(TYPE, many.data);
    assert_string_equal(read_as(TYPE,
                                PART("b") "\r\n0\r\n" PART(
                                    "a") "\r\n1\r\n" PART("a") "\r\n2" END_,
                                strlen(PART("b") "\r\n0\r\n" PART(
                                    "a") "\r\n1\r\n" PART("a") "\r\n2" END_),
                                ERR_value_twice),
                        "{\"a\":null}");
}

/* Wherever it is cut off, it is refused. */
static void
what_is_cut_off_is_refused(void **state)
{
    static const char whole[] =
        PART("a") "\r\n1\r\n" PART("b") "\r\n2\r\n--xyz--";

    (void)state;
    for (size_t n = 0; n < sizeof whole - 1; n++) {
        read_as(TYPE, arena_strndup(arena, whole, n), n, ERR_malformed);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(parts_are_read),
        TEST(files_are_texts_or_nothing),
        TEST(what_is_none_is_refused),
        TEST(what_is_cut_off_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
