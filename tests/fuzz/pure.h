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
/* RFC 7515, A.2 and A.3 */
#define FUZZ_RSA                                                               \
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-V"       \
    "aw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b"       \
    "32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-K"       \
    "XBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5"       \
    "IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb5"       \
    "4h4FRWyuXpoQ"
#define FUZZ_EC                                                                \
    "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","                   \
    "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\""
#define FUZZ_SECRET "0123456789abcdef0123456789abcdef"

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
        "{\"kid\":\"c\",\"kty\":\"EC\",\"crv\":\"P-256\",\"alg\":"
        "\"ES256\"," FUZZ_EC "},"
        "{\"kid\":\"r\",\"kty\":\"RSA\",\"alg\":\"RS256\",\"e\":\"AQAB\",\"n\":"
        "\"" FUZZ_RSA "\"},"
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
