#include <string.h>

#include "audit/audit_store.h"
#include "base/json.h"

const char *
audit_actor_kind(const char *name)
{
    static const char *const kinds[] = {"user", "staff",    "key",
                                        "link", "merchant", "nobody"};
    size_t len = strcspn(name, ":");

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strlen(kinds[i]) == len && strncmp(kinds[i], name, len) == 0) {
            return kinds[i];
        }
    }
    return "system";
}

/* A field's value as the API would answer it, of fields that it never answers,
 * too. */
static json_t *
value_of(struct arena *a, const struct field *f, const json_t *record)
{
    struct field one[] = {*f, FIELD_END};

    one[0].flags |= FIELD_OUT;
    if (f->type == FIELD_SECRET) {
        return json_object_get(record, f->name);
    }
    return json_object_get(field_output(a, one, record), f->name);
}

static json_t *
shown(const struct field *f, json_t *value)
{
    const char *text = json_string_value(value);

    /* that there is none is no secret */
    return f->type == FIELD_SECRET && value && !json_is_null(value) &&
                   (!text || text[0])
               ? json_string(AUDIT_SECRET)
               : json_incref(value);
}

static const char *
text_of(struct arena *a, json_t *object)
{
    const char *text = json_object_size(object) > 0
                           ? json_text(a, object, JSON_COMPACT | JSON_SORT_KEYS)
                           : NULL;

    json_decref(object);
    return text ? text : "";
}

struct audit_change
audit_diff(struct arena *a, const struct field *fields, const json_t *before,
           const json_t *after)
{
    json_t *old = json_object(), *new = json_object();

    for (const struct field *f = fields; f->name; f++) {
        json_t *was = before ? value_of(a, f, before) : NULL;
        json_t *is = after ? value_of(a, f, after) : NULL;

        if ((before && after && json_equal(was, is)) ||
            (f->flags & FIELD_ETAG)) {
            continue;
        }
        if (was) {
            json_object_set_new(old, f->name, shown(f, was));
        }
        if (is) {
            json_object_set_new(new, f->name, shown(f, is));
        }
    }
    return (struct audit_change){text_of(a, old), text_of(a, new)};
}

enum db_result
audit_write(struct db *db, struct arena *a, const char *tenant,
            const struct audit *row)
{
    struct audit_change none = {"", ""};

    return audit_store_insert(db, a, tenant, row, &none);
}

enum db_result
audit_write_many(struct db *db, struct arena *a, const char *tenant,
                 const struct audit *rows, size_t n,
                 const struct audit_change *changes)
{
    return audit_store_insert_many(db, a, tenant, rows, n, changes);
}

enum db_result
audit_write_change(struct db *db, struct arena *a, const char *tenant,
                   const struct audit *row, const struct field *fields,
                   const json_t *before, const json_t *after)
{
    struct audit_change change = audit_diff(a, fields, before, after);

    return audit_store_insert(db, a, tenant, row, &change);
}

enum db_result
audit_write_objects(struct db *db, struct arena *a, const char *tenant,
                    const struct audit *row, json_t *before, json_t *after)
{
    struct audit_change change = {text_of(a, json_incref(before)),
                                  text_of(a, json_incref(after))};

    return audit_store_insert(db, a, tenant, row, &change);
}

enum db_result
audit_write_texts(struct db *db, struct arena *a, const char *tenant,
                  const struct audit *row, const struct audit_change *change)
{
    return audit_store_insert(db, a, tenant, row, change);
}
