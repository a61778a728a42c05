/* The program's only clock. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

int64_t clock_now(void);    /* Unix seconds, UTC */
int64_t clock_now_ms(void); /* the same in milliseconds */

/* After every time: the upper bound of who asks for no other. 0 would not do,
 * it is a time. */
#define CLOCK_END INT64_MAX

/* What the machine says, also when tests move the time: for the log, whose
 * lines are read beside those of others. */
int64_t clock_real_ms(void);

/*
 * Tests only: from now on the time is the machine's plus the seconds (a decimal
 * number, which may be negative) in the file `path`; without the file it is the
 * machine's. Read at each look, so that all programs that follow one file move
 * at once. Durations stay real.
 */
void clock_follow(const char *path);

/* Milliseconds that only ever grow: for durations and time-outs. */
int64_t clock_monotonic_ms(void);

/* Days since 1970-01-01 of a civil date and back; "2026-11-24" texts. */
int64_t clock_days(int year, int month, int day);
void clock_date(int64_t days, char out[11]);
int clock_parse_date(const char *s, int64_t *days); /* 0 = not a date */

#endif
