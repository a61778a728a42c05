#include "contract/service_note.h"

enum {
    TEXT_MAX = 500,
    NAME_MAX = 100,
    RATE_MAX = 10000, /* 100 % */
};

/* A million times ten million: in minor units of any currency that fits into 64
 * bits, and so does a sum of many. */
#define QUANTITY_MAX (1000000L * 1000000)
#define PRICE_MAX    (10000000L * 1000000)

/* clang-format off */
#define OUT(field, kind, more, text) \
    {.name = field, .type = kind, .flags = FIELD_OUT | (more), .label = text}
#define STATUS_OUT(more) \
    {.name = "status", \
     .type = FIELD_ENUM, \
     .flags = FIELD_OUT | (more), \
     .choices = "open|billed|deleted", \
     .label = N_("Status")}
#define ENTRY_ROWS \
    OUT("contract", FIELD_TEXT, 0, N_("Contract")), \
    OUT("customer", FIELD_TEXT, 0, N_("Customer number")), \
    OUT("description", FIELD_TEXT, 0, N_("Description")), \
    OUT("quantity", FIELD_DECIMAL, 0, N_("Quantity")), \
    OUT("unit_price", FIELD_DECIMAL, 0, N_("Unit price")), \
    OUT("currency", FIELD_TEXT, 0, N_("Currency")), \
    OUT("vat_rate", FIELD_PERCENT, 0, N_("VAT rate in percent")), \
    OUT("performance_date", FIELD_DATE, 0, N_("Performance date")), \
    OUT("bill_from", FIELD_DATE, FIELD_NULLABLE, N_("Bill from")), \
    STATUS_OUT(0), \
    OUT("invoice", FIELD_TEXT, FIELD_NULLABLE, N_("Invoice number")), \
    OUT("external_id", FIELD_TEXT, FIELD_NULLABLE, N_("Your own id"))
/* clang-format on */

const struct field service_trail_fields[] = {
    ENTRY_ROWS,
    FIELD_END,
};

const struct field service_page_fields[] = {
    OUT("contract", FIELD_TEXT, 0, N_("Contract")),
    OUT("customer", FIELD_TEXT, 0, N_("Customer number")),
    OUT("quantity", FIELD_DECIMAL, 0, N_("Quantity")),
    OUT("unit_price", FIELD_TEXT, 0, N_("Unit price")),
    OUT("net", FIELD_MONEY, 0, N_("Net amount")),
    OUT("vat_rate", FIELD_PERCENT, 0, N_("VAT")),
    OUT("performance_date", FIELD_DATE, 0, N_("Performance date")),
    OUT("bill_from", FIELD_DATE, FIELD_NULLABLE, N_("Bill from")),
    STATUS_OUT(0),
    OUT("invoice", FIELD_TEXT, FIELD_NULLABLE, N_("Invoice number")),
    OUT("external_id", FIELD_TEXT, FIELD_NULLABLE, N_("Your own id")),
    OUT("created", FIELD_TIME, 0, N_("Created")),
    FIELD_END,
};

const struct field service_fields[] = {
    OUT("id", FIELD_TEXT, 0, N_("Id")),
    ENTRY_ROWS,
    OUT("net", FIELD_MONEY, 0, N_("Net amount")),
    OUT("warnings", FIELD_WORDS, 0, N_("What is to be thought of")),
    OUT("created", FIELD_TIME, 0, N_("Created")),
    FIELD_VERSION,
    FIELD_END,
};

/* ---- what is sent ---- */

/* clang-format off */
#define CONTRACT_ROW \
    {.name = "contract", \
     .type = FIELD_TEXT, \
     .flags = FIELD_IN | FIELD_REQUIRED, \
     .max = 64, \
     .label = N_("Contract")}
#define VALUE_ROWS(must, none) \
    {.name = "description", \
     .type = FIELD_TEXT, \
     .flags = FIELD_IN | (must), \
     .max = TEXT_MAX, \
     .label = N_("Description")}, \
    {.name = "quantity", \
     .type = FIELD_DECIMAL, \
     .flags = FIELD_IN | (must), \
     .min = 1, \
     .max = QUANTITY_MAX, \
     .label = N_("Quantity")}, \
    {.name = "unit_price", \
     .type = FIELD_DECIMAL, \
     .flags = FIELD_IN | (must), \
     .min = -PRICE_MAX, \
     .max = PRICE_MAX, \
     .label = N_("Unit price")}, \
    {.name = "vat_rate", \
     .type = FIELD_PERCENT, \
     .flags = FIELD_IN | (must), \
     .max = RATE_MAX, \
     .label = N_("VAT rate in percent")}, \
    {.name = "performance_date", \
     .type = FIELD_DATE, \
     .flags = FIELD_IN | (must), \
     .label = N_("Performance date")}, \
    {.name = "bill_from", \
     .type = FIELD_DATE, \
     .flags = FIELD_IN | (none), \
     .label = N_("Bill from")}
#define EXTERNAL_ROW \
    {.name = "external_id", \
     .type = FIELD_TEXT, \
     .flags = FIELD_IN, \
     .max = NAME_MAX, \
     .label = N_("Your own id")}
#define CONFIRM_ROW \
    {.name = "confirm", \
     .type = FIELD_BOOL, \
     .flags = FIELD_IN, \
     .label = N_("Yes, bill it in the next run")}
/* clang-format on */

const struct field service_create_fields[] = {
    VALUE_ROWS(FIELD_REQUIRED, 0),
    EXTERNAL_ROW,
    FIELD_END,
};

const struct field service_change_fields[] = {
    VALUE_ROWS(FIELD_FILLED, FIELD_NULLABLE),
    FIELD_END,
};

const struct field service_form_new_fields[] = {
    CONTRACT_ROW, VALUE_ROWS(FIELD_REQUIRED, 0), EXTERNAL_ROW, CONFIRM_ROW,
    FIELD_END,
};

const struct field service_form_fields[] = {
    VALUE_ROWS(FIELD_REQUIRED, FIELD_NULLABLE),
    CONFIRM_ROW,
    FIELD_END,
};

const struct field service_line_fields[] = {
    CONTRACT_ROW,
    VALUE_ROWS(FIELD_REQUIRED, 0),
    EXTERNAL_ROW,
    FIELD_END,
};

/* From a file, or pasted; "step" is what its buttons ask for. */
const struct field service_import_fields[] = {
    {.name = "file",
     .type = FIELD_FILE,
     .flags = FIELD_IN,
     .label = N_("File")},
    {.name = "text",
     .type = FIELD_FILE,
     .flags = FIELD_IN,
     .label = N_("Lines")},
    {.name = "step",
     .type = FIELD_ENUM,
     .flags = FIELD_IN,
     .choices = "check|import"},
    FIELD_END,
};

/* ---- many at once ---- */

const struct field service_batch_fields[] = {
    {.name = "entries",
     .type = FIELD_RECORDS,
     .flags = FIELD_IN | FIELD_REQUIRED | FIELD_EACH,
     .max = SERVICE_BATCH_MAX,
     .label = N_("Services"),
     .fields = service_line_fields},
    FIELD_END,
};

static const struct field error_fields[] = {
    OUT("pointer", FIELD_TEXT, 0, N_("Where it stands")),
    OUT("code", FIELD_TEXT, 0, N_("What is wrong")),
    OUT("detail", FIELD_TEXT, 0, N_("What to do")),
    FIELD_END,
};

static const struct field result_fields[] = {
    {.name = "result",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT,
     .choices = "created|existing|refused",
     .label = N_("Result")},
    OUT("external_id", FIELD_TEXT, FIELD_NULLABLE, N_("Your own id")),
    OUT("id", FIELD_TEXT, FIELD_NULLABLE, N_("Id")),
    {.name = "status",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .choices = "open|billed|deleted",
     .label = N_("Status")},
    OUT("differs", FIELD_BOOL, 0, N_("Stands there with other values")),
    OUT("warnings", FIELD_WORDS, 0, N_("What is to be thought of")),
    {.name = "errors",
     .type = FIELD_RECORDS,
     .flags = FIELD_OUT,
     .label = N_("What is wrong"),
     .fields = error_fields},
    FIELD_END,
};

const struct field service_batch_answer_fields[] = {
    OUT("created", FIELD_INTEGER, 0, N_("Created")),
    OUT("existing", FIELD_INTEGER, 0, N_("Were there already")),
    OUT("refused", FIELD_INTEGER, 0, N_("Refused")),
    {.name = "results",
     .type = FIELD_RECORDS,
     .flags = FIELD_OUT,
     .label = N_("Results, in the order of the entries"),
     .fields = result_fields},
    FIELD_END,
};

/* ---- lists ---- */

/* clang-format off */
#define FILTER(field, kind, size, text) \
    {.name = field, .type = kind, .flags = FIELD_IN, .max = size, .label = text}
#define QUERY_ROWS \
    {.name = "status", \
     .type = FIELD_ENUM, \
     .flags = FIELD_IN, \
     .choices = "open|billed|deleted", \
     .label = N_("Status")}, \
    FILTER("from", FIELD_DATE, 0, N_("Performed on this day or later")), \
    FILTER("to", FIELD_DATE, 0, N_("Performed on this day or before")), \
    FILTER("bill_from", FIELD_DATE, 0, \
           N_("A run of this day may bill them: bill from is empty, this day or before")), \
    FILTER("external_id", FIELD_TEXT, NAME_MAX, N_("Your own id"))
/* clang-format on */

const struct field service_query_fields[] = {
    FILTER("contract", FIELD_TEXT, 64, N_("Contract")),
    FILTER("customer", FIELD_TEXT, 64, N_("Customer number")),
    QUERY_ROWS,
    LIST_FIELDS,
    FIELD_END,
};

const struct field service_contract_query_fields[] = {
    QUERY_ROWS,
    LIST_FIELDS,
    FIELD_END,
};

#define COLUMN (FIELD_FILTER | FIELD_SORT)
#define CSV_ONLY(field, kind, more, text)                                      \
    {                                                                          \
        .name = field, .type = kind, .flags = FIELD_CSV | (more),              \
        .label = text                                                          \
    }

const struct field service_list_fields[] = {
    OUT("description", FIELD_TEXT, COLUMN, N_("Description")),
    OUT("contract", FIELD_TEXT, COLUMN, N_("Contract")),
    OUT("customer_name", FIELD_TEXT, COLUMN, N_("Customer")),
    OUT("customer", FIELD_TEXT, COLUMN, N_("Customer number")),
    OUT("performance_date", FIELD_DATE, COLUMN, N_("Performance date")),
    OUT("bill_from", FIELD_DATE, COLUMN, N_("Bill from")),
    STATUS_OUT(COLUMN),
    OUT("net", FIELD_MONEY, 0, N_("Net")),
    CSV_ONLY("quantity", FIELD_DECIMAL, 0, N_("Quantity")),
    CSV_ONLY("unit_price", FIELD_DECIMAL, 0, N_("Unit price")),
    CSV_ONLY("vat_rate", FIELD_PERCENT, 0, N_("VAT rate in percent")),
    CSV_ONLY("external_id", FIELD_TEXT, FIELD_FILTER, N_("Your own id")),
    FIELD_END,
};
