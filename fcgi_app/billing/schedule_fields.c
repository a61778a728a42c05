#include "billing/schedule.h"

/* clang-format off */
#define WEEKDAYS \
    "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
#define ROWS(more) \
    {.name = "unit", \
     .type = FIELD_ENUM, \
     .flags = (more), \
     .choices = "day|week|month", \
     .label = N_("Every")}, \
    {.name = "weekday", \
     .type = FIELD_ENUM, \
     .flags = (more), \
     .choices = WEEKDAYS, \
     .label = N_("Day of the week, if weekly")}, \
    {.name = "day", \
     .type = FIELD_INTEGER, \
     .flags = (more), \
     .min = 1, \
     .max = 31, \
     .label = N_("Day of the month, if monthly")}, \
    {.name = "hour", \
     .type = FIELD_INTEGER, \
     .flags = (more), \
     .max = 23, \
     .label = N_("Hour, from 0 to 23")}, \
    {.name = "active", \
     .type = FIELD_BOOL, \
     .flags = (more) & ~FIELD_REQUIRED, \
     .label = N_("Switched on")}
/* clang-format on */

const struct field schedule_form_fields[] = {
    ROWS(FIELD_IN | FIELD_OUT | FIELD_REQUIRED),
    FIELD_END,
};

const struct field schedule_list_fields[] = {
    {.name = "created",
     .type = FIELD_TIME,
     .flags = FIELD_OUT | FIELD_SORT,
     .label = N_("Created")},
    {.name = "unit",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT,
     .choices = "day|week|month",
     .label = N_("Every")},
    {.name = "weekday",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT,
     .choices = WEEKDAYS,
     .label = N_("Day of the week")},
    {.name = "day",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Day of the month")},
    {.name = "hour",
     .type = FIELD_INTEGER,
     .flags = FIELD_OUT,
     .label = N_("Hour")},
    {.name = "active",
     .type = FIELD_BOOL,
     .flags = FIELD_OUT,
     .label = N_("Switched on")},
    {.name = "next_at",
     .type = FIELD_TIME,
     .flags = FIELD_OUT | FIELD_SORT,
     .label = N_("Next run")},
    {.name = "last_run",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Last run")},
    FIELD_END,
};
