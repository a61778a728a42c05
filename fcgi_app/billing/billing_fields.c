#include "billing/billing.h"
#include "billing/delivery.h"

#define COLUMN(column, kind, more, text)                                       \
    {                                                                          \
        .name = (column), .type = (kind), .flags = FIELD_OUT | (more),         \
        .label = (text)                                                        \
    }

/* Contracts are cancelled, invoices void. */
#define STATUS_COLUMN                                                          \
    {                                                                          \
        .name = "status", .type = FIELD_ENUM, .flags = FIELD_OUT,              \
        .said = "cancelled=void", .label = N_("Status")                        \
    }

const struct field invoice_list_fields[] = {
    COLUMN("number", FIELD_TEXT, FIELD_SORT, N_("Number")),
    COLUMN("type", FIELD_ENUM, 0, N_("Kind")),
    COLUMN("customer_name", FIELD_TEXT, 0, N_("Customer")),
    COLUMN("customer", FIELD_TEXT, 0, N_("Customer number")),
    COLUMN("date", FIELD_DATE, FIELD_SORT, N_("Date")),
    COLUMN("due", FIELD_DATE, FIELD_SORT, N_("Due")),
    STATUS_COLUMN,
    COLUMN("delivery_mode", FIELD_ENUM, 0, N_("Delivery")),
    COLUMN("dispatch", FIELD_ENUM, 0, N_("Dispatch")),
    COLUMN("gross", FIELD_MONEY, FIELD_SORT, N_("Amount")),
    FIELD_END,
};

const struct field invoice_csv_fields[] = {
    COLUMN("number", FIELD_TEXT, 0, N_("Number")),
    COLUMN("type", FIELD_ENUM, 0, N_("Kind")),
    COLUMN("customer_name", FIELD_TEXT, 0, N_("Customer")),
    COLUMN("customer", FIELD_TEXT, 0, N_("Customer number")),
    COLUMN("contract_ref", FIELD_TEXT, 0, N_("Contract")),
    COLUMN("date", FIELD_DATE, 0, N_("Date")),
    COLUMN("due", FIELD_DATE, 0, N_("Due")),
    STATUS_COLUMN,
    COLUMN("delivery_mode", FIELD_ENUM, 0, N_("Delivery")),
    COLUMN("dispatch", FIELD_ENUM, 0, N_("Dispatch")),
    COLUMN("run", FIELD_TEXT, 0, N_("Invoice run")),
    COLUMN("gross", FIELD_MONEY, 0, N_("Amount")),
    FIELD_END,
};

#define FACT(column, kind, text)                                               \
    {                                                                          \
        .name = (column), .type = (kind), .flags = FIELD_OUT, .label = (text)  \
    }

#define MAYBE(column, kind, text)                                              \
    {                                                                          \
        .name = (column), .type = (kind), .flags = FIELD_OUT | FIELD_NULLABLE, \
        .label = (text)                                                        \
    }

const struct field invoice_fact_fields[] = {
    FACT("date", FIELD_DATE, N_("Date")),
    FACT("due", FIELD_DATE, N_("Due")),
    FACT("period_from", FIELD_DATE, N_("From")),
    FACT("period_to", FIELD_DATE, N_("To")),
    FACT("net", FIELD_MONEY, N_("Net amount")),
    FACT("vat", FIELD_MONEY, N_("VAT")),
    FACT("gross", FIELD_MONEY, N_("Amount")),
    FACT("open_amount", FIELD_MONEY, N_("Still to be paid")),
    FACT("delivery_mode", FIELD_ENUM, N_("Delivery")),
    FACT("dispatch", FIELD_ENUM, N_("Dispatch")),
    FACT("dispatch_reason", FIELD_TEXT, N_("Why it was not sent")),
    FACT("dispatch_tries", FIELD_INTEGER, N_("Tries to send it")),
    FACT("dispatch_next", FIELD_TIME, N_("Next try to send it")),
    FACT("run", FIELD_TEXT, N_("Invoice run")),
    FIELD_END,
};

const struct field invoice_line_fields[] = {
    FACT("description", FIELD_TEXT, N_("Description")),
    MAYBE("performed", FIELD_DATE, N_("Day of the service")),
    FACT("quantity", FIELD_DECIMAL, N_("Quantity")),
    FACT("unit_price", FIELD_DECIMAL, N_("Unit price")),
    FACT("vat_rate", FIELD_PERCENT, N_("VAT")),
    FACT("net", FIELD_MONEY, N_("Net")),
    FIELD_END,
};

/* ---- the API ---- */

static const struct field line_record_fields[] = {
    FACT("description", FIELD_TEXT, N_("Description")),
    FACT("quantity", FIELD_DECIMAL, N_("Quantity")),
    FACT("unit_price", FIELD_DECIMAL, N_("Unit price")),
    FACT("vat_rate", FIELD_PERCENT, N_("VAT")),
    FACT("net", FIELD_MONEY, N_("Net")),
    MAYBE("service", FIELD_TEXT, N_("Id of the service entry")),
    MAYBE("performed", FIELD_DATE, N_("Day of the service")),
    FIELD_END,
};

static const struct field tax_record_fields[] = {
    FACT("rate", FIELD_PERCENT, N_("VAT")),
    FACT("net", FIELD_MONEY, N_("Net")),
    FACT("vat", FIELD_MONEY, N_("VAT")),
    FIELD_END,
};

/* clang-format off */
#define INVOICE_ROWS \
    FACT("number", FIELD_TEXT, N_("Number")), \
    {.name = "type", \
     .type = FIELD_ENUM, \
     .flags = FIELD_OUT, \
     .choices = "invoice|credit_note|correction", \
     .label = N_("Kind")}, \
    FACT("customer", FIELD_TEXT, N_("Customer number")), \
    MAYBE("contract", FIELD_TEXT, N_("Reference of the contract")), \
    FACT("date", FIELD_DATE, N_("Date")), \
    FACT("due", FIELD_DATE, N_("Due")), \
    FACT("net", FIELD_MONEY, N_("Net")), \
    FACT("vat", FIELD_MONEY, N_("VAT")), \
    FACT("gross", FIELD_MONEY, N_("Amount")), \
    FACT("open_amount", FIELD_MONEY, N_("Still to be paid")), \
    {.name = "delivery_mode", \
     .type = FIELD_ENUM, \
     .flags = FIELD_OUT, \
     .choices = "email|none|post", \
     .label = N_("Delivery")}, \
    {.name = "dispatch", \
     .type = FIELD_ENUM, \
     .flags = FIELD_OUT, \
     .choices = "none|waiting|sent|failed|suppressed", \
     .label = N_("Dispatch")}, \
    FACT("dispatch_tries", FIELD_INTEGER, N_("Tries to send it")), \
    MAYBE("dispatch_next", FIELD_TIME, N_("Next try to send it")), \
    {.name = "dispatch_error", \
     .type = FIELD_ENUM, \
     .flags = FIELD_OUT | FIELD_NULLABLE, \
     .choices = DELIVERY_ERROR_CHOICES, \
     .label = N_("What the last try failed at")}, \
    {.name = "status", \
     .type = FIELD_ENUM, \
     .flags = FIELD_OUT, \
     .choices = "open|paid|cancelled", \
     .said = "cancelled=void", \
     .label = N_("Status")}, \
    FACT("overdue", FIELD_BOOL, N_("Overdue")), \
    MAYBE("run", FIELD_TEXT, N_("Invoice run"))
/* clang-format on */

const struct field invoice_fields[] = {
    INVOICE_ROWS,
    FIELD_END,
};

const struct field invoice_record_fields[] = {
    INVOICE_ROWS,
    MAYBE("period_from", FIELD_DATE, N_("From")),
    MAYBE("period_to", FIELD_DATE, N_("To")),
    FACT("language", FIELD_LANGUAGE, N_("Language")),
    FACT("recipient", FIELD_LINES, N_("Recipient")),
    MAYBE("buyer", FIELD_OBJECT, N_("The customer as it was")),
    MAYBE("note", FIELD_LINES, N_("Note on the document")),
    MAYBE("corrects", FIELD_TEXT,
          N_("Number of the document that is corrected")),
    {.name = "lines",
     .type = FIELD_RECORDS,
     .flags = FIELD_OUT,
     .label = N_("Items"),
     .fields = line_record_fields},
    {.name = "taxes",
     .type = FIELD_RECORDS,
     .flags = FIELD_OUT,
     .label = N_("VAT by rate"),
     .fields = tax_record_fields},
    FACT("created", FIELD_TIME, N_("Created")),
    FIELD_END,
};
