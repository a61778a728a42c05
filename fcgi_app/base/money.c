#include "base/money.h"

#include "base/text.h"

enum { MICRO = 1000000, MICRO_DIGITS = 6, HUNDRED_PERCENT = 10000 };

/* The products of amounts need more than 64 bits. */
static int64_t
rounded(__int128 product, __int128 divisor)
{
    __int128 half = product < 0 ? -divisor / 2 : divisor / 2;

    return (int64_t)((product + half) / divisor);
}

static int64_t
micro_of_minor(const char *currency)
{
    int64_t scale = 1;

    for (int i = text_currency_digits(currency); i < MICRO_DIGITS; i++) {
        scale *= 10;
    }
    return scale;
}

int64_t
money_net(int64_t quantity, int64_t unit_price, const char *currency)
{
    return rounded((__int128)quantity * unit_price,
                   (__int128)MICRO * micro_of_minor(currency));
}

int64_t
money_share(int64_t amount, int64_t basis_points)
{
    return rounded((__int128)amount * basis_points, HUNDRED_PERCENT);
}

int64_t
money_scaled(int64_t value, int64_t numerator, int64_t denominator)
{
    return rounded((__int128)value * numerator, denominator);
}

int64_t
money_unit_price(int64_t minor, const char *currency)
{
    return minor * micro_of_minor(currency);
}
