#include "contract/link.h"

const struct field link_fields[] = {
    {.name = "valid_minutes",
     .type = FIELD_INTEGER,
     .flags = FIELD_IN,
     .min = 1,
     .max = LINK_MINUTES_MAX,
     .label = N_("Minutes until the link expires")},
    FIELD_END,
};

const struct field link_answer_fields[] = {
    {.name = "token",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Self-service token")},
    {.name = "expiry",
     .type = FIELD_TIME,
     .flags = FIELD_OUT,
     .label = N_("Expires")},
    {.name = "purpose",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT,
     .choices = "customer_portal",
     .label = N_("What it opens")},
    {.name = "url",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Address of the contract")},
    FIELD_END,
};

/* What the trail has of one. */
const struct field link_trail_fields[] = {
    {.name = "contract",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Contract")},
    {.name = "expires",
     .type = FIELD_TIME,
     .flags = FIELD_OUT,
     .label = N_("Expires")},
    FIELD_END,
};

const struct field link_form_fields[] = {
    {.name = "valid_minutes",
     .type = FIELD_INTEGER,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .min = 1,
     .max = LINK_MINUTES_MAX,
     .label = N_("Minutes until the link expires")},
    {.name = "send_mail",
     .type = FIELD_BOOL,
     .flags = FIELD_IN,
     .label = N_("Send it to the customer by e-mail, too")},
    FIELD_END,
};

/* clang-format off */
#define LINK_ROWS \
    {.name = "created", \
     .type = FIELD_TIME, \
     .flags = FIELD_OUT, \
     .label = N_("Made")}, \
    {.name = "who", \
     .type = FIELD_TEXT, \
     .flags = FIELD_OUT, \
     .label = N_("By whom")}, \
    {.name = "expires", \
     .type = FIELD_TIME, \
     .flags = FIELD_OUT, \
     .label = N_("Expires")}, \
    {.name = "opened", \
     .type = FIELD_INTEGER, \
     .flags = FIELD_OUT, \
     .label = N_("Opened, times")}, \
    {.name = "last_opened", \
     .type = FIELD_TIME, \
     .flags = FIELD_OUT | FIELD_NULLABLE, \
     .label = N_("Last opened")}
/* clang-format on */

const struct field link_rows_fields[] = {LINK_ROWS, FIELD_END};

const struct field link_customer_fields[] = {
    {.name = "contract",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Contract")},
    LINK_ROWS,
    FIELD_END,
};
