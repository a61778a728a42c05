/* What the audit trail tells of a change. */
#include "app.h"

#include "audit/audit_chain.h"
#include "base/json.h"

static const struct field fields[] = {
    {.name = "name", .type = FIELD_TEXT, .flags = FIELD_IN | FIELD_OUT},
    {.name = "active", .type = FIELD_BOOL, .flags = FIELD_OUT},
    {.name = "since", .type = FIELD_TIME, .flags = FIELD_OUT},
    {.name = "password", .type = FIELD_SECRET, .flags = FIELD_IN},
    {.name = "note", .type = FIELD_TEXT, .flags = FIELD_IN},
    FIELD_END,
};

static json_t *
record(const char *name, int active, const char *password)
{
    return json_in_arena(arena, json_pack("{s:s, s:i, s:i, s:s, s:s}", "name",
                                          name, "active", active, "since",
                                          1795490585, "password", password,
                                          "hidden", "column of no field"));
}

static void
only_what_differs_is_told(void **state)
{
    struct audit_change c =
        audit_diff(arena, fields, record("a", 1, "x"), record("b", 0, "x"));

    (void)state;
    assert_string_equal(c.before, "{\"active\":true,\"name\":\"a\"}");
    assert_string_equal(c.after, "{\"active\":false,\"name\":\"b\"}");
    c = audit_diff(arena, fields, record("a", 1, "x"), record("a", 1, "x"));
    assert_string_equal(c.before, "");
    assert_string_equal(c.after, "");
}

static void
a_secret_says_that_it_changed_and_never_what_it_is(void **state)
{
    struct audit_change c =
        audit_diff(arena, fields, record("a", 1, "old-secret"),
                   record("a", 1, "new-secret"));

    (void)state;
    assert_string_equal(c.before, "{\"password\":\"***\"}");
    assert_string_equal(c.after, "{\"password\":\"***\"}");
    c = audit_diff(arena, fields, NULL, record("a", 1, "new-secret"));
    assert_null(strstr(c.after, "secret"));
    assert_null(strstr(c.after, "hidden"));
    assert_non_null(strstr(c.after, "\"password\":\"***\""));
}

static void
what_begins_has_no_before_and_what_ends_no_after(void **state)
{
    struct audit_change c =
        audit_diff(arena, fields, NULL, record("a", 1, "x"));

    (void)state;
    assert_string_equal(c.before, "");
    assert_non_null(strstr(c.after, "\"since\":\"2026-11-24T03:23:05Z\""));
    c = audit_diff(arena, fields, record("a", 1, "x"), NULL);
    assert_string_equal(c.after, "");
    assert_non_null(strstr(c.before, "\"name\":\"a\""));
}

static void
actors_have_a_kind(void **state)
{
    (void)state;
    assert_string_equal(audit_actor_kind("user:usr_1"), "user");
    assert_string_equal(audit_actor_kind("staff:usr_1"), "staff");
    assert_string_equal(audit_actor_kind("key:key_1"), "key");
    assert_string_equal(audit_actor_kind("nobody"), "nobody");
    assert_string_equal(audit_actor_kind("system"), "system");
    assert_string_equal(audit_actor_kind("jobs"), "system");
    assert_string_equal(audit_actor_kind("username"), "system");
}

static void
a_signature_is_for_one_end_and_by_one_key(void **state)
{
    char *dir = temporary_directory();
    const struct audit_key *key = audit_key_open(arena, dir, true);
    const char *public = audit_public_key(arena, dir);
    json_t *head = json_in_arena(
        arena, json_pack("{s:s, s:s, s:i, s:s}", "tenant", "acme", "day",
                         "2026-11-24", "seq", 7, "hash", "00ff"));

    (void)state;
    assert_non_null(key);
    assert_non_null(public);
    json_object_set_new(
        head, "signature",
        json_string(audit_sign(arena, key, "acme", "2026-11-24", 7, "00ff")));
    assert_true(audit_signed(arena, public, head));
    assert_false(audit_signed(arena, "k4.public.AAAA", head));
    assert_false(audit_signed(arena, "", head));
    json_object_set_new(head, "seq", json_integer(8));
    assert_false(audit_signed(arena, public, head));
    json_object_set_new(head, "seq", json_integer(7));
    json_object_set_new(head, "tenant", json_string("globex"));
    assert_false(audit_signed(arena, public, head));
    write_file(arena_printf(arena, "%s/audit.key", dir), "k4.secret.AAAA\n");
    assert_null(audit_key_open(arena, dir, true));
    remove_directory(dir);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(only_what_differs_is_told),
        TEST(a_secret_says_that_it_changed_and_never_what_it_is),
        TEST(what_begins_has_no_before_and_what_ends_no_after),
        TEST(actors_have_a_kind),
        TEST(a_signature_is_for_one_end_and_by_one_key),
    };

    return sodium_init() < 0 || cmocka_run_group_tests(tests, NULL, NULL);
}
