/* Words for browsers and systems. */
#include "unit.h"

#include "session/device.h"

static void
test_known(void **state)
{
    static const struct {
        const char *agent, *browser, *system;
    } rows[] = {
        {"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 "
         "Firefox/128.0",
         "Firefox", "Linux"},
        {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, "
         "like Gecko) Chrome/126.0.0.0 Safari/537.36",
         "Chrome", "Windows"},
        {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, "
         "like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
         "Edge", "Windows"},
        {"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) "
         "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 "
         "Safari/604.1",
         "Safari", "iPhone"},
        {"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 "
         "(KHTML, like Gecko) Version/17.5 Safari/605.1.15",
         "Safari", "macOS"},
        {"Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, "
         "like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile "
         "Safari/537.36",
         "Samsung Internet", "Android"},
        {"curl/7.88.1", "curl", NULL},
        {"", NULL, NULL},
        {"<script>", NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct device d = device_of(rows[i].agent);

        if (rows[i].browser) {
            assert_string_equal(d.browser, rows[i].browser);
        } else {
            assert_null(d.browser);
        }
        if (rows[i].system) {
            assert_string_equal(d.system, rows[i].system);
        } else {
            assert_null(d.system);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_known)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
