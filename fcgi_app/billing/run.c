#include "billing/run.h"

#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "billing/run_store.h"
#include "contract/contract.h"
#include "job/job.h"

/* What lies further ahead is a mistake at the keyboard: contracts would be
 * billed for years. What lies further back is in a year that is closed. */
bool
invoice_run_date_ok(struct arena *a, const struct tenant *tenant,
                    const char *date)
{
    const char *today = tenant_today(a, tenant);
    char first[11], last[11];

    return span_days(today, -INVOICE_RUN_AWAY, first) &&
           span_days(today, INVOICE_RUN_AWAY, last) &&
           strcmp(date, first) >= 0 && strcmp(date, last) <= 0;
}

bool
invoice_run_dated_back(const json_t *row)
{
    const char *newest = row_text(row, "newest");

    return newest && strcmp(row_text(row, "date"), newest) < 0;
}

void
invoice_run_show(json_t *row, json_t *sums)
{
    int64_t done = row_int(row, "contracts"), total = row_int(row, "total");

    json_object_set_new(
        row, "warnings",
        json_string(invoice_run_dated_back(row) ? "before_newest" : ""));
    json_object_set_new(row, "progress",
                        json_pack("{s:I, s:I}", "done", (json_int_t)done,
                                  "total",
                                  (json_int_t)(total > done ? total : done)));
    json_object_set_new(row, "counts",
                        json_pack("{s:I, s:O, s:O}", "contracts",
                                  (json_int_t)done, "invoices",
                                  json_object_get(row, "invoices"), "failures",
                                  json_object_get(row, "n_failures")));
    if (sums) {
        json_object_set(row, "sums", sums);
    }
    if (row_int(row, "finished") == 0) {
        json_object_set_new(row, "finished", json_null());
    }
}

struct start {
    struct arena *arena;
    const char *tenant;
    const struct actor *actor;
    struct run_row row;
};

static enum db_result
nobody_else(struct db *db, const struct start *s)
{
    json_t *row;
    enum db_result r;

    if (s->row.dry_run) {
        return DB_OK;
    }
    r = run_store_under_way(db, s->arena, s->tenant, &row);
    return r == DB_NONE ? DB_OK : r == DB_OK ? DB_UNIQUE : r;
}

static enum db_result
start_in_transaction(struct db *db, void *data)
{
    struct start *s = data;
    struct audit audit = {s->actor, "", "invoice_run.started", s->row.id, ""};
    json_t *arguments =
               json_in_arena(s->arena, json_pack("{s:s, s:b}", "run", s->row.id,
                                                 "test", s->actor->test)),
           *row;
    enum db_result r = nobody_else(db, s);

    if (r == DB_OK) {
        r = job_enqueue(db, s->arena, s->tenant, s->actor, "invoice_run",
                        arguments, &s->row.job);
    }
    if (r == DB_OK) {
        r = run_store_insert(db, &s->row, clock_now());
    }
    if (r == DB_OK) {
        r = invoice_run_get(db, s->arena, s->tenant, s->row.id, &row);
    }
    return r == DB_OK ? audit_write_change(db, s->arena, s->tenant, &audit,
                                           invoice_run_list_fields, NULL, row)
                      : r;
}

enum db_result
invoice_run_start(struct db *db, struct arena *a, const struct tenant *tenant,
                  const struct actor *actor, const struct invoice_run_new *new,
                  const char **id)
{
    struct start s = {a,
                      tenant->id,
                      actor,
                      {.tenant = tenant->id,
                       .id = id_new(a, "run"),
                       .date = new->date ? new->date : tenant_today(a, tenant),
                       .origin = new->origin,
                       .created_by = actor->name,
                       .dry_run = new->dry_run}};

    *id = s.row.id;
    return db_transaction(db, true, start_in_transaction, &s);
}
