/*
 * Units of time that contracts and what they are sold by are counted in: day,
 * week, month, year. A week is seven days, a year twelve months.
 */
#ifndef BASE_UNIT_H
#define BASE_UNIT_H

#include "base/field.h"

#define UNIT_CHOICES "day|week|month|year"

/* Months or days of a unit that has any; 0 otherwise. */
int unit_months(const char *unit);
int unit_days(const char *unit);

/* Records: {every, unit}, and {count, unit}. */
extern const struct field unit_recurrence_fields[], unit_span_fields[];

#endif
