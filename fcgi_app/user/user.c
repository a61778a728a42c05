#include "user/user.h"

#include <string.h>

#include "base/id.h"
#include "base/json.h"
#include "base/text.h"
#include "callback/callback.h"
#include "customer/customer.h"
#include "user/user_store.h"

static struct user *
take(struct arena *a, const json_t *row)
{
    struct user *u = arena_alloc(a, sizeof *u);

    u->id = row_text(row, "id");
    u->username = row_text(row, "username");
    u->email = row_text(row, "email");
    u->password_hash = row_text(row, "password_hash");
    u->status = row_text(row, "status");
    u->language = row_text(row, "language");
    u->must_change = row_int(row, "must_change") != 0;
    return u;
}

enum db_result
user_by_username(struct db *db, struct arena *a, const char *pool,
                 const char *username, struct user **out)
{
    json_t *row;
    enum db_result r =
        user_store_by_key(db, a, pool, text_fold(a, username), &row);

    *out = r == DB_OK ? take(a, row) : NULL;
    return r;
}

enum db_result
user_find_by_identifier(struct db *db, struct arena *a,
                        const struct tenant *tenant, const char *identifier,
                        struct user **out)
{
    json_t *rows, *best, *next;
    enum db_result r =
        user_store_by_identifier(db, a, tenant, text_fold(a, identifier),
                                 text_trim(a, identifier), &rows);

    *out = NULL;
    if (r != DB_OK) {
        return r;
    }
    best = json_array_get(rows, 0);
    next = json_array_get(rows, 1);
    if (!best || (next && row_int(next, "rank") == row_int(best, "rank"))) {
        return DB_NONE;
    }
    *out = take(a, best);
    return DB_OK;
}
bool
user_active(const struct user *user)
{
    return strcmp(user->status, "active") == 0;
}

struct creation {
    struct arena *arena;
    const struct tenant *tenant;
    const struct actor *actor;
    const struct login_new *new;
    const char *id, *password_hash;
};

/* Tells the merchant's servers, of logins as the API has them. */
static enum db_result
tell_login(struct db *db, struct arena *a, const struct tenant *tenant,
           const struct actor *actor, enum callback_type type, const char *user)
{
    json_t *row;
    enum db_result r = user_store_login(db, a, tenant, user, &row);

    if (r != DB_OK) {
        return r == DB_NONE ? DB_OK : r; /* of no customer of the tenant */
    }
    return callback_enqueue(db, a, tenant->id, type, user,
                            json_incref(field_output(a, login_fields, row)),
                            actor->request_id);
}

static enum db_result
create_in_transaction(struct db *db, void *data)
{
    struct creation *c = data;
    const struct login_new *new = c->new;
    struct membership_new home = {c->id, new->customer, "owner", NULL, true};
    struct audit row = {c->actor, new->customer, "login.created", c->id, ""};
    enum db_result r = user_store_insert(
        db, c->tenant->pool, c->id, text_fold(c->arena, new->username),
        text_fold(c->arena, new->email), new, c->password_hash);

    if (r == DB_OK) {
        r = membership_store_insert(db, c->tenant->id, c->tenant->pool,
                                    id_new(c->arena, "mem"), &home);
    }
    if (r == DB_OK && new->mail) {
        struct mail mail = *new->mail;

        mail.user = c->id;
        r = mail_queue(db, c->arena, c->tenant->id, &mail);
    }
    if (r == DB_OK) {
        r = tell_login(db, c->arena, c->tenant, c->actor,
                       CALLBACK_login_created, c->id);
    }
    return r == DB_OK ? audit_write(db, c->arena, c->tenant->id, &row) : r;
}

enum db_result
login_create(struct db *db, struct arena *a, const struct tenant *tenant,
             const struct actor *actor, const struct login_new *new)
{
    struct creation c = {a, tenant, actor, new, id_new(a, "usr"), ""};

    if (new->password) {
        c.password_hash = user_password_hash(a, new->password);
        if (!c.password_hash) {
            return DB_UNAVAILABLE;
        }
    }
    return db_transaction(db, true, create_in_transaction, &c);
}

enum db_result
login_set_status(struct db *db, struct arena *a, const struct tenant *tenant,
                 const struct actor *actor, const char *user,
                 const char *status)
{
    bool blocked = strcmp(status, "blocked") == 0;
    struct audit row = {
        actor, "", blocked ? "login.blocked" : "login.activated", user, ""};
    json_t *before, *after;
    int64_t changed = 0;
    enum db_result r = user_store_status(db, a, tenant->pool, user, &before);

    if (r == DB_OK) {
        r = user_store_set_status(db, tenant->pool, user, status, &changed);
    }
    if (r != DB_OK || changed == 0) {
        return r == DB_NONE ? DB_OK : r;
    }
    r = tell_login(db, a, tenant, actor,
                   blocked ? CALLBACK_login_blocked : CALLBACK_login_activated,
                   user);
    after = json_in_arena(a, json_pack("{s:s}", "status", status));
    return r == DB_OK ? audit_write_change(db, a, tenant->id, &row,
                                           login_fields, before, after)
                      : r;
}
