#include "catalog/order.h"

#include <string.h>

#include "base/json.h"
#include "catalog/catalog.h"
#include "catalog/catalog_store.h"

enum { MICRO = 1000000 };

struct work {
    struct db *db;
    const struct catalog_order *o;
    struct price_order order;
    struct price_component *components;
};

/* ---- what it is made of ---- */

const char *
catalog_name_read(const struct tenant *tenant, const char *language,
                  const json_t *row)
{
    const char *name =
        translation_pick(json_object_get(row, "texts"), "name", language,
                         tenant->default_language, NULL);

    return name ? name : row_text(row, "name");
}

static const char *
name_of(const struct catalog_order *o, const json_t *row)
{
    return catalog_name_read(o->tenant, o->language, row);
}

int
catalog_vat_rate(const json_t *row)
{
    int64_t own = row_int(row, "vat_rate");

    return (int)(own < 0 ? row_int(row, "family_vat_rate") : own);
}

static enum price_model
model_of(const json_t *row)
{
    const char *model = row_text(row, "price_model");

    return strcmp(model, "scale") == 0      ? PRICE_SCALE
           : strcmp(model, "interval") == 0 ? PRICE_INTERVAL
                                            : PRICE_SIMPLE;
}

static struct price_component
component_of(const struct catalog_order *o, const json_t *row, int64_t quantity)
{
    struct price_component c = {
        .id = row_text(row, "id"),
        .name = name_of(o, row),
        .model = model_of(row),
        .price = row_int(row, "price"),
        .per = {(int)row_int(row, "every"), row_text(row, "unit")},
        .vat_rate = catalog_vat_rate(row),
        .quantity = quantity};

    c.steps = catalog_steps(o->arena, row, &c.n_steps);
    return c;
}

static void
fail(const struct catalog_order *o, size_t at, const char *field, enum err code)
{
    field_fail(o->errors,
               arena_printf(o->arena, "components/%zu/%s", at, field), code, 0);
}

static int64_t
quantity_of(const json_t *sent)
{
    const json_t *value = json_object_get(sent, "quantity");

    return json_is_integer(value) ? json_integer_value(value) : MICRO;
}

/* What is metered is ordered by nobody; a switch is on or off. */
static void
check_component(const struct catalog_order *o, size_t at, const json_t *row,
                int64_t quantity)
{
    const char *type = row_text(row, "type");

    if (strcmp(row_text(row, "family"), row_text(o->variant, "family")) != 0 ||
        strcmp(row_text(row, "status"), "active") != 0 ||
        (o->self_service && !row_int(row, "self_service"))) {
        fail(o, at, "component", ERR_unknown_product);
    } else if (strcmp(type, "metered") == 0) {
        fail(o, at, "component", ERR_value_misfit);
    } else if (strcmp(type, "on_off") == 0 && quantity != 0 &&
               quantity != MICRO) {
        fail(o, at, "quantity", ERR_value_misfit);
    }
}

static bool
sent_before(const json_t *list, size_t at)
{
    const char *id = row_text(json_array_get(list, at), "component");

    for (size_t i = 0; i < at; i++) {
        if (strcmp(row_text(json_array_get(list, i), "component"), id) == 0) {
            return true;
        }
    }
    return false;
}

static enum db_result
take_components(struct work *w)
{
    const struct catalog_order *o = w->o;
    size_t n = json_array_size(o->components), i;
    json_t *rows, *row;
    enum db_result r = catalog_store_components(w->db, o->arena, o->tenant->id,
                                                o->components, &rows);

    if (r != DB_OK) {
        return r;
    }
    w->components = arena_alloc(o->arena, (n + 1) * sizeof *w->components);
    for (i = 0; i < n; i++) {
        w->components[i] = (struct price_component){.quantity = 0};
        if (sent_before(o->components, i)) {
            fail(o, i, "component", ERR_value_double);
        }
    }
    json_array_foreach(rows, i, row)
    {
        size_t at = (size_t)row_int(row, "n");
        int64_t quantity = quantity_of(json_array_get(o->components, at));

        check_component(o, at, row, quantity);
        w->components[at] = component_of(o, row, quantity);
    }
    for (i = 0; i < n; i++) {
        if (!w->components[i].id) {
            fail(o, i, "component", ERR_unknown_product);
        }
    }
    w->order.components = w->components;
    w->order.n_components = n;
    return DB_OK;
}

static void
take_variant(struct work *w)
{
    const struct catalog_order *o = w->o;
    const json_t *v = o->variant;

    w->order = (struct price_order){
        .id = row_text(v, "id"),
        .name = name_of(o, v),
        .setup_name = o->setup_name ? o->setup_name : name_of(o, v),
        .currency = row_text(v, "currency"),
        .price = row_int(v, "price"),
        .setup_fee = row_int(v, "setup_fee"),
        .billed = {(int)row_int(v, "every"), row_text(v, "unit")},
        .in_advance = row_int(v, "in_advance") != 0,
        .trial = row_int(v, "trial") > 0,
        .vat_rate = catalog_vat_rate(v)};
    if (strcmp(row_text(v, "status"), "active") != 0 ||
        (o->self_service && !row_int(v, "orderable"))) {
        field_fail(o->errors, "variant", ERR_unknown_product, 0);
    }
}

/* ---- the coupon ---- */

static struct price_discount *
discount_of(const struct catalog_order *o, const json_t *row)
{
    struct price_discount *d = arena_alloc(o->arena, sizeof *d);
    const char *to = row_text(row, "applies_to");
    bool percent = strcmp(row_text(row, "kind"), "percent") == 0;

    *d = (struct price_discount){
        .id = row_text(row, "id"),
        .name = name_of(o, row),
        .percent = percent,
        .value = row_int(row, percent ? "percent" : "amount"),
        .recurring = strcmp(to, "one_off") != 0,
        .one_off = strcmp(to, "recurring") != 0,
        .periods = (int)row_int(row, "periods")};
    return d;
}

static enum db_result
take_coupon(struct work *w, struct catalog_priced *out)
{
    const struct catalog_order *o = w->o;
    struct coupon_order asked = {.arena = o->arena,
                                 .tenant = o->tenant->id,
                                 .today = tenant_today(o->arena, o->tenant),
                                 .code = o->coupon,
                                 .plan = row_text(o->variant, "plan"),
                                 .currency = w->order.currency,
                                 .customer = o->customer};
    json_t *coupon = NULL, *discount = NULL;
    enum db_result r;

    if (!o->coupon) {
        return DB_OK;
    }
    out->code = coupon_normal(o->arena, o->coupon);
    out->code = out->code ? out->code : o->coupon;
    r = coupon_find(w->db, &asked, &coupon, &discount, &out->coupon_error);
    if (r == DB_OK) {
        out->coupon_row = coupon;
        out->coupon = row_text(coupon, "id");
        w->order.discount = discount_of(o, discount);
        out->periods = w->order.discount->periods;
    }
    return r == DB_CHECK ? DB_OK : r;
}

/* ---- the price ---- */

static void
calculate(struct work *w, struct catalog_priced *out)
{
    const struct catalog_order *o = w->o;
    size_t at;
    enum price_result r = price_order(o->arena, &w->order, &out->price, &at);
    enum err code =
        r == PRICE_PERIODS ? ERR_value_periods : ERR_value_price_large;

    if (r != PRICE_OK && at < w->order.n_components) {
        fail(o, at, "component", code);
    } else if (r != PRICE_OK) {
        field_fail(o->errors, "components", code, 0);
    }
}

static enum db_result
price_one(struct db *db, const struct catalog_order *o,
          struct catalog_priced *out)
{
    struct work w = {.db = db, .o = o};
    enum db_result r;

    *out = (struct catalog_priced){.coupon_error = ERR_NONE};
    take_variant(&w);
    out->currency = w.order.currency;
    r = take_components(&w);
    if (r == DB_OK) {
        r = take_coupon(&w, out);
    }
    if (r == DB_OK && o->errors->n == 0) {
        calculate(&w, out);
    }
    return r == DB_OK && o->errors->n > 0 ? DB_CHECK : r;
}

static bool
chains(const json_t *variant)
{
    return strcmp(row_text(variant, "after_first_term"), "change") == 0;
}

/* What ends with its trial changes into nothing. */
static bool
changes(const json_t *variant)
{
    return chains(variant) &&
           !(row_int(variant, "trial") > 0 &&
             strcmp(row_text(variant, "trial_end"), "end") == 0);
}

/* One that changes once more has no price that could be told for it; its trial,
 * which would keep it from that, is for those who begin with it. */
static enum db_result
price_next(struct db *db, const struct catalog_order *o,
           struct catalog_priced *out)
{
    struct catalog_priced *next = arena_alloc(o->arena, sizeof *next);
    struct catalog_order then = *o;
    json_t *row;
    enum db_result r = catalog_get(db, o->arena, o->tenant->id, CATALOG_VARIANT,
                                   row_text(o->variant, "next_variant"), &row);

    if (r == DB_NONE || (r == DB_OK && chains(row))) {
        field_fail(o->errors, "variant", ERR_unknown_product, 0);
        return DB_CHECK;
    }
    if (r != DB_OK) {
        return r;
    }
    then.variant = row;
    then.coupon = out->periods > 0 ? NULL : o->coupon;
    then.self_service = false;
    out->next_variant = row;
    out->next = next;
    return price_one(db, &then, next);
}

enum db_result
catalog_price(struct db *db, const struct catalog_order *o,
              struct catalog_priced *out)
{
    enum db_result r = price_one(db, o, out);

    return r == DB_OK && changes(o->variant) ? price_next(db, o, out) : r;
}

enum db_result
catalog_ordered(struct db *db, struct arena *a, const char *tenant,
                const struct catalog_order *o)
{
    const char *next =
        changes(o->variant) ? row_text(o->variant, "next_variant") : NULL;
    enum db_result r = catalog_store_ordered(
        db, a, tenant, row_text(o->variant, "id"), o->components);

    return r == DB_OK && next ? catalog_store_ordered(db, a, tenant, next, NULL)
                              : r;
}

/* ---- as others see it ---- */

static json_t *
line_shown(const struct price_line *l, const char *currency)
{
    static const char *const kinds[] = {[LINE_PLAN] = "plan",
                                        [LINE_COMPONENT] = "component",
                                        [LINE_SETUP] = "setup",
                                        [LINE_DISCOUNT] = "discount"};

    return json_pack("{s:s, s:s, s:s, s:I, s:I, s:i, s:I, s:s}", "kind",
                     kinds[l->kind], "id", l->id, "description", l->description,
                     "quantity", (json_int_t)l->quantity, "unit_price",
                     (json_int_t)l->unit_price, "vat_rate", l->vat_rate, "net",
                     (json_int_t)l->net, "currency", currency);
}

static json_t *
part_shown(const struct price_part *p, const char *currency)
{
    json_t *lines = json_array(), *taxes = json_array();

    for (size_t i = 0; i < p->n_lines; i++) {
        json_array_append_new(lines, line_shown(&p->lines[i], currency));
    }
    for (size_t i = 0; i < p->n_taxes; i++) {
        const struct price_tax *t = &p->taxes[i];

        json_array_append_new(
            taxes, json_pack("{s:i, s:I, s:I, s:s}", "vat_rate", t->rate, "net",
                             (json_int_t)t->net, "vat", (json_int_t)t->vat,
                             "currency", currency));
    }
    return json_pack("{s:o, s:o, s:I, s:I, s:I, s:s}", "lines", lines, "taxes",
                     taxes, "net", (json_int_t)p->net, "vat",
                     (json_int_t)p->vat, "gross", (json_int_t)p->gross,
                     "currency", currency);
}

json_t *
catalog_priced_shown(struct arena *a, const struct catalog_order *o,
                     const struct catalog_priced *p)
{
    json_t *coupon = json_null(), *next = json_null();

    if (p->next) {
        next = json_pack("{s:s, s:s, s:o}", "variant",
                         row_text(p->next_variant, "id"), "name",
                         name_of(o, p->next_variant), "recurring",
                         part_shown(&p->next->price.recurring, p->currency));
    }
    if (o->coupon) {
        const char *error =
            p->coupon_error == ERR_NONE ? NULL : err_row(p->coupon_error)->code;

        coupon = json_pack("{s:s, s:s?, s:s?}", "code", p->code, "id",
                           p->coupon, "error", error);
    }
    return json_in_arena(
        a, json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "variant",
                     row_text(o->variant, "id"), "currency", p->currency,
                     "recurring", part_shown(&p->price.recurring, p->currency),
                     "later", part_shown(&p->price.later, p->currency),
                     "one_off", part_shown(&p->price.one_off, p->currency),
                     "now", part_shown(&p->price.now, p->currency), "coupon",
                     coupon, "next", next));
}
