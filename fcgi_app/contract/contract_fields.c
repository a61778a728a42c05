#include "contract/contract.h"

#include "base/unit.h"

enum {
    QUANTITY_MAX = 1000000,
    PRICE_MAX = 10000000,
    MICRO = 1000000,
    DUE_DAYS_MAX = 365,
};

/* clang-format off */
#define BOTH (FIELD_IN | FIELD_OUT)

const struct field contract_item_fields[] = {
    {.name = "description",
     .type = FIELD_TEXT,
     .flags = BOTH | FIELD_REQUIRED,
     .max = 500,
     .label = N_("Description")},
    {.name = "quantity",
     .type = FIELD_DECIMAL,
     .flags = BOTH | FIELD_REQUIRED,
     .min = 1,
     .max = (long)QUANTITY_MAX * MICRO,
     .label = N_("Quantity")},
    {.name = "unit_price",
     .type = FIELD_DECIMAL,
     .flags = BOTH | FIELD_REQUIRED,
     .min = -(long)PRICE_MAX * MICRO,
     .max = (long)PRICE_MAX * MICRO,
     .label = N_("Unit price")},
    {.name = "vat_rate",
     .type = FIELD_PERCENT,
     .flags = BOTH | FIELD_REQUIRED,
     .min = 0,
     .max = 10000,
     .label = N_("VAT rate in percent")},
    {.name = "since",
     .type = FIELD_DATE,
     .flags = BOTH | FIELD_NULLABLE,
     .label = N_("For periods from")},
    {.name = "until",
     .type = FIELD_DATE,
     .flags = BOTH | FIELD_NULLABLE,
     .label = N_("For periods before")},
    FIELD_END,
};

/* What is sent of a new one and of a change; once: flags of what a new one has
 * to have, again: of what a change cannot empty, or can. */
#define NAME_ROW(once) \
    {.name = "name", \
     .type = FIELD_TEXT, \
     .flags = once, \
     .max = 200, \
     .label = N_("Name")}
#define PLAN_ROW(nullable) \
    {.name = "plan", \
     .type = FIELD_TEXT, \
     .flags = nullable, \
     .max = 100, \
     .label = N_("Plan")}
#define CURRENCY_ROW(once) \
    {.name = "currency", \
     .type = FIELD_TEXT, \
     .flags = once, \
     .min = 3, \
     .max = 3, \
     .label = N_("Currency")}
#define START_ROW(once) \
    {.name = "start", \
     .type = FIELD_DATE, \
     .flags = once, \
     .label = N_("Begins")}
#define RHYTHM_ROWS(once, always) \
    {.name = "recurrence", \
     .type = FIELD_RECORD, \
     .flags = once, \
     .label = N_("How often it is billed"), \
     .fields = unit_recurrence_fields}, \
    {.name = "in_advance", \
     .type = FIELD_BOOL, \
     .flags = always, \
     .label = N_("Billed in advance")}
#define SPAN_ROWS(nullable) \
    {.name = "term", \
     .type = FIELD_RECORD, \
     .flags = nullable, \
     .label = N_("First term"), \
     .fields = unit_span_fields}, \
    {.name = "renewal", \
     .type = FIELD_RECORD, \
     .flags = nullable, \
     .label = N_("Renewed for"), \
     .fields = unit_span_fields}, \
    {.name = "notice", \
     .type = FIELD_RECORD, \
     .flags = nullable, \
     .label = N_("Notice period"), \
     .fields = unit_span_fields}
#define TERM_ROWS(nullable) \
    SPAN_ROWS(nullable), \
    {.name = "due_days", \
     .type = FIELD_INTEGER, \
     .flags = nullable, \
     .max = DUE_DAYS_MAX, \
     .label = N_("Days until an invoice is due")}
#define DELIVERY_ROW(once) \
    {.name = "delivery_mode", \
     .type = FIELD_ENUM, \
     .flags = once, \
     .choices = "email|none|post", \
     .label = N_("Delivery of invoices")}
#define ITEMS_ROW(once) \
    {.name = "items", \
     .type = FIELD_RECORDS, \
     .flags = once, \
     .max = CONTRACT_ITEMS_MAX, \
     .label = N_("Items"), \
     .fields = contract_item_fields}
/* clang-format on */

static const struct field coming_fields[] = {
    {.name = "on",
     .type = FIELD_DATE,
     .flags = FIELD_OUT,
     .label = N_("Changes on")},
    NAME_ROW(FIELD_OUT),
    PLAN_ROW(FIELD_OUT | FIELD_NULLABLE),
    RHYTHM_ROWS(FIELD_OUT, FIELD_OUT),
    SPAN_ROWS(FIELD_OUT | FIELD_NULLABLE),
    FIELD_END,
};

const struct field contract_fields[] = {
    {.name = "ref",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Reference")},
    {.name = "customer",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Customer number")},
    NAME_ROW(FIELD_OUT),
    {.name = "status",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT,
     .choices = "draft|active|cancelled|ended",
     .label = N_("Status")},
    PLAN_ROW(FIELD_OUT | FIELD_NULLABLE),
    CURRENCY_ROW(FIELD_OUT),
    START_ROW(FIELD_OUT),
    {.name = "end",
     .type = FIELD_DATE,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Last day")},
    {.name = "cancelled_on",
     .type = FIELD_DATE,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Notice given on")},
    RHYTHM_ROWS(FIELD_OUT, FIELD_OUT),
    TERM_ROWS(FIELD_OUT | FIELD_NULLABLE),
    {.name = "change",
     .type = FIELD_RECORD,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("What it becomes"),
     .fields = coming_fields},
    DELIVERY_ROW(FIELD_OUT),
    ITEMS_ROW(FIELD_OUT),
    {.name = "billed_until",
     .type = FIELD_DATE,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Billed until")},
    {.name = "next_billing",
     .type = FIELD_DATE,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Next billing")},
    {.name = "created",
     .type = FIELD_TIME,
     .flags = FIELD_OUT,
     .label = N_("Created")},
    FIELD_VERSION,
    FIELD_END,
};

const struct field contract_create_fields[] = {
    {.name = "customer",
     .type = FIELD_TEXT,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .max = 64,
     .label = N_("Customer number")},
    {.name = "ref",
     .type = FIELD_NAME,
     .flags = FIELD_IN,
     .max = 64,
     .label = N_("Reference")},
    {.name = "status",
     .type = FIELD_ENUM,
     .flags = FIELD_IN,
     .choices = "active|draft",
     .label = N_("Status")},
    NAME_ROW(FIELD_IN | FIELD_REQUIRED),
    PLAN_ROW(FIELD_IN),
    CURRENCY_ROW(FIELD_IN | FIELD_REQUIRED),
    START_ROW(FIELD_IN | FIELD_REQUIRED),
    RHYTHM_ROWS(FIELD_IN | FIELD_REQUIRED, FIELD_IN),
    TERM_ROWS(FIELD_IN | FIELD_NULLABLE),
    DELIVERY_ROW(FIELD_IN),
    ITEMS_ROW(FIELD_IN | FIELD_REQUIRED),
    FIELD_END,
};

const struct field contract_change_fields[] = {
    NAME_ROW(FIELD_IN | FIELD_FILLED),
    PLAN_ROW(FIELD_IN | FIELD_NULLABLE),
    CURRENCY_ROW(FIELD_IN | FIELD_FILLED),
    START_ROW(FIELD_IN | FIELD_FILLED),
    RHYTHM_ROWS(FIELD_IN | FIELD_FILLED, FIELD_IN | FIELD_FILLED),
    TERM_ROWS(FIELD_IN | FIELD_NULLABLE),
    DELIVERY_ROW(FIELD_IN | FIELD_FILLED),
    ITEMS_ROW(FIELD_IN | FIELD_FILLED),
    FIELD_END,
};

const struct field contract_query_fields[] = {
    {.name = "ref",
     .type = FIELD_TEXT,
     .flags = FIELD_IN,
     .max = 64,
     .label = N_("How the reference begins")},
    {.name = "text",
     .type = FIELD_TEXT,
     .flags = FIELD_IN,
     .max = 100,
     .label = N_("What stands in reference, name or customer")},
    {.name = "customer",
     .type = FIELD_TEXT,
     .flags = FIELD_IN,
     .max = 64,
     .label = N_("Customer number")},
    {.name = "status",
     .type = FIELD_ENUM,
     .flags = FIELD_IN,
     .choices = "draft|active|cancelled|ended",
     .label = N_("Status")},
    DELIVERY_ROW(FIELD_IN),
    {.name = "sort",
     .type = FIELD_ENUM,
     .flags = FIELD_IN,
     .choices = "ref|-ref|created|-created",
     .label = N_("Order; with a minus downwards")},
    LIST_FIELDS,
    FIELD_END,
};

/* clang-format off */
#define NOTICE_ROW \
    {.name = "date", \
     .type = FIELD_DATE, \
     .flags = FIELD_IN | FIELD_OUT, \
     .label = N_("Day of notice")}
/* clang-format on */

const struct field contract_cancel_fields[] = {
    NOTICE_ROW,
    {.name = "end",
     .type = FIELD_DATE,
     .flags = FIELD_IN,
     .label = N_("Last day, if not the earliest one")},
    FIELD_END,
};

static const struct field rest_fields[] = {
    {.name = "from",
     .type = FIELD_DATE,
     .flags = FIELD_OUT,
     .label = N_("First day")},
    {.name = "to",
     .type = FIELD_DATE,
     .flags = FIELD_OUT,
     .label = N_("Last day")},
    {.name = "periods",
     .type = FIELD_INTEGER,
     .flags = FIELD_OUT,
     .label = N_("Periods")},
    {.name = "net",
     .type = FIELD_MONEY,
     .flags = FIELD_OUT,
     .label = N_("Net")},
    FIELD_END,
};

const struct field contract_preview_fields[] = {
    NOTICE_ROW,
    {.name = "end",
     .type = FIELD_DATE,
     .flags = FIELD_OUT,
     .label = N_("Last day")},
    {.name = "last_notice",
     .type = FIELD_DATE,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Last day of notice for that end")},
    {.name = "ends_by_itself",
     .type = FIELD_BOOL,
     .flags = FIELD_OUT,
     .label = N_("Ends without notice")},
    {.name = "billed_until",
     .type = FIELD_DATE,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Billed until")},
    {.name = "still_billed",
     .type = FIELD_RECORD,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Still billed until the end"),
     .fields = rest_fields},
    {.name = "given_back",
     .type = FIELD_RECORD,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Given back after the end"),
     .fields = rest_fields},
    FIELD_END,
};

const struct field contract_list_fields[] = {
    {.name = "ref",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .label = N_("Reference")},
    {.name = "name",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .label = N_("Name")},
    {.name = "customer_name",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .label = N_("Customer")},
    {.name = "customer",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .label = N_("Customer number")},
    {.name = "status",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .choices = "draft|active|cancelled|ended",
     .label = N_("Status")},
    {.name = "start_date",
     .type = FIELD_DATE,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .label = N_("Begins")},
    {.name = "end_date",
     .type = FIELD_DATE,
     .flags = FIELD_OUT | FIELD_NULLABLE | FIELD_SORT,
     .label = N_("Ends")},
    {.name = "next_billing",
     .type = FIELD_DATE,
     .flags = FIELD_OUT | FIELD_NULLABLE | FIELD_SORT,
     .label = N_("Next billing")},
    {.name = "delivery_mode",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT | FIELD_FILTER,
     .choices = "email|none|post",
     .label = N_("Delivery of invoices")},
    FIELD_END,
};
