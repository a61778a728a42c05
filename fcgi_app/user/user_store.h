/* SQL of the user folder. */
#ifndef USER_USER_STORE_H
#define USER_USER_STORE_H

#include "user/user.h"

enum db_result user_store_by_key(struct db *db, struct arena *a,
                                 const char *pool, const char *username_key,
                                 json_t **row);
/*
 * Whom an identifier may mean, the best two: column rank is 1 for a username, 2
 * for an e-mail address (both folded: key), 3 for the number of the customer
 * whose active home owner it is. One statement, whatever is found.
 */
enum db_result user_store_by_identifier(struct db *db, struct arena *a,
                                        const struct tenant *tenant,
                                        const char *key, const char *number,
                                        json_t **rows);
enum db_result user_store_insert(struct db *db, const char *pool,
                                 const char *id, const char *username_key,
                                 const char *email_key,
                                 const struct login_new *new,
                                 const char *password_hash);
/* The whole row: what the trail tells of a user, see login.c. */
enum db_result user_store_get(struct db *db, struct arena *a, const char *pool,
                              const char *id, json_t **row);

/* Each raises the version. *changed: 0 when it was so, or is of another
 * version (raise: 0 for any). */
enum db_result user_store_set_status(struct db *db, const char *pool,
                                     const char *id, const char *status,
                                     int64_t *changed);
enum db_result user_store_set_password(struct db *db, const char *pool,
                                       const char *id, const char *hash,
                                       bool must_change);
enum db_result user_store_edit(struct db *db, const char *pool,
                               const json_t *login,
                               const struct login_data *data,
                               const char *username_key, const char *email_key,
                               int64_t *changed);
enum db_result user_store_raise(struct db *db, const char *pool, const char *id,
                                int64_t version, int64_t *changed);

/* Whether they are a member, or staff, at another tenant, or staff of this. */
enum db_result user_store_elsewhere(struct db *db, struct arena *a,
                                    const char *tenant, const char *pool,
                                    const char *id, bool *elsewhere);

/* All memberships of a user at the tenant; then the user, who must have none
 * at all. */
enum db_result membership_store_remove(struct db *db, const char *tenant,
                                       const char *pool, const char *user);
enum db_result user_store_remove(struct db *db, const char *pool,
                                 const char *id);

/*
 * Who may be helped to a new password, active here: by username or e-mail
 * address (folded), and by the number of the account that is their home. Rows:
 * user_id, username, email, language, customer (id, or ""); those of an account
 * with account_email and account_language.
 */
enum db_result user_store_named(struct db *db, struct arena *a,
                                const char *tenant, const char *pool,
                                const char *typed, json_t **rows);
enum db_result user_store_of_account(struct db *db, struct arena *a,
                                     const char *tenant, const char *pool,
                                     const char *number, json_t **rows);

/* As login_by_username(), by the user's id. */
enum db_result user_store_login(struct db *db, struct arena *a,
                                const struct tenant *tenant, const char *id,
                                json_t **row);

/* Rows: id, user_id, kind, customer, number, portal_without and the name
 * columns. */
enum db_result membership_store_active(struct db *db, struct arena *a,
                                       const char *tenant, const char *pool,
                                       const char *user, const char *customer,
                                       json_t **rows);
/* [{membership, permission}]: those whose givers have them still, up to an
 * owner, staff or the API; of one membership, and of all of a customer. */
enum db_result membership_store_permissions(struct db *db, struct arena *a,
                                            const char *tenant, const char *id,
                                            json_t **rows);
enum db_result membership_store_permissions_of(struct db *db, struct arena *a,
                                               const char *tenant,
                                               const char *customer,
                                               json_t **rows);
enum db_result membership_store_insert(struct db *db, const char *tenant,
                                       const char *pool, const char *id,
                                       const struct membership_new *new);
enum db_result membership_store_grant(struct db *db, const char *tenant,
                                      const char *membership,
                                      const char *permission,
                                      const char *given_by);

#endif
