#include "billing/run.h"

/* clang-format off */
#define OUT(field, kind, text) \
    {.name = (field), .type = (kind), .flags = FIELD_OUT, .label = (text)}
#define REASONS \
    "amount_too_large|no_due_date|no_recurrence|not_written|too_many_lines"
#define STATUS(more) \
    {.name = "status", \
     .type = FIELD_ENUM, \
     .flags = FIELD_OUT | (more), \
     .choices = "queued|running|done|failed", \
     .label = N_("Status")}
#define ORIGIN(more) \
    {.name = "origin", \
     .type = FIELD_ENUM, \
     .flags = FIELD_OUT | (more), \
     .choices = "api|office|schedule", \
     .label = N_("Started by")}
#define TYPE \
    {.name = "type", \
     .type = FIELD_ENUM, \
     .flags = FIELD_OUT, \
     .choices = "invoice|credit_note", \
     .label = N_("Kind")}
/* clang-format on */

/* ---- parts ---- */

static const struct field progress_fields[] = {
    OUT("done", FIELD_INTEGER, N_("Contracts done so far")),
    OUT("total", FIELD_INTEGER, N_("Contracts that are due")),
    FIELD_END,
};

static const struct field count_fields[] = {
    OUT("contracts", FIELD_INTEGER, N_("Contracts")),
    OUT("invoices", FIELD_INTEGER, N_("Invoices")),
    OUT("failures", FIELD_INTEGER, N_("Contracts that could not be billed")),
    FIELD_END,
};

const struct field invoice_run_sum_fields[] = {
    OUT("currency", FIELD_TEXT, N_("Currency")),
    OUT("invoices", FIELD_INTEGER, N_("Invoices")),
    OUT("net", FIELD_MONEY, N_("Net")),
    OUT("vat", FIELD_MONEY, N_("VAT")),
    OUT("gross", FIELD_MONEY, N_("Total")),
    FIELD_END,
};

const struct field invoice_run_line_fields[] = {
    OUT("description", FIELD_TEXT, N_("Description")),
    OUT("quantity", FIELD_DECIMAL, N_("Quantity")),
    OUT("unit_price", FIELD_DECIMAL, N_("Unit price")),
    OUT("vat_rate", FIELD_PERCENT, N_("VAT rate")),
    OUT("net", FIELD_MONEY, N_("Net")),
    {.name = "service",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Service entry that it bills")},
    {.name = "performed",
     .type = FIELD_DATE,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Day of the service")},
    FIELD_END,
};

const struct field invoice_run_invoice_fields[] = {
    {.name = "number",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Number; none in a dry run")},
    TYPE,
    OUT("contract", FIELD_TEXT, N_("Reference of the contract")),
    OUT("customer", FIELD_TEXT, N_("Customer number")),
    OUT("period_from", FIELD_DATE, N_("From")),
    OUT("period_to", FIELD_DATE, N_("To")),
    OUT("due", FIELD_DATE, N_("Due")),
    {.name = "lines",
     .type = FIELD_RECORDS,
     .flags = FIELD_OUT,
     .fields = invoice_run_line_fields,
     .label = N_("Lines")},
    OUT("net", FIELD_MONEY, N_("Net")),
    OUT("vat", FIELD_MONEY, N_("VAT")),
    OUT("gross", FIELD_MONEY, N_("Total")),
    FIELD_END,
};

const struct field invoice_run_failure_fields[] = {
    OUT("contract", FIELD_TEXT, N_("Reference of the contract")),
    OUT("customer", FIELD_TEXT, N_("Customer number")),
    {.name = "reason",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT,
     .choices = REASONS,
     .label = N_("Why it could not be billed")},
    FIELD_END,
};

/* What merchants are told of a new invoice. */
const struct field invoice_run_event_fields[] = {
    OUT("number", FIELD_TEXT, N_("Number")),
    TYPE,
    OUT("contract", FIELD_TEXT, N_("Reference of the contract")),
    OUT("customer", FIELD_TEXT, N_("Customer number")),
    OUT("date", FIELD_DATE, N_("Date")),
    OUT("due", FIELD_DATE, N_("Due")),
    OUT("period_from", FIELD_DATE, N_("From")),
    OUT("period_to", FIELD_DATE, N_("To")),
    OUT("net", FIELD_MONEY, N_("Net")),
    OUT("vat", FIELD_MONEY, N_("VAT")),
    OUT("gross", FIELD_MONEY, N_("Total")),
    OUT("run", FIELD_TEXT, N_("Invoice run")),
    FIELD_END,
};

/* ---- runs ---- */

/* clang-format off */
#define RUN_ROWS \
    OUT("id", FIELD_TEXT, N_("Id")), \
    OUT("date", FIELD_DATE, N_("Date")), \
    OUT("dry_run", FIELD_BOOL, N_("Dry run")), \
    OUT("warnings", FIELD_WORDS, N_("What is to be thought of")), \
    STATUS(0), \
    ORIGIN(0), \
    {.name = "progress", \
     .type = FIELD_RECORD, \
     .flags = FIELD_OUT, \
     .fields = progress_fields, \
     .label = N_("How far it is")}, \
    {.name = "counts", \
     .type = FIELD_RECORD, \
     .flags = FIELD_OUT, \
     .fields = count_fields, \
     .label = N_("What it has come to")}, \
    OUT("created", FIELD_TIME, N_("Created")), \
    OUT("created_by", FIELD_TEXT, N_("Who asked for it")), \
    {.name = "finished", \
     .type = FIELD_TIME, \
     .flags = FIELD_OUT | FIELD_NULLABLE, \
     .label = N_("Finished")}
#define SUMS_ROW \
    {.name = "sums", \
     .type = FIELD_RECORDS, \
     .flags = FIELD_OUT, \
     .fields = invoice_run_sum_fields, \
     .label = N_("Sums, by currency")}
/* clang-format on */

const struct field invoice_run_item_fields[] = {
    RUN_ROWS,
    FIELD_END,
};

const struct field invoice_run_told_fields[] = {
    RUN_ROWS,
    SUMS_ROW,
    FIELD_END,
};

const struct field invoice_run_fields[] = {
    RUN_ROWS,
    SUMS_ROW,
    {.name = "invoices",
     .type = FIELD_RECORDS,
     .flags = FIELD_OUT,
     .fields = invoice_run_invoice_fields,
     .label = N_("The first of what was billed, or would be")},
    {.name = "invoices_next",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Cursor for the others, at /invoices below the run")},
    {.name = "failures",
     .type = FIELD_RECORDS,
     .flags = FIELD_OUT,
     .fields = invoice_run_failure_fields,
     .label = N_("The first contracts that could not be billed")},
    {.name = "failures_next",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Cursor for the others, at /failures below the run")},
    {.name = "why",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Why the last try stopped")},
    FIELD_END,
};

const struct field invoice_run_create_fields[] = {
    {.name = "date",
     .type = FIELD_DATE,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .label = N_("Date of the run")},
    {.name = "dry_run",
     .type = FIELD_BOOL,
     .flags = FIELD_IN,
     .label = N_("Show only what would be billed")},
    FIELD_END,
};

const struct field invoice_run_query_fields[] = {
    LIST_FIELDS,
    FIELD_END,
};

/* ---- lists of the back office ---- */

const struct field invoice_run_list_fields[] = {
    {.name = "date",
     .type = FIELD_DATE,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .label = N_("Date")},
    {.name = "dry_run",
     .type = FIELD_BOOL,
     .flags = FIELD_OUT,
     .label = N_("Dry run")},
    STATUS(FIELD_FILTER | FIELD_SORT),
    ORIGIN(FIELD_FILTER | FIELD_SORT),
    {.name = "contracts",
     .type = FIELD_INTEGER,
     .flags = FIELD_OUT | FIELD_SORT,
     .label = N_("Contracts")},
    {.name = "invoices",
     .type = FIELD_INTEGER,
     .flags = FIELD_OUT | FIELD_SORT,
     .label = N_("Invoices")},
    {.name = "n_failures",
     .type = FIELD_INTEGER,
     .flags = FIELD_OUT | FIELD_SORT,
     .label = N_("Not billed")},
    {.name = "created",
     .type = FIELD_TIME,
     .flags = FIELD_OUT | FIELD_SORT,
     .label = N_("Created")},
    FIELD_END,
};

const struct field invoice_run_invoice_list_fields[] = {
    OUT("number", FIELD_TEXT, N_("Number")),
    OUT("contract", FIELD_TEXT, N_("Contract")),
    OUT("customer_name", FIELD_TEXT, N_("Customer")),
    OUT("customer_number", FIELD_TEXT, N_("Customer number")),
    TYPE,
    OUT("period_from", FIELD_DATE, N_("From")),
    OUT("period_to", FIELD_DATE, N_("To")),
    OUT("net", FIELD_MONEY, N_("Net")),
    OUT("gross", FIELD_MONEY, N_("Amount")),
    FIELD_END,
};

const struct field invoice_run_preview_list_fields[] = {
    OUT("contract", FIELD_TEXT, N_("Contract")),
    OUT("customer_name", FIELD_TEXT, N_("Customer")),
    OUT("customer_number", FIELD_TEXT, N_("Customer number")),
    TYPE,
    OUT("period_from", FIELD_DATE, N_("From")),
    OUT("period_to", FIELD_DATE, N_("To")),
    OUT("net", FIELD_MONEY, N_("Net")),
    OUT("gross", FIELD_MONEY, N_("Amount")),
    FIELD_END,
};

const struct field invoice_run_failure_list_fields[] = {
    OUT("contract", FIELD_TEXT, N_("Contract")),
    OUT("customer_name", FIELD_TEXT, N_("Customer")),
    OUT("customer_number", FIELD_TEXT, N_("Customer number")),
    {.name = "reason",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT,
     .choices = REASONS,
     .label = N_("Why it could not be billed")},
    FIELD_END,
};
