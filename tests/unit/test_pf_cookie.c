#include "unit.h"

#include "pf_cookie.h"

static void
one_name_in_one_header(void **state)
{
    static const struct {
        const char *header, *value;
        unsigned count;
    } rows[] = {
        {"", "", 0},
        {"a=1", "1", 1},
        {"b=2; a=1; c=3", "1", 1},
        {"b=2;a=1", "1", 1},
        {"b=2;\ta=1\t;c", "1", 1},
        {"a=", "", 1},
        {"a=1=2", "1=2", 1},
        {"a=1; a=2", "2", 2},
        {"a=1; b=2; a=1", "1", 2},
        {"a=1; a=", "", 2},
        {"A=1", "", 0},              /* exact case */
        {"aa=1; xa=1; a1=1", "", 0}, /* neither a prefix nor a suffix */
        {"a", "", 0},                /* no '=': no name */
        {"=a=1", "", 0},             /* a nameless cookie */
        {"a =1", "", 0},             /* its name is "a " */
        {"b=\"; a=1\"", "1\"", 1},   /* quotes hide nothing */
        {"b=1, a=2", "", 0},         /* a comma separates nothing */
        {"$Version=1; $a=2", "", 0}, /* RFC 2965 is dead */
        {"a=\"1\"", "\"1\"", 1},     /* nor are quotes taken off */
        {"\xc2\xa0"
         "a=1",
         "", 0}, /* a space for eyes only */
        {"\xe2\x80\x80"
         "a=1",
         "", 0},
        {"\x0b"
         "a=1",
         "", 0},
        {";;; a=1 ;;", "1", 1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        pf_str_t value = {0, NULL};
        unsigned n = pf_cookie_count(str(rows[i].header), str("a"), &value);

        assert_row(n == rows[i].count, "%s: %u", rows[i].header, n);
        assert_row(n == 0 || pf_str_eq(value, str(rows[i].value)), "%s: %.*s",
                   rows[i].header, (int)value.len, (const char *)value.data);
    }
}

static void
names(void **state)
{
    static const struct {
        pf_cookie_t kind;
        const char *secure, *plain;
    } rows[] = {
        {PF_COOKIE_SESSION, "__Host-pf-acme", "pf-acme"},
        {PF_COOKIE_EMBEDDED, "__Host-pfe-acme", "pfe-acme"},
        {PF_COOKIE_CONTRACT, "__Host-pfc-acme", "pfc-acme"},
        {PF_COOKIE_LANGUAGE, "pforte-language", "pforte-language"},
        {PF_COOKIE_DEVICE, "pforte-device", "pforte-device"},
        {PF_COOKIE_FORM, "pforte-form", "pforte-form"},
        {PF_COOKIE_LANGUAGE_EMBEDDED, "pforte-language-embedded",
         "pforte-language-embedded"},
        {PF_COOKIE_FORM_EMBEDDED, "pforte-form-embedded",
         "pforte-form-embedded"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char name[PF_COOKIE_NAME_MAX + 1];

        pf_cookie_name(rows[i].kind, str("acme"), true, name);
        assert_string_equal(name, rows[i].secure);
        pf_cookie_name(rows[i].kind, str("acme"), false, name);
        assert_string_equal(name, rows[i].plain);
    }
}

static const char *
formatted(pf_cookie_t kind, bool secure, const char *value, long max_age)
{
    static char out[256];

    if (pf_cookie_format(kind, str("acme"), secure, str(value), max_age, out,
                         sizeof out) != strlen(out)) {
        return NULL;
    }
    return out;
}

static void
attributes(void **state)
{
    (void)state;
    assert_string_equal(
        formatted(PF_COOKIE_SESSION, true, "v", -1),
        "__Host-pf-acme=v; Path=/; Secure; HttpOnly; SameSite=Lax");
    assert_string_equal(formatted(PF_COOKIE_CONTRACT, true, "v", 60),
                        "__Host-pfc-acme=v; Path=/; Max-Age=60; Secure; "
                        "HttpOnly; SameSite=Lax");
    assert_string_equal(formatted(PF_COOKIE_SESSION, false, "v", -1),
                        "pf-acme=v; Path=/; HttpOnly; SameSite=Lax");
    assert_string_equal(formatted(PF_COOKIE_LANGUAGE, true, "de", 31536000),
                        "pforte-language=de; Path=/; Max-Age=31536000; Secure; "
                        "HttpOnly; SameSite=Lax");
}

static void
embedded(void **state)
{
    (void)state;
    assert_string_equal(formatted(PF_COOKIE_EMBEDDED, true, "v", -1),
                        "__Host-pfe-acme=v; Path=/; Secure; HttpOnly; "
                        "SameSite=None; Partitioned");
    /* Clearing must name the same partition. */
    assert_string_equal(formatted(PF_COOKIE_EMBEDDED, true, "", 0),
                        "__Host-pfe-acme=; Path=/; Max-Age=0; Secure; "
                        "HttpOnly; SameSite=None; Partitioned");
    /* Without Secure a browser would drop a cookie that is SameSite=None. */
    assert_string_equal(formatted(PF_COOKIE_EMBEDDED, false, "v", -1),
                        "pfe-acme=v; Path=/; HttpOnly; SameSite=Lax");
}

static void
beside_an_embedded_session(void **state)
{
    (void)state;
    assert_int_equal(pf_cookie_beside(PF_COOKIE_EMBEDDED, PF_COOKIE_FORM),
                     PF_COOKIE_FORM_EMBEDDED);
    assert_int_equal(pf_cookie_beside(PF_COOKIE_EMBEDDED, PF_COOKIE_LANGUAGE),
                     PF_COOKIE_LANGUAGE_EMBEDDED);
    assert_int_equal(pf_cookie_beside(PF_COOKIE_EMBEDDED, PF_COOKIE_DEVICE),
                     PF_COOKIE_DEVICE_EMBEDDED);
    assert_int_equal(pf_cookie_beside(PF_COOKIE_EMBEDDED, PF_COOKIE_CONTRACT),
                     PF_COOKIE_CONTRACT);
    assert_int_equal(pf_cookie_beside(PF_COOKIE_SESSION, PF_COOKIE_FORM),
                     PF_COOKIE_FORM);
    assert_string_equal(formatted(PF_COOKIE_FORM_EMBEDDED, true, "v", -1),
                        "pforte-form-embedded=v; Path=/; Secure; HttpOnly; "
                        "SameSite=None; Partitioned");
    assert_string_equal(formatted(PF_COOKIE_LANGUAGE_EMBEDDED, true, "de", 60),
                        "pforte-language-embedded=de; Path=/; Max-Age=60; "
                        "Secure; HttpOnly; SameSite=None; Partitioned");
}

static void
values_are_cookie_octets(void **state)
{
    char out[256];

    (void)state;
    for (int c = 0; c < 256; c++) {
        unsigned char byte = (unsigned char)c;
        bool ok = c > 0x20 && c < 0x7f && c != '"' && c != ',' && c != ';' &&
                  c != '\\';

        assert_row(
            (pf_cookie_format(PF_COOKIE_FORM, str("acme"), true, span(&byte, 1),
                              -1, out, sizeof out) != 0) == ok,
            "byte %d", c);
    }
}

static void
whole_or_not_at_all(void **state)
{
    char out[64];
    size_t len = pf_cookie_format(PF_COOKIE_SESSION, str("acme"), true,
                                  str("v"), -1, out, sizeof out);

    (void)state;
    assert_int_equal(len, strlen(out));
    assert_int_equal(pf_cookie_format(PF_COOKIE_SESSION, str("acme"), true,
                                      str("v"), -1, out, len + 1),
                     len);
    assert_int_equal(pf_cookie_format(PF_COOKIE_SESSION, str("acme"), true,
                                      str("v"), -1, out, len),
                     0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE("X12: a cookie is found by its exact name, twice is counted",
             one_name_in_one_header),
        CASE("X1: the cookie's name carries the tenant", names),
        cmocka_unit_test(attributes),
        CASE("F11, F12, X9: the embedded cookie is partitioned", embedded),
        CASE("F11: what stands beside an embedded session comes back, too",
             beside_an_embedded_session),
        cmocka_unit_test(values_are_cookie_octets),
        cmocka_unit_test(whole_or_not_at_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
