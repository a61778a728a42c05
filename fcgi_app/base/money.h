/* The rounding rules of money, once for every amount: half away from zero. */
#ifndef BASE_MONEY_H
#define BASE_MONEY_H

#include <stdint.h>

/* quantity × unit price, both scaled by 10^6, in minor units of the currency.
 */
int64_t money_net(int64_t quantity, int64_t unit_price, const char *currency);

/* A share of an amount in basis points: VAT, or a discount in percent. */
int64_t money_share(int64_t amount, int64_t basis_points);

/* value × numerator / denominator; the last two above zero. */
int64_t money_scaled(int64_t value, int64_t numerator, int64_t denominator);

/* Minor units as a unit price, scaled by 10^6. */
int64_t money_unit_price(int64_t minor, const char *currency);

#endif
