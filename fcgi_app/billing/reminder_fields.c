#include "billing/delivery.h"
#include "billing/reminder.h"

static const char dispatches[] =
    "none|waiting|sent|failed|suppressed|to_print|printed";

/* ---- letters ---- */

const struct field reminder_invoice_fields[] = {
    {.name = "number",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Number")},
    {.name = "date",
     .type = FIELD_DATE,
     .flags = FIELD_OUT,
     .label = N_("Date")},
    {.name = "due", .type = FIELD_DATE, .flags = FIELD_OUT, .label = N_("Due")},
    {.name = "gross",
     .type = FIELD_MONEY,
     .flags = FIELD_OUT,
     .label = N_("Amount")},
    {.name = "open",
     .type = FIELD_MONEY,
     .flags = FIELD_OUT,
     .label = N_("Open amount")},
    {.name = "level",
     .type = FIELD_INTEGER,
     .flags = FIELD_OUT,
     .label = N_("Level")},
    {.name = "level_before",
     .type = FIELD_INTEGER,
     .flags = FIELD_OUT,
     .label = N_("Level before")},
    FIELD_END,
};

/* What a letter says, wherever it is shown. */
/* clang-format off */
#define LETTER_FIELDS \
    {.name = "number", \
     .type = FIELD_TEXT, \
     .flags = FIELD_OUT | FIELD_NULLABLE, \
     .label = N_("Number")}, \
    {.name = "customer", \
     .type = FIELD_TEXT, \
     .flags = FIELD_OUT, \
     .label = N_("Customer number")}, \
    {.name = "contract", \
     .type = FIELD_TEXT, \
     .flags = FIELD_OUT | FIELD_NULLABLE, \
     .label = N_("Contract")}, \
    {.name = "level", \
     .type = FIELD_INTEGER, \
     .flags = FIELD_OUT, \
     .label = N_("Level")}, \
    {.name = "date", \
     .type = FIELD_DATE, \
     .flags = FIELD_OUT, \
     .label = N_("Date")}, \
    {.name = "target", \
     .type = FIELD_DATE, \
     .flags = FIELD_OUT, \
     .label = N_("To be paid until")}, \
    {.name = "open", \
     .type = FIELD_MONEY, \
     .flags = FIELD_OUT, \
     .label = N_("Open amount")}, \
    {.name = "fee", \
     .type = FIELD_MONEY, \
     .flags = FIELD_OUT, \
     .label = N_("Fee")}, \
    {.name = "total", \
     .type = FIELD_MONEY, \
     .flags = FIELD_OUT, \
     .label = N_("To be paid")}, \
    {.name = "language", \
     .type = FIELD_LANGUAGE, \
     .flags = FIELD_OUT, \
     .label = N_("Language")}, \
    {.name = "delivery_mode", \
     .type = FIELD_ENUM, \
     .flags = FIELD_OUT, \
     .choices = "email|none|post", \
     .label = N_("Delivery")}, \
    {.name = "dispatch", \
     .type = FIELD_ENUM, \
     .flags = FIELD_OUT, \
     .choices = dispatches, \
     .label = N_("Dispatch")}, \
    {.name = "created", \
     .type = FIELD_TIME, \
     .flags = FIELD_OUT, \
     .label = N_("Created")}, \
    {.name = "withdrawn", \
     .type = FIELD_TIME, \
     .flags = FIELD_OUT | FIELD_NULLABLE, \
     .label = N_("Withdrawn")}, \
    {.name = "invoices", \
     .type = FIELD_RECORDS, \
     .flags = FIELD_OUT, \
     .fields = reminder_invoice_fields, \
     .label = N_("Invoices")}
/* clang-format on */

/* clang-format off */
#define TRIES_FIELDS \
    {.name = "dispatch_tries", \
     .type = FIELD_INTEGER, \
     .flags = FIELD_OUT, \
     .label = N_("Tries to send it")}, \
    {.name = "dispatch_next", \
     .type = FIELD_TIME, \
     .flags = FIELD_OUT | FIELD_NULLABLE, \
     .label = N_("Next try to send it")}
/* clang-format on */

const struct field reminder_page_fields[] = {
    LETTER_FIELDS,
    {.name = "dispatch_reason",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Why it was not sent")},
    TRIES_FIELDS,
    FIELD_END,
};

const struct field reminder_fields[] = {
    LETTER_FIELDS,
    TRIES_FIELDS,
    {.name = "dispatch_error",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .choices = DELIVERY_ERROR_CHOICES,
     .label = N_("What the last try failed at")},
    FIELD_VERSION,
    FIELD_END,
};

/* In a run: what a dry run has not written has no version. */
static const struct field letter_fields[] = {
    LETTER_FIELDS,
    FIELD_END,
};

const struct field reminder_query_fields[] = {
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
    {.name = "run",
     .type = FIELD_TEXT,
     .flags = FIELD_IN,
     .max = 64,
     .label = N_("Id of the run")},
    {.name = "level",
     .type = FIELD_INTEGER,
     .flags = FIELD_IN,
     .min = 1,
     .max = REMINDER_LEVELS,
     .label = N_("Level")},
    {.name = "dispatch",
     .type = FIELD_ENUM,
     .flags = FIELD_IN,
     .choices = dispatches,
     .label = N_("Dispatch")},
    LIST_FIELDS,
    FIELD_END,
};

const struct field reminder_rows_fields[] = {
    {.name = "number",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .label = N_("Number")},
    {.name = "customer_name",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .label = N_("Customer")},
    {.name = "customer",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .label = N_("Customer number")},
    {.name = "contract",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .label = N_("Contract")},
    {.name = "level", /* text: lists are narrowed by texts */
     .type = FIELD_ENUM,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .choices = "1|2|3|4",
     .label = N_("Level")},
    {.name = "date",
     .type = FIELD_DATE,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .label = N_("Date")},
    {.name = "target",
     .type = FIELD_DATE,
     .flags = FIELD_OUT | FIELD_SORT,
     .label = N_("To be paid until")},
    {.name = "total",
     .type = FIELD_MONEY,
     .flags = FIELD_OUT | FIELD_SORT,
     .label = N_("To be paid")},
    {.name = "dispatch",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .choices = dispatches,
     .label = N_("Dispatch")},
    {.name = "withdrawn",
     .type = FIELD_BOOL,
     .flags = FIELD_OUT | FIELD_SORT,
     .label = N_("Withdrawn")},
    FIELD_END,
};

/* ---- runs ---- */

const struct field reminder_run_fields[] = {
    {.name = "id", .type = FIELD_TEXT, .flags = FIELD_OUT, .label = N_("Id")},
    {.name = "date",
     .type = FIELD_DATE,
     .flags = FIELD_OUT,
     .label = N_("Date")},
    {.name = "dry_run",
     .type = FIELD_BOOL,
     .flags = FIELD_OUT,
     .label = N_("Dry run")},
    {.name = "status",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT,
     .choices = "queued|running|done|failed",
     .label = N_("Status")},
    {.name = "origin",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT,
     .choices = "api|office|schedule",
     .label = N_("Asked for by")},
    {.name = "done",
     .type = FIELD_INTEGER,
     .flags = FIELD_OUT,
     .label = N_("Done so far")},
    {.name = "total",
     .type = FIELD_INTEGER,
     .flags = FIELD_OUT,
     .label = N_("Of how many, 0 if not known")},
    {.name = "reminders_written",
     .type = FIELD_INTEGER,
     .flags = FIELD_OUT,
     .label = N_("Reminders")},
    {.name = "created",
     .type = FIELD_TIME,
     .flags = FIELD_OUT,
     .label = N_("Created")},
    {.name = "finished",
     .type = FIELD_TIME,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Finished")},
    FIELD_END,
};

const struct field reminder_run_one_fields[] = {
    {.name = "id", .type = FIELD_TEXT, .flags = FIELD_OUT, .label = N_("Id")},
    {.name = "date",
     .type = FIELD_DATE,
     .flags = FIELD_OUT,
     .label = N_("Date")},
    {.name = "dry_run",
     .type = FIELD_BOOL,
     .flags = FIELD_OUT,
     .label = N_("Dry run")},
    {.name = "status",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT,
     .choices = "queued|running|done|failed",
     .label = N_("Status")},
    {.name = "origin",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT,
     .choices = "api|office|schedule",
     .label = N_("Asked for by")},
    {.name = "done",
     .type = FIELD_INTEGER,
     .flags = FIELD_OUT,
     .label = N_("Done so far")},
    {.name = "total",
     .type = FIELD_INTEGER,
     .flags = FIELD_OUT,
     .label = N_("Of how many, 0 if not known")},
    {.name = "reminders_written",
     .type = FIELD_INTEGER,
     .flags = FIELD_OUT,
     .label = N_("Reminders")},
    {.name = "created",
     .type = FIELD_TIME,
     .flags = FIELD_OUT,
     .label = N_("Created")},
    {.name = "finished",
     .type = FIELD_TIME,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Finished")},
    {.name = "reminders",
     .type = FIELD_RECORDS,
     .flags = FIELD_OUT,
     .fields = letter_fields,
     .label = N_("The first thousand of its reminders")},
    FIELD_END,
};

const struct field reminder_run_create_fields[] = {
    {.name = "date",
     .type = FIELD_DATE,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .label = N_("Date")},
    {.name = "dry_run",
     .type = FIELD_BOOL,
     .flags = FIELD_IN,
     .label = N_("Dry run: says what would be sent")},
    FIELD_END,
};

const struct field reminder_run_form_fields[] = {
    {.name = "date",
     .type = FIELD_DATE,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .label = N_("Date of the reminders")},
    FIELD_END,
};

const struct field reminder_run_query_fields[] = {
    LIST_FIELDS,
    FIELD_END,
};

const struct field reminder_run_rows_fields[] = {
    {.name = "date",
     .type = FIELD_DATE,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .label = N_("Date")},
    {.name = "dry_run",
     .type = FIELD_BOOL,
     .flags = FIELD_OUT | FIELD_SORT,
     .label = N_("Dry run")},
    {.name = "status",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .choices = "queued|running|done|failed",
     .label = N_("Status")},
    {.name = "origin",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT | FIELD_FILTER | FIELD_SORT,
     .choices = "api|office|schedule",
     .label = N_("Asked for by")},
    {.name = "reminders",
     .type = FIELD_INTEGER,
     .flags = FIELD_OUT | FIELD_SORT,
     .label = N_("Reminders")},
    {.name = "created",
     .type = FIELD_TIME,
     .flags = FIELD_OUT | FIELD_SORT,
     .label = N_("Created")},
    FIELD_END,
};

/* ---- invoices that are left alone ---- */

const struct field reminder_block_fields[] = {
    {.name = "number",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Number")},
    {.name = "customer",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Customer number")},
    {.name = "reminder_level",
     .type = FIELD_INTEGER,
     .flags = FIELD_OUT,
     .label = N_("Reminder level")},
    {.name = "reminder_date",
     .type = FIELD_DATE,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Last reminder")},
    {.name = "reminder_target",
     .type = FIELD_DATE,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("To be paid until")},
    {.name = "reminder_block",
     .type = FIELD_DATE,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("No reminders until")},
    FIELD_END,
};

const struct field reminder_block_form_fields[] = {
    {.name = "reminder_block",
     .type = FIELD_DATE,
     .flags = FIELD_IN | FIELD_NULLABLE,
     .label = N_("No reminders until")},
    FIELD_END,
};
