/*
 * Tenants, the keys of their servers, and the edge's view of them.
 */
#ifndef TENANT_TENANT_H
#define TENANT_TENANT_H

#include <signal.h>

#include "audit/audit.h"
#include "base/config.h"
#include "base/field.h"
#include "db/list.h"
#include "pf_cookie.h"
#include "pf_keyring.h"
#include "tenant/page_text.h"
#include "tenant/series.h"
#include "tenant/translation.h"

/* Pages of the merchant's that every page leads to (tables/foot_links.def). */
enum foot_link {
#define FOOT_LINK(setting, label) FOOT_##setting,
#include "tables/foot_links.def"
#undef FOOT_LINK
    N_FOOT_LINKS,
};

struct tenant {
    const char *id;
    const char *pool;
    const char *name;
    const char *default_language; /* one of languages */
    const char *time_zone;
    const char *address; /* lines */
    const char *accent;  /* "#1b4f8f", or "" for the portal's own colour */
    const char *style;   /* of hosted pages, see style.h; "" for ours */
    const char *logo;    /* what names its picture, or "" for none */
    int logo_width, logo_height; /* pixels */
    const char *portal_without;  /* features that it leaves out, words */
    bool consumers;              /* are among its customers */
    const char *foot_links[N_FOOT_LINKS]; /* addresses, or NULL */
    const char *url; /* absolute address of the portal, without final '/' */
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

/* Does a job's work for each of them, until it is to stop. False: for one of
 * them it could not be done. */
struct job;
bool tenant_each(struct job *job,
                 bool (*work)(struct job *job, const char *tenant));

/* True when the tenant's portal is written in that language. */
bool tenant_speaks(const struct tenant *tenant, const char *language);

/* The day that it is in the tenant's time zone, "2026-11-24". */
const char *tenant_today(struct arena *a, const struct tenant *tenant);

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

/* The key of forms of the merchant's own, which everybody may read. */
enum db_result tenant_public_key(struct db *db, struct arena *a,
                                 const char *tenant, const char **key);

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

/* From now on nothing that the key signs is taken. DB_NONE: not there, or
 * ended. */
enum db_result tenant_retire_sso_key(struct db *db, struct arena *a,
                                     const char *tenant,
                                     const struct actor *actor,
                                     const char *kid);

/* ---- hosts that a tenant is reached by: rows with "host" ---- */

enum db_result tenant_hosts(struct db *db, struct arena *a, const char *tenant,
                            json_t **rows);
/* DB_CHECK: no host name in lower case; DB_UNIQUE: some tenant has it, or all.
 */
enum db_result tenant_add_host(struct db *db, struct arena *a,
                               const struct config *config, const char *tenant,
                               const struct actor *actor, const char *host);
enum db_result tenant_remove_host(struct db *db, struct arena *a,
                                  const char *tenant, const struct actor *actor,
                                  const char *host);

/* ---- tenants of an organisation: rows with id, name, created ---- */

enum db_result tenant_of_organisation(struct db *db, struct arena *a,
                                      const char *tenant, json_t **rows);

struct tenant_order {
    const char *id, *name;
    const char *languages; /* words, the default one first */
    const char *like; /* a tenant of the same organisation; or NULL: one of its
                         own, with the tenant's id */
};

/*
 * Makes a tenant with a user pool of its own. DB_CHECK: *wrong is the name of
 * the member that cannot be; DB_UNIQUE: there is one of that id.
 */
enum db_result tenant_add(struct db *db, struct arena *a,
                          const struct actor *actor,
                          const struct tenant_order *order, const char **wrong);

/* Lists of the back office. */
extern const struct field sso_key_list_fields[];
enum db_result sso_key_list_rows(struct db *db, struct arena *a,
                                 const struct list_query *q, const char *tenant,
                                 const char *pool, json_t **rows);
extern const struct field api_key_list_fields[];
enum db_result api_key_list_rows(struct db *db, struct arena *a,
                                 const struct list_query *q, const char *tenant,
                                 const char *pool, json_t **rows);

/* ---- API keys: "pf_live_<id>_<secret>_<crc>", "pf_test_…"; public ones
 * "pf_public_…" ---- */

struct api_key {
    const char *id;
    const char *tenant;
    const char *scopes;   /* words, one space between them */
    const char *networks; /* likewise; "": from anywhere */
    int64_t expires;      /* 0: never */
    int64_t last_used;    /* before this call */
    bool test;            /* changes are marked, and send no mail */
    bool is_public;       /* opens only routes with the right API_PUBLIC */
};

/* The right of a route that a public key opens, too. */
#define API_PUBLIC "public"

/* Seconds that last_used may be behind: a write for each call costs more than
 * the call. */
enum { API_KEY_SEEN = 300 };

/* The key of a bearer token when it is genuine, not revoked and not expired;
 * DB_NONE otherwise. Takes the same time for a wrong secret as for a right one.
 */
enum db_result api_key_find(struct db *db, struct arena *a, const char *bearer,
                            struct api_key **out);
bool api_key_allows(const struct api_key *key, const char *scope);

/* Notes that a call was let in by it. */
void api_key_used(struct db *db, const struct api_key *key);

/* The scopes that calls of the API want, each once, ended by NULL: all that a
 * key can be given. */
const char *const *api_key_scopes(void);
bool api_key_scope_known(const char *scope);

/* Whether a list of words has that one. */
bool api_key_has_scope(const char *scopes, const char *scope);

/* The permission of staff who may give it, by tables/scopes.def; NULL: the
 * table does not have it, and nobody may. */
const char *api_key_scope_permission(const char *scope);

/* Networks between white space or commas in their canonical form, one space
 * between them; NULL when one is none, or there are too many. */
const char *api_key_networks(struct arena *a, const char *text);
bool api_key_works_from(const struct api_key *key, const char *address);

/* The rows as the API shows them, without anything secret. */
extern const struct field api_key_fields[], api_key_created_fields[];
extern const struct field api_key_create_fields[], api_key_change_fields[];
extern const struct field api_key_query_fields[], api_key_rotate_fields[];
extern const struct field tenant_fields[]; /* what everybody may know of it */

struct api_key_new {
    const char *name, *scopes, *networks; /* words, canonical */
    int64_t expires;                      /* 0: never */
    bool test;
};

/* ERR_NONE when whoever has that key gains nothing by the other: no scope,
 * mode, network or day that it lacks; otherwise what it cannot give. */
enum err api_key_gives(const struct api_key *key,
                       const struct api_key_new *new);

/* Everything of a key but its hashes; DB_NONE when it is not there. */
enum db_result api_key_get(struct db *db, struct arena *a, const char *tenant,
                           const char *id, json_t **row);
enum db_result api_key_list(struct db *db, struct arena *a, const char *tenant,
                            const char *after, int limit, json_t **rows);

/* *id and *bearer of a new key; the bearer is shown only here. */
enum db_result api_key_make(struct db *db, struct arena *a, const char *tenant,
                            const struct actor *actor,
                            const struct api_key_new *new, const char **id,
                            const char **bearer);

/* Puts name, scopes, networks, expires in the place of those that `row` has;
 * where they are the same, nothing happens. DB_NONE: somebody changed it
 * meanwhile. */
enum db_result api_key_change(struct db *db, struct arena *a,
                              const char *tenant, const struct actor *actor,
                              const json_t *row, const struct api_key_new *new);

/* A new secret; the old one works until then. DB_NONE: as above. */
enum db_result api_key_rotate(struct db *db, struct arena *a,
                              const char *tenant, const struct actor *actor,
                              const json_t *row, int64_t until,
                              const char **bearer);

/* It opens nothing any more, and is in no list. DB_NONE: it was so already, or
 * it is not of that version (0: any). */
enum db_result api_key_revoke(struct db *db, struct arena *a,
                              const char *tenant, const struct actor *actor,
                              const char *id, int64_t version);

/* ---- logos ---- */

extern const struct field logo_form_fields[];

/* A picture (view/image.h): for pages, and for paper. Without bytes: none. */
struct brand_logo {
    const char *png, *jpeg;
    size_t png_len, jpeg_len;
    int width, height;
};

/* Of any logo that the tenant ever had, by its name: without its size, which
 * the pictures say themselves. DB_NONE: it never had that one. */
enum db_result brand_logo(struct db *db, struct arena *a, const char *tenant,
                          const char *name, struct brand_logo *out);

/* ---- settings: tables/settings.def ---- */

/* The tabs of the settings pages, in the order of settings.def. */
size_t setting_tabs(void);
const char *setting_tab(size_t i);       /* name, as in the address */
const char *setting_tab_label(size_t i); /* message id */

/* The rows of a tab as fields of a form, ended by FIELD_END; NULL: no such tab.
 */
const struct field *setting_fields(const char *tab);

/* Message id of what a setting is called. */
const char *setting_label(const char *name);

/* Message id of what a setting does. */
const char *setting_help(const char *name);

/* Message id of the heading that a setting stands under; NULL: none. */
const char *setting_group(const char *name);

/* One of those that are kept in table setting: as set, else the default. */
const char *setting_text(struct db *db, struct arena *a, const char *tenant,
                         const char *name);
int64_t setting_number(struct db *db, struct arena *a, const char *tenant,
                       const char *name);
/* A number with a point, scaled as its type is: FIELD_DECIMAL by 10^6. */
int64_t setting_decimal(struct db *db, struct arena *a, const char *tenant,
                        const char *name);
bool setting_bool(struct db *db, struct arena *a, const char *tenant,
                  const char *name);

/* Those whose names begin so, as far as they are set: rows name, value. Asked
 * together with other questions. And what is there where one is not set. */
struct db_answer *setting_ask(struct db *db, struct arena *a,
                              const char *tenant, const char *prefix);
const char *setting_default(const char *name);

/* How often settings were saved before. */
enum db_result setting_version(struct db *db, struct arena *a,
                               const char *tenant, int64_t *version);

/* Values of a tab, as text by name, and that version. */
enum db_result setting_values(struct db *db, struct arena *a,
                              const char *tenant, const char *tab,
                              json_t **values, int64_t *version);

/* One of those that are kept in table setting, by a program. */
enum db_result setting_set(struct db *db, struct arena *a, const char *tenant,
                           const struct actor *actor, const char *name,
                           const char *value);

struct setting_change {
    const char *tab;
    const json_t *values; /* as setting_fields() typed them */
    int64_t version;      /* that the form was made with */
};

/* What no field says of them. DB_CHECK: it stands in errors. */
enum db_result setting_check(struct db *db, struct arena *a, const char *tenant,
                             const struct setting_change *change,
                             struct field_errors *errors);

/* Values as they were typed, as setting_values() has those that stand. */
json_t *setting_texts(struct arena *a, const char *tab, const json_t *values);

/* The style (style.h) that values of the tab "style" are, as texts or typed. */
const char *setting_style(struct arena *a, const json_t *values);

/*
 * Saves a tab. What differs goes to the trail, before and after, and where the
 * edge reads it the tenant's revision is raised. DB_CHECK: what stands in
 * errors is wrong; DB_UNIQUE: somebody else has saved meanwhile.
 */
enum db_result setting_save(struct db *db, struct arena *a, const char *tenant,
                            const struct actor *actor,
                            const struct setting_change *change,
                            struct field_errors *errors);

/* Whether all of the words, with a blank between each two, are features of the
 * portal (tables/features.def). */
bool tenant_features_ok(const char *words);

#endif
