/* What outgoing requests may go to, and how long an answer may be kept. */
#include "app.h"

#include <arpa/inet.h>

#include "net/http.h"

static void
addresses(void **state)
{
    static const struct {
        const char *text;
        bool ok;
    } rows[] = {
        {"8.8.8.8", true},
        {"1.1.1.1", true},
        {"100.63.255.255", true},
        {"100.128.0.0", true},
        {"172.15.255.255", true},
        {"172.32.0.1", true},
        {"192.169.0.1", true},
        {"198.20.0.0", true},
        {"223.255.255.255", true},
        {"0.0.0.0", false},
        {"0.1.2.3", false},
        {"10.0.0.1", false},
        {"100.64.0.1", false},
        {"127.0.0.1", false},
        {"127.255.255.254", false},
        {"169.254.169.254", false},
        {"172.16.0.1", false},
        {"172.31.255.255", false},
        {"192.0.0.8", false},
        {"192.0.2.1", false},
        {"192.168.0.1", false},
        {"198.18.0.1", false},
        {"198.19.255.255", false},
        {"203.0.113.9", false},
        {"224.0.0.1", false},
        {"240.0.0.1", false},
        {"255.255.255.255", false},
        {"2a00:1450:4001::1", true},
        {"2606:4700::1111", true},
        {"2001:4860:4860::8888", true},
        {"::", false},
        {"::1", false},
        {"::ffff:8.8.8.8", false},
        {"::ffff:127.0.0.1", false},
        {"64:ff9b::a00:1", false},
        {"fc00::1", false},
        {"fd12::1", false},
        {"fe80::1", false},
        {"ff02::1", false},
        {"2001::1", false},
        {"2001:db8::1", false},
        {"2002:a00:1::1", false},
        {"3fff::1", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sockaddr_in v4 = {.sin_family = AF_INET};
        struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
        bool six = strchr(rows[i].text, ':') != NULL;

        assert_int_equal(six ? inet_pton(AF_INET6, rows[i].text, &v6.sin6_addr)
                             : inet_pton(AF_INET, rows[i].text, &v4.sin_addr),
                         1);
        if (http_address_ok(six ? (struct sockaddr *)&v6
                                : (struct sockaddr *)&v4) != rows[i].ok) {
            fail_msg("%s", rows[i].text);
        }
    }
    assert_false(http_address_ok(&(struct sockaddr){.sa_family = AF_UNIX}));
}

static void
urls(void **state)
{
    static const struct {
        const char *text;
        bool ok;
    } rows[] = {
        {"https://idp.example/keys", true},
        {"https://idp.example:8443/.well-known/jwks.json?tenant=1", true},
        {"https://[2001:db8::1]/", true},
        {"https://idp.example", true},
        {"", false},
        {"http://idp.example/keys", false},
        {"HTTPS://idp.example/keys", false},
        {"file:///etc/passwd", false},
        {"gopher://idp.example/", false},
        {"https:///keys", false},
        {"https://", false},
        {"https://user@idp.example/", false},
        {"https://user:word@idp.example/", false},
        {"https://idp.example/#keys", false},
        {"https://idp.example/#", false},
        {"https://idp.example\\keys", false},
        {"https://idp.example/a b", false},
        {"https://idp.example/\n", false},
        {"https://idp.example/\xc3\xa4", false},
        {"idp.example/keys", false},
        {"none", false},
    };
    char text[HTTP_URL_MAX + 2] = "https://a/";

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (http_url_ok(rows[i].text) != rows[i].ok) {
            fail_msg("%s", rows[i].text);
        }
    }
    memset(text + 10, 'a', HTTP_URL_MAX - 10);
    assert_true(http_url_ok(text));
    text[HTTP_URL_MAX] = 'a';
    assert_false(http_url_ok(text));
}

static void
ages(void **state)
{
    static const struct {
        const char *value;
        int64_t age;
    } rows[] = {
        {"max-age=300", 300},
        {" public, max-age=3600, must-revalidate\r\n", 3600},
        {"Max-Age=60", 60},
        {"max-age=60, max-age=70", 60},
        {"s-maxage=5", -1},
        {"", -1},
        {",,,", -1},
        {"max-age=", -1},
        {"max-age=-1", -1},
        {"max-age=\"300\"", -1},
        {"xmax-age=300", -1},
        {"no-store", 0},
        {"max-age=300, no-cache", 0},
        {"max-age=0", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (http_max_age(rows[i].value, strlen(rows[i].value)) != rows[i].age) {
            fail_msg("%s", rows[i].value);
        }
    }
    assert_true(http_max_age("max-age=99999999999999999999", 28) > 86400);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(addresses),
        TEST(urls),
        TEST(ages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
