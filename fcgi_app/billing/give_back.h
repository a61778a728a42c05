/* What a contract was billed beyond its end (docs/decisions/0034). */
#ifndef BILLING_GIVE_BACK_H
#define BILLING_GIVE_BACK_H

#include "billing/billing.h"
#include "contract/contract.h"

/* One invoice of a run: billed_from, billed_to, language and currency of its
 * row, its lines, and its contract, which ended on `end`. */
struct give_back {
    struct arena *arena;
    struct contract_terms terms;
    const char *end;
    const json_t *invoice, *lines;
};

/*
 * The lines of a correction that takes back the days behind the end, *n of them
 * into *out. A period that the end cuts keeps what its days up to the end cost,
 * half away from zero. Services stay. False: it is not known which period a
 * line bills.
 */
bool give_back_lines(const struct give_back *g, struct invoice_line_new **out,
                     size_t *n);

#endif
