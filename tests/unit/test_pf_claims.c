#include "unit.h"

#include "pf_claims.h"
#include "pf_json.h"

struct sample {
    char text[9], word[9], words[9], aud[9], lax[9];
    int64_t natural, time, date;
};

enum { TEXT, WORD, WORDS, AUD, LAX, NATURAL, TIME, DATE, ANY, ROWS };

static const pf_claim_t rows_of_sample[ROWS] = {
    [TEXT] = PF_CLAIM("text", TEXT, struct sample, text),
    [WORD] = PF_CLAIM("word", WORD, struct sample, word),
    [WORDS] = PF_CLAIM("words", WORDS, struct sample, words),
    [AUD] = PF_CLAIM("aud", AUDIENCE, struct sample, aud),
    [LAX] = PF_CLAIM_OR_EMPTY("lax", TEXT, struct sample, lax),
    [NATURAL] = PF_CLAIM("natural", NATURAL, struct sample, natural),
    [TIME] = PF_CLAIM("time", TIME, struct sample, time),
    [DATE] = PF_CLAIM("date", DATE, struct sample, date),
    [ANY] = PF_CLAIM_SEEN("any"),
};

static uint32_t seen;

static bool
read_span(pf_str_t text, struct sample *out)
{
    memset(out, 0, sizeof *out);
    return pf_claims_read(rows_of_sample, ROWS, text, out, &seen);
}

static bool
accepted(const char *text)
{
    struct sample out;

    return read_span(str(text), &out);
}

/* The object {"name":value}. */
static bool
read_one(const char *name, const char *value, struct sample *out)
{
    char text[400];

    snprintf(text, sizeof text, "{\"%s\":%s}", name, value);
    return read_span(str(text), out);
}

static void
every_kind_at_once(void **state)
{
    struct sample out;

    (void)state;
    assert_true(read_span(
        str(" {\"date\" : 7 ,\n\"time\":\"2026-11-24T10:30:00+01:00\",\t"
            "\"natural\":0,\"x\":[{\"text\":\"not me\"}],\"lax\":\"l\",\r"
            "\"aud\":[\"a\"],\"words\":[\"b\", \"c\"],\"word\":\"d@e\","
            "\"text\":\"J\xc3\xbc \\u20ac\",\"any\":[null,true,false,-1.5e+9,"
            "{}]} "),
        &out));
    assert_string_equal(out.text, "J\xc3\xbc \xe2\x82\xac");
    assert_string_equal(out.word, "d@e");
    assert_string_equal(out.words, "b c");
    assert_string_equal(out.aud, "a");
    assert_string_equal(out.lax, "l");
    assert_int_equal(out.natural, 0);
    assert_int_equal(out.time, 1795512600);
    assert_int_equal(out.date, 7);
    assert_int_equal(seen, (1 << ROWS) - 1);
}

static void
what_is_absent_stays_as_it_is(void **state)
{
    struct sample out = {.text = "as is", .natural = 5};

    (void)state;
    assert_true(
        pf_claims_read(rows_of_sample, ROWS, str("{\"any\":1}"), &out, &seen));
    assert_string_equal(out.text, "as is");
    assert_int_equal(out.natural, 5);
    assert_int_equal(seen, 1 << ANY);
    assert_true(pf_claims_read(NULL, 0, str("{\"text\":1}"), NULL, NULL));
}

static void
what_is_no_object_is_refused(void **state)
{
    static const char *const rows[] = {
        "",
        " ",
        "[]",
        "1",
        "null",
        "\"a\"",
        "{",
        "}",
        "{}x",
        "{}{}",
        "{}]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\" 1}",
        "{\"a\":1",
        "{\"a\":1,}",
        "{,\"a\":1}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":[}",
        "{\"a\":[1}",
        "{\"a\":[1,]}",
        "{\"a\":[,1]}",
        "{\"a\":[1 2]}",
        "{\"a\":[1]]}",
        "{\"a\":{\"b\":1}",
        "{'a':1}",
        "{a:1}",
        "{1:1}",
        "{\"a\":NaN}",
        "{\"a\":True}",
        "{\"a\":nul}",
        "{\"a\":nulll}",
        "{\"a\":truefalse}",
        "{\"a\":/**/1}",
        "{\"words\":[\"a\"}",
        "{\"words\":[\"a\",]}",
        "{\"words\":[\"a\"",
        "{\"words\":[",
        "{\"aud\":[\"a\"",
        "\xef\xbb\xbf{}",
        "\v{}",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_row(!accepted(rows[i]), "accepted: %s", rows[i]);
    }
    assert_false(accepted("{}\f"));
    assert_false(read_span(span("{}\0", 3), &(struct sample){0}));
    assert_false(read_span(span("{\"a\0\":1}", 8), &(struct sample){0}));
    assert_true(accepted("{}"));
    assert_true(accepted(" {\n} "));
    assert_true(accepted("{\"\":1}"));
}

static void
any_end_cut_off(void **state)
{
    static const char text[] =
        "{\"text\":\"\xf0\x9f\x94\x91\\ud83d\\udd11\",\"words\":[\"b\"],"
        "\"x\":{\"y\":[true,-0.5e-7]},\"natural\":12}";

    (void)state;
    assert_true(accepted(text));
    for (size_t n = 0; n < sizeof text - 1; n++) {
        char *copy = malloc(n + 1); /* so that sanitizers see its end */

        memcpy(copy, text, n);
        assert_row(!read_span(span(copy, n), &(struct sample){0}), "%zu", n);
        free(copy);
    }
}

/* {"a":{"a":…inner…}} with n levels, the inner one's not counted. */
static bool
nested(size_t n, const char *inner)
{
    char text[1024] = "";

    for (size_t i = 0; i < n; i++) {
        strcat(text, "{\"a\":");
    }
    strcat(text, inner);
    for (size_t i = 0; i < n; i++) {
        strcat(text, "}");
    }
    return accepted(text);
}

static void
depth_ends_at_eight(void **state)
{
    (void)state;
    assert_true(nested(PF_JSON_DEPTH, "1"));
    assert_true(nested(PF_JSON_DEPTH - 1, "[]"));
    assert_true(nested(PF_JSON_DEPTH - 1, "{}"));
    assert_false(nested(PF_JSON_DEPTH, "[]"));
    assert_false(nested(PF_JSON_DEPTH, "{}"));
    assert_false(nested(100, "1"));
    assert_true(accepted("{\"a\":[[[[[[[1]]]]]]]}"));
    assert_false(accepted("{\"a\":[[[[[[[[]]]]]]]]}"));
    /* What was closed counts no more; brackets in strings never did. */
    assert_true(accepted("{\"a\":[[[[[[[]]]]]]],\"b\":[[[[[[[],[]]]]]]]}"));
    assert_true(accepted("{\"[[[[[[[[[[{{{{\\\"[[[[[[[[[[\":\"]\\\\\"}"));
}

static void
names_stand_once(void **state)
{
    static const struct {
        const char *json;
        bool ok;
    } rows[] = {
        {"{\"word\":\"a\",\"word\":\"a\"}", false},
        {"{\"word\":\"a\",\"wor\\u0064\":\"a\"}", false},
        {"{\"any\":1,\"any\":1}", false},
        {"{\"lax\":1,\"lax\":\"a\"}", false},
        {"{\"a\":1,\"a\":2}", false},
        {"{\"a\":1,\"b\":2,\"c\":3,\"\\u0061\":2}", false},
        {"{\"\":1,\"\":2}", false},
        {"{\"x\":{\"a\":1,\"a\":1}}", false},
        {"{\"x\":[0,{\"a\":1,\"\\u0061\":1}]}", false},
        {"{\"x\":{\"word\":1,\"word\":1}}", false},
        {"{\"any\":{\"a\":1,\"a\":1}}", false},
        {"{\"a\":{\"b\":1},\"b\":{\"a\":1,\"b\":1}}", true},
        {"{\"a\":{\"x\":1},\"b\":1,\"a\":1}", false},
        {"{\"a\":[{\"x\":1},{\"x\":1}]}", true},
        {"{\"a\":{\"a\":{\"a\":1}}}", true},
        {"{\"word\":\"a\",\"x\":{\"word\":[],\"x\":1}}", true},
        {"{\"word\":\"a\",\"Word\":1,\"words\":[],\"wor\":1}", true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_row(accepted(rows[i].json) == rows[i].ok, "%s", rows[i].json);
    }
}

static void
sixty_four_unknown_names(void **state)
{
    (void)state;
    for (int n = 64; n <= 65; n++) {
        char text[1024] = "{\"word\":\"a\"";

        for (int i = 0; i < n; i++) {
            snprintf(text + strlen(text), 24, ",\"n%d\":1", i);
        }
        strcat(text, "}");
        assert_int_equal(accepted(text), n == 64);
    }
}

static void
size_ends_at_the_cap(void **state)
{
    char text[PF_CLAIMS_MAX + 2];

    (void)state;
    memset(text, ' ', sizeof text);
    memcpy(text, "{}", 2);
    assert_true(read_span(span(text, PF_CLAIMS_MAX), &(struct sample){0}));
    assert_false(read_span(span(text, PF_CLAIMS_MAX + 1), &(struct sample){0}));
    assert_false(read_span((pf_str_t){0, NULL}, &(struct sample){0}));
    /* All of it one string with escapes. */
    memset(text, '\\', sizeof text);
    memcpy(text, "{\"", 2);
    memcpy(text + PF_CLAIMS_MAX - 4, "\":1}", 4);
    assert_true(read_span(span(text, PF_CLAIMS_MAX), &(struct sample){0}));
}

/* What a string may be, whoever reads it; out is its text, NULL for refused. */
static void
strings(void **state)
{
    static const struct {
        const char *json, *out;
    } rows[] = {
        {"\"\"", ""},
        {"\"a\\/b\"", "a/b"},
        {"\"\\\"\\\\\"", "\"\\"},
        {"\"\\u0041\\u00e9\"", "A\xc3\xa9"},
        {"\"\\u00E9\\u20aC\"", "\xc3\xa9\xe2\x82\xac"},
        {"\"\\ud83d\\udd11\"", "\xf0\x9f\x94\x91"},
        {"\"\\uDBFF\\uDFFF\"", "\xf4\x8f\xbf\xbf"},
        {"\"\\uffff\\u0800\"", "\xef\xbf\xbf\xe0\xa0\x80"},
        {"\"\xed\x9f\xbf\xee\x80\x80\"", "\xed\x9f\xbf\xee\x80\x80"},
        {"\"\xf0\x90\x80\x80\"", "\xf0\x90\x80\x80"},
        {"\"\xf4\x8f\xbf\xbf\"", "\xf4\x8f\xbf\xbf"},
        {"\"\xe0\xa0\x80\\\\\"", "\xe0\xa0\x80\\"},
        {"\"\\u0000\"", NULL},
        {"\"a\\u0000b\"", NULL},
        {"\"\\u\"", NULL},
        {"\"\\u12\"", NULL},
        {"\"\\u 041\"", NULL},
        {"\"\\ u0041\"", NULL},
        {"\"\\u00g1\"", NULL},
        {"\"\\u+041\"", NULL},
        {"\"\\U0041\"", NULL},
        {"\"\\x41\"", NULL},
        {"\"\\'\"", NULL},
        {"\"\\\"", NULL},
        {"\"\\ud800\"", NULL},
        {"\"\\udc00\"", NULL},
        {"\"\\ud800x\"", NULL},
        {"\"\\ud800\\n\"", NULL},
        {"\"\\ud800\\u0041\"", NULL},
        {"\"\\ud800\\ud800\"", NULL},
        {"\"\\udc00\\ud800\"", NULL},
        {"\"\\ud83d\\ udd11\"", NULL},
        {"\"\xff\"", NULL},
        {"\"\x80\"", NULL},
        {"\"\xc0\x80\"", NULL},
        {"\"\xc1\xbf\"", NULL},
        {"\"\xc3\"", NULL},
        {"\"\xc3(\"", NULL},
        {"\"\xe0\x9f\xbf\"", NULL},
        {"\"\xe2\x82\"", NULL},
        {"\"\xe2(\xac\"", NULL},
        {"\"\xed\xa0\x80\"", NULL},
        {"\"\xf0\x8f\xbf\xbf\"", NULL},
        {"\"\xf4\x90\x80\x80\"", NULL},
        {"\"\xf5\x80\x80\x80\"", NULL},
        {"\"\xf0\x9f\x94\"", NULL},
        {"\"line\nfeed\"", NULL},
        {"\"\t\"", NULL},
        {"\"\x01\"", NULL},
    };
    struct sample out;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        bool ok = read_one("text", rows[i].json, &out);

        assert_row(ok == !!rows[i].out, "text: %s", rows[i].json);
        assert_row(!ok || strcmp(out.text, rows[i].out) == 0, "text: %s is %s",
                   rows[i].json, out.text);
        /* The same where nobody wants it, and where it may be anything. */
        assert_row(read_one("x", rows[i].json, &out) == ok, "x: %s",
                   rows[i].json);
        assert_row(read_one("lax", rows[i].json, &out) == ok, "lax: %s",
                   rows[i].json);
    }
}

static void
texts_and_words_have_a_cap_and_no_controls(void **state)
{
    static const struct {
        const char *json;
        bool text, word;
    } rows[] = {
        {"\"\"", true, true},
        {"\"Az09._~\"", true, true},
        {"\":@+-\"", true, true},
        {"\"\\u0041\"", true, true},
        {"\"12345678\"", true, true},
        {"\"123456789\"", false, false},
        {"\"1234567\xc3\xbc\"", false, false},
        {"\"J\xc3\xbcrgen\"", true, false},
        {"\"a b\"", true, false},
        {"\"a,b\"", true, false},
        {"\"a/b\"", true, false},
        {"\"\xc2\xa0\"", true, false},
        {"\"\xf0\x9f\x94\x91\"", true, false},
        {"\"\\u001f\"", false, false},
        {"\"\\r\\n\"", false, false},
        {"\"\\t\"", false, false},
        {"\"\\b\"", false, false},
        {"\"\\f\"", false, false},
        {"\"\x7f\"", false, false},
        {"\"\\u007f\"", false, false},
        {"\"\xc2\x80\"", false, false},
        {"\"\\u009f\"", false, false},
        {"1", false, false},
        {"null", false, false},
        {"true", false, false},
        {"{}", false, false},
        {"[\"b\"]", false, false},
    };
    struct sample out;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_row(read_one("text", rows[i].json, &out) == rows[i].text,
                   "text: %s", rows[i].json);
        assert_row(read_one("word", rows[i].json, &out) == rows[i].word,
                   "word: %s", rows[i].json);
        assert_row(read_one("lax", rows[i].json, &out), "lax: %s",
                   rows[i].json);
        assert_row(rows[i].text || out.lax[0] == '\0', "lax: %s", rows[i].json);
    }
}

static void
words_of_a_list(void **state)
{
    static const struct {
        const char *json, *out;
    } rows[] = {
        {"[]", ""},
        {"[ ]", ""},
        {"[\"a\"]", "a"},
        {"[\"a\" , \"b-c\"]", "a b-c"},
        {"[\"12345678\"]", "12345678"},
        {"[\"1234\",\"678\"]", "1234 678"},
        {"[\"1234\",\"6789\"]", NULL},
        {"[\"12345678\",\"a\"]", NULL},
        {"[\"1234567\",\"a\"]", NULL},
        {"[\"123456789\"]", NULL},
        {"[\"\"]", NULL},
        {"[\"a\",\"\"]", NULL},
        {"[\"a b\"]", NULL},
        {"[1]", NULL},
        {"[\"a\",null]", NULL},
        {"[[\"a\"]]", NULL},
        {"\"a\"", NULL},
        {"null", NULL},
        {"{}", NULL},
    };
    struct sample out;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        bool ok = read_one("words", rows[i].json, &out);

        assert_row(ok == !!rows[i].out, "%s", rows[i].json);
        assert_row(!ok || strcmp(out.words, rows[i].out) == 0, "%s",
                   rows[i].json);
    }
}

static void
an_audience_is_one(void **state)
{
    struct sample out;

    (void)state;
    assert_true(read_one("aud", "\"a\"", &out));
    assert_string_equal(out.aud, "a");
    assert_true(read_one("aud", "[ \"b\" ]", &out));
    assert_string_equal(out.aud, "b");
    assert_false(read_one("aud", "[]", &out));
    assert_false(read_one("aud", "[\"a\",\"b\"]", &out));
    assert_false(read_one("aud", "[[\"a\"]]", &out));
    assert_false(read_one("aud", "{\"a\":\"b\"}", &out));
    assert_false(read_one("aud", "1", &out));
}

/* Any value of a dropped member leaves it empty, but must be JSON. */
static void
dropped_values(void **state)
{
    static const char *const values[] = {
        "1", "null", "[\"a\",{\"b\":[]}]", "{\"a\":\"b\"}", "\"123456789\"",
    };
    static const char *const broken[] = {
        "", "[", "[1,]", "{\"a\":1,\"a\":1}", "\"a", "tru", "\"\xff\"",
    };
    struct sample out;

    (void)state;
    for (size_t i = 0; i < COUNT(values); i++) {
        assert_row(read_one("lax", values[i], &out), "%s", values[i]);
        assert_string_equal(out.lax, "");
        assert_int_equal(seen, 1 << LAX);
    }
    for (size_t i = 0; i < COUNT(broken); i++) {
        assert_row(!read_one("lax", broken[i], &out), "%s", broken[i]);
    }
}

static void
numbers(void **state)
{
    static const struct {
        const char *json;
        bool any, natural, date;
        int64_t value;
    } rows[] = {
        {"0", true, true, false, 0},
        {"-0", true, true, false, 0},
        {"7", true, true, true, 7},
        {"253402300799", true, true, true, 253402300799},
        {"253402300800", true, true, false, 253402300800},
        {"9223372036854775807", true, true, false, INT64_MAX},
        {"9223372036854775808", false, false, false, 0},
        {"-1", true, false, false, 0},
        {"-9223372036854775808", true, false, false, 0},
        {"-9223372036854775809", false, false, false, 0},
        {"99999999999999999999", false, false, false, 0},
        {"18446744073709551617", false, false, false, 0},
        {"1.0", true, false, false, 0},
        {"1e3", true, false, false, 0},
        {"1E+99", true, false, false, 0},
        {"1.5e-07", true, false, false, 0},
        {"0.00000000000000000000000000001", true, false, false, 0},
        {"1e400", false, false, false, 0},
        {"1e100", false, false, false, 0}, /* stricter than need be */
        {"\"1\"", true, false, false, 0},
        {"true", true, false, false, 0},
        {"null", true, false, false, 0},
        {"01", false, false, false, 0},
        {"-01", false, false, false, 0},
        {"00", false, false, false, 0},
        {"+1", false, false, false, 0},
        {"-", false, false, false, 0},
        {"- 1", false, false, false, 0},
        {"1.", false, false, false, 0},
        {".5", false, false, false, 0},
        {"1.e5", false, false, false, 0},
        {"1e", false, false, false, 0},
        {"1e+", false, false, false, 0},
        {"1 e5", false, false, false, 0},
        {"1a", false, false, false, 0},
        {"0x1", false, false, false, 0},
        {"1,2", false, false, false, 0},
    };
    struct sample out;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_row(read_one("x", rows[i].json, &out) == rows[i].any, "x: %s",
                   rows[i].json);
        assert_row(read_one("natural", rows[i].json, &out) == rows[i].natural,
                   "natural: %s", rows[i].json);
        assert_row(!rows[i].natural || out.natural == rows[i].value, "%s",
                   rows[i].json);
        assert_row(read_one("date", rows[i].json, &out) == rows[i].date,
                   "date: %s", rows[i].json);
        assert_row(!rows[i].date || out.date == rows[i].value, "%s",
                   rows[i].json);
    }
}

static void
times(void **state)
{
    static const struct {
        const char *json;
        int64_t value; /* 0: refused */
    } rows[] = {
        {"\"2026-11-24T09:30:00Z\"", 1795512600},
        {"\"2026-11-24T09:30:00\\u005a\"", 1795512600},
        {"\"1970-01-01T00:00:01Z\"", 1},
        {"\"1970-01-01T00:00:00Z\"", 0},
        {"\"1969-12-31T23:59:59Z\"", 0},
        {"\"2026-11-24\"", 0},
        {"\"soon\"", 0},
        {"\"\"", 0},
        {"1795512600", 0},
        {"null", 0},
    };
    struct sample out;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_row(read_one("time", rows[i].json, &out) == !!rows[i].value,
                   "%s", rows[i].json);
        assert_row(out.time == rows[i].value, "%s", rows[i].json);
    }
}

static void
alphabet_of_words(void **state)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz"
                                  "0123456789._~:@+-";

    (void)state;
    assert_false(pf_word_ok(str("")));
    assert_true(pf_word_ok(str(letters)));
    for (int c = 0; c < 256; c++) {
        unsigned char text[3] = {'a', (unsigned char)c, 'z'};

        assert_row(pf_word_ok(span(text, 3)) == (c && strchr(letters, c)),
                   "byte %d", c);
    }
}

/* Everything but what it has itself: the same answer as jansson's. */
static void
the_same_as_jansson(void **state)
{
    static const char good[] = "{\"a\":[1,-2.5,\"\xc3\xbc\\u00fc\\n\",true],"
                               "\"b\":{\"c\":null,\"\\\"\":{}}}";
    char text[sizeof good];

    (void)state;
    for (size_t at = 0; at < sizeof good - 1; at++) {
        for (int c = 0; c < 256; c++) {
            json_t *json;
            bool ok;

            memcpy(text, good, sizeof good);
            text[at] = (char)c;
            ok = read_span(span(text, sizeof good - 1), &(struct sample){0});
            json = pf_json_object(span(text, sizeof good - 1), sizeof good);
            assert_row(ok == !!json, "byte %d at %zu", c, at);
            json_decref(json);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_at_once),
        cmocka_unit_test(what_is_absent_stays_as_it_is),
        CASE("X5: what is no JSON object is refused",
             what_is_no_object_is_refused),
        cmocka_unit_test(any_end_cut_off),
        cmocka_unit_test(depth_ends_at_eight),
        CASE("X5: a name stands once, however it is spelled", names_stand_once),
        cmocka_unit_test(sixty_four_unknown_names),
        cmocka_unit_test(size_ends_at_the_cap),
        cmocka_unit_test(strings),
        cmocka_unit_test(texts_and_words_have_a_cap_and_no_controls),
        cmocka_unit_test(words_of_a_list),
        cmocka_unit_test(an_audience_is_one),
        cmocka_unit_test(dropped_values),
        cmocka_unit_test(numbers),
        cmocka_unit_test(times),
        cmocka_unit_test(alphabet_of_words),
        cmocka_unit_test(the_same_as_jansson),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
