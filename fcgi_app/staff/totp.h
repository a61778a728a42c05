/*
 * One-time codes of authenticator apps: TOTP (RFC 6238) over HOTP (RFC 4226)
 * with HMAC-SHA-1, steps of 30 seconds, six digits.
 */
#ifndef STAFF_TOTP_H
#define STAFF_TOTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

enum {
    TOTP_SECRET = 20, /* bytes: RFC 4226, 4, R6 recommends 160 bits */
    TOTP_STEP = 30,   /* seconds */
    TOTP_DIGITS = 6,
};

/* Base32 (RFC 4648, 6) without padding, of a fresh secret. */
char *totp_secret(struct arena *a);

/* The code of a step (time / TOTP_STEP); false when secret is no base32. */
bool totp_code(const char *secret, int64_t step, char out[TOTP_DIGITS + 1]);

/*
 * The step that a code belongs to: now, the one before or after (clocks
 * differ), and later than `used`. 0: none. Blanks in the code do not count.
 */
int64_t totp_match(const char *secret, const char *code, int64_t now,
                   int64_t used);

#endif
