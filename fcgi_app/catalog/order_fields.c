#include "catalog/order.h"

enum { QUANTITY_MAX = 1000000, MICRO = 1000000 };

const struct field catalog_wish_fields[] = {
    {.name = "component",
     .type = FIELD_TEXT,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .max = 64,
     .label = N_("Component")},
    {.name = "quantity",
     .type = FIELD_DECIMAL,
     .flags = FIELD_IN,
     .min = 0,
     .max = (long)QUANTITY_MAX * MICRO,
     .label = N_("Quantity")},
    FIELD_END,
};

const struct field catalog_order_fields[] = {
    CATALOG_WISH_ROWS,
    {.name = "customer",
     .type = FIELD_TEXT,
     .flags = FIELD_IN,
     .max = 64,
     .label = N_("Customer number")},
    {.name = "language",
     .type = FIELD_LANGUAGE,
     .flags = FIELD_IN,
     .label = N_("Language")},
    FIELD_END,
};

static const struct field line_fields[] = {
    {.name = "kind",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT,
     .choices = "plan|component|setup|discount",
     .label = N_("Kind")},
    {.name = "id", .type = FIELD_TEXT, .flags = FIELD_OUT, .label = N_("Id")},
    {.name = "description",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Description")},
    {.name = "quantity",
     .type = FIELD_DECIMAL,
     .flags = FIELD_OUT,
     .label = N_("Quantity")},
    {.name = "unit_price",
     .type = FIELD_DECIMAL,
     .flags = FIELD_OUT,
     .label = N_("Unit price")},
    {.name = "vat_rate",
     .type = FIELD_PERCENT,
     .flags = FIELD_OUT,
     .label = N_("VAT rate")},
    {.name = "net",
     .type = FIELD_MONEY,
     .flags = FIELD_OUT,
     .label = N_("Net")},
    FIELD_END,
};

static const struct field tax_fields[] = {
    {.name = "vat_rate",
     .type = FIELD_PERCENT,
     .flags = FIELD_OUT,
     .label = N_("VAT rate")},
    {.name = "net",
     .type = FIELD_MONEY,
     .flags = FIELD_OUT,
     .label = N_("Net")},
    {.name = "vat",
     .type = FIELD_MONEY,
     .flags = FIELD_OUT,
     .label = N_("VAT")},
    FIELD_END,
};

static const struct field part_fields[] = {
    {.name = "lines",
     .type = FIELD_RECORDS,
     .flags = FIELD_OUT,
     .label = N_("Lines"),
     .fields = line_fields},
    {.name = "taxes",
     .type = FIELD_RECORDS,
     .flags = FIELD_OUT,
     .label = N_("VAT by rate"),
     .fields = tax_fields},
    {.name = "net",
     .type = FIELD_MONEY,
     .flags = FIELD_OUT,
     .label = N_("Net")},
    {.name = "vat",
     .type = FIELD_MONEY,
     .flags = FIELD_OUT,
     .label = N_("VAT")},
    {.name = "gross",
     .type = FIELD_MONEY,
     .flags = FIELD_OUT,
     .label = N_("Gross")},
    FIELD_END,
};

static const struct field coupon_fields_out[] = {
    {.name = "code",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Code")},
    {.name = "id",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Id")},
    {.name = "error",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Why it cannot be used")},
    FIELD_END,
};

/* clang-format off */
#define PART(part, words) \
    {.name = part, \
     .type = FIELD_RECORD, \
     .flags = FIELD_OUT, \
     .label = words, \
     .fields = part_fields}
/* clang-format on */

static const struct field next_fields[] = {
    {.name = "variant",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Plan variant")},
    {.name = "name",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Name")},
    PART("recurring", N_("A billing period")),
    FIELD_END,
};

const struct field catalog_price_fields[] = {
    {.name = "variant",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Plan variant")},
    {.name = "currency",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Currency")},
    PART("recurring", N_("A billing period, the first one")),
    PART("later", N_("A billing period without the discount")),
    PART("one_off", N_("Once")),
    PART("now", N_("Billed with the order")),
    {.name = "coupon",
     .type = FIELD_RECORD,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Coupon code"),
     .fields = coupon_fields_out},
    {.name = "next",
     .type = FIELD_RECORD,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("What it changes to after its first term"),
     .fields = next_fields},
    FIELD_END,
};
