/* A batch of a run: its contracts, and what they come to. */
#ifndef BILLING_RUN_BATCH_H
#define BILLING_RUN_BATCH_H

#include "base/job.h"
#include "billing/run_build.h"
#include "billing/run_store.h"

struct run_batch {
    struct arena *arena;
    struct run_terms terms;
    const struct actor *actor;
    const char *run;
    bool dry_run;
    bool alone;       /* one contract by itself */
    int64_t position; /* of the first that is written, in the run */

    size_t n;
    struct run_bill *bills;
    size_t invoices, failures; /* of the bills */
};

/*
 * Reads the contracts from a place on, at most `limit` or as many as have a
 * bearable number of lines, and bills each. *last: the last one's row, or NULL
 * when there is none.
 */
enum db_result run_batch_read(struct db *db, struct run_batch *b,
                              const struct run_place *place, int limit,
                              const json_t **last);

/* Writes all of it, inside a transaction. DB_BUSY: something has changed since
 * it was read. */
enum db_result run_batch_write(struct db *db, struct run_batch *b);

#endif
