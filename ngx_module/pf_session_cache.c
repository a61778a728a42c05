#include "pf_session_cache.h"

#include <sodium.h>

enum {
    FORMAT = 2, /* first byte of a sealed value */
    NUMBER = 8,
    HEAD = 4 * NUMBER, /* written, ended, version, expires; then the value */
    NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
};

_Static_assert(1 + NONCE + HEAD + TAG == PF_CACHE_OVERHEAD,
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

static unsigned char *
put(unsigned char *out, int64_t number)
{
    for (int i = NUMBER - 1; i >= 0; i--) {
        out[i] = (unsigned char)(number & 0xff);
        number >>= 8;
    }
    return out + NUMBER;
}

static const unsigned char *
take(const unsigned char *in, int64_t *number)
{
    uint64_t n = 0;

    for (int i = 0; i < NUMBER; i++) {
        n = n << 8 | in[i];
    }
    *number = (int64_t)n;
    return in + NUMBER;
}

size_t
pf_cache_seal(const pf_key_t *key, const char *cache_key, const pf_copy_t *copy,
              pf_str_t value, int64_t now, unsigned char *out, size_t size)
{
    unsigned char plain[HEAD + PF_CACHE_VALUE_MAX], *at = plain;
    unsigned long long len;

    if (value.len > PF_CACHE_VALUE_MAX ||
        1 + NONCE + HEAD + value.len + TAG > size) {
        return 0;
    }
    at = put(at, now);
    at = put(at, copy->ended);
    at = put(at, copy->version);
    at = put(at, copy->expires);
    if (value.len != 0) {
        memcpy(at, value.data, value.len);
    }
    out[0] = FORMAT;
    randombytes_buf(out + 1, NONCE);
    crypto_aead_xchacha20poly1305_ietf_encrypt(
        out + 1 + NONCE, &len, plain, HEAD + value.len,
        (const unsigned char *)cache_key, strlen(cache_key), NULL, out + 1,
        key->bytes);
    sodium_memzero(plain, HEAD + value.len);
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

/* What was opened, taken apart. */
static pf_error_t
read_plain(const unsigned char *plain, size_t n, int64_t now, pf_copy_t *copy,
           unsigned char *out, size_t size, size_t *len)
{
    const unsigned char *at = plain;
    int64_t written;
    pf_error_t e;

    at = take(at, &written);
    e = judge_time(written, now);
    if (e != PF_OK || (out && n - HEAD > size)) {
        return e != PF_OK ? e : PF_MEMORY;
    }
    at = take(at, &copy->ended);
    at = take(at, &copy->version);
    at = take(at, &copy->expires);
    if (out) {
        *len = n - HEAD;
        memcpy(out, at, *len);
    }
    return PF_OK;
}

pf_error_t
pf_cache_open(const pf_keyring_t *ring, const char *cache_key, pf_str_t sealed,
              int64_t now, pf_copy_t *copy, unsigned char *out, size_t size,
              size_t *len)
{
    unsigned char plain[HEAD + PF_CACHE_VALUE_MAX];
    pf_error_t e = PF_FORGED;
    size_t n = 0;

    *copy = (pf_copy_t){0};
    if (out) {
        *len = 0;
    }
    if (sealed.len < 1 + NONCE + HEAD + TAG ||
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
        e = read_plain(plain, n, now, copy, out, size, len);
    }
    sodium_memzero(plain, n);
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
