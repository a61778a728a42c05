/* Accounts and cards outlive the keys that sealed them; providers forget cards
 * that nobody pays by; and mandates lapse. */
#include <stdio.h>

#include "base/clock.h"
#include "base/job.h"
#include "base/log.h"
#include "contract/span.h"
#include "job/job.h"
#include "payer/attempt.h"
#include "payer/payer_store.h"
#include "provider/provider_web.h"
#include "tenant/tenant.h"

enum { BATCH = 200 };

/* ---- seals ---- */

/* What cannot be opened stays as it is: the key may come back. */
static const char *
sealed_anew(struct job *job, const json_t *row, const char *purpose,
            const char *column)
{
    const char *tenant = row_text(row, "tenant"), *id = row_text(row, "id");
    const char *sealed = row_text(row, column);
    const char *text = sealed[0] ? keys_unseal(job->keys, job->arena, purpose,
                                               tenant, id, sealed)
                                 : NULL;

    return text ? keys_seal(job->keys, job->arena, purpose, tenant, id, text)
                : sealed;
}

bool
payer_reseal(struct job *job)
{
    const char *tenant = "", *id = "";
    json_t *rows, *row;
    size_t i;

    do {
        if (payer_store_sealed(job->db, job->arena, tenant, id, BATCH, &rows) !=
            DB_OK) {
            return false;
        }
        json_array_foreach(rows, i, row)
        {
            tenant = row_text(row, "tenant");
            id = row_text(row, "id");
            if (payer_store_reseal(
                    job->db, row, sealed_anew(job, row, PAYER_PURPOSE, "iban"),
                    sealed_anew(job, row, PAYER_TOKEN, "token")) != DB_OK) {
                return false;
            }
        }
    } while (json_array_size(rows) == BATCH && !*job->stop);
    return true;
}

/* ---- mandates ---- */

/* A mandate that nothing was collected by for so long is over (SEPA core
 * rulebook, 4.1). */
enum { LAPSE_MONTHS = 36, DAY_S = 86400 };

static const struct actor by_jobs = {"jobs", "", "", NULL, false};

/* One that somebody ended meanwhile is no failure; one that fails holds up
 * nobody, and is tried with the next job. */
static void
lapse(struct job *job, const struct tenant *tenant, const json_t *row)
{
    struct payer_desk desk = {job->db, job->arena, job->keys, tenant, &by_jobs};
    enum db_result r = payer_lapse(&desk, row);

    if (r != DB_OK && r != DB_NONE) {
        log_warn("mandate %s of %s: has not lapsed (%d)", row_text(row, "id"),
                 tenant->id, (int)r);
    }
}

static bool
lapse_of_tenant(struct job *job, const char *id)
{
    const char *after = "";
    struct tenant *tenant;
    json_t *rows, *row;
    char day[11];
    int64_t days;
    size_t i;

    if (tenant_load(job->db, job->arena, job->config, id, &tenant) != DB_OK ||
        !span_date(tenant_today(job->arena, tenant), -LAPSE_MONTHS, 1, "month",
                   day) ||
        clock_parse_date(day, &days) == 0) {
        return false;
    }
    do {
        if (payer_store_unused(job->db, job->arena, id, day, days * DAY_S,
                               after, BATCH, &rows) != DB_OK) {
            return false;
        }
        json_array_foreach(rows, i, row)
        {
            after = row_text(row, "id");
            lapse(job, tenant, row);
        }
    } while (json_array_size(rows) == BATCH && !*job->stop);
    return true;
}

bool
payer_lapse_due(struct job *job)
{
    return tenant_each(job, lapse_of_tenant);
}

/* ---- cards that nobody pays by ---- */

static enum db_result
forget_in_transaction(struct db *db, void *data)
{
    const struct job_task *task = data;
    enum db_result r =
        payer_store_forget(db, task->tenant, row_text(task->arguments, "id"));

    return r == DB_OK ? job_save(db, task, true) : r;
}

enum job_outcome
payer_forget_card(struct job *job, struct job_task *task)
{
    const json_t *said = task->arguments;
    const struct provider *provider =
        provider_named(job->config, row_text(said, "provider"));
    const char *token =
        keys_unseal(job->keys, job->arena, PAYER_TOKEN, task->tenant,
                    row_text(said, "id"), row_text(said, "token"));

    if (!provider || !token) {
        snprintf(task->why, sizeof task->why, "%s",
                 provider ? "no key of the ring opens the card's token"
                          : "the provider is not there any more");
        return JOB_LATER;
    }
    if (!provider->forget(job, task->tenant, token)) {
        return JOB_LATER;
    }
    return job_outcome(
        task, db_transaction(job->db, true, forget_in_transaction, task), true);
}

bool
payer_forget_attempts(struct job *job)
{
    return attempt_forget(job->db, clock_now() - ATTEMPT_KEPT_S) == DB_OK;
}
