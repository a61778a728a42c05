#include "contract/contract.h"

enum { MICRO = 1000000, MICRO_PER_MINOR = MICRO / 100 };

int64_t
contract_line_net(int64_t quantity, int64_t unit_price)
{
    /* micro × micro needs more than 64 bits for large amounts */
    __int128 product = (__int128)quantity * unit_price;
    __int128 scale = (__int128)MICRO * MICRO_PER_MINOR;
    __int128 half = product < 0 ? -scale / 2 : scale / 2;

    return (int64_t)((product + half) / scale);
}
