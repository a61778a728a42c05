#include "session/own_store.h"

#define OWN                                                                    \
    "SELECT id, created, last_seen, method, user_agent, remote_addr"           \
    " FROM session WHERE tenant = $1 AND user_id = $2 AND scope = 'portal'"    \
    " AND staff = '' AND ended = 0 AND expires > $3"                           \
    " AND last_seen + idle > $3 "

enum db_result
own_store_list(struct db *db, struct arena *a, const char *tenant,
               const char *user, int64_t now, json_t **rows)
{
    return db_all(db, a, rows, OWN "ORDER BY last_seen DESC, id LIMIT 50",
                  "tti", tenant, user, now);
}

enum db_result
own_store_get(struct db *db, struct arena *a, const char *tenant,
              const char *user, const char *id, int64_t now, json_t **row)
{
    return db_one(db, a, row, OWN "AND id = $4", "ttit", tenant, user, now, id);
}
