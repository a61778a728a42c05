/* form, request, response and cookie. */
#include "app.h"

#include "http/cookie.h"
#include "http/form.h"

static const char *
form(const char *text, size_t len, enum err expected)
{
    json_t *out = NULL;

    assert_int_equal(form_parse(arena, text, len, &out), expected);
    char *s = json_dumps(out, JSON_COMPACT);
    char *copy = arena_strdup(arena, s);
    free(s);
    return copy;
}

static void
fine(const char *text, const char *expected)
{
    assert_string_equal(form(text, strlen(text), ERR_NONE), expected);
}

static void
malformed(const char *text)
{
    assert_string_equal(form(text, strlen(text), ERR_malformed), "{}");
}

static void
forms_are_decoded(void **state)
{
    (void)state;
    fine("", "{}");
    fine("a=1&b=2", "{\"a\":\"1\",\"b\":\"2\"}");
    fine("a=x+y%20z%2B&", "{\"a\":\"x y z+\"}");
    fine("a", "{\"a\":\"\"}");
    fine("a=b=c", "{\"a\":\"b=c\"}");
    fine("&&a=1&&", "{\"a\":\"1\"}");
    fine("=x", "{\"\":\"x\"}");
    fine("%61=%C3%A4%e2%82%ac", "{\"a\":\"ä€\"}");
}

static void
hostile_forms_are_refused(void **state)
{
    (void)state;
    malformed("a=%");
    malformed("a=%4");
    malformed("a=%4g");
    malformed("a=%g4");
    malformed("a=%00");
    malformed("%00=a");
    malformed("a=%ff");
    malformed("a=%c3");
    malformed("a=%c0%80");
    malformed("a=%ed%a0%80");
    assert_string_equal(form("b=1&a=1&a=2", 11, ERR_value_twice),
                        "{\"a\":null}");
    assert_string_equal(form("a=1&%61=2", 9, ERR_value_twice), "{\"a\":null}");
    malformed("a=1&b=%");
    malformed("a=\xff");
    form("a=x\0y", 5, ERR_malformed);
    form("a=%41", 4, ERR_malformed); /* the escape ends behind the text */
}

static void
pairs_are_counted(void **state)
{
    char *text = arena_alloc(arena, 8 * (FORM_PAIRS_MAX + 2));

    (void)state;
    for (int i = 0; i < FORM_PAIRS_MAX; i++) {
        sprintf(text + strlen(text), "a%d=1&", i);
    }
    form(text, strlen(text), ERR_NONE);
    strcat(text, "b=1");
    malformed(text);
}

static void
escaping(void **state)
{
    json_t *out;

    (void)state;
    assert_string_equal(form_escape(arena, "aZ09-._~"), "aZ09-._~");
    assert_string_equal(form_escape_path(arena, "/a-z/b\\c?d#%\xff"),
                        "/a-z/b%5Cc%3Fd%23%25%FF");
    assert_string_equal(form_escape(arena, "a b&c=ä/"),
                        "a%20b%26c%3D%C3%A4%2F");
    const char *all = "\x01\x7f !\"#$%&'()*+,/:;<=>?@[\\]^`{|}ü";
    const char *pair = arena_printf(arena, "k=%s", form_escape(arena, all));
    assert_int_equal(form_parse(arena, pair, strlen(pair), &out), ERR_NONE);
    assert_string_equal(json_string_value(json_object_get(out, "k")), all);
}

/* Requests */

static struct request
request(char **params)
{
    struct request rq;

    request_fill(&rq, arena, params);
    return rq;
}

static void
parameters_and_headers(void **state)
{
    char *params[] = {"REQUEST_METHOD=POST",
                      "DOCUMENT_URI=/acme/invoices",
                      "PFORTE_PREFIX=/acme",
                      "PFORTE_LANGUAGE=de",
                      "CONTENT_TYPE=text/plain",
                      "HTTP_ACCEPT_LANGUAGE=de, en",
                      "HTTP_X=",
                      "BROKEN",
                      NULL};
    struct request rq = request(params);

    (void)state;
    assert_string_equal(rq.method, "POST");
    assert_string_equal(rq.path, "/acme/invoices");
    assert_string_equal(rq.query, "");
    assert_string_equal(rq.body, "");
    assert_string_equal(request_header(&rq, "Accept-Language"), "de, en");
    assert_string_equal(request_header(&rq, "content-type"), "text/plain");
    assert_string_equal(request_header(&rq, "X"), "");
    assert_string_equal(request_header(&rq, "Cookie"), "");
    assert_string_equal(request_param(&rq, "BROKEN"), "");
    assert_string_equal(request_param(&rq, "PFORTE"), "");
    char *name = arena_alloc(arena, 1001);
    memset(name, 'a', 1000);
    assert_string_equal(request_header(&rq, name), "");
}

static const char *
inside(const char *tenant, const char *prefix, const char *uri)
{
    char *params[] = {arena_printf(arena, "DOCUMENT_URI=%s", uri),
                      arena_printf(arena, "PFORTE_PREFIX=%s", prefix),
                      arena_printf(arena, "PFORTE_TENANT=%s", tenant), NULL};
    struct request rq = request(params);

    return request_inside(&rq);
}

static void
the_prefix_falls_away(void **state)
{
    (void)state;
    assert_string_equal(inside("acme", "/acme", "/acme/invoices"), "/invoices");
    assert_string_equal(inside("acme", "/acme", "/acme/"), "/");
    assert_string_equal(inside("acme", "/acme", "/acme"), "/");
    assert_string_equal(inside("acme", "", "/invoices"), "/invoices");
    assert_string_equal(inside("acme", "", ""), "/");
    assert_null(inside("acme", "/acme", "/acmes"));
    assert_null(inside("acme", "/acme", "/globex/invoices"));
    assert_null(inside("", "", "/api/v1/customers"));
}

static void
cookies_are_read_once(void **state)
{
    char *once[] = {"HTTP_COOKIE=a=1; b=2", "HTTP_COOKIE=c=3", NULL};
    char *twice[] = {"HTTP_COOKIE=a=1; a=2", NULL};
    char *apart[] = {"HTTP_COOKIE=a=1", "HTTP_COOKIE=a=1", NULL};
    struct request rq = request(once);

    (void)state;
    assert_string_equal(request_cookie(&rq, "b"), "2");
    assert_string_equal(request_cookie(&rq, "c"), "3");
    assert_null(request_cookie(&rq, "d"));
    rq = request(twice);
    assert_null(request_cookie(&rq, "a"));
    rq = request(apart);
    assert_null(request_cookie(&rq, "a"));
}

static void
typed_input(void **state)
{
    struct request rq = {.arena = arena};

    (void)state;
    rq.input = json_in_arena(
        arena, json_pack("{s:s, s:b, s:n}", "t", "x", "b", 1, "n"));
    rq.arguments = json_in_arena(arena, json_pack("{s:s}", "page", "2"));
    assert_string_equal(request_text(&rq, "t"), "x");
    assert_null(request_text(&rq, "n"));
    assert_null(request_text(&rq, "none"));
    assert_true(request_bool(&rq, "b", false));
    assert_true(request_bool(&rq, "none", true));
    assert_false(request_bool(&rq, "t", false));
    assert_string_equal(request_argument(&rq, "page"), "2");
    assert_null(request_argument(&rq, "none"));
}

/* Responses */

static void
redirect(const char *prefix, const char *to, const char *expected)
{
    struct request rq = {.arena = arena, .prefix = prefix};
    struct response rs = {0};

    response_redirect(&rq, &rs, to);
    assert_int_equal(rs.status, 303);
    assert_int_equal(rs.kind, RESPONSE_NONE);
    assert_string_equal(rs.headers[0].name, "Location");
    assert_string_equal(rs.headers[0].value, expected);
}

static void
redirects_stay_inside(void **state)
{
    (void)state;
    log_set_level(LOG_ERROR + 1);
    redirect("/acme", "/invoices", "/acme/invoices");
    redirect("", "/", "/");
    redirect(NULL, "/x?y=1", "/x?y=1");
    redirect("", "//evil.example", "/");
    redirect("", "/\\evil.example", "/");
    redirect("", "https://evil.example", "/");
    redirect("", "", "/");
    log_set_level(LOG_INFO);
}

static void
headers_have_one_line(void **state)
{
    struct response rs = {0};

    (void)state;
    log_set_level(LOG_ERROR + 1);
    response_header(&rs, "X", "a\r\nSet-Cookie: x=1");
    response_header(&rs, "X", "a\nb");
    response_header(&rs, "X", NULL);
    assert_int_equal(rs.n_headers, 0);
    for (int i = 0; i < RESPONSE_HEADERS_MAX + 3; i++) {
        response_header(&rs, "X", "y");
    }
    assert_int_equal(rs.n_headers, RESPONSE_HEADERS_MAX);
    log_set_level(LOG_INFO);
}

static void
kinds_of_answers(void **state)
{
    struct response rs = {0};
    json_t *model = json_in_arena(arena, json_object());

    (void)state;
    response_page(&rs, "invoices", model);
    assert_int_equal(rs.kind, RESPONSE_PAGE);
    assert_int_equal(rs.status, 200);
    response_json(&rs, 201, model);
    assert_int_equal(rs.kind, RESPONSE_JSON);
    assert_int_equal(rs.status, 201);
    response_error(&rs, ERR_link_used);
    assert_int_equal(rs.status, 410);
    response_bytes(&rs, "application/pdf", "x", 1);
    assert_int_equal(rs.kind, RESPONSE_BYTES);
    assert_int_equal(rs.status, 200);
    response_empty(&rs, 204);
    assert_int_equal(rs.status, 204);
}

static void
cookies_are_set(void **state)
{
    struct request rq = {.arena = arena};
    struct response rs = {0};

    (void)state;
    cookie_set(&rq, &rs, PF_COOKIE_LANGUAGE, NULL, true, "de", 60);
    assert_int_equal(rs.n_headers, 1);
    assert_string_equal(rs.headers[0].name, "Set-Cookie");
    assert_non_null(strstr(rs.headers[0].value, "=de;"));
    log_set_level(LOG_ERROR + 1);
    cookie_set(&rq, &rs, PF_COOKIE_LANGUAGE, NULL, true, "de; x", 60);
    log_set_level(LOG_INFO);
    assert_int_equal(rs.n_headers, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(forms_are_decoded),      TEST(hostile_forms_are_refused),
        TEST(pairs_are_counted),      TEST(escaping),
        TEST(parameters_and_headers), TEST(the_prefix_falls_away),
        TEST(cookies_are_read_once),  TEST(typed_input),
        TEST(redirects_stay_inside),  TEST(headers_have_one_line),
        TEST(kinds_of_answers),       TEST(cookies_are_set),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
