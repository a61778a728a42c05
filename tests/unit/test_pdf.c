#include "app.h"

#include "view/pdf.h"

static const struct pdf_style plain = {.size = 10, .colour = 0x222222};

static const char *
document(int64_t created, size_t *len)
{
    const struct pdf_style title = {.size = 18, .bold = 1, .align = PDF_RIGHT};
    struct pdf *p = pdf_new(arena, "Invoice 7", "Acme GmbH", "de");

    assert_int_equal(pdf_pages(p), 1);
    pdf_text(p, 50, 50, 400, &title, "Rechnung für Jürgen");
    pdf_line(p, 50, 90, 500, 90, 0.5, 0x888888);
    pdf_box(p, 50, 100, 20, 20, 0xff0000);
    pdf_page(p);
    pdf_text(p, 50, 50, 400, &plain, "שלום مرحبا 你好 €");
    assert_int_equal(pdf_pages(p), 2);
    return pdf_end(p, created, len);
}

static bool
contains(const char *data, size_t len, const char *what)
{
    return memmem(data, len, what, strlen(what)) != NULL;
}

static void
it_is_a_pdf(void **state)
{
    size_t len;
    const char *data = document(1795512600, &len);

    (void)state;
    assert_true(len > 1000);
    assert_memory_equal(data, "%PDF-1.", 7);
    assert_true(contains(data, len, "%%EOF"));
    assert_true(contains(data, len, "(Invoice 7)"));
    assert_true(contains(data, len, "(Acme GmbH)"));
    assert_true(contains(data, len, "20261124093000"));
    assert_true(contains(data, len, "/Lang (de)"));
    assert_true(contains(data, len, "/DisplayDocTitle true"));
    assert_false(contains(data, len, "Pforte"));
    assert_false(contains(data, len, "pforte"));
}

static void
equal_input_gives_equal_bytes(void **state)
{
    size_t len, again;
    const char *data = document(1795512600, &len);
    const char *second = document(1795512600, &again);

    (void)state;
    assert_int_equal(len, again);
    assert_memory_equal(data, second, len);
}

static void
pages_are_counted(void **state)
{
    char *dir = temporary_directory();
    char *path = arena_printf(arena, "%s/x.pdf", dir);
    size_t len;
    const char *data = document(1795512600, &len);

    (void)state;
    if (system("pdfinfo -v >/dev/null 2>&1") == 0) {
        FILE *f = fopen(path, "wb");
        assert_int_equal(fwrite(data, 1, len, f), len);
        fclose(f);
        assert_int_equal(
            system(arena_printf(arena, "pdfinfo '%s' | grep -q '^Pages: *2$'",
                                path)),
            0);
        assert_int_equal(
            system(arena_printf(arena, "pdfinfo '%s' | grep -q 'A4'", path)),
            0);
        assert_int_equal(system(arena_printf(arena,
                                             "pdftotext '%s' - | grep -q "
                                             "'Rechnung für Jürgen'",
                                             path)),
                         0);
    } else {
        assert_true(contains(data, len, "/Count 2"));
    }
    remove_directory(dir);
}

static void
text_wraps_and_is_measured(void **state)
{
    struct pdf *p = pdf_new(arena, "t", "a", "en");
    const char *text = "Many words that do not fit into a narrow column.";
    double wide = pdf_measure(p, 500, &plain, text);
    double narrow = pdf_measure(p, 60, &plain, text);
    size_t len;

    (void)state;
    assert_true(wide > 8 && wide < 20);
    assert_true(narrow > 3 * wide);
    assert_true(pdf_text(p, 0, 0, 60, &plain, text) == narrow);
    assert_true(pdf_measure(p, 60, &plain, "") > 0);
    pdf_end(p, 0, &len);
}

/* ---- texts that come again ---- */

struct drawn {
    const char *lang, *text;
    double width;
    struct pdf_style style;
    double height;
    const char *bytes;
    size_t len;
};

static void
draw(struct drawn *d)
{
    struct pdf *p = pdf_new(arena, "t", "a", d->lang);

    d->height = pdf_text(p, 50, 50, d->width, &d->style, d->text);
    d->bytes = pdf_end(p, 0, &d->len);
}

/* A text of its own, twice: as the others, and with one thing else. */
static struct drawn *
add_pair(struct drawn *next)
{
    static int nth;

    next[0] = (struct drawn){
        "en", arena_printf(arena, "%d words in a narrow column", nth++),
        90,   plain,
        0,    NULL,
        0};
    next[1] = next[0];
    return &next[1];
}

/* And so many texts that some are kept at one place. */
static size_t
all_of(struct drawn *list)
{
    static const char *const langs[] = {"de", "fr", "ro", "sr", "ru",
                                        "tr", "nl", "pl", "ar", "ja"};
    size_t n = 0;

    add_pair(list)->width = 60;
    add_pair(list + 2)->style.size = 12;
    add_pair(list + 4)->style.bold = 1;
    add_pair(list + 6)->style.lines = 1;
    add_pair(list + 8)->style.align = PDF_RIGHT;
    add_pair(list + 10)->style.colour = 0xff0000;
    n = 12;
    for (size_t i = 0; i < sizeof langs / sizeof *langs; i++, n += 2) {
        add_pair(list + n)->lang = langs[i];
    }
    for (int i = 0; i < 600; i++) {
        list[n] = list[0];
        list[n++].text = arena_printf(arena, "%d", i);
    }
    return n;
}

/* One that was drawn as another one would be the same document. */
static void
all_differ(const struct drawn *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++) {
            assert_false(list[i].len == list[k].len &&
                         memcmp(list[i].bytes, list[k].bytes, list[i].len) ==
                             0);
        }
    }
}

static void
a_text_that_comes_again_is_drawn_as_at_first(void **state)
{
    struct drawn list[700], again[700];
    size_t n = all_of(list);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        draw(&list[i]);
    }
    all_differ(list, n);
    memcpy(again, list, n * sizeof *list);
    for (size_t i = n; i-- > 0;) {
        draw(&again[i]);
        assert_true(again[i].height == list[i].height);
        assert_int_equal(again[i].len, list[i].len);
        assert_memory_equal(again[i].bytes, list[i].bytes, list[i].len);
    }
}

static void
languages_beyond_those_that_are_kept_may_be_open_at_once(void **state)
{
    char lang[] = "aa";
    struct pdf *first = pdf_new(arena, "t", "a", "en");
    size_t len;

    (void)state;
    for (; lang[1] < 'm'; lang[1]++) {
        pdf_new(arena, "t", "a", lang);
    }
    assert_true(pdf_text(first, 0, 0, 60, &plain, "Still there.") > 0);
    assert_non_null(pdf_end(first, 0, &len));
}

static void
an_unfinished_one_leaks_nothing(void **state)
{
    (void)state;
    pdf_new(arena, "t", "a", "en");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_is_a_pdf),
        TEST(equal_input_gives_equal_bytes),
        TEST(pages_are_counted),
        TEST(text_wraps_and_is_measured),
        TEST(a_text_that_comes_again_is_drawn_as_at_first),
        TEST(languages_beyond_those_that_are_kept_may_be_open_at_once),
        TEST(an_unfinished_one_leaks_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
