/*
 * Secrets that open something once: in a link of a mail, or as a short code to
 * be typed. Each has a purpose (tables/one_time.def) and a subject, the id of
 * what it is about; 128 random bits, of which only the hash is kept; an end;
 * and it can be taken back. A newer one for the same subject ends the older.
 */
#ifndef USER_ONE_TIME_H
#define USER_ONE_TIME_H

#include "audit/audit.h"
#include "base/keys.h"
#include "db/db.h"

enum one_time_purpose {
#define ONE_TIME(purpose, seconds, code) ONE_TIME_##purpose,
#include "tables/one_time.def"
#undef ONE_TIME
};

enum {
    ONE_TIME_CODE = 8,  /* digits of a code */
    ONE_TIME_TRIES = 5, /* of a code; the link outlives them */
};

enum one_time_state {
    ONE_TIME_OPEN,
    ONE_TIME_USED,
    ONE_TIME_REVOKED, /* taken back, or a newer one came */
    ONE_TIME_EXPIRED,
};

/* Where they are kept. */
struct one_time_store {
    struct db *db;
    struct arena *arena;
    struct keys *keys;
    const char *tenant;
    const struct actor *actor;
};

struct one_time {
    const char *id, *subject;
    enum one_time_purpose purpose;
    json_t *data; /* what was given when it was made, or NULL */
    int64_t created, expires;
    enum one_time_state state;
};

struct one_time_secret {
    const char *secret; /* base64url, 22 characters: for the link */
    const char *code;   /* digits; NULL: the purpose has none */
    int64_t expires;
};

/*
 * Makes one inside the caller's transaction, and ends older ones of the same
 * purpose and subject. `data` (borrowed, may be NULL) is stored sealed. Nothing
 * of the secret is ever told again: not to the trail, not to a log.
 */
enum db_result one_time_make(const struct one_time_store *st,
                             enum one_time_purpose purpose, const char *subject,
                             const json_t *data, struct one_time_secret *out);

/* The token of a secret, whatever its state; changes nothing. DB_NONE: there is
 * none. The look-up is by hash, so that its time says nothing of secrets. */
enum db_result one_time_find(const struct one_time_store *st,
                             enum one_time_purpose purpose, const char *secret,
                             struct one_time **out);

/* The same of one whose id is known already. */
enum db_result one_time_get(const struct one_time_store *st,
                            enum one_time_purpose purpose, const char *id,
                            struct one_time **out);

/*
 * The open token of a subject whose code this is. DB_NONE: none is open, or
 * another code, or too many were tried. A try counts before it is looked at,
 * so that many at once are no more than many; do not call it in a transaction
 * that may be rolled back. Blanks and hyphens in the code do not count.
 */
enum db_result one_time_by_code(const struct one_time_store *st,
                                enum one_time_purpose purpose,
                                const char *subject, const char *code,
                                struct one_time **out);

/* Uses it up, inside the caller's transaction with its effect. DB_NONE: it is
 * not open any more; then there must be no effect. */
enum db_result one_time_use(const struct one_time_store *st,
                            const struct one_time *token);

/* Ends the open ones of a subject, inside the caller's transaction. */
enum db_result one_time_revoke(const struct one_time_store *st,
                               enum one_time_purpose purpose,
                               const char *subject);

/* The same at every tenant of the pool: a user is theirs all. */
enum db_result one_time_revoke_in_pool(const struct one_time_store *st,
                                       const char *pool,
                                       enum one_time_purpose purpose,
                                       const char *user);

/* Every tenant: forgets what ended before `before`, data and all. */
enum db_result one_time_forget(struct db *db, int64_t before);

#endif
