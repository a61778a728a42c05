/*
 * What is done to a user login: the change, with what it means for sessions, in
 * one transaction. Faces of the API and of the back office call this.
 */
#ifndef SESSION_LOGIN_ACT_H
#define SESSION_LOGIN_ACT_H

#include "session/session.h"

struct login_act {
    const struct session_store *store;
    const json_t *login;      /* row as of login_by_username() */
    const struct mail *mails; /* n_mails of them go out with it */
    size_t n_mails;
};

/*
 * status: active or blocked. Blocking ends every session of the user, at all
 * tenants of the pool. *changed: false when it was so already; then no mail
 * goes out.
 */
enum db_result login_act_status(const struct login_act *act, const char *status,
                                bool *changed);

/* A password by somebody else: ends the sessions in every portal that knows it.
 * DB_UNAVAILABLE: no memory to hash it. */
enum db_result login_act_password(const struct login_act *act,
                                  const char *password, bool must_change);

/* A password by who is signed in: the session of that key stays. */
enum db_result login_act_own_password(const struct login_act *act,
                                      const char *password, const char *key);

/* Takes the second factor and its recovery codes away, for somebody who lost
 * the phone. DB_NONE: there is none. */
enum db_result login_act_factor(const struct login_act *act);

/* DB_NONE and DB_UNIQUE as of login_edit(). */
enum db_result login_act_edit(const struct login_act *act,
                              const struct login_data *data);

/* version as of login_remove(). */
enum db_result login_act_remove(const struct login_act *act, int64_t version);

/* Back-channel logout: ends the user's sessions in this tenant's portal, and
 * calls back for each. */
enum db_result login_act_sign_out(const struct login_act *act);

#endif
