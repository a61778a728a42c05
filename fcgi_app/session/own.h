/* What a person does to their own sessions, and what a new password does. */
#ifndef SESSION_OWN_H
#define SESSION_OWN_H

#include "session/session.h"

/* [{id, created, last_seen, method, user_agent, remote_addr}], the last used
 * first: those that live at this tenant. */
enum db_result own_sessions(const struct session_store *store, const char *user,
                            json_t **rows);

/* Ends one of them, of that id. DB_NONE: there is none. */
enum db_result own_session_end(const struct session_store *store,
                               const char *user, const char *id);

/* Ends those at every tenant of the pool, but for the one of the key `except`
 * ("": none); why goes to the trail. */
enum db_result own_sessions_end(const struct session_store *store,
                                const char *user, const char *except,
                                const char *why);

struct own_password {
    const char *user;
    const char *hash;             /* of the new one */
    const struct one_time *token; /* used up by it, or NULL */
    const char *except;           /* key of the session that stays, or "" */
    const struct mail *notice;    /* queued with it, or NULL */
};

/*
 * A new password of their own choice, in one transaction with the end of the
 * other sessions, the token and the mail. DB_NONE: the token is not open any
 * more, or the user not active; then nothing happened.
 */
enum db_result own_password(const struct session_store *store,
                            const struct own_password *change);

#endif
