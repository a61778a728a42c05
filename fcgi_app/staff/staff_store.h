/* SQL of the staff folder. */
#ifndef STAFF_STAFF_STORE_H
#define STAFF_STAFF_STORE_H

#include "staff/staff.h"

/* Columns of table staff, with username, email, language and user_status. */
enum db_result staff_store_get(struct db *db, struct arena *a,
                               const char *tenant, const char *id,
                               json_t **row);
enum db_result staff_store_by_name(struct db *db, struct arena *a,
                                   const char *tenant, const char *pool,
                                   const char *username_key, json_t **row);

enum db_result staff_store_failed(struct db *db, const char *tenant,
                                  const char *id, int64_t failures,
                                  int64_t retry_at);
/* Spends the code of a step, where one is used; *changed is 0 when somebody
 * else did. */
enum db_result staff_store_signed_in(struct db *db, const char *tenant,
                                     const char *id, int64_t step, int64_t now,
                                     int64_t *changed);
enum db_result staff_store_spend_recovery(struct db *db, const char *tenant,
                                          const char *id, const char *hash,
                                          int64_t *changed);

/* The user of that name; made when there is none. */
enum db_result staff_store_user(struct db *db, struct arena *a,
                                const char *pool, const struct staff_new *new,
                                const char *username_key, json_t **row);
enum db_result staff_store_insert(struct db *db, const struct tenant *tenant,
                                  const char *id, const char *user,
                                  const char *role, const char *password_hash);
enum db_result staff_store_reset(struct db *db, const char *tenant,
                                 const char *id, const char *password_hash);
enum db_result staff_store_password(struct db *db, const char *tenant,
                                    const char *id, const char *password_hash);
enum db_result staff_store_change(struct db *db, const char *tenant,
                                  const char *id, const char *role,
                                  const char *status);
/* "count": active staff of the roles that run a tenant. */
enum db_result staff_store_owners(struct db *db, struct arena *a,
                                  const char *tenant, json_t **row);

enum db_result staff_store_totp_begin(struct db *db, const char *tenant,
                                      const char *id, const char *sealed);
/* Takes totp_new as totp; the old recovery codes go. */
enum db_result staff_store_totp_confirm(struct db *db, const char *tenant,
                                        const char *id, int64_t step);
enum db_result staff_store_add_recovery(struct db *db, const char *tenant,
                                        const char *id, const char *hash);
enum db_result staff_store_forget_recovery(struct db *db, const char *tenant,
                                           const char *id);

#endif
