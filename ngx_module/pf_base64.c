#include "pf_base64.h"

#include <sodium.h>
#include <stdint.h>

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

/* ---- by tables ---- */

/*
 * What each of four digits adds to the three bytes that they stand for, the
 * first byte lowest; or the mark that it is no digit.
 */
#define NO        64
#define MARK      0x80000000u
#define FIRST(d)  ((d) == NO ? MARK : (uint32_t)(d) << 2)
#define SECOND(d) ((d) == NO ? MARK : (d) >> 4 | (uint32_t)((d)&15) << 12)
#define THIRD(d)                                                               \
    ((d) == NO ? MARK : (uint32_t)(d) >> 2 << 8 | (uint32_t)((d)&3) << 22)
#define FOURTH(d) ((d) == NO ? MARK : (uint32_t)(d) << 16)

/* clang-format off */
#define DIGITS(x) \
    x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), \
    x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), \
    x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(62), x(NO), x(NO), \
    x(52), x(53), x(54), x(55), x(56), x(57), x(58), x(59), x(60), x(61), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), \
    x(NO), x(0), x(1), x(2), x(3), x(4), x(5), x(6), x(7), x(8), x(9), x(10), x(11), x(12), x(13), x(14), \
    x(15), x(16), x(17), x(18), x(19), x(20), x(21), x(22), x(23), x(24), x(25), x(NO), x(NO), x(NO), x(NO), x(63), \
    x(NO), x(26), x(27), x(28), x(29), x(30), x(31), x(32), x(33), x(34), x(35), x(36), x(37), x(38), x(39), x(40), \
    x(41), x(42), x(43), x(44), x(45), x(46), x(47), x(48), x(49), x(50), x(51), x(NO), x(NO), x(NO), x(NO), x(NO), \
    x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), \
    x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), \
    x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), \
    x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), \
    x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), \
    x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), \
    x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), \
    x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO), x(NO)
/* clang-format on */

static const uint32_t first[] = {DIGITS(FIRST)};
static const uint32_t second[] = {DIGITS(SECOND)};
static const uint32_t third[] = {DIGITS(THIRD)};
static const uint32_t fourth[] = {DIGITS(FOURTH)};

/*
 * One or two bytes of two or three digits. Bits that stand for nothing must be
 * zero, so that there is one spelling: here they would be in the next byte.
 */
static uint32_t
last_bytes(const unsigned char *in, size_t n, unsigned char *out)
{
    uint32_t word = first[in[0]] | second[in[1]];

    out[0] = (unsigned char)word;
    if (n == 2) {
        return word >> 8 ? MARK : 0;
    }
    word |= third[in[2]];
    out[1] = (unsigned char)(word >> 8);
    return word >> 16 ? MARK : 0;
}

bool
pf_base64_decode(pf_str_t s, unsigned char *out, size_t size, size_t *len)
{
    const unsigned char *in = s.data;
    size_t rest = s.len % 4, quads = s.len / 4;
    size_t need = quads * 3 + (rest ? rest - 1 : 0);
    uint32_t all = 0;

    *len = 0;
    if (rest == 1 || need > size) {
        return false;
    }
    for (; quads > 0; quads--, in += 4, out += 3) {
        uint32_t word =
            first[in[0]] | second[in[1]] | third[in[2]] | fourth[in[3]];

        all |= word;
        out[0] = (unsigned char)word;
        out[1] = (unsigned char)(word >> 8);
        out[2] = (unsigned char)(word >> 16);
    }
    if (rest) {
        all |= last_bytes(in, rest, out);
    }
    if (all & MARK) {
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
