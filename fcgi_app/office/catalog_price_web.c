/* What an order of a variant costs, on its page in the back office: components,
 * a coupon and a customer are asked for, nothing is kept. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "customer/customer.h"
#include "office/catalog_web.h"
#include "office/office_web.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

enum { MICRO = 1000000, QUANTITY_MAX = 1000000, OTHERS = 2 };

/* clang-format off */
static const struct field quantity_field = {
    .type = FIELD_DECIMAL,
    .flags = FIELD_IN,
    .min = 0,
    .max = (long)QUANTITY_MAX * MICRO};
static const struct field switch_field = {.type = FIELD_BOOL,
                                          .flags = FIELD_IN};
static const struct field coupon_field = {.name = "coupon",
                                          .type = FIELD_TEXT,
                                          .flags = FIELD_IN,
                                          .max = 64,
                                          .label = N_("Coupon code")};
static const struct field customer_field = {.name = "customer",
                                            .type = FIELD_TEXT,
                                            .flags = FIELD_IN,
                                            .max = 64,
                                            .label = N_("Customer number")};

#define COLUMN(column, kind, words) \
    {.name = column, .type = kind, .flags = FIELD_OUT, .label = words}
static const struct field line_columns[] = {
    COLUMN("description", FIELD_TEXT, N_("Description")),
    COLUMN("quantity", FIELD_DECIMAL, N_("Quantity")),
    COLUMN("unit_price", FIELD_DECIMAL, N_("Unit price")),
    COLUMN("vat_rate", FIELD_PERCENT, N_("VAT")),
    COLUMN("net", FIELD_MONEY, N_("Net")),
    FIELD_END,
};
/* clang-format on */

/* An order that is asked about. */
struct asked {
    struct request *rq;
    const json_t *variant;
    const json_t *components; /* that can be ordered with it */
    const struct field *fields;
    const json_t *typed;
};

/* ---- the question ---- */

/* "quantity.cmp_1" */
static const char *
control_name(struct request *rq, const json_t *component)
{
    return arena_printf(rq->arena, "quantity.%s", row_text(component, "id"));
}

static bool
is_metered(const json_t *component)
{
    return strcmp(row_text(component, "type"), "metered") == 0;
}

/* The active ones of its family; what is metered is ordered by nobody. */
static enum db_result
load_components(struct request *rq, const json_t *variant, json_t **rows)
{
    struct catalog_filter filter = {.kind = CATALOG_COMPONENT,
                                    .parent = row_text(variant, "family"),
                                    .status = "active",
                                    .limit = PRICE_COMPONENTS_MAX};
    enum db_result r =
        catalog_list(rq->db, rq->arena, rq->tenant->id, &filter, rows);

    for (size_t i = r == DB_OK ? json_array_size(*rows) : 0; i-- > 0;) {
        if (is_metered(json_array_get(*rows, i))) {
            json_array_remove(*rows, i);
        }
    }
    return r;
}

static const struct field *
fields_of(struct request *rq, const json_t *components)
{
    struct field *fields = arena_alloc(
        rq->arena, (json_array_size(components) + OTHERS + 1) * sizeof *fields);
    json_t *one;
    size_t i;

    json_array_foreach(components, i, one)
    {
        fields[i] = strcmp(row_text(one, "type"), "on_off") == 0
                        ? switch_field
                        : quantity_field;
        fields[i].name = control_name(rq, one);
        fields[i].label = row_text(one, "name");
    }
    fields[i++] = coupon_field;
    fields[i++] = customer_field;
    fields[i] = (struct field)FIELD_END;
    return fields;
}

/* What was typed as the order has it. */
static json_t *
ordered(const struct asked *a)
{
    json_t *list = json_in_arena(a->rq->arena, json_array()), *one;
    size_t i;

    json_array_foreach(a->components, i, one)
    {
        const json_t *typed =
            json_object_get(a->typed, control_name(a->rq, one));
        json_int_t quantity =
            json_is_true(typed) ? MICRO : json_integer_value(typed);

        if (quantity > 0) {
            json_array_append_new(list, json_pack("{s:s, s:I}", "component",
                                                  row_text(one, "id"),
                                                  "quantity", quantity));
        }
    }
    return list;
}

/* "components/1/quantity": at the control of the second that was ordered. */
static const char *
control_of(const struct asked *a, const json_t *list, const char *name)
{
    const char *number = strchr(name, '/');
    const json_t *one =
        number ? json_array_get(list, strtoul(number + 1, NULL, 10)) : NULL;

    return one ? arena_printf(a->rq->arena, "quantity.%s",
                              row_text(one, "component"))
               : name;
}

/* Its id; false: there is no such customer, which is said. */
static bool
customer_of(const struct asked *a, const char **id)
{
    const char *number = row_text(a->typed, "customer");
    json_t *row;

    *id = NULL;
    if (!number) {
        return true;
    }
    if (customer_by_number(a->rq->db, a->rq->arena, a->rq->tenant->id, number,
                           &row) != DB_OK) {
        field_fail(&a->rq->errors, "customer", ERR_unknown_customer, 0);
        return false;
    }
    *id = row_text(row, "id");
    return true;
}

/* ---- the answer ---- */

/* clang-format off */
static const struct part {
    const char *name, *title;
} parts[] = {
    {"recurring", N_("A billing period, the first one")},
    {"later", N_("A billing period without the discount")},
    {"one_off", N_("Once")},
    {"now", N_("Billed with the order")},
};
/* clang-format on */

static json_t *
taxes_of(struct request *rq, const json_t *taxes)
{
    json_t *models = json_array(), *tax;
    size_t i;

    json_array_foreach(taxes, i, tax)
    {
        const char *currency = row_text(tax, "currency");

        json_array_append_new(
            models, json_pack("{s:s, s:s, s:s}", "rate_text",
                              text_percent(rq->arena, rq->language,
                                           row_int(tax, "vat_rate")),
                              "net_text",
                              text_money(rq->arena, rq->language,
                                         row_int(tax, "net"), currency),
                              "vat_text",
                              text_money(rq->arena, rq->language,
                                         row_int(tax, "vat"), currency)));
    }
    return models;
}

static json_t *
part_model(struct request *rq, const struct part *part, const json_t *shown)
{
    static const struct list list = {.path = "",
                                     .title = N_("Items"),
                                     .fields = line_columns,
                                     .key = "description",
                                     .order = "description",
                                     .link = ""};
    const json_t *lines = json_object_get(shown, "lines");
    const char *currency = row_text(shown, "currency");
    json_t *model =
        office_table_like(rq, &list, lines, (int)json_array_size(lines));

    model_text(model, "title", i18n(rq->language, part->title));
    json_object_set_new(model, "has_totals", json_true());
    model_text(
        model, "net_text",
        text_money(rq->arena, rq->language, row_int(shown, "net"), currency));
    json_object_set_new(model, "taxes",
                        taxes_of(rq, json_object_get(shown, "taxes")));
    model_text(model, "gross",
               text_amount(rq->arena, row_int(shown, "gross"), currency));
    model_text(
        model, "gross_text",
        text_money(rq->arena, rq->language, row_int(shown, "gross"), currency));
    return model;
}

/* What is empty is left out, and what is the same as before. */
static json_t *
part_models(struct request *rq, const json_t *shown)
{
    json_t *models = json_array();

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const json_t *part = json_object_get(shown, parts[i].name);
        bool same = strcmp(parts[i].name, "later") == 0 &&
                    json_equal(part, json_object_get(shown, "recurring"));

        if (!same && json_array_size(json_object_get(part, "lines")) > 0) {
            json_array_append_new(models, part_model(rq, &parts[i], part));
        }
    }
    return models;
}

/* NULL: something is wrong, which is said, or the database does not answer. */
static json_t *
priced(const struct asked *a, enum db_result *r)
{
    struct request *rq = a->rq;
    struct field_errors errors = {0};
    struct catalog_order order = {.arena = rq->arena,
                                  .tenant = rq->tenant,
                                  .language = rq->language,
                                  .variant = a->variant,
                                  .components = ordered(a),
                                  .setup_name =
                                      i18n(rq->language, N_("Setup fee")),
                                  .coupon = row_text(a->typed, "coupon"),
                                  .errors = &errors};
    struct catalog_priced out;

    if (!customer_of(a, &order.customer)) {
        *r = DB_CHECK;
        return NULL;
    }
    *r = catalog_price(rq->db, &order, &out);
    for (size_t i = 0; i < errors.n; i++) {
        const struct field_error *e = &errors.list[i];

        field_fail(&rq->errors, control_of(a, order.components, e->name),
                   e->code, e->limit);
    }
    if (*r == DB_OK && out.coupon_error != ERR_NONE) {
        field_fail(&rq->errors, "coupon", out.coupon_error, 0);
    }
    return *r == DB_OK ? catalog_priced_shown(rq->arena, &order, &out) : NULL;
}

/* Names are no words of ours: they are not translated. */
static void
set_names(json_t *controls, const json_t *components)
{
    json_t *control, *one;
    size_t i;

    json_array_foreach(controls, i, control)
    {
        one = json_array_get(components, i);
        json_object_set_new(control, "is_plain", json_true());
        if (one) {
            model_text(control, "label", row_text(one, "name"));
        }
    }
}

static void
add_form(const struct asked *a, json_t *model)
{
    struct request *rq = a->rq;
    json_t *controls = field_controls(rq->arena, a->fields, rq->arguments,
                                      &rq->errors, i18n, rq->language);

    set_names(controls, a->components);
    json_object_set(model, "controls", controls);
    json_object_set_new(model, "has_errors", json_boolean(rq->errors.n > 0));
    model_text(model, "form_error", NULL);
    model_text(model, "action",
               arena_printf(rq->arena, "%s%s#price", rq->prefix, rq->path));
    json_object_set_new(model, "has_price", json_true());
}

void
catalog_price_add(struct request *rq, struct response *rs,
                  const json_t *variant)
{
    struct asked a = {.rq = rq, .variant = variant};
    enum db_result r;
    json_t *components, *shown = NULL;

    r = load_components(rq, variant, &components);
    if (r == DB_OK) {
        a.components = components;
        a.fields = fields_of(rq, components);
        a.typed = field_parse(rq->arena, a.fields, rq->arguments, FIELD_FORM,
                              &rq->errors);
        shown = rq->errors.n > 0 ? NULL : priced(&a, &r);
    }
    if (r != DB_OK && r != DB_CHECK) {
        office_refuse(rs, r);
        return;
    }
    add_form(&a, rs->model);
    model_list(rs->model, "parts",
               shown ? part_models(rq, shown) : json_array());
    rs->status = rq->errors.n > 0 ? 422 : 200;
}
