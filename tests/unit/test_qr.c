#include "app.h"

#include "view/qr.h"

/* The three corner marks of the smallest code (21 by 21, ISO/IEC 18004, 6.3.3):
 * their first row is seven dark squares, within a border of four light ones. */
static void
a_short_text_makes_the_smallest_code(void **state)
{
    int size = 0;
    const char *path = qr_path(arena, "PFORTE", &size);

    (void)state;
    assert_non_null(path);
    assert_int_equal(size, 4 + 21 + 4);
    assert_int_equal(strncmp(path, "M4 4h7v1h-7z", 12), 0);
    assert_non_null(strstr(path, "M18 4h7v1h-7z"));
    assert_non_null(strstr(path, "M4 24h7v1h-7z"));
    assert_null(strstr(path, "M18 24h7v1h-7z"));
}

static void
a_text_that_is_too_long_makes_none(void **state)
{
    enum { MOST = 2331 }; /* bytes of the largest code at level M */
    char text[MOST + 2];
    int size;

    (void)state;
    memset(text, 'x', MOST + 1);
    text[MOST + 1] = '\0';
    assert_null(qr_path(arena, text, &size));
    text[MOST] = '\0';
    assert_non_null(qr_path(arena, text, &size));
    assert_int_equal(size, 4 + 177 + 4);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_short_text_makes_the_smallest_code),
        TEST(a_text_that_is_too_long_makes_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
