#include "billing/billing.h"

const struct field invoice_list_fields[] = {
    {.name = "number",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .label = N_("Number")},
    {.name = "type",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .choices = "invoice|credit_note|correction",
     .label = N_("Kind")},
    {.name = "customer",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .label = N_("Customer number")},
    {.name = "date",
     .type = FIELD_DATE,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .label = N_("Date")},
    {.name = "due",
     .type = FIELD_DATE,
     .flags = FIELD_OUT | FIELD_SORT,
     .label = N_("Due")},
    {.name = "status",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .choices = "open|paid|cancelled",
     .label = N_("Status")},
    {.name = "gross",
     .type = FIELD_MONEY,
     .flags = FIELD_OUT | FIELD_SORT,
     .label = N_("Amount")},
    FIELD_END,
};

#define FACT(column, kind, text)                                               \
    {                                                                          \
        .name = (column), .type = (kind), .flags = FIELD_OUT, .label = (text)  \
    }

const struct field invoice_fact_fields[] = {
    FACT("type", FIELD_ENUM, N_("Kind")),
    FACT("status", FIELD_ENUM, N_("Status")),
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
    FACT("run", FIELD_TEXT, N_("Invoice run")),
    FIELD_END,
};

const struct field invoice_line_fields[] = {
    FACT("description", FIELD_TEXT, N_("Description")),
    FACT("quantity", FIELD_DECIMAL, N_("Quantity")),
    FACT("unit_price", FIELD_DECIMAL, N_("Unit price")),
    FACT("vat_rate", FIELD_PERCENT, N_("VAT")),
    FACT("net", FIELD_MONEY, N_("Net")),
    FIELD_END,
};
