#include "unit.h"

#include "pf_language.h"

static const pf_str_t supported[] = {
    {2, (const unsigned char *)"de"},
    {2, (const unsigned char *)"en"},
    {2, (const unsigned char *)"fr"},
    {5, (const unsigned char *)"pt-BR"},
};

static const char *
name(int index)
{
    static const char *const names[] = {"none", "de", "en", "fr", "pt-BR"};

    return names[index + 1];
}

static void
one_tag(void **state)
{
    static const char *const rows[][2] = {
        {"de", "de"},
        {"DE", "de"},
        {"de-AT", "de"},
        {"de-Latn-AT-1996", "de"},
        {"de-x-bavarian", "de"},
        {"pt-BR", "pt-BR"},
        {"pt-br", "pt-BR"},
        {"pt-BR-x-rio", "pt-BR"},
        {"pt", "none"},
        {"pt-PT", "none"},
        {"it", "none"},
        {"d", "none"},
        {"", "none"},
        {"*", "none"},
        {"de_AT", "none"},
        {"de-", "none"},
        {"-de", "none"},
        {"de--AT", "none"},
        {"de ", "none"},
        {"deutschland", "none"},
        {"de\xc3\xa4", "none"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int found =
            pf_language_match(str(rows[i][0]), supported, COUNT(supported));

        assert_row(strcmp(name(found), rows[i][1]) == 0, "%s: %s", rows[i][0],
                   name(found));
    }
}

static void
the_browsers_list(void **state)
{
    static const char *const rows[][2] = {
        {"", "none"},
        {"fr", "fr"},
        {"de-AT,de;q=0.9,en;q=0.8", "de"},
        {"it,fr;q=0.3,en;q=0.7", "en"},
        {"en;q=0.7,fr;q=0.7", "en"}, /* the order decides a tie */
        {"fr;q=0.7,en;q=0.7", "fr"},
        {"fr;q=0.699,en;q=0.7", "en"},
        {"FR;Q=1.0", "fr"},
        {" fr ; q=0.5 , en ; q=0.6 ", "en"},
        {"it", "none"},
        {"fr;q=0", "none"},
        {"fr;q=0, en;q=0.1", "en"},
        {"*", "de"},
        {"it, *", "de"},
        {"it, *;q=0.1, fr;q=0.2", "fr"},
        {"*, de;q=0", "en"},
        {"de;q=0, en;q=0, *;q=0.5", "fr"},
        {"*;q=0", "none"},
        {"*;q=0, fr", "fr"},
        {"de-AT, de;q=0", "none"},
        {"de-AT;q=0, de", "de"}, /* it excludes only what it covers */
        {"pt;q=0, *;q=0.1, pt-BR", "de"},
        {"fr;q=2, en;q=0.1", "en"}, /* malformed: as if not sent */
        {"fr;q=, en;q=0.1", "en"},
        {"fr;q=1.1, en;q=0.1", "en"},
        {"fr;q=0.1234, en;q=0.1", "en"},
        {"fr;q=-1, en;q=0.1", "en"},
        {"fr;q=x, en;q=0.1", "en"},
        {"fr_FR, en;q=0.1", "en"},
        {",,,en,,", "en"},
        {";q=1", "none"},
        {"en\x80, fr", "fr"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int found =
            pf_language_pick(str(rows[i][0]), supported, COUNT(supported));

        assert_row(strcmp(name(found), rows[i][1]) == 0, "%s: %s", rows[i][0],
                   name(found));
    }
    assert_int_equal(pf_language_pick(str("de"), supported, 0), -1);
    assert_int_equal(pf_language_pick((pf_str_t){0, NULL}, supported, 4), -1);
}

/* n ranges that nobody supports, then fr. */
static int
after(size_t n)
{
    char header[1024] = "";

    for (size_t i = 0; i < n; i++) {
        strcat(header, "it,");
    }
    strcat(header, "fr");
    return pf_language_pick(str(header), supported, COUNT(supported));
}

static void
thirty_two_ranges(void **state)
{
    (void)state;
    assert_string_equal(name(after(31)), "fr");
    assert_string_equal(name(after(32)), "none");
}

/* Pads so that `rest` starts at byte `at` of the header. */
static int
behind(size_t at, const char *rest)
{
    char header[1024];

    memset(header, ' ', sizeof header);
    memcpy(header, "it", 2);
    header[at - 1] = ',';
    strcpy(header + at, rest);
    return pf_language_pick(str(header), supported, COUNT(supported));
}

static void
no_half_range_at_byte_512(void **state)
{
    (void)state;
    assert_string_equal(name(behind(510, "fr")), "fr");
    assert_string_equal(name(behind(511, "fr")), "none");
    /* cut at 512 this would read as a tag of its own, or without its weight */
    assert_string_equal(name(behind(510, "fril")), "none");
    assert_string_equal(name(behind(510, "fr;q=0")), "none");
    assert_string_equal(name(behind(505, "fr;q=0.5,en")), "none");
}

static void
well_formed(void **state)
{
    static const char *const good[] = {"de",
                                       "x",
                                       "i-klingon",
                                       "de-CH-1996",
                                       "abcdefgh-12345678",
                                       "a-b-c-d-e-f-g-h-i-j-k-l-m-n-o-p-q-r"};
    static const char *const bad[] = {
        "",      "-",      "1de",       "de-",
        "-de",   "de--AT", "abcdefghi", "de-123456789",
        "de_AT", "de AT",  "*",         "a-b-c-d-e-f-g-h-i-j-k-l-m-n-o-p-q-rs"};

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_row(pf_language_ok(str(good[i])), "refused: %s", good[i]);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_row(!pf_language_ok(str(bad[i])), "accepted: %s", bad[i]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE("X2, B124: a tag finds its language, or none", one_tag),
        CASE("X2: the browser's list, by weight and order", the_browsers_list),
        cmocka_unit_test(thirty_two_ranges),
        cmocka_unit_test(no_half_range_at_byte_512),
        cmocka_unit_test(well_formed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
