#include "base/unit.h"

#include <string.h>

enum { COUNT_MAX = 3660 }; /* ten years of days */

int
unit_months(const char *unit)
{
    return strcmp(unit, "month") == 0 ? 1 : strcmp(unit, "year") == 0 ? 12 : 0;
}

int
unit_days(const char *unit)
{
    return strcmp(unit, "day") == 0 ? 1 : strcmp(unit, "week") == 0 ? 7 : 0;
}

/* clang-format off */
#define BOTH (FIELD_IN | FIELD_OUT)
#define RECORD(count, words) \
    { \
        {.name = count, \
         .type = FIELD_INTEGER, \
         .flags = BOTH | FIELD_REQUIRED, \
         .min = 1, \
         .max = COUNT_MAX, \
         .label = words}, \
        {.name = "unit", \
         .type = FIELD_ENUM, \
         .flags = BOTH | FIELD_REQUIRED, \
         .choices = UNIT_CHOICES, \
         .label = N_("Unit")}, \
        FIELD_END, \
    }
/* clang-format on */

const struct field unit_recurrence_fields[] =
    RECORD("every", N_("How many units a period has"));
const struct field unit_span_fields[] = RECORD("count", N_("How many units"));
