/* What is done to user logins. */
#include <string.h>

#include "base/id.h"
#include "base/json.h"
#include "base/text.h"
#include "callback/callback.h"
#include "user/one_time.h"
#include "user/user.h"
#include "user/user_store.h"

/* What the trail tells of a user: of secrets only that they are others. */
static const struct field audited[] = {
    {.name = "username", .type = FIELD_TEXT},
    {.name = "email", .type = FIELD_TEXT},
    {.name = "first_name", .type = FIELD_TEXT},
    {.name = "last_name", .type = FIELD_TEXT},
    {.name = "language", .type = FIELD_TEXT},
    {.name = "status", .type = FIELD_TEXT},
    {.name = "must_change", .type = FIELD_BOOL},
    {.name = "password_hash", .type = FIELD_SECRET},
    FIELD_END,
};

/* What a change is called, and whom it is about. */
struct deed {
    const struct login_change *change;
    const char *user;
    const char *action; /* of the trail */
    enum callback_type callback;
    const char *detail;
};

static struct deed
deed_of(const struct login_change *c, const char *action,
        enum callback_type callback)
{
    return (struct deed){c, row_text(c->login, "user_id"), action, callback,
                         ""};
}

static enum db_result
load(struct db *db, const struct deed *d, json_t **row)
{
    return user_store_get(db, d->change->arena, d->change->tenant->pool,
                          d->user, row);
}

/* Merchants' servers, of logins as the API has them; NULL: it has none. */
static enum db_result
tell(struct db *db, const struct deed *d, const json_t *login)
{
    const struct login_change *c = d->change;

    if (!login) {
        return DB_OK;
    }
    return callback_enqueue(
        db, c->arena, c->tenant->id, d->callback, d->user,
        json_incref(field_output(c->arena, login_fields, login)),
        c->actor->request_id);
}

static enum db_result
queue_mails(struct db *db, const struct deed *d)
{
    const struct login_change *c = d->change;
    enum db_result r = DB_OK;

    for (size_t i = 0; r == DB_OK && i < c->n_mails; i++) {
        struct mail mail = c->mails[i];

        mail.user = d->user;
        r = mail_queue(db, c->arena, c->tenant->id, &mail);
    }
    return r;
}

/* login: as it is told of now; before, after: rows of the user, or NULL. */
static enum db_result
note(struct db *db, const struct deed *d, const json_t *login,
     const json_t *before, const json_t *after)
{
    const struct login_change *c = d->change;
    const char *customer = row_text(login ? login : c->login, "customer_id");
    struct audit row = {c->actor, customer, d->action, d->user, d->detail};
    enum db_result r = audit_write_change(db, c->arena, c->tenant->id, &row,
                                          audited, before, after);

    if (r == DB_OK) {
        r = tell(db, d, login);
    }
    return r == DB_OK ? queue_mails(db, d) : r;
}

/* The same of what stands now. */
static enum db_result
note_change(struct db *db, const struct deed *d, const json_t *before)
{
    const struct login_change *c = d->change;
    json_t *login, *after;
    enum db_result r = load(db, d, &after);

    if (r != DB_OK) {
        return r;
    }
    r = login_by_id(db, c->arena, c->tenant, d->user, &login);
    if (r == DB_NONE) { /* somebody whose home is elsewhere */
        return note(db, d, NULL, before, after);
    }
    return r == DB_OK ? note(db, d, login, before, after) : r;
}

/* What waits in a mail and would let somebody in, whatever happened since: a
 * reset, or an address that resets could go to. */
static enum db_result
void_mailed(struct db *db, const struct deed *d)
{
    const struct login_change *c = d->change;
    struct one_time_store st = {db, c->arena, NULL, c->tenant->id, c->actor};
    const char *pool = c->tenant->pool;
    enum db_result r =
        one_time_revoke_in_pool(&st, pool, ONE_TIME_reset, d->user);

    return r == DB_OK
               ? one_time_revoke_in_pool(&st, pool, ONE_TIME_email, d->user)
               : r;
}

/* ---- creating ---- */

struct creation {
    struct login_change change;
    const struct login_new *new;
    const char *id, *password_hash;
};

static enum db_result
create_in_transaction(struct db *db, void *data)
{
    const struct creation *c = data;
    const struct login_new *new = c->new;
    const struct tenant *tenant = c->change.tenant;
    struct arena *a = c->change.arena;
    struct membership_new home = {c->id, new->customer, "owner", NULL, true};
    struct deed deed = {&c->change, c->id, "login.created",
                        CALLBACK_login_created, ""};
    enum db_result r =
        user_store_insert(db, tenant->pool, c->id, text_fold(a, new->username),
                          text_fold(a, new->email), new, c->password_hash);

    if (r == DB_OK) {
        r = membership_store_insert(db, tenant->id, tenant->pool,
                                    id_new(a, "mem"), &home);
    }
    return r == DB_OK ? note_change(db, &deed, NULL) : r;
}

enum db_result
login_create(struct db *db, struct arena *a, const struct tenant *tenant,
             const struct actor *actor, const struct login_new *new)
{
    struct creation c = {{a, tenant, actor, NULL, new->mail, new->mail ? 1 : 0},
                         new,
                         id_new(a, "usr"),
                         new->hash ? new->hash : ""};

    if (new->password) {
        c.password_hash = user_password_hash(a, new->password);
        if (!c.password_hash) {
            return DB_UNAVAILABLE;
        }
    }
    return db_transaction(db, true, create_in_transaction, &c);
}

/* ---- changing ---- */

enum db_result
login_set_status(struct db *db, const struct login_change *c,
                 const char *status, bool *changed)
{
    bool blocked = strcmp(status, "blocked") == 0;
    struct deed deed =
        deed_of(c, blocked ? "login.blocked" : "login.activated",
                blocked ? CALLBACK_login_blocked : CALLBACK_login_activated);
    json_t *before;
    int64_t n = 0;
    enum db_result r = load(db, &deed, &before);

    *changed = false;
    if (r == DB_OK) {
        r = user_store_set_status(db, c->tenant->pool, deed.user, status, &n);
    }
    if (r != DB_OK || n == 0) {
        return r;
    }
    *changed = true;
    r = blocked ? void_mailed(db, &deed) : DB_OK;
    return r == DB_OK ? note_change(db, &deed, before) : r;
}

enum db_result
login_set_password(struct db *db, const struct login_change *c,
                   const char *hash, bool must_change, const char *how)
{
    struct deed deed =
        deed_of(c, "login.password_changed", CALLBACK_login_password_changed);
    json_t *before;
    enum db_result r = load(db, &deed, &before);

    deed.detail = how;
    if (r == DB_OK) {
        r = user_store_set_password(db, c->tenant->pool, deed.user, hash,
                                    must_change);
    }
    if (r == DB_OK) {
        r = void_mailed(db, &deed);
    }
    return r == DB_OK ? note_change(db, &deed, before) : r;
}

static bool
stays(const json_t *before, const struct login_data *data)
{
    return strcmp(row_text(before, "username"), data->username) == 0 &&
           strcmp(row_text(before, "email"), data->email) == 0 &&
           strcmp(row_text(before, "first_name"), data->first_name) == 0 &&
           strcmp(row_text(before, "last_name"), data->last_name) == 0 &&
           strcmp(row_text(before, "language"), data->language) == 0;
}

enum db_result
login_edit(struct db *db, const struct login_change *c,
           const struct login_data *data)
{
    struct deed deed = deed_of(c, "login.changed", CALLBACK_login_changed);
    json_t *before;
    int64_t n = 0;
    enum db_result r = load(db, &deed, &before);

    if (r == DB_OK && stays(before, data)) {
        return DB_OK;
    }
    if (r == DB_OK) {
        r = user_store_edit(db, c->tenant->pool, c->login, data,
                            text_fold(c->arena, data->username),
                            text_fold(c->arena, data->email), &n);
    }
    if (r == DB_OK && n == 0) {
        return DB_NONE;
    }
    if (r == DB_OK && strcmp(data->email, row_text(before, "email")) != 0) {
        r = void_mailed(db, &deed); /* it went where they are no more */
    }
    return r == DB_OK ? note_change(db, &deed, before) : r;
}

/* ---- removing ---- */

static enum db_result
remove_rows(struct db *db, const struct login_change *c, const char *user,
            bool stays)
{
    const struct tenant *t = c->tenant;
    enum db_result r = membership_store_remove(db, t->id, t->pool, user);

    return r == DB_OK && !stays ? user_store_remove(db, t->pool, user) : r;
}

enum db_result
login_remove(struct db *db, const struct login_change *c, int64_t version,
             bool *stays)
{
    struct deed deed = deed_of(c, "login.removed", CALLBACK_login_removed);
    const struct tenant *t = c->tenant;
    json_t *before;
    int64_t n = 0;
    enum db_result r = load(db, &deed, &before);

    if (r == DB_OK) {
        r = user_store_raise(db, t->pool, deed.user, version, &n);
    }
    if (r == DB_OK && n == 0) {
        return DB_NONE;
    }
    if (r == DB_OK) {
        r = user_store_elsewhere(db, c->arena, t->id, t->pool, deed.user,
                                 stays);
    }
    if (r == DB_OK) {
        r = remove_rows(db, c, deed.user, *stays);
    }
    if (r == DB_OK) {
        r = void_mailed(db, &deed);
    }
    deed.detail = r == DB_OK && *stays ? "the user stays at other tenants" : "";
    return r == DB_OK ? note(db, &deed, c->login, before, NULL) : r;
}
