#include <string.h>

#include "base/buf.h"
#include "base/id.h"
#include "customer/customer.h"
#include "user/user.h"
#include "user/user_store.h"

/* Names of tables/permissions.def. */
static const char *const permissions[] = {
#define PERMISSION(name, label) #name,
#include "tables/permissions.def"
#undef PERMISSION
    NULL,
};

/* " billing.invoices.view billing.contracts.view " */
static enum db_result
load_permissions(struct db *db, struct arena *a, const char *tenant,
                 struct membership *m)
{
    struct buf words = buf_new(a, 64);
    json_t *rows, *row;
    size_t i;
    enum db_result r;

    buf_putc(&words, ' ');
    if (!m->owner) {
        r = membership_store_permissions(db, a, tenant, m->id, &rows);
        if (r != DB_OK) {
            return r;
        }
        json_array_foreach(rows, i, row)
        {
            buf_printf(&words, "%s ", row_text(row, "permission"));
        }
    }
    m->permissions = words.data;
    return DB_OK;
}

static enum db_result
take(struct db *db, struct arena *a, const char *tenant, const json_t *row,
     struct membership **out)
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
    r = load_permissions(db, a, tenant, m);
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
    return take(db, a, tenant->id, first, out);
}

enum db_result
membership_of_row(struct db *db, struct arena *a, const char *tenant,
                  const json_t *row, struct membership **out)
{
    *out = NULL;
    return row_text(row, "id") ? take(db, a, tenant, row, out) : DB_NONE;
}

enum db_result
membership_of_link(struct db *db, struct arena *a, const char *tenant,
                   const char *customer, struct membership **out,
                   const char **language)
{
    struct membership *m = arena_alloc(a, sizeof *m);
    json_t *row;
    enum db_result r = customer_by_id(db, a, tenant, customer, &row);

    *out = NULL;
    if (r != DB_OK) {
        return r;
    }
    m->id = m->user = "";
    m->customer = row_text(row, "id");
    m->customer_number = row_text(row, "number");
    m->customer_name = customer_name(a, row);
    m->kind = "link";
    m->permissions = " billing.contracts.view billing.invoices.view ";
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
    m->permissions = " ";
    return m;
}

bool
membership_allows(const struct membership *m, const char *permission)
{
    size_t len = strlen(permission);

    if (m->owner) {
        return true;
    }
    for (const char *at = m->permissions; (at = strstr(at, permission)); at++) {
        if (at[-1] == ' ' && at[len] == ' ') {
            return true;
        }
    }
    return false;
}

const char *
membership_groups(struct arena *a, const struct membership *m)
{
    struct buf groups = buf_new(a, 64);

    for (size_t i = 0; permissions[i]; i++) {
        const char *dot = strchr(permissions[i], '.');
        const char *group =
            arena_strndup(a, permissions[i], (size_t)(dot - permissions[i]));

        if (membership_allows(m, permissions[i]) &&
            !strstr(groups.data, group)) {
            buf_printf(&groups, "%s%s", groups.len ? " " : "", group);
        }
    }
    return groups.data;
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
                                   c->new->permissions[i]);
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
