#include <string.h>

#include "base/clock.h"
#include "tenant/tenant_store.h"

enum db_result
setting_store_get(struct db *db, struct arena *a, const char *tenant,
                  const char *name, json_t **row)
{
    return db_one(db, a, row,
                  "SELECT value FROM setting WHERE tenant = $1 AND name = $2",
                  "tt", tenant, name);
}

struct db_answer *
setting_ask(struct db *db, struct arena *a, const char *tenant,
            const char *prefix)
{
    return db_ask(db, a,
                  "SELECT name, value FROM setting WHERE tenant = $1"
                  " AND SUBSTR(name, 1, LENGTH($2)) = $2",
                  "tt", tenant, prefix);
}

enum db_result
setting_store_all(struct db *db, struct arena *a, const char *tenant,
                  json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT name, value FROM setting WHERE tenant = $1", "t",
                  tenant);
}

enum db_result
setting_store_set(struct db *db, const char *tenant, const char *name,
                  const char *value)
{
    return db_exec(db, NULL,
                   "INSERT INTO setting (tenant, name, value, changed)"
                   " VALUES ($1, $2, $3, $4) ON CONFLICT (tenant, name)"
                   " DO UPDATE SET value = $3, changed = $4",
                   "ttti", tenant, name, value, clock_now());
}

enum db_result
setting_store_saved(struct db *db, const char *tenant)
{
    return db_exec(db, NULL,
                   "UPDATE tenant SET settings_version = settings_version + 1"
                   " WHERE id = $1",
                   "t", tenant);
}

static const struct {
    const char *name, *sql;
} columns[] = {
    {"name", "UPDATE tenant SET name = $2 WHERE id = $1"},
    {"address", "UPDATE tenant SET address = $2 WHERE id = $1"},
    {"accent", "UPDATE tenant SET accent = $2 WHERE id = $1"},
    {"time_zone", "UPDATE tenant SET time_zone = $2 WHERE id = $1"},
    {"default_language",
     "UPDATE tenant SET default_language = $2 WHERE id = $1"},
    {"portal_without", "UPDATE tenant SET portal_without = $2 WHERE id = $1"},
    {"style", "UPDATE tenant SET style = $2 WHERE id = $1"},
    {"cookie_mode", "UPDATE tenant SET cookie_mode = $2 WHERE id = $1"},
    {"audience", "UPDATE tenant SET audience = $2 WHERE id = $1"},
};

static const char *
column_sql(const char *name)
{
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        if (strcmp(columns[i].name, name) == 0) {
            return columns[i].sql;
        }
    }
    return NULL;
}

bool
setting_store_column(const char *name)
{
    return column_sql(name) != NULL;
}

enum db_result
tenant_store_set_column(struct db *db, const char *tenant, const char *name,
                        const char *value)
{
    return db_exec(db, NULL, column_sql(name), "tt", tenant, value);
}

enum db_result
tenant_store_set_languages(struct db *db, const char *tenant,
                           const char *const *languages, size_t n)
{
    enum db_result r = db_exec(
        db, NULL, "DELETE FROM tenant_language WHERE tenant = $1", "t", tenant);

    for (size_t i = 0; i < n && r == DB_OK; i++) {
        r = db_exec(db, NULL,
                    "INSERT INTO tenant_language (tenant, position, language)"
                    " VALUES ($1, $2, $3)",
                    "tit", tenant, (int64_t)i, languages[i]);
    }
    return r;
}
