#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"

enum { ID_LEN = 26, HASH_LEN = 32 };

static void
start_sodium(void)
{
    static int started;

    if (!started && sodium_init() < 0) {
        log_error("libsodium does not start");
        abort();
    }
    started = 1;
}

/* 130 bits of text for 128 bits: the first character has two bits less. */
static void
crockford(const unsigned char bytes[16], char out[ID_LEN + 1])
{
    static const char letters[] = "0123456789abcdefghjkmnpqrstvwxyz";
    unsigned acc = 0, bits = 2;
    size_t n = 0;

    for (size_t i = 0; i < 16; i++) {
        acc = acc << 8 | bytes[i];
        bits += 8;
        while (bits >= 5) {
            bits -= 5;
            out[n++] = letters[acc >> bits & 31];
        }
    }
    out[n] = '\0';
}

/* The 80 bits behind the time, some steps further. */
static void
advance(unsigned char bytes[16])
{
    uint64_t carry = 1 + (uint64_t)randombytes_random();

    for (int i = 15; i >= 6; i--) {
        carry += bytes[i];
        bytes[i] = (unsigned char)carry;
        carry >>= 8;
    }
}

char *
id_new(struct arena *a, const char *prefix)
{
    static unsigned char bytes[16]; /* of the last one */
    static uint64_t last;
    uint64_t ms = (uint64_t)clock_now_ms();
    char text[ID_LEN + 1];

    start_sodium();
    if (ms > last) {
        last = ms;
        randombytes_buf(bytes, sizeof bytes);
        for (int i = 0; i < 6; i++) {
            bytes[i] = (unsigned char)(ms >> (40 - 8 * i));
        }
    } else {
        advance(bytes);
    }
    crockford(bytes, text);
    return arena_printf(a, "%s_%s", prefix, text);
}

char *
id_secret(struct arena *a, size_t n)
{
    const int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
    size_t size = sodium_base64_encoded_len(n, variant);
    unsigned char *bytes = arena_alloc(a, n);
    char *text = arena_alloc(a, size);

    start_sodium();
    randombytes_buf(bytes, n);
    sodium_bin2base64(text, size, bytes, n, variant);
    sodium_memzero(bytes, n);
    return text;
}

static char *
random_text(struct arena *a, size_t n, const char *letters)
{
    char *text = arena_alloc(a, n + 1);
    uint32_t count = (uint32_t)strlen(letters);

    start_sodium();
    for (size_t i = 0; i < n; i++) {
        text[i] = letters[randombytes_uniform(count)];
    }
    return text;
}

char *
id_base62(struct arena *a, size_t n)
{
    return random_text(a, n,
                       "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                       "abcdefghijklmnopqrstuvwxyz");
}

char *
id_crockford(struct arena *a, size_t n)
{
    return random_text(a, n, "0123456789ABCDEFGHJKMNPQRSTVWXYZ");
}

char *
id_hash(struct arena *a, const char *secret)
{
    unsigned char hash[HASH_LEN];
    char *text = arena_alloc(a, 2 * HASH_LEN + 1);

    start_sodium();
    crypto_generichash(hash, sizeof hash, (const unsigned char *)secret,
                       strlen(secret), NULL, 0);
    return sodium_bin2hex(text, 2 * HASH_LEN + 1, hash, sizeof hash);
}

int
id_equal(const char *a, const char *b)
{
    size_t len = strlen(a);

    return len == strlen(b) && sodium_memcmp(a, b, len) == 0;
}
