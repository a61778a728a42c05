#include <string.h>

#include "base/err.h"
#include "base/id.h"
#include "customer/customer.h"
#include "user/user.h"
#include "user/user_store.h"

/* What it was given, without what tenant and account leave out. */
static enum db_result
load_rights(struct db *db, struct arena *a, const struct tenant *tenant,
            const json_t *row, struct membership *m)
{
    json_t *names, *one;
    size_t i;
    enum db_result r;

    m->rights = m->owner ? rights_all() : 0;
    if (!m->owner) {
        r = membership_store_permissions(db, a, tenant->id, m->id, &names);
        if (r != DB_OK) {
            return r;
        }
        json_array_foreach(names, i, one)
        {
            m->rights |= rights_named(row_text(one, "permission"));
        }
        m->rights &= rights_of_kind(m->kind);
    }
    m->rights &= ~rights_of_features(tenant->portal_without);
    m->rights &= ~rights_of_features(row_text(row, "portal_without"));
    return DB_OK;
}

static enum db_result
take(struct db *db, struct arena *a, const struct tenant *tenant,
     const json_t *row, struct membership **out)
{
    struct membership *m = arena_alloc(a, sizeof *m);
    enum db_result r;

    m->id = row_text(row, "id");
    m->user = row_text(row, "user_id");
    m->customer = row_text(row, "customer");
    m->customer_number = row_text(row, "number");
    m->customer_name = customer_name(a, row);
    m->kind = row_text(row, "kind");
    m->owner = strcmp(m->kind, "owner") == 0;
    r = load_rights(db, a, tenant, row, m);
    *out = r == DB_OK ? m : NULL;
    return r;
}

enum db_result
membership_open(struct db *db, struct arena *a, const struct tenant *tenant,
                const char *user, const char *customer, struct membership **out)
{
    json_t *rows, *first;
    enum db_result r = membership_store_active(db, a, tenant->id, tenant->pool,
                                               user, customer, &rows);

    *out = NULL;
    if (r != DB_OK) {
        return r;
    }
    first = json_array_get(rows, 0);
    if (!first || (!customer && row_int(first, "home") == 0 &&
                   json_array_size(rows) > 1)) {
        return DB_NONE;
    }
    return take(db, a, tenant, first, out);
}

enum db_result
membership_only(struct db *db, struct arena *a, const struct tenant *tenant,
                const char *user, struct membership **out)
{
    json_t *rows;
    enum db_result r = membership_store_active(db, a, tenant->id, tenant->pool,
                                               user, NULL, &rows);

    *out = NULL;
    if (r != DB_OK || json_array_size(rows) > 1) {
        return r;
    }
    return json_array_size(rows) == 0
               ? DB_NONE
               : take(db, a, tenant, json_array_get(rows, 0), out);
}

const char *
membership_kind_label(const char *kind)
{
    return strcmp(kind, "owner") == 0     ? N_("Owner")
           : strcmp(kind, "contact") == 0 ? N_("Contact")
                                          : N_("Guest");
}

enum db_result
membership_of_row(struct db *db, struct arena *a, const struct tenant *tenant,
                  const json_t *row, struct membership **out)
{
    *out = NULL;
    return row_text(row, "id") ? take(db, a, tenant, row, out) : DB_NONE;
}

enum db_result
membership_of_link(struct db *db, struct arena *a, const struct tenant *tenant,
                   const char *customer, struct membership **out,
                   const char **language)
{
    struct membership *m = arena_alloc(a, sizeof *m);
    json_t *row;
    enum db_result r = customer_by_id(db, a, tenant->id, customer, &row);

    *out = NULL;
    if (r != DB_OK) {
        return r;
    }
    m->id = m->user = "";
    m->customer = row_text(row, "id");
    m->customer_number = row_text(row, "number");
    m->customer_name = customer_name(a, row);
    m->kind = "link";
    m->rights = (rights_named("billing.contracts.view") |
                 rights_named("billing.invoices.view")) &
                ~rights_of_features(tenant->portal_without) &
                ~rights_of_features(row_text(row, "portal_without"));
    *language = row_text(row, "language");
    *out = m;
    return DB_OK;
}

struct membership *
membership_none(struct arena *a)
{
    struct membership *m = arena_alloc(a, sizeof *m);

    m->id = m->user = m->customer = "";
    m->customer_number = m->customer_name = "";
    m->kind = "none";
    return m;
}

bool
membership_allows(const struct membership *m, const char *permission)
{
    return (m->rights & rights_named(permission)) != 0;
}

struct creation {
    struct arena *arena;
    const struct tenant *tenant;
    const struct actor *actor;
    const struct membership_new *new;
};

static enum db_result
create_in_transaction(struct db *db, void *data)
{
    struct creation *c = data;
    const char *id = id_new(c->arena, "mem");
    struct audit row = {c->actor, c->new->customer, "membership.created", id,
                        ""};
    enum db_result r =
        membership_store_insert(db, c->tenant->id, c->tenant->pool, id, c->new);

    for (size_t i = 0;
         r == DB_OK && c->new->permissions && c->new->permissions[i]; i++) {
        r = membership_store_grant(db, c->tenant->id, id,
                                   c->new->permissions[i], "");
    }
    return r == DB_OK ? audit_write(db, c->arena, c->tenant->id, &row) : r;
}

enum db_result
membership_create(struct db *db, struct arena *a, const struct tenant *tenant,
                  const struct actor *actor, const struct membership_new *new)
{
    struct creation c = {a, tenant, actor, new};

    return db_transaction(db, true, create_in_transaction, &c);
}
