/* SQL of the session folder. */
#ifndef SESSION_SESSION_STORE_H
#define SESSION_SESSION_STORE_H

#include "session/session.h"

/* What a request needs of the session, the user's name, and the membership as
 * membership_of_row() takes it. */
struct db_answer *session_store_get(struct db *db, struct arena *a,
                                    const char *tenant, const char *id);
/* DB_NONE: user or membership is not active any more, or the link revoked. */
enum db_result session_store_insert(struct db *db, const char *tenant,
                                    const char *pool, const struct session *s,
                                    const struct session_new *new,
                                    const char *remote_addr);

/* *changed is 0 when the session has ended. Does not wait: DB_BUSY. */
enum db_result session_store_touch(struct db *db, const char *tenant,
                                   const char *id, int64_t now,
                                   int64_t *changed);
enum db_result session_store_prove(struct db *db, const char *tenant,
                                   const char *id, int64_t now,
                                   int64_t *changed);
/* *changed (or NULL) likewise. */
enum db_result session_store_end(struct db *db, const char *tenant,
                                 const char *id, int64_t now, int64_t *changed);

/* Living sessions of a user. */
struct session_set {
    const char *pool, *user;
    const char *tenant; /* NULL: at any */
    bool portal;        /* not those of staff, nor of staff in their name */
    const char *except; /* id; "": none */
};

/* Their ids, then their end. */
enum db_result session_store_of_user(struct db *db, struct arena *a,
                                     const struct session_set *set,
                                     json_t **rows);
enum db_result session_store_end_user(struct db *db,
                                      const struct session_set *set,
                                      int64_t now);

/* The same for what links of a contract opened: ids of those that have not
 * idled out, the end of all. */
enum db_result session_store_of_contract(struct db *db, struct arena *a,
                                         const char *tenant,
                                         const char *contract, int64_t now,
                                         json_t **rows);
enum db_result session_store_end_contract(struct db *db, const char *tenant,
                                          const char *contract, int64_t now);

/* The same for those in which one of the staff works, but for `except`. */
enum db_result session_store_of_staff(struct db *db, struct arena *a,
                                      const char *tenant, const char *staff,
                                      const char *except, json_t **rows);
enum db_result session_store_end_staff(struct db *db, const char *tenant,
                                       const char *staff, const char *except,
                                       int64_t now);

/* The same for those of a membership. */
enum db_result session_store_of_membership(struct db *db, struct arena *a,
                                           const char *tenant,
                                           const char *membership,
                                           json_t **rows);
enum db_result session_store_end_membership(struct db *db, const char *tenant,
                                            const char *membership,
                                            int64_t now);

/* Raises the version of the living sessions of a membership, or of a user's at
 * the tenant, and of all whose rights come from it; rows then have their id,
 * version and expires. */
enum session_raise { RAISE_MEMBERSHIP, RAISE_USER };
enum db_result session_store_raise(struct db *db, struct arena *a,
                                   const char *tenant, enum session_raise whose,
                                   const char *id, json_t **rows);

/* DB_NONE: that (NULL: whatever it is) is not their password any more. */
enum db_result session_store_signed_in(struct db *db, const char *pool,
                                       const char *user,
                                       const char *password_hash, int64_t now);

enum db_result sso_store_claim(struct db *db, const char *tenant,
                               const pf_sso_t *sso, int64_t now);

/* Sessions of links that were not used since, of all tenants. */
enum db_result session_store_forget_links(struct db *db, int64_t since);

/* Claims of tokens that nobody would take any more, of all tenants. */
enum db_result sso_store_forget(struct db *db, int64_t now);

#endif
