#include "custom/custom_store.h"

#include <string.h>

#include "base/buf.h"
#include "base/id.h"
#include "base/json.h"
#include "base/text.h"
#include "contract/contract.h"
#include "customer/customer.h"
#include "tenant/tenant.h"

enum { TEXT_MAX = 500, DECIMAL_DIGITS = 6 };
#define CHOICE "choice"

/* What programs call a field needs no quotes anywhere. */
static const char NAME[] = "abcdefghijklmnopqrstuvwxyz"
                           "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";

static bool
is(const json_t *row, const char *column, const char *value)
{
    const char *text = row_text(row, column);

    return text && strcmp(text, value) == 0;
}

/* ---- the fields ---- */

enum db_result
custom_get(const struct custom_desk *desk, const char *id, json_t **row)
{
    json_t *texts;
    enum db_result r =
        custom_store_get(desk->db, desk->arena, desk->tenant->id, id, row);

    if (r == DB_OK) {
        r = translation_get(desk->db, desk->arena, desk->tenant->id, id,
                            &texts);
    }
    if (r == DB_OK) {
        json_object_set(*row, "texts", texts);
    }
    return r;
}

/* A choice that forms could not tell from others, or from none. */
static bool
choices_ok(const char *lines)
{
    const char *end;

    for (; *lines; lines = end + (*end == '\n')) {
        size_t len = strcspn(lines, "\n");

        end = lines + len;
        if (len == 0 || len > 4 * TEXT_MAX || memchr(lines, '|', len)) {
            return false;
        }
        for (const char *other = end; *other; other += strcspn(other, "\n")) {
            other += *other == '\n';
            if (strcspn(other, "\n") == len && memcmp(lines, other, len) == 0) {
                return false;
            }
        }
    }
    return true;
}

/* The choices are what a choice has, and nothing else. */
static void
check(const char *type, const json_t *input, struct field_errors *errors)
{
    const char *choices = row_text(input, "choices");
    bool has = choices && choices[0];

    if (type && (strcmp(type, CHOICE) == 0) != has) {
        field_fail(errors, "choices",
                   has ? ERR_value_choice : ERR_value_missing, 0);
    } else if (has && !choices_ok(choices)) {
        field_fail(errors, "choices", ERR_value_characters, 0);
    }
}

struct work {
    const struct custom_desk *desk;
    const char *id;
    const json_t *row; /* as it was, or NULL */
    json_t *input;     /* NULL: it is removed */
    const json_t *labels;
};

static enum db_result
note(struct db *db, const struct work *w, const char *action)
{
    const struct custom_desk *d = w->desk;
    struct audit told = {d->actor, "", action, w->id, ""};

    return audit_write_change(db, d->arena, d->tenant->id, &told,
                              custom_new_fields, w->row, w->input);
}

static enum db_result
create_in_transaction(struct db *db, void *data)
{
    const struct work *w = data;
    const char *tenant = w->desk->tenant->id;
    int64_t changed = 0;
    enum db_result r =
        custom_store_insert(db, tenant, w->id, w->input, &changed);

    if (r == DB_OK && changed == 0) {
        return DB_NONE;
    }
    if (r == DB_OK) {
        r = translation_put(db, tenant, w->id, w->labels);
    }
    return r == DB_OK ? note(db, w, "custom_field.created") : r;
}

/* What was sent, with "" for what was left empty. */
static json_t *
whole(const struct custom_desk *d, const json_t *row, const json_t *input)
{
    json_t *all =
        json_in_arena(d->arena, row ? json_copy((json_t *)row) : json_object());

    json_object_set_new(all, "choices", json_string(""));
    json_object_update(all, (json_t *)input);
    if (!row_text(all, "choices")) { /* sent as null */
        json_object_set_new(all, "choices", json_string(""));
    }
    return all;
}

enum db_result
custom_create(const struct custom_desk *d, const json_t *input,
              const json_t *labels, struct field_errors *errors,
              const char **id)
{
    struct work w = {d, id_new(d->arena, "cf"), NULL, whole(d, NULL, input),
                     labels};
    enum db_result r;

    *id = w.id;
    if (strspn(row_text(input, "name"), NAME) !=
        strlen(row_text(input, "name"))) {
        field_fail(errors, "name", ERR_value_characters, 0);
    }
    check(row_text(input, "type"), input, errors);
    if (errors->n > 0) {
        return DB_CHECK;
    }
    r = db_transaction(d->db, true, create_in_transaction, &w);
    if (r == DB_UNIQUE) {
        field_fail(errors, "name", ERR_value_double, 0);
    } else if (r == DB_NONE) {
        field_fail(errors, "record", ERR_value_too_many, CUSTOM_FIELDS_MAX);
    }
    return r == DB_UNIQUE || r == DB_NONE ? DB_CHECK : r;
}

static enum db_result
change_in_transaction(struct db *db, void *data)
{
    const struct work *w = data;
    const char *tenant = w->desk->tenant->id;
    int64_t changed = 0;
    enum db_result r =
        custom_store_update(db, tenant, w->row, w->input, &changed);

    if (r == DB_OK && changed == 0) {
        return DB_NONE;
    }
    if (r == DB_OK) {
        r = translation_put(db, tenant, w->id, w->labels);
    }
    return r == DB_OK ? note(db, w, "custom_field.changed") : r;
}

static bool
same_labels(const json_t *before, const json_t *after)
{
    json_t *one;
    size_t i;

    if (json_array_size(before) != json_array_size(after)) {
        return false;
    }
    json_array_foreach(after, i, one)
    {
        const char *label = row_text(one, "label");
        const char *old = translation_pick(before, "label",
                                           row_text(one, "language"), "", NULL);

        if (strcmp(label ? label : "", old ? old : "") != 0) {
            return false;
        }
    }
    return true;
}

static bool
same(const struct work *w)
{
    return is(w->row, "choices", row_text(w->input, "choices")) &&
           is(w->row, "portal", row_text(w->input, "portal")) &&
           row_int(w->row, "place") == row_int(w->input, "place") &&
           same_labels(json_object_get(w->row, "texts"), w->labels);
}

enum db_result
custom_change(const struct custom_desk *d, const json_t *row,
              const json_t *input, const json_t *labels,
              struct field_errors *errors)
{
    struct work w = {d, row_text(row, "id"), row, whole(d, row, input), labels};

    check(row_text(row, "type"), input, errors);
    return errors->n > 0 ? DB_CHECK
           : same(&w)    ? DB_OK
                      : db_transaction(d->db, true, change_in_transaction, &w);
}

static enum db_result
remove_in_transaction(struct db *db, void *data)
{
    const struct work *w = data;
    const char *tenant = w->desk->tenant->id;
    int64_t changed = 0;
    enum db_result r = custom_store_delete(db, tenant, w->row, &changed);

    if (r == DB_OK && changed == 0) {
        return DB_NONE;
    }
    if (r == DB_OK) {
        r = translation_put(db, tenant, w->id, NULL);
    }
    return r == DB_OK ? note(db, w, "custom_field.removed") : r;
}

enum db_result
custom_remove(const struct custom_desk *d, const json_t *row)
{
    struct work w = {d, row_text(row, "id"), row, NULL, NULL};

    return db_transaction(d->db, true, remove_in_transaction, &w);
}

/* ---- what stands in them ---- */

/* A row of the answer is one label of a field. */
static void
gather(json_t *values, json_t *row)
{
    size_t n = json_array_size(values);
    json_t *last = n ? json_array_get(values, n - 1) : NULL;

    if (!last || strcmp(row_text(last, "id"), row_text(row, "id")) != 0) {
        last = json_copy(row);
        json_object_set_new(last, "texts", json_array());
        json_array_append_new(values, last);
    }
    if (row_text(row, "language")) {
        json_array_append_new(json_object_get(last, "texts"),
                              json_pack("{s:s, s:s}", "language",
                                        row_text(row, "language"), "label",
                                        row_text(row, "words")));
    }
}

enum db_result
custom_answer(struct arena *a, struct db_answer *answer,
              const struct custom_record *record, json_t **set)
{
    json_t *rows, *row, *values;
    size_t i;
    enum db_result r = db_rows(answer, &rows);

    if (r != DB_OK) {
        return r;
    }
    values = json_array();
    json_array_foreach(rows, i, row)
    {
        gather(values, row);
    }
    *set = json_in_arena(
        a, json_pack("{s:s, s:I, s:o}", "id", record->id, "version",
                     (json_int_t)row_int(json_array_get(rows, 0), "version"),
                     "values", values));
    return DB_OK;
}

const char *
custom_label(const struct tenant *tenant, const char *language,
             const json_t *value)
{
    const char *label =
        translation_pick(json_object_get(value, "texts"), "label", language,
                         tenant->default_language, NULL);

    return label ? label : row_text(value, "name");
}

static const struct {
    const char *name;
    enum field_type type;
    long min, max;
} types[] = {
    {"text", FIELD_TEXT, 0, TEXT_MAX},
    {"number", FIELD_DECIMAL, 0, 0},
    {"date", FIELD_DATE, 0, 0},
    {CHOICE, FIELD_ENUM, 0, 0},
};

/* "a\nb" -> "|a|b", and behind it a value that is no choice any more. */
static const char *
choices_of(struct arena *a, const json_t *value)
{
    struct buf out = buf_new(a, 64);
    const char *lines = row_text(value, "choices");
    const char *now = row_text(value, "value");
    bool found = now[0] == '\0';
    size_t len;

    for (; *lines; lines += len + (lines[len] == '\n')) {
        len = strcspn(lines, "\n");
        buf_printf(&out, "|%.*s", (int)len, lines);
        found = found || (strlen(now) == len && memcmp(now, lines, len) == 0);
    }
    return found ? out.data : arena_printf(a, "%s|%s", out.data, now);
}

static struct field
control(struct arena *a, const json_t *value)
{
    struct field f = {.name = row_text(value, "id"),
                      .flags = FIELD_IN,
                      .label = row_text(value, "name")};
    size_t i = 0;

    while (strcmp(types[i].name, row_text(value, "type")) != 0) {
        i++;
    }
    f.type = types[i].type;
    f.min = types[i].min;
    f.max = types[i].max;
    f.choices = f.type == FIELD_ENUM ? choices_of(a, value) : NULL;
    return f;
}

const struct field *
custom_controls(struct arena *a, const json_t *set, bool member)
{
    json_t *values = json_object_get(set, "values"), *value;
    struct field *fields =
        arena_alloc(a, (json_array_size(values) + 1) * sizeof *fields);
    size_t i, n = 0;

    json_array_foreach(values, i, value)
    {
        if (!member || is(value, "portal", "write")) {
            fields[n++] = control(a, value);
        }
    }
    return fields;
}

/* A typed value as it is kept: what the API has. */
static const char *
kept(struct arena *a, const json_t *typed)
{
    return json_is_integer(typed)
               ? text_scaled(a, json_integer_value(typed), DECIMAL_DIGITS)
           : json_is_string(typed) ? json_string_value(typed)
                                   : "";
}

struct setting {
    const struct custom_desk *desk;
    const struct custom_record *record;
    const json_t *set, *typed, *values;
};

/* The trail, and callbacks of the record whose values they are. */
static enum db_result
note_values(struct db *db, const struct setting *s, json_t *before,
            json_t *after)
{
    const struct custom_desk *d = s->desk;
    const struct custom_record *record = s->record;
    struct audit told = {d->actor, record->customer, "custom_values.changed",
                         record->id, ""};
    enum db_result r =
        audit_write_objects(db, d->arena, d->tenant->id, &told, before, after);

    if (r != DB_OK) {
        return r;
    }
    return strcmp(record->kind, "contract") == 0
               ? contract_tell_changed(db, d->arena, d->tenant->id, d->actor,
                                       record->id)
               : customer_tell_changed(db, d->arena, d->tenant->id, d->actor,
                                       record->id);
}

static enum db_result
set_in_transaction(struct db *db, void *data)
{
    const struct setting *s = data;
    const struct custom_desk *d = s->desk;
    json_t *before = json_in_arena(d->arena, json_object()), *value;
    json_t *after = json_in_arena(d->arena, json_object());
    enum db_result r = DB_OK;
    int64_t changed = 0;
    size_t i;

    json_array_foreach(json_object_get(s->set, "values"), i, value)
    {
        const char *id = row_text(value, "id"), *name = row_text(value, "name");
        const char *new = kept(d->arena, json_object_get(s->typed, id));

        if (!json_object_get(s->values, id) || is(value, "value", new)) {
            continue;
        }
        if (json_object_size(after) == 0) {
            r = custom_store_raise(db, d->tenant->id, s->record,
                                   row_int(s->set, "version"), &changed);
            r = r == DB_OK && changed == 0 ? DB_NONE : r;
        }
        json_object_set(before, name, json_object_get(value, "value"));
        json_object_set_new(after, name, json_string(new));
        if (r == DB_OK) {
            r = custom_store_put(db, d->tenant->id, s->record->id, id, new);
        }
    }
    return r == DB_OK && json_object_size(after) > 0
               ? note_values(db, s, before, after)
               : r;
}

enum db_result
custom_set(const struct custom_desk *d, const struct custom_record *record,
           const json_t *set, const json_t *values, struct field_errors *errors)
{
    struct setting s = {d, record, set, NULL, values};

    s.typed = field_parse(d->arena, custom_controls(d->arena, set, false),
                          values, FIELD_FORM, errors);
    return errors->n > 0 ? DB_CHECK
                         : db_transaction(d->db, true, set_in_transaction, &s);
}
