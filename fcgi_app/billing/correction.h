/* The arithmetic of corrections: what is left of an invoice or credit note, and
 * how a correction fits into it. */
#ifndef BILLING_CORRECTION_H
#define BILLING_CORRECTION_H

#include "billing/credit.h"

/* What is left, by VAT rate: rows of an invoice's lines and of its corrections'
 * (credit_store_lines()). An array of {rate, net, vat}. New reference. */
json_t *correction_rest(struct arena *a, const json_t *lines);

/* Lines that take back all of those rows: the same with the opposite sign. */
struct invoice_line_new *correction_opposite(struct arena *a,
                                             const json_t *lines);

/*
 * Whether the lines of a correction (with nets of the opposite sign) fit into
 * what is left:
 * of no rate more than there is. Their vat_extra is set so that VAT comes out
 * to the cent: where nothing is left of a rate, it takes what is left of its
 * VAT. *whole: nothing is left of any.
 */
bool correction_fits(const json_t *rest, const char *currency,
                     struct invoice_line_new *lines, size_t n, bool *whole);

#endif
