/* Tenants in the database. */
#include "app.h"

#include "db/db.h"
#include "tenant/tenant.h"

static const struct actor nobody = {"test", "", ""};

static enum db_result
create(struct db *db, const char *id, const char *organisation,
       const char *pool)
{
    static const char *const languages[] = {"de", NULL};
    const struct tenant_new new = {id,   id, organisation, pool,
                                   "de", "", languages};
    const char *key;

    return tenant_create(db, arena, &nobody, &new, &key);
}

static int64_t
tenants(struct db *db)
{
    json_t *ids;

    assert_int_equal(tenant_ids(db, arena, &ids), DB_OK);
    return (int64_t)json_array_size(ids);
}

static void
a_pool_belongs_to_one_organisation(void **state)
{
    char why[200];
    struct db *db = db_open("sqlite::memory:", why, sizeof why);

    (void)state;
    assert_non_null(db);
    assert_true(db_migrate(db) > 0);
    assert_int_equal(create(db, "acme", "acme-group", "people"), DB_OK);
    assert_int_equal(create(db, "acme-shop", "acme-group", "people"), DB_OK);
    assert_int_equal(create(db, "mallory", "other", "people"), DB_FOREIGN);
    assert_int_equal(tenants(db), 2);
    assert_int_equal(create(db, "mallory", "other", "others"), DB_OK);
    db_close(db);
}

static enum db_result
add_key(struct db *db, int n)
{
    json_t *key = json_pack("{s:s, s:s, s:o, s:s}", "kty", "oct", "alg",
                            "HS256", "kid", json_sprintf("key-%d", n), "k",
                            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
    enum db_result r = tenant_add_sso_key(db, arena, "acme", &nobody, key);

    json_decref(key);
    return r;
}

static void
one_key_too_many_is_refused(void **state)
{
    char why[200];
    struct db *db = db_open("sqlite::memory:", why, sizeof why);

    (void)state;
    assert_true(db_migrate(db) > 0);
    assert_int_equal(create(db, "acme", "acme-group", "people"), DB_OK);
    for (int i = 0; i < PF_KEYRING_MAX; i++) {
        assert_int_equal(add_key(db, i), DB_OK);
    }
    assert_int_equal(add_key(db, PF_KEYRING_MAX), DB_CHECK);
    assert_non_null(tenant_sso_keys(db, arena, "acme"));
    db_close(db);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_pool_belongs_to_one_organisation),
        TEST(one_key_too_many_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
