#include "tenant/setting_version.h"

#include <string.h>

#include "audit/audit.h"
#include "base/json.h"
#include "tenant/page_text.h"
#include "tenant/tenant.h"

enum { PART_ROWS = 100 };

enum db_result
setting_saves(struct db *db, struct arena *a, const char *tenant,
              const char *tab, const char *before, int limit, json_t **rows)
{
    static const char *const actions[2] = {"settings.changed",
                                           "page_text.changed"};

    return audit_of_object(db, a, tenant, tab, actions, before, limit, rows);
}

const json_t *
setting_save_side(struct arena *a, const json_t *save, const char *column)
{
    const char *text = row_text(save, column);
    json_t *side = text && text[0] ? json_loads(text, 0, NULL) : NULL;

    return json_in_arena(a, side ? side : json_object());
}

/* language -> {name: words}, of a page that may have none. */
static enum db_result
read_texts(struct db *db, struct arena *a, const char *tenant, const char *tab,
           json_t **texts)
{
    json_t *rows = NULL, *one;
    size_t i;
    enum db_result r = page_text_fields(tab)
                           ? page_text_get(db, a, tenant, tab, &rows)
                           : DB_OK;

    *texts = json_in_arena(a, json_object());
    json_array_foreach(rows, i, one)
    {
        json_t *words = json_copy(one);

        json_object_del(words, "language");
        json_object_set_new(*texts, row_text(one, "language"), words);
    }
    return r;
}

/* A save of words has all of its language, one of settings what differed; what
 * is no setting any more is left out. */
static void
undo(struct arena *a, struct setting_then *then, const json_t *save)
{
    json_t *before = (json_t *)setting_save_side(a, save, "before");

    if (row_text(save, "detail")[0]) {
        json_object_set(then->texts, row_text(save, "detail"), before);
    } else {
        json_object_update_existing(then->values, before);
    }
}

/* Back from now, save by save. */
static enum db_result
go_back(struct db *db, struct arena *a, const char *tenant, const char *tab,
        const char *save, struct setting_then *then)
{
    const char *before = NULL;
    json_t *rows, *row;
    size_t i;

    for (;;) {
        enum db_result r =
            setting_saves(db, a, tenant, tab, before, PART_ROWS, &rows);

        if (r != DB_OK || json_array_size(rows) == 0) {
            return r == DB_OK ? DB_NONE : r;
        }
        json_array_foreach(rows, i, row)
        {
            undo(a, then, row);
            before = row_text(row, "id");
            if (strcmp(before, save) == 0) {
                then->save = row;
                return DB_OK;
            }
        }
    }
}

enum db_result
setting_until(struct db *db, struct arena *a, const char *tenant,
              const char *tab, const char *save, struct setting_then *out)
{
    int64_t version;
    enum db_result r =
        setting_values(db, a, tenant, tab, &out->values_now, &version);

    if (r == DB_OK) {
        r = read_texts(db, a, tenant, tab, &out->texts_now);
    }
    if (r != DB_OK) {
        return r;
    }
    out->values = json_in_arena(a, json_deep_copy(out->values_now));
    out->texts = json_in_arena(a, json_deep_copy(out->texts_now));
    return go_back(db, a, tenant, tab, save, out);
}
