#include "base/tax.h"

#include "base/money.h"

struct taxes
taxes_new(struct arena *a, size_t lines)
{
    return (struct taxes){0, arena_alloc(a, (lines + 1) * sizeof(struct tax))};
}

void
taxes_add(struct taxes *taxes, int64_t rate, int64_t net, int64_t extra)
{
    size_t i = 0, j;

    while (i < taxes->n && taxes->list[i].rate > rate) {
        i++;
    }
    if (i < taxes->n && taxes->list[i].rate == rate) {
        taxes->list[i].net += net;
        taxes->list[i].extra += extra;
        return;
    }
    for (j = taxes->n++; j > i; j--) {
        taxes->list[j] = taxes->list[j - 1];
    }
    taxes->list[i] = (struct tax){rate, net, extra};
}

int64_t
tax_vat(const struct tax *tax)
{
    return money_share(tax->net, tax->rate) + tax->extra;
}
