/* What the targets of the pure files share. */
#ifndef FUZZ_PURE_H
#define FUZZ_PURE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pf_keyring.h"

enum { FUZZ_NOW = 1800000000 }; /* 2027-01-15T08:00:00Z */

#define FUZZ_KEY_LOCAL  "k4.local.cHFyc3R1dnd4eXp7fH1-f4CBgoOEhYaHiImKi4yNjo8"
#define FUZZ_KEY_PUBLIC "Hrnbu7wEfAP9cGBOAHHwmH4Wsot1ciXBHwBBXQ4gsaI"
#define FUZZ_SECRET     "0123456789abcdef0123456789abcdef"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An invariant that no input may break. */
#define must(condition) ((condition) ? (void)0 : abort())

static inline pf_str_t
fuzz_span(const uint8_t *data, size_t size)
{
    return (pf_str_t){size, data};
}

static inline pf_str_t
fuzz_text(const char *s)
{
    return pf_str_of(s);
}

/* True for a C string that ends within size and has no control characters. */
static inline bool
fuzz_printable(const char *s, size_t size)
{
    size_t n = strnlen(s, size);

    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f) {
            return false;
        }
    }
    return n < size;
}

static inline const pf_keyring_t *
fuzz_ring(void)
{
    static pf_keyring_t *ring;
    char why[100];

    if (!ring) {
        ring =
            pf_keyring_parse(pf_string(FUZZ_KEY_LOCAL "\n"), why, sizeof why);
        must(ring);
    }
    return ring;
}

/* One key of each kind that a merchant may have. */
static inline const pf_keyring_t *
fuzz_merchant(void)
{
    static const char text[] =
        "[{\"kid\":\"e\",\"kty\":\"OKP\",\"crv\":\"Ed25519\","
        "\"alg\":\"EdDSA\",\"x\":\"" FUZZ_KEY_PUBLIC "\"},"
        "{\"kid\":\"h\",\"kty\":\"oct\",\"alg\":\"HS256\","
        "\"k\":\"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY\"},"
        "{\"kid\":\"p\",\"paserk\":\"k4.public." FUZZ_KEY_PUBLIC "\"}]";
    static pf_keyring_t *ring;
    json_t *keys;
    char why[100];

    if (!ring) {
        keys = json_loads(text, 0, NULL);
        ring = pf_keyring_from_json(keys, why, sizeof why);
        json_decref(keys);
        must(ring);
    }
    return ring;
}

#endif
