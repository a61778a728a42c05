#include "base/iban.h"

#include <string.h>

#include "base/buf.h"

static const struct {
    char country[3];
    size_t length;
    bool sepa;
} countries[] = {
#define IBAN(country, length, sepa) {#country, length, sepa},
#include "tables/ibans.def"
#undef IBAN
};

enum { N_COUNTRIES = sizeof countries / sizeof *countries };

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* U+00A0 and U+202F, which come along with what is pasted. */
static size_t
blank_len(const char *s)
{
    return strchr(" \t\r\n", *s)                ? 1
           : strncmp(s, "\xc2\xa0", 2) == 0     ? 2
           : strncmp(s, "\xe2\x80\xaf", 3) == 0 ? 3
                                                : 0;
}

char *
iban_plain(struct arena *a, const char *typed)
{
    char *out = arena_alloc(a, strlen(typed) + 1), *end = out;
    size_t blank;

    while (*typed) {
        blank = blank_len(typed);
        if (blank > 0) {
            typed += blank;
            continue;
        }
        *end++ = *typed >= 'a' && *typed <= 'z' ? (char)(*typed - 'a' + 'A')
                                                : *typed;
        typed++;
    }
    *end = '\0';
    return out;
}

/* The remainder of a number that has been read so far, and of one with that
 * text behind it: letters stand for 10 to 35. */
static int
rest_of(int rest, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        rest = is_digit(text[i]) ? (rest * 10 + text[i] - '0') % 97
                                 : (rest * 100 + text[i] - 'A' + 10) % 97;
    }
    return rest;
}

/* Two letters, two check digits, and then nothing but letters and digits. 00,
 * 01 and 99 fit where 97, 98 and 02 do, and are never given. */
static bool
is_checked(const char *text, size_t len)
{
    int check;

    if (len < 5 || !is_letter(text[0]) || !is_letter(text[1]) ||
        !is_digit(text[2]) || !is_digit(text[3])) {
        return false;
    }
    check = (text[2] - '0') * 10 + text[3] - '0';
    for (size_t i = 4; i < len; i++) {
        if (!is_digit(text[i]) && !is_letter(text[i])) {
            return false;
        }
    }
    return check >= 2 && check <= 98;
}

/* Behind `skip` more characters than the first four, which stand at the end. */
static bool
fits(const char *text, size_t len, size_t skip)
{
    int rest = rest_of(0, text + 4 + skip, len - 4 - skip);

    return rest_of(rest, text, 4) == 1;
}

static size_t
country_of(const char *text)
{
    size_t i = 0;

    while (i < N_COUNTRIES && strncmp(countries[i].country, text, 2) != 0) {
        i++;
    }
    return i;
}

bool
iban_ok(const char *plain)
{
    size_t len = strlen(plain), i = country_of(plain);

    return i < N_COUNTRIES && len == countries[i].length &&
           is_checked(plain, len) && fits(plain, len, 0);
}

bool
iban_in_sepa(const char *iban)
{
    size_t i = country_of(iban);

    return i < N_COUNTRIES && countries[i].sepa;
}

bool
iban_creditor_ok(const char *plain)
{
    enum { OWN = 3 };
    size_t len = strlen(plain);

    return len > 4 + OWN && len <= CREDITOR_ID_MAX && is_checked(plain, len) &&
           fits(plain, len, OWN);
}

/* ---- for people ---- */

char *
iban_grouped(struct arena *a, const char *iban)
{
    struct buf out = buf_new(a, 2 * IBAN_MAX);

    for (size_t i = 0; iban[i]; i++) {
        if (i > 0 && i % 4 == 0) {
            buf_add(&out, " ", 1);
        }
        buf_add(&out, iban + i, 1);
    }
    return out.data;
}

char *
iban_masked(struct arena *a, const char *country, const char *last4)
{
    return arena_printf(a, "%s… %s", country, last4);
}
