/*
 * What people do to their own login: password and second factor. Both belong to
 * the user and so to every tenant of the pool.
 */
#ifndef USER_PERSON_H
#define USER_PERSON_H

#include "audit/audit.h"
#include "base/keys.h"
#include "db/db.h"
#include "tenant/tenant.h"

enum { PERSON_RECOVERY_CODES = 10 };

/* Who, and what the functions work with. */
struct person {
    struct db *db;
    struct arena *arena;
    struct keys *keys;
    const struct tenant *tenant;
    const struct actor *actor;
    const char *user;    /* id */
    const char *session; /* key of the one that they act in, or "" */
};

/* All columns of the user; DB_NONE: none of the pool. */
enum db_result person_row(const struct person *p, json_t **row);

/* Whether that is their password; takes as long when they have none. */
bool person_password_ok(const struct person *p, const json_t *row,
                        const char *password);

/* An address that was proved to be theirs, inside the caller's transaction:
 * what the one before could have done is void, and invitations to it are
 * theirs. */
enum db_result person_set_email(const struct person *p, const char *email);

/* ---- the second factor (TOTP) ---- */

bool person_has_factor(const json_t *row);

/* A secret that waits to be confirmed, in base32: made now (in a transaction
 * with its row of the trail), or the one made before in the same session. NULL:
 * none, or the database does not answer. */
const char *person_factor_begin(const struct person *p);
const char *person_factor_pending(const struct person *p, const json_t *row);

/* Forgets a waiting secret. */
enum db_result person_factor_cancel(const struct person *p);

/* What authenticator apps read. */
const char *person_factor_uri(const struct person *p, const json_t *row,
                              const char *secret);

/* The waiting secret becomes the factor when the code is one of it. *codes gets
 * the recovery codes, shown only here. DB_NONE: the code is wrong. */
enum db_result person_factor_confirm(const struct person *p, const char *code,
                                     const char *codes[PERSON_RECOVERY_CODES]);

/* Takes it away with its recovery codes. */
enum db_result person_factor_remove(const struct person *p);

/* Whether the code is one of the app or a recovery code, which it then spends:
 * DB_OK. DB_NONE: neither, or used before. */
enum db_result person_factor_spend(const struct person *p, const char *code);

#endif
