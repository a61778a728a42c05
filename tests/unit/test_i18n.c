#include "app.h"

#include "view/i18n.h"

static const char po[] =
    "msgid \"\"\n"
    "msgstr \"Content-Type: text/plain; charset=UTF-8\\n\"\n"
    "msgid \"Pay now\"\nmsgstr \"Jetzt zahlen\"\n"
    "msgid \"Bill\"\nmsgstr \"Rechnung\"\n"
    "msgid \"Empty\"\nmsgstr \"\"\n"
    "msgid \"Zebra\"\nmsgstr \"Zebra für {name}\"\n"
    "msgid \"one\"\nmsgid_plural \"many\"\nmsgstr[0] \"eins\"\nmsgstr[1] "
    "\"viele\"\n";

static char *dir;

static void
make_catalogue(const char *lang)
{
    char *source = arena_printf(arena, "%s/%s.po", dir, lang);

    write_file(source, po);
    assert_int_equal(system(arena_printf(arena, "msgfmt -o '%s/%s.mo' '%s'",
                                         dir, lang, source)),
                     0);
}

/* The catalogue's bytes, to be damaged. */
static unsigned char *
bytes_of(const char *lang, size_t *len)
{
    FILE *f = fopen(arena_printf(arena, "%s/%s.mo", dir, lang), "rb");
    unsigned char *data = arena_alloc(arena, 65536);

    assert_non_null(f);
    *len = fread(data, 1, 65536, f);
    fclose(f);
    return data;
}

static void
texts_are_found(void **state)
{
    (void)state;
    dir = temporary_directory();
    make_catalogue("de");
    assert_int_equal(i18n_load(dir, (const char *const[]){"en", "de"}, 2), 0);
    assert_string_equal(i18n("de", "Pay now"), "Jetzt zahlen");
    assert_string_equal(i18n("de", "Bill"), "Rechnung");
    assert_string_equal(i18n("de", "Zebra"), "Zebra für {name}");
    assert_string_equal(i18n("de", "one"), "eins");
    assert_string_equal(i18n("de", "Empty"), "Empty");
    assert_string_equal(i18n("de", "Unknown"), "Unknown");
    assert_string_equal(i18n("de", ""), "");
    assert_string_equal(i18n("en", "Bill"), "Bill");
    assert_string_equal(i18n("fr", "Bill"), "Bill");
    i18n_free();
    assert_string_equal(i18n("de", "Bill"), "Bill");
    remove_directory(dir);
}

static void
load_missing(void)
{
    assert_int_equal(i18n_load(dir, (const char *const[]){"en", "fr"}, 2), -1);
}

static void
a_missing_file_is_told(void **state)
{
    (void)state;
    dir = temporary_directory();
    assert_non_null(strstr(captured(load_missing), "catalogue fr is missing"));
    remove_directory(dir);
}

/* Cut anywhere, and with any one byte changed, it is refused or readable. */
static void
damaged_files_do_no_harm(void **state)
{
    size_t len;

    (void)state;
    dir = temporary_directory();
    make_catalogue("de");
    unsigned char *data = bytes_of("de", &len);
    log_set_level(LOG_ERROR + 1);
    for (size_t cut = 0; cut < len; cut++) {
        assert_int_equal(i18n_add("de", data, cut), -1);
    }
    for (size_t i = 0; i < len; i++) {
        unsigned char saved = data[i];
        for (int bit = 0; bit < 8; bit++) {
            data[i] = (unsigned char)(saved ^ 1u << bit);
            if (i18n_add("de", data, len) == 0) {
                assert_true(strlen(i18n("de", "Bill")) < len);
                assert_true(strlen(i18n("de", "Zebra")) < len);
            }
        }
        data[i] = saved;
    }
    log_set_level(LOG_INFO);
    i18n_free();
    remove_directory(dir);
}

static void
a_catalogue_can_be_replaced(void **state)
{
    size_t len;

    (void)state;
    dir = temporary_directory();
    make_catalogue("de");
    unsigned char *data = bytes_of("de", &len);
    assert_int_equal(i18n_add("de", data, len), 0);
    assert_int_equal(i18n_add("de", data, len), 0);
    log_set_level(LOG_ERROR + 1);
    assert_int_equal(i18n_add("de", "nonsense", 8), -1);
    assert_int_equal(
        i18n_add("a-language-tag-that-is-longer-than-any-one", data, len), -1);
    log_set_level(LOG_INFO);
    assert_string_equal(i18n("de", "Bill"), "Rechnung");
    i18n_free();
    remove_directory(dir);
}

static void
places_are_filled(void **state)
{
    (void)state;
    assert_string_equal(
        i18n_fill(arena, "{a} and {b}", "a", "1", "b", "2", NULL), "1 and 2");
    assert_string_equal(
        i18n_fill(arena, "{a}{a} {c} {", "a", "{b}", "b", "x", NULL),
        "{b}{b} {c} {");
    assert_string_equal(i18n_fill(arena, "{{a}}", "a", "1", NULL), "{1}");
    assert_string_equal(i18n_fill(arena, "plain", NULL), "plain");
    assert_string_equal(i18n_fill(arena, "", NULL), "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(texts_are_found),          TEST(a_missing_file_is_told),
        TEST(damaged_files_do_no_harm), TEST(a_catalogue_can_be_replaced),
        TEST(places_are_filled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
