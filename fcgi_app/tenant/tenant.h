/*
 * Tenants, the keys of their servers, and the edge's view of them.
 */
#ifndef TENANT_TENANT_H
#define TENANT_TENANT_H

#include <signal.h>

#include "audit/audit.h"
#include "base/config.h"
#include "db/db.h"
#include "pf_cookie.h"
#include "pf_keyring.h"

struct tenant {
    const char *id;
    const char *pool;
    const char *name;
    const char *default_language; /* one of languages */
    const char *time_zone;
    const char *address; /* lines */
    const char *accent;  /* "#1b4f8f", or "" for the portal's own colour */
    const char *url;     /* absolute address of the portal, without final '/' */
    const char **languages; /* those of them that we speak; never none */
    size_t n_languages;
    int64_t revision; /* of the edge record */
    pf_cookie_t cookie;
    bool secure;
};

/* *out is NULL and the result DB_NONE when there is none. */
enum db_result tenant_load(struct db *db, struct arena *a,
                           const struct config *config, const char *id,
                           struct tenant **out);

/* All of them: [{id}]. */
enum db_result tenant_ids(struct db *db, struct arena *a, json_t **rows);

/* True when the tenant's portal is written in that language. */
bool tenant_speaks(const struct tenant *tenant, const char *language);

/* ---- in frames ---- */

enum { TENANT_ANCESTORS_MAX = 32 };

struct tenant_framing {
    const char *cookie_mode;    /* lax or embed; NULL: as it is */
    const char *const *origins; /* NULL: as they are */
    size_t n_origins;
};

/*
 * Which cookies a tenant uses, and which sites may frame its pages. DB_CHECK
 * with a sentence in *why for a value that is none, DB_NONE without a tenant.
 */
enum db_result tenant_set_framing(struct db *db, struct arena *a,
                                  const char *tenant, const struct actor *actor,
                                  const struct tenant_framing *framing,
                                  const char **why);

/* An array of the origins that may frame the tenant's pages. New reference, or
 * NULL when they cannot be read. */
json_t *tenant_ancestors(struct db *db, struct arena *a, const char *tenant);

/*
 * True for an Origin header (RFC 6454, 7) that names the portal itself: one of
 * the tenant's hosts, or the host of base_url. Of the request's own Host only
 * development believes anything: there the demo has many names.
 */
bool tenant_own_origin(struct db *db, struct arena *a,
                       const struct config *config, const struct tenant *tenant,
                       const char *origin, const char *host);

/* The keys that may sign SSO tokens for the tenant; owned by the arena. NULL
 * when they cannot be read (logged). */
const pf_keyring_t *tenant_sso_keys(struct db *db, struct arena *a,
                                    const char *tenant);

struct tenant_new {
    const char *id, *name, *organisation, *pool, *default_language, *address;
    const char *const *languages; /* NULL-ended, default_language among them */
};

/* Makes the organisation and the pool as well when they are not there. The
 * public API key is written to public_key. */
enum db_result tenant_create(struct db *db, struct arena *a,
                             const struct actor *actor,
                             const struct tenant_new *new,
                             const char **public_key);

/* material: JWK, or {"kid","paserk"}; checked. DB_CHECK when it is no key, or
 * the tenant has PF_KEYRING_MAX of them. */
enum db_result tenant_add_sso_key(struct db *db, struct arena *a,
                                  const char *tenant, const struct actor *actor,
                                  const json_t *material);

/*
 * Where the identity provider of the tenant publishes its keys; they sign
 * beside the registered ones, which win where a kid is the same. NULL: nowhere,
 * and its keys end. DB_CHECK: no address that http_url_ok() takes; DB_FOREIGN:
 * no such tenant; DB_NONE: there was none to end.
 */
enum db_result tenant_jwks_set(struct db *db, struct arena *a,
                               const char *tenant, const struct actor *actor,
                               const char *url);

/* The address, its keys, and how the last tries went: columns of table jwks. */
enum db_result tenant_jwks(struct db *db, struct arena *a, const char *tenant,
                           json_t **row);

/*
 * Writes edge/<tenant>.json of every tenant and edge/hosts.json where they
 * differ from what is there, and removes the records of tenants that are gone.
 * -1 with log lines when one could not be written.
 */
int tenant_write_edge(struct db *db, const struct config *config);

/*
 * The same for a process that does it again and again: only of tenants whose
 * revision, or whose file, is another than last time. Whoever changes what
 * stands in a record raises the revision. Ends early, with something left for
 * the next time, when *stop is set.
 */
struct tenant_edge;
struct tenant_edge *tenant_edge_new(void);
void tenant_edge_free(struct tenant_edge *edge);
int tenant_edge_follow(struct tenant_edge *edge, struct db *db,
                       const struct config *config,
                       const volatile sig_atomic_t *stop);

/* ---- API keys: "pf_live_<id>_<secret>" ---- */

struct api_key {
    const char *id;
    const char *tenant;
    const char *scopes; /* words, one space between them */
};

/* The key of a bearer token when it is genuine, not revoked and not expired;
 * DB_NONE otherwise. Takes the same time for a wrong secret as for a right one.
 */
enum db_result api_key_find(struct db *db, struct arena *a, const char *bearer,
                            struct api_key **out);
bool api_key_allows(const struct api_key *key, const char *scope);

/* *bearer is the whole key; it is shown only here. */
enum db_result api_key_create(struct db *db, struct arena *a,
                              const char *tenant, const struct actor *actor,
                              const char *name, const char *scopes,
                              const char **bearer);

#endif
