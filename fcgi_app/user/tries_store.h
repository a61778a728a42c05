/* SQL of user/tries.c: counters by the keyed hash of what they count. */
#ifndef USER_TRIES_STORE_H
#define USER_TRIES_STORE_H

#include "db/db.h"

/* Row: failures, retry_at, newest. DB_NONE: no failure. */
enum db_result tries_store_get(struct db *db, struct arena *a,
                               const char *tenant, const char *id,
                               json_t **row);
enum db_result tries_store_put(struct db *db, const char *tenant,
                               const char *id, int64_t failures,
                               int64_t retry_at, int64_t now);
enum db_result tries_store_remove(struct db *db, const char *tenant,
                                  const char *id);

/* One failure less, and no pause. */
enum db_result tries_store_take_back(struct db *db, const char *tenant,
                                     const char *id);

/* Of all tenants. */
enum db_result tries_store_forget(struct db *db, int64_t before);

#endif
