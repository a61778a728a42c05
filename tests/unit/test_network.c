/* Networks of addresses. */
#include "app.h"

#include "base/network.h"

static void
neighbours(void **state)
{
    static const struct {
        const char *address, *network;
    } rows[] = {
        {"192.0.2.1", "192.0.2.1"},
        {"::ffff:192.0.2.1", "192.0.2.1"},
        {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
        {"2001:db8:1:2::", "2001:db8:1:2::/64"},
        {"2001:DB8:0001:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"},
        {"2001:db8:1:3::1", "2001:db8:1:3::/64"},
        {"::1", "::/64"},
        {"unix:", "unix:"},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_string_equal(network_neighbourhood(arena, rows[i].address),
                            rows[i].network);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {TEST(neighbours)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
