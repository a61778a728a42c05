#include "pf_session_cache.h"

#include <sodium.h>

#include "pf_claims.h"

enum {
    FORMAT = 1, /* first byte of a sealed value */
    TIME = 8,
    NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
};

_Static_assert(1 + NONCE + TIME + TAG <= PF_CACHE_OVERHEAD,
               "the overhead is what it says");

void
pf_cache_hash(pf_str_t tenant, pf_str_t sid, unsigned char out[PF_CACHE_HASH])
{
    crypto_generichash_state state;

    crypto_generichash_init(&state, NULL, 0, PF_CACHE_HASH);
    crypto_generichash_update(&state, tenant.data, tenant.len);
    crypto_generichash_update(&state, (const unsigned char *)"", 1);
    crypto_generichash_update(&state, sid.data, sid.len);
    crypto_generichash_final(&state, out, PF_CACHE_HASH);
}

void
pf_cache_key(pf_str_t tenant, pf_str_t sid, char out[PF_CACHE_KEY + 1])
{
    unsigned char hash[PF_CACHE_HASH];

    pf_cache_hash(tenant, sid, hash);
    sodium_bin2hex(out, PF_CACHE_KEY + 1, hash, sizeof hash);
}

static void
put_time(unsigned char *out, int64_t t)
{
    for (int i = TIME - 1; i >= 0; i--) {
        out[i] = (unsigned char)(t & 0xff);
        t >>= 8;
    }
}

static int64_t
get_time(const unsigned char *in)
{
    uint64_t t = 0;

    for (int i = 0; i < TIME; i++) {
        t = t << 8 | in[i];
    }
    return (int64_t)t;
}

size_t
pf_cache_seal(const pf_key_t *key, const char *cache_key, pf_str_t value,
              int64_t now, unsigned char *out, size_t size)
{
    unsigned char plain[TIME + PF_CACHE_VALUE_MAX];
    unsigned long long len;

    if (value.len > PF_CACHE_VALUE_MAX ||
        1 + NONCE + TIME + value.len + TAG > size) {
        return 0;
    }
    put_time(plain, now);
    if (value.len != 0) {
        memcpy(plain + TIME, value.data, value.len);
    }
    out[0] = FORMAT;
    randombytes_buf(out + 1, NONCE);
    crypto_aead_xchacha20poly1305_ietf_encrypt(
        out + 1 + NONCE, &len, plain, TIME + value.len,
        (const unsigned char *)cache_key, strlen(cache_key), NULL, out + 1,
        key->bytes);
    sodium_memzero(plain, sizeof plain);
    return 1 + NONCE + (size_t)len;
}

static bool
open_with(const pf_key_t *key, const char *cache_key, pf_str_t sealed,
          unsigned char *plain, size_t *len)
{
    unsigned long long n;

    if (key->alg != PF_ALG_LOCAL ||
        crypto_aead_xchacha20poly1305_ietf_decrypt(
            plain, &n, NULL, sealed.data + 1 + NONCE, sealed.len - 1 - NONCE,
            (const unsigned char *)cache_key, strlen(cache_key),
            sealed.data + 1, key->bytes) != 0) {
        return false;
    }
    *len = (size_t)n;
    return true;
}

/* An entry from a clock far ahead would otherwise outlive its minute. */
static pf_error_t
judge_time(int64_t written, int64_t now)
{
    if (written + PF_CACHE_LIFE < now) {
        return PF_EXPIRED;
    }
    return written > now + PF_CACHE_LIFE ? PF_NOT_YET : PF_OK;
}

pf_error_t
pf_cache_open(const pf_keyring_t *ring, const char *cache_key, pf_str_t sealed,
              int64_t now, unsigned char *out, size_t size, size_t *len)
{
    unsigned char plain[TIME + PF_CACHE_VALUE_MAX];
    pf_error_t e = PF_FORGED;
    size_t n = 0;

    *len = 0;
    if (sealed.len < 1 + NONCE + TIME + TAG ||
        sealed.len > 1 + NONCE + TAG + sizeof plain ||
        sealed.data[0] != FORMAT) {
        return PF_MALFORMED;
    }
    for (size_t i = 0; ring && i < ring->n && e != PF_OK; i++) {
        if (open_with(&ring->keys[i], cache_key, sealed, plain, &n)) {
            e = PF_OK;
        }
    }
    if (e == PF_OK) {
        e = judge_time(get_time(plain), now);
    }
    if (e == PF_OK && n - TIME > size) {
        e = PF_MEMORY;
    }
    if (e == PF_OK) {
        *len = n - TIME;
        memcpy(out, plain + TIME, *len);
    }
    sodium_memzero(plain, sizeof plain);
    return e;
}

enum { ENDED, VERSION, EXPIRES, ROWS };

static const pf_claim_t copy_rows[ROWS] = {
    [ENDED] = PF_CLAIM("ended", NATURAL, pf_copy_t, ended),
    [VERSION] = PF_CLAIM("version", NATURAL, pf_copy_t, version),
    [EXPIRES] = PF_CLAIM("expires", NATURAL, pf_copy_t, expires),
};

pf_error_t
pf_cache_session(const pf_keyring_t *ring, const char *cache_key,
                 pf_str_t sealed, int64_t now, pf_copy_t *out)
{
    unsigned char plain[PF_CACHE_VALUE_MAX];
    uint32_t seen = 0;
    size_t len;
    pf_error_t e =
        pf_cache_open(ring, cache_key, sealed, now, plain, sizeof plain, &len);

    *out = (pf_copy_t){0};
    if (e != PF_OK) {
        return e;
    }
    if (!pf_claims_read(copy_rows, ROWS, (pf_str_t){len, plain}, out, &seen) ||
        !(seen & 1u << ENDED) ||
        (out->ended == 0 && seen != (1u << ROWS) - 1)) {
        *out = (pf_copy_t){0};
        e = PF_MALFORMED;
    }
    sodium_memzero(plain, len);
    return e;
}

size_t
pf_cache_node(const pf_str_t *nodes, size_t n, const char *cache_key)
{
    size_t best = 0;
    uint64_t best_weight = 0;

    for (size_t i = 0; n > 1 && i < n; i++) {
        unsigned char hash[crypto_generichash_BYTES_MIN];
        crypto_generichash_state state;
        uint64_t weight = 0;

        crypto_generichash_init(&state, NULL, 0, sizeof hash);
        crypto_generichash_update(&state, nodes[i].data, nodes[i].len);
        crypto_generichash_update(&state, (const unsigned char *)"", 1);
        crypto_generichash_update(&state, (const unsigned char *)cache_key,
                                  strlen(cache_key));
        crypto_generichash_final(&state, hash, sizeof hash);
        for (size_t b = 0; b < sizeof weight; b++) {
            weight = weight << 8 | hash[b];
        }
        if (i == 0 || weight > best_weight) {
            best = i;
            best_weight = weight;
        }
    }
    return best;
}
