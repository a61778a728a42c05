/* Contracts whose last day is over become ended, and what migrations folded by
 * the database is folded again. */
#include "base/clock.h"
#include "base/job.h"
#include "base/log.h"
#include "base/text.h"
#include "contract/contract_store.h"
#include "job/job.h"
#include "tenant/tenant.h"

enum { BATCH = 100, SLICE_MS = 500 };

enum { TOLD_S = 86400 }; /* of one that fails, once in a day */

static const struct actor by_jobs = {"jobs", "", "", NULL, false};

/* Of one tenant, by its own clock. */
struct ending {
    struct job *job;
    struct arena *arena;
    const char *tenant, *today;
    const json_t *last; /* contract that was looked at last, or NULL */
    size_t seen;
};

/* It is tried again with the next job; the trail has it once in a day. */
static enum db_result
tell_failure(const struct ending *e, const json_t *row, enum db_result why)
{
    const char *id = row_text(row, "id");
    struct audit audit = {&by_jobs, row_text(row, "customer"),
                          "contract.not_ended", id, row_text(row, "ref")};
    json_t *told;
    enum db_result r = contract_told(e->job->db, e->arena, e->tenant, id,
                                     audit.action, clock_now() - TOLD_S, &told);

    log_warn("contract %s of %s: not ended (%d)", id, e->tenant, (int)why);
    return r == DB_NONE ? audit_write(e->job->db, e->arena, e->tenant, &audit)
                        : r;
}

/* What somebody changed meanwhile is looked at in the next run. One that fails
 * by itself holds up nobody. */
static enum db_result
end_one(const struct ending *e, const json_t *row)
{
    struct contract_move move = {.action = "end", .today = e->today};
    enum err why;
    enum db_result r = contract_act(e->job->db, e->arena, e->tenant, &by_jobs,
                                    row, &move, &why);

    if (db_of_rows(r)) {
        r = tell_failure(e, row, r);
    }
    return r == DB_NONE ? DB_OK : r;
}

static bool
end_batch(struct ending *e)
{
    enum db_result r;
    json_t *rows, *row;
    size_t i;

    r = contract_over(e->job->db, e->arena, e->tenant, e->today, e->last, BATCH,
                      &rows);
    e->seen = r == DB_OK ? json_array_size(rows) : 0;
    json_array_foreach(rows, i, row)
    {
        if (r == DB_OK) {
            e->last = row;
            r = end_one(e, row);
        }
    }
    return r == DB_OK;
}

static bool
end_of_tenant(struct job *job, const char *id)
{
    struct ending e = {.job = job, .arena = arena_new(), .tenant = id};
    int64_t until = clock_monotonic_ms() + SLICE_MS;
    struct tenant *tenant;
    bool ok = true;

    do {
        ok = tenant_load(job->db, e.arena, job->config, id, &tenant) == DB_OK;
        if (ok) {
            e.today = tenant_today(e.arena, tenant);
            ok = end_batch(&e);
        }
    } while (ok && e.seen == BATCH && !*job->stop &&
             clock_monotonic_ms() < until);
    arena_free(e.arena);
    return ok;
}

bool
contract_end_due(struct job *job)
{
    return tenant_each(job, end_of_tenant);
}

/* ---- what migrations folded ---- */

static enum db_result
fold_in_transaction(struct db *db, void *data)
{
    const struct job_rest *f = data;
    json_t *rows, *row;
    size_t i;
    enum db_result r =
        contract_store_unfolded(db, f->arena, f->tenant, BATCH, &rows);

    json_array_foreach(rows, i, row)
    {
        const char *search = contract_search_of(f->arena, row_text(row, "ref"),
                                                row_text(row, "name"));

        r = r == DB_OK ? contract_store_folded(db, f->tenant,
                                               row_text(row, "id"), search)
                       : r;
    }
    return r;
}

bool
contract_fold_due(struct job *job)
{
    return job_do_rest(job, contract_store_unfolded_tenant,
                       fold_in_transaction);
}
