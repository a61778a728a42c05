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
/* {status} */
enum db_result user_store_status(struct db *db, struct arena *a,
                                 const char *pool, const char *id,
                                 json_t **row);
enum db_result user_store_set_status(struct db *db, const char *pool,
                                     const char *id, const char *status,
                                     int64_t *changed);

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
