/*
 * Guessing takes longer and longer. Each try at a secret is counted before it
 * is looked at, for the account that is named, for the network it comes from,
 * and for both together; after a few failures the next one has to wait, twice
 * as long each time, up to TRIES_PAUSE_MAX. What an account is called is what
 * was typed, whether or not there is one: nothing tells them apart.
 *
 * A device on which somebody signed in before (user/tries_web.h) has a counter
 * of its own instead of all of these, so that others' failures do not keep the
 * owner out, nor the owner's own success let others go on.
 *
 * A success forgets the failures of the account, and takes back its own of the
 * network: whoever has an account here cannot clear their network by it. After
 * TRIES_MEMORY without a failure all is forgotten.
 *
 * Not in the handler of a form that has its effect once (app/once.h): its error
 * would undo the count.
 */
#ifndef USER_TRIES_H
#define USER_TRIES_H

#include "base/keys.h"
#include "db/db.h"

enum {
    TRIES_ACCOUNT = 20, /* from anywhere, before the first pause: 2 seconds */
    TRIES_NETWORK = 50, /* at any account */
    TRIES_BOTH = 5,     /* the same for a known device */
    TRIES_PAUSE_MAX = 15 * 60,
    TRIES_MEMORY = 12 * 3600,
};

struct tries {
    struct db *db;
    struct arena *arena;
    struct keys *keys;
    const char *tenant;
    const char *what;    /* "password", "code", "proof": each by itself */
    const char *name;    /* the account, as typed */
    const char *address; /* a network is one of IPv4, or 64 bits of IPv6 */
    const char *device;  /* of a known one, else NULL */
};

/*
 * DB_OK with *wait 0: go on, it counts as a failure until tries_succeeded().
 * *wait > 0: so many seconds to wait, nothing was counted. Without the database
 * nobody tries.
 */
enum db_result tries_begin(const struct tries *t, int64_t *wait);
enum db_result tries_succeeded(const struct tries *t);

/* Counters that no try has touched for TRIES_MEMORY seconds, of all tenants. */
enum db_result tries_forget(struct db *db, int64_t now);

#endif
