#include "session/own.h"

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
note(const struct ending *e, const char *action, const char *object)
{
    const struct session_store *st = e->store;
    struct audit row = {st->actor, "", action, object, e->why};

    return audit_write(st->db, st->arena, st->tenant->id, &row);
}

static enum db_result
end_one(struct db *db, void *data)
{
    const struct ending *e = data;
    const struct session_store *st = e->store;
    int64_t now = clock_now();
    json_t *row;
    enum db_result r =
        own_store_get(db, st->arena, st->tenant->id, e->user, e->id, now, &row);

    if (r == DB_OK) {
        r = session_store_end(db, st->tenant->id, e->id, now, NULL);
    }
    return r == DB_OK ? note(e, "session.ended", e->id) : r;
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
    const struct session_store *st = e->store;
    const char *pool = st->tenant->pool;
    enum db_result r =
        own_store_others(db, st->arena, pool, e->user, e->except, &e->ended);

    if (r == DB_OK) {
        r = own_store_end_others(db, pool, e->user, e->except, clock_now());
    }
    return r == DB_OK ? note(e, "sessions.ended", e->user) : r;
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

static enum db_result
change_in_transaction(struct db *db, void *data)
{
    const struct changing *x = data;
    const struct session_store *st = x->store;
    const struct own_password *c = x->change;
    const struct one_time_store tokens = {db, st->arena, st->keys,
                                          st->tenant->id, st->actor};
    const struct person person = {db,         st->arena, st->keys,
                                  st->tenant, st->actor, c->user};
    enum db_result r = c->token ? one_time_use(&tokens, c->token) : DB_OK;

    if (r == DB_OK) {
        r = person_set_password(&person, c->hash,
                                c->token ? "reset" : "by themselves");
    }
    if (r == DB_OK) {
        r = own_sessions_end(st, c->user, c->except, "password changed");
    }
    return r == DB_OK && c->notice
               ? mail_queue(db, st->arena, st->tenant->id, c->notice)
               : r;
}

enum db_result
own_password(const struct session_store *st, const struct own_password *change)
{
    struct changing x = {st, change};

    return db_transaction(st->db, true, change_in_transaction, &x);
}
