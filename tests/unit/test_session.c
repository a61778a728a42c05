/* Sessions in the database when what a membership may do changes. */
#include "app.h"

#include <sodium.h>

#include "base/keys.h"
#include "customer/customer.h"
#include "db/db.h"
#include "session/session.h"

static const struct actor nobody = {"test", "", "", NULL, false};
static struct tenant acme = {
    .id = "acme", .pool = "acme-pool", .portal_without = ""};

static char *dir;
static struct session_store store;

static int
open_store(void **state)
{
    static const char *const languages[] = {"de", NULL};
    const struct tenant_new new = {"acme", "Acme", "acme",   "acme-pool",
                                   "de",   "",     languages};
    const char *ring, *key;
    char why[200];

    set_up(state);
    dir = temporary_directory();
    ring = arena_printf(arena, "%s/keyring", dir);
    assert_int_equal(keys_rotate(ring), 0);
    store = (struct session_store){
        .db = db_open("sqlite::memory:", why, sizeof why),
        .cache = cache_open(NULL, 0),
        .keys = keys_open(ring),
        .arena = arena,
        .tenant = &acme,
        .actor = &nobody};
    assert_true(db_migrate(store.db) > 0);
    assert_int_equal(tenant_create(store.db, arena, &nobody, &new, &key),
                     DB_OK);
    return 0;
}

static int
close_store(void **state)
{
    db_close(store.db);
    cache_close(store.cache);
    keys_close(store.keys);
    remove_directory(dir);
    return tear_down(state);
}

#define STORE_TEST(fn)                                                         \
    cmocka_unit_test_setup_teardown(fn, open_store, close_store)

/* ---- people ---- */

static const char *
make_customer(const char *number)
{
    const struct customer_new new = {.number = number,
                                     .company_name = number,
                                     .first_name = "",
                                     .last_name = "",
                                     .email = "x@example.com",
                                     .language = "",
                                     .street = "",
                                     .postal_code = "",
                                     .city = "",
                                     .country = "DE",
                                     .vat_id = ""};
    const char *id;

    assert_int_equal(
        customer_create(store.db, arena, "acme", &nobody, &new, &id), DB_OK);
    return id;
}

static struct user *
make_login(const char *username, const char *customer)
{
    const struct login_new new = {
        .username = username, .email = "x@example.com", .customer = customer};
    struct user *user;

    assert_int_equal(login_create(store.db, arena, &acme, &nobody, &new),
                     DB_OK);
    assert_int_equal(
        user_by_username(store.db, arena, acme.pool, username, &user), DB_OK);
    return user;
}

static struct membership *
membership(const struct user *user, const char *number)
{
    struct membership *m;

    assert_int_equal(
        membership_open(store.db, arena, &acme, user->id, number, &m), DB_OK);
    return m;
}

/* Lets somebody in, with a right that `giver` (or "") gave. */
static struct membership *
invite(const struct user *user, const char *customer, const char *number,
       const char *giver)
{
    static const char *const rights[] = {"billing.invoices.view", NULL};
    const struct membership_new new = {.user = user->id,
                                       .customer = customer,
                                       .kind = "contact",
                                       .permissions = rights};
    struct membership *m;

    assert_int_equal(membership_create(store.db, arena, &acme, &nobody, &new),
                     DB_OK);
    m = membership(user, number);
    assert_int_equal(db_exec(store.db, NULL,
                             "UPDATE membership_permission SET given_by = $3"
                             " WHERE tenant = $1 AND membership = $2",
                             "ttt", "acme", m->id, giver),
                     DB_OK);
    return m;
}

static struct session *
start(const struct user *user, const struct membership *m)
{
    const struct session_new new = {.user = user->id,
                                    .username = user->username,
                                    .language = "",
                                    .membership = m,
                                    .method = "password",
                                    .user_agent = ""};
    struct session *s;

    assert_int_equal(session_start(&store, &new, &s), DB_OK);
    return s;
}

/* As it is stored now; NULL when it has ended. */
static struct session *
loaded(const struct session *s)
{
    pf_session_t token = {0};
    struct session_named named;
    struct session *found;

    pf_str_copy(pf_str_of(s->sid), token.sid, sizeof token.sid);
    named = session_ask(store.db, store.arena, store.tenant->id, &token);
    return session_load(&store, &named, &found) == DB_OK ? found : NULL;
}

static int64_t
version(const struct session *s)
{
    struct session *found = loaded(s);

    return found ? found->version : 0;
}

/* ---- the tests ---- */

static void
rights_are_told_down_the_chain(void **state)
{
    const char *k1 = make_customer("K1"), *k2 = make_customer("K2");
    struct user *owner = make_login("owner", k1), *other = make_login("x", k2);
    struct user *one = make_login("one", k2), *two = make_login("two", k2);
    struct membership *top = membership(owner, "K1");
    struct membership *first = invite(one, k1, "K1", top->id);
    struct membership *second = invite(two, k1, "K1", first->id);
    struct session *a = start(owner, top), *b = start(one, first),
                   *c = start(two, second),
                   *d = start(other, membership(other, "K2")),
                   *home = start(two, membership(two, "K2"));

    (void)state;
    assert_int_equal(session_raise_version_of_membership(&store, first->id),
                     DB_OK);
    assert_int_equal(version(a), 1);
    assert_int_equal(version(b), 2);
    assert_int_equal(version(c), 2);
    assert_int_equal(version(d), 1);
    assert_int_equal(version(home), 1); /* the same person elsewhere */
    assert_int_equal(session_raise_version_of_membership(&store, top->id),
                     DB_OK);
    assert_int_equal(version(a), 2);
    assert_int_equal(version(c), 3);
    assert_int_equal(session_raise_version_of_membership(&store, ""), DB_OK);
    assert_int_equal(version(a), 2);
}

static void
a_membership_ends_with_its_sessions(void **state)
{
    const char *k1 = make_customer("K1"), *k2 = make_customer("K2");
    struct user *owner = make_login("owner", k1), *one = make_login("one", k2);
    struct user *two = make_login("two", k2);
    struct membership *first = invite(one, k1, "K1", "");
    struct membership *second = invite(two, k1, "K1", first->id);
    struct session *a = start(owner, membership(owner, "K1")),
                   *b = start(one, first), *c = start(two, second),
                   *home = start(one, membership(one, "K2"));

    (void)state;
    assert_int_equal(session_end_of_membership(&store, first->id), DB_OK);
    assert_int_equal(version(a), 1);
    assert_int_equal(version(b), 0);
    assert_int_equal(version(c), 2);
    assert_int_equal(version(home), 1);
}

static void
a_circle_of_givers_ends(void **state)
{
    const char *k1 = make_customer("K1"), *k2 = make_customer("K2");
    struct user *one = make_login("one", k2), *two = make_login("two", k2);
    struct membership *first = invite(one, k1, "K1", "");
    struct membership *second = invite(two, k1, "K1", first->id);
    struct session *s = start(two, second);

    (void)state;
    assert_int_equal(db_exec(store.db, NULL,
                             "UPDATE membership_permission SET given_by = $3"
                             " WHERE tenant = $1 AND membership = $2",
                             "ttt", "acme", first->id, second->id),
                     DB_OK);
    assert_int_equal(session_raise_version_of_membership(&store, first->id),
                     DB_OK);
    assert_int_equal(version(s), 2);
}

static void
a_choice_has_no_rights_and_no_long_life(void **state)
{
    struct user *user = make_login("one", make_customer("K1"));
    struct session *s = start(user, NULL);
    struct session *found;

    (void)state;
    assert_true(session_choosing(s));
    assert_false(session_of_person(s));
    assert_int_equal(s->expires - s->created, SESSION_CHOICE);
    found = loaded(s);
    assert_non_null(found);
    assert_true(session_choosing(found));
    assert_int_equal(found->membership->rights, 0);
    assert_int_equal(found->n_accounts, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(rights_are_told_down_the_chain),
        STORE_TEST(a_membership_ends_with_its_sessions),
        STORE_TEST(a_circle_of_givers_ends),
        STORE_TEST(a_choice_has_no_rights_and_no_long_life),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
