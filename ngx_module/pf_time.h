/*
 * RFC 3339 with offset <-> Unix seconds; out[21] takes "2026-11-24T09:30:00Z".
 * What lies before the year 0 or behind 9999 is written as its first or last
 * second.
 */
#ifndef PF_TIME_H
#define PF_TIME_H

#include <stdint.h>

#include "pf_str.h"

/* Of the proleptic Gregorian calendar; month: 1 to 12. */
int pf_time_month_days(int year, int month);

bool pf_time_parse(pf_str_t s, int64_t *out);
void pf_time_format(int64_t t, char out[21]);

#endif
