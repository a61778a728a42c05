#include "billing/ledger.h"

int64_t
ledger_distribute(int64_t amount, const int64_t *open, size_t n, int64_t *out)
{
    for (size_t i = 0; i < n; i++) {
        out[i] = open[i] < amount ? open[i] : amount;
        amount -= out[i];
    }
    return amount;
}
