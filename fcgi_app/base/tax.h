/* VAT by rate, of the lines of a document or an order: rounded once a rate. */
#ifndef BASE_TAX_H
#define BASE_TAX_H

#include <stdint.h>

#include "base/arena.h"

struct tax {
    int64_t rate, net; /* basis points; minor units */
    int64_t extra;     /* cents of VAT beside what the rate gives */
};

struct taxes {
    size_t n;
    struct tax *list; /* the highest rate first */
};

/* With room for so many rates: one a line is enough. */
struct taxes taxes_new(struct arena *a, size_t lines);

void taxes_add(struct taxes *taxes, int64_t rate, int64_t net, int64_t extra);

int64_t tax_vat(const struct tax *tax);

#endif
