/* Accounts and cards outlive the keys that sealed them; and providers forget
 * cards that nobody pays by. */
#include <stdio.h>

#include "base/clock.h"
#include "base/job.h"
#include "job/job.h"
#include "payer/attempt.h"
#include "payer/payer_store.h"
#include "provider/provider_web.h"

enum { BATCH = 200 };

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
