/* Accounts outlive the keys that sealed them. */
#include "base/job.h"
#include "payer/payer_store.h"

enum { BATCH = 200 };

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
