/*
 * Users (sign-in identities of a pool) and memberships (what joins a user to a
 * customer, and with which rights).
 */
#ifndef USER_USER_H
#define USER_USER_H

#include "audit/audit.h"
#include "base/field.h"
#include "db/list.h"
#include "mail/mail.h"
#include "tenant/tenant.h"
#include "user/rights.h"

/* Records: the sign-in form, and the API's user logins. */
extern const struct field sign_in_fields[];
extern const struct field login_fields[];
extern const struct field login_list_fields[];
extern const struct field login_create_fields[];
extern const struct field login_created_fields[];
extern const struct field login_action_fields[];

enum {
    PASSWORD_MIN = 15, /* NIST SP 800-63B-4, 3.1.1.2: the only factor */
    PASSWORD_MAX = 256,
    USERNAME_MAX = 64,
};

/* ---- users ---- */

struct user {
    const char *id, *username, *email, *password_hash, *status, *language;
    bool must_change;
};

/* DB_NONE: no such user. Usernames are compared folded. */
enum db_result user_by_username(struct db *db, struct arena *a,
                                const char *pool, const char *username,
                                struct user **out);

/*
 * Whom somebody means who signs in or resets a password: by username; else by
 * an e-mail address that one user of the pool has, and nobody else; else by the
 * number of a customer of the tenant with one active owner whose home it is.
 * Username and address are compared folded. DB_NONE: nobody, or several. Found
 * or not, it is one statement: what is asked of the answer (a password) must
 * take as long for nobody, see user_password_ok().
 */
enum db_result user_find_by_identifier(struct db *db, struct arena *a,
                                       const struct tenant *tenant,
                                       const char *identifier,
                                       struct user **out);
bool user_active(const struct user *user);

/* Argon2id, two passes over 19 MiB (OWASP's minimum), or over 64 MiB for
 * whoever can reach more than their own. */
enum password_cost { PASSWORD_PORTAL, PASSWORD_STAFF };

/*
 * hash may be NULL or empty: then a hash of nothing is computed, so that an
 * unknown username takes as long as a wrong password.
 */
bool password_ok(struct arena *a, enum password_cost cost, const char *hash,
                 const char *password);
char *password_hash(struct arena *a, enum password_cost cost,
                    const char *password);

/* The same for a user of the portal; user may be NULL. */
bool user_password_ok(struct arena *a, const struct user *user,
                      const char *password);

/* The hash to store; NULL when memory for it is missing (logged). */
char *user_password_hash(struct arena *a, const char *password);

/* ERR_NONE, or why the password may not be chosen. */
enum err user_password_check(struct arena *a, const char *password,
                             const char *username, const char *email);

/* ---- memberships ---- */

struct membership {
    const char *id, *user, *customer, *customer_number, *customer_name;
    const char *kind; /* owner, contact, guest; link, none */
    bool owner;
    rights_t rights; /* what it may do now, see user/rights.h */
};

/*
 * The active membership through which the user opens the portal: of the
 * customer with that number; or, with customer NULL, their home, else their
 * only one. DB_NONE: none.
 */
enum db_result membership_open(struct db *db, struct arena *a,
                               const struct tenant *tenant, const char *user,
                               const char *customer, struct membership **out);

/*
 * The account that a user comes to who names none: their only one. DB_OK with
 * *out NULL: they have several, and choose. DB_NONE: they have none.
 */
enum db_result membership_only(struct db *db, struct arena *a,
                               const struct tenant *tenant, const char *user,
                               struct membership **out);

/* What people call owners, contacts and guests: a message id. */
const char *membership_kind_label(const char *kind);

/*
 * The accounts that a user may open at the tenant, those used last first. text
 * (NULL: all) stands in their number, name, mail or town. Rows: id, kind,
 * number, company_name, first_name, last_name, last_used (0: never).
 */
enum db_result membership_list(struct db *db, struct arena *a,
                               const struct tenant *tenant, const char *user,
                               const char *text, int limit, json_t **rows);

/* Somebody came in by it. Inside the caller's transaction. */
enum db_result membership_used(struct db *db, const char *tenant,
                               const char *id, int64_t now);

/* The membership in a row with id, user_id, kind and customer of it, and the
 * customer's number, names and portal_without; DB_NONE when its id is null:
 * there is none that is active. */
enum db_result membership_of_row(struct db *db, struct arena *a,
                                 const struct tenant *tenant, const json_t *row,
                                 struct membership **out);

/*
 * What a self-service link shows of a customer: rights that are nobody's, in
 * the form of a membership. *language gets the customer's own, or "".
 */
enum db_result membership_of_link(struct db *db, struct arena *a,
                                  const struct tenant *tenant,
                                  const char *customer, struct membership **out,
                                  const char **language);

/* Rights of somebody who has none, and no customer. */
struct membership *membership_none(struct arena *a);

/* permission: a name of tables/permissions.def; any other is nobody's. */
bool membership_allows(const struct membership *m, const char *permission);

/* ---- user logins: a user with the home membership of a customer ---- */

/* Rows: username, customer (number), status, created, last_sign_in, user_id. */
enum db_result login_list(struct db *db, struct arena *a,
                          const struct tenant *tenant, const char *customer,
                          const char *after, int limit, json_t **rows);
enum db_result login_by_username(struct db *db, struct arena *a,
                                 const struct tenant *tenant,
                                 const char *username, json_t **row);

/* The list of all. */
extern const struct field login_rows_fields[];
enum db_result login_list_rows(struct db *db, struct arena *a,
                               const struct list_query *q, const char *tenant,
                               const char *pool, json_t **rows);

struct login_new {
    const char *username, *email, *password; /* password may be NULL: none */
    const char *customer;                    /* id */
    bool must_change;
    const struct mail *mail; /* goes out with it, about this user; or NULL */
};

/* Creates user and home membership (owner). DB_UNIQUE: username taken. */
enum db_result login_create(struct db *db, struct arena *a,
                            const struct tenant *tenant,
                            const struct actor *actor,
                            const struct login_new *new);

/* status: active or blocked. Inside the caller's transaction, which ends the
 * sessions, too: session_set_login_status(). */
enum db_result login_set_status(struct db *db, struct arena *a,
                                const struct tenant *tenant,
                                const struct actor *actor, const char *user,
                                const char *status);

struct membership_new {
    const char *user, *customer, *kind; /* ids */
    const char *const *permissions;     /* NULL-ended */
    bool home;
};

enum db_result membership_create(struct db *db, struct arena *a,
                                 const struct tenant *tenant,
                                 const struct actor *actor,
                                 const struct membership_new *new);

#endif
