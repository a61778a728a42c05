#include "unit.h"

#include "pf_policy.h"

static void
requirements_are_words(void **state)
{
    static const struct {
        const char *word;
        bool ok;
    } rows[] = {
        {"scope=staff", true}, {"group=billing", true}, {"group=a.b_c-1", true},
        {"scope=", false},     {"scope", false},        {"group=A", false},
        {"user=anna", false},  {"Scope=staff", false},  {"scope=a b", false},
        {"scope==a", false},   {" scope=a", false},     {"", false},
    };
    pf_require_t rule;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_row(pf_require_parse(str(rows[i].word), &rule) == rows[i].ok,
                   "%s", rows[i].word);
    }
    assert_true(pf_require_parse(str("group=billing"), &rule));
    assert_int_equal(rule.kind, PF_REQUIRE_GROUP);
    assert_true(pf_str_eq(rule.value, str("billing")));
}

/* Rules are written as in the configuration, separated by spaces. */
static bool
allows(const char *words, const pf_session_t *session)
{
    pf_require_t rules[8];
    size_t n = 0;
    char text[128], *rest = text;

    strcpy(text, words);
    for (char *word; (word = strsep(&rest, " "));) {
        n += word[0] && pf_require_parse(str(word), &rules[n]);
    }
    return pf_policy_allows(rules, n, session);
}

static void
a_kind_that_nobody_knows(void **state)
{
    static const pf_session_t session = {.scope = "portal", .groups = "a"};
    pf_require_t rules[2];

    (void)state;
    assert_true(pf_require_parse(str("scope=portal"), &rules[0]));
    assert_true(pf_require_parse(str("group=a"), &rules[1]));
    assert_true(pf_policy_allows(rules, 2, &session));
    memset(&rules[1].kind, 0x7f, sizeof rules[1].kind);
    assert_false(pf_policy_allows(rules, 2, &session));
}

static void
every_kind_named_must_hold(void **state)
{
    static const pf_session_t session = {.scope = "portal",
                                         .groups = "billing support"};
    static const struct {
        const char *rules;
        bool allowed;
    } rows[] = {
        {"", true},
        {"scope=portal", true},
        {"scope=staff", false},
        {"scope=staff scope=portal", true},
        {"group=billing", true},
        {"group=support", true},
        {"group=security", false},
        {"group=security group=support", true},
        {"group=bill", false},
        {"group=billings", false},
        {"group=billing.support", false},
        {"scope=portal group=billing", true},
        {"scope=staff group=billing", false},
        {"scope=portal group=security", false},
    };
    static const pf_session_t nobody = {.scope = "contract"};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_row(allows(rows[i].rules, &session) == rows[i].allowed, "%s",
                   rows[i].rules);
    }
    assert_false(allows("group=billing", &nobody));
    assert_false(allows("scope=portal", &nobody));
}

static void
accept(void **state)
{
    static const struct {
        const char *accept;
        bool json;
    } rows[] = {
        {"", false},
        {"*/*", false},
        {"application/json", true},
        {"Application/JSON", true},
        {"application/problem+json", true},
        {"application/vnd.acme.v2+json;charset=utf-8", true},
        {"application/json, text/plain, */*", true},
        {"application/json;q=0", false},
        {"application/json;q=0.0", false},
        {"application/json;q=0, */*", false},
        {"text/html", false},
        {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
         false},
        {"text/html, application/json", false}, /* no preference */
        {"text/html;q=0.9, application/json", true},
        {"text/html;q=0.81, application/json;q=0.89", true},
        {"text/html;q=0.89, application/json;q=0.81", false},
        {"application/json;q=0.5, */*", false},
        {"application/json;q=0.5, text/*;q=0.4", true},
        {"application/json;q=0.5, text/*;q=0.4, text/html", false},
        {"application/json, text/html;q=0", true},
        {"application/jsonp", false},
        {"+json", false},
        {"application/json;q=nonsense", false},
        {"text/plain", false},
        {",,;q=1,", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_row(pf_accepts_json(str(rows[i].accept)) == rows[i].json, "%s",
                   rows[i].accept);
    }
}

static void
first_match_decides(void **state)
{
    static const struct {
        const char *method, *path, *accept, *mode, *dest;
        pf_denial_t denial;
    } rows[] = {
        {"GET", "/invoices", "text/html", "navigate", "document",
         PF_DENY_LOGIN},
        {"HEAD", "/invoices", "", "", "", PF_DENY_LOGIN},
        {"GET", "/", "", "", "", PF_DENY_LOGIN},
        {"POST", "/invoices", "text/html", "navigate", "document",
         PF_DENY_PAGE},
        {"DELETE", "/invoices", "", "", "", PF_DENY_PAGE},
        {"get", "/invoices", "", "", "", PF_DENY_PAGE},
        {"GET", "/api/v1/customers", "text/html", "navigate", "document",
         PF_DENY_PROBLEM},
        {"POST", "/api/", "", "", "iframe", PF_DENY_PROBLEM},
        {"GET", "/apis", "", "", "", PF_DENY_LOGIN},
        {"GET", "/x/api/", "", "", "", PF_DENY_LOGIN},
        {"GET", "/invoices", "application/json", "navigate", "document",
         PF_DENY_PROBLEM},
        {"GET", "/invoices", "*/*", "cors", "empty", PF_DENY_PROBLEM},
        {"GET", "/logo.png", "image/*", "no-cors", "image", PF_DENY_PROBLEM},
        {"GET", "/invoices", "text/html", "navigate", "iframe", PF_DENY_FRAME},
        {"GET", "/invoices", "text/html", "navigate", "frame", PF_DENY_FRAME},
        {"POST", "/invoices", "text/html", "navigate", "iframe", PF_DENY_FRAME},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        pf_asker_t asker = {str(rows[i].method), str(rows[i].path),
                            str(rows[i].accept), str(rows[i].mode),
                            str(rows[i].dest)};

        assert_row(pf_denial(&asker) == rows[i].denial, "row %zu: %s %s", i,
                   rows[i].method, rows[i].path);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kind_that_nobody_knows),
        cmocka_unit_test(requirements_are_words),
        CASE("X12: every kind of rule that is named must hold",
             every_kind_named_must_hold),
        cmocka_unit_test(accept),
        CASE("X9, X12: how a refusal is told", first_match_decides),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
