/* Tenants in the database. */
#include "app.h"

#include <sys/stat.h>

#include "db/db.h"
#include "tenant/tenant.h"
#include "tenant/tenant_store.h"

static const struct actor nobody = {"test", "", "", NULL, false};

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

/* ---- portals in frames ---- */

static enum db_result
frame(struct db *db, const char *tenant, const char *mode,
      const char *const *origins, size_t n, const char **why)
{
    struct tenant_framing f = {mode, origins, n};

    return tenant_set_framing(db, arena, tenant, &nobody, &f, why);
}

static int64_t
count(struct db *db, const char *sql)
{
    json_t *row;

    assert_int_equal(db_one(db, arena, &row, sql, ""), DB_OK);
    return row_int(row, "n");
}

static void
framing_is_set_whole_and_audited(void **state)
{
    static const char *const two[] = {"https://a.example",
                                      "https://b.example:8443"};
    static const char *const bad[] = {"https://a.example",
                                      "https://b.example/"};
    char text[200];
    const char *why;
    struct db *db = db_open("sqlite::memory:", text, sizeof text);
    json_t *list;

    (void)state;
    assert_true(db_migrate(db) > 0);
    assert_int_equal(create(db, "acme", "acme-group", "people"), DB_OK);
    assert_int_equal(create(db, "globex", "globex", "globex"), DB_OK);
    assert_int_equal(frame(db, "acme", "embed", two, 2, &why), DB_OK);
    assert_int_equal(frame(db, "acme", "none", NULL, 0, &why), DB_CHECK);
    assert_string_equal(why, "cookies are \"lax\" or \"embed\", not \"none\"");
    assert_int_equal(frame(db, "acme", "lax", bad, 2, &why), DB_CHECK);
    assert_string_equal(why, "origin \"https://b.example/\" has a path; an "
                             "origin ends with the host or its port");
    assert_int_equal(frame(db, "nobody", "lax", two, 2, &why), DB_NONE);
    list = tenant_ancestors(db, arena, "acme");
    assert_int_equal(json_array_size(list), 2);
    json_decref(list);
    list = tenant_ancestors(db, arena, "globex");
    assert_int_equal(json_array_size(list), 0);
    json_decref(list);
    assert_int_equal(count(db,
                           "SELECT COUNT(*) AS n FROM tenant WHERE id = 'acme'"
                           " AND cookie_mode = 'embed' AND revision = 2"),
                     1);
    assert_int_equal(count(db, "SELECT COUNT(*) AS n FROM audit"
                               " WHERE action = 'tenant.framing'"),
                     1);
    assert_int_equal(frame(db, "acme", NULL, two, 0, &why), DB_OK);
    assert_int_equal(
        count(db, "SELECT COUNT(*) AS n FROM tenant_frame_ancestor"), 0);
    db_close(db);
}

static void
our_own_origin(void **state)
{
    char text[200];
    struct db *db = db_open("sqlite::memory:", text, sizeof text);
    struct config config = {.base_url = (char *)"https://portal.example:8443/x",
                            .secure = true};
    struct tenant acme = {.id = "acme"};
    static const struct {
        const char *origin;
        bool own;
    } rows[] = {
        {"https://portal.example:8443", true},
        {"https://konto.acme.example", true},
        {"https://konto.acme.example:8443", true},
        {"https://konto.acme.example:444", false},
        {"https://konto.acme.example.mallory.example", false},
        {"https://portal.example", false},
        {"http://konto.acme.example", false},
        {"https://konto.globex.example", false},
        {"https://request.example", false},
        {"https://", false},
        {"null", false},
    };

    (void)state;
    assert_true(db_migrate(db) > 0);
    assert_int_equal(create(db, "acme", "acme-group", "people"), DB_OK);
    assert_int_equal(create(db, "globex", "globex", "globex"), DB_OK);
    assert_int_equal(db_exec(db, NULL,
                             "INSERT INTO tenant_host (tenant, host) VALUES"
                             " ('acme', 'konto.acme.example'),"
                             " ('globex', 'konto.globex.example')",
                             ""),
                     DB_OK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (tenant_own_origin(db, arena, &config, &acme, rows[i].origin,
                              "request.example") != rows[i].own) {
            fail_msg("%s", rows[i].origin);
        }
    }
    config.base_url = (char *)"https://Portal.example:443";
    assert_true(tenant_own_origin(db, arena, &config, &acme,
                                  "https://portal.example", ""));
    assert_true(tenant_own_origin(db, arena, &config, &acme,
                                  "https://konto.acme.example", ""));
    assert_false(tenant_own_origin(db, arena, &config, &acme,
                                   "https://konto.acme.example:8443", ""));
    config.secure = false;
    assert_true(tenant_own_origin(db, arena, &config, &acme,
                                  "http://request.example", "request.example"));
    db_close(db);
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
        TEST(framing_is_set_whole_and_audited),
        TEST(our_own_origin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
