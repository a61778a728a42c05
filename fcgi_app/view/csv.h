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

#endif
