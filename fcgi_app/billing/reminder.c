#include "billing/reminder.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "billing/delivery.h"
#include "billing/ledger.h"
#include "billing/reminder_store.h"
#include "contract/contract.h"

/* ---- levels ---- */

static const char *
setting_of(struct arena *a, int level, const char *what)
{
    return arena_printf(a, "reminder%d_%s", level + 1, what);
}

struct reminder_terms
reminder_terms_of(struct db *db, struct arena *a, const char *tenant)
{
    struct reminder_terms t = {setting_number(db, a, tenant, "reminder_levels"),
                               {{0}}};

    for (int i = 0; i < t.levels && i < REMINDER_LEVELS; i++) {
        t.level[i].days =
            setting_number(db, a, tenant, setting_of(a, i, "days"));
        t.level[i].fee =
            setting_decimal(db, a, tenant, setting_of(a, i, "fee"));
        t.level[i].target =
            setting_number(db, a, tenant, setting_of(a, i, "target"));
    }
    return t;
}

/* ---- asking for a run ---- */

bool
reminder_date_ok(struct arena *a, const struct tenant *tenant, const char *date,
                 bool dry_run)
{
    return dry_run || strcmp(date, tenant_today(a, tenant)) <= 0;
}

struct asking {
    struct arena *arena;
    const char *tenant, *id;
    const struct actor *actor;
    const struct reminder_run_new *new;
};

static enum db_result
ask_in_transaction(struct db *db, void *data)
{
    const struct asking *x = data;
    const struct reminder_run_new *new = x->new;
    json_t *arguments =
        json_in_arena(x->arena, json_pack("{s:s}", "run", x->id));
    struct audit row = {x->actor, "", "reminder_run.asked", x->id, ""};
    int64_t changed;
    const char *job;
    enum db_result r = job_enqueue(db, x->arena, x->tenant, x->actor,
                                   "reminder_run", arguments, &job);

    if (r == DB_OK) {
        r = reminder_store_run_insert(db, x->tenant, new, x->id, job, x->actor,
                                      &changed);
    }
    if (r == DB_OK && changed == 0) {
        return DB_UNIQUE;
    }
    row.detail = arena_printf(x->arena, "%s%s", new->date,
                              new->dry_run ? ", dry run" : "");
    return r == DB_OK ? audit_write(db, x->arena, x->tenant, &row) : r;
}

enum db_result
reminder_run_ask(struct db *db, struct arena *a, const struct tenant *tenant,
                 const struct actor *actor, const struct reminder_run_new *new,
                 const char **id)
{
    struct asking x = {a, tenant->id, id_new(a, "rrn"), actor, new};

    *id = x.id;
    return db_transaction(db, true, ask_in_transaction, &x);
}

/* ---- what is due ---- */

static const char *
days_from(struct arena *a, const char *date, int64_t days)
{
    char out[11];

    return span_days(date, days, out) ? arena_strdup(a, out) : "";
}

struct reminder_due
reminder_due_of(const struct reminding *r)
{
    struct reminder_due due = {.tenant = r->tenant->id,
                               .date = row_text(r->run, "date"),
                               .levels = r->terms->levels};

    for (int i = 0; i < REMINDER_LEVELS; i++) {
        due.cut[i] = days_from(r->arena, due.date, -r->terms->level[i].days);
    }
    return due;
}

enum db_result
reminder_next(struct db *db, const struct reminding *r, const char *after,
              const char **group)
{
    struct reminder_due due = reminder_due_of(r);
    json_t *row;
    enum db_result result =
        reminder_store_next(db, r->arena, &due, after, &row);

    if (result == DB_OK) {
        *group = row_text(row, "grp");
    }
    return result;
}

enum db_result
reminder_count(struct db *db, const struct reminding *r, int64_t *count)
{
    struct reminder_due due = reminder_due_of(r);
    json_t *row;
    enum db_result result = reminder_store_groups(db, r->arena, &due, &row);

    if (result == DB_OK) {
        *count = row_int(row, "count");
    }
    return result;
}

/* ---- letters as they are shown ---- */

/* With the numbers that people know for the ids of the row. */
static void
show(json_t *row)
{
    json_object_set(row, "customer", json_object_get(row, "customer_number"));
    json_object_set(row, "contract", json_object_get(row, "contract_ref"));
    delivery_shown(row);
}

enum db_result
reminder_shown(struct db *db, struct arena *a, const char *tenant, json_t *rows)
{
    struct db_bulk *letters = db_bulk(a, "n:i tenant:t reminder:t currency:t");
    json_t *invoices, *row;
    size_t i;
    enum db_result r;

    json_array_foreach(rows, i, row)
    {
        if (!json_object_get(row, "invoices")) {
            json_object_set_new(row, "invoices", json_array());
            db_bulk_add(letters, (int64_t)i, tenant, row_text(row, "id"),
                        row_text(row, "currency"));
            show(row);
        }
    }
    r = reminder_store_invoices(db, a, letters, &invoices);
    json_array_foreach(invoices, i, row)
    {
        json_array_append(
            json_object_get(json_array_get(rows, (size_t)row_int(row, "n")),
                            "invoices"),
            row);
    }
    return r;
}

/* Those of a dry run are as they were put down. */
static enum db_result
previews(struct db *db, struct arena *a, const char *tenant, const json_t *run,
         const char *after, int limit, json_t **rows)
{
    json_t *list, *row, *letter;
    size_t i;
    enum db_result r = reminder_store_previews(
        db, a, tenant, row_text(run, "id"),
        after ? (int64_t)strtoll(after, NULL, 10) : 0, limit, &list);

    *rows = json_in_arena(a, json_array());
    json_array_foreach(list, i, row)
    {
        letter = json_loads(row_text(row, "letter"), 0, NULL);
        json_object_set_new(letter, "key",
                            json_sprintf("%" JSON_INTEGER_FORMAT,
                                         (json_int_t)row_int(row, "position")));
        json_array_append_new(*rows, letter);
    }
    return r;
}

enum db_result
reminder_run_letters(struct db *db, struct arena *a, const char *tenant,
                     const json_t *run, const char *after, int limit,
                     json_t **rows)
{
    json_t *row;
    size_t i;
    enum db_result r;

    if (row_int(run, "dry_run")) {
        return previews(db, a, tenant, run, after, limit, rows);
    }
    r = reminder_store_of_run(db, a, tenant, row_text(run, "id"),
                              after ? after : "", limit, rows);
    json_array_foreach(*rows, i, row)
    {
        json_object_set(row, "key", json_object_get(row, "number"));
    }
    return r;
}

/* ---- acts of staff ---- */

static const struct {
    const char *action;
    const char *dispatch; /* from then on */
} acts[] = {
    [REMINDER_RESEND] = {"reminder.resent", "waiting"},
    [REMINDER_PRINTED] = {"reminder.printed", "printed"},
    [REMINDER_WITHDRAW] = {"reminder.withdrawn", NULL},
};

bool
reminder_may(const json_t *row, enum reminder_act act)
{
    const char *dispatch = row_text(row, "dispatch");

    if (row_int(row, "withdrawn")) {
        return false;
    }
    switch (act) {
    case REMINDER_RESEND: /* not while a mail is under way */
        return strcmp(dispatch, "waiting") != 0;
    case REMINDER_PRINTED:
        return strcmp(dispatch, "to_print") == 0;
    default:
        return true;
    }
}

struct acting {
    struct arena *arena;
    const char *tenant, *today;
    const struct actor *actor;
    const json_t *row;
    enum reminder_act act;
};

static enum db_result
lower_each(struct db *db, const struct acting *x)
{
    json_t *invoices, *invoice;
    size_t i;
    enum db_result r = reminder_invoices(db, x->arena, x->tenant,
                                         row_text(x->row, "id"), &invoices);

    json_array_foreach(invoices, i, invoice)
    {
        if (r == DB_OK &&
            row_int(invoice, "level") != row_int(invoice, "level_before")) {
            r = reminder_store_lower(db, x->tenant, invoice,
                                     row_text(x->row, "date"));
        }
    }
    return r;
}

/* What is sent already stays so; what waits goes nowhere. */
static const char *
dispatch_withdrawn(const char *dispatch)
{
    return strcmp(dispatch, "waiting") == 0 || strcmp(dispatch, "to_print") == 0
               ? "none"
               : dispatch;
}

/* What an act leads to; a key of test mode sends nothing, and keeps nothing
 * from being sent. */
static const char *
dispatch_after(const struct acting *x)
{
    const char *before = row_text(x->row, "dispatch");

    if (x->act == REMINDER_WITHDRAW) {
        return dispatch_withdrawn(before);
    }
    return x->act == REMINDER_RESEND && x->actor->test ? before
                                                       : acts[x->act].dispatch;
}

/* What was withdrawn costs nothing. */
static enum db_result
waive_fee(struct db *db, const struct acting *x)
{
    const struct ledger ledger = {db, x->arena, x->tenant, x->actor};
    const struct ledger_entry entry = {
        .id = arena_printf(x->arena, "%s.end", row_text(x->row, "id")),
        .customer = row_text(x->row, "customer"),
        .contract = row_text(x->row, "contract"),
        .currency = row_text(x->row, "currency"),
        .date = x->today,
        .kind = "fee",
        .amount = -row_int(x->row, "fee"),
        .note = row_text(x->row, "number")};

    return entry.amount < 0 ? ledger_add(&ledger, &entry) : DB_OK;
}

static enum db_result
act_in_transaction(struct db *db, void *data)
{
    const struct acting *x = data;
    bool withdraw = x->act == REMINDER_WITHDRAW;
    const char *after = dispatch_after(x);
    struct audit row = {x->actor, row_text(x->row, "customer"),
                        acts[x->act].action, row_text(x->row, "id"),
                        row_text(x->row, "number")};
    json_t *changed_row = json_in_arena(x->arena, json_copy((json_t *)x->row));
    int64_t changed, withdrawn = withdraw ? clock_now() : 0;
    enum db_result r = reminder_store_change(db, x->tenant, x->row, after,
                                             withdrawn, &changed);

    if (r == DB_OK && changed == 0) {
        return DB_NONE;
    }
    if (r == DB_OK && withdraw) {
        r = lower_each(db, x);
        r = r == DB_OK ? waive_fee(db, x) : r;
    }
    json_object_set_new(changed_row, "dispatch", json_string(after));
    json_object_set_new(changed_row, "withdrawn", json_integer(withdrawn));
    return r == DB_OK ? audit_write_change(db, x->arena, x->tenant, &row,
                                           reminder_fields, x->row, changed_row)
                      : r;
}

enum db_result
reminder_do(struct db *db, struct arena *a, const struct tenant *tenant,
            const struct actor *actor, const json_t *row, enum reminder_act act)
{
    struct acting x = {a, tenant->id, tenant_today(a, tenant), actor, row, act};

    return reminder_may(row, act)
               ? db_transaction(db, true, act_in_transaction, &x)
               : DB_CHECK;
}

/* ---- invoices that are left alone ---- */

struct blocking {
    struct arena *arena;
    const char *tenant;
    const struct actor *actor;
    const json_t *row;
    const char *until;
};

static enum db_result
block_in_transaction(struct db *db, void *data)
{
    const struct blocking *x = data;
    struct audit row = {x->actor, row_text(x->row, "customer_id"),
                        "invoice.reminder_block", row_text(x->row, "id"),
                        row_text(x->row, "number")};
    json_t *after = json_in_arena(x->arena, json_copy((json_t *)x->row));
    int64_t changed;
    enum db_result r = reminder_store_block(
        db, x->tenant, row_text(x->row, "number"),
        row_text(x->row, "reminder_block"), x->until, &changed);

    json_object_set_new(after, "reminder_block", json_string(x->until));
    if (r == DB_OK && changed == 0) {
        return DB_NONE;
    }
    return r == DB_OK ? audit_write_change(db, x->arena, x->tenant, &row,
                                           reminder_block_fields, x->row, after)
                      : r;
}

enum db_result
reminder_block(struct db *db, struct arena *a, const char *tenant,
               const struct actor *actor, const json_t *row, const char *until)
{
    struct blocking x = {a, tenant, actor, row, until};

    return strcmp(row_text(row, "reminder_block"), until) == 0
               ? DB_OK
               : db_transaction(db, true, block_in_transaction, &x);
}
