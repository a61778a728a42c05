/* The hosts that a tenant is reached by. */
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "tenant/tenant.h"
#include "tenant/tenant_store.h"

enum { LABEL_MAX = 63, HOST_NAME_LONG = 253 };

struct host_change {
    struct arena *arena;
    const struct actor *actor;
    const char *tenant, *host;
    bool add;
};

static enum db_result
change_in_transaction(struct db *db, void *data)
{
    const struct host_change *c = data;
    struct audit row = {c->actor, "", c->add ? "host.added" : "host.removed",
                        c->host, ""};
    json_t *host = json_in_arena(c->arena, json_pack("{s:s}", "host", c->host));
    int64_t changed = 1;
    enum db_result r =
        c->add ? tenant_store_add_host(db, c->tenant, c->host)
               : tenant_store_remove_host(db, c->tenant, c->host, &changed);

    if (r == DB_OK && changed == 0) {
        return DB_NONE;
    }
    if (r == DB_OK) {
        r = tenant_store_raise(db, c->tenant);
    }
    return r == DB_OK
               ? audit_write_objects(db, c->arena, c->tenant, &row,
                                     c->add ? NULL : host, c->add ? host : NULL)
               : r;
}

enum db_result
tenant_hosts(struct db *db, struct arena *a, const char *tenant, json_t **rows)
{
    return tenant_store_hosts_of(db, a, tenant, rows);
}

/* One label of a name (RFC 1123, 2.1); its length is len. */
static bool
label_ok(const char *label, size_t len)
{
    return len > 0 && len <= LABEL_MAX && label[0] != '-' &&
           label[len - 1] != '-' &&
           strspn(label, "abcdefghijklmnopqrstuvwxyz0123456789-") >= len;
}

/* Two labels or more, and no address: its last part would be a number. */
static bool
name_ok(const char *host)
{
    size_t labels = 0, len;

    for (const char *at = host;; at += len + 1) {
        len = strcspn(at, ".");
        if (!label_ok(at, len)) {
            return false;
        }
        labels++;
        if (at[len] == '\0') {
            return labels > 1 && strspn(at, "0123456789") < len &&
                   strlen(host) <= HOST_NAME_LONG;
        }
    }
}

/* The host that all portals without one of their own share: whoever had it
 * would have them all. */
static bool
common_host(const struct config *config, const char *host)
{
    const char *base = strstr(config->base_url, "://") + 3;
    size_t len = strcspn(base, ":/");

    return strlen(host) == len && strncasecmp(base, host, len) == 0;
}

enum db_result
tenant_add_host(struct db *db, struct arena *a, const struct config *config,
                const char *tenant, const struct actor *actor, const char *host)
{
    struct host_change c = {a, actor, tenant, host, true};

    if (!name_ok(host)) {
        return DB_CHECK;
    }
    return common_host(config, host)
               ? DB_UNIQUE
               : db_transaction(db, true, change_in_transaction, &c);
}

enum db_result
tenant_remove_host(struct db *db, struct arena *a, const char *tenant,
                   const struct actor *actor, const char *host)
{
    struct host_change c = {a, actor, tenant, host, false};

    return db_transaction(db, true, change_in_transaction, &c);
}
