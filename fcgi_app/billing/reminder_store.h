/* SQL of reminders. */
#ifndef BILLING_REMINDER_STORE_H
#define BILLING_REMINDER_STORE_H

#include "billing/reminder.h"

/* What makes an invoice due on the date of a run: for each level the last day
 * on which it was due, or was raised to the level before. */
struct reminder_due {
    const char *tenant, *date;
    int64_t levels;
    const char *cut[REMINDER_LEVELS];
};

/* Of the run's date and the tenant's levels. */
struct reminder_due reminder_due_of(const struct reminding *r);

enum db_result reminder_store_run_insert(struct db *db, const char *tenant,
                                         const struct reminder_run_new *new,
                                         const char *id, const char *job,
                                         const struct actor *actor,
                                         int64_t *changed);
enum db_result reminder_store_run_count(struct db *db, const char *tenant,
                                        const char *id);

enum db_result reminder_store_next(struct db *db, struct arena *a,
                                   const struct reminder_due *due,
                                   const char *after, json_t **row);
enum db_result reminder_store_groups(struct db *db, struct arena *a,
                                     const struct reminder_due *due,
                                     json_t **row);
/* Invoices of a group that a letter is about, the longest due first, each with
 * raised (1: to be raised), contract_ref and contract_mode. */
enum db_result reminder_store_group(struct db *db, struct arena *a,
                                    const struct reminder_due *due,
                                    const char *group, json_t **rows);

/* row: columns of table reminder. */
enum db_result reminder_store_insert(struct db *db, const char *tenant,
                                     const json_t *row);
enum db_result reminder_store_add(struct db *db, const char *tenant,
                                  const char *reminder, int64_t position,
                                  const json_t *invoice);
/* Where the invoice is still as `was` has it; else *changed is 0. */
enum db_result reminder_store_raise(struct db *db, const char *tenant,
                                    const json_t *was, int64_t level,
                                    const char *date, const char *target,
                                    int64_t *changed);
/* Puts an invoice back to where it was before the letter, if that was the last
 * to raise it. */
enum db_result reminder_store_lower(struct db *db, const char *tenant,
                                    const json_t *invoice, const char *date);

enum db_result reminder_store_preview(struct db *db, const char *tenant,
                                      const char *run, int64_t position,
                                      const char *letter);
/* Those after a position; after a number ("" at first). */
enum db_result reminder_store_previews(struct db *db, struct arena *a,
                                       const char *tenant, const char *run,
                                       int64_t after, int limit, json_t **rows);
enum db_result reminder_store_of_run(struct db *db, struct arena *a,
                                     const char *tenant, const char *run,
                                     const char *after, int limit,
                                     json_t **rows);

/* Of letters in a bulk "n:i tenant:t reminder:t currency:t": rows as of
 * reminder_invoices(), with the n of their letter, in that order. */
enum db_result reminder_store_invoices(struct db *db, struct arena *a,
                                       const struct db_bulk *letters,
                                       json_t **rows);
enum db_result reminder_store_change(struct db *db, const char *tenant,
                                     const json_t *row, const char *dispatch,
                                     int64_t withdrawn, int64_t *changed);
enum db_result reminder_store_block(struct db *db, const char *tenant,
                                    const char *number, const char *was,
                                    const char *until, int64_t *changed);

#endif
