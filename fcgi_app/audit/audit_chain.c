#include "audit/audit_chain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/keys.h"
#include "base/log.h"

#define SECRET "k4.secret."
#define PUBLIC "k4.public."

enum { BASE64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING };

void
audit_hash(const json_t *row, int64_t seq, const char *prev,
           char hash[AUDIT_HEX])
{
    static const char *const columns[] = {
        "tenant",   "id",           "at",          "actor",     "actor_kind",
        "action",   "object",       "detail",      "before",    "after",
        "customer", "on_behalf_of", "remote_addr", "request_id"};
    unsigned char bytes[AUDIT_HASH];
    json_t *sealed = json_object();
    char *text;

    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        json_object_set(sealed, columns[i], json_object_get(row, columns[i]));
    }
    if (row_int(row, "test")) { /* there were rows before there was test mode */
        json_object_set_new(sealed, "test", json_true());
    }
    json_object_set_new(sealed, "seq", json_integer(seq));
    json_object_set_new(sealed, "prev", json_string(prev));
    text = json_dumps(sealed, JSON_COMPACT | JSON_SORT_KEYS);
    crypto_generichash(bytes, sizeof bytes, (const unsigned char *)text,
                       strlen(text), NULL, 0);
    sodium_bin2hex(hash, AUDIT_HEX, bytes, sizeof bytes);
    free(text);
    json_decref(sealed);
}

/* ---- the key ---- */

static void
path_of(const char *state, char *path, size_t size)
{
    snprintf(path, size, "%s/audit.key", state);
}

static bool
decode(const char *text, const char *head, unsigned char *bytes, size_t size)
{
    size_t len = strlen(head), got = 0;

    return strncmp(text, head, len) == 0 &&
           sodium_base642bin(bytes, size, text + len, strlen(text + len), NULL,
                             &got, NULL, BASE64) == 0 &&
           got == size;
}

static char *
encode(struct arena *a, const char *head, const unsigned char *bytes,
       size_t size)
{
    size_t len = sodium_base64_encoded_len(size, BASE64);
    char *text = arena_alloc(a, strlen(head) + len);

    strcpy(text, head);
    sodium_bin2base64(text + strlen(head), len, bytes, size, BASE64);
    return text;
}

static bool
make_key(struct arena *a, const char *path)
{
    struct audit_key key;
    unsigned char public[crypto_sign_PUBLICKEYBYTES];
    char *line;
    bool ok;

    crypto_sign_keypair(public, key.secret);
    line = encode(a, SECRET, key.secret, sizeof key.secret);
    ok = keys_replace_file(path, arena_printf(a, "%s\n", line), 0600) == 0;
    sodium_memzero(&key, sizeof key);
    if (ok) {
        log_info("%s made: %s", path, encode(a, PUBLIC, public, sizeof public));
    }
    return ok;
}

static void
wipe(void *key)
{
    sodium_memzero(key, sizeof(struct audit_key));
}

struct audit_key *
audit_key_open(struct arena *a, const char *state, bool make)
{
    struct audit_key *key = arena_alloc(a, sizeof *key);
    char path[4096], *line;

    arena_defer(a, wipe, key);
    path_of(state, path, sizeof path);
    if (access(path, F_OK) != 0 && (!make || !make_key(a, path))) {
        log_error("%s is missing: the audit trail cannot be signed", path);
        return NULL;
    }
    line = keys_read_secret(a, path);
    if (!line || !decode(line, SECRET, key->secret, sizeof key->secret)) {
        log_error("%s is no Ed25519 key (k4.secret.)", path);
        return NULL;
    }
    return key;
}

const char *
audit_public_key(struct arena *a, const char *state)
{
    const struct audit_key *key = audit_key_open(a, state, false);

    return key ? encode(a, PUBLIC, key->secret + crypto_sign_SEEDBYTES,
                        crypto_sign_PUBLICKEYBYTES)
               : NULL;
}

/* ---- signatures ---- */

static char *
message(struct arena *a, const char *tenant, const char *day, int64_t seq,
        const char *hash)
{
    return arena_printf(a, "pforte audit\n%s\n%s\n%lld\n%s\n", tenant, day,
                        (long long)seq, hash);
}

char *
audit_sign(struct arena *a, const struct audit_key *key, const char *tenant,
           const char *day, int64_t seq, const char *hash)
{
    const char *text = message(a, tenant, day, seq, hash);
    unsigned char signature[crypto_sign_BYTES];

    crypto_sign_detached(signature, NULL, (const unsigned char *)text,
                         strlen(text), key->secret);
    return encode(a, "", signature, sizeof signature);
}

bool
audit_signed(struct arena *a, const char *public_key, const json_t *head)
{
    const char *text =
        message(a, row_text(head, "tenant"), row_text(head, "day"),
                row_int(head, "seq"), row_text(head, "hash"));
    unsigned char key[crypto_sign_PUBLICKEYBYTES];
    unsigned char signature[crypto_sign_BYTES];

    return decode(public_key, PUBLIC, key, sizeof key) &&
           decode(row_text(head, "signature"), "", signature,
                  sizeof signature) &&
           crypto_sign_verify_detached(signature, (const unsigned char *)text,
                                       strlen(text), key) == 0;
}
