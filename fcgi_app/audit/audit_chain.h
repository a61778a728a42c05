/*
 * The hash chain over a tenant's trail. Each sealed row has a place (seq, from
 * 1 without gaps), the hash of the row before (prev, "" at the first) and its
 * own: hex BLAKE2b-256 over the compact JSON object of all other columns, seq
 * and prev, with its names sorted. The end is signed with Ed25519.
 */
#ifndef AUDIT_AUDIT_CHAIN_H
#define AUDIT_AUDIT_CHAIN_H

#include <sodium.h>

#include "audit/audit.h"

enum { AUDIT_HASH = 32, AUDIT_HEX = 2 * AUDIT_HASH + 1 };

struct audit_key {
    unsigned char secret[crypto_sign_SECRETKEYBYTES]; /* the second half is the
                                                         public key */
};

/* Hash of a row of `audit` with the given place. */
void audit_hash(const json_t *row, int64_t seq, const char *prev,
                char hash[AUDIT_HEX]);

/* The key of the state directory; make: one is made where there is none. NULL,
 * logged, when there is none. The arena wipes it. */
struct audit_key *audit_key_open(struct arena *a, const char *state, bool make);

/* What is signed: tenant, day, seq and hash, each on its line. */
char *audit_sign(struct arena *a, const struct audit_key *key,
                 const char *tenant, const char *day, int64_t seq,
                 const char *hash);

/* public_key: "k4.public.…"; head: a row of audit_head. */
bool audit_signed(struct arena *a, const char *public_key, const json_t *head);

#endif
