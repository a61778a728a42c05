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
#include "user/one_time.h"
#include "user/person.h"
#include "user/rights.h"
#include "user/totp.h"

/* Records: the sign-in form, and the API's user logins. */
extern const struct field sign_in_fields[];
extern const struct field login_fields[];
extern const struct field login_list_fields[];
extern const struct field login_create_fields[];
extern const struct field login_created_fields[];
extern const struct field login_acted_fields[];
extern const struct field login_action_fields[];
extern const struct field login_change_fields[];
extern const struct field login_password_fields[];
extern const struct field login_new_form_fields[], login_form_fields[],
    login_password_form_fields[];

enum {
    PASSWORD_MIN = 8, /* NIST SP 800-63B-4, 3.1.1.2: whatever a tenant sets */
    PASSWORD_MAX = 256,
    USERNAME_MAX = 64,
};

/* ---- users ---- */

struct user {
    const char *id, *username, *email, *password_hash, *status, *language;
    bool must_change;
    bool has_factor; /* a second one, see user/person.h */
    int64_t version;
};

/* DB_NONE: no such user. Usernames are compared folded. */
enum db_result user_by_username(struct db *db, struct arena *a,
                                const char *pool, const char *username,
                                struct user **out);

/*
 * Whom somebody means who signs in: by username; else by an e-mail address that
 * one user of the pool has, and nobody else; else by the number of a customer
 * of the tenant with one active owner whose home it is. Whoever has an account
 * at the tenant goes before who has none. Username and address are compared
 * folded. DB_NONE: nobody, or several. Found or not, it is one statement: what
 * is asked of the answer (a password) must take as long for nobody, see
 * user_password_ok().
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

/* What passwords must be like: characters at least, and the name of what they
 * open, which is no password. Of a tenant's logins as its settings have it. */
struct password_rules {
    long min;
    const char *service;
};
struct password_rules user_password_rules(struct db *db, struct arena *a,
                                          const struct tenant *tenant);

/* ERR_NONE, or why the password may not be chosen: the one place that says. */
enum err user_password_check(struct arena *a,
                             const struct password_rules *rules,
                             const char *password, const char *username,
                             const char *email);

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
 * (NULL: all) stands in their number or name, which everybody there sees. Rows:
 * id, kind, number, company_name, first_name, last_name, last_used (0: never).
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

/* Rows: what login_fields names, user_id and customer_id; never the hash. */
enum db_result login_list(struct db *db, struct arena *a,
                          const struct tenant *tenant, const char *customer,
                          const char *after, int limit, json_t **rows);
enum db_result login_by_username(struct db *db, struct arena *a,
                                 const struct tenant *tenant,
                                 const char *username, json_t **row);
enum db_result login_by_id(struct db *db, struct arena *a,
                           const struct tenant *tenant, const char *user,
                           json_t **row);

/* The list of all. */
extern const struct field login_rows_fields[];
enum db_result login_list_rows(struct db *db, struct arena *a,
                               const struct list_query *q, const char *tenant,
                               const char *pool, json_t **rows);

/* Those who may be helped to a new password by what somebody typed: a username,
 * an e-mail address, or the number of their account. Rows: user_id, … */
enum db_result login_helped(struct db *db, struct arena *a,
                            const struct tenant *tenant, const char *typed,
                            json_t **rows);

struct login_new {
    const char *username, *email, *password; /* password may be NULL: none */
    const char *first_name, *last_name, *language; /* NULL: none */
    const char *hash;     /* of a password, in its place; or NULL */
    const char *customer; /* id */
    bool must_change;
    const struct mail *mail; /* goes out with it, about this user; or NULL */
};

/* Creates user and home membership (owner). DB_UNIQUE: username taken. */
enum db_result login_create(struct db *db, struct arena *a,
                            const struct tenant *tenant,
                            const struct actor *actor,
                            const struct login_new *new);

/*
 * What is done to a login, inside the caller's transaction: with its row of the
 * audit that has before and after, its callback, and its mails. A block,
 * another password, another address and the end void links that wait in a mail
 * to reset the password. Sessions are another's: session/login_act.h.
 */
struct login_change {
    struct arena *arena;
    const struct tenant *tenant;
    const struct actor *actor;
    const json_t *login;      /* row, as above */
    const struct mail *mails; /* n_mails of them; events and texts are set */
    size_t n_mails;
};

/* status: active or blocked. *changed: false when it was so already; then
 * nothing is told. */
enum db_result login_set_status(struct db *db, const struct login_change *c,
                                const char *status, bool *changed);

/* What could set another one by a mail is void. how: for the trail, or "". */
enum db_result login_set_password(struct db *db, const struct login_change *c,
                                  const char *hash, bool must_change,
                                  const char *how);

/* Puts what a person is called in the place of what the row has. DB_NONE: it
 * has changed meanwhile; DB_UNIQUE: the username is taken. */
struct login_data {
    const char *username, *email, *first_name, *last_name, *language;
};
/* The same once more is no change. */
enum db_result login_edit(struct db *db, const struct login_change *c,
                          const struct login_data *data);

/*
 * Every membership of the user at this tenant ends, the home and what they were
 * a guest of: nothing of the tenant opens to them any more. The user goes as
 * well, unless they are a member at another tenant of the pool, or staff of
 * one: *stays. DB_NONE: the row has changed meanwhile; version 0: it may have.
 */
enum db_result login_remove(struct db *db, const struct login_change *c,
                            int64_t version, bool *stays);

/* Where a user may go at this tenant, the home first, for pages of staff. */
extern const struct field membership_rows_fields[];
enum db_result membership_list_of_user(struct db *db, struct arena *a,
                                       const struct tenant *tenant,
                                       const char *user, int limit,
                                       json_t **rows);

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
