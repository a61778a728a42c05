#include "unit.h"

#include "base/colour.h"

static struct colour
of(const char *text)
{
    struct colour c;

    assert_true(colour_parse(text, &c));
    return c;
}

static void
colours_are_six_hex_digits(void **state)
{
    static const char *const bad[] = {"",
                                      "#",
                                      "1b4f8f",
                                      "#1b4f8",
                                      "#1b4f8f0",
                                      "#1b4f8g",
                                      "#1b4f/f",
                                      "#1b4f8f ",
                                      "red",
                                      "#fff",
                                      "#\xff\xff\xff\xff\xff\xff"};
    char text[8];
    struct colour c;

    (void)state;
    colour_format(of("#1B4f8f"), text);
    assert_string_equal(text, "#1b4f8f");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(colour_parse(bad[i], &c));
    }
}

/* The ratios are those that WCAG's own tools give. */
static void
contrast_is_that_of_wcag(void **state)
{
    (void)state;
    assert_int_equal(colour_contrast(of("#000000"), of("#ffffff")), 2100);
    assert_int_equal(colour_contrast(of("#ffffff"), of("#000000")), 2100);
    assert_int_equal(colour_contrast(of("#777777"), of("#777777")), 100);
    assert_int_equal(colour_contrast(of("#777777"), of("#ffffff")), 447);
    assert_int_equal(colour_contrast(of("#767676"), of("#ffffff")), 454);
    assert_int_equal(colour_contrast(of("#ff0000"), of("#ffffff")), 399);
    assert_int_equal(colour_contrast(of("#0000ff"), of("#ffffff")), 859);
}

static void
every_colour_can_be_read(void **state)
{
    static const char *const grounds[] = {"#e9edf1", "#ffffff", "#2a3440",
                                          "#000000", "#808080"};
    char text[8];

    (void)state;
    for (int n = 0; n < 0x1000000; n += 0x10f0b) {
        snprintf(text, sizeof text, "#%06x", (unsigned)n);
        assert_true(colour_contrast(colour_on(of(text)), of(text)) >=
                    COLOUR_TEXT);
        for (size_t i = 0; i < sizeof grounds / sizeof *grounds; i++) {
            struct colour read =
                colour_legible(of(text), of(grounds[i]), COLOUR_TEXT);

            assert_true(colour_contrast(read, of(grounds[i])) >= COLOUR_TEXT);
        }
    }
    colour_format(colour_legible(of("#1b4f8f"), of("#ffffff"), COLOUR_TEXT),
                  text);
    assert_string_equal(text, "#1b4f8f"); /* as it was, where it is good */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(colours_are_six_hex_digits),
        cmocka_unit_test(contrast_is_that_of_wcag),
        cmocka_unit_test(every_colour_can_be_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
