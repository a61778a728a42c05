/* SQL of the sessions of one person. */
#ifndef SESSION_OWN_STORE_H
#define SESSION_OWN_STORE_H

#include "session/session.h"

/* Those of the portal that live at this tenant, but not those that staff opened
 * in the person's name: id, created, last_seen, method, user_agent,
 * remote_addr; the last used first. */
enum db_result own_store_list(struct db *db, struct arena *a,
                              const char *tenant, const char *user, int64_t now,
                              json_t **rows);

/* One of these; DB_NONE: there is none of that id. */
enum db_result own_store_get(struct db *db, struct arena *a, const char *tenant,
                             const char *user, const char *id, int64_t now,
                             json_t **row);

#endif
