#include "job/job_store.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"

enum { REST_MS = 500 }; /* of job_do_rest() */

enum db_result
job_enqueue(struct db *db, struct arena *a, const char *tenant,
            const struct actor *actor, const char *kind,
            const json_t *arguments, const char **id)
{
    char *text = json_dumps(arguments, JSON_COMPACT | JSON_SORT_KEYS);
    struct job_new job = {id_new(a, "job"), kind, text, actor->name,
                          actor->request_id};
    enum db_result r =
        text ? job_store_insert(db, tenant, &job, clock_now()) : DB_FAILED;

    free(text);
    *id = job.id;
    return r;
}

struct retry {
    struct arena *arena;
    const char *tenant, *id;
    const struct actor *actor;
};

static enum db_result
retry_in_transaction(struct db *db, void *data)
{
    const struct retry *t = data;
    struct audit row = {t->actor, "", "job.retried", t->id, ""};
    json_t *before, *after;
    int64_t changed = 0;
    enum db_result r = job_get(db, t->arena, t->tenant, t->id, &before);

    if (r == DB_OK) {
        r = job_store_requeue(db, t->tenant, t->id, clock_now(), &changed);
    }
    if (r == DB_OK && changed == 0) {
        r = DB_NONE;
    }
    if (r == DB_OK) {
        r = job_get(db, t->arena, t->tenant, t->id, &after);
    }
    return r == DB_OK ? audit_write_change(db, t->arena, t->tenant, &row,
                                           job_fields, before, after)
                      : r;
}

enum db_result
job_retry(struct db *db, struct arena *a, const char *tenant,
          const struct actor *actor, const char *id)
{
    struct retry t = {a, tenant, id, actor};

    return db_transaction(db, true, retry_in_transaction, &t);
}

enum job_outcome
job_outcome(struct job_task *task, enum db_result r, bool done)
{
    switch (r) {
    case DB_OK:
        return done ? JOB_DONE : JOB_MORE;
    case DB_NONE:
        return JOB_LOST;
    default:
        snprintf(task->why, sizeof task->why, "the database is not there");
        return JOB_LATER;
    }
}

/* ---- what migrations left ---- */

bool
job_do_rest(struct job *job,
            enum db_result (*next)(struct db *, struct arena *, json_t **),
            enum db_result (*batch)(struct db *, void *))
{
    int64_t end = clock_monotonic_ms() + REST_MS;
    struct job_rest rest = {.arena = arena_new()};
    enum db_result r = DB_OK;
    json_t *row;

    while (r == DB_OK && !*job->stop &&
           (job->once || clock_monotonic_ms() < end)) {
        r = next(job->db, rest.arena, &row);
        if (r == DB_OK) {
            rest.tenant = row_text(row, "tenant");
            r = db_transaction(job->db, true, batch, &rest);
        }
        arena_reset(rest.arena);
    }
    arena_free(rest.arena);
    return r == DB_OK || r == DB_NONE;
}
