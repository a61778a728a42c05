#include "app/tasks.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "job/job.h"

enum {
    SLICE_MS = 1000, /* of one task, before the others have their turn */
    PAUSE_MAX = 86400,
    KEEP = 4 << 20, /* of memory, from step to step */
};

static const struct kind {
    const char *name;
    job_handler *run;
    int tries;
    int pause; /* s, before the second try */
} kinds[] = {
#define KIND(kind, function, tries, pause, help)                               \
    {#kind, function, tries, pause},
#include "tables/jobs.def"
};

static const struct kind *
kind_of(const json_t *row)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kinds[i].name, row_text(row, "kind")) == 0) {
            return &kinds[i];
        }
    }
    return NULL;
}

/* When to try again after the n-th try; a tenth of it is chance, so that what
 * failed together comes back apart. 0: never. */
static int64_t
next_try(const struct kind *kind, int64_t n, int64_t now)
{
    int64_t pause = kind->pause;

    if (n >= kind->tries) {
        return 0;
    }
    for (int64_t i = 1; i < n && pause < PAUSE_MAX; i++) {
        pause *= 2;
    }
    pause = pause < PAUSE_MAX ? pause : PAUSE_MAX;
    return now + pause + randombytes_uniform((uint32_t)pause / 10 + 1);
}

static void
fill(struct arena *a, struct job_task *task, const json_t *row)
{
    const char *arguments = row_text(row, "arguments");

    *task = (struct job_task){
        .tenant = row_text(row, "tenant"),
        .id = row_text(row, "id"),
        .created_by = row_text(row, "created_by"),
        .request_id = row_text(row, "request_id"),
        .attempt = row_int(row, "attempts"),
        .done = row_int(row, "done"),
        .total = row_int(row, "total"),
    };
    task->arguments = json_in_arena(a, json_loads(arguments, 0, NULL));
    snprintf(task->position, sizeof task->position, "%s",
             row_text(row, "position"));
    snprintf(task->result, sizeof task->result, "%s", row_text(row, "result"));
    snprintf(task->why, sizeof task->why, "%s", row_text(row, "last_error"));
}

/* Steps until all is done, the slice is over, or SIGTERM came. */
static enum job_outcome
run_steps(struct job *job, const struct kind *kind, struct job_task *task)
{
    struct job step = *job;
    int64_t end = clock_monotonic_ms() + SLICE_MS;
    enum job_outcome outcome = JOB_MORE;

    step.arena = arena_new();
    arena_keep(step.arena, KEEP);
    while (outcome == JOB_MORE && !*job->stop && clock_monotonic_ms() < end) {
        outcome = kind->run(&step, task);
        arena_reset(step.arena);
    }
    arena_free(step.arena);
    return outcome;
}

/* What can be said before any step: a task that no handler takes, or that has
 * ended the process at each of its tries. */
static enum job_outcome
judge(const struct kind *kind, struct job_task *task)
{
    const char *why = NULL;

    if (!kind) {
        why = "there is no such kind of job";
    } else if (!json_is_object(task->arguments)) {
        why = "the arguments are no JSON object";
    } else if (task->attempt > kind->tries) {
        why = task->why[0] ? task->why : "the last try never ended";
    }
    if (why && why != task->why) {
        snprintf(task->why, sizeof task->why, "%s", why);
    }
    return why ? JOB_NEVER : JOB_MORE;
}

static enum db_result
finish(struct job *job, const struct kind *kind, struct job_task *task,
       enum job_outcome outcome)
{
    int64_t now = clock_now(), next;

    switch (outcome) {
    case JOB_MORE:
        return job_release(job->db, task, now);
    case JOB_DONE:
        log_info("%s done", task->id);
        return DB_OK;
    case JOB_LOST:
        log_warn("%s: the lease was lost", task->id);
        return DB_OK;
    case JOB_LATER:
    case JOB_NEVER:
        break;
    }
    next = outcome == JOB_NEVER ? 0 : next_try(kind, task->attempt, now);
    log_warn("%s %s after try %lld: %s", task->id, next ? "waits" : "failed",
             (long long)task->attempt, task->why);
    return job_fail(job->db, task, next, now);
}

static bool
run_one(struct job *job, const char *tenant)
{
    struct job one = *job;
    struct job_task task;
    const struct kind *kind;
    enum job_outcome outcome;
    json_t *row;
    enum db_result r;

    one.arena = arena_new();
    r = job_lease(job->db, one.arena, tenant, job->owner, clock_now(), &row);
    if (r == DB_OK) {
        kind = kind_of(row);
        fill(one.arena, &task, row);
        log_set_request(task.request_id);
        outcome = judge(kind, &task);
        if (outcome == JOB_MORE) {
            outcome = run_steps(&one, kind, &task);
        }
        r = finish(&one, kind, &task, outcome);
        log_set_request(NULL);
    }
    arena_free(one.arena);
    return r == DB_OK || r == DB_NONE || r == DB_BUSY;
}

bool
tasks_round(struct job *job, bool *more)
{
    json_t *rows, *row;
    size_t i;
    bool ok = job_tenants_due(job->db, job->arena, clock_now(), &rows) == DB_OK;

    json_array_foreach(rows, i, row)
    {
        ok = ok && !*job->stop && run_one(job, row_text(row, "tenant"));
    }
    *more = ok && json_array_size(rows) > 0;
    arena_reset(job->arena);
    return ok || *job->stop;
}
