#include "pf_base64.h"

#include <sodium.h>

enum { VARIANT = sodium_base64_VARIANT_URLSAFE_NO_PADDING };

/* ---- in constant time, by libsodium ---- */

/* libsodium 1.0.18 takes any byte from 0x80 up for a digit. */
static bool
ascii(pf_str_t s)
{
    unsigned char all = 0;

    for (size_t i = 0; i < s.len; i++) {
        all |= s.data[i];
    }
    return all < 0x80;
}

bool
pf_base64_decode_secret(pf_str_t s, unsigned char *out, size_t size,
                        size_t *len)
{
    const char *end = NULL;

    *len = 0;
    if (s.len == 0) {
        return true;
    }
    if (ascii(s) &&
        sodium_base642bin(out, size, (const char *)s.data, s.len, NULL, len,
                          &end, VARIANT) == 0 &&
        end == (const char *)s.data + s.len) {
        return true;
    }
    *len = 0; /* it tells how far it came */
    return false;
}

/* ---- by a table ---- */

enum { NO = 0xff, DIGIT = 0x3f };

/* The digit that a byte stands for, or NO. */
static const unsigned char digits[256] = {
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
    NO, NO, NO, NO, NO, NO, NO, 62, NO, NO, 52, 53, 54, 55, 56, 57, 58, 59, 60,
    61, NO, NO, NO, NO, NO, NO, NO, 0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10,
    11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, NO, NO, NO, NO,
    63, NO, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42,
    43, 44, 45, 46, 47, 48, 49, 50, 51, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
    NO, NO, NO, NO, NO, NO, NO, NO, NO,
};

/* One or two bytes of two or three digits, which are returned, all in one. */
static unsigned
last_bytes(const unsigned char *in, size_t n, unsigned char *out)
{
    unsigned a = digits[in[0]], b = digits[in[1]], c = 0;

    out[0] = (unsigned char)(a << 2 | b >> 4);
    if (n == 3) {
        c = digits[in[2]];
        out[1] = (unsigned char)(b << 4 | c >> 2);
    }
    /* Bits that stand for nothing are zero, so that there is one spelling. */
    return a | b | c | ((n == 3 ? c & 0x03 : b & 0x0f) ? NO : 0);
}

bool
pf_base64_decode(pf_str_t s, unsigned char *out, size_t size, size_t *len)
{
    const unsigned char *in = s.data;
    size_t rest = s.len % 4, quads = s.len / 4;
    size_t need = quads * 3 + (rest ? rest - 1 : 0);
    unsigned all = 0;

    *len = 0;
    if (rest == 1 || need > size) {
        return false;
    }
    for (; quads > 0; quads--, in += 4, out += 3) {
        unsigned a = digits[in[0]], b = digits[in[1]];
        unsigned c = digits[in[2]], d = digits[in[3]];

        all |= a | b | c | d;
        out[0] = (unsigned char)(a << 2 | b >> 4);
        out[1] = (unsigned char)(b << 4 | c >> 2);
        out[2] = (unsigned char)(c << 6 | d);
    }
    if (rest) {
        all |= last_bytes(in, rest, out);
    }
    if (all > DIGIT) {
        return false;
    }
    *len = need;
    return true;
}

/* ---- encoding ---- */

size_t
pf_base64_encode(const unsigned char *bytes, size_t n, char *out, size_t size)
{
    size_t need = sodium_base64_ENCODED_LEN(n, VARIANT);

    if (need > size) {
        return 0;
    }
    sodium_bin2base64(out, size, bytes, n, VARIANT);
    return need - 1;
}
