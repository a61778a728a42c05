/* Tenants in the database. */
#include "app.h"

#include <sys/stat.h>

#include "db/db.h"
#include "tenant/tenant.h"
#include "tenant/tenant_store.h"

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
    json_t *rows;

    assert_int_equal(tenant_store_revisions(db, arena, &rows), DB_OK);
    return (int64_t)json_array_size(rows);
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

/* ---- edge records ---- */

struct place {
    struct db *db;
    struct config config;
    struct tenant_edge *edge;
};

static struct place
place_new(void)
{
    char why[200];
    struct place p = {.config = {.state = temporary_directory(),
                                 .base_url = arena_strdup(arena, "http://x")}};

    p.db = db_open("sqlite::memory:", why, sizeof why);
    p.edge = tenant_edge_new();
    assert_true(db_migrate(p.db) > 0);
    assert_int_equal(create(p.db, "acme", "acme-group", "people"), DB_OK);
    assert_int_equal(create(p.db, "globex", "globex-group", "others"), DB_OK);
    return p;
}

static void
place_free(struct place *p)
{
    remove_directory(p->config.state);
    tenant_edge_free(p->edge);
    db_close(p->db);
}

static const char *
file_of(const struct place *p, const char *name)
{
    return arena_printf(arena, "%s/edge/%s", p->config.state, name);
}

static ino_t
inode_of(const struct place *p, const char *name)
{
    struct stat st;

    return stat(file_of(p, name), &st) == 0 ? st.st_ino : 0;
}

static void
refresh(struct place *p)
{
    static const volatile sig_atomic_t never;

    assert_int_equal(tenant_edge_follow(p->edge, p->db, &p->config, &never), 0);
}

static void
records_are_written_once(void **state)
{
    struct place p = place_new();
    ino_t acme, globex;

    (void)state;
    refresh(&p);
    acme = inode_of(&p, "acme.json");
    globex = inode_of(&p, "globex.json");
    assert_true(acme && globex && inode_of(&p, "hosts.json"));
    refresh(&p);
    assert_int_equal(inode_of(&p, "acme.json"), acme);
    assert_int_equal(add_key(p.db, 1), DB_OK);
    refresh(&p);
    assert_true(inode_of(&p, "acme.json") != acme);
    assert_int_equal(inode_of(&p, "globex.json"), globex);
    place_free(&p);
}

static void
a_broken_file_is_written_anew(void **state)
{
    struct place p = place_new();
    json_t *record;

    (void)state;
    refresh(&p);
    refresh(&p);
    write_file(file_of(&p, "acme.json"), "{");
    write_file(file_of(&p, "hosts.json"), "{");
    refresh(&p);
    record = json_load_file(file_of(&p, "acme.json"), 0, NULL);
    assert_string_equal(row_text(record, "tenant"), "acme");
    json_decref(record);
    record = json_load_file(file_of(&p, "hosts.json"), 0, NULL);
    assert_non_null(record);
    json_decref(record);
    place_free(&p);
}

/* Names that are no records stay: the index, and what is being written. */
static void
records_of_nobody_are_removed(void **state)
{
    static const char *const others[] = {"acme.json.77.new", "hosts.json.7.new",
                                         "notes.txt", "Acme.json"};
    struct place p = place_new();

    (void)state;
    refresh(&p);
    write_file(file_of(&p, "initech.json"), "{\"tenant\":\"initech\"}");
    for (size_t i = 0; i < 4; i++) {
        write_file(file_of(&p, others[i]), "x");
    }
    refresh(&p);
    assert_int_equal(inode_of(&p, "initech.json"), 0);
    assert_true(inode_of(&p, "acme.json") && inode_of(&p, "globex.json"));
    assert_true(inode_of(&p, "hosts.json"));
    for (size_t i = 0; i < 4; i++) {
        assert_true(inode_of(&p, others[i]) != 0);
    }
    place_free(&p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_pool_belongs_to_one_organisation),
        TEST(one_key_too_many_is_refused),
        TEST(records_are_written_once),
        TEST(a_broken_file_is_written_anew),
        TEST(records_of_nobody_are_removed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
