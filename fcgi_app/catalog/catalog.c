#include "catalog/catalog.h"

#include <string.h>

#include "base/id.h"
#include "base/json.h"
#include "callback/callback.h"
#include "catalog/catalog_store.h"

const struct catalog_kind_row catalog_kinds[CATALOG_KINDS] = {
    [CATALOG_FAMILY] = {"product-families", "fam", "product_family", NULL,
                        CATALOG_FAMILY, family_fields, family_create_fields,
                        family_change_fields, true},
    [CATALOG_PLAN] = {"plans", "pln", "plan", "family", CATALOG_FAMILY,
                      plan_fields, plan_create_fields, plan_change_fields,
                      true},
    [CATALOG_VARIANT] = {"plan-variants", "var", "plan_variant", "plan",
                         CATALOG_PLAN, variant_fields, variant_create_fields,
                         variant_change_fields, true},
    [CATALOG_COMPONENT] = {"components", "cmp", "component", "family",
                           CATALOG_FAMILY, component_fields,
                           component_create_fields, component_change_fields,
                           true},
    [CATALOG_DISCOUNT] = {"discounts", "dsc", "discount", NULL,
                          CATALOG_DISCOUNT, discount_fields,
                          discount_create_fields, discount_change_fields, true},
    [CATALOG_COUPON] = {"coupons", "cpn", "coupon", "discount",
                        CATALOG_DISCOUNT, coupon_fields, coupon_create_fields,
                        coupon_change_fields, false},
};

/* What merchants' servers are told of each kind. */
enum { CREATED, CHANGED, REMOVED, MOVES };
static const struct {
    const char *word;
    enum callback_type types[CATALOG_KINDS];
} moves[MOVES] = {
    [CREATED] = {"created",
                 {CALLBACK_product_family_created, CALLBACK_plan_created,
                  CALLBACK_plan_variant_created, CALLBACK_component_created,
                  CALLBACK_discount_created, CALLBACK_coupon_created}},
    [CHANGED] = {"changed",
                 {CALLBACK_product_family_changed, CALLBACK_plan_changed,
                  CALLBACK_plan_variant_changed, CALLBACK_component_changed,
                  CALLBACK_discount_changed, CALLBACK_coupon_changed}},
    [REMOVED] = {"removed",
                 {CALLBACK_product_family_removed, CALLBACK_plan_removed,
                  CALLBACK_plan_variant_removed, CALLBACK_component_removed,
                  CALLBACK_discount_removed, CALLBACK_coupon_removed}},
};

enum catalog_kind
catalog_kind_of(const char *path)
{
    for (int k = 0; k < CATALOG_KINDS; k++) {
        const char *segment = catalog_kinds[k].segment;
        const char *at = strstr(path, segment);
        size_t len = strlen(segment);

        if (at && at > path && at[-1] == '/' &&
            (at[len] == '\0' || at[len] == '/')) {
            return (enum catalog_kind)k;
        }
    }
    return CATALOG_FAMILY;
}

/* ---- reading ---- */

enum db_result
catalog_get(struct db *db, struct arena *a, const char *tenant,
            enum catalog_kind kind, const char *id, json_t **row)
{
    json_t *texts;
    enum db_result r = catalog_store_one(db, a, tenant, kind, id, row);

    if (r == DB_OK) {
        r = translation_get(db, a, tenant, id, &texts);
    }
    if (r == DB_OK) {
        json_object_set(*row, "texts", texts);
    }
    return r;
}

/* {count, unit}; null: there is none. */
static void
show_span(json_t *shown, const json_t *row, const char *name, const char *unit)
{
    int64_t n = row_int(row, name);

    json_object_set_new(shown, name,
                        n ? json_pack("{s:I, s:s}", "count", (json_int_t)n,
                                      "unit", row_text(row, unit))
                          : json_null());
}

/* What stands for "none" in a column. */
static void
show_none(json_t *shown, const char *name, int64_t none)
{
    if (json_object_get(shown, name) && row_int(shown, name) == none) {
        json_object_set_new(shown, name, json_null());
    }
}

static void
show_steps(struct arena *a, json_t *shown)
{
    const char *text = row_text(shown, "steps");
    json_t *steps = text ? json_loads(text, 0, NULL) : NULL;

    if (steps && json_array_size(steps) > 0) {
        json_object_set(shown, "steps", json_in_arena(a, steps));
    } else {
        json_decref(steps);
        json_object_set_new(shown, "steps", json_null());
    }
}

json_t *
catalog_shown(struct arena *a, enum catalog_kind kind, const json_t *row)
{
    static const char *const spans[][2] = {{"trial", "trial_unit"},
                                           {"term", "term_unit"},
                                           {"renewal", "renewal_unit"},
                                           {"notice", "notice_unit"}};
    json_t *shown = json_in_arena(a, json_copy((json_t *)row));

    if (kind == CATALOG_VARIANT) {
        for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
            show_span(shown, row, spans[i][0], spans[i][1]);
        }
    }
    if (kind == CATALOG_VARIANT || kind == CATALOG_COMPONENT) {
        json_object_set_new(shown, "recurrence",
                            json_pack("{s:I, s:s}", "every",
                                      (json_int_t)row_int(row, "every"), "unit",
                                      row_text(row, "unit")));
        show_none(shown, "vat_rate", -1);
    }
    if (kind == CATALOG_COMPONENT) {
        show_steps(a, shown);
    }
    if (kind == CATALOG_DISCOUNT) {
        bool percent = strcmp(row_text(row, "kind"), "percent") == 0;

        json_object_set_new(shown, percent ? "amount" : "percent", json_null());
        show_none(shown, "periods", 0);
    }
    if (kind == CATALOG_COUPON) {
        show_none(shown, "limit_total", 0);
        show_none(shown, "limit_customer", 0);
    }
    return shown;
}

const struct price_step *
catalog_steps(struct arena *a, const json_t *row, size_t *n)
{
    json_t *list =
               json_in_arena(a, json_loads(row_text(row, "steps"), 0, NULL)),
           *one;
    struct price_step *steps;
    size_t i;

    *n = json_array_size(list);
    steps = arena_alloc(a, (*n + 1) * sizeof *steps);
    json_array_foreach(list, i, one)
    {
        steps[i] =
            (struct price_step){row_int(one, "up_to"), row_int(one, "price")};
    }
    return steps;
}

/* ---- changing ---- */

struct work {
    const struct catalog_change *c;
    const char *id;
};

static const json_t *
shown_of(const struct catalog_change *c, const json_t *row)
{
    return row ? catalog_shown(c->arena, c->kind, row) : NULL;
}

static enum db_result
note(struct db *db, const struct work *w, int move)
{
    const struct catalog_change *c = w->c;
    const struct catalog_kind_row *kind = &catalog_kinds[c->kind];
    struct audit audit = {
        c->actor, "",
        arena_printf(c->arena, "%s.%s", kind->noun, moves[move].word), w->id,
        ""};
    const json_t *before = shown_of(c, c->before), *after;
    json_t *row = NULL;
    enum db_result r =
        catalog_get(db, c->arena, c->tenant, c->kind, w->id, &row);

    if (r != DB_OK && r != DB_NONE) {
        return r;
    }
    after = move == REMOVED ? NULL : shown_of(c, row);
    r = audit_write_change(db, c->arena, c->tenant, &audit, kind->fields,
                           before, after);
    return r == DB_OK
               ? callback_enqueue(
                     db, c->arena, c->tenant, moves[move].types[c->kind], w->id,
                     json_incref(field_output(c->arena, kind->fields,
                                              after ? after : before)),
                     c->actor->request_id)
               : r;
}

static enum db_result
create_in_transaction(struct db *db, void *data)
{
    const struct work *w = data;
    const struct catalog_change *c = w->c;
    enum db_result r =
        catalog_store_insert(db, c->tenant, c->kind, w->id, c->row);

    if (r == DB_OK) {
        r = translation_put(db, c->tenant, w->id,
                            json_object_get(c->row, "texts"));
    }
    return r == DB_OK ? note(db, w, CREATED) : r;
}

enum db_result
catalog_create(struct db *db, const struct catalog_change *c, const char **id)
{
    struct work w = {c, id_new(c->arena, catalog_kinds[c->kind].prefix)};

    *id = w.id;
    return db_transaction(db, true, create_in_transaction, &w);
}

static enum db_result
change_in_transaction(struct db *db, void *data)
{
    const struct work *w = data;
    const struct catalog_change *c = w->c;
    int64_t changed = 0;
    enum db_result r =
        catalog_store_update(db, c->tenant, c->kind, c->row, &changed);

    if (r == DB_OK && changed == 0) {
        return DB_NONE;
    }
    if (r == DB_OK) {
        r = translation_put(db, c->tenant, w->id,
                            json_object_get(c->row, "texts"));
    }
    return r == DB_OK ? note(db, w, CHANGED) : r;
}

/* Whether a change would change anything that is shown. */
static bool
differs(const struct catalog_change *c)
{
    const struct field *fields = catalog_kinds[c->kind].fields;

    return !json_equal(field_output(c->arena, fields, shown_of(c, c->before)),
                       field_output(c->arena, fields, shown_of(c, c->row)));
}

enum db_result
catalog_change(struct db *db, const struct catalog_change *c)
{
    struct work w = {c, row_text(c->before, "id")};

    return differs(c) ? db_transaction(db, true, change_in_transaction, &w)
                      : DB_OK;
}

/* What no foreign key says: a coupon may name the plan. */
static enum db_result
is_free(struct db *db, const struct catalog_change *c, const char *id)
{
    enum db_result r;

    if (row_int(c->before, "used") > 0) {
        return DB_FOREIGN;
    }
    if (c->kind != CATALOG_PLAN) {
        return DB_OK;
    }
    r = catalog_store_named_plan(db, c->arena, c->tenant, id);
    return r == DB_NONE ? DB_OK : r == DB_OK ? DB_FOREIGN : r;
}

static enum db_result
remove_in_transaction(struct db *db, void *data)
{
    const struct work *w = data;
    const struct catalog_change *c = w->c;
    int64_t removed = 0;
    enum db_result r = is_free(db, c, w->id);

    if (r == DB_OK) {
        r = catalog_store_delete(db, c->tenant, c->kind, c->before, &removed);
    }
    if (r == DB_OK && removed == 0) {
        return DB_NONE;
    }
    if (r == DB_OK) {
        r = translation_put(db, c->tenant, w->id, NULL);
    }
    return r == DB_OK ? note(db, w, REMOVED) : r;
}

enum db_result
catalog_remove(struct db *db, const struct catalog_change *c)
{
    struct work w = {c, row_text(c->before, "id")};

    return db_transaction(db, true, remove_in_transaction, &w);
}
