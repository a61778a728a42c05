/* Reminder runs step by step, and the daily ones. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "billing/billing.h"
#include "billing/reminder.h"

enum {
    SLICE_MS = 300,      /* of a step */
    KEPT_S = 30 * 86400, /* what a dry run said */
};

/* ---- runs ---- */

struct running {
    struct job_task *task;
    struct reminding r;
    const char *group; /* NULL: there are no more */
    int64_t done;      /* groups before this one */
};

static enum db_result
group_in_transaction(struct db *db, void *data)
{
    struct running *x = data;
    enum db_result r = DB_OK;

    if (x->group) {
        x->r.group = x->group;
        x->r.position = x->done + 1;
        r = reminder_write(db, &x->r);
        x->task->done = x->done + 1;
        snprintf(x->task->position, sizeof x->task->position, "%s", x->group);
    }
    return r == DB_OK ? job_save(db, x->task, !x->group) : r;
}

/* One group and how far the run is, or the end of it. */
static enum job_outcome
do_group(struct job *job, struct running *x)
{
    struct job_task *task = x->task;
    enum db_result r = reminder_next(job->db, &x->r, task->position, &x->group);

    if (r == DB_NONE) {
        x->group = NULL;
        r = DB_OK;
    }
    x->done = task->done;
    if (r == DB_OK) {
        r = db_transaction(job->db, true, group_in_transaction, x);
    }
    return job_outcome(task, r, !x->group);
}

static enum db_result
prepare(struct job *job, struct running *x, struct reminder_terms *terms,
        struct actor *actor)
{
    struct arena *a = job->arena;
    const char *run = row_text(x->task->arguments, "run");
    json_t *row;
    struct tenant *tenant;
    enum db_result r = reminder_run_get(job->db, a, x->task->tenant, run, &row);

    if (r == DB_OK) {
        r = tenant_load(job->db, a, job->config, x->task->tenant, &tenant);
    }
    if (r != DB_OK) {
        return r;
    }
    *terms = reminder_terms_of(job->db, a, tenant->id);
    *actor = (struct actor){x->task->created_by, "", x->task->request_id, NULL,
                            row_int(row, "test") != 0};
    x->r = (struct reminding){.arena = a,
                              .tenant = tenant,
                              .actor = actor,
                              .terms = terms,
                              .run = row};
    r = invoice_seller(job->db, a, tenant, &x->r.seller);
    if (r != DB_OK) {
        return r;
    }
    return x->task->position[0]
               ? DB_OK
               : reminder_count(job->db, &x->r, &x->task->total);
}

enum job_outcome
reminder_run_step(struct job *job, struct job_task *task)
{
    struct running x = {.task = task};
    struct reminder_terms terms;
    struct actor actor;
    int64_t end = clock_monotonic_ms() + SLICE_MS;
    enum db_result r = prepare(job, &x, &terms, &actor);
    enum job_outcome outcome;

    if (r != DB_OK) {
        snprintf(task->why, sizeof task->why, "the run cannot be read");
        return r == DB_NONE ? JOB_NEVER : JOB_LATER;
    }
    do {
        outcome = do_group(job, &x);
    } while (outcome == JOB_MORE && !*job->stop && clock_monotonic_ms() < end);
    return outcome;
}

/* ---- the daily ones ---- */

/* Later than its hour as well: who was down then begins when they are back. */
static bool
begin_of(struct job *job, const json_t *row)
{
    struct arena *a = job->arena;
    struct actor actor = {"system", "", "", NULL, false};
    struct reminder_run_new new = {.origin = "schedule"};
    struct tenant *tenant;
    const char *id;
    int64_t now = clock_now();

    if (tenant_load(job->db, a, job->config, row_text(row, "tenant"),
                    &tenant) != DB_OK) {
        return false;
    }
    new.date = text_day(a, tenant->time_zone, now);
    if (strcmp(row_text(row, "last"), new.date) >= 0 ||
        text_hour(tenant->time_zone, now) <
            setting_number(job->db, a, tenant->id, "reminders_hour")) {
        return true;
    }
    switch (reminder_run_ask(job->db, a, tenant, &actor, &new, &id)) {
    case DB_OK:
    case DB_UNIQUE: /* another host was quicker */
        return true;
    default:
        return false;
    }
}

bool
reminder_begin_due(struct job *job)
{
    json_t *rows, *row;
    size_t i;
    bool ok = reminder_scheduled(job->db, job->arena, &rows) == DB_OK &&
              reminder_forget(job->db, clock_now() - KEPT_S) == DB_OK;

    json_array_foreach(rows, i, row)
    {
        ok = !*job->stop && begin_of(job, row) && ok;
    }
    return ok || *job->stop;
}
