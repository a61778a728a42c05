#include "contract/contract.h"

#include "base/text.h"

enum { MICRO = 1000000, MICRO_DIGITS = 6 };

int64_t
contract_line_net(int64_t quantity, int64_t unit_price, const char *currency)
{
    /* micro × micro needs more than 64 bits for large amounts */
    __int128 product = (__int128)quantity * unit_price;
    __int128 scale = MICRO, half;

    for (int i = text_currency_digits(currency); i < MICRO_DIGITS; i++) {
        scale *= 10;
    }
    half = product < 0 ? -scale / 2 : scale / 2;
    return (int64_t)((product + half) / scale);
}
