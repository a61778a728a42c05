#include "provider/sandbox.h"

#include <sodium.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/field.h"
#include "base/id.h"

const struct sandbox_card sandbox_cards[] = {
    {"visa", N_("Visa … 4242: works"), "Visa", "4242", 30, PROVIDER_APPROVED,
     PROVIDER_APPROVED},
    {"old", N_("Visa … 1111: works, and is valid for one more month"), "Visa",
     "1111", 1, PROVIDER_APPROVED, PROVIDER_APPROVED},
    {"slow", N_("Mastercard … 5555: the bank confirms it later"), "Mastercard",
     "5555", 24, PROVIDER_APPROVED, PROVIDER_PENDING},
    {"refused", N_("Mastercard … 0002: the bank declines it"), "Mastercard",
     "0002", 24, PROVIDER_DECLINED, PROVIDER_DECLINED},
    {NULL, NULL, NULL, NULL, 0, NULL, NULL},
};

const struct sandbox_card *
sandbox_card_named(const char *name)
{
    for (const struct sandbox_card *c = sandbox_cards; c->name; c++) {
        if (strcmp(c->name, name) == 0) {
            return c;
        }
    }
    return NULL;
}

/* ---- signatures ---- */

struct mac {
    crypto_auth_hmacsha256_state state;
    unsigned char bytes[crypto_auth_hmacsha256_BYTES];
};

static void
mac_begin(struct mac *mac, const void *key, size_t len)
{
    crypto_auth_hmacsha256_init(&mac->state, key, len);
}

static void
mac_add(struct mac *mac, const char *text)
{
    crypto_auth_hmacsha256_update(&mac->state, (const unsigned char *)text,
                                  strlen(text));
}

static void
mac_end(struct mac *mac)
{
    crypto_auth_hmacsha256_final(&mac->state, mac->bytes);
}

const char *
sandbox_signature(struct arena *a, const struct config *config,
                  const char *tenant, const char *id, int64_t time,
                  const char *text)
{
    struct mac key, mac;
    char out[64];

    if (!config->sandbox_provider[0]) {
        return NULL;
    }
    mac_begin(&key, config->sandbox_provider, strlen(config->sandbox_provider));
    mac_add(&key, tenant);
    mac_end(&key);
    mac_begin(&mac, key.bytes, sizeof key.bytes);
    mac_add(&mac, arena_printf(a, "%s.%lld.", id, (long long)time));
    mac_add(&mac, text);
    mac_end(&mac);
    sodium_bin2base64(out, sizeof out, mac.bytes, sizeof mac.bytes,
                      sodium_base64_VARIANT_ORIGINAL);
    sodium_memzero(&key, sizeof key);
    return arena_printf(a, "v1,%s", out);
}

bool
sandbox_signed(struct arena *a, const struct config *config, const char *tenant,
               const char *id, int64_t time, const char *text, const char *sent)
{
    const char *ours = sandbox_signature(a, config, tenant, id, time, text);
    bool found = false;

    while (ours && *sent) {
        size_t len = strcspn(sent, " ");

        found = id_equal(arena_strndup(a, sent, len), ours) || found;
        sent += len + strspn(sent + len, " ");
    }
    return found;
}

/* ---- cards ---- */

static const char *
month_in(struct arena *a, int months)
{
    time_t now = (time_t)clock_now();
    struct tm tm;

    gmtime_r(&now, &tm);
    months += tm.tm_mon;
    return arena_printf(a, "%04d-%02d", 1900 + tm.tm_year + months / 12,
                        1 + months % 12);
}

bool
sandbox_kept(struct arena *a, const struct config *config, const char *tenant,
             const char *attempt, const struct sandbox_card *card,
             struct provider_card *out)
{
    const char *mark =
        sandbox_signature(a, config, tenant, attempt, 0, card->name);

    if (!mark) {
        return false;
    }
    *out = (struct provider_card){
        .token = arena_printf(a, "sbx_%.24s", id_hash(a, mark)),
        .brand = card->brand,
        .last4 = card->last4,
        .valid_until = month_in(a, card->months)};
    return true;
}
