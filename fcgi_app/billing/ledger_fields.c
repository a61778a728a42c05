#include "billing/ledger.h"

#define KINDS "invoice|credit_note|correction|payment|refund|fee|reversal"

const struct field ledger_query_fields[] = {
    LIST_FIELDS,
    FIELD_END,
};

const struct field ledger_entry_fields[] = {
    {.name = "id",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Entry")},
    {.name = "date",
     .type = FIELD_DATE,
     .flags = FIELD_OUT,
     .label = N_("Date")},
    {.name = "kind",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT,
     .choices = KINDS,
     .label = N_("Kind")},
    {.name = "number",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Document")},
    {.name = "payment",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Payment")},
    {.name = "contract",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Contract")},
    {.name = "note",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Reason")},
    {.name = "amount",
     .type = FIELD_MONEY,
     .flags = FIELD_OUT,
     .label = N_("Amount")},
    {.name = "balance",
     .type = FIELD_MONEY,
     .flags = FIELD_OUT,
     .label = N_("Balance")},
    {.name = "created",
     .type = FIELD_TIME,
     .flags = FIELD_OUT,
     .label = N_("Recorded")},
    FIELD_END,
};

/* The same on a page, and in a file. */
const struct field ledger_rows_fields[] = {
    {.name = "date",
     .type = FIELD_DATE,
     .flags = FIELD_OUT | FIELD_SORT,
     .label = N_("Date")},
    {.name = "reference",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Document")},
    {.name = "kind",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT,
     .choices = KINDS,
     .label = N_("Kind")},
    {.name = "contract",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Contract")},
    {.name = "note",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Reason")},
    {.name = "amount",
     .type = FIELD_MONEY,
     .flags = FIELD_OUT,
     .label = N_("Amount")},
    {.name = "balance",
     .type = FIELD_MONEY,
     .flags = FIELD_OUT,
     .label = N_("Balance")},
    FIELD_END,
};

const struct field ledger_balance_fields[] = {
    {.name = "scope",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT,
     .choices = "customer|contract",
     .label = N_("Of what")},
    {.name = "contract",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Contract")},
    {.name = "open",
     .type = FIELD_MONEY,
     .flags = FIELD_OUT,
     .label = N_("Open")},
    {.name = "overdue",
     .type = FIELD_MONEY,
     .flags = FIELD_OUT,
     .label = N_("Overdue")},
    {.name = "fees",
     .type = FIELD_MONEY,
     .flags = FIELD_OUT,
     .label = N_("Fees")},
    {.name = "credit",
     .type = FIELD_MONEY,
     .flags = FIELD_OUT,
     .label = N_("Credit")},
    {.name = "balance",
     .type = FIELD_MONEY,
     .flags = FIELD_OUT,
     .label = N_("Balance")},
    FIELD_END,
};

/* ---- documents ---- */

static const struct field line_fields[] = {
    {.name = "description",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Description")},
    {.name = "quantity",
     .type = FIELD_DECIMAL,
     .flags = FIELD_OUT,
     .label = N_("Quantity")},
    {.name = "unit_price",
     .type = FIELD_DECIMAL,
     .flags = FIELD_OUT,
     .label = N_("Unit price")},
    {.name = "vat_rate",
     .type = FIELD_PERCENT,
     .flags = FIELD_OUT,
     .label = N_("VAT")},
    {.name = "net",
     .type = FIELD_MONEY,
     .flags = FIELD_OUT,
     .label = N_("Net")},
    FIELD_END,
};

/* clang-format off */
#define MONEY_ROW(field, text) \
    {.name = field, \
     .type = FIELD_MONEY, \
     .flags = FIELD_OUT, \
     .label = text}
#define DOCUMENT_ROWS \
    {.name = "number", \
     .type = FIELD_TEXT, \
     .flags = FIELD_OUT, \
     .label = N_("Number")}, \
    {.name = "type", \
     .type = FIELD_ENUM, \
     .flags = FIELD_OUT, \
     .choices = "invoice|credit_note|correction", \
     .label = N_("Kind")}, \
    {.name = "customer", \
     .type = FIELD_TEXT, \
     .flags = FIELD_OUT, \
     .label = N_("Customer number")}, \
    {.name = "contract", \
     .type = FIELD_TEXT, \
     .flags = FIELD_OUT | FIELD_NULLABLE, \
     .label = N_("Contract")}, \
    {.name = "corrects", \
     .type = FIELD_TEXT, \
     .flags = FIELD_OUT | FIELD_NULLABLE, \
     .label = N_("Corrected invoice")}, \
    {.name = "date", \
     .type = FIELD_DATE, \
     .flags = FIELD_OUT, \
     .label = N_("Date")}, \
    {.name = "due", \
     .type = FIELD_DATE, \
     .flags = FIELD_OUT, \
     .label = N_("Due")}, \
    MONEY_ROW("net", N_("Net")), \
    MONEY_ROW("vat", N_("VAT")), \
    MONEY_ROW("gross", N_("Amount")), \
    MONEY_ROW("open_amount", N_("Open")), \
    {.name = "delivery_mode", \
     .type = FIELD_ENUM, \
     .flags = FIELD_OUT, \
     .choices = "email|none|post", \
     .label = N_("Delivery")}, \
    {.name = "status", \
     .type = FIELD_ENUM, \
     .flags = FIELD_OUT, \
     .choices = "open|paid|cancelled", \
     .said = "cancelled=void", \
     .label = N_("Status")}, \
    {.name = "reason", \
     .type = FIELD_TEXT, \
     .flags = FIELD_OUT | FIELD_NULLABLE, \
     .label = N_("Reason")}
/* clang-format on */

const struct field ledger_document_fields[] = {
    DOCUMENT_ROWS,
    FIELD_END,
};

const struct field ledger_document_full_fields[] = {
    DOCUMENT_ROWS,
    {.name = "lines",
     .type = FIELD_RECORDS,
     .flags = FIELD_OUT,
     .fields = line_fields,
     .label = N_("Items")},
    FIELD_END,
};
