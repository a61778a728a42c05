#include "user/person_store.h"

#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/text.h"
#include "user/registration.h"

static const char factor_purpose[] = "user totp";
static const char pending_purpose[] = "user totp new";

/* Of secrets the trail tells only that they are others. */
static const struct field audited[] = {
    {.name = "password_hash", .type = FIELD_SECRET},
    {.name = "must_change", .type = FIELD_BOOL},
    {.name = "email", .type = FIELD_EMAIL},
    {.name = "email_verified", .type = FIELD_TIME},
    {.name = "totp", .type = FIELD_SECRET},
    {.name = "totp_new", .type = FIELD_SECRET},
    FIELD_END,
};

enum db_result
person_row(const struct person *p, json_t **row)
{
    return person_store_get(p->db, p->arena, p->tenant->pool, p->user, row);
}

static enum db_result
audit_change(const struct person *p, const char *action, const char *detail,
             const json_t *before)
{
    struct audit row = {p->actor, "", action, p->user, detail};
    json_t *after;
    enum db_result r = person_row(p, &after);

    return r == DB_OK ? audit_write_change(p->db, p->arena, p->tenant->id, &row,
                                           audited, before, after)
                      : r;
}

/* ---- the password ---- */

bool
person_password_ok(const struct person *p, const json_t *row,
                   const char *password)
{
    return password_ok(p->arena, PASSWORD_PORTAL,
                       row_text(row, "password_hash"), password);
}

enum db_result
person_set_email(const struct person *p, const char *email)
{
    const struct one_time_store tokens = {p->db, p->arena, p->keys,
                                          p->tenant->id, p->actor};
    const char *key = text_fold(p->arena, email);
    json_t *before;
    int64_t changed = 0;
    enum db_result r = person_row(p, &before);

    if (r == DB_OK) {
        r = person_store_email(p, email, key, clock_now(), &changed);
    }
    if (r == DB_OK && changed == 0) {
        return DB_NONE;
    }
    if (r == DB_OK) {
        r = one_time_revoke_in_pool(&tokens, p->tenant->pool, ONE_TIME_reset,
                                    p->user);
    }
    if (r == DB_OK) {
        r = membership_claim_invitations(p->db, p->arena, p->tenant, p->actor,
                                         p->user, key);
    }
    return r == DB_OK ? audit_change(p, "login.email_changed", "", before) : r;
}

/* ---- the second factor ---- */

struct factor {
    const struct person *person;
    const char *sealed, *action, *code, **codes;
    int64_t step;
};

bool
person_has_factor(const json_t *row)
{
    return row_text(row, "totp")[0] != '\0';
}

/* Of the pool: whoever signs in at its other tenants has it, too. */
static const char *
sealed(const struct person *p, const char *secret)
{
    return keys_seal(p->keys, p->arena, factor_purpose, p->tenant->pool,
                     p->user, secret);
}

/* Of the session alone in which the password was typed: another one that
 * somebody took over neither reads it nor makes it the factor. */
static const char *
pending_id(const struct person *p)
{
    return arena_printf(p->arena, "%s %s", p->user, p->session);
}

static enum db_result
begin_in_transaction(struct db *db, void *data)
{
    const struct factor *f = data;
    const struct person *p = f->person;
    json_t *before;
    enum db_result r = person_row(p, &before);

    if (r == DB_OK) {
        r = person_store_factor_begin(db, p->tenant->pool, p->user, f->sealed);
    }
    return r == DB_OK ? audit_change(p, f->action, "", before) : r;
}

const char *
person_factor_begin(const struct person *p)
{
    const char *secret = totp_secret(p->arena);
    struct factor f = {.person = p, .action = "login.factor_begun"};

    f.sealed = keys_seal(p->keys, p->arena, pending_purpose, p->tenant->pool,
                         pending_id(p), secret);
    return f.sealed && db_transaction(p->db, true, begin_in_transaction, &f) ==
                           DB_OK
               ? secret
               : NULL;
}

enum db_result
person_factor_cancel(const struct person *p)
{
    struct factor f = {
        .person = p, .action = "login.factor_cancelled", .sealed = ""};

    return db_transaction(p->db, true, begin_in_transaction, &f);
}

static const char *
opened(const struct person *p, const json_t *row)
{
    const char *sealed = row_text(row, "totp");
    const char *secret = sealed[0]
                             ? keys_unseal(p->keys, p->arena, factor_purpose,
                                           p->tenant->pool, p->user, sealed)
                             : NULL;

    if (sealed[0] && !secret) {
        log_error("the second factor of %s cannot be opened", p->user);
    }
    return secret;
}

const char *
person_factor_pending(const struct person *p, const json_t *row)
{
    const char *sealed = row_text(row, "totp_new");

    return sealed[0] ? keys_unseal(p->keys, p->arena, pending_purpose,
                                   p->tenant->pool, pending_id(p), sealed)
                     : NULL;
}

const char *
person_factor_uri(const struct person *p, const json_t *row, const char *secret)
{
    return totp_uri(p->arena, p->tenant->name, row_text(row, "username"),
                    secret);
}

static enum db_result
confirm_in_transaction(struct db *db, void *data)
{
    struct factor *f = data;
    const struct person *p = f->person;
    const char *pool = p->tenant->pool, *secret;
    json_t *before;
    enum db_result r = person_row(p, &before);

    if (r != DB_OK) {
        return r;
    }
    secret = person_factor_pending(p, before);
    f->step = secret ? totp_match(secret, f->code, clock_now(), 0) : 0;
    if (f->step == 0) {
        return DB_NONE;
    }
    f->sealed = sealed(p, secret);
    if (!f->sealed) {
        return DB_UNAVAILABLE;
    }
    r = person_store_factor_confirm(db, pool, p->user, f->sealed, f->step);
    if (r == DB_OK) {
        r = person_store_recovery_forget(db, pool, p->user);
    }
    for (size_t i = 0; r == DB_OK && i < PERSON_RECOVERY_CODES; i++) {
        r = person_store_recovery_add(db, pool, p->user,
                                      id_hash(p->arena, f->codes[i]));
    }
    return r == DB_OK ? audit_change(p, "login.factor_added", "", before) : r;
}

enum db_result
person_factor_confirm(const struct person *p, const char *code,
                      const char *codes[PERSON_RECOVERY_CODES])
{
    struct factor f = {.person = p, .code = code, .codes = codes};

    for (size_t i = 0; i < PERSON_RECOVERY_CODES; i++) {
        codes[i] = totp_recovery(p->arena);
    }
    return db_transaction(p->db, true, confirm_in_transaction, &f);
}

static enum db_result
remove_in_transaction(struct db *db, void *data)
{
    const struct factor *f = data;
    const struct person *p = f->person;
    json_t *before;
    enum db_result r = person_row(p, &before);

    if (r == DB_OK) {
        r = person_store_factor_remove(db, p->tenant->pool, p->user);
    }
    if (r == DB_OK) {
        r = person_store_recovery_forget(db, p->tenant->pool, p->user);
    }
    return r == DB_OK ? audit_change(p, "login.factor_removed", "", before) : r;
}

enum db_result
person_factor_remove(const struct person *p)
{
    struct factor f = {.person = p};

    return db_transaction(p->db, true, remove_in_transaction, &f);
}

static enum db_result
spend_recovery(struct db *db, const struct factor *f)
{
    const struct person *p = f->person;
    struct audit row = {p->actor, "", "login.recovery_used", p->user, ""};
    int64_t spent = 0;
    enum db_result r = person_store_recovery_spend(
        db, p->tenant->pool, p->user,
        id_hash(p->arena, totp_recovery_typed(p->arena, f->code)), &spent);

    if (r == DB_OK && spent == 0) {
        return DB_NONE;
    }
    return r == DB_OK ? audit_write(db, p->arena, p->tenant->id, &row) : r;
}

static enum db_result
spend_in_transaction(struct db *db, void *data)
{
    struct factor *f = data;
    const struct person *p = f->person;
    const char *secret;
    int64_t changed = 0;
    json_t *row;
    enum db_result r = person_row(p, &row);

    if (r != DB_OK) {
        return r;
    }
    secret = opened(p, row);
    f->step = secret ? totp_match(secret, f->code, clock_now(),
                                  row_int(row, "totp_step"))
                     : 0;
    if (f->step == 0) {
        return spend_recovery(db, f);
    }
    /* sealed anew, so that it outlives the rotation of keys */
    f->sealed = sealed(p, secret);
    if (!f->sealed) {
        return DB_UNAVAILABLE;
    }
    r = person_store_factor_used(db, p->tenant->pool, p->user, f->sealed,
                                 f->step, &changed);
    return r == DB_OK && changed == 0 ? DB_NONE : r;
}

enum db_result
person_factor_spend(const struct person *p, const char *code)
{
    struct factor f = {.person = p, .code = code};

    return db_transaction(p->db, true, spend_in_transaction, &f);
}
