#include "unit.h"

#include "pf_token.h"

static void
tenant_names(void **state)
{
    static const struct {
        const char *tenant;
        bool ok;
    } rows[] = {
        {"acme", true},
        {"a1", true},
        {"a-b-c", true},
        {"a--", true},
        {"abcdefghijklmnopqrstuvwxyz01234", true},
        {"abcdefghijklmnopqrstuvwxyz012345", false},
        {"", false},
        {"a", false},
        {"1a", false},
        {"-a", false},
        {"Acme", false},
        {"ac_me", false},
        {"ac.me", false},
        {"ac/me", false},
        {"ac:me", false},
        {"acme ", false},
        {"\xc3\xa4x", false},
        {"api", false},
        {"static", false},
        {"brand", false},
        {"healthz", false},
        {"apis", true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_row(pf_tenant_ok(str(rows[i].tenant)) == rows[i].ok, "%s",
                   rows[i].tenant);
    }
    assert_false(pf_tenant_ok(span("ac\0me", 5)));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE("X1: the alphabet of tenants", tenant_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
