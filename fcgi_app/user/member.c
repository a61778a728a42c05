#include "user/member.h"

#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "callback/callback.h"
#include "user/member_store.h"
#include "user/user_store.h"

enum { MADE_NAME = 12 };

/* ---- rows ---- */

static bool
is(const json_t *row, const char *column, const char *word)
{
    return strcmp(row_text(row, column), word) == 0;
}

static bool
is_owner(const json_t *row)
{
    return is(row, "kind", "owner");
}

static rights_t
rights_among(const json_t *given, const char *id)
{
    rights_t all = 0;
    json_t *one;
    size_t i;

    json_array_foreach(given, i, one)
    {
        if (strcmp(row_text(one, "membership"), id) == 0) {
            all |= rights_named(row_text(one, "permission"));
        }
    }
    return all;
}

static void
set_rights(struct arena *a, json_t *row, rights_t given)
{
    rights_t all = is_owner(row) ? rights_all() : given;

    model_text(row, "permissions", rights_words(a, all));
    model_text(row, "preset", is_owner(row) ? "owner" : rights_preset_of(all));
    if (!row_text(row, "email")[0]) {
        model_text(row, "email", row_text(row, "user_email"));
    }
}

enum db_result
member_list(struct db *db, struct arena *a, const char *tenant,
            const char *customer, const char *after, int limit, json_t **rows)
{
    json_t *given, *row;
    size_t i;
    enum db_result r =
        member_store_list(db, a, tenant, customer, after, limit, rows);

    if (r == DB_OK) {
        r = membership_store_permissions_of(db, a, tenant, customer, &given);
    }
    if (r != DB_OK) {
        return r;
    }
    json_array_foreach(*rows, i, row)
    {
        set_rights(a, row, rights_among(given, row_text(row, "id")));
    }
    return DB_OK;
}

enum db_result
member_get(struct db *db, struct arena *a, const char *tenant,
           const char *customer, const char *id, json_t **row)
{
    json_t *given;
    enum db_result r = member_store_get(db, a, tenant, customer, id, row);

    if (r == DB_OK) {
        r = membership_store_permissions(db, a, tenant, id, &given);
    }
    if (r == DB_OK) {
        set_rights(a, *row, rights_among(given, id));
    }
    return r;
}

rights_t
member_rights(struct arena *a, const json_t *row)
{
    return rights_of_words(a, row_text(row, "permissions"));
}

const char *
member_name(struct arena *a, const json_t *row)
{
    const char *name =
        text_trim(a, arena_printf(a, "%s %s", row_text(row, "first_name"),
                                  row_text(row, "last_name")));
    const char *user = row_text(row, "user");

    if (name[0]) {
        return name;
    }
    return user ? user : row_text(row, "email");
}

/* ---- the moves ---- */

static const struct move {
    const char *action, *from, *to;
} moves[] = {
#define MOVE(action, from, to) {#action, #from, #to},
#include "tables/membership_moves.def"
#undef MOVE
};

/* Where the action leads from there; NULL: nowhere. */
static const char *
leads(const char *action, const char *from)
{
    for (size_t i = 0; i < sizeof moves / sizeof *moves; i++) {
        if (strcmp(moves[i].action, action) == 0 &&
            strcmp(moves[i].from, from) == 0) {
            return moves[i].to;
        }
    }
    return NULL;
}

/* Inactive is who was active as well as an invitation that was withdrawn: the
 * one is taken up again, the other sent again. */
bool
member_may_move(const json_t *row, const char *action)
{
    if (strcmp(action, "reactivate") == 0 && row_int(row, "accepted") == 0) {
        return false;
    }
    if (strcmp(action, "invite") == 0 && row_int(row, "home") != 0) {
        return false;
    }
    return leads(action, row_text(row, "status")) != NULL;
}

bool
member_expired(const json_t *row)
{
    return is(row, "status", "invited") &&
           row_int(row, "expires") <= clock_now();
}

/* ---- who may give what ---- */

bool
member_may_give(const struct membership *by, rights_t rights)
{
    return !by || by->owner || (rights & ~by->rights) == 0;
}

bool
member_may_own(const struct membership *by)
{
    return !by || membership_allows(by, "security.owners.change");
}

bool
member_may_wake(const struct membership *by, struct arena *a, const json_t *row)
{
    return !is(row, "status", "inactive") ||
           member_may_give(by, member_rights(a, row));
}

/* What `by` can give and take. */
static rights_t
in_hand(const struct membership *by)
{
    return !by || by->owner ? rights_all() : by->rights;
}

rights_t
member_rights_set(const struct membership *by, rights_t before, rights_t wanted)
{
    rights_t mine = in_hand(by);

    return (wanted & mine) | (before & ~mine);
}

static enum db_result
refuse(struct member_desk *d, enum err why)
{
    d->why = why;
    return DB_CHECK;
}

/* Whoever acts, as they are now: somebody may have taken it from them since the
 * request began. */
static enum db_result
acting(struct member_desk *d, const struct membership **by)
{
    struct membership *now;
    enum db_result r;

    *by = NULL;
    if (!d->by) {
        return DB_OK;
    }
    r = membership_open(d->db, d->arena, d->tenant, d->by->user,
                        d->by->customer_number, &now);
    if (r == DB_NONE ||
        (r == DB_OK && !membership_allows(now, "security.members.change"))) {
        return refuse(d, ERR_forbidden);
    }
    *by = r == DB_OK ? now : NULL;
    return r;
}

static const char *
name_of(const struct membership *by)
{
    return by ? by->id : "";
}

/* What a member of that kind is to get. */
static enum db_result
may_give(struct member_desk *d, const struct membership *by, const char *kind,
         rights_t rights)
{
    if (strcmp(kind, "owner") == 0) {
        return member_may_own(by) ? DB_OK : refuse(d, ERR_owner_only);
    }
    if (rights == 0) {
        return refuse(d, ERR_rights_missing);
    }
    if (rights & ~rights_of_kind(kind)) {
        return refuse(d, ERR_right_never);
    }
    return member_may_give(by, rights) ? DB_OK : refuse(d, ERR_right_lacking);
}

/* An account without an owner is nobody's to run. */
static enum db_result
owner_remains(struct member_desk *d, const json_t *row)
{
    json_t *others;
    enum db_result r;

    if (!is_owner(row) || !is(row, "status", "active")) {
        return DB_OK;
    }
    r = member_store_other_owners(d->db, d->arena, d->tenant->id,
                                  row_text(row, "customer_id"),
                                  row_text(row, "id"), &others);
    return r == DB_OK && row_int(others, "n") == 0
               ? refuse(d, ERR_member_last_owner)
               : r;
}

/* ---- the trail ---- */

/* before, after: NULL: there was or is none. */
static enum db_result
note(struct member_desk *d, const char *action, const json_t *before,
     const json_t *after)
{
    const json_t *row = after ? after : before;
    struct audit audit = {d->actor, row_text(row, "customer_id"), action,
                          row_text(row, "id"), ""};
    enum callback_type type = !before  ? CALLBACK_member_created
                              : !after ? CALLBACK_member_removed
                                       : CALLBACK_member_changed;
    enum db_result r = audit_write_change(d->db, d->arena, d->tenant->id,
                                          &audit, member_fields, before, after);

    return r == DB_OK
               ? callback_enqueue(
                     d->db, d->arena, d->tenant->id, type, audit.object,
                     json_incref(field_output(d->arena, member_fields, row)),
                     d->actor->request_id)
               : r;
}

static enum db_result
note_change(struct member_desk *d, const char *action, const json_t *before,
            const char *id)
{
    json_t *after;
    enum db_result r =
        member_get(d->db, d->arena, d->tenant->id, NULL, id, &after);

    return r == DB_OK ? note(d, action, before, after) : r;
}

/* ---- tokens and rights ---- */

static struct one_time_store
tokens(const struct member_desk *d)
{
    return (struct one_time_store){.db = d->db,
                                   .arena = d->arena,
                                   .keys = d->keys,
                                   .tenant = d->tenant->id,
                                   .actor = d->actor};
}

static enum db_result
make_token(struct member_desk *d, const char *id, struct member_made *out)
{
    struct one_time_store store = tokens(d);
    struct one_time_secret secret;
    enum db_result r =
        one_time_make(&store, ONE_TIME_invitation, id, NULL, &secret);

    if (r == DB_OK) {
        out->secret = secret.secret;
        out->expires = secret.expires;
    }
    return r;
}

static enum db_result
revoke_token(struct member_desk *d, const json_t *row)
{
    struct one_time_store store = tokens(d);

    return one_time_revoke(&store, ONE_TIME_invitation, row_text(row, "id"));
}

/* given: to have from now on; taken: no more. */
static enum db_result
store_rights(struct member_desk *d, const char *id, rights_t given,
             rights_t taken, const char *given_by)
{
    const struct rights_row *right;
    enum db_result r = DB_OK;

    for (int i = 0; r == DB_OK && (right = rights_row(i)); i++) {
        rights_t one = rights_named(right->name);

        if (given & one) {
            r = member_store_give_right(d->db, d->tenant->id, id, right->name,
                                        given_by);
        } else if (taken & one) {
            r = member_store_take_right(d->db, d->tenant->id, id, right->name);
        }
    }
    return r;
}

/* ---- new ones ---- */

static enum db_result
insert(struct member_desk *d, struct member_row *row, const char *action)
{
    const struct member_new *new = row->new;
    enum db_result r =
        member_store_insert(d->db, d->tenant->id, d->tenant->pool, row);

    if (r == DB_UNIQUE) {
        return refuse(d, ERR_member_exists);
    }
    if (r == DB_OK && !new->owner) {
        r = store_rights(d, row->id, new->rights, 0, row->invited_by);
    }
    return r == DB_OK ? note_change(d, action, NULL, row->id) : r;
}

static enum db_result
not_there_yet(struct member_desk *d, const struct member_new *new,
              const char *email_key)
{
    json_t *row;
    enum db_result r = member_store_of_email(d->db, d->arena, d->tenant->id,
                                             new->customer, email_key, &row);

    return r == DB_NONE ? DB_OK : r == DB_OK ? refuse(d, ERR_member_exists) : r;
}

/* A login that belongs to no account any more makes room. Nothing of it goes on
 * in the next one of that address: no session, no second factor, no mail that
 * still waits, whoever was in control of it. */
static enum db_result
forget_homeless(struct member_desk *d, const char *email_key)
{
    const char *pool = d->tenant->pool;
    struct audit audit = {d->actor, "", "login.removed", "", "no account"};
    json_t *homeless;
    enum db_result r =
        member_store_homeless(d->db, d->arena, pool, email_key, &homeless);

    if (r != DB_OK) {
        return r == DB_NONE ? DB_OK : r;
    }
    audit.object = row_text(homeless, "id");
    r = user_store_remove(d->db, pool, audit.object);
    return r == DB_OK ? audit_write(d->db, d->arena, d->tenant->id, &audit) : r;
}

/* As the address, unless that is no name for addresses of pages and for forms
 * ("a/b@…"): such a login nobody could block. */
static const char *
username_for(struct arena *a, const struct member_new *new)
{
    if (new->username) {
        return new->username;
    }
    return field_name_ok(new->email) && strlen(new->email) <= USERNAME_MAX
               ? new->email
               : id_base62(a, MADE_NAME);
}

enum db_result
member_has_login(struct member_desk *d, const char *email, bool *known)
{
    json_t *people;
    enum db_result r =
        member_store_reachable(d->db, d->arena, d->tenant->id, d->tenant->pool,
                               text_fold(d->arena, email), &people);

    *known = r == DB_OK && json_array_size(people) > 0;
    return r;
}

/* The login of a contact is a new one. Its password is chosen by who reads the
 * mail. */
static enum db_result
make_login(struct member_desk *d, const struct member_new *new,
           const char *email_key, const char **user)
{
    bool known;
    enum db_result r = member_has_login(d, new->email, &known);

    if (r == DB_OK && known) {
        return refuse(d, ERR_member_has_login);
    }
    if (r == DB_OK && !new->username) {
        r = forget_homeless(d, email_key);
    }
    if (r != DB_OK) {
        return r;
    }
    *user = id_new(d->arena, "usr");
    r = member_store_insert_user(d->db, d->arena, d->tenant->pool, *user,
                                 username_for(d->arena, new), new);
    if (r == DB_UNIQUE) {
        return refuse(d,
                      new->username ? ERR_login_exists : ERR_member_has_login);
    }
    return r;
}

enum db_result
member_add(struct member_desk *d, const struct member_new *new,
           struct member_made *out)
{
    const char *kind = new->owner ? "owner" : "contact";
    const char *key = text_fold(d->arena, new->email);
    int64_t now = clock_now();
    struct member_row row = {id_new(d->arena, "mem"),
                             NULL,
                             kind,
                             "active",
                             key,
                             NULL,
                             true,
                             now,
                             0,
                             now,
                             new};
    const struct membership *by;
    enum db_result r = acting(d, &by);

    *out = (struct member_made){row.id, NULL, 0};
    if (r == DB_OK) {
        r = may_give(d, by, kind, new->rights);
    }
    if (r == DB_OK) {
        r = not_there_yet(d, new, key);
    }
    if (r == DB_OK) {
        r = make_login(d, new, key, &row.user);
    }
    if (r == DB_OK) {
        row.invited_by = name_of(by);
        r = insert(d, &row, "membership.created");
    }
    return r == DB_OK ? make_token(d, row.id, out) : r;
}

enum db_result
member_invite(struct member_desk *d, const struct member_new *new,
              struct member_made *out)
{
    const char *kind = new->owner ? "owner" : "guest";
    const char *key = text_fold(d->arena, new->email);
    struct member_row row = {id_new(d->arena, "mem"),
                             NULL,
                             kind,
                             "pending",
                             key,
                             NULL,
                             false,
                             0,
                             0,
                             0,
                             new};
    const struct membership *by;
    bool known;
    enum db_result r = acting(d, &by);

    *out = (struct member_made){row.id, NULL, 0};
    if (r == DB_OK) {
        r = may_give(d, by, kind, new->rights);
    }
    if (r == DB_OK) {
        r = not_there_yet(d, new, key);
    }
    if (r == DB_OK) {
        r = member_has_login(d, new->email, &known);
    }
    if (r == DB_OK && known) {
        row.status = "invited";
        row.invited = clock_now();
        r = make_token(d, row.id, out);
        row.expires = out->expires;
    }
    if (r != DB_OK) {
        return r;
    }
    row.invited_by = name_of(by);
    return insert(d, &row, "membership.created");
}

/* ---- moving ---- */

/* The row with its new state, and its place in the trail. */
static enum db_result
put(struct member_desk *d, const json_t *row, const struct member_state *state,
    const char *action)
{
    int64_t changed = 0;
    enum db_result r =
        member_store_update(d->db, d->tenant->id, row, state, &changed);

    if (r == DB_UNIQUE) {
        return refuse(d, ERR_member_exists);
    }
    if (r == DB_OK && changed == 0) {
        return DB_NONE;
    }
    return r == DB_OK ? note_change(d, action, row, row_text(row, "id")) : r;
}

static struct member_state
state_of(const json_t *row)
{
    return (struct member_state){.status = row_text(row, "status"),
                                 .kind = row_text(row, "kind"),
                                 .invited_by = row_text(row, "invited_by"),
                                 .user = row_text(row, "user_id"),
                                 .invited = row_int(row, "invited"),
                                 .expires = row_int(row, "expires"),
                                 .accepted = row_int(row, "accepted")};
}

/* What comes with a move beside the status. */
static enum db_result
prepare(struct member_desk *d, const json_t *row, const char *action,
        struct member_state *state, struct member_made *out)
{
    enum db_result r = DB_OK;

    if (strcmp(action, "invite") == 0) {
        r = make_token(d, row_text(row, "id"), out);
        state->invited = clock_now();
        state->expires = out->expires;
    } else if (strcmp(action, "withdraw") == 0) {
        r = revoke_token(d, row);
        state->expires = 0;
    } else if (strcmp(action, "deactivate") == 0) {
        r = owner_remains(d, row);
    }
    return r;
}

static const char *
past(struct arena *a, const char *action)
{
    size_t len = strlen(action);

    if (strcmp(action, "withdraw") == 0) {
        return "membership.withdrawn";
    }
    return arena_printf(a, "membership.%s%s", action,
                        action[len - 1] == 'e' ? "d" : "ed");
}

enum db_result
member_move(struct member_desk *d, const json_t *row, const char *action,
            struct member_made *out)
{
    struct member_state state = state_of(row);
    const struct membership *by;
    enum db_result r = acting(d, &by);

    *out = (struct member_made){row_text(row, "id"), NULL, 0};
    if (r != DB_OK) {
        return r;
    }
    if (!member_may_move(row, action)) {
        return refuse(d, ERR_member_status);
    }
    if (is_owner(row) && !member_may_own(by)) {
        return refuse(d, ERR_owner_only);
    }
    if (!member_may_wake(by, d->arena, row)) {
        return refuse(d, ERR_right_lacking);
    }
    state.status = leads(action, state.status);
    if (strcmp(action, "invite") == 0) {
        state.invited_by = name_of(by);
    }
    r = prepare(d, row, action, &state, out);
    return r == DB_OK ? put(d, row, &state, past(d->arena, action)) : r;
}

/* ---- rights ---- */

/* Who is no owner any more has what is given now, and nothing else. */
static enum db_result
change_rights(struct member_desk *d, const struct membership *by,
              const json_t *row, const char *kind, rights_t wanted)
{
    const char *id = row_text(row, "id");
    bool was_owner = is_owner(row);
    rights_t before = was_owner ? 0 : member_rights(d->arena, row);
    rights_t after = member_rights_set(by, before, wanted);
    enum db_result r;

    if (wanted & ~before & ~after) {
        return refuse(d, ERR_right_lacking);
    }
    if (wanted & ~rights_of_kind(kind)) {
        return refuse(d, ERR_right_never);
    }
    if (after == 0) {
        return refuse(d, ERR_rights_missing);
    }
    r = was_owner ? member_store_take_all(d->db, d->tenant->id, id) : DB_OK;
    return r == DB_OK ? store_rights(d, id, after & ~before,
                                     in_hand(by) & ~after, name_of(by))
                      : r;
}

static enum db_result
make_owner(struct member_desk *d, const json_t *row)
{
    return is_owner(row) ? DB_OK
                         : member_store_take_all(d->db, d->tenant->id,
                                                 row_text(row, "id"));
}

/* The same once more is no change. */
static bool
stays(struct member_desk *d, const struct membership *by, const json_t *row,
      bool owner, rights_t wanted)
{
    rights_t before = member_rights(d->arena, row);

    return owner == is_owner(row) && (owner || wanted == before) &&
           member_rights_set(by, before, wanted) == before;
}

enum db_result
member_change(struct member_desk *d, const json_t *row, bool owner,
              rights_t rights)
{
    struct member_state state = state_of(row);
    const struct membership *by;
    enum db_result r = acting(d, &by);

    if (r != DB_OK) {
        return r;
    }
    if ((owner || is_owner(row)) && !member_may_own(by)) {
        return refuse(d, ERR_owner_only);
    }
    if (stays(d, by, row, owner, rights)) {
        return DB_OK;
    }
    if (!owner) {
        r = owner_remains(d, row);
        if (is_owner(row)) {
            state.kind = row_int(row, "home") ? "contact" : "guest";
        }
    } else {
        state.kind = "owner";
    }
    if (r == DB_OK) {
        r = owner ? make_owner(d, row)
                  : change_rights(d, by, row, state.kind, rights);
    }
    return r == DB_OK ? put(d, row, &state, "membership.changed") : r;
}

/* ---- ending ---- */

enum db_result
member_remove(struct member_desk *d, const json_t *row)
{
    const char *tenant = d->tenant->id, *id = row_text(row, "id");
    const struct membership *by;
    int64_t changed = 0;
    enum db_result r = acting(d, &by);

    if (r == DB_OK && is_owner(row) && !member_may_own(by)) {
        return refuse(d, ERR_owner_only);
    }
    if (r == DB_OK) {
        r = owner_remains(d, row);
    }
    if (r == DB_OK) {
        r = revoke_token(d, row);
    }
    if (r == DB_OK) {
        r = member_store_pass_on(d->db, tenant, id, is_owner(row));
    }
    if (r == DB_OK) {
        r = member_store_take_all(d->db, tenant, id);
    }
    if (r == DB_OK) {
        r = member_store_delete(d->db, tenant, row, &changed);
    }
    if (r == DB_OK && changed == 0) {
        return DB_NONE;
    }
    return r == DB_OK ? note(d, "membership.removed", row, NULL) : r;
}

enum db_result
member_reach(struct member_desk *d, const json_t *row, struct member_made *out)
{
    struct member_state state = state_of(row);
    enum db_result r;

    *out = (struct member_made){row_text(row, "id"), NULL, 0};
    state.status = leads("invite", "pending");
    r = prepare(d, row, "invite", &state, out);
    return r == DB_OK ? put(d, row, &state, past(d->arena, "invite")) : r;
}

/* ---- the invited person ---- */

/* An address is on record when the merchant made the login; one that another
 * customer typed, or its owner, was proved by a mail or is worth nothing. */
static bool
speaks_for_address(const json_t *person)
{
    const char *home = row_text(person, "invited_by");

    return row_int(person, "email_verified") != 0 || (home && home[0] == '\0');
}

enum db_result
member_is_for(struct db *db, struct arena *a, const struct tenant *tenant,
              const json_t *row, const char *user, bool *theirs)
{
    const char *known = row_text(row, "user_id");
    json_t *person;
    enum db_result r =
        member_store_person(db, a, tenant->id, tenant->pool, user, &person);

    *theirs = false;
    if (r != DB_OK) {
        return r;
    }
    if (known) {
        *theirs = strcmp(known, user) == 0;
    } else {
        *theirs = is(person, "email_key", row_text(row, "email_key")) &&
                  speaks_for_address(person);
    }
    return DB_OK;
}

enum db_result
member_waiting(struct db *db, struct arena *a, const struct tenant *tenant,
               const char *user, int limit, json_t **rows)
{
    struct member_wait w = {"invited", user, "", limit};
    json_t *person;
    enum db_result r =
        member_store_person(db, a, tenant->id, tenant->pool, user, &person);

    if (r != DB_OK) {
        return r;
    }
    if (speaks_for_address(person)) {
        w.email_key = row_text(person, "email_key");
    }
    return member_store_waiting(db, a, tenant->id, tenant->pool, &w, rows);
}

enum db_result
member_pending(struct db *db, struct arena *a, const struct tenant *tenant,
               const char *user, json_t **rows)
{
    enum { MOST = 50 };
    struct member_wait w = {"pending", user, "", MOST};

    return member_store_waiting(db, a, tenant->id, tenant->pool, &w, rows);
}

/* Only an owner makes an owner: also on the day that it is accepted. */
static enum db_result
inviter_still_may(struct member_desk *d, const json_t *row)
{
    const char *inviter = row_text(row, "invited_by");
    json_t *owner;
    enum db_result r;

    if (!is_owner(row) || inviter[0] == '\0') {
        return DB_OK;
    }
    r = member_store_owner(d->db, d->arena, d->tenant->id,
                           row_text(row, "customer_id"), inviter, &owner);
    return r == DB_NONE ? refuse(d, ERR_invitation_withdrawn) : r;
}

static enum db_result
spend(struct member_desk *d, const struct one_time *token)
{
    struct one_time_store store = tokens(d);
    enum db_result r = one_time_use(&store, token);

    return r == DB_NONE ? refuse(d, ERR_invitation_used) : r;
}

enum db_result
member_answer(struct member_desk *d, const json_t *row,
              const struct one_time *token, const char *user, bool accept)
{
    const char *action = accept ? "accept" : "reject";
    struct member_state state = state_of(row);
    bool theirs;
    enum db_result r =
        member_is_for(d->db, d->arena, d->tenant, row, user, &theirs);

    if (r != DB_OK) {
        return r;
    }
    if (!theirs) {
        return refuse(d, ERR_invitation_other);
    }
    if (!leads(action, state.status)) {
        return refuse(d, ERR_member_status);
    }
    state.status = leads(action, state.status);
    state.expires = 0;
    if (accept) {
        state.user = user;
        state.accepted = clock_now();
        r = inviter_still_may(d, row);
    }
    if (r == DB_OK) {
        r = token ? spend(d, token) : revoke_token(d, row);
    }
    return r == DB_OK ? put(d, row, &state, past(d->arena, action)) : r;
}

enum db_result
member_first_password(struct member_desk *d, const json_t *row,
                      const struct one_time *token, const char *hash)
{
    const char *user = row_text(row, "user_id");
    struct audit audit = {d->actor, row_text(row, "customer_id"),
                          "login.password_changed", user, "first"};
    int64_t changed = 0;
    enum db_result r = spend(d, token);

    if (r == DB_OK) {
        r = member_store_first_password(d->db, d->tenant->pool, row, hash,
                                        clock_now(), &changed);
    }
    if (r == DB_OK && changed == 0) {
        return refuse(d, ERR_invitation_used);
    }
    return r == DB_OK ? audit_write(d->db, d->arena, d->tenant->id, &audit) : r;
}
