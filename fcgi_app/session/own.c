#include "session/own.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "mail/mail.h"
#include "session/own_store.h"
#include "session/session_store.h"

enum db_result
own_sessions(const struct session_store *st, const char *user, json_t **rows)
{
    return own_store_list(st->db, st->arena, st->tenant->id, user, clock_now(),
                          rows);
}

struct ending {
    const struct session_store *store;
    const char *user, *id, *except, *why;
    json_t *ended;
};

static enum db_result
end_one(struct db *db, void *data)
{
    const struct ending *e = data;
    const struct session_store *st = e->store;
    struct audit audit = {st->actor, "", "session.ended", e->id, e->why};
    int64_t now = clock_now();
    json_t *row;
    enum db_result r =
        own_store_get(db, st->arena, st->tenant->id, e->user, e->id, now, &row);

    if (r == DB_OK) {
        r = session_store_end(db, st->tenant->id, e->id, now, NULL);
    }
    return r == DB_OK ? audit_write(db, st->arena, st->tenant->id, &audit) : r;
}

enum db_result
own_session_end(const struct session_store *st, const char *user,
                const char *id)
{
    struct ending e = {st, user, id, "", "by its person", NULL};
    enum db_result r = db_transaction(st->db, true, end_one, &e);

    if (r == DB_OK) {
        session_tell_ended(
            st, json_in_arena(st->arena, json_pack("[{s:s}]", "id", id)));
    }
    return r;
}

static enum db_result
end_others(struct db *db, void *data)
{
    struct ending *e = data;

    (void)db;
    return session_end_of_user(e->store, e->user, SESSIONS_PORTALS, e->except,
                               e->why, &e->ended);
}

enum db_result
own_sessions_end(const struct session_store *st, const char *user,
                 const char *except, const char *why)
{
    struct ending e = {st, user, NULL, except, why, NULL};
    enum db_result r = db_transaction(st->db, true, end_others, &e);

    if (r == DB_OK) {
        session_tell_ended(st, e.ended);
    }
    return r;
}

/* ---- a new password ---- */

struct changing {
    const struct session_store *store;
    const struct own_password *change;
};

/* Only of somebody who is active. */
static enum db_result
set_password(struct db *db, const struct changing *x)
{
    const struct session_store *st = x->store;
    const struct own_password *c = x->change;
    const struct person person = {db,        st->arena, st->keys, st->tenant,
                                  st->actor, c->user,   ""};
    const struct login_change change = {
        .arena = st->arena,
        .tenant = st->tenant,
        .actor = st->actor,
        .login =
            json_in_arena(st->arena, json_pack("{s:s}", "user_id", c->user)),
        .mails = c->notice,
        .n_mails = c->notice ? 1 : 0};
    json_t *row;
    enum db_result r = person_row(&person, &row);

    if (r == DB_OK && strcmp(row_text(row, "status"), "active") != 0) {
        return DB_NONE;
    }
    return r == DB_OK ? login_set_password(db, &change, c->hash, false,
                                           c->token ? "reset" : "by themselves")
                      : r;
}

static enum db_result
change_in_transaction(struct db *db, void *data)
{
    const struct changing *x = data;
    const struct session_store *st = x->store;
    const struct own_password *c = x->change;
    const struct one_time_store tokens = {db, st->arena, st->keys,
                                          st->tenant->id, st->actor};
    enum db_result r = c->token ? one_time_use(&tokens, c->token) : DB_OK;

    if (r == DB_OK) {
        r = set_password(db, x);
    }
    return r == DB_OK
               ? own_sessions_end(st, c->user, c->except, "password changed")
               : r;
}

enum db_result
own_password(const struct session_store *st, const struct own_password *change)
{
    struct changing x = {st, change};

    return db_transaction(st->db, true, change_in_transaction, &x);
}
