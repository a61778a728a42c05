#include "billing/schedule_store.h"

#define WEEKDAY                                                                \
    " CASE weekday WHEN 1 THEN 'monday' WHEN 2 THEN 'tuesday'"                 \
    " WHEN 3 THEN 'wednesday' WHEN 4 THEN 'thursday' WHEN 5 THEN 'friday'"     \
    " WHEN 6 THEN 'saturday' ELSE 'sunday' END"
#define REST                                                                   \
    " hour, active, CASE active WHEN 1 THEN next_at ELSE 0 END AS next_at,"    \
    " COALESCE(last_run, '') AS last_run, version, created"                    \
    " FROM invoice_schedule WHERE "

enum db_result
schedule_get(struct db *db, struct arena *a, const char *tenant, const char *id,
             json_t **row)
{
    return db_one(db, a, row,
                  "SELECT tenant, id, unit," WEEKDAY " AS weekday, day," REST
                  "tenant = $1 AND id = $2",
                  "tt", tenant, id);
}

/* What has no meaning for its unit is left out. */
enum db_result
schedule_list_rows(struct db *db, struct arena *a, const struct list_query *q,
                   const char *tenant, const char *pool, json_t **rows)
{
    (void)pool;
    return db_list(db, a, rows, q,
                   "SELECT tenant, id, unit,"
                   " CASE unit WHEN 'week' THEN" WEEKDAY
                   " ELSE '' END AS weekday, CASE unit WHEN 'month'"
                   " THEN CAST(day AS TEXT) ELSE '' END AS day," REST
                   "tenant = $1",
                   "t", tenant);
}

enum db_result
schedule_store_insert(struct db *db, const char *tenant, const char *id,
                      const struct schedule *s, int64_t next_at, int64_t now)
{
    return db_exec(db, NULL,
                   "INSERT INTO invoice_schedule (tenant, id, unit, weekday,"
                   " day, hour, active, next_at, version, created)"
                   " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9)",
                   "tttiiiiii", tenant, id, s->unit, (int64_t)s->weekday,
                   (int64_t)s->day, (int64_t)s->hour, (int64_t)s->active,
                   next_at, now);
}

enum db_result
schedule_store_update(struct db *db, const char *tenant, const char *id,
                      int64_t version, const struct schedule *s,
                      int64_t next_at, int64_t *changed)
{
    return db_exec(db, changed,
                   "UPDATE invoice_schedule SET unit = $4, weekday = $5,"
                   " day = $6, hour = $7, active = $8, next_at = $9,"
                   " version = version + 1"
                   " WHERE tenant = $1 AND id = $2 AND version = $3",
                   "ttitiiiii", tenant, id, version, s->unit,
                   (int64_t)s->weekday, (int64_t)s->day, (int64_t)s->hour,
                   (int64_t)s->active, next_at);
}

enum db_result
schedule_store_delete(struct db *db, const char *tenant, const char *id,
                      int64_t version, int64_t *changed)
{
    return db_exec(db, changed,
                   "DELETE FROM invoice_schedule"
                   " WHERE tenant = $1 AND id = $2 AND version = $3",
                   "tti", tenant, id, version);
}

/* every tenant: the job starts the runs of all of them */
enum db_result
schedule_store_due(struct db *db, struct arena *a, int64_t now, int limit,
                   json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT * FROM invoice_schedule WHERE active = 1"
                  " AND next_at <= $1 ORDER BY next_at LIMIT $2",
                  "ii", now, (int64_t)limit);
}

enum db_result
schedule_store_take(struct db *db, const char *tenant, const char *id,
                    int64_t slot, int64_t next_at, int64_t *changed)
{
    return db_exec(db, changed,
                   "UPDATE invoice_schedule SET next_at = $4 WHERE tenant = $1"
                   " AND id = $2 AND active = 1 AND next_at = $3",
                   "ttii", tenant, id, slot, next_at);
}

enum db_result
schedule_store_ran(struct db *db, const char *tenant, const char *id,
                   const char *run)
{
    return db_exec(db, NULL,
                   "UPDATE invoice_schedule SET last_run = $3"
                   " WHERE tenant = $1 AND id = $2",
                   "ttt", tenant, id, run);
}
