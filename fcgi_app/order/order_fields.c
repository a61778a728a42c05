#include <string.h>

#include "order/order.h"

/* ---- what a new customer is asked for ---- */

/* The setting that rules a field, and the field. */
static const struct row {
    const char *rule;
    struct field field;
} rows[] = {
    {"signup_company",
     {.name = "company_name",
      .type = FIELD_TEXT,
      .max = 200,
      .label = N_("Company"),
      .autocomplete = "organization"}},
    {"signup_name",
     {.name = "first_name",
      .type = FIELD_TEXT,
      .max = 100,
      .label = N_("First name"),
      .autocomplete = "given-name"}},
    {"signup_name",
     {.name = "last_name",
      .type = FIELD_TEXT,
      .max = 100,
      .label = N_("Last name"),
      .autocomplete = "family-name"}},
    {"signup_email",
     {.name = "email",
      .type = FIELD_EMAIL,
      .max = 254,
      .label = N_("E-mail address"),
      .autocomplete = "email"}},
    {"signup_address",
     {.name = "street",
      .type = FIELD_TEXT,
      .max = 200,
      .label = N_("Street and number"),
      .autocomplete = "address-line1"}},
    {"signup_address_extra",
     {.name = "address_extra",
      .type = FIELD_TEXT,
      .max = 200,
      .label = N_("Additional address line"),
      .autocomplete = "address-line2"}},
    {"signup_address",
     {.name = "postal_code",
      .type = FIELD_TEXT,
      .max = 20,
      .label = N_("Postal code"),
      .autocomplete = "postal-code"}},
    {"signup_address",
     {.name = "city",
      .type = FIELD_TEXT,
      .max = 100,
      .label = N_("Town"),
      .autocomplete = "address-level2"}},
    {"signup_address",
     {.name = "country",
      .type = FIELD_TEXT,
      .min = 2,
      .max = 2,
      .label = N_("Country"),
      .autocomplete = "country"}},
    {"signup_phone",
     {.name = "phone",
      .type = FIELD_TEXT,
      .max = 40,
      .label = N_("Telephone"),
      .autocomplete = "tel"}},
    {"signup_vat_id",
     {.name = "vat_id", .type = FIELD_TEXT, .max = 20, .label = N_("VAT id")}},
    {"signup_birth_date",
     {.name = "birth_date",
      .type = FIELD_DATE,
      .label = N_("Date of birth"),
      .autocomplete = "bday"}},
    {"signup_delivery",
     {.name = "delivery_mode",
      .type = FIELD_ENUM,
      .choices = "email|post",
      .label = N_("How documents are sent")}},
};

enum { N_ROWS = sizeof rows / sizeof *rows };

const struct field *
order_person_fields(struct arena *a, const struct order_page *page)
{
    struct field *fields = arena_alloc(a, (N_ROWS + 1) * sizeof *fields);
    struct field *next = fields;

    memset(fields, 0, (N_ROWS + 1) * sizeof *fields);
    for (size_t i = 0; i < N_ROWS; i++) {
        if (!order_setting_is(page, rows[i].rule, "hidden")) {
            *next = rows[i].field;
            next->flags = FIELD_IN;
            if (order_setting_is(page, rows[i].rule, "required")) {
                next->flags |= FIELD_REQUIRED;
            }
            next++;
        }
    }
    return fields;
}

/* ---- as others see one ---- */

/* clang-format off */
#define OUT(column, kind, more, words) \
    {.name = column, \
     .type = kind, \
     .flags = FIELD_OUT | (more), \
     .label = words}
/* clang-format on */

/* clang-format off */
#define ORDER_ROWS \
    OUT("id", FIELD_TEXT, 0, N_("Id")), \
    OUT("customer", FIELD_TEXT, 0, N_("Customer number")), \
    OUT("contract", FIELD_TEXT, 0, N_("Contract")), \
    OUT("variant", FIELD_TEXT, 0, N_("Plan variant")), \
    OUT("coupon", FIELD_TEXT, FIELD_NULLABLE, N_("Coupon code")), \
    OUT("net", FIELD_MONEY, 0, N_("Billed with the order, net")), \
    OUT("gross", FIELD_MONEY, 0, N_("Billed with the order, gross")), \
    OUT("language", FIELD_LANGUAGE, 0, N_("Language")), \
    OUT("url", FIELD_TEXT, FIELD_NULLABLE, N_("Page that it was placed on")), \
    OUT("placed", FIELD_TIME, 0, N_("Placed")), \
    OUT("placed_by", FIELD_TEXT, 0, N_("Placed by"))
/* clang-format on */
const struct field order_fields[] = {ORDER_ROWS, FIELD_END};

const struct field order_one_fields[] = {
    ORDER_ROWS,
    {.name = "terms",
     .type = FIELD_RECORDS,
     .flags = FIELD_OUT,
     .label = N_("Contract terms, as they were shown"),
     .fields = order_term_fields},
    FIELD_END,
};

/* ---- what is sent of a new one ---- */

static const struct field term_in_fields[] = {
    {.name = "words",
     .type = FIELD_TEXT,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .max = 2000,
     .label = N_("Words")},
    {.name = "required",
     .type = FIELD_BOOL,
     .flags = FIELD_IN,
     .label = N_("Ticked")},
    FIELD_END,
};

const struct field order_new_fields[] = {
    {.name = "variant",
     .type = FIELD_TEXT,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .max = 64,
     .label = N_("Plan variant")},
    {.name = "customer",
     .type = FIELD_TEXT,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .max = 64,
     .label = N_("Customer number")},
    CATALOG_WISH_ROWS,
    {.name = "language",
     .type = FIELD_LANGUAGE,
     .flags = FIELD_IN,
     .label = N_("Language")},
    {.name = "gross",
     .type = FIELD_MONEY,
     .flags = FIELD_IN,
     .label = N_("Billed with the order, gross")},
    {.name = "delivery_mode",
     .type = FIELD_ENUM,
     .flags = FIELD_IN,
     .choices = "email|none|post",
     .label = N_("How documents are sent")},
    {.name = "url",
     .type = FIELD_TEXT,
     .flags = FIELD_IN,
     .max = 500,
     .label = N_("Page that it was placed on")},
    {.name = "terms",
     .type = FIELD_RECORDS,
     .flags = FIELD_IN,
     .max = ORDER_TERMS_MAX,
     .label = N_("Contract terms, as they were shown"),
     .fields = term_in_fields},
    FIELD_END,
};

const struct field order_query_fields[] = {
    {.name = "customer",
     .type = FIELD_TEXT,
     .flags = FIELD_IN,
     .max = 64,
     .label = N_("Customer number")},
    {.name = "contract",
     .type = FIELD_TEXT,
     .flags = FIELD_IN,
     .max = 64,
     .label = N_("Contract")},
    LIST_FIELDS,
    FIELD_END,
};

const struct field order_list_fields[] = {
    OUT("placed", FIELD_TIME, FIELD_SORT | FIELD_FILTER, N_("Placed")),
    OUT("customer", FIELD_TEXT, FIELD_FILTER, N_("Customer number")),
    OUT("customer_name", FIELD_TEXT, FIELD_FILTER, N_("Customer")),
    OUT("contract", FIELD_TEXT, FIELD_FILTER, N_("Contract")),
    OUT("contract_name", FIELD_TEXT, FIELD_FILTER, N_("Name")),
    OUT("coupon", FIELD_TEXT, FIELD_FILTER, N_("Coupon code")),
    OUT("gross", FIELD_MONEY, 0, N_("First invoice, gross")),
    FIELD_END,
};

const struct field order_page_fields[] = {
    OUT("placed", FIELD_TIME, 0, N_("Placed")),
    OUT("customer", FIELD_TEXT, 0, N_("Customer number")),
    OUT("contract", FIELD_TEXT, 0, N_("Contract")),
    OUT("contract_name", FIELD_TEXT, 0, N_("Name")),
    OUT("coupon", FIELD_TEXT, 0, N_("Coupon code")),
    OUT("net", FIELD_MONEY, 0, N_("First invoice, net")),
    OUT("gross", FIELD_MONEY, 0, N_("First invoice, gross")),
    OUT("language", FIELD_LANGUAGE, 0, N_("Language")),
    OUT("url", FIELD_TEXT, 0, N_("Page that it was placed on")),
    FIELD_END,
};

const struct field order_term_fields[] = {
    OUT("position", FIELD_INTEGER, 0, N_("Line")),
    OUT("words", FIELD_TEXT, 0, N_("Words")),
    OUT("required", FIELD_BOOL, 0, N_("Ticked")),
    OUT("hash", FIELD_TEXT, 0, N_("BLAKE2b of the words")),
    FIELD_END,
};
