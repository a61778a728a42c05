#include "unit.h"

#include "pf_opened.h"

static pf_session_t
session_of(const char *user)
{
    pf_session_t s = {.version = 1, .iat = 100, .exp = 1000};

    strcpy(s.user, user);
    return s;
}

static void
keep(pf_opened_t *o, const char *tenant, const char *token, uint64_t generation,
     const pf_session_t *session)
{
    pf_opened_keep(o, str(tenant), pf_opened_hash(o, str(token)), generation,
                   session);
}

static bool
finds(pf_opened_t *o, const char *tenant, const char *token,
      uint64_t generation, const char *user)
{
    pf_session_t out;

    return pf_opened_find(o, str(tenant), pf_opened_hash(o, str(token)),
                          generation, &out) &&
           strcmp(out.user, user) == 0;
}

static void
what_was_kept_is_found(void **state)
{
    pf_opened_t *o = pf_opened_create(16);
    pf_session_t anna = session_of("anna"), bruno = session_of("bruno");

    (void)state;
    assert_false(finds(o, "acme", "v4.local.a", 1, "anna"));
    keep(o, "acme", "v4.local.a", 1, &anna);
    assert_true(finds(o, "acme", "v4.local.a", 1, "anna"));
    keep(o, "acme", "v4.local.a", 1, &bruno);
    assert_true(finds(o, "acme", "v4.local.a", 1, "bruno"));
    pf_opened_free(o);
}

static void
another_token_tenant_or_ring_is_not(void **state)
{
    pf_opened_t *o = pf_opened_create(16);
    pf_session_t anna = session_of("anna");

    (void)state;
    keep(o, "acme", "v4.local.a", 1, &anna);
    assert_false(finds(o, "acme", "v4.local.b", 1, "anna"));
    assert_false(finds(o, "acme", "v4.local.", 1, "anna"));
    assert_false(finds(o, "acme", "v4.local.aa", 1, "anna"));
    assert_false(finds(o, "acme", "", 1, "anna"));
    assert_false(finds(o, "globex", "v4.local.a", 1, "anna"));
    assert_false(finds(o, "acm", "v4.local.a", 1, "anna"));
    assert_false(finds(o, "acme", "v4.local.a", 2, "anna"));
    keep(o, "acme", "v4.local.a", 2, &anna);
    assert_true(finds(o, "acme", "v4.local.a", 2, "anna"));
    pf_opened_free(o);
}

static void
a_tenant_s_slot_is_its_own(void **state)
{
    pf_opened_t *o = pf_opened_create(1);
    pf_session_t anna = session_of("anna"), gina = session_of("gina");

    (void)state;
    keep(o, "acme", "v4.local.a", 1, &anna);
    keep(o, "globex", "v4.local.a", 1, &gina);
    assert_true(finds(o, "acme", "v4.local.a", 1, "anna"));
    assert_true(finds(o, "globex", "v4.local.a", 1, "gina"));
    pf_opened_free(o);
}

static void
the_one_used_longest_ago_gives_way(void **state)
{
    pf_opened_t *o = pf_opened_create(1); /* one bucket */
    pf_session_t s = session_of("anna");
    const char *tokens[] = {"a", "b", "c", "d", "e", "f", "g", "h"};

    (void)state;
    assert_int_equal(COUNT(tokens), PF_OPENED_WAYS);
    for (size_t i = 0; i < COUNT(tokens); i++) {
        keep(o, "acme", tokens[i], 1, &s);
    }
    assert_true(finds(o, "acme", "a", 1, "anna"));
    keep(o, "acme", "i", 1, &s);
    assert_true(finds(o, "acme", "a", 1, "anna"));
    assert_false(finds(o, "acme", "b", 1, "anna"));
    assert_true(finds(o, "acme", "i", 1, "anna"));
    pf_opened_free(o);
}

static void
fill(char *s, size_t size, char c)
{
    memset(s, c, size - 1);
    s[size - 1] = '\0';
}

static void
every_claim_comes_back(void **state)
{
    pf_opened_t *o = pf_opened_create(1);
    pf_session_t out, s = {.version = 7, .iat = 100, .exp = 1000};

    (void)state;
    fill(s.sid, sizeof s.sid, 's');
    strcpy(s.user, "usr_1");
    strcpy(s.customer, "");
    strcpy(s.scope, "portal");
    strcpy(s.groups, "billing support");
    strcpy(s.language, "de");
    keep(o, "acme", "a", 1, &s);
    memset(&out, 0, sizeof out);
    assert_true(
        pf_opened_find(o, str("acme"), pf_opened_hash(o, str("a")), 1, &out));
    assert_memory_equal(&out, &s, sizeof out);
    pf_opened_free(o);
}

static void
one_that_does_not_fit_is_not_kept(void **state)
{
    pf_opened_t *o = pf_opened_create(1);
    pf_session_t s = session_of("anna");

    (void)state;
    keep(o, "acme", "a", 1, &s);
    fill(s.groups, sizeof s.groups, 'g');
    keep(o, "acme", "a", 1, &s);
    assert_false(finds(o, "acme", "a", 1, "anna"));
    pf_opened_free(o);
}

static void
a_table_for_many_holds_most_of_them(void **state)
{
    pf_opened_t *o = pf_opened_create(32768);
    pf_session_t s = session_of("anna");
    int found = 0;
    char token[32];

    (void)state;
    for (int i = 0; i < 10000; i++) {
        snprintf(token, sizeof token, "v4.local.%d", i);
        keep(o, "acme", token, 1, &s);
    }
    for (int i = 0; i < 10000; i++) {
        snprintf(token, sizeof token, "v4.local.%d", i);
        found += finds(o, "acme", token, 1, "anna");
    }
    assert_in_range(found, 9900, 10000);
    pf_opened_free(o);
}

static void
without_memory_nothing_is_known(void **state)
{
    pf_session_t s = session_of("anna");

    (void)state;
    keep(NULL, "acme", "a", 1, &s);
    assert_false(finds(NULL, "acme", "a", 1, "anna"));
    pf_opened_free(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_kept_is_found),
        cmocka_unit_test(another_token_tenant_or_ring_is_not),
        cmocka_unit_test(a_tenant_s_slot_is_its_own),
        cmocka_unit_test(the_one_used_longest_ago_gives_way),
        cmocka_unit_test(every_claim_comes_back),
        cmocka_unit_test(one_that_does_not_fit_is_not_kept),
        cmocka_unit_test(a_table_for_many_holds_most_of_them),
        cmocka_unit_test(without_memory_nothing_is_known),
    };

    return sodium_init() == -1 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
