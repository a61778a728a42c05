#include "staff/staff.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/text.h"
#include "staff/staff_store.h"
#include "user/user.h"

static const char totp_purpose[] = "totp";

/* ---- roles ---- */

static const struct role {
    const char *name, *label, *permissions;
} roles[] = {
#define ROLE(name, label, permissions) {#name, label, permissions},
#include "tables/roles.def"
#undef ROLE
};

static const char *const permissions[] = {
#define STAFF_PERMISSION(name, label) #name,
#include "tables/staff_permissions.def"
#undef STAFF_PERMISSION
};

static const struct role *
role_of(const char *name)
{
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        if (strcmp(roles[i].name, name) == 0) {
            return &roles[i];
        }
    }
    return NULL;
}

/* One word of a role: the permission, or all of its kind ("customers.*"). */
static bool
covers(const char *word, size_t len, const char *permission)
{
    if (len > 0 && word[len - 1] == '*') {
        return strncmp(word, permission, len - 1) == 0;
    }
    return strncmp(word, permission, len) == 0 && permission[len] == '\0';
}

static bool
words_allow(const char *words, const char *permission)
{
    size_t len;

    for (; *words; words += len + (words[len] == ' ')) {
        len = strcspn(words, " ");
        if (covers(words, len, permission)) {
            return true;
        }
    }
    return false;
}

bool
staff_permission_ok(const char *permission)
{
    for (size_t i = 0; i < sizeof permissions / sizeof *permissions; i++) {
        if (strcmp(permissions[i], permission) == 0) {
            return true;
        }
    }
    return false;
}

static bool
means_something(const char *word, size_t len)
{
    for (size_t i = 0; i < sizeof permissions / sizeof *permissions; i++) {
        if (covers(word, len, permissions[i])) {
            return true;
        }
    }
    return false;
}

int
staff_role_faults(void)
{
    int n = 0;
    size_t len;

    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        for (const char *word = roles[i].permissions; *word;
             word += len + (word[len] == ' ')) {
            len = strcspn(word, " ");
            if (!means_something(word, len)) {
                printf("roles.def: %s has %.*s, which is no permission\n",
                       roles[i].name, (int)len, word);
                n++;
            }
        }
    }
    return n;
}

bool
staff_allows(const struct staff *staff, const char *permission)
{
    return staff && words_allow(staff->permissions, permission);
}

bool
staff_role_ok(const char *role)
{
    return role_of(role) != NULL;
}

bool
staff_may_give(const struct staff *staff, const char *name)
{
    const struct role *role = role_of(name);

    for (size_t i = 0; role && i < sizeof permissions / sizeof *permissions;
         i++) {
        if (words_allow(role->permissions, permissions[i]) &&
            !staff_allows(staff, permissions[i])) {
            return false;
        }
    }
    return role != NULL;
}

/* ---- who works here ---- */

static bool
may_work(const json_t *row)
{
    return strcmp(row_text(row, "status"), "active") == 0 &&
           strcmp(row_text(row, "user_status"), "active") == 0;
}

static struct staff *
take(struct arena *a, const json_t *row)
{
    struct staff *s = arena_alloc(a, sizeof *s);
    const struct role *role = role_of(row_text(row, "role"));

    s->id = row_text(row, "id");
    s->user = row_text(row, "user_id");
    s->username = row_text(row, "username");
    s->language = row_text(row, "language");
    s->role = row_text(row, "role");
    /* a role that this program does not know (any more) may nothing */
    s->role_label = role ? role->label : s->role;
    s->permissions = role ? role->permissions : "";
    s->has_totp = row_text(row, "totp")[0] != '\0';
    return s;
}

enum db_result
staff_by_id(struct db *db, struct arena *a, const char *tenant, const char *id,
            struct staff **out)
{
    json_t *row;
    enum db_result r = staff_store_get(db, a, tenant, id, &row);

    *out = NULL;
    if (r == DB_OK && !may_work(row)) {
        return DB_NONE;
    }
    if (r == DB_OK) {
        *out = take(a, row);
    }
    return r;
}

static enum db_result
find(const struct staff_desk *d, const char *username, json_t **row)
{
    return staff_store_by_name(d->db, d->arena, d->tenant->id, d->tenant->pool,
                               text_fold(d->arena, username), row);
}

static enum db_result
audit_staff(const struct staff_desk *d, const struct actor *actor,
            const char *action, const char *id, const char *detail)
{
    struct audit row = {actor, "", action, id, detail};

    return audit_write(d->db, d->arena, d->tenant->id, &row);
}

/* What the trail tells of a change: of secrets only that they are others. */
static const struct field audited[] = {
    {.name = "username", .type = FIELD_TEXT},
    {.name = "email", .type = FIELD_TEXT},
    {.name = "role", .type = FIELD_TEXT},
    {.name = "status", .type = FIELD_TEXT},
    {.name = "password_hash", .type = FIELD_SECRET},
    {.name = "totp", .type = FIELD_SECRET},
    {.name = "totp_new", .type = FIELD_SECRET},
    FIELD_END,
};

/* before: as it was, NULL for somebody new. */
static enum db_result
audit_change(const struct staff_desk *d, const char *action, const char *id,
             const json_t *before)
{
    struct audit row = {d->actor, "", action, id, ""};
    json_t *after;
    enum db_result r =
        staff_store_get(d->db, d->arena, d->tenant->id, id, &after);

    return r == DB_OK ? audit_write_change(d->db, d->arena, d->tenant->id, &row,
                                           audited, before, after)
                      : r;
}

/* ---- signing in ---- */

struct sign_in {
    const struct staff_desk *desk;
    const struct staff_credentials *given;
    const char *detail; /* for the trail */
    const json_t *row;
    bool enters;        /* else proves it once more */
    bool factor_proved; /* before: the password alone is asked for */
    bool password_ok, accepted;
};

static bool
recovery_code_ok(const struct sign_in *s, enum db_result *r)
{
    const struct staff_desk *d = s->desk;
    int64_t spent = 0;

    *r = staff_store_spend_recovery(
        d->db, d->tenant->id, row_text(s->row, "id"),
        id_hash(d->arena, totp_recovery_typed(d->arena, s->given->code)),
        &spent);
    return *r == DB_OK && spent > 0;
}

/* Whether the second factor is right; *step is that of a code from the
 * authenticator, 0 where none is needed or a recovery code was spent. */
static bool
second_factor_ok(const struct sign_in *s, int64_t *step, enum db_result *r)
{
    const struct staff_desk *d = s->desk;
    const char *id = row_text(s->row, "id"), *sealed = row_text(s->row, "totp");
    const char *secret;

    *step = 0;
    if (s->factor_proved || sealed[0] == '\0') {
        return true;
    }
    if (!s->given->code) {
        return false;
    }
    secret =
        keys_unseal(d->keys, d->arena, totp_purpose, d->tenant->id, id, sealed);
    if (!secret) {
        log_error("the second factor of %s cannot be opened", id);
        return recovery_code_ok(s, r);
    }
    *step = totp_match(secret, s->given->code, clock_now(),
                       row_int(s->row, "totp_step"));
    return *step > 0 || recovery_code_ok(s, r);
}

/* The first few are typing errors; then it takes twice as long each time. */
static int64_t
pause_after(int64_t failures)
{
    int64_t over = failures - STAFF_TRIES;

    if (over < 0) {
        return 0;
    }
    return over >= 9 ? STAFF_PAUSE_MAX : INT64_C(2) << over;
}

static enum db_result
count_failure(const struct sign_in *s)
{
    const struct staff_desk *d = s->desk;
    int64_t failures = row_int(s->row, "failures") + 1;
    const char *id = row_text(s->row, "id");
    enum db_result r = staff_store_failed(d->db, d->tenant->id, id, failures,
                                          clock_now() + pause_after(failures));

    return r == DB_OK ? audit_staff(d, d->actor, "staff.refused", id, s->detail)
                      : r;
}

static enum db_result
judge_in_transaction(struct db *db, void *data)
{
    struct sign_in *s = data;
    const struct staff_desk *d = s->desk;
    json_t *row;
    int64_t step, changed = 0;
    const char *id = row_text(s->row, "id");
    /* as it stands now: somebody may be guessing beside */
    enum db_result r = staff_store_get(db, d->arena, d->tenant->id, id, &row);

    s->accepted = false;
    if (r != DB_OK) {
        return r;
    }
    s->row = row;
    if (row_int(row, "retry_at") > clock_now()) {
        return DB_OK;
    }
    if (s->password_ok && may_work(row) && second_factor_ok(s, &step, &r)) {
        r = staff_store_signed_in(
            db, d->tenant->id, id, step,
            s->enters ? clock_now() : row_int(row, "last_sign_in"), &changed);
        s->accepted = r == DB_OK && changed > 0;
    }
    return r == DB_OK && !s->accepted ? count_failure(s) : r;
}

/* DB_NONE: something is wrong, and counted. */
static enum db_result
judge(struct sign_in *s, const json_t *row)
{
    enum db_result r;

    s->row = row;
    r = db_transaction(s->desk->db, true, judge_in_transaction, s);
    return r == DB_OK && !s->accepted ? DB_NONE : r;
}

enum db_result
staff_sign_in(const struct staff_desk *d, const struct staff_credentials *given,
              struct staff **out)
{
    struct sign_in s = {
        .desk = d, .given = given, .detail = "", .enters = true};
    json_t *row = NULL;
    enum db_result r = find(d, given->username, &row);

    *out = NULL;
    if (r != DB_OK && r != DB_NONE) {
        return r;
    }
    s.password_ok = password_ok(d->arena, PASSWORD_STAFF,
                                row ? row_text(row, "password_hash") : NULL,
                                given->password);
    if (!row) {
        audit_staff(d, d->actor, "staff.refused", "", "");
        return DB_NONE;
    }
    r = judge(&s, row);
    if (r == DB_OK) {
        *out = take(d->arena, s.row);
    }
    return r;
}

static enum db_result
prove(const struct staff_desk *d, const struct staff *staff,
      const struct staff_credentials *given, bool factor_proved)
{
    struct sign_in s = {.desk = d,
                        .given = given,
                        .detail = "confirmation",
                        .factor_proved = factor_proved};
    json_t *row;
    enum db_result r =
        staff_store_get(d->db, d->arena, d->tenant->id, staff->id, &row);

    if (r != DB_OK) {
        return r;
    }
    s.password_ok =
        password_ok(d->arena, PASSWORD_STAFF, row_text(row, "password_hash"),
                    given->password);
    return judge(&s, row);
}

enum db_result
staff_prove(const struct staff_desk *d, const struct staff *staff,
            const struct staff_credentials *given)
{
    return prove(d, staff, given, false);
}

/* ---- making and changing ---- */

enum err
staff_password_check(struct arena *a, const char *password,
                     const char *username, const char *email)
{
    static const struct password_rules rules = {STAFF_PASSWORD_MIN, ""};

    return user_password_check(a, &rules, password, username, email);
}

struct change {
    const struct staff_desk *desk;
    const struct staff_new *new;
    const char *id, *hash, *role, *status;
};

static enum db_result
create_in_transaction(struct db *db, void *data)
{
    struct change *c = data;
    const struct staff_desk *d = c->desk;
    json_t *user;
    enum db_result r =
        staff_store_user(db, d->arena, d->tenant->pool, c->new,
                         text_fold(d->arena, c->new->username), &user);

    if (r == DB_OK) {
        r = staff_store_insert(db, d->tenant, c->id, row_text(user, "id"),
                               c->new->role, c->hash);
    }
    return r == DB_OK ? audit_change(d, "staff.added", c->id, NULL) : r;
}

enum db_result
staff_create(const struct staff_desk *d, const struct staff_new *new)
{
    struct change c = {.desk = d, .new = new, .id = id_new(d->arena, "stf")};

    if (!staff_role_ok(new->role)) {
        return DB_CHECK;
    }
    c.hash = password_hash(d->arena, PASSWORD_STAFF, new->password);
    return c.hash ? db_transaction(d->db, true, create_in_transaction, &c)
                  : DB_UNAVAILABLE;
}

static enum db_result
reset_in_transaction(struct db *db, void *data)
{
    struct change *c = data;
    const struct staff_desk *d = c->desk;
    json_t *before;
    enum db_result r =
        staff_store_get(db, d->arena, d->tenant->id, c->id, &before);

    if (r == DB_OK) {
        r = staff_store_reset(db, d->tenant->id, c->id, c->hash);
    }
    if (r == DB_OK) {
        r = staff_store_forget_recovery(db, d->tenant->id, c->id);
    }
    return r == DB_OK ? audit_change(d, "staff.reset", c->id, before) : r;
}

enum db_result
staff_reset(const struct staff_desk *d, const char *username,
            const char *password, const char **id)
{
    struct change c = {.desk = d};
    json_t *row;
    enum db_result r = find(d, username, &row);

    if (r != DB_OK) {
        return r;
    }
    *id = c.id = row_text(row, "id");
    c.hash = password_hash(d->arena, PASSWORD_STAFF, password);
    return c.hash ? db_transaction(d->db, true, reset_in_transaction, &c)
                  : DB_UNAVAILABLE;
}

static enum db_result
password_in_transaction(struct db *db, void *data)
{
    struct change *c = data;
    const struct staff_desk *d = c->desk;
    json_t *before;
    enum db_result r =
        staff_store_get(db, d->arena, d->tenant->id, c->id, &before);

    if (r == DB_OK) {
        r = staff_store_password(db, d->tenant->id, c->id, c->hash);
    }
    return r == DB_OK ? audit_change(d, "staff.password_changed", c->id, before)
                      : r;
}

enum db_result
staff_change_password(const struct staff_desk *d, const struct staff *staff,
                      const char *old, const char *password)
{
    struct change c = {.desk = d, .id = staff->id};
    const struct staff_credentials given = {NULL, old, NULL};
    enum db_result r = prove(d, staff, &given, true);

    if (r != DB_OK) {
        return r;
    }
    c.hash = password_hash(d->arena, PASSWORD_STAFF, password);
    return c.hash ? db_transaction(d->db, true, password_in_transaction, &c)
                  : DB_UNAVAILABLE;
}

/* Somebody must be able to run the tenant afterwards. */
static enum db_result
change_in_transaction(struct db *db, void *data)
{
    struct change *c = data;
    const struct staff_desk *d = c->desk;
    json_t *owners, *before;
    enum db_result r =
        staff_store_get(db, d->arena, d->tenant->id, c->id, &before);

    if (r == DB_OK) {
        r = staff_store_change(db, d->tenant->id, c->id, c->role, c->status);
    }
    if (r == DB_OK) {
        r = staff_store_owners(db, d->arena, d->tenant->id, &owners);
    }
    if (r == DB_OK && row_int(owners, "count") == 0) {
        return DB_CHECK;
    }
    return r == DB_OK ? audit_change(d, "staff.changed", c->id, before) : r;
}

enum db_result
staff_change(const struct staff_desk *d, const char *username, const char *role,
             const char *status)
{
    struct change c = {.desk = d, .role = role, .status = status};
    json_t *row;
    enum db_result r = find(d, username, &row);

    if (r != DB_OK) {
        return r;
    }
    if (role && !staff_role_ok(role)) {
        return DB_CHECK;
    }
    c.id = row_text(row, "id");
    return db_transaction(d->db, true, change_in_transaction, &c);
}

/* ---- the second factor ---- */

static enum db_result
begin_in_transaction(struct db *db, void *data)
{
    struct change *c = data;
    const struct staff_desk *d = c->desk;
    json_t *before;
    enum db_result r =
        staff_store_get(db, d->arena, d->tenant->id, c->id, &before);

    if (r == DB_OK) {
        r = staff_store_totp_begin(db, d->tenant->id, c->id, c->hash);
    }
    return r == DB_OK ? audit_change(d, "staff.factor_begun", c->id, before)
                      : r;
}

const char *
staff_totp_begin(const struct staff_desk *d, const struct staff *staff)
{
    const char *secret = totp_secret(d->arena);
    struct change c = {.desk = d, .id = staff->id};

    c.hash = keys_seal(d->keys, d->arena, totp_purpose, d->tenant->id,
                       staff->id, secret);
    return c.hash && db_transaction(d->db, true, begin_in_transaction, &c) ==
                         DB_OK
               ? secret
               : NULL;
}

const char *
staff_totp_pending(const struct staff_desk *d, const struct staff *staff)
{
    json_t *row;

    if (staff_store_get(d->db, d->arena, d->tenant->id, staff->id, &row) !=
            DB_OK ||
        row_text(row, "totp_new")[0] == '\0') {
        return NULL;
    }
    return keys_unseal(d->keys, d->arena, totp_purpose, d->tenant->id,
                       staff->id, row_text(row, "totp_new"));
}

const char *
staff_totp_uri(const struct staff_desk *d, const struct staff *staff,
               const char *secret)
{
    return totp_uri(d->arena, d->tenant->name, staff->username, secret);
}

struct confirmation {
    const struct staff_desk *desk;
    const char *id, **codes;
    int64_t step;
};

static enum db_result
confirm_in_transaction(struct db *db, void *data)
{
    struct confirmation *c = data;
    const struct staff_desk *d = c->desk;
    const char *tenant = d->tenant->id;
    json_t *before;
    enum db_result r = staff_store_get(db, d->arena, tenant, c->id, &before);

    if (r == DB_OK) {
        r = staff_store_totp_confirm(db, tenant, c->id, c->step);
    }
    if (r == DB_OK) {
        r = staff_store_forget_recovery(db, tenant, c->id);
    }
    for (size_t i = 0; r == DB_OK && i < STAFF_RECOVERY_CODES; i++) {
        r = staff_store_add_recovery(db, tenant, c->id,
                                     id_hash(d->arena, c->codes[i]));
    }
    return r == DB_OK ? audit_change(d, "staff.factor_added", c->id, before)
                      : r;
}

enum db_result
staff_totp_confirm(const struct staff_desk *d, const struct staff *staff,
                   const char *code, const char *codes[STAFF_RECOVERY_CODES])
{
    struct confirmation c = {.desk = d, .id = staff->id, .codes = codes};
    const char *secret = staff_totp_pending(d, staff);

    c.step = secret && code ? totp_match(secret, code, clock_now(), 0) : 0;
    if (c.step == 0) {
        return DB_NONE;
    }
    for (size_t i = 0; i < STAFF_RECOVERY_CODES; i++) {
        codes[i] = totp_recovery(d->arena);
    }
    return db_transaction(d->db, true, confirm_in_transaction, &c);
}
