/*
 * One-time codes of authenticator apps: TOTP (RFC 6238) over HOTP (RFC 4226)
 * with HMAC-SHA-1, steps of 30 seconds, six digits.
 */
#ifndef USER_TOTP_H
#define USER_TOTP_H

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

/* What authenticator apps read (otpauth://totp/…): whose account it is where.
 */
const char *totp_uri(struct arena *a, const char *issuer, const char *account,
                     const char *secret);

/* For whoever lost the app, "a7k2pc-x9m3qd": opens once instead of a code. Kept
 * as id_hash() of what totp_recovery_typed() makes of it. */
const char *totp_recovery(struct arena *a);
const char *totp_recovery_typed(struct arena *a, const char *typed);

#endif
