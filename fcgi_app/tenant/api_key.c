#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/network.h"
#include "tenant/tenant.h"
#include "tenant/tenant_store.h"

enum {
    ID_CHARACTERS = 12,
    SECRET_CHARACTERS = 32,
    CHECK_CHARACTERS = 6,
    NETWORKS_MAX = 32,
};

static const char *const prefixes[] = {"pf_live_", "pf_test_"};
static const char public_prefix[] = "pf_public_";

/* ---- the text of a key ---- */

/* CRC-32 (ISO 3309) of all that stands before it, in base62: whoever finds a
 * key in a wrong place can tell it from one that only looks like it, and a
 * mistyped one costs no look-up. It protects nothing. */
static const char *
check_of(struct arena *a, const char *text, size_t len)
{
    static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz";
    char *out = arena_alloc(a, CHECK_CHARACTERS + 1);
    uint32_t crc = 0xffffffff;

    for (size_t i = 0; i < len; i++) {
        crc ^= (unsigned char)text[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
        }
    }
    crc = ~crc;
    for (int i = CHECK_CHARACTERS - 1; i >= 0; i--) {
        out[i] = letters[crc % 62];
        crc /= 62;
    }
    return out;
}

static const char *
spell(struct arena *a, bool test, const char *id, const char *secret)
{
    const char *key = arena_printf(a, "%s%s_%s_", prefixes[test], id, secret);

    return arena_printf(a, "%s%s", key, check_of(a, key, strlen(key)));
}

/* Splits "pf_live_<id>_<secret>_<crc>" into arena strings. */
static bool
split(struct arena *a, const char *bearer, const char **id, const char **secret,
      bool *test)
{
    const size_t prefix = strlen(prefixes[0]);
    const size_t body = prefix + ID_CHARACTERS + 1 + SECRET_CHARACTERS + 1;

    if (strlen(bearer) != body + CHECK_CHARACTERS ||
        bearer[prefix + ID_CHARACTERS] != '_' || bearer[body - 1] != '_' ||
        strcmp(bearer + body, check_of(a, bearer, body)) != 0) {
        return false;
    }
    *test = strncmp(bearer, prefixes[1], prefix) == 0;
    *id = arena_strndup(a, bearer + prefix, ID_CHARACTERS);
    *secret = arena_strndup(a, bearer + prefix + ID_CHARACTERS + 1,
                            SECRET_CHARACTERS);
    return *test || strncmp(bearer, prefixes[0], prefix) == 0;
}

/* ---- finding one ---- */

/* Both hashes are looked at, whichever fits. */
static bool
secret_fits(struct arena *a, const json_t *row, const char *secret, int64_t now)
{
    const char *hash = id_hash(a, secret);
    bool fits = id_equal(hash, row_text(row, "secret_hash"));
    bool old = id_equal(hash, row_text(row, "old_hash"));

    return fits || (old && row_int(row, "old_until") > now);
}

static bool
usable(const json_t *row, bool test, int64_t now)
{
    int64_t expires = row_int(row, "expires");

    return row_int(row, "revoked") == 0 && (expires == 0 || expires > now) &&
           strcmp(row_text(row, "mode"), test ? "test" : "live") == 0;
}

static enum db_result
find_public(struct db *db, struct arena *a, const char *bearer,
            struct api_key **out)
{
    json_t *row;
    enum db_result r = api_key_store_public(db, a, bearer, &row);

    if (r == DB_OK) {
        *out = arena_alloc(a, sizeof **out);
        **out = (struct api_key){.id = "public",
                                 .tenant = row_text(row, "id"),
                                 .scopes = "",
                                 .networks = "",
                                 .is_public = true};
    }
    return r;
}

enum db_result
api_key_find(struct db *db, struct arena *a, const char *bearer,
             struct api_key **out)
{
    const char *id, *secret;
    int64_t now = clock_now();
    bool test;
    json_t *row;
    enum db_result r;

    *out = NULL;
    if (strncmp(bearer, public_prefix, sizeof public_prefix - 1) == 0) {
        return find_public(db, a, bearer, out);
    }
    if (!split(a, bearer, &id, &secret, &test)) {
        return DB_NONE;
    }
    r = api_key_store_find(db, a, id, &row);
    if (r != DB_OK) {
        return r;
    }
    if (!secret_fits(a, row, secret, now) || !usable(row, test, now)) {
        return DB_NONE;
    }
    *out = arena_alloc(a, sizeof **out);
    **out = (struct api_key){.id = row_text(row, "id"),
                             .tenant = row_text(row, "tenant"),
                             .scopes = row_text(row, "scopes"),
                             .networks = row_text(row, "networks"),
                             .expires = row_int(row, "expires"),
                             .last_used = row_int(row, "last_used"),
                             .test = test};
    return DB_OK;
}

/* May be left undone: the next call tries again. */
void
api_key_used(struct db *db, const struct api_key *key)
{
    int64_t before = clock_now() - API_KEY_SEEN;

    if (!key->is_public && key->last_used < before) {
        api_key_store_seen(db, key->tenant, key->id, before + API_KEY_SEEN,
                           before);
    }
}

bool
api_key_has_scope(const char *scopes, const char *scope)
{
    size_t len = strlen(scope);

    for (const char *word = scopes; word; word = strchr(word, ' ')) {
        word += *word == ' ';
        if (strncmp(word, scope, len) == 0 &&
            (word[len] == ' ' || word[len] == '\0')) {
            return true;
        }
    }
    return false;
}

bool
api_key_allows(const struct api_key *key, const char *scope)
{
    return api_key_has_scope(key->scopes, scope);
}

/* With doubles, and with the words of calls that want none. */
static const char *const wanted[] = {
#define PAGE(method, path, function, door, right, fields, pool, limit, help)
#define REST(method, path, function, scope, fields, answer, shape, pool,       \
             limit, help)                                                      \
    scope,
#include "tables/routes.def"
#undef PAGE
#undef REST
    /* with calls of another scope: a password that need not be changed */
    "logins:passwords",
};

enum { WANTED = sizeof wanted / sizeof *wanted };

static bool
among(const char *const *list, const char *word)
{
    while (*list && strcmp(*list, word) != 0) {
        list++;
    }
    return *list != NULL;
}

const char *const *
api_key_scopes(void)
{
    static const char *scopes[WANTED + 1];
    size_t n = 0;

    if (scopes[0]) {
        return scopes;
    }
    for (size_t i = 0; i < WANTED; i++) {
        if (strchr(wanted[i], ':') && !among(scopes, wanted[i])) {
            scopes[n++] = wanted[i];
        }
    }
    return scopes;
}

bool
api_key_scope_known(const char *scope)
{
    return among(api_key_scopes(), scope);
}

static const struct {
    const char *scope, *permission;
} of_staff[] = {
#define SCOPE(scope, permission) {scope, permission},
#include "tables/scopes.def"
#undef SCOPE
};

const char *
api_key_scope_permission(const char *scope)
{
    for (size_t i = 0; i < sizeof of_staff / sizeof *of_staff; i++) {
        if (strcmp(of_staff[i].scope, scope) == 0) {
            return of_staff[i].permission;
        }
    }
    return NULL;
}

/* A scope that is gone opens nothing. */
static bool
scopes_within(const char *inner, const char *outer)
{
    for (const char *const *s = api_key_scopes(); *s; s++) {
        if (api_key_has_scope(inner, *s) && !api_key_has_scope(outer, *s)) {
            return false;
        }
    }
    return true;
}

/* 0 is the end that never comes, "" every network there is. */
enum err
api_key_gives(const struct api_key *key, const struct api_key_new *new)
{
    if (!scopes_within(new->scopes, key->scopes)) {
        return ERR_scope_lacking;
    }
    if ((key->test && !new->test) ||
        (key->expires && (!new->expires || new->expires > key->expires)) ||
        (key->networks[0] && (!new->networks[0] ||
                              !network_within(new->networks, key->networks)))) {
        return ERR_key_lacking;
    }
    return ERR_NONE;
}

const char *
api_key_networks(struct arena *a, const char *text)
{
    static const char between[] = " \t\r\n,";
    const char *all = "";
    size_t n = 0, len;

    for (text += strspn(text, between); *text;
         text += len, text += strspn(text, between)) {
        len = strcspn(text, between);
        const char *one = network_canonical(a, arena_strndup(a, text, len));
        if (!one || ++n > NETWORKS_MAX) {
            return NULL;
        }
        all = arena_printf(a, "%s%s%s", all, *all ? " " : "", one);
    }
    return all;
}

bool
api_key_works_from(const struct api_key *key, const char *address)
{
    return key->networks[0] == '\0' || network_holds(key->networks, address);
}

/* ---- changes ---- */

struct key_change {
    struct arena *arena;
    const struct actor *actor;
    const char *tenant, *id, *hash;
    const struct api_key_new *new;
    const json_t *row; /* as it was */
    int64_t until, version;
};

static enum db_result
note(struct db *db, const struct key_change *k, const char *action)
{
    struct audit row = {k->actor, "", action, k->id, ""};
    json_t *after;
    enum db_result r = api_key_get(db, k->arena, k->tenant, k->id, &after);

    return r == DB_OK || r == DB_NONE
               ? audit_write_change(db, k->arena, k->tenant, &row,
                                    api_key_trail_fields, k->row, after)
               : r;
}

/* Nothing changed: somebody was quicker. */
static enum db_result
noted(struct db *db, const struct key_change *k, const char *action,
      enum db_result r, int64_t changed)
{
    if (r == DB_OK && changed == 0) {
        return DB_NONE;
    }
    return r == DB_OK ? note(db, k, action) : r;
}

static enum db_result
make_in_transaction(struct db *db, void *data)
{
    const struct key_change *k = data;
    enum db_result r =
        api_key_store_insert(db, k->tenant, k->id, k->hash, k->new);

    return r == DB_OK ? note(db, k, "api_key.created") : r;
}

enum db_result
api_key_make(struct db *db, struct arena *a, const char *tenant,
             const struct actor *actor, const struct api_key_new *new,
             const char **id, const char **bearer)
{
    const char *secret = id_base62(a, SECRET_CHARACTERS);
    struct key_change k = {a,
                           actor,
                           tenant,
                           id_base62(a, ID_CHARACTERS),
                           id_hash(a, secret),
                           new,
                           NULL,
                           0,
                           0};

    *id = k.id;
    *bearer = spell(a, new->test, k.id, secret);
    return db_transaction(db, true, make_in_transaction, &k);
}

static enum db_result
change_in_transaction(struct db *db, void *data)
{
    const struct key_change *k = data;
    int64_t changed = 0;
    enum db_result r = api_key_store_change(
        db, k->tenant, k->id, row_int(k->row, "version"), k->new, &changed);

    return noted(db, k, "api_key.changed", r, changed);
}

static bool
differs(const json_t *row, const struct api_key_new *new)
{
    return strcmp(row_text(row, "name"), new->name) != 0 ||
           strcmp(row_text(row, "scopes"), new->scopes) != 0 ||
           strcmp(row_text(row, "networks"), new->networks) != 0 ||
           row_int(row, "expires") != new->expires;
}

enum db_result
api_key_change(struct db *db, struct arena *a, const char *tenant,
               const struct actor *actor, const json_t *row,
               const struct api_key_new *new)
{
    struct key_change k = {a,   actor, tenant, row_text(row, "id"), NULL, new,
                           row, 0,     0};

    return differs(row, new)
               ? db_transaction(db, true, change_in_transaction, &k)
               : DB_OK;
}

/* That there is another secret, not which. */
static enum db_result
note_rotation(struct db *db, const struct key_change *k)
{
    struct audit row = {k->actor, "", "api_key.rotated", k->id, ""};
    json_t *secret =
        json_in_arena(k->arena, json_pack("{s:s}", "secret", AUDIT_SECRET));

    return audit_write_objects(db, k->arena, k->tenant, &row, secret, secret);
}

static enum db_result
rotate_in_transaction(struct db *db, void *data)
{
    const struct key_change *k = data;
    int64_t changed = 0;
    enum db_result r =
        api_key_store_rotate(db, k->tenant, k->id, row_int(k->row, "version"),
                             k->hash, k->until, &changed);

    if (r == DB_OK && changed == 0) {
        return DB_NONE;
    }
    return r == DB_OK ? note_rotation(db, k) : r;
}

enum db_result
api_key_rotate(struct db *db, struct arena *a, const char *tenant,
               const struct actor *actor, const json_t *row, int64_t until,
               const char **bearer)
{
    const char *secret = id_base62(a, SECRET_CHARACTERS);
    struct key_change k = {
        a,   actor, tenant, row_text(row, "id"), id_hash(a, secret), NULL,
        row, until, 0};

    *bearer =
        spell(a, strcmp(row_text(row, "mode"), "test") == 0, k.id, secret);
    return db_transaction(db, true, rotate_in_transaction, &k);
}

static enum db_result
revoke_in_transaction(struct db *db, void *data)
{
    struct key_change *k = data;
    int64_t changed = 0;
    json_t *before;
    enum db_result r = api_key_get(db, k->arena, k->tenant, k->id, &before);

    k->row = before;
    if (r == DB_OK) {
        r = api_key_store_revoke(db, k->tenant, k->id, k->version, clock_now(),
                                 &changed);
    }
    return noted(db, k, "api_key.revoked", r, changed);
}

enum db_result
api_key_revoke(struct db *db, struct arena *a, const char *tenant,
               const struct actor *actor, const char *id, int64_t version)
{
    struct key_change k = {.arena = a,
                           .actor = actor,
                           .tenant = tenant,
                           .id = id,
                           .version = version};

    return db_transaction(db, true, revoke_in_transaction, &k);
}

enum db_result
tenant_public_key(struct db *db, struct arena *a, const char *tenant,
                  const char **key)
{
    json_t *row;
    enum db_result r = tenant_store_get(db, a, tenant, &row);

    *key = r == DB_OK ? row_text(row, "public_key") : NULL;
    return r;
}
