#include "billing/schedule.h"

#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/text.h"
#include "billing/schedule_store.h"

enum { DAYS = 62, HOUR_S = 3600, HOURS = 24, WEEK = 7, MORNING = 3 };

static const char *const weekdays[WEEK] = {"monday",   "tuesday", "wednesday",
                                           "thursday", "friday",  "saturday",
                                           "sunday"};

struct schedule
schedule_of(const json_t *input)
{
    const char *weekday = row_text(input, "weekday");
    struct schedule s = {.unit = row_text(input, "unit"),
                         .weekday = 1,
                         .day = (int)row_int(input, "day"),
                         .hour = (int)row_int(input, "hour"),
                         .active =
                             json_is_true(json_object_get(input, "active"))};

    for (int i = 0; i < WEEK && weekday; i++) {
        if (strcmp(weekdays[i], weekday) == 0) {
            s.weekday = i + 1;
        }
    }
    return s;
}

/* ---- slots ---- */

static int
day_of_month(int64_t day)
{
    char date[11];

    clock_date(day, date);
    return (date[8] - '0') * 10 + (date[9] - '0');
}

static bool
is_on(const struct schedule *s, int64_t day)
{
    if (strcmp(s->unit, "week") == 0) {
        return (day + 3) % WEEK + 1 == s->weekday; /* day 0 was a Thursday */
    }
    if (strcmp(s->unit, "month") == 0) {
        return day_of_month(day) == s->day ||
               (day_of_month(day) < s->day && day_of_month(day + 1) == 1);
    }
    return true;
}

/* Clocks are put forward or back in the small hours: later hours are counted
 * from the end of the day. */
static int64_t
slot_on(const char *zone, const struct schedule *s, int64_t day)
{
    return s->hour < MORNING
               ? text_day_start(zone, day) + s->hour * HOUR_S
               : text_day_start(zone, day + 1) - (HOURS - s->hour) * HOUR_S;
}

static int64_t
day_at(struct arena *a, const char *zone, int64_t time)
{
    int64_t day = 0;

    clock_parse_date(text_day(a, zone, time), &day);
    return day;
}

int64_t
schedule_next(struct arena *a, const char *zone, const struct schedule *s,
              int64_t time)
{
    int64_t day = day_at(a, zone, time), end = day + DAYS;

    for (; day <= end; day++) {
        if (is_on(s, day) && slot_on(zone, s, day) > time) {
            return slot_on(zone, s, day);
        }
    }
    return 0;
}

int64_t
schedule_last(struct arena *a, const char *zone, const struct schedule *s,
              int64_t time)
{
    int64_t day = day_at(a, zone, time), end = day - DAYS;

    for (; day >= end; day--) {
        if (is_on(s, day) && slot_on(zone, s, day) <= time) {
            return slot_on(zone, s, day);
        }
    }
    return 0;
}

/* ---- changing ---- */

struct change {
    struct arena *arena;
    const struct tenant *tenant;
    const char *id;
    const struct actor *actor;
    const json_t *row; /* as it was */
    const struct schedule *new;
};

static enum db_result
note(struct db *db, const struct change *c, const char *action)
{
    struct audit audit = {c->actor, "", action, c->id, ""};
    json_t *after;
    enum db_result r = schedule_get(db, c->arena, c->tenant->id, c->id, &after);

    return r == DB_OK || r == DB_NONE
               ? audit_write_change(db, c->arena, c->tenant->id, &audit,
                                    schedule_form_fields, c->row, after)
               : r;
}

static int64_t
first_slot(const struct change *c)
{
    return schedule_next(c->arena, c->tenant->time_zone, c->new, clock_now());
}

static enum db_result
create_in_transaction(struct db *db, void *data)
{
    const struct change *c = data;
    enum db_result r = schedule_store_insert(db, c->tenant->id, c->id, c->new,
                                             first_slot(c), clock_now());

    return r == DB_OK ? note(db, c, "invoice_schedule.created") : r;
}

enum db_result
schedule_create(struct db *db, struct arena *a, const struct tenant *tenant,
                const struct actor *actor, const struct schedule *new)
{
    struct change c = {a, tenant, id_new(a, "sch"), actor, NULL, new};

    return db_transaction(db, true, create_in_transaction, &c);
}

static enum db_result
change_in_transaction(struct db *db, void *data)
{
    const struct change *c = data;
    int64_t changed = 0;
    enum db_result r = schedule_store_update(db, c->tenant->id, c->id,
                                             row_int(c->row, "version"), c->new,
                                             first_slot(c), &changed);

    if (r == DB_OK && changed == 0) {
        return DB_NONE;
    }
    return r == DB_OK ? note(db, c, "invoice_schedule.changed") : r;
}

static bool
differs(const json_t *row, const struct schedule *s)
{
    return strcmp(row_text(row, "unit"), s->unit) != 0 ||
           strcmp(row_text(row, "weekday"), weekdays[s->weekday - 1]) != 0 ||
           row_int(row, "day") != s->day || row_int(row, "hour") != s->hour ||
           (row_int(row, "active") != 0) != s->active;
}

enum db_result
schedule_change(struct db *db, struct arena *a, const struct tenant *tenant,
                const struct actor *actor, const json_t *row,
                const struct schedule *new)
{
    struct change c = {a, tenant, row_text(row, "id"), actor, row, new};

    return differs(row, new)
               ? db_transaction(db, true, change_in_transaction, &c)
               : DB_OK;
}

static enum db_result
remove_in_transaction(struct db *db, void *data)
{
    const struct change *c = data;
    int64_t changed = 0;
    enum db_result r = schedule_store_delete(
        db, c->tenant->id, c->id, row_int(c->row, "version"), &changed);

    if (r == DB_OK && changed == 0) {
        return DB_NONE;
    }
    return r == DB_OK ? note(db, c, "invoice_schedule.removed") : r;
}

enum db_result
schedule_remove(struct db *db, struct arena *a, const struct tenant *tenant,
                const struct actor *actor, const json_t *row)
{
    struct change c = {a, tenant, row_text(row, "id"), actor, row, NULL};

    return db_transaction(db, true, remove_in_transaction, &c);
}
