/* SQL of schedules. */
#ifndef BILLING_SCHEDULE_STORE_H
#define BILLING_SCHEDULE_STORE_H

#include "billing/schedule.h"

enum db_result schedule_store_insert(struct db *db, const char *tenant,
                                     const char *id, const struct schedule *s,
                                     int64_t next_at, int64_t now);
enum db_result schedule_store_update(struct db *db, const char *tenant,
                                     const char *id, int64_t version,
                                     const struct schedule *s, int64_t next_at,
                                     int64_t *changed);
enum db_result schedule_store_delete(struct db *db, const char *tenant,
                                     const char *id, int64_t version,
                                     int64_t *changed);

/* Those whose slot has come, of all tenants. */
enum db_result schedule_store_due(struct db *db, struct arena *a, int64_t now,
                                  int limit, json_t **rows);

/* Takes a slot: *changed is 0 when somebody else has it. */
enum db_result schedule_store_take(struct db *db, const char *tenant,
                                   const char *id, int64_t slot,
                                   int64_t next_at, int64_t *changed);
enum db_result schedule_store_ran(struct db *db, const char *tenant,
                                  const char *id, const char *run);

#endif
