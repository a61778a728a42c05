/*
 * Reminders: letters that ask for what is overdue, level by level. A run writes
 * one for each contract (without one, each customer) and currency, about all of
 * its invoices that have been reminded of, or are now. The levels are settings.
 */
#ifndef BILLING_REMINDER_H
#define BILLING_REMINDER_H

#include "job/job.h"
#include "tenant/tenant.h"

enum {
    REMINDER_LEVELS = 4,
    REMINDERS_SHOWN = 1000, /* of a run, with the run */
};

/* ---- levels ---- */

struct reminder_terms {
    int64_t levels; /* 0: nobody is reminded */
    struct {
        int64_t days;   /* after the invoice was due, or the level before */
        int64_t fee;    /* scaled by 10^6, in the currency of the invoices */
        int64_t target; /* days to pay */
    } level[REMINDER_LEVELS];
};

struct reminder_terms reminder_terms_of(struct db *db, struct arena *a,
                                        const char *tenant);

/* ---- runs ---- */

extern const struct field reminder_run_fields[], reminder_run_one_fields[],
    reminder_run_create_fields[], reminder_run_query_fields[],
    reminder_run_form_fields[];

struct reminder_run_new {
    const char *date;
    bool dry_run;       /* tells what would be written, and writes nothing */
    const char *origin; /* api, office, schedule */
};

/* A day of the past or today; a dry run looks ahead as well. */
bool reminder_date_ok(struct arena *a, const struct tenant *tenant,
                      const char *date, bool dry_run);

/* Asks for it, with its audit row. DB_UNIQUE: the schedule's of that day was
 * asked for before. */
enum db_result reminder_run_ask(struct db *db, struct arena *a,
                                const struct tenant *tenant,
                                const struct actor *actor,
                                const struct reminder_run_new *new,
                                const char **id);

/* Columns of table reminder_run (reminders also as reminders_written), with
 * status, done, total and finished of its job. */
enum db_result reminder_run_get(struct db *db, struct arena *a,
                                const char *tenant, const char *id,
                                json_t **row);
/* Newest first, those before the id `before` (or NULL). */
enum db_result reminder_run_list(struct db *db, struct arena *a,
                                 const char *tenant, const char *before,
                                 int limit, json_t **rows);

/*
 * The letters of a run (its row): rows as of reminder_list(), or of a dry run
 * what they would be, records of reminder_fields without a number. With key, by
 * which they are ordered; those after that key, NULL: from the first.
 */
enum db_result reminder_run_letters(struct db *db, struct arena *a,
                                    const char *tenant, const json_t *run,
                                    const char *after, int limit,
                                    json_t **rows);

/* ---- one group of a run: in a transaction with job_save() ---- */

struct reminding {
    struct arena *arena;
    const struct tenant *tenant;
    const struct actor *actor;
    const struct reminder_terms *terms;
    const char *seller; /* see invoice_seller() */
    const json_t *run;
    const char *group; /* see reminder_next() */
    int64_t position;  /* of the group in the run, from 1 */
};

/* The first group after that one ("" at first) in which an invoice is to be
 * reminded of; DB_NONE: there are no more. And how many there are. */
enum db_result reminder_next(struct db *db, const struct reminding *r,
                             const char *after, const char **group);
enum db_result reminder_count(struct db *db, const struct reminding *r,
                              int64_t *count);

/*
 * Writes the letter of the group and raises the levels of its invoices, as they
 * are now; nothing where nothing is due any more. DB_BUSY: one of them was paid
 * or raised at this moment, so all of it is to be looked at once more.
 */
enum db_result reminder_write(struct db *db, const struct reminding *r);

/* ---- letters ---- */

extern const struct field reminder_fields[], reminder_query_fields[],
    reminder_invoice_fields[];
extern const struct field reminder_page_fields[]; /* for people */

/* NULL: any. */
struct reminder_filter {
    const char *customer; /* number */
    const char *contract; /* ref */
    const char *run, *dispatch;
    int64_t level; /* 0: any */
};

/* Columns of table reminder, with contract_ref and status; newest first, those
 * before the id `before` (or NULL). */
enum db_result reminder_list(struct db *db, struct arena *a, const char *tenant,
                             const struct reminder_filter *filter,
                             const char *before, int limit, json_t **rows);
enum db_result reminder_by_number(struct db *db, struct arena *a,
                                  const char *tenant, const char *number,
                                  json_t **row);
enum db_result reminder_by_id(struct db *db, struct arena *a,
                              const char *tenant, const char *id, json_t **row);
/* The same for the portal; contract: id of the only one that may be shown, or
 * NULL. What was withdrawn is not there. */
enum db_result reminder_get(struct db *db, struct arena *a, const char *tenant,
                            const char *customer, const char *contract,
                            const char *number, json_t **row);

/* Asks for those of a customer (id) that the portal may show, newest first and
 * so many: of one contract (id) or NULL, and before the id `before` or NULL. */
struct db_answer *reminder_ask(struct db *db, struct arena *a,
                               const char *tenant, const char *customer,
                               const char *contract, const char *before,
                               int limit);

/* Rows of reminder_invoice, by position. */
enum db_result reminder_invoices(struct db *db, struct arena *a,
                                 const char *tenant, const char *reminder,
                                 json_t **rows);

/* Letters that an invoice (id) is in, newest first; but what was withdrawn. */
enum db_result reminder_of_invoice(struct db *db, struct arena *a,
                                   const char *tenant, const char *invoice,
                                   json_t **rows);

/* Makes of rows what reminder_fields show, with the invoices of each; letters
 * that have theirs stay as they are. One question, however many rows. */
enum db_result reminder_shown(struct db *db, struct arena *a,
                              const char *tenant, json_t *rows);

/* Lists of the back office. */
extern const struct field reminder_rows_fields[], reminder_run_rows_fields[];
enum db_result reminder_list_rows(struct db *db, struct arena *a,
                                  const struct list_query *q,
                                  const char *tenant, const char *pool,
                                  json_t **rows);
enum db_result reminder_run_list_rows(struct db *db, struct arena *a,
                                      const struct list_query *q,
                                      const char *tenant, const char *pool,
                                      json_t **rows);

/* ---- what staff do with one ---- */

enum reminder_act { REMINDER_RESEND, REMINDER_PRINTED, REMINDER_WITHDRAW };

/* Whether a letter as it stands lets that be done. */
bool reminder_may(const json_t *row, enum reminder_act act);

/*
 * Sends it (again) by mail, notes that it was printed, or withdraws it: then
 * its invoices are where they were before, as far as no later one raised them.
 * With its audit row. DB_CHECK: it does not let that be done; DB_NONE: it has
 * changed meanwhile.
 */
enum db_result reminder_do(struct db *db, struct arena *a,
                           const struct tenant *tenant,
                           const struct actor *actor, const json_t *row,
                           enum reminder_act act);

/* ---- invoices that are left alone ---- */

extern const struct field reminder_block_fields[], reminder_block_form_fields[];

/* number, customer (number), reminder_level, _date, _target, _block of an
 * invoice. */
enum db_result reminder_state(struct db *db, struct arena *a,
                              const char *tenant, const char *number,
                              json_t **row);

/* No reminders until that day, and on it; "": as the levels say. row: as of
 * reminder_state(). DB_NONE: it has changed meanwhile. */
enum db_result reminder_block(struct db *db, struct arena *a,
                              const char *tenant, const struct actor *actor,
                              const json_t *row, const char *until);

/* ---- for the jobs ---- */

/* The hash of its PDF, which is kept as a file. */
enum db_result reminder_keep(struct db *db, const char *tenant, const char *id,
                             const char *hash);

/* Tenants with daily runs: [{tenant, last}], last being the date of the newest
 * one, or "". */
enum db_result reminder_scheduled(struct db *db, struct arena *a,
                                  json_t **rows);

/* Forgets what dry runs said before that time. */
enum db_result reminder_forget(struct db *db, int64_t before);

#endif
