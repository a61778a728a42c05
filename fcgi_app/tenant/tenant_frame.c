/*
 * Portals inside other sites' pages, and what is the portal's own site.
 */
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "pf_record.h"
#include "tenant/tenant.h"
#include "tenant/tenant_store.h"

/* ---- who may frame the pages ---- */

static const char *
origins_fault(struct arena *a, const struct tenant_framing *f)
{
    size_t room = 0;

    if (f->n_origins > TENANT_ANCESTORS_MAX) {
        return arena_printf(a, "more than %d origins", TENANT_ANCESTORS_MAX);
    }
    for (size_t i = 0; i < f->n_origins; i++) {
        const char *fault = pf_origin_fault(pf_str_of(f->origins[i]));

        if (fault) {
            return arena_printf(a, "origin \"%s\" %s", f->origins[i], fault);
        }
        for (size_t k = 0; k < i; k++) {
            if (strcmp(f->origins[k], f->origins[i]) == 0) {
                return arena_printf(a, "origin \"%s\" stands there twice",
                                    f->origins[i]);
            }
        }
        room += strlen(f->origins[i]) + 1;
    }
    return room < PF_ORIGINS_MAX ? NULL : "the origins are too long together";
}

static const char *
framing_fault(struct arena *a, const struct tenant_framing *f)
{
    const char *mode = f->cookie_mode;

    if (mode && strcmp(mode, "lax") != 0 && strcmp(mode, "embed") != 0) {
        return arena_printf(a, "cookies are \"lax\" or \"embed\", not \"%s\"",
                            mode);
    }
    return f->origins ? origins_fault(a, f) : NULL;
}

json_t *
tenant_ancestors(struct db *db, struct arena *a, const char *tenant)
{
    json_t *rows, *row, *list;
    size_t i;

    if (tenant_store_ancestors(db, a, tenant, &rows) != DB_OK) {
        return NULL;
    }
    list = json_array();
    json_array_foreach(rows, i, row)
    {
        json_array_append_new(list, json_string(row_text(row, "origin")));
    }
    return list;
}

struct change {
    struct arena *arena;
    const char *tenant;
    const struct actor *actor;
    const struct tenant_framing *framing;
};

/* What stands now, for the trail. */
static enum db_result
state_text(struct db *db, struct change *c, const char **text)
{
    json_t *row, *list, *both;
    enum db_result r = tenant_store_get(db, c->arena, c->tenant, &row);

    if (r != DB_OK) {
        return r;
    }
    list = tenant_ancestors(db, c->arena, c->tenant);
    if (!list) {
        return DB_UNAVAILABLE;
    }
    both = json_pack("{s:s, s:o}", "cookie_mode", row_text(row, "cookie_mode"),
                     "frame_ancestors", list);
    *text = json_text(c->arena, both, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(both);
    return DB_OK;
}

static enum db_result
set_in_transaction(struct db *db, void *data)
{
    struct change *c = data;
    const struct tenant_framing *f = c->framing;
    struct audit_change change = {"", ""};
    enum db_result r = state_text(db, c, &change.before);
    struct audit row = {c->actor, "", "tenant.framing", c->tenant, ""};

    if (r == DB_OK && f->cookie_mode) {
        r = tenant_store_set_cookie_mode(db, c->tenant, f->cookie_mode);
    }
    if (r == DB_OK && f->origins) {
        r = tenant_store_set_ancestors(db, c->tenant, f->origins, f->n_origins);
    }
    if (r == DB_OK) {
        r = tenant_store_raise(db, c->tenant);
    }
    if (r == DB_OK) {
        r = state_text(db, c, &change.after);
    }
    return r == DB_OK
               ? audit_write_texts(db, c->arena, c->tenant, &row, &change)
               : r;
}

enum db_result
tenant_set_framing(struct db *db, struct arena *a, const char *tenant,
                   const struct actor *actor,
                   const struct tenant_framing *framing, const char **why)
{
    struct change c = {a, tenant, actor, framing};

    *why = framing_fault(a, framing);
    return *why ? DB_CHECK : db_transaction(db, true, set_in_transaction, &c);
}

/* ---- what is our own site ---- */

/* Browsers write hosts in lower case; base_url may be written otherwise. */
static bool
origin_is(const char *origin, const char *scheme, const char *host,
          const char *port)
{
    size_t n = strlen(scheme), len = strlen(host);

    return strncmp(origin, scheme, n) == 0 &&
           strncasecmp(origin + n, host, len) == 0 &&
           (origin[n + len] == '\0' || strcmp(origin + n + len, port) == 0);
}

/* "portal.example:8443" of base_url; browsers leave the usual port away. */
static char *
authority(struct arena *a, const struct config *config)
{
    const char *usual = config->secure ? ":443" : ":80";
    const char *base = strstr(config->base_url, "://") + 3;
    char *text = arena_strndup(a, base, strcspn(base, "/"));
    size_t len = strlen(text), n = strlen(usual);

    if (len > n && strcmp(text + len - n, usual) == 0) {
        text[len - n] = '\0';
    }
    return text;
}

bool
tenant_own_origin(struct db *db, struct arena *a, const struct config *config,
                  const struct tenant *tenant, const char *origin,
                  const char *host)
{
    const char *scheme = config->secure ? "https://" : "http://";
    const char *base = authority(a, config);
    const char *port = strrchr(base, ':'); /* the tenants' hosts have it, too */
    json_t *rows, *row;
    size_t i;

    if (origin_is(origin, scheme, base, "") ||
        (!config->secure && host[0] && origin_is(origin, scheme, host, ""))) {
        return true;
    }
    if (tenant_store_hosts_of(db, a, tenant->id, &rows) != DB_OK) {
        return false;
    }
    json_array_foreach(rows, i, row)
    {
        if (origin_is(origin, scheme, row_text(row, "host"),
                      port ? port : "")) {
            return true;
        }
    }
    return false;
}
