#include "catalog/catalog.h"

#include "base/unit.h"

#define STATUSES   "active|archived"
#define NUMBER_MAX 1000000

enum {
    PRICE_MAX = 10000000,
    QUANTITY_MAX = 1000000,
    MICRO = 1000000,
};

/* clang-format off */
#define BOTH (FIELD_IN | FIELD_OUT)

static const struct field text_fields[] = {
    {.name = "language",
     .type = FIELD_LANGUAGE,
     .flags = BOTH | FIELD_REQUIRED,
     .label = N_("Language")},
    {.name = "name",
     .type = FIELD_TEXT,
     .flags = BOTH | FIELD_NULLABLE,
     .max = 200,
     .label = N_("Name")},
    {.name = "description",
     .type = FIELD_LINES,
     .flags = BOTH | FIELD_NULLABLE,
     .max = 2000,
     .label = N_("Description")},
    FIELD_END,
};

const struct field catalog_step_fields[] = {
    {.name = "up_to",
     .type = FIELD_DECIMAL,
     .flags = BOTH | FIELD_NULLABLE,
     .min = 1,
     .max = (long)QUANTITY_MAX * MICRO,
     .label = N_("Up to this quantity")},
    {.name = "price",
     .type = FIELD_DECIMAL,
     .flags = BOTH | FIELD_REQUIRED,
     .min = 0,
     .max = (long)PRICE_MAX * MICRO,
     .label = N_("Unit price")},
    FIELD_END,
};

/* What all kinds have; once: flags of what a new one has to have. */
#define ID_ROW \
    {.name = "id", \
     .type = FIELD_TEXT, \
     .flags = FIELD_OUT, \
     .label = N_("Id")}
#define NAME_ROW(once) \
    {.name = "name", \
     .type = FIELD_TEXT, \
     .flags = once, \
     .max = 200, \
     .label = N_("Internal name")}
#define EXTERNAL_ROW(flag) \
    {.name = "external_id", \
     .type = FIELD_TEXT, \
     .flags = flag, \
     .max = 100, \
     .label = N_("External id")}
#define STATUS_ROW(flag) \
    {.name = "status", \
     .type = FIELD_ENUM, \
     .flags = flag, \
     .choices = STATUSES, \
     .label = N_("Status")}
#define TEXTS_ROW(flag) \
    {.name = "texts", \
     .type = FIELD_RECORDS, \
     .flags = flag, \
     .max = CATALOG_TEXTS_MAX, \
     .label = N_("Texts for customers"), \
     .fields = text_fields}
#define CREATED_ROW \
    {.name = "created", \
     .type = FIELD_TIME, \
     .flags = FIELD_OUT, \
     .label = N_("Created")}
#define FAMILY_ROW(flag) \
    {.name = "family", \
     .type = FIELD_TEXT, \
     .flags = flag, \
     .max = 64, \
     .label = N_("Product family")}
#define VAT_ROW(flag) \
    {.name = "vat_rate", \
     .type = FIELD_PERCENT, \
     .flags = flag, \
     .min = 0, \
     .max = 10000, \
     .label = N_("VAT rate in percent")}
#define CURRENCY_ROW(flag) \
    {.name = "currency", \
     .type = FIELD_TEXT, \
     .flags = flag, \
     .min = 3, \
     .max = 3, \
     .label = N_("Currency")}
#define RECURRENCE_ROW(flag, words) \
    {.name = "recurrence", \
     .type = FIELD_RECORD, \
     .flags = flag, \
     .label = words, \
     .fields = unit_recurrence_fields}
#define SPAN_ROW(field, flag, words) \
    {.name = field, \
     .type = FIELD_RECORD, \
     .flags = flag, \
     .label = words, \
     .fields = unit_span_fields}
#define BOOL_ROW(field, flag, words) \
    {.name = field, .type = FIELD_BOOL, .flags = flag, .label = words}
#define PRICE_ROW(field, flag, words) \
    {.name = field, \
     .type = FIELD_DECIMAL, \
     .flags = flag, \
     .min = 0, \
     .max = (long)PRICE_MAX * MICRO, \
     .label = words}
#define LIMIT_ROW(field, flag, words) \
    {.name = field, \
     .type = FIELD_INTEGER, \
     .flags = flag, \
     .min = 1, \
     .max = NUMBER_MAX, \
     .label = words}
#define DAY_ROW(field, flag, words) \
    {.name = field, .type = FIELD_DATE, .flags = flag, .label = words}
#define CHOICE_ROW(field, flag, values, words) \
    {.name = field, \
     .type = FIELD_ENUM, \
     .flags = flag, \
     .choices = values, \
     .label = words}
#define SAID_ROW(field, flag, values, read, words) \
    {.name = field, \
     .type = FIELD_ENUM, \
     .flags = flag, \
     .choices = values, \
     .said = read, \
     .label = words}

/* once: of what has to be there; always: of what has a default; null: of what
 * can be empty. */
#define FAMILY_ROWS(once, always, null) \
    NAME_ROW(once), \
    EXTERNAL_ROW(null), \
    CURRENCY_ROW(once), \
    VAT_ROW(once), \
    STATUS_ROW(always), \
    TEXTS_ROW(null)
#define PLAN_ROWS(once, always, null) \
    NAME_ROW(once), \
    EXTERNAL_ROW(null), \
    STATUS_ROW(always), \
    TEXTS_ROW(null)
#define VARIANT_ROWS(once, always, null) \
    NAME_ROW(once), \
    EXTERNAL_ROW(null), \
    BOOL_ROW("self_service", always, \
             N_("Allow self-service sign-up for this variant")), \
    PRICE_ROW("price", once, N_("Price of a billing period")), \
    PRICE_ROW("setup_fee", always, N_("Setup fee")), \
    VAT_ROW(null), \
    RECURRENCE_ROW(once, N_("How often it is billed")), \
    BOOL_ROW("in_advance", always, N_("Billed in advance")), \
    SPAN_ROW("trial", null, N_("Trial")), \
    SAID_ROW("trial_end", always, "continue|end", \
             CATALOG_TRIAL_END_SAID, N_("After the trial")), \
    SPAN_ROW("term", null, N_("First term")), \
    SPAN_ROW("renewal", null, N_("Renewed for")), \
    SPAN_ROW("notice", null, N_("Notice period")), \
    SAID_ROW("after_first_term", always, "renew|end|change", \
             CATALOG_AFTER_TERM_SAID, N_("After the first term")), \
    {.name = "next_variant", \
     .type = FIELD_TEXT, \
     .flags = null, \
     .max = 64, \
     .label = N_("Variant after the first term")}, \
    STATUS_ROW(always), \
    TEXTS_ROW(null)
#define COMPONENT_ROWS(once, always, null) \
    NAME_ROW(once), \
    EXTERNAL_ROW(null), \
    CHOICE_ROW("type", once, "quantity|on_off|metered", \
               N_("Type")), \
    CHOICE_ROW("price_model", always, "simple|scale|interval", \
               N_("Price model")), \
    PRICE_ROW("price", always, N_("Unit price")), \
    {.name = "steps", \
     .type = FIELD_RECORDS, \
     .flags = null, \
     .max = CATALOG_STEPS_MAX, \
     .label = N_("Steps of the price"), \
     .fields = catalog_step_fields}, \
    RECURRENCE_ROW(always, N_("What the price is for")), \
    VAT_ROW(null), \
    BOOL_ROW("self_service", always, \
             N_("Show in self-service sign-up")), \
    BOOL_ROW("price_information", always, \
             N_("Show as price information in self-service")), \
    STATUS_ROW(always), \
    TEXTS_ROW(null)
#define DISCOUNT_ROWS(once, always, null) \
    NAME_ROW(once), \
    CHOICE_ROW("kind", once, "percent|amount", N_("Kind")), \
    {.name = "percent", \
     .type = FIELD_PERCENT, \
     .flags = null, \
     .min = 1, \
     .max = 10000, \
     .label = N_("Percent")}, \
    {.name = "amount", \
     .type = FIELD_MONEY, \
     .flags = null, \
     .label = N_("Amount")}, \
    SAID_ROW("applies_to", always, "recurring|one_off|all", \
             CATALOG_APPLIES_TO_SAID, N_("Taken off")), \
    LIMIT_ROW("periods", null, \
              N_("For how many billing periods")), \
    STATUS_ROW(always), \
    TEXTS_ROW(null)
#define COUPON_ROWS(once, always, null) \
    {.name = "discount", \
     .type = FIELD_TEXT, \
     .flags = once, \
     .max = 64, \
     .label = N_("Discount")}, \
    {.name = "plans", \
     .type = FIELD_WORDS, \
     .flags = (null) & ~FIELD_NULLABLE, \
     .max = CATALOG_PLANS_MAX, \
     .label = N_("Only for these plans")}, \
    DAY_ROW("valid_from", null, N_("Valid from")), \
    DAY_ROW("valid_until", null, N_("Valid until")), \
    LIMIT_ROW("limit_total", null, N_("How often in total")), \
    LIMIT_ROW("limit_customer", null, \
              N_("How often for a customer")), \
    STATUS_ROW(always)

#define SHOWN FIELD_OUT, FIELD_OUT, FIELD_OUT | FIELD_NULLABLE
#define MADE FIELD_IN | FIELD_REQUIRED, FIELD_IN, FIELD_IN | FIELD_NULLABLE
#define CHANGED \
    FIELD_IN | FIELD_FILLED, FIELD_IN | FIELD_FILLED, FIELD_IN | FIELD_NULLABLE
#define EXPAND(rows, flags) rows(flags)
#define CODE_ROW(flag) \
    {.name = "code", \
     .type = FIELD_TEXT, \
     .flags = flag, \
     .max = 64, \
     .label = N_("Code")}
#define PLAN_OF_ROW(flag) \
    {.name = "plan", \
     .type = FIELD_TEXT, \
     .flags = flag, \
     .max = 64, \
     .label = N_("Plan")}

const struct field family_fields[] = {
    ID_ROW,
    EXPAND(FAMILY_ROWS, SHOWN),
    BOOL_ROW("complete", FIELD_OUT,
             N_("Everything on its order page has a name")),
    CREATED_ROW,
    FIELD_VERSION,
    FIELD_END,
};
const struct field family_create_fields[] = {EXPAND(FAMILY_ROWS, MADE),
                                             FIELD_END};
const struct field family_change_fields[] = {EXPAND(FAMILY_ROWS, CHANGED),
                                             FIELD_END};

const struct field plan_fields[] = {
    ID_ROW,
    FAMILY_ROW(FIELD_OUT),
    EXPAND(PLAN_ROWS, SHOWN),
    CREATED_ROW,
    FIELD_VERSION,
    FIELD_END,
};
const struct field plan_create_fields[] = {
    FAMILY_ROW(FIELD_IN | FIELD_REQUIRED), EXPAND(PLAN_ROWS, MADE), FIELD_END};
const struct field plan_change_fields[] = {EXPAND(PLAN_ROWS, CHANGED),
                                           FIELD_END};

const struct field variant_fields[] = {
    ID_ROW,
    PLAN_OF_ROW(FIELD_OUT),
    FAMILY_ROW(FIELD_OUT),
    EXPAND(VARIANT_ROWS, SHOWN),
    CURRENCY_ROW(FIELD_OUT),
    BOOL_ROW("orderable", FIELD_OUT, N_("Has an order page")),
    CREATED_ROW,
    FIELD_VERSION,
    FIELD_END,
};
const struct field variant_create_fields[] = {
    PLAN_OF_ROW(FIELD_IN | FIELD_REQUIRED), EXPAND(VARIANT_ROWS, MADE),
    FIELD_END};
const struct field variant_change_fields[] = {EXPAND(VARIANT_ROWS, CHANGED),
                                              FIELD_END};

const struct field component_fields[] = {
    ID_ROW,
    FAMILY_ROW(FIELD_OUT),
    EXPAND(COMPONENT_ROWS, SHOWN),
    CURRENCY_ROW(FIELD_OUT),
    CREATED_ROW,
    FIELD_VERSION,
    FIELD_END,
};
const struct field component_create_fields[] = {
    FAMILY_ROW(FIELD_IN | FIELD_REQUIRED), EXPAND(COMPONENT_ROWS, MADE),
    FIELD_END};
const struct field component_change_fields[] = {EXPAND(COMPONENT_ROWS, CHANGED),
                                                FIELD_END};

const struct field discount_fields[] = {
    ID_ROW,
    EXPAND(DISCOUNT_ROWS, SHOWN),
    CREATED_ROW,
    FIELD_VERSION,
    FIELD_END,
};
const struct field discount_create_fields[] = {EXPAND(DISCOUNT_ROWS, MADE),
                                               FIELD_END};
const struct field discount_change_fields[] = {EXPAND(DISCOUNT_ROWS, CHANGED),
                                               FIELD_END};

const struct field coupon_fields[] = {
    ID_ROW,
    CODE_ROW(FIELD_OUT),
    EXPAND(COUPON_ROWS, SHOWN),
    {.name = "used",
     .type = FIELD_INTEGER,
     .flags = FIELD_OUT,
     .label = N_("How often it was used")},
    CREATED_ROW,
    FIELD_VERSION,
    FIELD_END,
};
const struct field coupon_create_fields[] = {
    CODE_ROW(FIELD_IN | FIELD_REQUIRED), EXPAND(COUPON_ROWS, MADE), FIELD_END};
const struct field coupon_change_fields[] = {EXPAND(COUPON_ROWS, CHANGED),
                                             FIELD_END};

/* ---- what lists are asked ---- */

#define QUERY(fields, parent, words, named, what) \
    const struct field fields[] = { \
        {.name = parent, \
         .type = FIELD_TEXT, \
         .flags = FIELD_IN, \
         .max = 64, \
         .label = words}, \
        {.name = named, \
         .type = FIELD_TEXT, \
         .flags = FIELD_IN, \
         .max = 200, \
         .label = what}, \
        STATUS_ROW(FIELD_IN), \
        LIST_FIELDS, \
        FIELD_END, \
    }
QUERY(family_query_fields, "id", N_("Id"), "external_id", N_("External id"));
QUERY(plan_query_fields, "family", N_("Product family"), "external_id",
      N_("External id"));
QUERY(variant_query_fields, "plan", N_("Plan"), "external_id",
      N_("External id"));
QUERY(component_query_fields, "family", N_("Product family"), "external_id",
      N_("External id"));
QUERY(discount_query_fields, "id", N_("Id"), "name", N_("Internal name"));
QUERY(coupon_query_fields, "discount", N_("Discount"), "code", N_("Code"));

/* ---- lists of the back office ---- */

#define COLUMN(field, kind, words) \
    {.name = field, \
     .type = kind, \
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT, \
     .label = words}
#define COLUMN_CHOICE(field, values, words) \
    {.name = field, \
     .type = FIELD_ENUM, \
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT, \
     .choices = values, \
     .label = words}
/* What a list is narrowed by from another page; nobody types an id. */
#define NARROWED_BY(field) \
    {.name = field, .type = FIELD_TEXT, .flags = FIELD_FILTER}

const struct field family_list_fields[] = {
    COLUMN("name", FIELD_TEXT, N_("Internal name")),
    COLUMN("external_id", FIELD_TEXT, N_("External id")),
    COLUMN("currency", FIELD_TEXT, N_("Currency")),
    {.name = "vat_rate",
     .type = FIELD_PERCENT,
     .flags = FIELD_OUT | FIELD_SORT,
     .label = N_("VAT rate in percent")},
    COLUMN_CHOICE("status", STATUSES, N_("Status")),
    COLUMN("created", FIELD_TIME, N_("Created")),
    FIELD_END,
};

const struct field plan_list_fields[] = {
    COLUMN("name", FIELD_TEXT, N_("Internal name")),
    COLUMN("family_name", FIELD_TEXT, N_("Product family")),
    COLUMN("external_id", FIELD_TEXT, N_("External id")),
    {.name = "variants",
     .type = FIELD_INTEGER,
     .flags = FIELD_OUT | FIELD_SORT,
     .label = N_("Variants")},
    COLUMN_CHOICE("status", STATUSES, N_("Status")),
    COLUMN("created", FIELD_TIME, N_("Created")),
    NARROWED_BY("family"),
    FIELD_END,
};

const struct field variant_list_fields[] = {
    COLUMN("name", FIELD_TEXT, N_("Internal name")),
    COLUMN("plan_name", FIELD_TEXT, N_("Plan")),
    COLUMN("external_id", FIELD_TEXT, N_("External id")),
    {.name = "price",
     .type = FIELD_DECIMAL,
     .flags = FIELD_OUT,
     .label = N_("Price")},
    {.name = "self_service",
     .type = FIELD_BOOL,
     .flags = FIELD_OUT | FIELD_SORT,
     .label = N_("Self-service sign-up")},
    {.name = "orderable",
     .type = FIELD_BOOL,
     .flags = FIELD_OUT | FIELD_SORT,
     .label = N_("Has an order page")},
    COLUMN_CHOICE("status", STATUSES, N_("Status")),
    COLUMN("created", FIELD_TIME, N_("Created")),
    NARROWED_BY("plan"),
    NARROWED_BY("family"),
    FIELD_END,
};

const struct field component_list_fields[] = {
    COLUMN("name", FIELD_TEXT, N_("Internal name")),
    COLUMN("family_name", FIELD_TEXT, N_("Product family")),
    COLUMN("external_id", FIELD_TEXT, N_("External id")),
    COLUMN_CHOICE("type", "quantity|on_off|metered", N_("Type")),
    COLUMN_CHOICE("price_model", "simple|scale|interval", N_("Price model")),
    COLUMN_CHOICE("status", STATUSES, N_("Status")),
    COLUMN("created", FIELD_TIME, N_("Created")),
    NARROWED_BY("family"),
    FIELD_END,
};

const struct field discount_list_fields[] = {
    COLUMN("name", FIELD_TEXT, N_("Internal name")),
    COLUMN_CHOICE("kind", "percent|amount", N_("Kind")),
    {.name = "applies_to",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .choices = "recurring|one_off|all",
     .said = CATALOG_APPLIES_TO_SAID,
     .label = N_("Taken off")},
    COLUMN_CHOICE("status", STATUSES, N_("Status")),
    COLUMN("created", FIELD_TIME, N_("Created")),
    FIELD_END,
};

const struct field coupon_list_fields[] = {
    COLUMN("code", FIELD_TEXT, N_("Code")),
    COLUMN("discount_name", FIELD_TEXT, N_("Discount")),
    COLUMN("valid_from", FIELD_DATE, N_("Valid from")),
    COLUMN("valid_until", FIELD_DATE, N_("Valid until")),
    {.name = "used",
     .type = FIELD_INTEGER,
     .flags = FIELD_OUT | FIELD_SORT,
     .label = N_("How often it was used")},
    COLUMN_CHOICE("status", STATUSES, N_("Status")),
    COLUMN("created", FIELD_TIME, N_("Created")),
    NARROWED_BY("discount"),
    FIELD_END,
};

const struct field coupon_use_list_fields[] = {
    COLUMN("customer", FIELD_TEXT, N_("Customer number")),
    COLUMN("name", FIELD_TEXT, N_("Name")),
    COLUMN("code", FIELD_TEXT, N_("Code")),
    COLUMN("reference", FIELD_TEXT, N_("Reference")),
    COLUMN("at", FIELD_TIME, N_("Time")),
    NARROWED_BY("coupon"),
    FIELD_END,
};
/* clang-format on */
