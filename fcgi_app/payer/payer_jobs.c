/* Accounts outlive the keys that sealed them, and mandates lapse. */
#include "base/clock.h"
#include "base/job.h"
#include "base/log.h"
#include "contract/span.h"
#include "payer/payer_store.h"
#include "tenant/tenant.h"

enum { BATCH = 200 };

/* ---- seals ---- */

/* What cannot be opened stays as it is: the key may come back. */
static const char *
sealed_anew(struct job *job, const json_t *row)
{
    const char *tenant = row_text(row, "tenant"), *id = row_text(row, "id");
    const char *iban = keys_unseal(job->keys, job->arena, PAYER_PURPOSE, tenant,
                                   id, row_text(row, "iban"));

    return iban ? keys_seal(job->keys, job->arena, PAYER_PURPOSE, tenant, id,
                            iban)
                : row_text(row, "iban");
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
            if (payer_store_reseal(job->db, row, sealed_anew(job, row)) !=
                DB_OK) {
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
