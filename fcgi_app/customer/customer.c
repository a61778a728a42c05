#include "customer/customer.h"

#include <stddef.h>
#include <string.h>

#include "base/buf.h"
#include "base/id.h"
#include "base/json.h"
#include "base/text.h"
#include "callback/callback.h"
#include "customer/customer_search.h"
#include "tenant/tenant.h"

enum { NUMBER_TRIES = 36 };

const char *
customer_name(struct arena *a, const json_t *row)
{
    const char *company = row_text(row, "company_name");

    if (company && company[0]) {
        return company;
    }
    return arena_printf(a, "%s %s", row_text(row, "first_name"),
                        row_text(row, "last_name"));
}

bool
customer_number_ok(struct db *db, struct arena *a, const char *tenant,
                   const char *number)
{
    return series_has(db, a, tenant, SERIES_CUSTOMER, number);
}

json_t *
customer_shown(struct arena *a, const json_t *row)
{
    json_t *shown = json_in_arena(a, json_copy((json_t *)row));

    json_object_set(shown, "parent", json_object_get(row, "parent_number"));
    return shown;
}

/* ---- what was sent ---- */

/* The texts of a customer: a column, a field and a member of one name. */
static const struct {
    const char *name;
    size_t at;
} texts[] = {
#define TEXT(name)                                                             \
    {                                                                          \
#name, offsetof(struct customer_new, name)                             \
    }
    TEXT(company_name),  TEXT(first_name),     TEXT(last_name),
    TEXT(email),         TEXT(language),       TEXT(street),
    TEXT(address_extra), TEXT(postal_code),    TEXT(city),
    TEXT(country),       TEXT(phone),          TEXT(vat_id),
    TEXT(birth_date),    TEXT(portal_without),
#undef TEXT
};

enum { TEXTS = sizeof texts / sizeof *texts };

static const char **
text_of(struct customer_new *new, size_t i)
{
    return (const char **)((char *)new + texts[i].at);
}

static const char *
as_sent(const struct customer_sent *s, const char *name)
{
    const json_t *value = json_object_get(s->input, name);
    const char *old = s->before ? row_text(s->before, name) : NULL;

    if (json_is_array(value)) {
        return field_words_join(s->arena, value);
    }
    if (value) {
        return json_is_string(value) ? json_string_value(value) : "";
    }
    return old ? old : "";
}

/* The id of the parent that was named, or stays. */
static enum db_result
take_parent(struct db *db, const struct customer_sent *s, const char **id)
{
    const json_t *value = json_object_get(s->input, "parent");
    json_t *row;
    enum db_result r;

    *id = !value && s->before ? row_text(s->before, "parent") : NULL;
    if (!json_is_string(value)) {
        return DB_OK;
    }
    r = customer_by_number(db, s->arena, s->tenant->id,
                           json_string_value(value), &row);
    if (r == DB_OK) {
        *id = row_text(row, "id");
    } else if (r == DB_NONE) {
        field_fail(s->errors, "parent", ERR_unknown_customer, 0);
        r = DB_OK;
    }
    return r;
}

static bool
country_ok(const char *country)
{
    return country[0] == '\0' ||
           (strlen(country) == 2 &&
            strspn(country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 2);
}

/* Of somebody who lives. */
static bool
birth_date_ok(const char *today, const char *day)
{
    return day[0] == '\0' ||
           (strcmp(day, "1900-01-01") >= 0 && strcmp(day, today) < 0);
}

static void
check_number(struct db *db, const struct customer_sent *s, const char *number)
{
    const char *example;
    int digits;

    if (number && !customer_number_ok(db, s->arena, s->tenant->id, number)) {
        example = series_example(db, s->arena, s->tenant->id, SERIES_CUSTOMER,
                                 &digits);
        field_fail_word(s->errors, "number", ERR_value_number_format, digits,
                        example);
    }
}

/* What no field row says: a customer has a name. */
static void
check(struct db *db, const struct customer_sent *s,
      const struct customer_new *new)
{
    check_number(db, s, new->number);
    if (!country_ok(new->country)) {
        field_fail(s->errors, "country", ERR_value_choice, 0);
    }
    /* one that the tenant gave up stays until somebody chooses another */
    if (new->language[0] && !tenant_speaks(s->tenant, new->language) &&
        !(s->before &&
          strcmp(row_text(s->before, "language"), new->language) == 0)) {
        field_fail(s->errors, "language", ERR_value_choice, 0);
    }
    if (!birth_date_ok(tenant_today(s->arena, s->tenant), new->birth_date)) {
        field_fail(s->errors, "birth_date", ERR_value_birth_date, 0);
    }
    if (!tenant_features_ok(new->portal_without)) {
        field_fail(s->errors, "portal_without", ERR_value_choice, 0);
    }
    if (!new->company_name[0] && !new->first_name[0]) {
        field_fail(s->errors, "first_name", ERR_value_missing, 0);
    }
    if (!new->company_name[0] && !new->last_name[0]) {
        field_fail(s->errors, "last_name", ERR_value_missing, 0);
    }
}

enum db_result
customer_take(struct db *db, const struct customer_sent *s,
              struct customer_new *new)
{
    enum db_result r;

    *new = (struct customer_new){
        .number = s->before ? NULL : row_text(s->input, "number")};
    for (size_t i = 0; i < TEXTS; i++) {
        *text_of(new, i) = as_sent(s, texts[i].name);
    }
    r = take_parent(db, s, &new->parent);
    if (r == DB_OK) {
        check(db, s, new);
    }
    return r == DB_OK && s->errors->n > 0 ? DB_CHECK : r;
}

/* ---- changing ---- */

static bool
same(const char *one, const char *other)
{
    return strcmp(one ? one : "", other ? other : "") == 0;
}

/* Whether a change would change anything. */
static bool
differs(const json_t *row, const struct customer_new *new)
{
    struct customer_new now = *new;

    for (size_t i = 0; i < TEXTS; i++) {
        if (!same(row_text(row, texts[i].name), *text_of(&now, i))) {
            return true;
        }
    }
    return !same(row_text(row, "parent"), new->parent);
}

struct change {
    struct arena *arena;
    const char *tenant, *id;
    const struct actor *actor;
    const json_t *row; /* as it was */
    const struct customer_new *new;
};

const char *
customer_pattern(struct arena *a, const char *typed)
{
    struct buf out = buf_new(a, 128);

    if (!typed) {
        return NULL;
    }
    buf_putc(&out, '%');
    for (const char *p = text_fold(a, typed); *p; p++) {
        if (strchr("%_\\", *p)) {
            buf_putc(&out, '\\');
        }
        buf_putc(&out, *p);
    }
    buf_putc(&out, '%');
    return out.data;
}

/* shown: of customer_shown() */
static enum db_result
tell(struct db *db, const struct change *c, enum callback_type type,
     const json_t *shown)
{
    json_t *told = field_output(c->arena, customer_fields, shown);

    return callback_enqueue(db, c->arena, c->tenant, type, c->id,
                            json_incref(told), c->actor->request_id);
}

enum db_result
customer_tell_changed(struct db *db, struct arena *a, const char *tenant,
                      const struct actor *actor, const char *id)
{
    struct change c = {.arena = a, .tenant = tenant, .id = id, .actor = actor};
    json_t *row;
    enum db_result r = customer_by_id(db, a, tenant, id, &row);

    return r == DB_OK
               ? tell(db, &c, CALLBACK_customer_changed, customer_shown(a, row))
               : r;
}

static enum db_result
note(struct db *db, const struct change *c, const char *action,
     enum callback_type type)
{
    struct audit row = {c->actor, c->id, action, c->id, ""};
    json_t *after, *before = c->row ? customer_shown(c->arena, c->row) : NULL;
    enum db_result r = customer_by_id(db, c->arena, c->tenant, c->id, &after);

    if (r != DB_OK && r != DB_NONE) {
        return r;
    }
    after = after ? customer_shown(c->arena, after) : NULL;
    r = audit_write_change(db, c->arena, c->tenant, &row, customer_fields,
                           before, after);
    return r == DB_OK ? tell(db, c, type, after ? after : before) : r;
}

static enum db_result
insert(struct db *db, const struct change *c, const char *number)
{
    struct customer_search search =
        customer_search_of(c->arena, number, c->new);
    int64_t added = 0;
    enum db_result r = customer_store_insert(db, c->tenant, c->id, number,
                                             c->new, &search, &added);

    return r == DB_OK && added == 0 ? DB_UNIQUE
           : r == DB_OK
               ? customer_keep_words(db, c->arena, c->tenant, c->id, c->new)
               : r;
}

static enum db_result
insert_given(struct db *db, const struct change *c)
{
    enum db_result r =
        series_given(db, c->arena, c->tenant, SERIES_CUSTOMER, c->new->number);

    return r == DB_OK ? insert(db, c, c->new->number) : r;
}

/* Those who create at the same time wait for each other. What is in the way are
 * numbers of a format that the tenant had before: maybe a great many, so each
 * one that is there makes the next step twice as long. */
static enum db_result
insert_next(struct db *db, const struct change *c)
{
    enum db_result r = DB_UNIQUE;
    const char *number;

    for (int i = 0; i < NUMBER_TRIES && r == DB_UNIQUE; i++) {
        r = i < 2 ? DB_OK
                  : series_skip(db, c->tenant, SERIES_CUSTOMER,
                                (INT64_C(1) << (i - 1)) - 1);
        if (r == DB_OK) {
            r = series_next(db, c->arena, c->tenant, SERIES_CUSTOMER, &number);
        }
        if (r == DB_OK) {
            r = insert(db, c, number);
        }
    }
    return r;
}

static enum db_result
create_in_transaction(struct db *db, void *data)
{
    const struct change *c = data;
    enum db_result r =
        c->new->number ? insert_given(db, c) : insert_next(db, c);

    return r == DB_OK
               ? note(db, c, "customer.created", CALLBACK_customer_created)
               : r;
}

enum db_result
customer_create(struct db *db, struct arena *a, const char *tenant,
                const struct actor *actor, const struct customer_new *new,
                const char **id)
{
    struct customer_new filled = *new;
    struct change c = {a, tenant, id_new(a, "cus"), actor, NULL, &filled};

    for (size_t i = 0; i < TEXTS; i++) {
        const char **text = text_of(&filled, i);

        *text = *text ? *text : "";
    }
    *id = c.id;
    return db_transaction(db, true, create_in_transaction, &c);
}

/* Looked at inside the transaction: two moves at once could make a loop. */
static enum db_result
parent_fits(struct db *db, const struct change *c)
{
    json_t *row;
    enum db_result r;

    if (!c->new->parent) {
        return DB_OK;
    }
    r = customer_store_above(db, c->arena, c->tenant, c->new->parent, c->id,
                             &row);
    return r == DB_NONE ? DB_OK : r == DB_OK ? DB_CHECK : r;
}

static enum db_result
change_in_transaction(struct db *db, void *data)
{
    const struct change *c = data;
    struct customer_search search =
        customer_search_of(c->arena, row_text(c->row, "number"), c->new);
    int64_t changed = 0;
    enum db_result r = parent_fits(db, c);

    if (r == DB_OK) {
        r = customer_store_update(db, c->tenant, c->id,
                                  row_int(c->row, "version"), c->new, &search,
                                  &changed);
    }
    if (r == DB_OK && changed == 0) {
        return DB_NONE;
    }
    r = r == DB_OK ? customer_keep_words(db, c->arena, c->tenant, c->id, c->new)
                   : r;
    return r == DB_OK
               ? note(db, c, "customer.changed", CALLBACK_customer_changed)
               : r;
}

enum db_result
customer_change(struct db *db, struct arena *a, const char *tenant,
                const struct actor *actor, const json_t *row,
                const struct customer_new *new)
{
    struct change c = {a, tenant, row_text(row, "id"), actor, row, new};

    return differs(row, new)
               ? db_transaction(db, true, change_in_transaction, &c)
               : DB_OK;
}

static enum db_result
remove_in_transaction(struct db *db, void *data)
{
    const struct change *c = data;
    int64_t removed = 0;
    enum db_result r = customer_store_delete(
        db, c->tenant, c->id, row_int(c->row, "version"), &removed);

    if (r == DB_OK && removed == 0) {
        return DB_NONE;
    }
    return r == DB_OK
               ? note(db, c, "customer.removed", CALLBACK_customer_removed)
               : r;
}

enum db_result
customer_remove(struct db *db, struct arena *a, const char *tenant,
                const struct actor *actor, const json_t *row)
{
    struct change c = {a, tenant, row_text(row, "id"), actor, row, NULL};

    return db_transaction(db, true, remove_in_transaction, &c);
}
