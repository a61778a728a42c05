#include "tenant/tenant.h"

#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "pf_token.h"
#include "tenant/jwks.h"
#include "tenant/tenant_store.h"

enum { PUBLIC_KEY_CHARACTERS = 24 };

/* What we have no catalogue for (any more, or yet) is left out, and English is
 * what the messages themselves are written in. */
static void
take_languages(struct arena *a, struct tenant *t, const char *by_default,
               const json_t *rows)
{
    size_t i;
    json_t *row;

    t->languages = arena_alloc(a, (json_array_size(rows) + 1) * sizeof(char *));
    json_array_foreach(rows, i, row)
    {
        const char *language = row_text(row, "language");

        if (language && text_speaks(language)) {
            t->languages[t->n_languages++] = language;
        }
    }
    if (t->n_languages == 0) {
        t->languages[t->n_languages++] = "en";
    }
    t->default_language =
        tenant_speaks(t, by_default) ? by_default : t->languages[0];
}

static const char *
portal_url(struct arena *a, const struct config *config, const json_t *row)
{
    const char *host = row_text(row, "host");

    if (host) {
        return arena_printf(a, "%s://%s", config->secure ? "https" : "http",
                            host);
    }
    return arena_printf(a, "%s/%s", config->base_url, row_text(row, "id"));
}

enum db_result
tenant_load(struct db *db, struct arena *a, const struct config *config,
            const char *id, struct tenant **out)
{
    json_t *rows, *row;
    struct tenant *t;
    enum db_result r;

    *out = NULL;
    if (!pf_tenant_ok(pf_str_of(id))) {
        return DB_NONE;
    }
    r = db_rows(tenant_store_load(db, a, id), &rows);
    if (r != DB_OK) {
        return r;
    }
    row = json_array_get(rows, 0);
    if (!row) {
        return DB_NONE;
    }
    t = arena_alloc(a, sizeof *t);
    t->id = row_text(row, "id");
    t->pool = row_text(row, "pool");
    t->name = row_text(row, "name");
    t->time_zone = row_text(row, "time_zone");
    t->address = row_text(row, "address");
    t->accent = row_text(row, "accent");
    t->style = row_text(row, "style");
    t->logo = row_text(row, "logo");
    t->logo_width = (int)row_int(row, "logo_width");
    t->logo_height = (int)row_int(row, "logo_height");
    t->portal_without = row_text(row, "portal_without");
    t->consumers = strcmp(row_text(row, "audience"), "consumers") == 0;
#define FOOT_LINK(setting, label)                                              \
    t->foot_links[FOOT_##setting] = row_text(row, #setting);
#include "tables/foot_links.def"
#undef FOOT_LINK
    t->url = portal_url(a, config, row);
    t->cookie = strcmp(row_text(row, "cookie_mode"), "embed") == 0
                    ? PF_COOKIE_EMBEDDED
                    : PF_COOKIE_SESSION;
    t->secure = config->secure;
    t->revision = row_int(row, "revision");
    take_languages(a, t, row_text(row, "default_language"), rows);
    *out = t;
    return DB_OK;
}

bool
tenant_speaks(const struct tenant *tenant, const char *language)
{
    for (size_t i = 0; i < tenant->n_languages; i++) {
        if (strcmp(tenant->languages[i], language) == 0) {
            return true;
        }
    }
    return false;
}

const char *
tenant_today(struct arena *a, const struct tenant *tenant)
{
    return text_day(a, tenant->time_zone, clock_now());
}

static void
free_ring(void *ring)
{
    pf_keyring_free(ring);
}

/* The material of a row with its validity: what pf_keyring_from_json() reads.
 */
static json_t *
key_with_validity(const json_t *row)
{
    json_t *key =
        json_loads(row_text(row, "material"), JSON_REJECT_DUPLICATES, NULL);

    if (key) {
        json_object_set_new(key, "not_before",
                            json_integer(row_int(row, "not_before")));
        json_object_set_new(key, "not_after",
                            json_integer(row_int(row, "not_after")));
    }
    return key;
}

/* Those that an identity provider publishes, as far as there is room. */
static void
add_fetched(json_t *keys, const json_t *registered, const char *text)
{
    json_t *fetched = json_loads(text, JSON_REJECT_DUPLICATES, NULL), *key;
    size_t i;

    json_array_foreach(fetched, i, key)
    {
        if (json_array_size(keys) < PF_KEYRING_MAX &&
            !jwks_find(registered, row_text(key, "kid"))) {
            json_array_append(keys, key);
        }
    }
    json_decref(fetched);
}

json_t *
tenant_sso_keys_json(struct db *db, struct arena *a, const char *tenant)
{
    json_t *rows, *row, *jwks, *keys;
    enum db_result r;
    size_t i;

    if (tenant_store_sso_keys(db, a, tenant, &rows) != DB_OK) {
        return NULL;
    }
    r = tenant_store_jwks(db, a, tenant, &jwks);
    if (r != DB_OK && r != DB_NONE) {
        return NULL;
    }
    keys = json_array();
    json_array_foreach(rows, i, row)
    {
        json_array_append_new(keys, key_with_validity(row));
    }
    if (r == DB_OK) {
        add_fetched(keys, rows, row_text(jwks, "keys"));
    }
    return keys;
}

const pf_keyring_t *
tenant_sso_keys(struct db *db, struct arena *a, const char *tenant)
{
    char why[200] = "";
    pf_keyring_t *ring;
    json_t *keys = tenant_sso_keys_json(db, a, tenant);

    if (!keys) {
        return NULL;
    }
    ring = pf_keyring_from_json(keys, why, sizeof why);
    json_decref(keys);
    if (!ring) {
        log_error("SSO keys of tenant %s: %s", tenant, why);
        return NULL;
    }
    arena_defer(a, free_ring, ring);
    return ring;
}

struct creation {
    struct arena *arena;
    const struct actor *actor;
    const struct tenant_new *new;
    const char *public_key;
};

static enum db_result
create_in_transaction(struct db *db, void *data)
{
    struct creation *c = data;
    struct audit row = {c->actor, "", "tenant.created", c->new->id, ""};
    json_t *after = json_in_arena(
        c->arena, json_pack("{s:s, s:s, s:s}", "name", c->new->name,
                            "organisation", c->new->organisation,
                            "default_language", c->new->default_language));
    enum db_result r = tenant_store_insert(db, c->new, c->public_key);

    return r == DB_OK ? audit_write_objects(db, c->arena, c->new->id, &row,
                                            NULL, after)
                      : r;
}

enum db_result
tenant_create(struct db *db, struct arena *a, const struct actor *actor,
              const struct tenant_new *new, const char **public_key)
{
    struct creation c = {
        a, actor, new,
        arena_printf(a, "pf_public_%s", id_base62(a, PUBLIC_KEY_CHARACTERS))};

    *public_key = c.public_key;
    if (!pf_tenant_ok(pf_str_of(new->id))) {
        return DB_CHECK;
    }
    return db_transaction(db, true, create_in_transaction, &c);
}

struct key_addition {
    struct arena *arena;
    const struct actor *actor;
    const char *tenant, *material;
    pf_key_t key;
};

/* As its list has it; without the material, which may be a secret. */
static json_t *
key_row(const pf_key_t *key)
{
    return json_pack("{s:s, s:I, s:I, s:I}", "kid", key->kid, "not_before",
                     (json_int_t)key->not_before, "not_after",
                     (json_int_t)key->not_after, "created",
                     (json_int_t)clock_now());
}

static enum db_result
add_key_in_transaction(struct db *db, void *data)
{
    struct key_addition *k = data;
    struct audit row = {k->actor, "", "sso_key.added", k->key.kid, ""};
    json_t *present, *after = json_in_arena(k->arena, key_row(&k->key));
    enum db_result r = tenant_store_sso_keys(db, k->arena, k->tenant, &present);

    /* one more than a ring holds, and no key of the tenant would open */
    if (r == DB_OK && json_array_size(present) >= PF_KEYRING_MAX) {
        return DB_CHECK;
    }
    if (r == DB_OK) {
        r = tenant_store_add_sso_key(db, k->tenant, &k->key, k->material);
    }
    if (r == DB_OK) {
        r = tenant_store_raise(db, k->tenant);
    }
    return r == DB_OK ? audit_write_change(db, k->arena, k->tenant, &row,
                                           sso_key_list_fields, NULL, after)
                      : r;
}

enum db_result
tenant_add_sso_key(struct db *db, struct arena *a, const char *tenant,
                   const struct actor *actor, const json_t *material)
{
    struct key_addition k = {a, actor, tenant, NULL, {0}};

    if (pf_key_from_json(material, &k.key) != PF_OK) {
        return DB_CHECK;
    }
    k.material = json_text(a, material, JSON_COMPACT | JSON_SORT_KEYS);
    return db_transaction(db, true, add_key_in_transaction, &k);
}

struct retirement {
    struct arena *arena;
    const struct actor *actor;
    const char *tenant, *kid;
};

static enum db_result
retire_in_transaction(struct db *db, void *data)
{
    struct retirement *k = data;
    struct audit row = {k->actor, "", "sso_key.retired", k->kid, ""};
    int64_t changed = 0;
    json_t *before, *after;
    enum db_result r =
        tenant_store_sso_key(db, k->arena, k->tenant, k->kid, &before);

    if (r == DB_OK) {
        r = tenant_store_retire_sso_key(db, k->tenant, k->kid, clock_now(),
                                        &changed);
    }

    if (r == DB_OK && changed == 0) {
        return DB_NONE;
    }
    if (r == DB_OK) {
        r = tenant_store_raise(db, k->tenant);
    }
    if (r == DB_OK) {
        r = tenant_store_sso_key(db, k->arena, k->tenant, k->kid, &after);
    }
    return r == DB_OK ? audit_write_change(db, k->arena, k->tenant, &row,
                                           sso_key_list_fields, before, after)
                      : r;
}

enum db_result
tenant_retire_sso_key(struct db *db, struct arena *a, const char *tenant,
                      const struct actor *actor, const char *kid)
{
    struct retirement k = {a, actor, tenant, kid};

    return db_transaction(db, true, retire_in_transaction, &k);
}

/* ---- more tenants ---- */

enum db_result
tenant_of_organisation(struct db *db, struct arena *a, const char *tenant,
                       json_t **rows)
{
    return tenant_store_siblings(db, a, tenant, rows);
}

/* The words of a text, ended by NULL; NULL when one is no language of ours. */
static const char *const *
language_words(struct arena *a, const char *text)
{
    const char **list = arena_alloc(a, (strlen(text) + 2) * sizeof *list);
    size_t n = 0, len;

    for (; text += strspn(text, " ,"), *text; text += len) {
        len = strcspn(text, " ,");
        list[n] = arena_strndup(a, text, len);
        for (size_t i = 0; i < n; i++) {
            if (strcmp(list[i], list[n]) == 0) {
                return NULL;
            }
        }
        if (!text_speaks(list[n++])) {
            return NULL;
        }
    }
    return n > 0 ? list : NULL;
}

/* "/admin" is a path of tenants with a host of their own, edge/hosts.json no
 * record. */
static bool
new_id_ok(const char *id)
{
    return pf_tenant_ok(pf_str_of(id)) && strcmp(id, "admin") != 0 &&
           strcmp(id, "hosts") != 0;
}

enum db_result
tenant_add(struct db *db, struct arena *a, const struct actor *actor,
           const struct tenant_order *order, const char **wrong)
{
    struct tenant_new new = {.id = order->id,
                             .name = order->name,
                             .organisation = order->id,
                             .pool = arena_printf(a, "%s-pool", order->id),
                             .address = ""};
    const char *public_key;
    json_t *rows;

    new.languages = language_words(a, order->languages);
    *wrong = !new_id_ok(order->id) ? "id" : !new.languages ? "languages" : NULL;
    if (*wrong) {
        return DB_CHECK;
    }
    new.default_language = new.languages[0];
    if (order->like) {
        enum db_result r = tenant_store_siblings(db, a, order->like, &rows);

        if (r != DB_OK || json_array_size(rows) == 0) {
            return r == DB_OK ? DB_NONE : r;
        }
        new.organisation = row_text(json_array_get(rows, 0), "organisation");
    }
    return tenant_create(db, a, actor, &new, &public_key);
}

/* ---- features of the portal ---- */

static bool
feature_ok(const char *word, size_t len)
{
    static const char *const names[] = {
#define FEATURE(name, label) #name,
#include "tables/features.def"
#undef FEATURE
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strlen(names[i]) == len && memcmp(names[i], word, len) == 0) {
            return true;
        }
    }
    return false;
}

bool
tenant_features_ok(const char *words)
{
    size_t len;

    for (; *words; words += len + (words[len] == ' ')) {
        len = strcspn(words, " ");
        if (!feature_ok(words, len)) {
            return false;
        }
    }
    return true;
}
