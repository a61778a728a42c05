#include "user/totp.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/id.h"
#include "base/text.h"
#include "pf_evp.h"

enum { SECRET_TEXT = 64 }; /* characters at most */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

char *
totp_secret(struct arena *a)
{
    unsigned char bytes[TOTP_SECRET];
    char *out = arena_alloc(a, TOTP_SECRET / 5 * 8 + 1), *p = out;

    randombytes_buf(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i += 5) {
        uint64_t group = 0;

        for (size_t k = 0; k < 5; k++) {
            group = group << 8 | bytes[i + k];
        }
        for (int shift = 35; shift >= 0; shift -= 5) {
            *p++ = alphabet[group >> shift & 31];
        }
    }
    sodium_memzero(bytes, sizeof bytes);
    return out;
}

/* How many bytes; 0 for what is no base32. */
static size_t
decode(const char *text, unsigned char out[SECRET_TEXT])
{
    uint32_t bits = 0;
    unsigned n = 0;
    size_t len = 0;

    if (strlen(text) > SECRET_TEXT) {
        return 0;
    }
    for (; *text; text++) {
        const char *at = strchr(alphabet, *text);

        if (!at) {
            return 0;
        }
        bits = bits << 5 | (uint32_t)(at - alphabet);
        n += 5;
        if (n >= 8) {
            n -= 8;
            out[len++] = (unsigned char)(bits >> n);
        }
    }
    return len;
}

bool
totp_code(const char *secret, int64_t step, char out[TOTP_DIGITS + 1])
{
    unsigned char key[SECRET_TEXT], message[8], mac[PF_SHA1];
    size_t len = decode(secret, key);
    uint32_t number;
    bool ok;

    for (int i = 7; i >= 0; i--) {
        message[i] = (unsigned char)step;
        step >>= 8;
    }
    ok = len > 0 && pf_hmac_sha1(key, len, message, sizeof message, mac);
    sodium_memzero(key, sizeof key);
    if (!ok) {
        return false;
    }
    /* dynamic truncation (RFC 4226, 5.3) */
    const unsigned char *p = mac + (mac[PF_SHA1 - 1] & 15);
    number = (uint32_t)(p[0] & 127) << 24 | (uint32_t)p[1] << 16 |
             (uint32_t)p[2] << 8 | p[3];
    snprintf(out, TOTP_DIGITS + 1, "%06u", number % 1000000);
    return true;
}

/* The six digits without blanks; false when it is anything else. */
static bool
digits_of(const char *code, char out[TOTP_DIGITS + 1])
{
    size_t n = 0;

    for (; *code; code++) {
        if (*code == ' ') {
            continue;
        }
        if (*code < '0' || *code > '9' || n == TOTP_DIGITS) {
            return false;
        }
        out[n++] = *code;
    }
    out[n] = '\0';
    return n == TOTP_DIGITS;
}

int64_t
totp_match(const char *secret, const char *code, int64_t now, int64_t used)
{
    char given[TOTP_DIGITS + 1], right[TOTP_DIGITS + 1];
    int64_t found = 0;

    if (!digits_of(code, given)) {
        return 0;
    }
    for (int64_t step = now / TOTP_STEP - 1; step <= now / TOTP_STEP + 1;
         step++) {
        if (step > used && totp_code(secret, step, right) &&
            id_equal(given, right)) {
            found = step;
        }
    }
    return found;
}

/* Unreserved characters (RFC 3986) as they are, the others escaped. */
static char *
escaped(struct arena *a, const char *text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz0123456789-._~";
    char *out = arena_alloc(a, 3 * strlen(text) + 1), *p = out;

    for (; *text; text++) {
        if (strchr(plain, *text)) {
            *p++ = *text;
        } else {
            memcpy(p, arena_printf(a, "%%%02X", (unsigned char)*text), 3);
            p += 3;
        }
    }
    return out;
}

const char *
totp_uri(struct arena *a, const char *issuer, const char *account,
         const char *secret)
{
    const char *name = escaped(a, issuer);

    return arena_printf(a,
                        "otpauth://totp/%s:%s?secret=%s&issuer=%s"
                        "&algorithm=SHA1&digits=%d&period=%d",
                        name, escaped(a, account), secret, name, TOTP_DIGITS,
                        TOTP_STEP);
}

const char *
totp_recovery(struct arena *a)
{
    const char *text = text_fold(a, id_base62(a, 12));

    return arena_printf(a, "%.6s-%.6s", text, text + 6);
}

const char *
totp_recovery_typed(struct arena *a, const char *typed)
{
    return text_fold(a, typed);
}
