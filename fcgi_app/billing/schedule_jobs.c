/* Starting the runs whose slot has come. */
#include "base/clock.h"
#include "base/job.h"
#include "base/json.h"
#include "base/text.h"
#include "billing/run.h"
#include "billing/schedule_store.h"

enum { BATCH = 100 };

struct slot {
    struct job *job;
    const struct tenant *tenant;
    const json_t *row;
    struct actor actor;
};

static struct schedule
schedule_in(const json_t *row)
{
    return (struct schedule){.unit = row_text(row, "unit"),
                             .weekday = (int)row_int(row, "weekday"),
                             .day = (int)row_int(row, "day"),
                             .hour = (int)row_int(row, "hour"),
                             .active = true};
}

/* The slot is taken and its run is there, or neither. */
static enum db_result
start_in_transaction(struct db *db, void *data)
{
    struct slot *x = data;
    struct arena *a = x->job->arena;
    const char *zone = x->tenant->time_zone, *id = row_text(x->row, "id"), *run;
    struct schedule s = schedule_in(x->row);
    int64_t now = clock_now(), changed = 0;
    struct invoice_run_new new = {
        .date = text_day(a, zone, schedule_last(a, zone, &s, now)),
        .origin = "schedule"};
    enum db_result r =
        schedule_store_take(db, x->tenant->id, id, row_int(x->row, "next_at"),
                            schedule_next(a, zone, &s, now), &changed);

    if (r != DB_OK || changed == 0) {
        return r;
    }
    r = invoice_run_start(db, a, x->tenant, &x->actor, &new, &run);
    return r == DB_OK ? schedule_store_ran(db, x->tenant->id, id, run) : r;
}

/* Where a run is under way, the slot waits for its end. */
static bool
start(struct job *job, const json_t *row)
{
    struct slot x = {
        .job = job,
        .row = row,
        .actor = {arena_printf(job->arena, "schedule:%s", row_text(row, "id")),
                  "", "", NULL, false}};
    struct tenant *tenant;
    enum db_result r = tenant_load(job->db, job->arena, job->config,
                                   row_text(row, "tenant"), &tenant);

    x.tenant = tenant;
    if (r == DB_OK) {
        r = db_transaction(job->db, true, start_in_transaction, &x);
    }
    return r == DB_OK || r == DB_UNIQUE;
}

bool
invoice_schedules_start(struct job *job)
{
    json_t *rows, *row;
    size_t i;
    bool ok = schedule_store_due(job->db, job->arena, clock_now(), BATCH,
                                 &rows) == DB_OK;

    json_array_foreach(rows, i, row)
    {
        ok = !*job->stop && start(job, row) && ok;
    }
    return ok || *job->stop;
}
