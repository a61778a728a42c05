/*
 * Schedules of invoice runs: at an hour of each day, of a day of the week, or
 * of a day of the month, in the tenant's time zone. A slot has one run, however
 * many hosts look; slots that passed while nobody looked have one together,
 * with the date of the last of them, since a run bills all that is due.
 */
#ifndef BILLING_SCHEDULE_H
#define BILLING_SCHEDULE_H

#include "audit/audit.h"
#include "base/field.h"
#include "db/list.h"
#include "tenant/tenant.h"

extern const struct field schedule_list_fields[], schedule_form_fields[];
enum db_result schedule_list_rows(struct db *db, struct arena *a,
                                  const struct list_query *q,
                                  const char *tenant, const char *pool,
                                  json_t **rows);

/* weekday: 1 is Monday. day: the 29th and later are the last of a shorter
 * month. */
struct schedule {
    const char *unit; /* day, week, month */
    int weekday, day, hour;
    bool active;
};

/* What was sent in the form. */
struct schedule schedule_of(const json_t *input);

/* The first slot after a time, and the last one that is not after it. 0: none
 * within two months, which no schedule has. */
int64_t schedule_next(struct arena *a, const char *zone,
                      const struct schedule *s, int64_t time);
int64_t schedule_last(struct arena *a, const char *zone,
                      const struct schedule *s, int64_t time);

/* A row has the columns of table invoice_schedule, with the weekday as a word.
 */
enum db_result schedule_get(struct db *db, struct arena *a, const char *tenant,
                            const char *id, json_t **row);
enum db_result schedule_create(struct db *db, struct arena *a,
                               const struct tenant *tenant,
                               const struct actor *actor,
                               const struct schedule *new);

/* Nothing happens where it is so already. DB_NONE: it has changed meanwhile. */
enum db_result schedule_change(struct db *db, struct arena *a,
                               const struct tenant *tenant,
                               const struct actor *actor, const json_t *row,
                               const struct schedule *new);
enum db_result schedule_remove(struct db *db, struct arena *a,
                               const struct tenant *tenant,
                               const struct actor *actor, const json_t *row);

#endif
