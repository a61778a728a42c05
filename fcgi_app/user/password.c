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

/* What common ones are made of: from the published lists of those that leaked,
 * in the languages of the portal. Eight characters more have to stand beside
 * it. */
static const char *const common[] = {
    "password", "passwort",   "motdepasse", "kennwort", "geheim",
    "qwertz",   "qwerty",     "azerty",     "asdfgh",   "yxcvbn",
    "zxcvbn",   "qazwsx",     "1qaz2wsx",   "1q2w3e4r", "zaq12wsx",
    "q1w2e3r4", "123456",     "234567",     "345678",   "654321",
    "987654",   "112233",     "123123",     "121212",   "111111",
    "000000",   "abcdef",     "abc123",     "letmein",  "admin",
    "welcome",  "willkommen", "bienvenue",  "iloveyou", "ichliebedich",
    "jetaime",  "changeme",   "changeit",   "football", "baseball",
    "fussball", "princess",   "sunshine",   "superman", "batman",
    "starwars", "pokemon",    "trustno1",   "dragon",   "monkey",
    "master",   "shadow",     "michael",    "schatz",   "hallo",
    "bonjour",  "doudou",     "soleil",     "loulou",   "testtest",
    "secret",   "default",    "computer",   "internet", "whatever",
    "p@ssw0rd", "passw0rd",   "pa55word",
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

struct password_rules
user_password_rules(struct db *db, struct arena *a, const struct tenant *tenant)
{
    long min = (long)setting_number(db, a, tenant->id, "password_min");

    return (struct password_rules){min > PASSWORD_MIN ? min : PASSWORD_MIN,
                                   tenant->name};
}

enum err
user_password_check(struct arena *a, const struct password_rules *rules,
                    const char *password, const char *username,
                    const char *email)
{
    const char *folded = text_fold(a, password);

    if (text_length(password) < (size_t)rules->min) {
        return ERR_value_too_short;
    }
    for (size_t i = 0; i < sizeof common / sizeof *common; i++) {
        if (rests_on(folded, common[i])) {
            return ERR_password_common;
        }
    }
    if (one_character(folded) || rests_on(folded, text_fold(a, username)) ||
        rests_on(folded, text_fold(a, email)) ||
        rests_on(folded, text_fold(a, rules->service))) {
        return ERR_password_common;
    }
    return ERR_NONE;
}
