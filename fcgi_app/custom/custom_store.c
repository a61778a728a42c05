#include "custom/custom_store.h"

#include <string.h>

#include "base/clock.h"
#include "tenant/tenant.h"

/* ---- the fields ---- */

enum db_result
custom_store_get(struct db *db, struct arena *a, const char *tenant,
                 const char *id, json_t **row)
{
    return db_one(db, a, row,
                  "SELECT * FROM custom_field WHERE tenant = $1 AND id = $2",
                  "tt", tenant, id);
}

enum db_result
custom_list(struct db *db, struct arena *a, const char *tenant,
            const struct custom_filter *f, json_t **rows)
{
    enum db_result r = db_all(db, a, rows,
                              "SELECT * FROM custom_field WHERE tenant = $1"
                              " AND (CAST($2 AS TEXT) IS NULL OR record = $2)"
                              " AND (CAST($3 AS TEXT) IS NULL OR name = $3)"
                              " AND id > $4 ORDER BY id LIMIT $5",
                              "tttti", tenant, f->record, f->name,
                              f->after ? f->after : "", (int64_t)f->limit);

    return r == DB_OK ? translation_add(db, a, tenant, *rows) : r;
}

enum db_result
custom_list_rows(struct db *db, struct arena *a, const struct list_query *q,
                 const char *tenant, const char *pool, json_t **rows)
{
    (void)pool;
    return db_list(db, a, rows, q,
                   "SELECT id, name, record, type, portal, place"
                   " FROM custom_field WHERE tenant = $1",
                   "t", tenant);
}

enum db_result
custom_store_insert(struct db *db, const char *tenant, const char *id,
                    const json_t *input, int64_t *changed)
{
    return db_exec(db, changed,
                   "INSERT INTO custom_field (tenant, id, record, name, type,"
                   " choices, portal, place, version, created)"
                   " SELECT $1, $2, $3, $4, $5, $6, $7, $8, 1, $9"
                   " WHERE (SELECT COUNT(*) FROM custom_field WHERE tenant = $1"
                   " AND record = $3) < $10",
                   "tttttttiii", tenant, id, row_text(input, "record"),
                   row_text(input, "name"), row_text(input, "type"),
                   row_text(input, "choices"), row_text(input, "portal"),
                   row_int(input, "place"), clock_now(),
                   (int64_t)CUSTOM_FIELDS_MAX);
}

enum db_result
custom_store_update(struct db *db, const char *tenant, const json_t *row,
                    const json_t *input, int64_t *changed)
{
    return db_exec(db, changed,
                   "UPDATE custom_field SET choices = $4, portal = $5,"
                   " place = $6, version = version + 1"
                   " WHERE tenant = $1 AND id = $2 AND version = $3",
                   "ttitti", tenant, row_text(row, "id"),
                   row_int(row, "version"), row_text(input, "choices"),
                   row_text(input, "portal"), row_int(input, "place"));
}

enum db_result
custom_store_delete(struct db *db, const char *tenant, const json_t *row,
                    int64_t *changed)
{
    return db_exec(db, changed,
                   "DELETE FROM custom_field"
                   " WHERE tenant = $1 AND id = $2 AND version = $3",
                   "tti", tenant, row_text(row, "id"), row_int(row, "version"));
}

/* ---- what stands in them ---- */

struct db_answer *
custom_ask(struct db *db, struct arena *a, const char *tenant,
           const struct custom_record *record)
{
    return db_ask(
        db, a,
        "SELECT f.id, f.name, f.type, f.choices, f.portal,"
        " COALESCE(v.value, '') AS value, COALESCE(r.version, 0) AS version,"
        " w.language, w.words FROM custom_field f"
        " LEFT JOIN custom_record r ON r.tenant = f.tenant AND r.object = $3"
        " LEFT JOIN custom_value v ON v.tenant = f.tenant"
        " AND v.object = $3 AND v.field = f.id"
        " LEFT JOIN translation w ON w.tenant = f.tenant"
        " AND w.object = f.id AND w.name = 'label'"
        " WHERE f.tenant = $1 AND f.record = $2"
        " ORDER BY f.place, f.name, w.language",
        "ttt", tenant, record->kind, record->id);
}

enum db_result
custom_store_raise(struct db *db, const char *tenant,
                   const struct custom_record *record, int64_t version,
                   int64_t *changed)
{
    bool contract = strcmp(record->kind, "contract") == 0;

    return db_exec(db, changed,
                   "INSERT INTO custom_record (tenant, object, customer,"
                   " contract, version) VALUES ($1, $2, $3, $4, 1)"
                   " ON CONFLICT (tenant, object) DO UPDATE"
                   " SET version = custom_record.version + 1"
                   " WHERE custom_record.version = $5",
                   "tttti", tenant, record->id, contract ? NULL : record->id,
                   contract ? record->id : NULL, version);
}

enum db_result
custom_store_put(struct db *db, const char *tenant, const char *object,
                 const char *field, const char *value)
{
    return value[0] == '\0'
               ? db_exec(db, NULL,
                         "DELETE FROM custom_value WHERE tenant = $1"
                         " AND object = $2 AND field = $3",
                         "ttt", tenant, object, field)
               : db_exec(db, NULL,
                         "INSERT INTO custom_value (tenant, object, field,"
                         " value) VALUES ($1, $2, $3, $4)"
                         " ON CONFLICT (tenant, object, field)"
                         " DO UPDATE SET value = $4",
                         "tttt", tenant, object, field, value);
}
