/* The hosts that a tenant is reached by. */
#include "pf_hosts.h"
#include "tenant/tenant.h"
#include "tenant/tenant_store.h"

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
    return r == DB_OK ? audit_write(db, c->arena, c->tenant, &row) : r;
}

enum db_result
tenant_hosts(struct db *db, struct arena *a, const char *tenant, json_t **rows)
{
    return tenant_store_hosts_of(db, a, tenant, rows);
}

enum db_result
tenant_add_host(struct db *db, struct arena *a, const char *tenant,
                const struct actor *actor, const char *host)
{
    struct host_change c = {a, actor, tenant, host, true};

    return pf_host_ok(pf_str_of(host))
               ? db_transaction(db, true, change_in_transaction, &c)
               : DB_CHECK;
}

enum db_result
tenant_remove_host(struct db *db, struct arena *a, const char *tenant,
                   const struct actor *actor, const char *host)
{
    struct host_change c = {a, actor, tenant, host, false};

    return db_transaction(db, true, change_in_transaction, &c);
}
