#include "session/login_act.h"

#include <string.h>

#include "callback/callback.h"
#include "mail/mail.h"

/* One of them on its way; what of it is not needed is empty. */
struct doing {
    const struct login_act *act;
    struct login_change change;
    const char *user;
    const char *status;
    const char *hash, *key; /* key: of the session that stays, or "" */
    bool must_change, changed;
    const struct login_data *data;
    int64_t version;
    json_t *ended; /* sessions, or NULL */
};

typedef enum db_result step(struct db *db, void *data);

static struct doing
doing(const struct login_act *act)
{
    const struct session_store *st = act->store;

    return (struct doing){.act = act,
                          .change = {st->arena, st->tenant, st->actor,
                                     act->login, act->mails, act->n_mails},
                          .user = row_text(act->login, "user_id"),
                          .key = ""};
}

static enum db_result
run(struct doing *d, step *work)
{
    enum db_result r = db_transaction(d->act->store->db, true, work, d);

    if (r == DB_OK && d->ended) {
        session_tell_ended(d->act->store, d->ended);
    }
    return r;
}

static enum db_result
end_sessions(struct doing *d, enum session_of_user which, const char *why)
{
    return session_end_of_user(d->act->store, d->user, which, d->key, why,
                               &d->ended);
}

/* ---- status ---- */

static enum db_result
set_status(struct db *db, void *data)
{
    struct doing *d = data;
    enum db_result r;

    d->ended = NULL;
    r = login_set_status(db, &d->change, d->status, &d->changed);
    if (r != DB_OK || strcmp(d->status, "blocked") != 0) {
        return r;
    }
    return end_sessions(d, SESSIONS_ALL, "login blocked");
}

enum db_result
login_act_status(const struct login_act *act, const char *status, bool *changed)
{
    struct doing d = doing(act);
    enum db_result r;

    d.status = status;
    r = run(&d, set_status);
    *changed = d.changed;
    return r;
}

/* ---- password ---- */

static enum db_result
set_password(struct db *db, void *data)
{
    struct doing *d = data;
    enum db_result r =
        login_set_password(db, &d->change, d->hash, d->must_change, "");

    return r == DB_OK ? end_sessions(d, SESSIONS_PORTALS, "password changed")
                      : r;
}

static enum db_result
password(struct doing *d, const char *text)
{
    d->hash = user_password_hash(d->act->store->arena, text);
    return d->hash ? run(d, set_password) : DB_UNAVAILABLE;
}

enum db_result
login_act_password(const struct login_act *act, const char *text,
                   bool must_change)
{
    struct doing d = doing(act);

    d.must_change = must_change;
    return password(&d, text);
}

enum db_result
login_act_own_password(const struct login_act *act, const char *text,
                       const char *key)
{
    struct doing d = doing(act);

    d.key = key;
    return password(&d, text);
}

/* ---- the second factor ---- */

static enum db_result
take_factor(struct db *db, void *data)
{
    const struct doing *d = data;
    const struct session_store *st = d->act->store;
    const struct person person = {db,        st->arena, st->keys, st->tenant,
                                  st->actor, d->user,   ""};
    json_t *row;
    enum db_result r = person_row(&person, &row);

    if (r == DB_OK && !person_has_factor(row)) {
        return DB_NONE;
    }
    if (r == DB_OK) {
        r = person_factor_remove(&person);
    }
    for (size_t i = 0; r == DB_OK && i < d->act->n_mails; i++) {
        struct mail mail = d->act->mails[i];

        mail.user = d->user;
        r = mail_queue(db, st->arena, st->tenant->id, &mail);
    }
    return r;
}

enum db_result
login_act_factor(const struct login_act *act)
{
    struct doing d = doing(act);

    return run(&d, take_factor);
}

/* ---- data ---- */

static enum db_result
edit(struct db *db, void *data)
{
    struct doing *d = data;

    return login_edit(db, &d->change, d->data);
}

enum db_result
login_act_edit(const struct login_act *act, const struct login_data *data)
{
    struct doing d = doing(act);

    d.data = data;
    return run(&d, edit);
}

/* ---- the end ---- */

static enum db_result
remove_login(struct db *db, void *data)
{
    struct doing *d = data;
    bool stays = false;
    enum db_result r = session_raise_version_of_user(d->act->store, d->user);

    if (r == DB_OK) {
        r = login_remove(db, &d->change, d->version, &stays);
    }
    return r == DB_OK ? end_sessions(d, stays ? SESSIONS_HERE : SESSIONS_ALL,
                                     "login deleted")
                      : r;
}

enum db_result
login_act_remove(const struct login_act *act, int64_t version)
{
    struct doing d = doing(act);

    d.version = version;
    return run(&d, remove_login);
}

static enum db_result
call_back(struct db *db, const struct doing *d, const char *why)
{
    const struct session_store *st = d->act->store;
    enum db_result r = DB_OK;
    const json_t *row;
    size_t i;

    json_array_foreach(d->ended, i, row)
    {
        if (r == DB_OK) {
            r = callback_enqueue(db, st->arena, st->tenant->id,
                                 CALLBACK_session_ended, row_text(row, "id"),
                                 json_pack("{s:s, s:s, s:s}", "username",
                                           row_text(d->act->login, "username"),
                                           "contract", "", "why", why),
                                 st->actor->request_id);
        }
    }
    return r;
}

static enum db_result
sign_out(struct db *db, void *data)
{
    static const char why[] = "signed out by the merchant";
    struct doing *d = data;
    enum db_result r = end_sessions(d, SESSIONS_HERE, why);

    return r == DB_OK ? call_back(db, d, why) : r;
}

enum db_result
login_act_sign_out(const struct login_act *act)
{
    struct doing d = doing(act);

    return run(&d, sign_out);
}
