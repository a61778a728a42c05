/*
 * Staff: users who work in the back office of a tenant, each with a role. Their
 * password and second factor are their own (table staff), apart from those of a
 * customer's login of the same user.
 */
#ifndef STAFF_STAFF_H
#define STAFF_STAFF_H

#include "audit/audit.h"
#include "base/field.h"
#include "base/keys.h"
#include "db/list.h"
#include "tenant/tenant.h"

extern const struct field staff_sign_in_fields[];
extern const struct field staff_code_fields[];
extern const struct field staff_proof_fields[];
extern const struct field staff_password_fields[];
extern const struct field staff_new_fields[];
extern const struct field staff_list_fields[];

enum {
    STAFF_PASSWORD_MIN = 15,
    STAFF_RECOVERY_CODES = 10,
    STAFF_TRIES = 5,           /* before the first pause, of two seconds */
    STAFF_PAUSE_MAX = 15 * 60, /* it doubles up to that */
};

struct staff {
    const char *id, *user, *username, *role, *language;
    const char *role_label;  /* message id */
    const char *permissions; /* of its role */
    bool has_totp;
};

/* One who may work now; DB_NONE for others. */
enum db_result staff_by_id(struct db *db, struct arena *a, const char *tenant,
                           const char *id, struct staff **out);

/* permission: a row of staff_permissions.def. */
bool staff_allows(const struct staff *staff, const char *permission);

/* Whether a permission is a row of its table; and how many words of roles.def
 * mean no permission, each told on standard output. */
bool staff_permission_ok(const char *permission);
int staff_role_faults(void);

/* Whether a role is a row of roles.def, and whether everything that it may is
 * also allowed to `staff`: nobody gives more than they have. */
bool staff_role_ok(const char *role);
bool staff_may_give(const struct staff *staff, const char *role);

/* What a staff function works with. */
struct staff_desk {
    struct db *db;
    struct arena *arena;
    struct keys *keys;
    const struct tenant *tenant;
    const struct actor *actor;
};

struct staff_credentials {
    const char *username, *password;
    const char *code; /* of the authenticator, or a recovery code; or NULL */
};

/*
 * DB_OK: all of it is right, the code is spent, failures are forgotten.
 * DB_NONE: something is wrong, which is counted and stands in the trail, or a
 * pause after failures has not passed. Takes as long for an unknown name.
 */
enum db_result staff_sign_in(const struct staff_desk *desk,
                             const struct staff_credentials *given,
                             struct staff **out);

/*
 * The same of somebody who is signed in and proves it once more; the username
 * is not looked at. Failures count as with staff_sign_in(), and together with
 * them: whoever guesses here has no more tries than there.
 */
enum db_result staff_prove(const struct staff_desk *desk,
                           const struct staff *staff,
                           const struct staff_credentials *given);

struct staff_new {
    const char *username, *email, *role, *password;
};

/* Makes the user as well when the pool has none of that name. DB_UNIQUE: works
 * here already; DB_CHECK: no such role. */
enum db_result staff_create(const struct staff_desk *desk,
                            const struct staff_new *new);

/* A new password; takes the second factor away, and lifts pause and block.
 * *id gets who it is, whose sessions the caller ends. DB_NONE: nobody of that
 * name works here. */
enum db_result staff_reset(const struct staff_desk *desk, const char *username,
                           const char *password, const char **id);

/* Their own choice, of somebody who proved their factor just now. DB_NONE:
 * `old` is not their password, which counts as with staff_prove(). */
enum db_result staff_change_password(const struct staff_desk *desk,
                                     const struct staff *staff, const char *old,
                                     const char *password);

/* status: active or blocked; role: or NULL. DB_NONE: nobody; DB_CHECK: nobody
 * with the owner's rights would be left. */
enum db_result staff_change(const struct staff_desk *desk, const char *username,
                            const char *role, const char *status);

/* ERR_NONE, or why a password may not be theirs. */
enum err staff_password_check(struct arena *a, const char *password,
                              const char *username, const char *email);

/* ---- the second factor: TOTP (RFC 6238), SHA-1, six digits, 30 s ---- */

/* A secret that waits to be confirmed: made now, or the one made before. In
 * base32; NULL: the database does not answer. */
const char *staff_totp_begin(const struct staff_desk *desk,
                             const struct staff *staff);
const char *staff_totp_pending(const struct staff_desk *desk,
                               const struct staff *staff);

/* What authenticator apps read (otpauth://totp/…). */
const char *staff_totp_uri(const struct staff_desk *desk,
                           const struct staff *staff, const char *secret);

/* The waiting secret becomes the factor when the code is one of it. *codes gets
 * the recovery codes, shown only here. DB_NONE: the code is wrong. */
enum db_result staff_totp_confirm(const struct staff_desk *desk,
                                  const struct staff *staff, const char *code,
                                  const char *codes[STAFF_RECOVERY_CODES]);

/* Rows of the list of staff. */
enum db_result staff_list(struct db *db, struct arena *a,
                          const struct list_query *q, const char *tenant,
                          const char *pool, json_t **rows);

#endif
