#include "unit.h"

#include "pf_record.h"

#define X "Hrnbu7wEfAP9cGBOAHHwmH4Wsot1ciXBHwBBXQ4gsaI"

/* 32 bytes "0123…", as HS256 has them */
#define K "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"

static char why[200];

static pf_record_t *
parse(const char *text)
{
    why[0] = '\0';
    return pf_record_parse(str(text), str("acme"), why, sizeof why);
}

/* A good record with one member replaced (NULL: removed), as text. */
static char *
with(const char *name, const char *value)
{
    json_t *record = json_pack(
        "{s:s, s:i, s:s, s:[s], s:[s,s,s], s:s, s:s, s:s, s:b, s:[s]}",
        "tenant", "acme", "revision", 7, "name", "Acme GmbH", "hosts",
        "kunden.acme.example", "languages", "de", "en", "fr",
        "default_language", "en", "login_path", "/login", "cookie_mode", "lax",
        "secure", 1, "frame_ancestors", "https://www.acme.example");
    char *text;

    assert_non_null(record);
    if (name && value) {
        json_t *json = json_loads(value, JSON_DECODE_ANY, NULL);

        assert_non_null(json);
        json_object_set_new(record, name, json);
    } else if (name) {
        json_object_del(record, name);
    }
    text = json_dumps(record, JSON_COMPACT);
    json_decref(record);
    return text;
}

static pf_record_t *
parse_with(const char *name, const char *value)
{
    char *text = with(name, value);
    pf_record_t *record = parse(text);

    free(text); /* the record must not need it */
    return record;
}

#define assert_span(is, want)                                                  \
    assert_row(pf_str_eq(is, str(want)), "%.*s", (int)(is).len, (is).data)

static void
every_member_is_read(void **state)
{
    pf_record_t *r = parse_with(NULL, NULL);

    (void)state;
    assert_row(r != NULL, "%s", why);
    assert_string_equal(r->tenant, "acme");
    assert_int_equal(r->revision, 7);
    assert_int_equal(r->n_languages, 3);
    assert_span(r->languages[0], "de");
    assert_span(r->languages[2], "fr");
    assert_int_equal(r->default_language, 1);
    assert_span(r->login_path, "/login");
    assert_true(r->secure);
    assert_int_equal(r->cookie, PF_COOKIE_SESSION);
    assert_string_equal(r->cookie_name, "__Host-pf-acme");
    assert_string_equal(r->contract_cookie, "__Host-pfc-acme");
    assert_int_equal(r->n_hosts, 1);
    assert_span(r->hosts[0], "kunden.acme.example");
    assert_span(r->frame_ancestors, "https://www.acme.example");
    assert_int_equal(r->sso_keys->n, 0);
    pf_record_free(r);
}

static void
what_may_be_left_out(void **state)
{
    pf_record_t *r = parse("{\"tenant\":\"acme\",\"languages\":[\"de\"],"
                           "\"default_language\":\"de\",\"newer\":{\"a\":1}}");

    (void)state;
    assert_row(r != NULL, "%s", why);
    assert_true(r->secure); /* unless it says otherwise */
    assert_int_equal(r->cookie, PF_COOKIE_SESSION);
    assert_span(r->login_path, "/login");
    assert_int_equal(r->revision, 0);
    assert_int_equal(r->n_hosts, 0);
    assert_int_equal(r->frame_ancestors.len, 0);
    assert_int_equal(r->sso_keys->n, 0);
    pf_record_free(r);
    pf_record_free(NULL);
}

static void
the_cookie_is_one_of_four(void **state)
{
    static const struct {
        const char *mode, *secure, *name;
        pf_cookie_t cookie;
    } rows[] = {
        {"\"lax\"", "true", "__Host-pf-acme", PF_COOKIE_SESSION},
        {"\"embed\"", "true", "__Host-pfe-acme", PF_COOKIE_EMBEDDED},
        {"\"lax\"", "false", "pf-acme", PF_COOKIE_SESSION},
        {"\"embed\"", "false", "pfe-acme", PF_COOKIE_EMBEDDED},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[200];
        pf_record_t *r;

        snprintf(text, sizeof text,
                 "{\"tenant\":\"acme\",\"languages\":[\"de\"],"
                 "\"default_language\":\"de\",\"cookie_mode\":%s,"
                 "\"secure\":%s}",
                 rows[i].mode, rows[i].secure);
        r = parse(text);
        assert_row(r != NULL, "%s", why);
        assert_string_equal(r->cookie_name, rows[i].name);
        assert_int_equal(r->cookie, rows[i].cookie);
        pf_record_free(r);
    }
}

/* A member, its value, and what the refusal says of it. */
static const struct {
    const char *name, *value, *sentence;
} faults[] = {
    {"tenant", NULL, "not this tenant's"},
    {"tenant", "\"other\"", "not this tenant's"},
    {"tenant", "\"ACME\"", "not this tenant's"},
    {"tenant", "7", "not this tenant's"},
    {"revision", "-1", "revision"},
    {"revision", "1.5", "revision"},
    {"revision", "\"7\"", "revision"},
    {"languages", NULL, "missing"},
    {"languages", "[]", "missing"},
    {"languages", "\"de\"", "no array"},
    {"languages", "{\"en\":1}", "no array"},
    {"languages", "[\"en\",7]", "no language tag"},
    {"languages", "[\"en\",\"\"]", "no language tag"},
    {"languages", "[\"en\",\"../de\"]", "no language tag"},
    {"languages", "[\"de\",\"fr\"]", "none of the languages"},
    {"default_language", NULL, "missing"},
    {"default_language", "1", "missing"},
    {"default_language", "\"EN\"", "none of the languages"},
    {"login_path", "\"//evil.example\"", "login_path"},
    {"login_path", "\"https://evil.example\"", "login_path"},
    {"login_path", "\"\"", "login_path"},
    {"login_path", "null", "login_path"},
    {"cookie_mode", "\"none\"", "neither lax nor embed"},
    {"cookie_mode", "\"\"", "neither lax nor embed"},
    {"cookie_mode", "1", "wrong type"},
    {"secure", "1", "wrong type"},
    {"secure", "\"false\"", "wrong type"},
    {"secure", "null", "wrong type"},
    {"hosts", "\"a\"", "no array"},
    {"hosts", "[7]", "no host name"},
    {"hosts", "[\"\"]", "no host name"},
    {"hosts", "[\"Kunden.acme.example\"]", "no host name"},
    {"hosts", "[\"a/b\"]", "no host name"},
    {"hosts", "[\"a_b\"]", "no host name"},
    {"hosts", "[\"*.example\"]", "no host name"},
    {"sso_keys", "{}", "no array"},
    {"sso_keys", "[{}]", "key 1"},
    {"sso_keys", "[{\"kid\":\"a\",\"paserk\":\"k4.public." X "\"},7]", "key 2"},
    {"sso_keys",
     "[{\"kid\":\"a\",\"paserk\":\"k4.public." X "\"},"
     "{\"kid\":\"a\",\"paserk\":\"k4.public." X "\"}]",
     "twice"},
    {"sso_keys", "[{\"paserk\":\"k4.local." X "\"}]", "not made for"},
};

static void
each_fault_has_a_sentence(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(faults); i++) {
        pf_record_t *r = parse_with(faults[i].name, faults[i].value);

        assert_row(!r, "%s: %s", faults[i].name, faults[i].value);
        assert_row(strstr(why, faults[i].sentence) != NULL, "%s %s: %s",
                   faults[i].name, faults[i].value ? faults[i].value : "", why);
    }
}

static void
what_is_no_record(void **state)
{
    static const char *const rows[] = {
        "",
        "[]",
        "7",
        "null",
        "{",
        "{}}",
        "{\"tenant\":\"acme\"",
        "{\"tenant\":\"acme\",\"tenant\":\"acme\"}",
        "{\"a\":[[[[[[[[1]]]]]]]]}",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_row(!parse(rows[i]), "%s", rows[i]);
        assert_row(strstr(why, "not one JSON object") != NULL, "%s: %s",
                   rows[i], why);
    }
}

static void
too_large_by_a_byte(void **state)
{
    static const char small[] = "{\"tenant\":\"acme\",\"languages\":[\"de\"],"
                                "\"default_language\":\"de\"";
    char *text = malloc(PF_RECORD_MAX + 1);
    pf_record_t *r;

    (void)state;
    memset(text, ' ', PF_RECORD_MAX + 1);
    memcpy(text, small, sizeof small - 1);
    text[PF_RECORD_MAX - 1] = '}';
    r = pf_record_parse(span(text, PF_RECORD_MAX), str("acme"), why,
                        sizeof why);
    assert_row(r != NULL, "%s", why);
    pf_record_free(r);
    assert_null(pf_record_parse(span(text, PF_RECORD_MAX + 1), str("acme"), why,
                                sizeof why));
    free(text);
}

/* A record with n times prefix and a number of three digits in that list. */
static pf_record_t *
parse_many(const char *name, const char *prefix, size_t n)
{
    json_t *list = json_array();
    char *text, *record;
    pf_record_t *r;

    for (size_t i = 0; i < n; i++) {
        json_array_append_new(list, json_sprintf("%s%03d", prefix, (int)i));
    }
    if (strcmp(name, "languages") == 0) {
        json_array_set_new(list, 0, json_string("en"));
    }
    text = json_dumps(list, 0);
    record = with(name, text);
    r = parse(record);
    free(record);
    free(text);
    json_decref(list);
    return r;
}

static void
lists_have_an_end(void **state)
{
    static const struct {
        const char *name, *prefix;
        size_t most;
    } rows[] = {
        {"hosts", "h", PF_HOSTS_MAX},
        {"languages", "en-x-", PF_LANGUAGES_MAX},
        {"frame_ancestors", "https://a.example.", 93}, /* 2048 bytes */
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        pf_record_t *r = parse_many(rows[i].name, rows[i].prefix, rows[i].most);

        assert_row(r != NULL, "%s: %s", rows[i].name, why);
        pf_record_free(r);
        r = parse_many(rows[i].name, rows[i].prefix, rows[i].most + 1);
        assert_row(!r, "%s: one more is accepted", rows[i].name);
    }
}

static void
frames_only_of_https_origins(void **state)
{
    static const char *const bad[] = {
        "\"https://a.example\"",
        "[7]",
        "[\"\"]",
        "[\"*\"]",
        "[\"'self'\"]",
        "[\"https:\"]",
        "[\"https://\"]",
        "[\"http://a.example\"]",
        "[\"https://*.example\"]",
        "[\"https://a.example/\"]",
        "[\"https://a.example *\"]",
        "[\"https://a.example; x\"]",
        "[\"https://A.example\"]",
        "[\"https://a.example\\n\"]",
        "[\"https://u@a.example\"]",
        "[\"//a.example\"]",
        "[\"data:text/html,x\"]",
        "[null]",
        "[\"https://a.example?b\"]",
        "[\"https://a.example#b\"]",
        "[\"https://a.example.\"]",
        "[\"https://.example\"]",
        "[\"https://a..example\"]",
        "[\"https://-a.example\"]",
        "[\"https://a-.example\"]",
        "[\"https://a.example:\"]",
        "[\"https://a.example:0\"]",
        "[\"https://a.example:0443\"]",
        "[\"https://a.example:65536\"]",
        "[\"https://a.example:99999999999999999999\"]",
        "[\"https://a.example:4x\"]",
        "[\"https://a.example:1:2\"]",
        "[\"https://:443\"]",
    };
    pf_record_t *r =
        parse_with("frame_ancestors", "[\"https://a.example\","
                                      "\"https://b.example:8443\"]");

    (void)state;
    assert_row(r != NULL, "%s", why);
    assert_span(r->frame_ancestors, "https://a.example https://b.example:8443");
    pf_record_free(r);
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_row(!parse_with("frame_ancestors", bad[i]), "accepted: %s",
                   bad[i]);
    }
}

static void
a_wrong_origin_is_told_why(void **state)
{
    static const char *const rows[][2] = {
        {"http://a.example", "does not begin with https://"},
        {"https://*.example", "has a wildcard; name each origin"},
        {"https://a.example/x",
         "has a path; an origin ends with the host or its port"},
        {"https://a.example:99999",
         "has no port between 1 and 65535 after the colon"},
        {"https://Ä.example",
         "has no host name in lower case (others as xn--…)"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_string_equal(pf_origin_fault(pf_str_of(rows[i][0])), rows[i][1]);
    }
    assert_null(pf_origin_fault(pf_str_of("https://xn--4ca.example:65535")));
}

static void
keys_lie_in_the_ring_only(void **state)
{
    char *text =
        with("sso_keys", "[{\"kid\":\"h\",\"kty\":\"oct\",\"alg\":\"HS256\","
                         "\"k\":\"" K "\"},{\"kid\":\"p\",\"not_before\":5,"
                         "\"not_after\":9,\"paserk\":\"k4.public." X "\"}]");
    pf_record_t *r = parse(text);
    char *kept;

    (void)state;
    assert_row(r != NULL, "%s", why);
    assert_int_equal(r->sso_keys->n, 2);
    assert_int_equal(r->sso_keys->keys[0].alg, PF_ALG_HS256);
    assert_memory_equal(r->sso_keys->keys[0].bytes, "0123456789abcdef", 16);
    assert_int_equal(r->sso_keys->keys[1].alg, PF_ALG_PUBLIC);
    assert_int_equal(r->sso_keys->keys[1].not_before, 5);
    assert_int_equal(r->sso_keys->keys[1].not_after, 9);
    kept = json_dumps(r->memory, 0);
    assert_null(strstr(kept, K));
    free(kept);
    free(text);
    pf_record_free(r);
}

static void
a_tenant_that_is_none(void **state)
{
    static const char *const rows[] = {"",
                                       "a",
                                       "api",
                                       "../x",
                                       "A1",
                                       "a;b",
                                       "a-tenant-of-more-than-31-letters"};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        json_t *json = json_pack("{s:s, s:[s], s:s}", "tenant", rows[i],
                                 "languages", "de", "default_language", "de");
        char *text = json_dumps(json, 0);

        assert_row(!pf_record_parse(str(text), str(rows[i]), why, sizeof why),
                   "accepted: %s", rows[i]);
        free(text);
        json_decref(json);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_member_is_read),
        cmocka_unit_test(what_may_be_left_out),
        CASE("X9: a record chooses between lax and embedded cookies",
             the_cookie_is_one_of_four),
        cmocka_unit_test(each_fault_has_a_sentence),
        cmocka_unit_test(what_is_no_record),
        cmocka_unit_test(too_large_by_a_byte),
        cmocka_unit_test(lists_have_an_end),
        CASE("F12: what is wrong with an origin is said",
             a_wrong_origin_is_told_why),
        CASE("F12: only https origins may be named as frame ancestors",
             frames_only_of_https_origins),
        cmocka_unit_test(keys_lie_in_the_ring_only),
        CASE("X1: a record of another tenant, or of none, is refused",
             a_tenant_that_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
