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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_pool_belongs_to_one_organisation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
