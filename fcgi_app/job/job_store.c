#include "job/job_store.h"

#include "base/clock.h"

enum { TURN_S = 300 }; /* longer than any periodic work may take */

enum db_result
job_store_insert(struct db *db, const char *tenant, const struct job_new *job,
                 int64_t now)
{
    return db_exec(db, NULL,
                   "INSERT INTO job (tenant, id, kind, arguments, state,"
                   " attempts, next_at, lease_until, lease_owner, position,"
                   " done, total, result, last_error, created_by, request_id,"
                   " created, finished) VALUES ($1, $2, $3, $4, 'queued', 0,"
                   " $5, 0, '', '', 0, 0, '', '', $6, $7, $5, 0)",
                   "ttttitt", tenant, job->id, job->kind, job->arguments, now,
                   job->created_by, job->request_id);
}

enum db_result
job_store_requeue(struct db *db, const char *tenant, const char *id,
                  int64_t now, int64_t *changed)
{
    return db_exec(db, changed,
                   "UPDATE job SET state = 'queued', attempts = 0,"
                   " next_at = $3, finished = 0"
                   " WHERE tenant = $1 AND id = $2 AND state = 'failed'",
                   "tti", tenant, id, now);
}

enum db_result
job_get(struct db *db, struct arena *a, const char *tenant, const char *id,
        json_t **row)
{
    return db_one(db, a, row, "SELECT * FROM job WHERE tenant = $1 AND id = $2",
                  "tt", tenant, id);
}

enum db_result
job_list(struct db *db, struct arena *a, const char *tenant, const char *state,
         const char *kind, const char *before, int limit, json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT * FROM job WHERE tenant = $1"
                  " AND (CAST($2 AS TEXT) IS NULL OR state = $2)"
                  " AND (CAST($3 AS TEXT) IS NULL OR kind = $3)"
                  " AND (CAST($4 AS TEXT) IS NULL OR id < $4)"
                  " ORDER BY id DESC LIMIT $5",
                  "tttti", tenant, state, kind, before, (int64_t)limit);
}

/* A next try is one that comes: a job that is under way, done or given up has
 * none. */
enum db_result
job_list_rows(struct db *db, struct arena *a, const struct list_query *q,
              const char *tenant, const char *pool, json_t **rows)
{
    (void)pool;
    return db_list(db, a, rows, q,
                   "SELECT id, kind, state, attempts, CASE state"
                   " WHEN 'queued' THEN next_at ELSE 0 END AS next_at,"
                   " last_error, created FROM job WHERE tenant = $1",
                   "t", tenant);
}

/* ---- tasks ---- */

/* The holder of this very try, and nobody who once was. */
#define HELD "id = $2 AND attempts = $3 AND state = 'leased'"

enum db_result
job_save(struct db *db, const struct job_task *task, bool done)
{
    int64_t changed, now = clock_now();
    enum db_result r = db_exec(
        db, &changed,
        "UPDATE job SET position = $4, done = $5, total = $6, result = $7,"
        " state = $8, finished = $9, lease_until = $10"
        " WHERE tenant = $1 AND " HELD,
        "ttitiittii", task->tenant, task->id, task->attempt, task->position,
        task->done, task->total, task->result, done ? "done" : "leased",
        done ? now : (int64_t)0, done ? (int64_t)0 : now + JOB_LEASE_S);

    return r == DB_OK && changed == 0 ? DB_NONE : r;
}

#define DUE                                                                    \
    "state IN ('queued', 'leased') AND"                                        \
    " CASE state WHEN 'leased' THEN lease_until ELSE next_at END <= "

/* every tenant: the runner goes round them */
enum db_result
job_tenants_due(struct db *db, struct arena *a, int64_t now, json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT DISTINCT tenant FROM job WHERE " DUE "$1"
                  " ORDER BY tenant",
                  "i", now);
}

enum db_result
job_lease(struct db *db, struct arena *a, const char *tenant, const char *owner,
          int64_t now, json_t **row)
{
    return db_one(db, a, row,
                  "UPDATE job SET state = 'leased', attempts = attempts + 1,"
                  " lease_owner = $2, lease_until = $3 WHERE tenant = $1"
                  " AND id = (SELECT id FROM job WHERE tenant = $1 AND " DUE
                  "$4 ORDER BY next_at, id LIMIT 1) AND " DUE "$4 RETURNING *",
                  "ttii", tenant, owner, now + JOB_LEASE_S, now);
}

enum db_result
job_release(struct db *db, const struct job_task *task, int64_t now)
{
    int64_t changed;
    enum db_result r =
        db_exec(db, &changed,
                "UPDATE job SET state = 'queued', attempts = attempts - 1,"
                " next_at = $4, lease_until = 0, lease_owner = ''"
                " WHERE tenant = $1 AND " HELD,
                "ttii", task->tenant, task->id, task->attempt, now);

    return r == DB_OK && changed == 0 ? DB_NONE : r;
}

enum db_result
job_fail(struct db *db, const struct job_task *task, int64_t next_at,
         int64_t now)
{
    int64_t changed;
    enum db_result r =
        db_exec(db, &changed,
                "UPDATE job SET state = $4, next_at = $5, last_error = $6,"
                " finished = $7, lease_until = 0, lease_owner = ''"
                " WHERE tenant = $1 AND " HELD,
                "ttititi", task->tenant, task->id, task->attempt,
                next_at ? "queued" : "failed", next_at, task->why,
                next_at ? (int64_t)0 : now);

    return r == DB_OK && changed == 0 ? DB_NONE : r;
}

/* ---- periodic work ---- */

/* every tenant: periodic work is of none */
static enum db_result
period_take_row(struct db *db, const char *name, const char *owner, bool force,
                int64_t now)
{
    int64_t changed;
    enum db_result r =
        db_exec(db, &changed,
                "INSERT INTO job_period (name, host, next_at, lease_until,"
                " lease_owner, last_owner, last_start, duration_ms, ok)"
                " VALUES ($1, '', 0, $3, $2, '', 0, 0, 1)"
                " ON CONFLICT (name, host) DO UPDATE SET lease_owner = $2,"
                " lease_until = $3 WHERE job_period.lease_until <= $4"
                " AND (job_period.next_at <= $4 OR $5 = 1)",
                "ttiii", name, owner, now + TURN_S, now, (int64_t)force);

    return r == DB_OK && changed == 0 ? DB_NONE : r;
}

/* Reading first keeps the others from taking the write lock for nothing. */
enum db_result
job_period_take(struct db *db, struct arena *a, const char *name,
                const char *owner, bool force, int64_t now, int64_t *again)
{
    json_t *row;
    /* every tenant: periodic work is of none */
    enum db_result r = db_one(db, a, &row,
                              "SELECT next_at, lease_until FROM job_period"
                              " WHERE name = $1 AND host = ''",
                              "t", name);
    int64_t next = force ? 0 : row_int(row, "next_at");

    if (r == DB_OK && row_int(row, "lease_until") > next) {
        next = row_int(row, "lease_until");
    }
    *again = next;
    if (r != DB_OK && r != DB_NONE) {
        return r;
    }
    return next > now ? DB_NONE : period_take_row(db, name, owner, force, now);
}

enum db_result
job_period_record(struct db *db, const struct job_run *run)
{
    /* every tenant: periodic work is of none */
    return db_exec(db, NULL,
                   "INSERT INTO job_period (name, host, next_at, lease_until,"
                   " lease_owner, last_owner, last_start, duration_ms, ok)"
                   " VALUES ($1, $2, $4, 0, '', $3, $5, $6, $7)"
                   " ON CONFLICT (name, host) DO UPDATE SET next_at = $4,"
                   " lease_until = 0, lease_owner = '', last_owner = $3,"
                   " last_start = $5, duration_ms = $6, ok = $7"
                   " WHERE job_period.lease_owner IN ('', $3)",
                   "tttiiii", run->name, run->host, run->owner, run->next_at,
                   run->started, run->duration_ms, (int64_t)run->ok);
}

enum db_result
job_period_list(struct db *db, struct arena *a, json_t **rows)
{
    /* every tenant: periodic work is of none */
    return db_all(db, a, rows, "SELECT * FROM job_period ORDER BY name, host",
                  "");
}
