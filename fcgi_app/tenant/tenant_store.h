/* SQL of the tenant folder. */
#ifndef TENANT_TENANT_STORE_H
#define TENANT_TENANT_STORE_H

#include "tenant/tenant.h"

/* Columns of table tenant, and "host": the first of its hosts or null. */
enum db_result tenant_store_get(struct db *db, struct arena *a, const char *id,
                                json_t **row);
/* What a request needs of it, in one question: the same in each row, and in
 * each another "language" of it, in their order (null: it has none). */
struct db_answer *tenant_store_load(struct db *db, struct arena *a,
                                    const char *id);
enum db_result tenant_store_languages(struct db *db, struct arena *a,
                                      const char *tenant, json_t **rows);
enum db_result tenant_store_hosts(struct db *db, struct arena *a,
                                  json_t **rows); /* tenant, host: of all */
enum db_result tenant_store_hosts_of(struct db *db, struct arena *a,
                                     const char *tenant, json_t **rows);
enum db_result tenant_store_revisions(struct db *db, struct arena *a,
                                      json_t **rows); /* id, revision: of all */

/* After each change of what stands in the edge record, in its transaction. */
enum db_result tenant_store_raise(struct db *db, const char *tenant);

enum db_result tenant_store_ancestors(struct db *db, struct arena *a,
                                      const char *tenant, json_t **rows);

/* Puts the list in the place of the one that is there. */
enum db_result tenant_store_set_ancestors(struct db *db, const char *tenant,
                                          const char *const *origins, size_t n);
enum db_result tenant_store_set_cookie_mode(struct db *db, const char *tenant,
                                            const char *cookie_mode);
/* Its name ("" for none) and size; the bytes of one, as base64. */
enum db_result tenant_store_set_logo(struct db *db, const char *tenant,
                                     const char *name, int width, int height);
enum db_result tenant_store_add_logo(struct db *db, const char *tenant,
                                     const char *name, const char *png,
                                     const char *jpeg);
enum db_result tenant_store_logo(struct db *db, struct arena *a,
                                 const char *tenant, const char *name,
                                 json_t **row);
enum db_result tenant_store_set_accent(struct db *db, const char *tenant,
                                       const char *accent);
enum db_result tenant_store_sso_keys(struct db *db, struct arena *a,
                                     const char *tenant, json_t **rows);
enum db_result tenant_store_insert(struct db *db, const struct tenant_new *new,
                                   const char *public_key);
enum db_result tenant_store_add_sso_key(struct db *db, const char *tenant,
                                        const pf_key_t *key,
                                        const char *material);

/* ---- key sets of identity providers ---- */

enum db_result tenant_store_jwks(struct db *db, struct arena *a,
                                 const char *tenant, json_t **row);
/* Keeps the keys of an address before, until the new one has answered. */
enum db_result tenant_store_jwks_set(struct db *db, const char *tenant,
                                     const char *url);
enum db_result tenant_store_jwks_remove(struct db *db, const char *tenant,
                                        int64_t *removed);
/* tenant, url, failures, next_at of those that are due at `now`. */
enum db_result tenant_store_jwks_due(struct db *db, struct arena *a,
                                     int64_t now, int limit, json_t **rows);
/* Moves next_at on; *changed is 0 when somebody else has. */
enum db_result tenant_store_jwks_claim(struct db *db, const char *tenant,
                                       int64_t next_at, int64_t until,
                                       int64_t *changed);
enum db_result tenant_store_jwks_keep(struct db *db, const char *tenant,
                                      const char *keys, int64_t now,
                                      int64_t next_at);
enum db_result tenant_store_jwks_failed(struct db *db, const char *tenant,
                                        const char *url, const char *error,
                                        int64_t next_at);

/* In tenant.c: the SSO keys with their validity as a JSON array, as
 * pf_keyring_from_json() and the edge record have it. New reference, or NULL.
 */
json_t *tenant_sso_keys_json(struct db *db, struct arena *a,
                             const char *tenant);

/* Its dates; never the material. */
enum db_result tenant_store_sso_key(struct db *db, struct arena *a,
                                    const char *tenant, const char *kid,
                                    json_t **row);
enum db_result tenant_store_retire_sso_key(struct db *db, const char *tenant,
                                           const char *kid, int64_t now,
                                           int64_t *changed);
enum db_result tenant_store_add_host(struct db *db, const char *tenant,
                                     const char *host);
enum db_result tenant_store_remove_host(struct db *db, const char *tenant,
                                        const char *host, int64_t *changed);
enum db_result tenant_store_siblings(struct db *db, struct arena *a,
                                     const char *tenant, json_t **rows);

/* ---- settings ---- */

enum db_result setting_store_get(struct db *db, struct arena *a,
                                 const char *tenant, const char *name,
                                 json_t **row);
enum db_result setting_store_set(struct db *db, const char *tenant,
                                 const char *name, const char *value);
/* Counts that something was saved. */
/* All that is set: rows name, value. */
enum db_result setting_store_all(struct db *db, struct arena *a,
                                 const char *tenant, json_t **rows);
enum db_result setting_store_saved(struct db *db, const char *tenant);
/* Whether a setting is a column of table tenant, and its change. */
bool setting_store_column(const char *name);
enum db_result tenant_store_set_column(struct db *db, const char *tenant,
                                       const char *name, const char *value);
enum db_result tenant_store_set_languages(struct db *db, const char *tenant,
                                          const char *const *languages,
                                          size_t n);

/* ---- API keys ---- */

extern const struct field api_key_trail_fields[];

/* By id alone: which tenant's it is, is the question. */
enum db_result api_key_store_find(struct db *db, struct arena *a,
                                  const char *id, json_t **row);
/* id of the tenant with that public key. */
enum db_result api_key_store_public(struct db *db, struct arena *a,
                                    const char *key, json_t **row);
enum db_result api_key_store_insert(struct db *db, const char *tenant,
                                    const char *id, const char *secret_hash,
                                    const struct api_key_new *new);
enum db_result api_key_store_seen(struct db *db, const char *tenant,
                                  const char *id, int64_t now, int64_t before);
enum db_result api_key_store_change(struct db *db, const char *tenant,
                                    const char *id, int64_t version,
                                    const struct api_key_new *new,
                                    int64_t *changed);
enum db_result api_key_store_rotate(struct db *db, const char *tenant,
                                    const char *id, int64_t version,
                                    const char *secret_hash, int64_t until,
                                    int64_t *changed);
enum db_result api_key_store_revoke(struct db *db, const char *tenant,
                                    const char *id, int64_t version,
                                    int64_t now, int64_t *changed);

/* `number`, which nobody else of the series gets; `first` begins it. */
enum db_result series_store_next(struct db *db, struct arena *a,
                                 const char *tenant, const char *series,
                                 int64_t first, int64_t n, json_t **row);
/* The series goes on after that one, if it is not further already. */
enum db_result series_store_beyond(struct db *db, const char *tenant,
                                   const char *series, int64_t first,
                                   int64_t number);
enum db_result series_store_skip(struct db *db, const char *tenant,
                                 const char *series, int64_t count);

/* Prefixes that numbers of documents had before: series, prefix. */
enum db_result series_store_prefixes(struct db *db, struct arena *a,
                                     const char *tenant, json_t **list);
/* Keeps one, if the series has given out a number. */
enum db_result series_store_keep_prefix(struct db *db, const char *tenant,
                                        const char *series, const char *prefix);

#endif
