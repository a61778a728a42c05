#include "app.h"

#include "user/rights.h"

static void
names_are_sets_and_back(void **state)
{
    rights_t two = rights_named("billing.invoices.view") |
                   rights_named("other.mails.view");
    const char *unknown;
    json_t *names = rights_array(two);

    (void)state;
    assert_int_equal(rights_named("billing.invoices"), 0);
    assert_int_equal(rights_named(""), 0);
    assert_string_equal(rights_words(arena, two),
                        "billing.invoices.view other.mails.view");
    assert_true(rights_of_array(names, &unknown) == two);
    assert_null(unknown);
    json_array_append_new(names, json_string("billing.everything"));
    json_array_append_new(names, json_integer(7));
    assert_true(rights_of_array(names, &unknown) == two);
    assert_string_equal(unknown, "billing.everything");
    json_decref(names);
    assert_string_equal(rights_words(arena, 0), "");
    assert_true(rights_of_words(arena, rights_words(arena, two)) == two);
    assert_true(rights_of_words(arena, "no other.mails.view  x") ==
                rights_named("other.mails.view"));
    assert_true(rights_of_words(arena, "") == 0);
}

static void
presets_never_give_what_owners_alone_have(void **state)
{
    rights_t owners = rights_named("security.owners.change"), set;

    (void)state;
    assert_true(owners != 0);
    assert_true((rights_all() & owners) != 0);
    assert_true((rights_of_kind("owner") & owners) != 0);
    assert_true((rights_of_kind("contact") & owners) == 0);
    assert_true((rights_of_kind("guest") & owners) == 0);
    for (int i = 0; rights_preset_name(i); i++) {
        assert_true(rights_preset(rights_preset_name(i), &set));
        assert_true(set != 0);
        assert_true((set & owners) == 0);
    }
    assert_false(rights_preset("emperor", &set));
}

static void
presets_are_what_they_say(void **state)
{
    rights_t set;

    (void)state;
    assert_true(rights_preset("view_only", &set));
    assert_true(set & rights_named("system.profile.view"));
    assert_false(set & rights_named("system.profile.change"));
    assert_string_equal(rights_preset_of(set), "view_only");
    assert_true(rights_preset("accountant", &set));
    assert_true(set & rights_named("billing.contracts.view"));
    assert_false(set & rights_named("support.help.view"));
    assert_null(rights_preset_of(rights_named("other.mails.view")));
}

static void
features_take_whole_words(void **state)
{
    (void)state;
    assert_true(rights_of_features("") == 0);
    assert_true(rights_of_features("invoice") == 0);
    assert_true(rights_of_features("mails invoices") ==
                (rights_named("billing.invoices.view") |
                 rights_named("other.mails.view")));
}

static void
groups_are_in_the_order_of_the_table(void **state)
{
    (void)state;
    assert_string_equal(rights_groups(arena, rights_all()),
                        "billing support provisioning system security other");
    assert_string_equal(
        rights_groups(arena, rights_named("other.mails.view") |
                                 rights_named("support.help.view")),
        "support other");
    assert_string_equal(rights_groups(arena, 0), "");
}

static void
the_tables_have_no_fault(void **state)
{
    (void)state;
    assert_int_equal(rights_faults(), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(names_are_sets_and_back),
        TEST(presets_never_give_what_owners_alone_have),
        TEST(presets_are_what_they_say),
        TEST(features_take_whole_words),
        TEST(groups_are_in_the_order_of_the_table),
        TEST(the_tables_have_no_fault),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
