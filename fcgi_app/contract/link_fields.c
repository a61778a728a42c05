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
