/* SQL of contacts and guests. */
#ifndef USER_MEMBER_STORE_H
#define USER_MEMBER_STORE_H

#include "user/member.h"

/* Rows as member.h says, without permissions and preset. */
enum db_result member_store_list(struct db *db, struct arena *a,
                                 const char *tenant, const char *customer,
                                 const char *after, int limit, json_t **rows);
enum db_result member_store_get(struct db *db, struct arena *a,
                                const char *tenant, const char *customer,
                                const char *id, json_t **row);

/* How many of an account can run it, beside one. */
enum db_result member_store_other_owners(struct db *db, struct arena *a,
                                         const char *tenant,
                                         const char *customer, const char *id,
                                         json_t **row);

/* Ids of people of the pool with that address: with an active membership at the
 * tenant; and with none at all, who do not work in a back office either and
 * whom no merchant blocked. */
enum db_result member_store_reachable(struct db *db, struct arena *a,
                                      const char *tenant, const char *pool,
                                      const char *email_key, json_t **rows);
enum db_result member_store_homeless(struct db *db, struct arena *a,
                                     const char *pool, const char *email_key,
                                     json_t **row);

/* Whether the customer has somebody of that address already: {id}. */
enum db_result member_store_of_email(struct db *db, struct arena *a,
                                     const char *tenant, const char *customer,
                                     const char *email_key, json_t **row);

/* Whether an active owner of that customer has that id: {id}. */
enum db_result member_store_owner(struct db *db, struct arena *a,
                                  const char *tenant, const char *customer,
                                  const char *id, json_t **row);

/* {email_key, email_verified, invited_by (of the home; or null)}. */
enum db_result member_store_person(struct db *db, struct arena *a,
                                   const char *tenant, const char *pool,
                                   const char *user, json_t **row);

struct member_row {
    const char *id, *user; /* NULL: not known yet */
    const char *kind, *status, *email_key, *invited_by;
    bool home;
    int64_t invited, expires, accepted;
    const struct member_new *new;
};

/* Of what waits for a person: which, of whom, at most so many. */
struct member_wait {
    const char *status; /* invited, and not too late; or pending */
    const char *user;
    const char *email_key; /* that they have proved; or "" */
    int limit;
};
enum db_result member_store_waiting(struct db *db, struct arena *a,
                                    const char *tenant, const char *pool,
                                    const struct member_wait *waiting,
                                    json_t **rows);

enum db_result member_store_insert(struct db *db, const char *tenant,
                                   const char *pool,
                                   const struct member_row *row);
enum db_result member_store_insert_user(struct db *db, struct arena *a,
                                        const char *pool, const char *id,
                                        const char *username,
                                        const struct member_new *new);

/* The new state of a row; *changed is 0 when it has another version. */
struct member_state {
    const char *status, *kind, *invited_by;
    const char *user; /* NULL: nobody is known */
    int64_t invited, expires, accepted;
};
enum db_result member_store_update(struct db *db, const char *tenant,
                                   const json_t *row,
                                   const struct member_state *state,
                                   int64_t *changed);

enum db_result member_store_take_right(struct db *db, const char *tenant,
                                       const char *id, const char *permission);
enum db_result member_store_give_right(struct db *db, const char *tenant,
                                       const char *id, const char *permission,
                                       const char *given_by);

/* What the membership gave becomes its own giver's; of an owner, nobody's. */
enum db_result member_store_pass_on(struct db *db, const char *tenant,
                                    const char *id, bool owner);
enum db_result member_store_take_all(struct db *db, const char *tenant,
                                     const char *id);
enum db_result member_store_delete(struct db *db, const char *tenant,
                                   const json_t *row, int64_t *changed);

/* Of the member's user, while they have none and their address is the member's.
 */
enum db_result member_store_first_password(struct db *db, const char *pool,
                                           const json_t *row, const char *hash,
                                           int64_t now, int64_t *changed);

#endif
