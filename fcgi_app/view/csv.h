/* Comma-separated values (RFC 4180), for spreadsheets that belong to people. */
#ifndef VIEW_CSV_H
#define VIEW_CSV_H

#include <stdbool.h>

#include "base/buf.h"

/*
 * Appends one field, with a comma in front unless it is the first of its line.
 * What a spreadsheet would run as a formula ("=", "+", "-", "@", tab or
 * carriage return first) gets an apostrophe before it, unless it is a number.
 */
void csv_field(struct buf *out, bool first, const char *text);
void csv_end(struct buf *out); /* of a line */

/* ---- reading ---- */

enum { CSV_FIELDS_MAX = 64 };

enum csv_result {
    CSV_RECORD,
    CSV_END,      /* there are no more */
    CSV_OPEN,     /* a quote that nothing ends; the rest is lost */
    CSV_TOO_WIDE, /* more than CSV_FIELDS_MAX; the next one can be read */
};

struct csv_reader {
    const char *at;
    char separator;
    int line;                     /* where the record begins, from 1 */
    int next;                     /* where reading goes on */
    size_t n;                     /* fields of the record */
    char *fields[CSV_FIELDS_MAX]; /* in the arena */
};

/* UTF-8 text, with or without a byte order mark. What separates the fields is
 * what the first line has most of: comma, semicolon or tab. */
struct csv_reader csv_begin(const char *text);

/* The next record; lines with nothing in them are passed over. Ends of lines
 * are LF, CR LF or CR, and may stand in quotes. */
enum csv_result csv_next(struct csv_reader *r, struct arena *a);

#endif
