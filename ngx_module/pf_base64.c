#include "pf_base64.h"

#include <sodium.h>

enum { VARIANT = sodium_base64_VARIANT_URLSAFE_NO_PADDING };

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
pf_base64_decode(pf_str_t s, unsigned char *out, size_t size, size_t *len)
{
    const char *end = NULL;

    *len = 0;
    if (s.len == 0) {
        return true;
    }
    return ascii(s) &&
           sodium_base642bin(out, size, (const char *)s.data, s.len, NULL, len,
                             &end, VARIANT) == 0 &&
           end == (const char *)s.data + s.len;
}

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
