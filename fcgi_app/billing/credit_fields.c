#include "billing/credit.h"

/* Scaled by 10^6; more is a mistake of whoever typed it. */
#define QUANTITY_MAX 1000000000000
#define PRICE_MAX    100000000000000

/* clang-format off */
#define REASON_ROW \
    {.name = "reason", \
     .type = FIELD_TEXT, \
     .flags = FIELD_IN | FIELD_REQUIRED, \
     .max = 500, \
     .label = N_("Reason")}
#define DELIVERY_ROW \
    {.name = "delivery_mode", \
     .type = FIELD_ENUM, \
     .flags = FIELD_IN, \
     .choices = "email|none|post", \
     .label = N_("Delivery")}
#define CURRENCY_ROW \
    {.name = "currency", \
     .type = FIELD_TEXT, \
     .flags = FIELD_IN, \
     .min = 3, \
     .max = 3, \
     .label = N_("Currency")}
#define CONTRACT_ROW \
    {.name = "contract", \
     .type = FIELD_TEXT, \
     .flags = FIELD_IN, \
     .max = 100, \
     .label = N_("Contract")}
#define REBILL_ROW \
    {.name = "rebill", \
     .type = FIELD_BOOL, \
     .flags = FIELD_IN, \
     .label = N_("Bill its period again")}
#define REOPEN_ROW \
    {.name = "reopen_services", \
     .type = FIELD_BOOL, \
     .flags = FIELD_IN, \
     .label = N_("Bill its services again")}
#define LINES_ROW(flag) \
    {.name = "lines", \
     .type = FIELD_RECORDS, \
     .flags = FIELD_IN | (flag), \
     .max = CREDIT_LINES, \
     .fields = credit_line_fields, \
     .label = N_("Items")}
/* clang-format on */

const struct field credit_line_fields[] = {
    {.name = "description",
     .type = FIELD_TEXT,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .max = 500,
     .label = N_("Description")},
    {.name = "quantity",
     .type = FIELD_DECIMAL,
     .flags = FIELD_IN,
     .min = 1,
     .max = QUANTITY_MAX,
     .label = N_("Quantity")},
    {.name = "unit_price",
     .type = FIELD_DECIMAL,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .min = 1,
     .max = PRICE_MAX,
     .label = N_("Unit price")},
    {.name = "vat_rate",
     .type = FIELD_PERCENT,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .min = 0,
     .max = 10000,
     .label = N_("VAT")},
    FIELD_END,
};

const struct field credit_note_create_fields[] = {
    {.name = "customer",
     .type = FIELD_TEXT,
     .flags = FIELD_IN,
     .max = 100,
     .label = N_("Customer number")},
    CONTRACT_ROW,
    CURRENCY_ROW,
    REASON_ROW,
    DELIVERY_ROW,
    LINES_ROW(FIELD_REQUIRED),
    FIELD_END,
};

const struct field correction_create_fields[] = {
    REASON_ROW, LINES_ROW(FIELD_FILLED), REBILL_ROW, REOPEN_ROW, FIELD_END,
};

/* Forms: whose credit note it is their address says; items come last. */
const struct field credit_note_form_fields[] = {
    CONTRACT_ROW,
    CURRENCY_ROW,
    REASON_ROW,
    DELIVERY_ROW,
    LINES_ROW(FIELD_REQUIRED),
    FIELD_END,
};

const struct field correction_form_fields[] = {
    REASON_ROW,
    {.name = "extent",
     .type = FIELD_ENUM,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .choices = "whole|part",
     .label = N_("How much of it")},
    REBILL_ROW,
    REOPEN_ROW,
    LINES_ROW(FIELD_FILLED),
    FIELD_END,
};
