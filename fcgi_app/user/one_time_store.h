/* SQL of one-time tokens, rates, and what strangers ask for. */
#ifndef USER_ONE_TIME_STORE_H
#define USER_ONE_TIME_STORE_H

#include "user/asked.h"
#include "user/one_time.h"
#include "user/rate.h"

/* Columns of table one_time_token, as they are written. */
struct one_time_row {
    const char *id, *purpose, *subject, *hash, *code, *data;
    int64_t created, expires;
};

enum db_result one_time_store_insert(struct db *db, const char *tenant,
                                     const struct one_time_row *row);
/* *row has all columns. */
enum db_result one_time_store_by_hash(struct db *db, struct arena *a,
                                      const char *tenant, const char *purpose,
                                      const char *hash, json_t **row);
enum db_result one_time_store_by_id(struct db *db, struct arena *a,
                                    const char *tenant, const char *purpose,
                                    const char *id, json_t **row);
/* Counts a try of the code of the one that is open at `now`; *row has all
 * columns. DB_NONE: none is open, or it was tried too often. */
enum db_result one_time_store_try(struct db *db, struct arena *a,
                                  const char *tenant, const char *purpose,
                                  const char *subject, int64_t now,
                                  json_t **row);
/* DB_NONE: it was not open. */
enum db_result one_time_store_use(struct db *db, const char *tenant,
                                  const char *id, int64_t now);
enum db_result one_time_store_revoke(struct db *db, const char *tenant,
                                     const char *purpose, const char *subject,
                                     int64_t now);
enum db_result one_time_store_revoke_in_pool(struct db *db, const char *pool,
                                             const char *purpose,
                                             const char *user, int64_t now);
enum db_result one_time_store_forget(struct db *db, int64_t before);

/* DB_NONE: too often. */
enum db_result rate_store_take(struct db *db, const char *tenant,
                               const char *id, const struct rate *rate,
                               int64_t now);
enum db_result rate_store_forget(struct db *db, int64_t before);

enum db_result asked_store_insert(struct db *db, const char *tenant,
                                  const char *id, const struct asked_new *new,
                                  const struct actor *actor, int64_t now);
/* Oldest first, all columns. */
enum db_result asked_store_due(struct db *db, struct arena *a, int limit,
                               json_t **rows);
/* *taken is 0 when somebody else was first. */
enum db_result asked_store_take(struct db *db, const char *tenant,
                                const char *id, int64_t *taken);

#endif
