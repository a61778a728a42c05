#include "export/export.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "billing/billing.h"

struct asking {
    struct arena *arena;
    const char *tenant;
    const struct actor *actor;
    const char *kind;
    const json_t *input;
    const char **job;
};

static enum db_result
ask_in_transaction(struct db *db, void *data)
{
    const struct asking *x = data;
    enum db_result r = job_enqueue(db, x->arena, x->tenant, x->actor, x->kind,
                                   x->input, x->job);
    struct audit row = {x->actor, "", "export.requested", *x->job, x->kind};

    return r == DB_OK ? audit_write(db, x->arena, x->tenant, &row) : r;
}

enum db_result
export_ask_kind(struct db *db, struct arena *a, const char *tenant,
                const struct actor *actor, const char *kind,
                const json_t *input, const char **job)
{
    struct asking x = {a, tenant, actor, kind, input, job};

    return db_transaction(db, false, ask_in_transaction, &x);
}

enum db_result
export_ask(struct db *db, struct arena *a, const struct tenant *tenant,
           const struct actor *actor, const json_t *input, const char **job)
{
    return export_ask_kind(db, a, tenant->id, actor, "audit_csv", input, job);
}

/* ---- documents ---- */

/* What was picked, each once. */
static json_t *
once_each(struct arena *a, const json_t *words)
{
    json_t *seen = json_in_arena(a, json_object()), *word;
    json_t *list = json_in_arena(a, json_array());
    size_t i;

    json_array_foreach(words, i, word)
    {
        if (!json_object_get(seen, json_string_value(word))) {
            json_object_set_new(seen, json_string_value(word), json_true());
            json_array_append(list, word);
        }
    }
    return list;
}

/* All that is picked must be there: the first that is not is told. */
static enum db_result
check_picked(struct db *db, struct arena *a, const char *tenant,
             const json_t *numbers, struct field_errors *errors)
{
    json_t *rows;
    enum db_result r = invoice_export_picked(
        db, a, tenant, numbers, "", (int)json_array_size(numbers), &rows);

    if (r == DB_NONE) {
        field_fail(errors, "pick", ERR_value_choice, 0);
        r = DB_CHECK;
    }
    return r;
}

/* What narrows; of every kind is no narrower. */
static json_t *
filter_of(struct arena *a, const json_t *input)
{
    json_t *filter = json_in_arena(a, json_copy((json_t *)input));
    const char *type = row_text(filter, "type");

    if (type && strcmp(type, "all") == 0) {
        json_object_del(filter, "type");
    }
    return filter;
}

/* From one day to another, not too many, and not none. */
static enum db_result
check_issued(struct db *db, struct arena *a, const char *tenant,
             const json_t *filter, struct field_errors *errors)
{
    const char *from = row_text(filter, "from"), *to = row_text(filter, "to");
    int64_t count = 0;
    enum db_result r = DB_OK;

    if (!from || !to) {
        field_fail(errors, from ? "to" : "from", ERR_value_missing, 0);
    } else {
        r = invoice_export_count(db, a, tenant, filter, &count);
    }
    if (r == DB_OK && errors->n == 0 && count == 0) {
        field_fail(errors, "from", ERR_export_empty, 0);
    } else if (count > EXPORT_INVOICES_MAX) {
        field_fail(errors, "to", ERR_export_too_many, EXPORT_INVOICES_MAX);
    }
    return errors->n > 0 ? DB_CHECK : r;
}

enum db_result
export_ask_invoices(struct db *db, struct arena *a, const struct tenant *tenant,
                    const struct actor *actor, const json_t *input,
                    struct field_errors *errors, const char **job)
{
    const json_t *pick = json_object_get(input, "pick");
    json_t *numbers;
    enum db_result r;

    if (json_array_size(pick) > 0) {
        numbers = once_each(a, pick);
        r = check_picked(db, a, tenant->id, numbers, errors);
        input = json_in_arena(a, json_pack("{s:O}", "numbers", numbers));
    } else {
        input = filter_of(a, input);
        r = check_issued(db, a, tenant->id, input, errors);
    }
    return r == DB_OK ? export_ask_kind(db, a, tenant->id, actor,
                                        "invoices_zip", input, job)
                      : r;
}

/* ---- CSV ---- */

/* "-12.34": an amount, which is no formula. */
static bool
is_number(const char *text)
{
    text += *text == '-';
    return text[0] && text[strspn(text, "0123456789.")] == '\0';
}

static void
add_cell(struct buf *out, const char *text)
{
    buf_putc(out, '"');
    if (strchr("=+-@\t\r", text[0]) && text[0] && !is_number(text)) {
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
