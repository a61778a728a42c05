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

/* Of one tenant, by its own clock. */
struct ending {
    struct job *job;
    struct arena *arena;
    const char *tenant, *today;
    size_t ended;
};

/* What somebody changed meanwhile is looked at in the next run. */
static bool
end_batch(struct ending *e)
{
    static const struct actor by_jobs = {"jobs", "", "", NULL, false};
    struct contract_move move = {.action = "end", .today = e->today};
    enum db_result r = DB_OK;
    json_t *rows, *row;
    enum err why;
    size_t i;

    e->ended = 0;
    if (contract_over(e->job->db, e->arena, e->tenant, e->today, BATCH,
                      &rows) != DB_OK) {
        return false;
    }
    json_array_foreach(rows, i, row)
    {
        r = contract_act(e->job->db, e->arena, e->tenant, &by_jobs, row, &move,
                         &why);
        if (r != DB_OK && r != DB_NONE) {
            log_warn("contract %s of %s: not ended (%d)", row_text(row, "id"),
                     e->tenant, (int)r);
            return false;
        }
        e->ended += r == DB_OK;
    }
    return true;
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
        arena_reset(e.arena);
    } while (ok && e.ended == BATCH && !*job->stop &&
             clock_monotonic_ms() < until);
    arena_free(e.arena);
    return ok;
}

bool
contract_end_due(struct job *job)
{
    json_t *rows, *row;
    bool ok = true;
    size_t i;

    if (tenant_ids(job->db, job->arena, &rows) != DB_OK) {
        return false;
    }
    json_array_foreach(rows, i, row)
    {
        if (*job->stop) {
            break;
        }
        ok = end_of_tenant(job, row_text(row, "id")) && ok;
    }
    return ok;
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
