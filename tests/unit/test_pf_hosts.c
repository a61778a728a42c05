#include "unit.h"

#include "pf_hosts.h"

static void
hosts_and_tenants(void **state)
{
    static const struct {
        const char *host, *tenant;
    } rows[] = {
        {"kunden.acme.example", "acme"},
        {"127.0.0.1:8443", "globex"},
        {"a", "initech"},
        {"kunden.acme.exampl", ""},
        {"KUNDEN.acme.example", ""}, /* the caller lowers it */
        {"acme", ""},
        {"", ""},
    };
    char why[100] = "";
    pf_hosts_t *hosts = pf_hosts_parse(
        str(" {\"kunden.acme.example\" :\t\"acme\",\r\n"
            "\"127.0.0.1:8443\":\"globex\" , \"a\":\"initech\"}\n"),
        why, sizeof why);

    (void)state;
    assert_string_equal(why, "");
    assert_non_null(hosts);
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_row(pf_str_eq(pf_hosts_find(hosts, str(rows[i].host)),
                             str(rows[i].tenant)),
                   "%s", rows[i].host);
    }
    pf_hosts_free(hosts);
    pf_hosts_free(NULL);
}

static void
what_is_no_index(void **state)
{
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"", "empty"},
        {" ", "line 1: no JSON object"},
        {"[]", "line 1: no JSON object"},
        {"{", "line 1: no host name"},
        {"{\n\n", "line 3: no host name"},
        {"{}{", "something behind"},
        {"{},", "something behind"},
        {"{\"a\":\"acme\"", "neither"},
        {"{\"a\":\"acme\",}", "no host name"},
        {"{\"a\":\"acme\" \"b\":\"acme\"}", "neither"},
        {"{\"a\":\"acme\",\n\"a\":\"globex\"}", "line 2: the host stands"},
        {"{\"A\":\"acme\"}", "no host name"},
        {"{\"a\\u0062\":\"acme\"}", "no host name"},
        {"{\"a\\\"\":\"acme\"}", "no host name"},
        {"{\"\":\"acme\"}", "no host name"},
        {"{\"a_b\":\"acme\"}", "no host name"},
        {"{a:\"acme\"}", "no host name"},
        {"{\"a\"}", "no tenant"},
        {"{\"a\":}", "no tenant"},
        {"{\"a\":1}", "no tenant"},
        {"{\"a\":{\"b\":\"acme\"}}", "no tenant"},
        {"{\"a\":\"../acme\"}", "no tenant"},
        {"{\"a\":\"hosts\"}", "no tenant"},
        {"{\"a\":\"acme", "no tenant"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char why[100] = "";

        assert_null(pf_hosts_parse(str(rows[i].text), why, sizeof why));
        assert_row(strstr(why, rows[i].why), "%s: %s", rows[i].text, why);
    }
    for (int c = 0; c < 256; c++) {
        char text[] = "{\"a.b\":\"acme\"}?", why[100];
        pf_hosts_t *hosts;

        text[14] = (char)c;
        hosts = pf_hosts_parse(span(text, 15), why, sizeof why);
        assert_row(!hosts == !(c && strchr(" \t\r\n", c)), "byte %d", c);
        pf_hosts_free(hosts);
    }
}

static void
an_empty_index(void **state)
{
    char why[100];
    pf_hosts_t *hosts = pf_hosts_parse(str("{ }"), why, sizeof why);

    (void)state;
    assert_non_null(hosts);
    assert_int_equal(pf_hosts_find(hosts, str("a")).len, 0);
    pf_hosts_free(hosts);
}

static void
names_of_255_bytes(void **state)
{
    char text[400], name[300], why[100];

    (void)state;
    for (size_t n = 254; n <= 256; n++) {
        pf_hosts_t *hosts;

        memset(name, 'a', n);
        name[n] = '\0';
        snprintf(text, sizeof text, "{\"%s\":\"acme\"}", name);
        hosts = pf_hosts_parse(str(text), why, sizeof why);
        assert_int_equal(hosts != NULL, n <= PF_HOST_MAX);
        if (hosts) {
            assert_true(
                pf_str_eq(pf_hosts_find(hosts, str(name)), str("acme")));
            assert_int_equal(pf_hosts_find(hosts, span(name, n - 1)).len, 0);
        }
        pf_hosts_free(hosts);
    }
}

static void
ten_thousand(void **state)
{
    enum { N = 10000, ROOM = 64 };
    char *text = malloc(N * ROOM), *at = text, why[100], host[40], tenant[40];
    pf_hosts_t *hosts;

    (void)state;
    for (int i = 0; i < N; i++) {
        at += sprintf(at, "%c\"h%d.example\":\"t-%d\"", i ? ',' : '{', i, i);
    }
    *at++ = '}';
    hosts = pf_hosts_parse(span(text, (size_t)(at - text)), why, sizeof why);
    free(text); /* the index has its own */
    assert_non_null(hosts);
    for (int i = 0; i < N; i++) {
        sprintf(host, "h%d.example", i);
        sprintf(tenant, "t-%d", i);
        assert_true(pf_str_eq(pf_hosts_find(hosts, str(host)), str(tenant)));
        host[0] = 'x';
        assert_int_equal(pf_hosts_find(hosts, str(host)).len, 0);
    }
    pf_hosts_free(hosts);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE("X1: hosts and their tenants", hosts_and_tenants),
        CASE("X1: an index that is broken in any way is none",
             what_is_no_index),
        cmocka_unit_test(an_empty_index),
        cmocka_unit_test(names_of_255_bytes),
        cmocka_unit_test(ten_thousand),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
