#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "tenant/tenant.h"
#include "tenant/tenant_store.h"

enum { ID_CHARACTERS = 12, SECRET_CHARACTERS = 32 };

static const char prefix[] = "pf_live_";

/* Splits "pf_live_<id>_<secret>" into arena strings. */
static bool
split(struct arena *a, const char *bearer, const char **id, const char **secret)
{
    const char *mark;

    if (strncmp(bearer, prefix, sizeof prefix - 1) != 0) {
        return false;
    }
    bearer += sizeof prefix - 1;
    mark = strchr(bearer, '_');
    if (!mark || mark - bearer != ID_CHARACTERS ||
        strlen(mark + 1) != SECRET_CHARACTERS) {
        return false;
    }
    *id = arena_strndup(a, bearer, ID_CHARACTERS);
    *secret = mark + 1;
    return true;
}

static bool
usable(const json_t *row, int64_t now)
{
    int64_t expires = row_int(row, "expires");

    return row_int(row, "revoked") == 0 && (expires == 0 || expires > now);
}

enum db_result
api_key_find(struct db *db, struct arena *a, const char *bearer,
             struct api_key **out)
{
    const char *id, *secret;
    json_t *row;
    enum db_result r;

    *out = NULL;
    if (!split(a, bearer, &id, &secret)) {
        return DB_NONE;
    }
    r = api_key_store_get(db, a, id, &row);
    if (r != DB_OK) {
        return r;
    }
    if (!id_equal(id_hash(a, secret), row_text(row, "secret_hash")) ||
        !usable(row, clock_now())) {
        return DB_NONE;
    }
    *out = arena_alloc(a, sizeof **out);
    (*out)->id = row_text(row, "id");
    (*out)->tenant = row_text(row, "tenant");
    (*out)->scopes = row_text(row, "scopes");
    return DB_OK;
}

bool
api_key_allows(const struct api_key *key, const char *scope)
{
    size_t len = strlen(scope);

    for (const char *word = key->scopes; word; word = strchr(word, ' ')) {
        word += *word == ' ';
        if (strncmp(word, scope, len) == 0 &&
            (word[len] == ' ' || word[len] == '\0')) {
            return true;
        }
    }
    return false;
}

struct key_creation {
    struct arena *arena;
    const struct actor *actor;
    const char *tenant, *id, *name, *hash, *scopes;
};

static enum db_result
create_in_transaction(struct db *db, void *data)
{
    struct key_creation *k = data;
    struct audit row = {k->actor, "", "api_key.created", k->id, ""};
    json_t *after =
        json_in_arena(k->arena, json_pack("{s:s, s:s}", "name", k->name,
                                          "scopes", k->scopes));
    enum db_result r =
        api_key_store_insert(db, k->tenant, k->id, k->name, k->hash, k->scopes);

    return r == DB_OK
               ? audit_write_objects(db, k->arena, k->tenant, &row, NULL, after)
               : r;
}

enum db_result
api_key_create(struct db *db, struct arena *a, const char *tenant,
               const struct actor *actor, const char *name, const char *scopes,
               const char **bearer)
{
    const char *id = id_base62(a, ID_CHARACTERS);
    const char *secret = id_base62(a, SECRET_CHARACTERS);
    struct key_creation k = {a,     actor, tenant, id, name, id_hash(a, secret),
                             scopes};

    *bearer = arena_printf(a, "%s%s_%s", prefix, id, secret);
    return db_transaction(db, true, create_in_transaction, &k);
}

struct revocation {
    struct arena *arena;
    const struct actor *actor;
    const char *tenant, *id;
};

static enum db_result
revoke_in_transaction(struct db *db, void *data)
{
    struct revocation *v = data;
    struct audit row = {v->actor, "", "api_key.revoked", v->id, ""};
    json_t *before =
        json_in_arena(v->arena, json_pack("{s:s}", "status", "active"));
    json_t *after =
        json_in_arena(v->arena, json_pack("{s:s}", "status", "revoked"));
    int64_t changed;
    enum db_result r =
        api_key_store_revoke(db, v->tenant, v->id, clock_now(), &changed);

    if (r == DB_OK && changed == 0) {
        return DB_NONE;
    }
    return r == DB_OK ? audit_write_objects(db, v->arena, v->tenant, &row,
                                            before, after)
                      : r;
}

enum db_result
api_key_revoke(struct db *db, struct arena *a, const char *tenant,
               const struct actor *actor, const char *id)
{
    struct revocation v = {a, actor, tenant, id};

    return db_transaction(db, true, revoke_in_transaction, &v);
}
