/* What was sent as a record of the catalogue, and what has to fit together. */
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "catalog/catalog_store.h"

/* ---- what was sent, as columns ---- */

/* What a new record has where nothing is sent. */
static json_t *
fresh(enum catalog_kind kind)
{
    switch (kind) {
    case CATALOG_VARIANT:
        return json_pack(
            "{s:s, s:i, s:I, s:i, s:i, s:i, s:s, s:s, s:i, s:s, s:i, s:s, s:i,"
            " s:s, s:s, s:n}",
            "external_id", "", "self_service", 0, "setup_fee", (json_int_t)0,
            "vat_rate", -1, "in_advance", 1, "trial", 0, "trial_unit", "month",
            "trial_end", "continue", "term", 0, "term_unit", "month", "renewal",
            0, "renewal_unit", "month", "notice", 0, "notice_unit", "month",
            "after_first_term", "renew", "next_variant");
    case CATALOG_COMPONENT:
        return json_pack("{s:s, s:s, s:I, s:s, s:i, s:s, s:i, s:i, s:i}",
                         "external_id", "", "price_model", "simple", "price",
                         (json_int_t)0, "steps", "[]", "every", 1, "unit",
                         "month", "vat_rate", -1, "self_service", 0,
                         "price_information", 0);
    case CATALOG_DISCOUNT:
        return json_pack("{s:i, s:i, s:s, s:s, s:i}", "percent", 0, "amount", 0,
                         "currency", "", "applies_to", "recurring", "periods",
                         0);
    case CATALOG_COUPON:
        return json_pack("{s:s, s:s, s:s, s:i, s:i}", "plans", "", "valid_from",
                         "", "valid_until", "", "limit_total", 0,
                         "limit_customer", 0);
    default:
        return json_pack("{s:s}", "external_id", "");
    }
}

static void
put_span(json_t *row, const char *name, const json_t *value)
{
    const char *count = strcmp(name, "recurrence") == 0 ? "every" : "count";
    const char *unit = row_text(value, "unit");
    char column[32];

    snprintf(column, sizeof column, "%s_unit", name);
    if (strcmp(name, "recurrence") == 0) {
        name = "every";
        snprintf(column, sizeof column, "unit");
    }
    json_object_set_new(row, name, json_integer(row_int(value, count)));
    json_object_set_new(row, column, json_string(unit ? unit : "month"));
}

static void
put_money(json_t *row, const char *name, const json_t *value)
{
    const char *currency = row_text(value, "currency");

    json_object_set_new(row, name, json_integer(row_int(value, "amount")));
    json_object_set_new(row, "currency", json_string(currency ? currency : ""));
}

/* An empty value as its column has it. */
static json_t *
nothing(const struct field *f)
{
    if (strcmp(f->name, "next_variant") == 0) {
        return json_null();
    }
    return f->type == FIELD_PERCENT && strcmp(f->name, "vat_rate") == 0
               ? json_integer(-1)
           : f->type == FIELD_PERCENT || f->type == FIELD_INTEGER
               ? json_integer(0)
               : json_string("");
}

static void
put(struct arena *a, json_t *row, const struct field *f, json_t *value)
{
    if (f->type == FIELD_RECORD) {
        put_span(row, f->name, value);
    } else if (f->type == FIELD_MONEY) {
        put_money(row, f->name, value);
    } else if (strcmp(f->name, "texts") == 0) {
        json_object_set_new(row, f->name,
                            json_is_array(value) ? json_incref(value)
                                                 : json_array());
    } else if (f->type == FIELD_RECORDS) {
        json_object_set_new(row, f->name,
                            json_string(json_is_array(value)
                                            ? json_text(a, value, JSON_COMPACT)
                                            : "[]"));
    } else if (json_is_array(value)) {
        json_object_set_new(row, f->name,
                            json_string(field_words_join(a, value)));
    } else if (json_is_boolean(value)) {
        json_object_set_new(row, f->name, json_integer(json_is_true(value)));
    } else if (json_is_null(value)) {
        json_object_set_new(row, f->name, nothing(f));
    } else {
        json_object_set(row, f->name, value);
    }
}

static json_t *
row_of(const struct catalog_sent *s)
{
    const struct catalog_kind_row *kind = &catalog_kinds[s->kind];
    json_t *row = json_in_arena(
        s->arena, s->before ? json_copy((json_t *)s->before) : fresh(s->kind));

    if (!s->before) {
        json_object_set_new(row, "status", json_string("active"));
        json_object_set_new(row, "texts", json_array());
    }
    for (const struct field *f = s->before ? kind->change : kind->create;
         f->name; f++) {
        json_t *value = json_object_get(s->input, f->name);

        if (value) {
            put(s->arena, row, f, value);
        }
    }
    return row;
}

/* ---- rules ---- */

static void
misfit(const struct catalog_sent *s, const char *field)
{
    field_fail(s->errors, field, ERR_value_misfit, 0);
}

static bool
is(const json_t *row, const char *column, const char *word)
{
    const char *text = row_text(row, column);

    return text && strcmp(text, word) == 0;
}

/* Whether an id names one of that kind; *other is it. */
static enum db_result
named(struct db *db, const struct catalog_sent *s, enum catalog_kind kind,
      const char *id, json_t **other)
{
    return catalog_store_one(db, s->arena, s->tenant->id, kind, id, other);
}

/* What a new one belongs to. */
static enum db_result
check_parent(struct db *db, const struct catalog_sent *s, const json_t *row)
{
    const struct catalog_kind_row *kind = &catalog_kinds[s->kind];
    const char *id = kind->parent ? row_text(row, kind->parent) : NULL;
    json_t *other;
    enum db_result r;

    if (!id) {
        return DB_OK;
    }
    r = named(db, s, kind->parent_kind, id, &other);
    if (r == DB_NONE) {
        field_fail(s->errors, kind->parent, ERR_unknown_product, 0);
    }
    return r == DB_NONE ? DB_OK : r;
}

static enum db_result
check_family(struct db *db, const struct catalog_sent *s, const json_t *row)
{
    const char *currency = row_text(row, "currency");
    enum db_result r = DB_OK;

    if (currency && !text_currency_ok(currency)) {
        field_fail(s->errors, "currency", ERR_value_currency, 0);
    } else if (currency && s->before && !is(s->before, "currency", currency)) {
        r = catalog_store_priced(db, s->arena, s->tenant->id,
                                 row_text(row, "id"));
        if (r == DB_OK) {
            misfit(s, "currency");
        }
    }
    return r == DB_NONE ? DB_OK : r;
}

/* The family that a variant is of. */
static enum db_result
family_of(struct db *db, const struct catalog_sent *s, const json_t *row,
          const char **family)
{
    json_t *plan;
    enum db_result r = DB_OK;

    *family = s->before ? row_text(s->before, "family") : NULL;
    if (!*family && row_text(row, "plan")) {
        r = named(db, s, CATALOG_PLAN, row_text(row, "plan"), &plan);
        *family = r == DB_OK ? row_text(plan, "family") : NULL;
    }
    return r == DB_NONE ? DB_OK : r;
}

/* Another variant of the same family. */
static enum db_result
check_next(struct db *db, const struct catalog_sent *s, const json_t *row)
{
    const char *id = row_text(row, "next_variant"), *family;
    json_t *other;
    enum db_result r = family_of(db, s, row, &family);

    if (r != DB_OK || !id) {
        return r;
    }
    r = named(db, s, CATALOG_VARIANT, id, &other);
    if (r == DB_NONE) {
        field_fail(s->errors, "next_variant", ERR_unknown_product, 0);
        return DB_OK;
    }
    if (r == DB_OK &&
        ((s->before && is(s->before, "id", id)) ||
         (family && strcmp(row_text(other, "family"), family) != 0))) {
        misfit(s, "next_variant");
    }
    return r;
}

/* An open term goes on until notice; another one is renewed, ends, or leads to
 * another variant. */
static void
check_terms(const struct catalog_sent *s, const json_t *row)
{
    bool renews = is(row, "after_first_term", "renew");
    bool changes = is(row, "after_first_term", "change");
    bool open = row_int(row, "term") == 0;

    if (open && !renews) {
        misfit(s, "after_first_term");
    }
    if (row_int(row, "renewal") > 0 && (open || !renews)) {
        misfit(s, "renewal");
    }
    if (!open && renews && row_int(row, "renewal") == 0) {
        field_fail(s->errors, "renewal", ERR_value_missing, 0);
    }
    if (changes && !row_text(row, "next_variant")) {
        field_fail(s->errors, "next_variant", ERR_value_missing, 0);
    }
    if (!changes && row_text(row, "next_variant")) {
        misfit(s, "next_variant");
    }
    if (row_int(row, "trial") == 0 && is(row, "trial_end", "end")) {
        misfit(s, "trial_end");
    }
}

static enum db_result
check_variant(struct db *db, const struct catalog_sent *s, const json_t *row)
{
    check_terms(s, row);
    return check_next(db, s, row);
}

static void
check_steps(const struct catalog_sent *s, const json_t *row)
{
    size_t n;
    const struct price_step *steps = catalog_steps(s->arena, row, &n);
    bool simple = is(row, "price_model", "simple");

    if (simple && n > 0) {
        misfit(s, "steps");
    } else if (!simple && n == 0) {
        field_fail(s->errors, "steps", ERR_value_missing, 0);
    } else if (n > 0 && !price_steps_ok(steps, n)) {
        field_fail(s->errors, "steps", ERR_value_steps, 0);
    }
    if (!simple && row_int(row, "price") != 0) {
        misfit(s, "price");
    }
}

/* A switch has one price, and what is metered is ordered by nobody. */
static enum db_result
check_component(struct db *db, const struct catalog_sent *s, const json_t *row)
{
    bool metered = is(row, "type", "metered");

    (void)db;
    if (is(row, "type", "on_off") && !is(row, "price_model", "simple")) {
        misfit(s, "price_model");
    }
    if (metered && row_int(row, "self_service")) {
        misfit(s, "self_service");
    }
    if (!metered && row_int(row, "price_information")) {
        misfit(s, "price_information");
    }
    check_steps(s, row);
    return DB_OK;
}

static enum db_result
check_discount(struct db *db, const struct catalog_sent *s, const json_t *row)
{
    bool percent = is(row, "kind", "percent");
    int64_t value = row_int(row, percent ? "percent" : "amount");

    (void)db;
    if (value == 0) {
        field_fail(s->errors, percent ? "percent" : "amount", ERR_value_missing,
                   0);
    } else if (value < 0) {
        field_fail(s->errors, "amount", ERR_value_decimal, 0);
    }
    if (row_int(row, percent ? "amount" : "percent") != 0) {
        misfit(s, percent ? "amount" : "percent");
    }
    if (!percent && value > 0 && !text_currency_ok(row_text(row, "currency"))) {
        field_fail(s->errors, "amount", ERR_value_currency, 0);
    }
    if (!percent && is(row, "applies_to", "all")) {
        misfit(s, "applies_to"); /* the same amount twice would surprise */
    }
    if (is(row, "applies_to", "one_off") && row_int(row, "periods")) {
        misfit(s, "periods");
    }
    return DB_OK;
}

static enum db_result
check_plans(struct db *db, const struct catalog_sent *s, const char *words)
{
    enum db_result r = DB_OK;
    json_t *other;
    size_t len;

    for (; *words && r == DB_OK; words += len + (words[len] == ' ')) {
        len = strcspn(words, " ");
        r = named(db, s, CATALOG_PLAN, arena_strndup(s->arena, words, len),
                  &other);
        if (r == DB_NONE) {
            field_fail(s->errors, "plans", ERR_unknown_product, 0);
        }
    }
    return r == DB_NONE ? DB_OK : r;
}

static enum db_result
check_coupon(struct db *db, const struct catalog_sent *s, json_t *row)
{
    const char *from = row_text(row, "valid_from"),
               *until = row_text(row, "valid_until");
    const char *code = row_text(row, "code");
    int64_t total = row_int(row, "limit_total");

    if (!s->before && code) {
        code = coupon_normal(s->arena, code);
        if (!code) {
            field_fail(s->errors, "code", ERR_value_coupon, 0);
        } else {
            json_object_set_new(row, "code", json_string(code));
        }
    }
    if (from[0] && until[0] && strcmp(until, from) < 0) {
        misfit(s, "valid_until");
    }
    if (total && total < row_int(row, "used")) {
        misfit(s, "limit_total");
    }
    if (total && row_int(row, "limit_customer") > total) {
        misfit(s, "limit_customer");
    }
    return check_plans(db, s, row_text(row, "plans"));
}

static enum db_result
check(struct db *db, const struct catalog_sent *s, json_t *row)
{
    switch (s->kind) {
    case CATALOG_FAMILY:
        return check_family(db, s, row);
    case CATALOG_VARIANT:
        return check_variant(db, s, row);
    case CATALOG_COMPONENT:
        return check_component(db, s, row);
    case CATALOG_DISCOUNT:
        return check_discount(db, s, row);
    case CATALOG_COUPON:
        return check_coupon(db, s, row);
    default:
        return DB_OK;
    }
}

enum db_result
catalog_take(struct db *db, const struct catalog_sent *s, json_t **row)
{
    enum db_result r;

    *row = row_of(s);
    translation_check(s->tenant, s->arena, json_object_get(*row, "texts"),
                      json_object_get(s->before, "texts"), "texts", s->errors);
    r = check_parent(db, s, *row);
    if (r == DB_OK) {
        r = check(db, s, *row);
    }
    return r == DB_OK && s->errors->n > 0 ? DB_CHECK : r;
}
