/* SQL of what people do to their own login. */
#ifndef USER_PERSON_STORE_H
#define USER_PERSON_STORE_H

#include "user/person.h"

enum db_result person_store_get(struct db *db, struct arena *a,
                                const char *pool, const char *user,
                                json_t **row);
/* *changed is 0 for whoever is not active. */
enum db_result person_store_email(const struct person *p, const char *email,
                                  const char *key, int64_t now,
                                  int64_t *changed);

/* Somebody of the pool with that address: {id, status}. */
enum db_result person_store_by_email(struct db *db, struct arena *a,
                                     const char *pool, const char *email_key,
                                     json_t **row);

/* What people said of themselves, and that the address is theirs since `now`.
 */
struct person_names {
    const char *first, *last;
};
enum db_result person_store_registered(struct db *db, const char *pool,
                                       const char *user,
                                       const struct person_names *names,
                                       int64_t now);

/* [{id, customer}] of the invitations that became the user's: none to an
 * account that they belong to already. */
enum db_result person_store_claim(struct db *db, struct arena *a,
                                  const char *tenant, const char *pool,
                                  const char *user, const char *email_key,
                                  json_t **rows);

enum db_result person_store_factor_begin(struct db *db, const char *pool,
                                         const char *user, const char *sealed);
/* What waits becomes the factor; step: of the code that confirmed it. */
enum db_result person_store_factor_confirm(struct db *db, const char *pool,
                                           const char *user, int64_t step);
enum db_result person_store_factor_remove(struct db *db, const char *pool,
                                          const char *user);
/* *changed is 0 when that step or a later one was used. sealed: the secret, by
 * the present key. */
enum db_result person_store_factor_used(struct db *db, const char *pool,
                                        const char *user, const char *sealed,
                                        int64_t step, int64_t *changed);

enum db_result person_store_recovery_add(struct db *db, const char *pool,
                                         const char *user, const char *hash);
enum db_result person_store_recovery_spend(struct db *db, const char *pool,
                                           const char *user, const char *hash,
                                           int64_t *spent);
enum db_result person_store_recovery_forget(struct db *db, const char *pool,
                                            const char *user);

#endif
