#include "provider/provider.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { NUMBER_MIN = 12, NUMBER_MAX = 19 };

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* From the right, each second digit counts twice. */
static bool
has_check_digit(const char *digits, size_t n)
{
    int sum = 0;

    for (size_t i = 0; i < n; i++) {
        int value = digits[n - 1 - i] - '0';

        value = i % 2 ? value * 2 : value;
        sum += value > 9 ? value - 9 : value;
    }
    return sum % 10 == 0;
}

bool
provider_is_number(const char *text)
{
    char digits[NUMBER_MAX];
    size_t n = 0;

    for (; *text; text++) {
        if (is_digit(*text)) {
            if (n == NUMBER_MAX) {
                return false;
            }
            digits[n++] = *text;
        } else if (*text != ' ' && *text != '-') {
            return false;
        }
    }
    return n >= NUMBER_MIN && has_check_digit(digits, n);
}

bool
provider_has_number(const json_t *value)
{
    char text[32];
    const char *name;
    json_t *one;
    size_t i;

    if (json_is_string(value)) {
        return provider_is_number(json_string_value(value));
    }
    if (json_is_integer(value)) {
        snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT,
                 json_integer_value(value));
        return provider_is_number(text);
    }
    json_array_foreach(value, i, one)
    {
        if (provider_has_number(one)) {
            return true;
        }
    }
    json_object_foreach((json_t *)value, name, one)
    {
        if (provider_has_number(one)) {
            return true;
        }
    }
    return false;
}

/* Printable ASCII, some of it. */
static bool
is_word(const char *text, size_t max)
{
    size_t n = text ? strlen(text) : 0;

    for (size_t i = 0; i < n; i++) {
        if (text[i] < ' ' || text[i] > '~') {
            return false;
        }
    }
    return n > 0 && n <= max && !provider_is_number(text);
}

static bool
is_month(const char *text)
{
    int month;

    if (!text || strlen(text) != 7 || text[4] != '-' || text[0] != '2') {
        return false;
    }
    for (int i = 0; i < 7; i++) {
        if (i != 4 && !is_digit(text[i])) {
            return false;
        }
    }
    month = (text[5] - '0') * 10 + text[6] - '0';
    return month >= 1 && month <= 12;
}

bool
provider_card_ok(const struct provider_card *card)
{
    return is_word(card->token, PROVIDER_TOKEN_MAX) &&
           is_word(card->brand, PROVIDER_BRAND_MAX) && card->last4 &&
           strlen(card->last4) == 4 && strspn(card->last4, "0123456789") == 4 &&
           is_month(card->valid_until);
}
