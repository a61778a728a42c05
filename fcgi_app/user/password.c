/* Passwords: Argon2id by libsodium, and which may be chosen. */
#include <sodium.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "user/user.h"

static const struct {
    unsigned long long passes;
    size_t memory;
} costs[] = {
    [PASSWORD_PORTAL] = {2, 19 * 1024 * 1024},
    [PASSWORD_STAFF] = {2, 64 * 1024 * 1024},
};

/* Common ones that are long enough to pass the length rule, and bits of which
 * people make long ones. */
static const char *const common[] = {
    "password", "passwort", "motdepasse", "qwertz", "qwerty",  "azerty",
    "123456",   "abcdef",   "letmein",    "admin",  "welcome", "iloveyou",
};

static bool
hash_of(const char *text, size_t len, enum password_cost cost,
        char out[crypto_pwhash_STRBYTES])
{
    return crypto_pwhash_str_alg(out, text, len, costs[cost].passes,
                                 costs[cost].memory,
                                 crypto_pwhash_ALG_ARGON2ID13) == 0;
}

/* A hash that no password has, at the present cost. */
static const char *
dummy_hash(enum password_cost cost)
{
    static char hashes[sizeof costs / sizeof *costs][crypto_pwhash_STRBYTES];
    char *hash = hashes[cost];
    unsigned char secret[32];

    if (hash[0] == '\0') {
        randombytes_buf(secret, sizeof secret);
        if (!hash_of((char *)secret, sizeof secret, cost, hash)) {
            hash[0] = '\0';
        }
        sodium_memzero(secret, sizeof secret);
    }
    return hash;
}

bool
password_ok(struct arena *a, enum password_cost cost, const char *hash,
            const char *password)
{
    const char *text = text_nfc(a, password);
    bool known = hash && hash[0];
    bool ok = crypto_pwhash_str_verify(known ? hash : dummy_hash(cost), text,
                                       strlen(text)) == 0;

    return known && ok;
}

bool
user_password_ok(struct arena *a, const struct user *user, const char *password)
{
    return password_ok(a, PASSWORD_PORTAL, user ? user->password_hash : NULL,
                       password);
}

char *
password_hash(struct arena *a, enum password_cost cost, const char *password)
{
    const char *text = text_nfc(a, password);
    char *hash = arena_alloc(a, crypto_pwhash_STRBYTES);

    if (!hash_of(text, strlen(text), cost, hash)) {
        log_error("no memory to hash a password");
        return NULL;
    }
    return hash;
}

char *
user_password_hash(struct arena *a, const char *password)
{
    return password_hash(a, PASSWORD_PORTAL, password);
}

/* True when what is left without `word` is too little to be a password. */
static bool
rests_on(const char *password, const char *word)
{
    size_t len = strlen(word);
    const char *at = len >= 4 ? strstr(password, word) : NULL;
    size_t times = 0;

    for (; at; at = strstr(at + len, word)) {
        times++;
    }
    return times > 0 && strlen(password) - times * len < 8;
}

static bool
one_character(const char *s)
{
    return strspn(s, (char[]){s[0], '\0'}) == strlen(s);
}

enum err
user_password_check(struct arena *a, const char *password, const char *username,
                    const char *email)
{
    const char *folded = text_fold(a, password);

    if (text_length(password) < PASSWORD_MIN) {
        return ERR_value_too_short;
    }
    for (size_t i = 0; i < sizeof common / sizeof *common; i++) {
        if (rests_on(folded, common[i])) {
            return ERR_password_common;
        }
    }
    if (one_character(folded) || rests_on(folded, text_fold(a, username)) ||
        rests_on(folded, text_fold(a, email))) {
        return ERR_password_common;
    }
    return ERR_NONE;
}
