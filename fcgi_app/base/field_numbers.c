/* Numbers with a point: whole numbers inside, text outside. */
#include <string.h>

#include "base/field_kinds.h"
#include "base/text.h"

enum { MICRO_DIGITS = 6, BASIS_POINT_DIGITS = 2, NUMBER_DIGITS = 18 };

bool
field_is_scaled(enum field_type type)
{
    return type == FIELD_DECIMAL || type == FIELD_PERCENT ||
           type == FIELD_MONEY;
}

int
field_scale(enum field_type type)
{
    return type == FIELD_PERCENT ? BASIS_POINT_DIGITS : MICRO_DIGITS;
}

/* Digits from *s on, of which at most `max` are appended to *n; how many there
 * were, or max + 1. */
static int
digits_at(const char **s, int max, int64_t *n)
{
    int count = 0;

    for (; **s >= '0' && **s <= '9' && count <= max; (*s)++, count++) {
        if (count < max) { /* NUMBER_DIGITS fit, and no more */
            *n = *n * 10 + (**s - '0');
        }
    }
    return count;
}

bool
field_scaled_parse(const char *s, int digits, bool comma, int64_t *n)
{
    bool negative = *s == '-';
    int whole, part = 0;

    s += negative;
    *n = 0;
    whole = digits_at(&s, NUMBER_DIGITS - digits, n);
    if (whole == 0 || whole > NUMBER_DIGITS - digits) {
        return false;
    }
    if (*s == '.' || (comma && *s == ',')) {
        s++;
        part = digits_at(&s, digits, n);
        if (part == 0 || part > digits) {
            return false;
        }
    }
    for (; part < digits; part++) {
        *n *= 10;
    }
    *n = negative ? -*n : *n;
    return *s == '\0';
}

bool
field_money(const json_t *typed, const char *currency, int64_t *minor)
{
    const char *named = json_string_value(json_object_get(typed, "currency"));
    int64_t micro = json_integer_value(json_object_get(typed, "micro"));
    int64_t unit = 1;

    if (named) {
        *minor = json_integer_value(json_object_get(typed, "amount"));
        return strcmp(named, currency) == 0;
    }
    for (int i = text_currency_digits(currency); i < MICRO_DIGITS; i++) {
        unit *= 10;
    }
    *minor = micro / unit;
    return json_object_get(typed, "micro") && micro % unit == 0;
}
