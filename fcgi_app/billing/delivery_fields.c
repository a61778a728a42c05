#include "billing/billing.h"

const struct field invoice_send_fields[] = {
    {.name = "to",
     .type = FIELD_EMAIL,
     .flags = FIELD_IN,
     .max = 254,
     .label = N_("E-mail address")},
    FIELD_END,
};

const struct field delivery_again_fields[] = {
    {.name = "run",
     .type = FIELD_TEXT,
     .flags = FIELD_IN,
     .max = 64,
     .label = N_("Id of the run")},
    FIELD_END,
};

const struct field invoice_sent_fields[] = {
    {.name = "number",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Number of the document")},
    {.name = "dispatch",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT,
     .choices = "none|waiting|sent|failed|suppressed",
     .label = N_("Dispatch")},
    {.name = "dispatch_reason",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Why it was not sent")},
    {.name = "mail",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Mail of the log")},
    FIELD_END,
};
