/* SQL of invoice runs. */
#ifndef BILLING_RUN_STORE_H
#define BILLING_RUN_STORE_H

#include "billing/run.h"

struct run_row {
    const char *tenant, *id, *date, *origin, *job, *created_by;
    bool dry_run;
};

enum db_result run_store_insert(struct db *db, const struct run_row *run,
                                int64_t now);

/* The id of a run that writes invoices and is not over; DB_NONE: none. */
enum db_result run_store_under_way(struct db *db, struct arena *a,
                                   const char *tenant, json_t **row);

/* ---- what is due ---- */

/* Where a batch begins: contracts with a billing day first, by customer and
 * day, then those that have none any more and services all the same. */
struct run_place {
    const char *tenant, *date;
    bool rest;                       /* of the second kind */
    const char *customer, *day, *id; /* of the last one seen; "" */
};

/* Columns that a run needs of contract and customer, n_items and n_services. */
enum db_result run_store_due(struct db *db, struct arena *a,
                             const struct run_place *place, int limit,
                             json_t **rows);
enum db_result run_store_count(struct db *db, struct arena *a,
                               const char *tenant, const char *date,
                               json_t **row);

/* Of the contracts of a bulk "n:i tenant:t contract:t date:t": columns of items
 * and of open services, with its n, in that order. */
enum db_result run_store_items(struct db *db, struct arena *a,
                               const struct db_bulk *contracts, json_t **rows);
enum db_result run_store_services(struct db *db, struct arena *a,
                                  const struct db_bulk *contracts,
                                  json_t **rows);

/* ---- what a batch writes ---- */

struct run_writes {
    struct db_bulk *invoices, *lines, *contracts, *services, *sums, *previews,
        *failures;
};

/* Empty ones, whose columns run_store.c has. */
struct run_writes run_store_writes(struct arena *a);

/* DB_BUSY: a contract or a service is not any more as it was read. */
enum db_result run_store_write(struct db *db, const struct run_writes *w);

enum db_result run_store_has_number(struct db *db, struct arena *a,
                                    const char *tenant, const char *number,
                                    json_t **row);

/* How far it is; counts are added. */
struct run_progress {
    const char *tenant, *id, *status;
    int64_t total, contracts, invoices, failures;
    int64_t finished; /* 0: not */
};
enum db_result run_store_progress(struct db *db, const struct run_progress *p);

/* ---- forgetting ---- */

/* Dry runs made before then: [{tenant, id}]. */
enum db_result run_store_old_dry(struct db *db, struct arena *a, int64_t before,
                                 int limit, json_t **rows);
/* What belongs to a dry run, `limit` rows of each table; *changed tells how
 * many. And the run, when nothing is left. */
enum db_result run_store_forget_parts(struct db *db, const char *tenant,
                                      const char *id, int limit,
                                      int64_t *changed);
enum db_result run_store_forget(struct db *db, const char *tenant,
                                const char *id);

#endif
