/*
 * The session key ring as a running program sees it: the file is looked at
 * once a second, and a broken one keeps the last good ring.
 *
 * Beside sealing tokens, the ring authenticates what a page gives a browser to
 * send back (form tokens), and seals columns that hold secrets.
 */
#ifndef BASE_KEYS_H
#define BASE_KEYS_H

#include <stdbool.h>

#include "base/arena.h"
#include "pf_keyring.h"

struct keys;

/* The ring's file in a state directory. */
void keys_path(const char *state, char *out, size_t size);

/* path: the ring's file. NULL, logged, when there is no good ring to start. */
struct keys *keys_open(const char *path);
void keys_close(struct keys *k);

/* The present ring; valid until the next call. */
const pf_keyring_t *keys_ring(struct keys *k);

/* The same, looking at the file at once: after a key id nobody knows. */
const pf_keyring_t *keys_ring_now(struct keys *k);

/* Hex of keyed BLAKE2b-256 over purpose, NUL, tenant, NUL, text with the first
 * key; keys_mac_ok() tries every key, in constant time each. */
char *keys_mac(struct keys *k, struct arena *a, const char *purpose,
               const char *tenant, const char *text);
bool keys_mac_ok(struct keys *k, const char *purpose, const char *tenant,
                 const char *text, const char *mac);

/*
 * A secret for a column of the database: XChaCha20-Poly1305 with the first key,
 * bound to purpose, tenant and the row's id; base64url. keys_unseal() tries
 * every key; NULL when none opens it.
 */
char *keys_seal(struct keys *k, struct arena *a, const char *purpose,
                const char *tenant, const char *id, const char *text);
char *keys_unseal(struct keys *k, struct arena *a, const char *purpose,
                  const char *tenant, const char *id, const char *sealed);

/* A file of one line, without its end; the arena wipes it. NULL, logged, when
 * it cannot be read. */
char *keys_read_secret(struct arena *a, const char *path);

/* Puts a fresh key before the others, keeping at most PF_KEYRING_MAX; makes
 * the file (0640) when there is none. -1 with a log line when it cannot. */
int keys_rotate(const char *path);

/* Replaces a file by rename: write, fsync, rename. -1 with a log line. */
int keys_replace_file(const char *path, const char *text, int mode);

#endif
