#include "billing/billing.h"

#define OUT(column, kind)                                                      \
    {                                                                          \
        .name = (column), .type = (kind), .flags = FIELD_OUT                   \
    }

/* Amounts as text: the table is for spreadsheets. */
const struct field invoice_export_fields[] = {
    OUT("number", FIELD_TEXT),
    OUT("type", FIELD_TEXT),
    OUT("customer_number", FIELD_TEXT),
    OUT("date", FIELD_TEXT),
    OUT("due", FIELD_TEXT),
    OUT("period_from", FIELD_TEXT),
    OUT("period_to", FIELD_TEXT),
    OUT("net", FIELD_TEXT),
    OUT("vat", FIELD_TEXT),
    OUT("gross", FIELD_TEXT),
    OUT("currency", FIELD_TEXT),
    OUT("status", FIELD_TEXT),
    FIELD_END,
};

/* What goes into a file of many: what is picked, or else what was issued from
 * one day to another. */
const struct field invoice_zip_fields[] = {
    {.name = "pick", .type = FIELD_WORDS, .flags = FIELD_IN, .max = 500},
    {.name = "from",
     .type = FIELD_DATE,
     .flags = FIELD_IN,
     .label = N_("From")},
    {.name = "to", .type = FIELD_DATE, .flags = FIELD_IN, .label = N_("Until")},
    {.name = "type",
     .type = FIELD_ENUM,
     .flags = FIELD_IN,
     .choices = "all|invoice|credit_note|correction",
     .label = N_("Kind")},
    {.name = "customer",
     .type = FIELD_TEXT,
     .flags = FIELD_IN,
     .max = 64,
     .label = N_("Customer number")},
    FIELD_END,
};
