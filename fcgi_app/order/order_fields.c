#include <string.h>

#include "base/unit.h"
#include "order/order.h"

/* ---- what a new customer is asked for ---- */

const struct field order_buyer_fields[] = {
    {.name = "company_name",
     .type = FIELD_TEXT,
     .flags = FIELD_IN,
     .max = 200,
     .label = N_("Company"),
     .autocomplete = "organization"},
    {.name = "first_name",
     .type = FIELD_TEXT,
     .flags = FIELD_IN,
     .max = 100,
     .label = N_("First name"),
     .autocomplete = "given-name"},
    {.name = "last_name",
     .type = FIELD_TEXT,
     .flags = FIELD_IN,
     .max = 100,
     .label = N_("Last name"),
     .autocomplete = "family-name"},
    {.name = "email",
     .type = FIELD_EMAIL,
     .flags = FIELD_IN,
     .max = 254,
     .label = N_("E-mail address"),
     .autocomplete = "email"},
    {.name = "street",
     .type = FIELD_TEXT,
     .flags = FIELD_IN,
     .max = 200,
     .label = N_("Street and number"),
     .autocomplete = "address-line1"},
    {.name = "address_extra",
     .type = FIELD_TEXT,
     .flags = FIELD_IN,
     .max = 200,
     .label = N_("Additional address line"),
     .autocomplete = "address-line2"},
    {.name = "postal_code",
     .type = FIELD_TEXT,
     .flags = FIELD_IN,
     .max = 20,
     .label = N_("Postal code"),
     .autocomplete = "postal-code"},
    {.name = "city",
     .type = FIELD_TEXT,
     .flags = FIELD_IN,
     .max = 100,
     .label = N_("Town"),
     .autocomplete = "address-level2"},
    {.name = "country",
     .type = FIELD_TEXT,
     .flags = FIELD_IN,
     .min = 2,
     .max = 2,
     .label = N_("Country"),
     .autocomplete = "country"},
    {.name = "phone",
     .type = FIELD_TEXT,
     .flags = FIELD_IN,
     .max = 40,
     .label = N_("Telephone"),
     .autocomplete = "tel"},
    {.name = "vat_id",
     .type = FIELD_TEXT,
     .flags = FIELD_IN,
     .max = 20,
     .label = N_("VAT id")},
    {.name = "birth_date",
     .type = FIELD_DATE,
     .flags = FIELD_IN,
     .label = N_("Date of birth"),
     .autocomplete = "bday"},
    {.name = "delivery_mode",
     .type = FIELD_ENUM,
     .flags = FIELD_IN,
     .choices = "email|post",
     .label = N_("How documents are sent")},
    FIELD_END,
};

/* The setting that rules each of them. */
static const char *const rules[] = {
    "signup_company", "signup_name",    "signup_name",
    "signup_email",   "signup_address", "signup_address_extra",
    "signup_address", "signup_address", "signup_address",
    "signup_phone",   "signup_vat_id",  "signup_birth_date",
    "signup_delivery"};

enum { N_RULES = sizeof rules / sizeof *rules };

const struct field *
order_person_fields(struct arena *a, const struct order_page *page)
{
    struct field *fields = arena_alloc(a, (N_RULES + 1) * sizeof *fields);
    struct field *next = fields;

    memset(fields, 0, (N_RULES + 1) * sizeof *fields);
    for (size_t i = 0; i < N_RULES; i++) {
        if (!order_setting_is(page, rules[i], "hidden")) {
            *next = order_buyer_fields[i];
            if (order_setting_is(page, rules[i], "required")) {
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

/* ---- an order page as forms of the merchant's own have it ---- */

static const struct field offered_fields[] = {
    OUT("id", FIELD_TEXT, 0, N_("Id")),
    OUT("name", FIELD_TEXT, 0, N_("Name")),
    OUT("description", FIELD_TEXT, FIELD_NULLABLE, N_("Description")),
    {.name = "type",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT,
     .choices = "quantity|on_off|metered",
     .label = N_("Type")},
    OUT("orderable", FIELD_BOOL, 0, N_("Can be ordered")),
    {.name = "price_model",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT,
     .choices = "simple|scale|interval",
     .label = N_("Price model")},
    OUT("price", FIELD_DECIMAL, 0, N_("Unit price")),
    {.name = "steps",
     .type = FIELD_RECORDS,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Steps of the price"),
     .fields = catalog_step_fields},
    {.name = "recurrence",
     .type = FIELD_RECORD,
     .flags = FIELD_OUT,
     .label = N_("What the price is for"),
     .fields = unit_recurrence_fields},
    OUT("vat_rate", FIELD_PERCENT, 0, N_("VAT rate")),
    FIELD_END,
};

static const struct field asked_fields[] = {
    OUT("name", FIELD_TEXT, 0, N_("Name")),
    OUT("label", FIELD_TEXT, 0, N_("Label")),
    OUT("required", FIELD_BOOL, 0, N_("Required")),
    FIELD_END,
};

static const struct field way_fields[] = {
    {.name = "kind",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT,
     .choices = "card|on_account",
     .label = N_("Way of payment")},
    OUT("label", FIELD_TEXT, 0, N_("Label")),
    FIELD_END,
};

static const struct field told_term_fields[] = {
    OUT("position", FIELD_INTEGER, 0, N_("Line")),
    OUT("words", FIELD_TEXT, 0, N_("Words")),
    OUT("required", FIELD_BOOL, 0, N_("Has to be ticked")),
    FIELD_END,
};

/* clang-format off */
#define SPAN(column, words) \
    {.name = column, \
     .type = FIELD_RECORD, \
     .flags = FIELD_OUT | FIELD_NULLABLE, \
     .label = words, \
     .fields = unit_span_fields}
/* clang-format on */

const struct field order_offer_fields[] = {
    OUT("variant", FIELD_TEXT, 0, N_("Plan variant")),
    OUT("name", FIELD_TEXT, 0, N_("Name")),
    OUT("description", FIELD_TEXT, FIELD_NULLABLE, N_("Description")),
    OUT("currency", FIELD_TEXT, 0, N_("Currency")),
    OUT("price", FIELD_DECIMAL, 0, N_("Price of a billing period")),
    OUT("setup_fee", FIELD_DECIMAL, 0, N_("Setup fee")),
    OUT("vat_rate", FIELD_PERCENT, 0, N_("VAT rate")),
    {.name = "recurrence",
     .type = FIELD_RECORD,
     .flags = FIELD_OUT,
     .label = N_("How often it is billed"),
     .fields = unit_recurrence_fields},
    OUT("in_advance", FIELD_BOOL, 0, N_("Billed in advance")),
    SPAN("trial", N_("Trial")),
    OUT("trial_end", FIELD_TEXT, 0, N_("After the trial")),
    SPAN("term", N_("First term")),
    SPAN("renewal", N_("Renewed for")),
    SPAN("notice", N_("Notice period")),
    OUT("after_first_term", FIELD_TEXT, 0, N_("After the first term")),
    {.name = "components",
     .type = FIELD_RECORDS,
     .flags = FIELD_OUT,
     .label = N_("Components"),
     .fields = offered_fields},
    {.name = "customer",
     .type = FIELD_RECORDS,
     .flags = FIELD_OUT,
     .label = N_("What a customer is asked for"),
     .fields = asked_fields},
    {.name = "payment",
     .type = FIELD_RECORDS,
     .flags = FIELD_OUT,
     .label = N_("Ways of payment"),
     .fields = way_fields},
    {.name = "terms",
     .type = FIELD_RECORDS,
     .flags = FIELD_OUT,
     .label = N_("Contract terms"),
     .fields = told_term_fields},
    OUT("coupon", FIELD_BOOL, 0, N_("Asks for a coupon code")),
    FIELD_END,
};

const struct field order_wish_fields[] = {CATALOG_WISH_ROWS, FIELD_END};

const struct field order_wished_fields[] = {
    OUT("shown", FIELD_TEXT, 0, N_("What to order it by")),
    {.name = "price",
     .type = FIELD_RECORD,
     .flags = FIELD_OUT,
     .label = N_("Price"),
     .fields = catalog_price_fields},
    FIELD_END,
};

static const struct field accepted_fields[] = {
    {.name = "position",
     .type = FIELD_INTEGER,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .min = 1,
     .max = ORDER_TERMS_MAX,
     .label = N_("Line")},
    FIELD_END,
};

const struct field order_buy_fields[] = {
    CATALOG_WISH_ROWS,
    {.name = "shown",
     .type = FIELD_TEXT,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .max = 64,
     .label = N_("What to order it by")},
    {.name = "customer",
     .type = FIELD_RECORD,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .label = N_("Customer"),
     .fields = order_buyer_fields},
    {.name = "payment",
     .type = FIELD_ENUM,
     .flags = FIELD_IN,
     .choices = "card|on_account",
     .label = N_("Way of payment")},
    {.name = "accepted",
     .type = FIELD_RECORDS,
     .flags = FIELD_IN,
     .max = ORDER_TERMS_MAX,
     .label = N_("Lines that were ticked"),
     .fields = accepted_fields},
    {.name = "url",
     .type = FIELD_TEXT,
     .flags = FIELD_IN,
     .max = 500,
     .label = N_("Page that it was placed on")},
    FIELD_END,
};

const struct field order_bought_fields[] = {
    OUT("id", FIELD_TEXT, 0, N_("Id")),
    OUT("customer", FIELD_TEXT, 0, N_("Customer number")),
    OUT("contract", FIELD_TEXT, 0, N_("Contract")),
    OUT("net", FIELD_MONEY, 0, N_("Billed with the order, net")),
    OUT("gross", FIELD_MONEY, 0, N_("Billed with the order, gross")),
    OUT("placed", FIELD_TIME, 0, N_("Placed")),
    OUT("payment_url", FIELD_TEXT, FIELD_NULLABLE,
        N_("Where the card is asked for")),
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
