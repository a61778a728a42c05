#include "unit.h"

#include "pf_json.h"

static void
what_is_no_object_is_refused(void **state)
{
    static const char *const rows[] = {
        "",
        "[]",
        "1",
        "null",
        "\"a\"",
        "{",
        "{}x",
        "{}{}",
        "{\"a\":1,\"a\":2}",
        "{\"a\":1,\"\\u0061\":2}",
        "{\"x\":{\"a\":1,\"a\":1}}",
        "{\"a\":\"\\u0000\"}",
        "{\"a\\u0000\":1}",
        "{\"a\":\"\xff\"}",
        "{\"a\":\"\xc0\x80\"}",
        "{\"a\":\"\xed\xa0\x80\"}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":\"line\nfeed\"}",
        "{'a':1}",
        "{\"a\":1,}",
        "{\"a\":NaN}",
        "{\"a\":99999999999999999999}",
        "\xef\xbb\xbf{}",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_row(!pf_json_object(str(rows[i]), 100), "accepted: %s", rows[i]);
    }
    assert_null(pf_json_object(span("{}\0", 3), 100));
    assert_null(pf_json_object(span("{\"a\0\":1}", 8), 100));
}

/* {"a":{"a":…{}…}} with n levels. */
static json_t *
nested(size_t n, const char *inner)
{
    char text[1024] = "";

    for (size_t i = 1; i < n; i++) {
        strcat(text, "{\"a\":");
    }
    strcat(text, inner);
    for (size_t i = 1; i < n; i++) {
        strcat(text, "}");
    }
    return pf_json_object(str(text), sizeof text);
}

static void
depth_ends_at_eight(void **state)
{
    json_t *json = nested(PF_JSON_DEPTH, "{}");

    (void)state;
    assert_non_null(json);
    json_decref(json);
    assert_null(nested(PF_JSON_DEPTH + 1, "{}"));
    assert_null(nested(PF_JSON_DEPTH, "[[]]"));
    assert_null(nested(100, "{}"));
    /* Brackets inside a string are no levels, nor does \" end one. */
    json = nested(1, "{\"[[[[[[[[[[{{{{\\\"[[[[[[[[[[\":\"]\\\\\"}");
    assert_non_null(json);
    json_decref(json);
}

static void
size_ends_at_the_cap(void **state)
{
    json_t *json = pf_json_object(str("{\"a\":1}"), 7);

    (void)state;
    assert_non_null(json);
    json_decref(json);
    assert_null(pf_json_object(str("{\"a\":1}"), 6));
}

static void
strings_have_a_cap_and_no_controls(void **state)
{
    static const struct {
        const char *json;
        bool text;
    } rows[] = {
        {"{}", true},
        {"{\"a\":\"\"}", true},
        {"{\"a\":\"Az09._~\"}", true},
        {"{\"a\":\":@+-\"}", true},
        {"{\"a\":\"12345678\"}", true},
        {"{\"a\":\"123456789\"}", false},
        {"{\"a\":\"J\xc3\xbcrgen\"}", true},
        {"{\"a\":\"a b\"}", true},
        {"{\"a\":\"a,b\"}", true},
        {"{\"a\":\"\xc2\xa0\"}", true},
        {"{\"a\":\"\xf0\x9f\x94\x91\"}", true},
        {"{\"a\":\"\\u001f\"}", false},
        {"{\"a\":\"\\r\\n\"}", false},
        {"{\"a\":\"\\t\"}", false},
        {"{\"a\":\"\x7f\"}", false},
        {"{\"a\":\"\xc2\x80\"}", false},
        {"{\"a\":\"\\u009f\"}", false},
        {"{\"a\":1}", false},
        {"{\"a\":null}", false},
        {"{\"a\":[\"b\"]}", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        json_t *json = pf_json_object(str(rows[i].json), 100);
        char out[9];

        assert_row(json, "not read: %s", rows[i].json);
        assert_row(pf_json_text(json, "a", out, sizeof out) == rows[i].text,
                   "%s", rows[i].json);
        json_decref(json);
    }
}

static void
integers_are_natural(void **state)
{
    static const struct {
        const char *json;
        bool ok;
        int64_t value;
    } rows[] = {
        {"{}", true, 0},
        {"{\"a\":0}", true, 0},
        {"{\"a\":7}", true, 7},
        {"{\"a\":9223372036854775807}", true, INT64_MAX},
        {"{\"a\":-1}", false, 0},
        {"{\"a\":1.0}", false, 0},
        {"{\"a\":1e3}", false, 0},
        {"{\"a\":\"1\"}", false, 0},
        {"{\"a\":true}", false, 0},
        {"{\"a\":null}", false, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        json_t *json = pf_json_object(str(rows[i].json), 100);
        int64_t value = 99;

        assert_row(pf_json_natural(json, "a", &value) == rows[i].ok, "%s",
                   rows[i].json);
        assert_row(!rows[i].ok || value == rows[i].value, "%s", rows[i].json);
        json_decref(json);
    }
}

static void
wiping_reaches_every_string(void **state)
{
    json_t *json =
        pf_json_object(str("{\"a\":\"secret\",\"b\":[{\"c\":\"deep\"}]}"), 99);
    json_t *a = json_incref(json_object_get(json, "a"));
    json_t *c = json_incref(
        json_object_get(json_array_get(json_object_get(json, "b"), 0), "c"));

    (void)state;
    pf_json_wipe(json);
    assert_memory_equal(json_string_value(a), "\0\0\0\0\0\0", 6);
    assert_memory_equal(json_string_value(c), "\0\0\0\0", 4);
    json_decref(a);
    json_decref(c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_object_is_refused),
        cmocka_unit_test(depth_ends_at_eight),
        cmocka_unit_test(size_ends_at_the_cap),
        cmocka_unit_test(strings_have_a_cap_and_no_controls),
        cmocka_unit_test(integers_are_natural),
        cmocka_unit_test(wiping_reaches_every_string),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
