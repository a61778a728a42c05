/* Sealed columns. */
#include <sodium.h>
#include <string.h>

#include "base/buf.h"
#include "base/keys.h"
#include "pf_paseto.h"

enum {
    NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    KEY = crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
    TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    BASE64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING,
};

/* A key of its own for this: tokens and form tokens use the ring's as it is. */
static void
derive(const pf_key_t *key, unsigned char out[KEY])
{
    static const unsigned char
        personal[crypto_generichash_blake2b_PERSONALBYTES] = "sealed column";

    crypto_generichash_blake2b_salt_personal(out, KEY, NULL, 0, key->bytes,
                                             PF_LOCAL_KEY, NULL, personal);
}

/* What the seal is bound to: each word with its NUL, so that none can reach
 * into the next. */
static struct buf
bound(struct arena *a, const char *purpose, const char *tenant, const char *id)
{
    struct buf out = buf_new(a, 128);

    buf_add(&out, purpose, strlen(purpose) + 1);
    buf_add(&out, tenant, strlen(tenant) + 1);
    buf_add(&out, id, strlen(id) + 1);
    return out;
}

char *
keys_seal(struct keys *k, struct arena *a, const char *purpose,
          const char *tenant, const char *id, const char *text)
{
    size_t len = strlen(text), size = NONCE + len + TAG;
    size_t room = sodium_base64_encoded_len(size, BASE64);
    struct buf more = bound(a, purpose, tenant, id);
    unsigned char key[KEY], *box = arena_alloc(a, size);
    char *out = arena_alloc(a, room);

    derive(&keys_ring(k)->keys[0], key);
    randombytes_buf(box, NONCE);
    crypto_aead_xchacha20poly1305_ietf_encrypt(
        box + NONCE, NULL, (const unsigned char *)text, len,
        (const unsigned char *)more.data, more.len, NULL, box, key);
    sodium_memzero(key, sizeof key);
    return sodium_bin2base64(out, room, box, size, BASE64);
}

static bool
try_key(const pf_key_t *ring_key, const unsigned char *box, size_t size,
        const struct buf *more, char *text)
{
    unsigned char key[KEY];
    bool ok;

    derive(ring_key, key);
    ok = crypto_aead_xchacha20poly1305_ietf_decrypt(
             (unsigned char *)text, NULL, NULL, box + NONCE, size - NONCE,
             (const unsigned char *)more->data, more->len, box, key) == 0;
    sodium_memzero(key, sizeof key);
    return ok;
}

char *
keys_unseal(struct keys *k, struct arena *a, const char *purpose,
            const char *tenant, const char *id, const char *sealed)
{
    const pf_keyring_t *ring = keys_ring(k);
    size_t room = strlen(sealed) + 1, size;
    struct buf more = bound(a, purpose, tenant, id);
    unsigned char *box = arena_alloc(a, room);
    char *text = arena_alloc(a, room); /* zeroed, and longer than any text */

    if (sodium_base642bin(box, room, sealed, strlen(sealed), NULL, &size, NULL,
                          BASE64) != 0 ||
        size < NONCE + TAG) {
        return NULL;
    }
    for (size_t i = 0; i < ring->n; i++) {
        if (try_key(&ring->keys[i], box, size, &more, text)) {
            text[size - NONCE - TAG] = '\0';
            return text;
        }
    }
    return NULL;
}
