/* SQL of answers that are kept. */
#ifndef APP_REPLAY_STORE_H
#define APP_REPLAY_STORE_H

#include "db/db.h"

struct replay_name {
    const char *tenant, *api_key, *route, *name;
};

/* fingerprint, status, answer. */
enum db_result replay_store_get(struct db *db, struct arena *a,
                                const struct replay_name *n, json_t **row);
/* DB_UNIQUE when it is there already. */
enum db_result replay_store_claim(struct db *db, const struct replay_name *n,
                                  const char *fingerprint, int64_t now);
enum db_result replay_store_keep(struct db *db, const struct replay_name *n,
                                 int status, const char *answer);
/* The oldest, as many as the limit. */
enum db_result replay_store_forget(struct db *db, int64_t before, int limit,
                                   int64_t *forgotten);

#endif
