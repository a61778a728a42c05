#include "export/export.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

struct asking {
    struct arena *arena;
    const char *tenant;
    const struct actor *actor;
    const json_t *input;
    const char **job;
};

static enum db_result
ask_in_transaction(struct db *db, void *data)
{
    const struct asking *x = data;
    enum db_result r = job_enqueue(db, x->arena, x->tenant, x->actor,
                                   "audit_csv", x->input, x->job);
    struct audit row = {x->actor, "", "export.requested", *x->job, "audit_csv"};

    return r == DB_OK ? audit_write(db, x->arena, x->tenant, &row) : r;
}

enum db_result
export_ask(struct db *db, struct arena *a, const struct tenant *tenant,
           const struct actor *actor, const json_t *input, const char **job)
{
    struct asking x = {a, tenant->id, actor, input, job};

    return db_transaction(db, false, ask_in_transaction, &x);
}

/* ---- CSV ---- */

static void
add_cell(struct buf *out, const char *text)
{
    buf_putc(out, '"');
    if (strchr("=+-@\t\r", text[0]) && text[0]) {
        buf_putc(out, '\'');
    }
    for (; *text; text++) {
        if (*text == '"') {
            buf_putc(out, '"');
        }
        buf_putc(out, *text);
    }
    buf_putc(out, '"');
}

static void
add_value(struct buf *out, const json_t *value)
{
    char *text = NULL;

    if (json_is_string(value)) {
        add_cell(out, json_string_value(value));
        return;
    }
    if (value && !json_is_null(value)) {
        text =
            json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
    }
    add_cell(out, text ? text : "");
    free(text);
}

void
export_csv(struct buf *out, const struct field *fields, const json_t *record)
{
    const json_t *values =
        record ? field_output(out->arena, fields, record) : NULL;

    for (const struct field *f = fields; f->name; f++) {
        if (f != fields) {
            buf_putc(out, ',');
        }
        if (record) {
            add_value(out, json_object_get(values, f->name));
        } else {
            add_cell(out, f->name);
        }
    }
    buf_puts(out, "\r\n");
}
