/*
 * Jobs: work that somebody asked for (table job, kinds in tables/jobs.def), and
 * the records of periodic work (job_period).
 */
#ifndef JOB_JOB_H
#define JOB_JOB_H

#include "audit/audit.h"
#include "base/field.h"
#include "base/job.h"
#include "db/db.h"

extern const struct field job_fields[], job_list_fields[];

enum { JOB_LEASE_S = 60 }; /* of a task; each saved step renews it */

/* Asks for work, inside the transaction of what needs it. *id gets its name.
 * arguments: an object, borrowed. */
enum db_result job_enqueue(struct db *db, struct arena *a, const char *tenant,
                           const struct actor *actor, const char *kind,
                           const json_t *arguments, const char **id);

/* Lets a failed job be tried as if it were new; DB_NONE when there is no failed
 * one of that id. Leaves an audit row. */
enum db_result job_retry(struct db *db, struct arena *a, const char *tenant,
                         const struct actor *actor, const char *id);

enum db_result job_get(struct db *db, struct arena *a, const char *tenant,
                       const char *id, json_t **row);

/* Newest first, those before the id `before` (or NULL); state and kind: NULL
 * for all. */
enum db_result job_list(struct db *db, struct arena *a, const char *tenant,
                        const char *state, const char *kind, const char *before,
                        int limit, json_t **rows);

/* The list of all, for pages; its fields are a job's, too. */
extern const struct field job_rows_fields[];
enum db_result job_list_rows(struct db *db, struct arena *a,
                             const struct list_query *q, const char *tenant,
                             const char *pool, json_t **rows);

/* ---- for handlers ---- */

/* Saves position, progress and result of the task and renews its lease; last
 * statement of a step's transaction. DB_NONE: the lease is lost, roll back. */
enum db_result job_save(struct db *db, const struct job_task *task, bool done);

/* What a step answers after its transaction. */
enum job_outcome job_outcome(struct job_task *task, enum db_result r,
                             bool done);

/*
 * What a migration left to do, for a slice of time. next: a tenant that has
 * some of it, DB_NONE when nobody has. batch: some of that tenant's, in a
 * transaction; its data is the struct.
 */
struct job_rest {
    struct arena *arena;
    const char *tenant;
};
bool job_do_rest(struct job *job,
                 enum db_result (*next)(struct db *db, struct arena *a,
                                        json_t **row),
                 enum db_result (*batch)(struct db *db, void *rest));

/* ---- for the runner ---- */

/* Tenants with something due, by id: [{tenant}]. */
enum db_result job_tenants_due(struct db *db, struct arena *a, int64_t now,
                               json_t **rows);

/* Takes the tenant's task that is longest due; DB_NONE: there is none. */
enum db_result job_lease(struct db *db, struct arena *a, const char *tenant,
                         const char *owner, int64_t now, json_t **row);

/* Gives it back unharmed, behind what is due. */
enum db_result job_release(struct db *db, const struct job_task *task,
                           int64_t now);

/* Ends a try: next_at of the next one, or 0 for none. */
enum db_result job_fail(struct db *db, const struct job_task *task,
                        int64_t next_at, int64_t now);

/* ---- periodic work ---- */

struct job_run {
    const char *name, *host, *owner;
    int64_t started, duration_ms, next_at;
    bool ok;
};

/* Takes the turn when it is due (or any time, with force) and nobody has it;
 * DB_NONE: not now, *again is when to ask again. */
enum db_result job_period_take(struct db *db, struct arena *a, const char *name,
                               const char *owner, bool force, int64_t now,
                               int64_t *again);

/* Records a run, and ends the turn. */
enum db_result job_period_record(struct db *db, const struct job_run *run);

enum db_result job_period_list(struct db *db, struct arena *a, json_t **rows);

#endif
