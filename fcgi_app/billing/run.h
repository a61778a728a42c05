/*
 * Invoice runs: billing what is due on a date. POST /invoice-runs, the back
 * office and schedules start one; a job does it (run_jobs.c), batch by batch,
 * each with its invoices, their numbers, what became of the contracts, and how
 * far it came in one transaction (docs/decisions/0036).
 */
#ifndef BILLING_RUN_H
#define BILLING_RUN_H

#include "audit/audit.h"
#include "base/field.h"
#include "db/list.h"
#include "tenant/tenant.h"

enum {
    INVOICE_RUN_AWAY = 366,       /* days from today to its date, at most */
    INVOICE_RUN_SHOWN = 100,      /* invoices and failures that a run shows */
    INVOICE_RUN_DRY_S = 7 * 86400 /* life of a dry run */
};

/* How the API shows a run, and its parts; and what it takes. */
extern const struct field invoice_run_fields[], invoice_run_item_fields[],
    invoice_run_invoice_fields[], invoice_run_failure_fields[],
    invoice_run_create_fields[], invoice_run_query_fields[];

/* What callbacks tell of an invoice, and of a run that is done. */
extern const struct field invoice_run_event_fields[], invoice_run_told_fields[];

/* Lists of the back office. */
extern const struct field invoice_run_list_fields[], invoice_run_sum_fields[],
    invoice_run_invoice_list_fields[], invoice_run_preview_list_fields[],
    invoice_run_failure_list_fields[];
enum db_result invoice_run_list_rows(struct db *db, struct arena *a,
                                     const struct list_query *q,
                                     const char *tenant, const char *pool,
                                     json_t **rows);

struct invoice_run_new {
    const char *date; /* NULL: today, in the tenant's time zone */
    bool dry_run;
    const char *origin; /* api, office, schedule */
};

/* Whether a run may have that date. */
bool invoice_run_date_ok(struct arena *a, const struct tenant *tenant,
                         const char *date);

/*
 * Asks for a run. DB_UNIQUE: one that writes invoices is under way, and there
 * is no second one of a tenant at a time; dry runs do not count.
 */
enum db_result invoice_run_start(struct db *db, struct arena *a,
                                 const struct tenant *tenant,
                                 const struct actor *actor,
                                 const struct invoice_run_new *new,
                                 const char **id);

/* Adds what others see besides: warnings, the records progress, counts and,
 * where they are given, sums. */
void invoice_run_show(json_t *row, json_t *sums);

/* Whether there was an invoice of a later date when the run was asked for: then
 * its numbers do not ascend with the dates. */
bool invoice_run_dated_back(const json_t *row);

/* Columns of table invoice_run with the job's: status is failed when the job
 * has given up, and why says why. */
enum db_result invoice_run_get(struct db *db, struct arena *a,
                               const char *tenant, const char *id,
                               json_t **row);
enum db_result invoice_run_list(struct db *db, struct arena *a,
                                const char *tenant, const char *before,
                                int limit, json_t **rows);

/* By currency: columns of table invoice_run_sum. */
enum db_result invoice_run_sums(struct db *db, struct arena *a,
                                const char *tenant, const char *id,
                                json_t **rows);

/*
 * What a run (its row) has billed or would bill: columns of table
 * invoice_run_preview, customer_name, number (null where there is none), and
 * key, by which they are ordered; those after the key, NULL: from the first.
 * And `lines` beside each, an array as of table invoice_line.
 */
enum db_result invoice_run_invoices(struct db *db, struct arena *a,
                                    const char *tenant, const json_t *run,
                                    const char *after, int limit,
                                    json_t **rows);
enum db_result invoice_run_add_lines(struct db *db, struct arena *a,
                                     const char *tenant, json_t *invoices);

/* Columns of table invoice_run_failure, customer_name, and key as above. */
enum db_result invoice_run_failures(struct db *db, struct arena *a,
                                    const char *tenant, const char *id,
                                    const char *after, int limit,
                                    json_t **rows);

#endif
