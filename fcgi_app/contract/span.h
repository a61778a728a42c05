/*
 * Dates that recur: a count of days, weeks, months or years from a first day.
 */
#ifndef CONTRACT_SPAN_H
#define CONTRACT_SPAN_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The day n spans of `count` `unit` (day, week, month, year) after `first`; n
 * may be negative. Months and years keep first's day, or are the last of a
 * month that has no such day: from 2026-01-31 by one month, 02-28, 03-31,
 * 04-30. So a span is always counted from the first day, never from the one
 * before. False: no date, no such unit, or beyond the years 1 to 9999.
 */
bool span_date(const char *first, int64_t n, int count, const char *unit,
               char out[11]);

/* The day `days` later, or earlier. */
bool span_days(const char *date, int64_t days, char out[11]);

/* How many whole spans lie between first and date: the n of the last
 * span_date() that is not after date. False as above, or date is before first.
 */
bool span_index(const char *first, const char *date, int count,
                const char *unit, int64_t *n);

#endif
