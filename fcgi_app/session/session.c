#include "session/session.h"

#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/log.h"
#include "callback/callback.h"
#include "pf_session_cache.h"
#include "session/session_copy.h"
#include "session/session_store.h"
#include "tenant/tenant.h"

enum { SID_BYTES = 32 };

static const char *
public_name(struct arena *a, const char *tenant, const char *sid)
{
    char *key = arena_alloc(a, PF_CACHE_KEY + 1);

    pf_cache_key(pf_str_of(tenant), pf_str_of(sid), key);
    return key;
}

/* ---- loading ---- */

/* In the row it is scope portal, without a membership. */
static const char choice[] = "choice";

static bool
alive(const json_t *row, int64_t now)
{
    return row_int(row, "ended") == 0 && row_int(row, "expires") > now &&
           row_int(row, "last_seen") + row_int(row, "idle") > now;
}

static struct session *
take(const struct session_store *st, const struct session_named *named,
     const json_t *row)
{
    struct session *s = arena_alloc(st->arena, sizeof *s);

    s->key = named->key;
    s->sid = named->sid;
    s->user = row_text(row, "user_id");
    s->username = row_text(row, "username");
    s->language = row_text(row, "language");
    s->customer = row_text(row, "customer");
    s->method = row_text(row, "method");
    s->scope = row_text(row, "scope");
    if (session_of_person(s) && row_text(row, "membership")[0] == '\0') {
        s->scope = choice;
    }
    s->family =
        row_text(row, "family")[0] ? row_text(row, "family") : named->key;
    s->n_accounts = row_int(row, "n_accounts");
    s->contract = row_text(row, "contract");
    s->contract_ref = row_text(row, "contract_ref");
    s->link = row_text(row, "link");
    s->version = row_int(row, "version");
    s->created = row_int(row, "created");
    s->last_seen = row_int(row, "last_seen");
    s->expires = row_int(row, "expires");
    s->idle = row_int(row, "idle");
    s->staff_until = row_int(row, "staff_until");
    s->proven = row_int(row, "proven");
    /* whoever came by a merchant's link has typed no password */
    s->must_change = strcmp(row_text(row, "scope"), "portal") == 0 &&
                     row_int(row, "must_change") != 0 &&
                     strcmp(s->method, "password") == 0;
    return s;
}

bool
session_of_link(const struct session *s)
{
    return strcmp(s->scope, "contract") == 0;
}

bool
session_of_person(const struct session *s)
{
    return strcmp(s->scope, "portal") == 0;
}

bool
session_choosing(const struct session *s)
{
    return strcmp(s->scope, choice) == 0;
}

bool
session_of_staff(const struct session *s)
{
    return strcmp(s->scope, "staff") == 0;
}

bool
session_on_behalf(const struct session *s)
{
    return session_of_person(s) && s->staff;
}

bool
session_proven(const struct session *s)
{
    return s->proven + SESSION_PROVEN > clock_now();
}

const char *
session_contract(const struct session *s)
{
    return session_of_link(s) ? s->contract : NULL;
}

static const char *
actor_name(struct arena *a, const struct session *s)
{
    if (session_of_link(s)) {
        return arena_printf(a, "link:%s", s->link);
    }
    if (session_of_staff(s)) {
        return arena_printf(a, "staff:%s", s->staff->id);
    }
    return s->staff ? arena_printf(a, "staff:%s", s->staff->id)
                    : arena_printf(a, "user:%s", s->user);
}

void
session_acts(struct arena *a, const struct session *s, struct actor *actor)
{
    actor->name = actor_name(a, s);
    actor->on_behalf_of =
        session_on_behalf(s) ? arena_printf(a, "user:%s", s->user) : NULL;
}

/* Rights, and a language where no user has one: as they are now. */
static enum db_result
load_rights(const struct session_store *st, const json_t *row,
            struct session *s)
{
    if (session_of_link(s)) {
        return membership_of_link(st->db, st->arena, st->tenant, s->customer,
                                  &s->membership, &s->language);
    }
    if (session_of_staff(s) || session_choosing(s)) {
        s->membership = membership_none(st->arena);
        return session_of_staff(s) ||
                       strcmp(row_text(row, "user_status"), "active") == 0
                   ? DB_OK
                   : DB_NONE;
    }
    return membership_of_row(st->db, st->arena, st->tenant, row,
                             &s->membership);
}

/* Whoever works in it, while they may. */
static enum db_result
load_staff(const struct session_store *st, const char *staff, struct session *s)
{
    return staff && staff[0] ? staff_by_id(st->db, st->arena, st->tenant->id,
                                           staff, &s->staff)
                             : DB_OK;
}

struct session_named
session_ask(struct db *db, struct arena *a, const char *tenant,
            const pf_session_t *token)
{
    const char *key = public_name(a, tenant, token->sid);

    return (struct session_named){.key = key,
                                  .sid = arena_strdup(a, token->sid),
                                  .row = session_store_get(db, a, tenant, key)};
}

enum db_result
session_load(const struct session_store *st, const struct session_named *named,
             struct session **out)
{
    struct session *s;
    json_t *row;
    enum db_result r = db_row(named->row, &row);

    *out = NULL;
    if (r != DB_OK) {
        return r;
    }
    if (!alive(row, clock_now())) {
        return DB_NONE;
    }
    s = take(st, named, row);
    r = load_rights(st, row, s);
    if (r == DB_OK) {
        r = load_staff(st, row_text(row, "staff"), s);
    }
    /* nobody's back office */
    if (r == DB_OK && session_of_staff(s) && !s->staff) {
        return DB_NONE;
    }
    if (r == DB_OK) {
        *out = s;
    }
    return r;
}

/* Whoever has it in mind: after the transaction, the row is the truth. */
static void
tell_of_end(const struct session_store *st, const char *key)
{
    session_copy_end(st, key);
    gate_ended(st->gate, key);
}

static void
tell_of_change(const struct session_store *st, const json_t *row)
{
    const char *key = row_text(row, "id");

    session_copy_change(st, key, row_int(row, "version"),
                        row_int(row, "expires"));
    gate_changed(st->gate, key, row_int(row, "version"));
}

struct told {
    struct session_store store;
    const json_t *rows;
};

static void
tell_each_end(void *data)
{
    const struct told *t = data;
    const json_t *row;
    size_t i;

    json_array_foreach(t->rows, i, row)
    {
        tell_of_end(&t->store, row_text(row, "id"));
    }
}

static void
tell_each_change(void *data)
{
    const struct told *t = data;
    const json_t *row;
    size_t i;

    json_array_foreach(t->rows, i, row)
    {
        tell_of_change(&t->store, row);
    }
}

static void
tell_changed(const struct session_store *st, const json_t *rows)
{
    struct told *t = arena_alloc(st->arena, sizeof *t);

    *t = (struct told){*st, rows};
    db_when_committed(st->db, tell_each_change, t);
}

void
session_tell_ended(const struct session_store *st, const json_t *ended)
{
    struct told *t = arena_alloc(st->arena, sizeof *t);

    *t = (struct told){*st, ended};
    db_when_committed(st->db, tell_each_end, t);
}

static void
tell_of_one(const struct session_store *st, const char *key)
{
    session_tell_ended(
        st, json_in_arena(st->arena, json_pack("[{s:s}]", "id", key)));
}

bool
session_touch(const struct session_store *st, struct session *s)
{
    int64_t now = clock_now(), changed;

    if (s->last_seen + SESSION_TOUCH > now ||
        session_store_touch(st->db, st->tenant->id, s->key, now, &changed) !=
            DB_OK) {
        return true; /* idling is then counted from earlier on */
    }
    if (changed == 0) {
        tell_of_end(st, s->key); /* that word had not come through */
        return false;
    }
    s->last_seen = now;
    session_copy_refill(st, s);
    return true;
}

/* ---- starting and ending ---- */

/* What nginx may know of them: whoever has to choose a password first has as
 * little as who has to choose an account. */
static const struct membership *
shown(const struct session_store *st, const struct session *s)
{
    return s->must_change ? membership_none(st->arena) : s->membership;
}

const char *
session_token(const struct session_store *st, const struct session *s)
{
    char *out = arena_alloc(st->arena, SESSION_TOKEN_SIZE);
    pf_session_t token = {.version = s->version};
    const struct membership *m = shown(st, s);
    int64_t now = clock_now();

    /* where nginx asks nobody, the token's end is all that it knows of the
     * session's */
    token.iat = now;
    token.exp =
        now + PF_SESSION_LIFE < s->expires ? now + PF_SESSION_LIFE : s->expires;
    pf_str_copy(pf_str_of(s->sid), token.sid, sizeof token.sid);
    pf_str_copy(pf_str_of(s->user), token.user, sizeof token.user);
    pf_str_copy(pf_str_of(s->must_change ? choice : s->scope), token.scope,
                sizeof token.scope);
    pf_str_copy(pf_str_of(m->customer_number), token.customer,
                sizeof token.customer);
    pf_str_copy(pf_str_of(s->language), token.language, sizeof token.language);
    /* rules for groups at the edge mean people, not whoever has a link */
    pf_str_copy(pf_str_of(session_of_link(s)
                              ? ""
                              : rights_groups(st->arena, m->rights)),
                token.groups, sizeof token.groups);
    if (pf_session_seal(keys_ring(st->keys), pf_str_of(st->tenant->id), &token,
                        out, SESSION_TOKEN_SIZE) != PF_OK) {
        log_error("a session token could not be sealed");
        return "";
    }
    return out;
}

struct start {
    const struct session_store *store;
    const struct session_new *new;
    struct session *session;
};

static enum db_result
audit_session(const struct session_store *st, const struct session *s,
              const char *action, const char *detail)
{
    struct audit row = {st->actor, s->customer, action, s->key, detail};

    return audit_write(st->db, st->arena, st->tenant->id, &row);
}

/* Whoever signs in is the one who acts, whoever was there before. */
static enum db_result
audit_start(const struct start *start)
{
    const struct session_store *st = start->store;
    const struct session *s = start->session;
    struct actor actor = *st->actor;
    struct session_store as = *st;

    session_acts(st->arena, s, &actor);
    as.actor = &actor;
    return audit_session(&as, s, "session.started",
                         start->new->reason ? start->new->reason
                                            : start->new->method);
}

/* When a person came last, and to which account. */
static enum db_result
note_use(struct db *db, const struct start *start)
{
    const struct session_store *st = start->store;
    const struct session *s = start->session;
    enum db_result r = DB_OK;

    if (!start->new->goes_on) {
        r = session_store_signed_in(db, st->tenant->pool, s->user,
                                    start->new->password_hash, s->created);
    }
    return r == DB_OK && start->new->membership
               ? membership_used(db, st->tenant->id, s->membership->id,
                                 s->created)
               : r;
}

/* Who has signed out meanwhile does not go on. */
static enum db_result
end_replaced(struct db *db, const struct start *start)
{
    const struct session_store *st = start->store;
    const struct session *before = start->new->replaces;
    int64_t ended = 0;
    enum db_result r = session_store_end(db, st->tenant->id, before->key,
                                         start->session->created, &ended);

    if (r == DB_OK && start->new->goes_on &&ended == 0) {
        return DB_NONE;
    }
    return r == DB_OK ? audit_session(st, before, "session.ended", "replaced")
                      : r;
}

static enum db_result
start_in_transaction(struct db *db, void *data)
{
    const struct start *start = data;
    const struct session_store *st = start->store;
    const struct session_new *new = start->new;
    const struct session *s = start->session;
    const char *tenant = st->tenant->id;
    enum db_result r = DB_OK;

    if (new->sso) {
        r = sso_store_claim(db, tenant, new->sso, s->created);
    }
    if (r == DB_OK) {
        r = session_store_insert(db, tenant, st->tenant->pool, s, new,
                                 st->actor->remote_addr);
    }
    if (r == DB_OK && !new->link && !new->staff) {
        r = note_use(db, start);
    }
    if (r == DB_OK && new->replaces) {
        r = end_replaced(db, start);
    }
    if (r == DB_OK) {
        r = audit_start(start);
    }
    return r;
}

static void
for_person(const struct session_store *st, struct session *s,
           const struct session_new *new)
{
    const struct membership *none = membership_none(st->arena);
    const struct membership *m = new->membership ? new->membership : none;

    s->user = new->user;
    s->username = new->username;
    s->language = new->language;
    s->customer = m->customer;
    s->scope = new->membership ? "portal" : choice;
    s->contract = s->contract_ref = s->link = "";
    s->membership = (struct membership *)m;
}

/* Another account, but no other sign-in: it ends when that would have. */
static void
goes_on(struct session *s, const struct session *before)
{
    s->family = before->family;
    if (session_of_person(before)) {
        s->expires = before->expires;
    }
}

/* Nobody takes long to choose. */
static void
limit_choice(struct session *s)
{
    s->idle = SESSION_CHOICE;
    s->expires = s->created + SESSION_CHOICE;
}

static void
for_staff(const struct session_store *st, struct session *s,
          const struct session_new *new)
{
    s->user = new->staff->user;
    s->username = new->staff->username;
    s->language = new->staff->language;
    s->customer = s->contract = s->contract_ref = s->link = "";
    s->scope = "staff";
    s->membership = membership_none(st->arena);
}

/* It ends with its link, which is taken a little longer than it says. */
static enum db_result
for_link(const struct session_store *st, struct session *s,
         const struct session_link *link)
{
    int64_t end = link->expires + PF_LEEWAY;

    s->user = s->username = "";
    s->customer = link->customer;
    s->scope = "contract";
    s->contract = link->contract;
    s->contract_ref = link->contract_ref;
    s->link = link->jti;
    s->expires = end < s->expires ? end : s->expires;
    return load_rights(st, NULL, s);
}

/* As the tenant set it, in minutes. */
static int64_t
limit(const struct session_store *st, const char *setting)
{
    return 60 * setting_number(st->db, st->arena, st->tenant->id, setting);
}

enum db_result
session_start(const struct session_store *st, const struct session_new *new,
              struct session **out)
{
    struct session *s = arena_alloc(st->arena, sizeof *s);
    struct start start = {st, new, s};
    enum db_result r = DB_OK;

    *out = NULL;
    s->sid = id_secret(st->arena, SID_BYTES);
    s->key = s->family = public_name(st->arena, st->tenant->id, s->sid);
    s->method = new->method;
    s->must_change = new->must_change;
    s->version = 1;
    s->created = s->last_seen = clock_now();
    s->idle = new->idle ? new->idle : limit(st, "session_idle");
    s->expires = s->created + (new->absolute ? new->absolute
                                             : limit(st, "session_absolute"));
    s->staff_until = new->staff_until;
    s->proven = new->proven ? s->created : 0;
    s->staff = (struct staff *)new->staff;
    if (new->link) {
        r = for_link(st, s, new->link);
    } else if (new->user) {
        for_person(st, s, new);
    } else {
        for_staff(st, s, new);
    }
    if (r != DB_OK) {
        return r;
    }
    if (session_choosing(s)) {
        limit_choice(s);
    } else if (new->goes_on) {
        goes_on(s, new->replaces);
    }
    r = db_transaction(st->db, true, start_in_transaction, &start);
    if (r == DB_OK) {
        session_copy_refill(st, s);
    }
    if (r == DB_OK && new->replaces) {
        tell_of_one(st, new->replaces->key);
    }
    *out = r == DB_OK ? s : NULL;
    return r;
}

struct ending {
    const struct session_store *store;
    const struct session *session;
    const char *why;
};

static enum db_result
end_in_transaction(struct db *db, void *data)
{
    const struct ending *e = data;
    const struct session_store *st = e->store;
    enum db_result r = session_store_end(db, st->tenant->id, e->session->key,
                                         clock_now(), NULL);

    if (r == DB_OK) {
        r = callback_enqueue(db, st->arena, st->tenant->id,
                             CALLBACK_session_ended, e->session->key,
                             json_pack("{s:s?, s:s?, s:s}", "username",
                                       e->session->username, "contract",
                                       e->session->contract_ref, "why", e->why),
                             st->actor->request_id);
    }
    return r == DB_OK ? audit_session(st, e->session, "session.ended", e->why)
                      : r;
}

enum db_result
session_end(const struct session_store *st, const struct session *s,
            const char *why)
{
    struct ending ending = {st, s, why};
    enum db_result r =
        db_transaction(st->db, true, end_in_transaction, &ending);

    if (r == DB_OK) {
        tell_of_one(st, s->key);
    }
    return r;
}

bool
session_proven_meanwhile(const struct session_store *st, struct session *s)
{
    json_t *row;

    if (db_row(session_store_get(st->db, st->arena, st->tenant->id, s->key),
               &row) == DB_OK) {
        s->proven = row_int(row, "proven");
    }
    return session_proven(s);
}

struct proof {
    const struct session_store *store;
    struct session *session;
};

static enum db_result
prove_in_transaction(struct db *db, void *data)
{
    const struct proof *p = data;
    const struct session_store *st = p->store;
    int64_t now = clock_now(), changed = 0;
    enum db_result r =
        session_store_prove(db, st->tenant->id, p->session->key, now, &changed);

    if (r == DB_OK && changed == 0) {
        return DB_NONE;
    }
    p->session->proven = now;
    return r == DB_OK ? audit_session(st, p->session, "session.proven", "") : r;
}

enum db_result
session_prove(const struct session_store *st, struct session *s)
{
    struct proof proof = {st, s};

    return db_transaction(st->db, true, prove_in_transaction, &proof);
}

static enum db_result
raise_version(const struct session_store *st, enum session_raise whose,
              const char *id)
{
    json_t *changed;
    enum db_result r = session_store_raise(st->db, st->arena, st->tenant->id,
                                           whose, id, &changed);

    if (r == DB_OK) {
        tell_changed(st, changed);
    }
    return r;
}

enum db_result
session_raise_version_of_membership(const struct session_store *st,
                                    const char *membership)
{
    return raise_version(st, RAISE_MEMBERSHIP, membership);
}

enum db_result
session_raise_version_of_user(const struct session_store *st, const char *user)
{
    return raise_version(st, RAISE_USER, user);
}

enum db_result
session_end_of_membership(const struct session_store *st,
                          const char *membership)
{
    const char *tenant = st->tenant->id;
    json_t *ended;
    enum db_result r = session_store_of_membership(st->db, st->arena, tenant,
                                                   membership, &ended);

    if (r == DB_OK) {
        r = session_store_end_membership(st->db, tenant, membership,
                                         clock_now());
    }
    if (r == DB_OK) {
        session_tell_ended(st, ended);
        r = session_raise_version_of_membership(st, membership);
    }
    return r;
}

/* Nobody has in mind what has idled out: a scanner's, who never came back. */
enum db_result
session_end_of_contract(const struct session_store *st, const char *contract,
                        json_t **ended)
{
    const char *tenant = st->tenant->id;
    int64_t now = clock_now();
    enum db_result r = session_store_of_contract(st->db, st->arena, tenant,
                                                 contract, now, ended);

    return r == DB_OK
               ? session_store_end_contract(st->db, tenant, contract, now)
               : r;
}

enum db_result
session_end_of_user(const struct session_store *st, const char *user,
                    enum session_of_user which, const char *except,
                    const char *why, json_t **ended)
{
    struct session_set set = {.pool = st->tenant->pool,
                              .user = user,
                              .tenant = which == SESSIONS_HERE ? st->tenant->id
                                                               : NULL,
                              .portal = which != SESSIONS_ALL,
                              .except = except};
    struct audit row = {st->actor, "", "sessions.ended", user, why};
    enum db_result r = session_store_of_user(st->db, st->arena, &set, ended);

    if (r == DB_OK) {
        r = session_store_end_user(st->db, &set, clock_now());
    }
    return r == DB_OK ? audit_write(st->db, st->arena, st->tenant->id, &row)
                      : r;
}

struct staff_end {
    const struct session_store *store;
    const char *staff, *except;
    json_t *ended;
};

static enum db_result
end_staff_in_transaction(struct db *db, void *data)
{
    struct staff_end *e = data;
    const struct session_store *st = e->store;
    const char *tenant = st->tenant->id;
    struct audit row = {st->actor, "", "sessions.ended", e->staff, "staff"};
    enum db_result r = session_store_of_staff(db, st->arena, tenant, e->staff,
                                              e->except, &e->ended);

    if (r == DB_OK) {
        r = session_store_end_staff(db, tenant, e->staff, e->except,
                                    clock_now());
    }
    return r == DB_OK ? audit_write(db, st->arena, tenant, &row) : r;
}

enum db_result
session_end_of_staff(const struct session_store *st, const char *staff,
                     const char *except, json_t **ended)
{
    struct staff_end e = {st, staff, except, NULL};
    enum db_result r =
        db_transaction(st->db, true, end_staff_in_transaction, &e);

    *ended = e.ended;
    return r;
}

/* ---- what forms carry ---- */

const char *
session_csrf(const struct session_store *st, const struct session *s)
{
    return keys_mac(st->keys, st->arena, "csrf", st->tenant->id, s->family);
}

bool
session_csrf_ok(const struct session_store *st, const struct session *s,
                const char *sent)
{
    return keys_mac_ok(st->keys, "csrf", st->tenant->id, s->family, sent);
}

/* ---- SSO tokens ---- */

struct claim {
    const struct session_store *store;
    const pf_sso_t *sso;
    const char *why;
};

static enum db_result
claim_in_transaction(struct db *db, void *data)
{
    const struct claim *c = data;
    const struct session_store *st = c->store;
    struct audit row = {st->actor, "", "sso.forwarded", c->sso->jti, c->why};
    enum db_result r = sso_store_claim(db, st->tenant->id, c->sso, clock_now());

    return r == DB_OK ? audit_write(db, st->arena, st->tenant->id, &row) : r;
}

enum db_result
sso_claim(const struct session_store *st, const pf_sso_t *sso, const char *why)
{
    struct claim claim = {st, sso, why};

    return db_transaction(st->db, true, claim_in_transaction, &claim);
}
