#include "customer/customer.h"

const struct field customer_fields[] = {
    {.name = "number",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Customer number")},
    {.name = "company_name",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Company")},
    {.name = "first_name",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("First name")},
    {.name = "last_name",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Last name")},
    {.name = "email",
     .type = FIELD_EMAIL,
     .flags = FIELD_OUT,
     .label = N_("E-mail address")},
    {.name = "language",
     .type = FIELD_LANGUAGE,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Language")},
    {.name = "street",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Street and number")},
    {.name = "address_extra",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Additional address line")},
    {.name = "postal_code",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Postal code")},
    {.name = "city",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Town")},
    {.name = "country",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Country")},
    {.name = "phone",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Telephone")},
    {.name = "vat_id",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("VAT id")},
    {.name = "birth_date",
     .type = FIELD_DATE,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Date of birth")},
    {.name = "parent",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Customer number of the parent")},
    {.name = "portal_without",
     .type = FIELD_WORDS,
     .flags = FIELD_OUT,
     .label = N_("What the portal leaves out for this customer")},
    {.name = "created",
     .type = FIELD_TIME,
     .flags = FIELD_OUT,
     .label = N_("Created")},
    FIELD_VERSION,
    FIELD_END,
};

/* clang-format off */
/* What may be sent; with PATCH, null empties it. */
#define CUSTOMER_ROWS(nullable, email_flag) \
    {.name = "company_name", \
     .type = FIELD_TEXT, \
     .flags = FIELD_IN | (nullable), \
     .max = 200, \
     .label = N_("Company")}, \
    {.name = "first_name", \
     .type = FIELD_TEXT, \
     .flags = FIELD_IN | (nullable), \
     .max = 100, \
     .label = N_("First name")}, \
    {.name = "last_name", \
     .type = FIELD_TEXT, \
     .flags = FIELD_IN | (nullable), \
     .max = 100, \
     .label = N_("Last name")}, \
    {.name = "email", \
     .type = FIELD_EMAIL, \
     .flags = FIELD_IN | (email_flag), \
     .max = 254, \
     .label = N_("E-mail address")}, \
    {.name = "language", \
     .type = FIELD_LANGUAGE, \
     .flags = FIELD_IN | (nullable), \
     .label = N_("Language")}, \
    {.name = "street", \
     .type = FIELD_TEXT, \
     .flags = FIELD_IN | (nullable), \
     .max = 200, \
     .label = N_("Street and number")}, \
    {.name = "address_extra", \
     .type = FIELD_TEXT, \
     .flags = FIELD_IN | (nullable), \
     .max = 200, \
     .label = N_("Additional address line")}, \
    {.name = "postal_code", \
     .type = FIELD_TEXT, \
     .flags = FIELD_IN | (nullable), \
     .max = 20, \
     .label = N_("Postal code")}, \
    {.name = "city", \
     .type = FIELD_TEXT, \
     .flags = FIELD_IN | (nullable), \
     .max = 100, \
     .label = N_("Town")}, \
    {.name = "country", \
     .type = FIELD_TEXT, \
     .flags = FIELD_IN | (nullable), \
     .min = 2, \
     .max = 2, \
     .label = N_("Country")}, \
    {.name = "phone", \
     .type = FIELD_TEXT, \
     .flags = FIELD_IN | (nullable), \
     .max = 40, \
     .label = N_("Telephone")}, \
    {.name = "vat_id", \
     .type = FIELD_TEXT, \
     .flags = FIELD_IN | (nullable), \
     .max = 20, \
     .label = N_("VAT id")}, \
    {.name = "birth_date", \
     .type = FIELD_DATE, \
     .flags = FIELD_IN | (nullable), \
     .label = N_("Date of birth")}
#define PARENT_ROW(nullable) \
    {.name = "parent", \
     .type = FIELD_TEXT, \
     .flags = FIELD_IN | (nullable), \
     .max = 64, \
     .label = N_("Customer number of the parent")}
#define PORTAL_ROW \
    {.name = "portal_without", \
     .type = FIELD_WORDS, \
     .flags = FIELD_IN, \
     .max = 32, \
     .label = N_("What the portal leaves out for this customer")}
/* clang-format on */

const struct field customer_create_fields[] = {
    {.name = "number",
     .type = FIELD_NAME,
     .flags = FIELD_IN,
     .max = 64,
     .label = N_("Customer number")},
    CUSTOMER_ROWS(0, FIELD_REQUIRED),
    PARENT_ROW(0),
    PORTAL_ROW,
    FIELD_END,
};

const struct field customer_change_fields[] = {
    CUSTOMER_ROWS(FIELD_NULLABLE, FIELD_FILLED),
    PARENT_ROW(FIELD_NULLABLE),
    PORTAL_ROW,
    FIELD_END,
};

const struct field customer_form_new_fields[] = {
    {.name = "number",
     .type = FIELD_NAME,
     .flags = FIELD_IN,
     .max = 64,
     .label = N_("Customer number")},
    CUSTOMER_ROWS(0, FIELD_REQUIRED),
    PARENT_ROW(0),
    FIELD_END,
};

const struct field customer_form_fields[] = {
    CUSTOMER_ROWS(FIELD_NULLABLE, FIELD_REQUIRED),
    PARENT_ROW(FIELD_NULLABLE),
    FIELD_END,
};

const struct field customer_profile_fields[] = {
    CUSTOMER_ROWS(FIELD_NULLABLE, FIELD_REQUIRED),
    FIELD_END,
};

const struct field customer_query_fields[] = {
    {.name = "number",
     .type = FIELD_TEXT,
     .flags = FIELD_IN,
     .max = 64,
     .label = N_("How the customer number begins")},
    {.name = "text",
     .type = FIELD_TEXT,
     .flags = FIELD_IN,
     .max = 100,
     .label = N_("What stands in number, names, e-mail address or town")},
    {.name = "email",
     .type = FIELD_EMAIL,
     .flags = FIELD_IN,
     .max = 254,
     .label = N_("E-mail address")},
    {.name = "parent",
     .type = FIELD_TEXT,
     .flags = FIELD_IN,
     .max = 64,
     .label = N_("Customer number of the parent")},
    {.name = "created_from",
     .type = FIELD_TIME,
     .flags = FIELD_IN,
     .label = N_("Created at this time or later")},
    {.name = "created_before",
     .type = FIELD_TIME,
     .flags = FIELD_IN,
     .label = N_("Created before this time")},
    {.name = "sort",
     .type = FIELD_ENUM,
     .flags = FIELD_IN,
     .choices = "number|-number|created|-created",
     .label = N_("Order; with a minus downwards")},
    LIST_FIELDS,
    FIELD_END,
};

const struct field customer_list_fields[] = {
    {.name = "number",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .label = N_("Customer number")},
    {.name = "company_name",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .label = N_("Company")},
    {.name = "name",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .label = N_("Name")},
    {.name = "email",
     .type = FIELD_EMAIL,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .label = N_("E-mail address")},
    {.name = "city",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .label = N_("Town")},
    {.name = "created",
     .type = FIELD_TIME,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .label = N_("Created")},
    FIELD_END,
};

const struct field customer_portal_fields[] = {
#define FEATURE(feature, text)                                                 \
    {.name = #feature, .type = FIELD_BOOL, .flags = FIELD_IN, .label = text},
#include "tables/features.def"
#undef FEATURE
    FIELD_END,
};
