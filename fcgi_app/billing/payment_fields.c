#include "billing/payment.h"

#define METHODS "transfer|direct_debit|card|cash|other"

static const struct field settlement_fields[] = {
    {.name = "invoice",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Number")},
    {.name = "amount",
     .type = FIELD_MONEY,
     .flags = FIELD_OUT,
     .label = N_("Amount")},
    FIELD_END,
};

const struct field payment_fields[] = {
    {.name = "id",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Payment")},
    {.name = "customer",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Customer number")},
    {.name = "contract",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Contract")},
    {.name = "invoice",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Invoice")},
    {.name = "amount",
     .type = FIELD_MONEY,
     .flags = FIELD_OUT,
     .label = N_("Amount")},
    {.name = "credit",
     .type = FIELD_MONEY,
     .flags = FIELD_OUT,
     .label = N_("Left as credit")},
    {.name = "refunded",
     .type = FIELD_MONEY,
     .flags = FIELD_OUT,
     .label = N_("Paid back")},
    {.name = "refunds",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Pays back the payment")},
    {.name = "date",
     .type = FIELD_DATE,
     .flags = FIELD_OUT,
     .label = N_("Date")},
    {.name = "method",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT,
     .choices = METHODS,
     .label = N_("Way of payment")},
    {.name = "reference",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Reference")},
    {.name = "external_id",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Your own id")},
    {.name = "status",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT,
     .choices = "recorded|reversed",
     .label = N_("Status")},
    {.name = "reversed",
     .type = FIELD_DATE,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Reversed on")},
    {.name = "reason",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Reason")},
    {.name = "settlements",
     .type = FIELD_RECORDS,
     .flags = FIELD_OUT,
     .fields = settlement_fields,
     .label = N_("What it settled")},
    {.name = "created",
     .type = FIELD_TIME,
     .flags = FIELD_OUT,
     .label = N_("Recorded")},
    FIELD_END,
};

const struct field payment_query_fields[] = {
    LIST_FIELDS,
    {.name = "customer",
     .type = FIELD_TEXT,
     .flags = FIELD_IN,
     .max = 100,
     .label = N_("Customer number")},
    {.name = "contract",
     .type = FIELD_TEXT,
     .flags = FIELD_IN,
     .max = 100,
     .label = N_("Contract")},
    {.name = "invoice",
     .type = FIELD_TEXT,
     .flags = FIELD_IN,
     .max = 100,
     .label = N_("Invoice")},
    {.name = "status",
     .type = FIELD_ENUM,
     .flags = FIELD_IN,
     .choices = "recorded|reversed",
     .label = N_("Status")},
    {.name = "method",
     .type = FIELD_ENUM,
     .flags = FIELD_IN,
     .choices = METHODS,
     .label = N_("Way of payment")},
    {.name = "external_id",
     .type = FIELD_TEXT,
     .flags = FIELD_IN,
     .max = 100,
     .label = N_("Your own id")},
    {.name = "from",
     .type = FIELD_DATE,
     .flags = FIELD_IN,
     .label = N_("From")},
    {.name = "to", .type = FIELD_DATE, .flags = FIELD_IN, .label = N_("To")},
    FIELD_END,
};

/* clang-format off */
/* How much and when. */
#define PAYMENT_ROWS(flag) \
    {.name = "amount", \
     .type = FIELD_MONEY, \
     .flags = FIELD_IN | (flag), \
     .label = N_("Amount")}, \
    {.name = "date", \
     .type = FIELD_DATE, \
     .flags = FIELD_IN, \
     .label = N_("Date")}, \
    {.name = "method", \
     .type = FIELD_ENUM, \
     .flags = FIELD_IN, \
     .choices = METHODS, \
     .label = N_("Way of payment")}, \
    {.name = "reference", \
     .type = FIELD_TEXT, \
     .flags = FIELD_IN, \
     .max = 140, \
     .label = N_("Reference")}
#define EXTERNAL_ROW \
    {.name = "external_id", \
     .type = FIELD_TEXT, \
     .flags = FIELD_IN, \
     .max = 100, \
     .label = N_("Your own id")}
#define FOR_ROW(field, text) \
    {.name = field, \
     .type = FIELD_TEXT, \
     .flags = FIELD_IN, \
     .max = 100, \
     .label = text}
/* clang-format on */

const struct field payment_create_fields[] = {
    FOR_ROW("customer", N_("Customer number")),
    FOR_ROW("contract", N_("Contract")),
    FOR_ROW("invoice", N_("Invoice")),
    PAYMENT_ROWS(FIELD_REQUIRED),
    EXTERNAL_ROW,
    FIELD_END,
};

const struct field payment_form_fields[] = {
    FOR_ROW("customer", N_("Customer number")),
    FOR_ROW("invoice", N_("Invoice")),
    {.name = "currency",
     .type = FIELD_TEXT,
     .flags = FIELD_IN,
     .min = 3,
     .max = 3,
     .label = N_("Currency")},
    PAYMENT_ROWS(FIELD_REQUIRED),
    FIELD_END,
};

const struct field payment_invoice_form_fields[] = {
    PAYMENT_ROWS(FIELD_REQUIRED),
    FIELD_END,
};

/* Left out, the amount is all that is left. */
const struct field payment_refund_fields[] = {
    PAYMENT_ROWS(FIELD_FILLED),
    FIELD_END,
};

const struct field payment_refund_form_fields[] = {
    PAYMENT_ROWS(FIELD_REQUIRED),
    FIELD_END,
};

#define REVERSE_ROWS(flag)                                                     \
    {.name = "date",                                                           \
     .type = FIELD_DATE,                                                       \
     .flags = FIELD_IN,                                                        \
     .label = N_("Reversed on")},                                              \
    {                                                                          \
        .name = "reason", .type = FIELD_TEXT, .flags = FIELD_IN | (flag),      \
        .max = 140, .label = N_("Reason")                                      \
    }

const struct field payment_reverse_fields[] = {
    REVERSE_ROWS(0),
    FIELD_END,
};

const struct field payment_reverse_form_fields[] = {
    REVERSE_ROWS(FIELD_REQUIRED),
    FIELD_END,
};

const struct field payment_list_fields[] = {
    {.name = "id",
     .type = FIELD_TEXT,
     .flags = FIELD_CSV,
     .label = N_("Payment")},
    {.name = "date",
     .type = FIELD_DATE,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .label = N_("Date")},
    {.name = "customer_name",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .label = N_("Customer")},
    {.name = "customer",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .label = N_("Customer number")},
    {.name = "invoice",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .label = N_("Invoice")},
    {.name = "method",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .choices = METHODS,
     .label = N_("Way of payment")},
    {.name = "reference",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_FILTER,
     .label = N_("Reference")},
    {.name = "status",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .choices = "recorded|reversed",
     .label = N_("Status")},
    {.name = "amount",
     .type = FIELD_MONEY,
     .flags = FIELD_OUT | FIELD_SORT,
     .label = N_("Amount")},
    FIELD_END,
};
