/*
 * What nginx may know of a session from memcached, without asking us: it may be
 * missing or late, and it dies within PF_CACHE_LIFE seconds whatever happens.
 * The application itself never reads it. `key` is the session's public name.
 */
#ifndef SESSION_SESSION_COPY_H
#define SESSION_SESSION_COPY_H

#include "session/session.h"

/* Puts the copy of a living session where there is nothing: the mark of an
 * ended one stays. */
void session_copy_refill(const struct session_store *st,
                         const struct session *session);

/* The session is of another version now: what nginx then finds is not what its
 * token says, and it asks. */
void session_copy_change(const struct session_store *st, const char *key,
                         int64_t version, int64_t expires);

/* Marks the session as ended, for longer than any copy of it lives. */
void session_copy_end(const struct session_store *st, const char *key);

#endif
