#include "tenant/jwks.h"

#include <stdio.h>
#include <string.h>

#include "pf_json.h"
#include "pf_keyring.h"

static const char *
member(const json_t *jwk, const char *name)
{
    return json_string_value(json_object_get(jwk, name));
}

static bool
absent_or(const json_t *jwk, const char *name, const char *value)
{
    const char *text = member(jwk, name);

    return !json_object_get(jwk, name) || (text && strcmp(text, value) == 0);
}

/* By our own parser, which knows members that are none of a JWK: they have no
 * say here. */
static bool
parses(const json_t *jwk, const char *alg)
{
    json_t *copy = json_copy((json_t *)jwk);
    pf_key_t key;
    bool ok;

    json_object_del(copy, "paserk");
    json_object_del(copy, "not_before");
    json_object_del(copy, "not_after");
    json_object_set_new(copy, "alg", json_string(alg));
    ok = pf_key_from_json(copy, &key) == PF_OK && key.kid[0];
    json_decref(copy);
    return ok;
}

/* What stays of a key, or NULL. */
static json_t *
usable(const json_t *jwk)
{
    static const char *const names[] = {"kty", "crv", "kid", "n",
                                        "e",   "x",   "y"};
    const char *alg = pf_jwk_alg(jwk);
    json_t *out;

    if (!alg || strcmp(member(jwk, "kty"), "oct") == 0 ||
        !absent_or(jwk, "use", "sig") || !absent_or(jwk, "alg", alg) ||
        !parses(jwk, alg)) {
        return NULL;
    }
    out = json_pack("{s:s}", "alg", alg);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        json_object_set(out, names[i], json_object_get(jwk, names[i]));
    }
    return out;
}

/* Takes the key; false when its kid is there already. */
static bool
insert(json_t *keys, json_t *key)
{
    size_t at = 0;
    int order = 1;

    while (at < json_array_size(keys)) {
        order =
            strcmp(member(json_array_get(keys, at), "kid"), member(key, "kid"));
        if (order >= 0) {
            break;
        }
        at++;
    }
    json_array_insert_new(keys, at, key);
    return order != 0;
}

static const char *
take_keys(const json_t *set, json_t *out)
{
    const json_t *keys = json_object_get(set, "keys"), *jwk;
    size_t i;

    if (!json_is_array(keys)) {
        return "it has no \"keys\"";
    }
    if (json_array_size(keys) > JWKS_KEYS_MAX) {
        return "it has too many keys";
    }
    json_array_foreach(keys, i, jwk)
    {
        json_t *key = usable(jwk);

        if (key && !insert(out, key)) {
            return "a kid stands there twice";
        }
    }
    return json_array_size(out) ? NULL : "none of its keys can be used";
}

json_t *
jwks_read(pf_str_t text, char *why, size_t size)
{
    json_t *set = pf_json_object(text, JWKS_BYTES_MAX), *out = json_array();
    const char *fault = set ? take_keys(set, out) : "it is no JSON object";

    json_decref(set);
    if (fault) {
        snprintf(why, size, "%s", fault);
        json_decref(out);
        return NULL;
    }
    return out;
}

const json_t *
jwks_find(const json_t *keys, const char *kid)
{
    const json_t *key;
    size_t i;

    json_array_foreach(keys, i, key)
    {
        const char *its = json_string_value(json_object_get(key, "kid"));

        if (its && strcmp(its, kid) == 0) {
            return key;
        }
    }
    return NULL;
}
