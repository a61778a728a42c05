#include "unit.h"

#include "pf_redirect.h"
#include "pf_token.h"

static void
paths_inside_the_portal(void **state)
{
    static const char *const rows[] = {
        "/",
        "/invoices",
        "/invoices/",
        "/invoices/2026-11?page=2&sort=-date",
        "/a.b/_c~d-e/..f/g..",
        "/...",
        "/a?x=a+b",
        "/a?",
        "/a?..",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_row(pf_redirect_ok(str(rows[i])), "refused: %s", rows[i]);
    }
}

static void
anything_else(void **state)
{
    static const char *const rows[] = {
        "",          "invoices",  "//evil",      "/a//b",    "/a//", "/.",
        "/..",       "/./a",      "/../a",       "/a/..",    "/a/.", "/a/../b",
        "/%2e",      "/a%0d%0a",  "/\\evil",     "\\/evil",  "/a b", "/a\tb",
        "/a\nb",     "/a#b",      "/a;b",        "/@evil",   "/a:b", "/a?b?c",
        "/a?/b",     "/a?b%20",   "/a?b=//evil", "/a?b#c",   " /a",  "/a ",
        "https://e", "/\xc3\xa4", "/a?\xc3\xa4", "?a",       ".",    "/a,b",
        "/a?b=\"",   "/<script>", "/a'b",        "/a?b=c;d", "~/a",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {

        assert_row(!pf_redirect_ok(str(rows[i])), "accepted: %s", rows[i]);
    }
    assert_false(pf_redirect_ok(span("/a\0b", 4)));
    assert_false(pf_redirect_ok((pf_str_t){0, NULL}));
}

static void
length_ends_at_the_cap(void **state)
{
    char path[PF_PATH_MAX + 2];

    (void)state;
    memset(path, 'a', sizeof path);
    path[0] = '/';
    assert_true(pf_redirect_ok(span(path, PF_PATH_MAX)));
    assert_false(pf_redirect_ok(span(path, PF_PATH_MAX + 1)));
}

static void
official_payloads(void **state)
{
    size_t len, n = 0;
    char *text = vector_file("redirects/payloads.txt", &len), *rest = text;

    (void)state;
    if (!text) {
        print_message("skipped: 834 payloads of redirects/payloads.txt\n");
        skip();
    }
    for (char *line; (line = strsep(&rest, "\n"));) {
        assert_row(!pf_redirect_ok(str(line)), "accepted: %s", line);
        n++;
    }
    free(text);
    assert_true(n >= 834);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE("F9: a return path inside the portal is kept",
             paths_inside_the_portal),
        CASE("F9: any other return path is refused", anything_else),
        cmocka_unit_test(length_ends_at_the_cap),
        CASE("F9: no open-redirect payload passes", official_payloads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
