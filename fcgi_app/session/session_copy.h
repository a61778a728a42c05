/*
 * The copy of a session's row in memcached: it may be missing or late, and it
 * dies within PF_CACHE_LIFE seconds whatever happens. `key` is the session's
 * public name.
 */
#ifndef SESSION_SESSION_COPY_H
#define SESSION_SESSION_COPY_H

#include "session/session.h"

/* The row, owned by the arena; NULL: ask the database. */
json_t *session_copy_get(const struct session_store *st, const char *key);

/* Puts the row where there is nothing: the mark of an ended session stays. */
void session_copy_refill(const struct session_store *st, const char *key,
                         const json_t *row);

/* Writes last_seen into the copy, unless somebody else wrote it meanwhile: the
 * end of the session above all. */
void session_copy_renew(const struct session_store *st,
                        const struct session *session);

/* Marks the session as ended, for longer than any copy of it lives. */
void session_copy_end(const struct session_store *st, const char *key);

#endif
