/* Working an invoice run off, batch by batch. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "billing/ledger.h"
#include "billing/run_batch.h"
#include "callback/callback.h"
#include "job/job.h"

enum {
    BATCH = 500, /* contracts in a transaction: others want to write, too */
    FORGET_ROWS = 2000,
    FORGET_RUNS = 50,
};

/*
 * Where the next step begins, the task's position: "begin", "due <customer>
 * <day> <id> <alone>", "rest <id> <alone>". alone: so many contracts are tried
 * by themselves, as one of their batch could not be written.
 */
struct place {
    bool begun, rest;
    char customer[64], day[11], id[64];
    int alone;
};

struct work {
    struct job *job;
    struct job_task *task;
    const struct tenant *tenant;
    json_t *run;
    struct actor actor;
    struct place at, next;
    bool skip;   /* what cannot be written is noted and left out */
    size_t seen; /* contracts of the batch */
    bool done;
    struct job_task saved; /* the task as it is when the step stands */
};

static void
read_place(const char *position, struct place *at)
{
    *at = (struct place){.begun = true};
    if (sscanf(position, "due %63s %10s %63s %d", at->customer, at->day, at->id,
               &at->alone) == 4) {
        return;
    }
    if (sscanf(position, "rest %63s %d", at->id, &at->alone) == 2) {
        at->rest = true;
        return;
    }
    *at = (struct place){.begun = false};
}

/* "-" stands for nothing, and is less than any id and day. */
static void
write_place(const struct place *at, char *out, size_t size)
{
    const char *id = at->id[0] ? at->id : "-";

    if (at->rest) {
        snprintf(out, size, "rest %s %d", id, at->alone);
    } else {
        snprintf(out, size, "due %s %s %s %d",
                 at->customer[0] ? at->customer : "-",
                 at->day[0] ? at->day : "-", id, at->alone);
    }
}

/* ---- the beginning and the end ---- */

static enum db_result
progress(struct db *db, const struct work *w, const char *status, int64_t total)
{
    struct run_progress p = {.tenant = w->task->tenant,
                             .id = row_text(w->run, "id"),
                             .status = status,
                             .total = total};

    return run_store_progress(db, &p);
}

static enum db_result
begin(struct db *db, struct work *w)
{
    struct arena *a = w->job->arena;
    json_t *row;
    enum db_result r =
        run_store_count(db, a, w->task->tenant, row_text(w->run, "date"), &row);

    if (r == DB_OK) {
        w->saved.total = row_int(row, "n");
        r = progress(db, w, "running", w->saved.total);
    }
    return r;
}

static enum db_result
tell_end(struct db *db, const struct work *w)
{
    struct arena *a = w->job->arena;
    json_t *row, *sums = NULL;
    const char *id = row_text(w->run, "id");
    struct audit audit = {&w->actor, "", "invoice_run.finished", id, ""};
    enum db_result r = invoice_run_get(db, a, w->task->tenant, id, &row);

    if (r == DB_OK) {
        r = invoice_run_sums(db, a, w->task->tenant, id, &sums);
    }
    if (r != DB_OK) {
        return r;
    }
    audit.detail = arena_printf(
        a, "%" PRId64 " contracts, %" PRId64 " invoices, %" PRId64 " failures",
        row_int(row, "contracts"), row_int(row, "invoices"),
        row_int(row, "n_failures"));
    r = audit_write(db, a, w->task->tenant, &audit);
    invoice_run_show(row, sums);
    return r == DB_OK
               ? callback_enqueue(
                     db, a, w->task->tenant, CALLBACK_invoice_run_finished, id,
                     json_incref(field_output(a, invoice_run_told_fields, row)),
                     w->task->request_id)
               : r;
}

static enum db_result
finish(struct db *db, struct work *w)
{
    struct run_progress p = {.tenant = w->task->tenant,
                             .id = row_text(w->run, "id"),
                             .status = "done",
                             .total = w->saved.done,
                             .finished = clock_now()};
    struct ledger ledger = {db, w->job->arena, p.tenant, &w->actor};
    enum db_result r = run_store_progress(db, &p);

    if (r == DB_OK && row_int(w->run, "dry_run") == 0) {
        r = ledger_settle_later(&ledger);
    }
    w->done = true;
    w->saved.total = w->saved.done;
    snprintf(w->saved.result, sizeof w->saved.result, "{\"run\":\"%s\"}", p.id);
    return r == DB_OK ? tell_end(db, w) : r;
}

/* ---- a batch ---- */

/* Nothing is kept of a dry run. */
static enum db_result
find_seller(struct db *db, const struct work *w, struct run_batch *b)
{
    return b->dry_run
               ? DB_OK
               : invoice_seller(db, b->arena, w->tenant, &b->terms.seller);
}

static struct run_batch
batch_of(struct db *db, const struct work *w)
{
    struct arena *a = w->job->arena;

    return (struct run_batch){.arena = a,
                              .terms = {.tenant = w->tenant,
                                        .date = row_text(w->run, "date"),
                                        .due_days = (int)setting_number(
                                            db, a, w->tenant->id, "due_days")},
                              .actor = &w->actor,
                              .run = row_text(w->run, "id"),
                              .dry_run = row_int(w->run, "dry_run") != 0,
                              .alone = w->at.alone > 0,
                              .position = w->task->done + 1};
}

/* Behind the batch; or, behind the last one, to what comes then. */
static void
go_on(struct work *w, const json_t *last)
{
    w->next = w->at;
    w->next.alone = w->at.alone > 0 ? w->at.alone - 1 : 0;
    if (!last) {
        w->next = (struct place){.begun = true, .rest = true};
        return;
    }
    snprintf(w->next.id, sizeof w->next.id, "%s", row_text(last, "id"));
    if (!w->at.rest) {
        snprintf(w->next.customer, sizeof w->next.customer, "%s",
                 row_text(last, "customer"));
        snprintf(w->next.day, sizeof w->next.day, "%s",
                 row_text(last, "next_billing"));
    }
}

static enum db_result
note_batch(struct db *db, struct work *w, const struct run_batch *b)
{
    struct run_progress p = {.tenant = w->task->tenant,
                             .id = b->run,
                             .status = "running",
                             .total = w->saved.total,
                             .contracts = (int64_t)b->n,
                             .invoices = (int64_t)b->invoices,
                             .failures = (int64_t)b->failures};

    w->saved.done += (int64_t)b->n;
    if (w->saved.done > w->saved.total) { /* some have come since */
        p.total = w->saved.total = w->saved.done;
    }
    return run_store_progress(db, &p);
}

/* Nothing is written of a contract that cannot be, but that. */
static void
skip(struct run_batch *b)
{
    for (size_t i = 0; i < b->n; i++) {
        b->bills[i].failure = "not_written";
    }
    b->invoices = 0;
    b->failures = b->n;
}

static enum db_result
work_batch(struct db *db, struct work *w)
{
    struct run_batch b = batch_of(db, w);
    struct run_place from = {w->task->tenant, b.terms.date, w->at.rest,
                             w->at.customer,  w->at.day,    w->at.id};
    const json_t *last;
    enum db_result r =
        run_batch_read(db, &b, &from, b.alone ? 1 : BATCH, &last);

    w->seen = b.n;
    if (r == DB_OK && last) {
        r = find_seller(db, w, &b);
    }
    if (r == DB_OK && w->skip) {
        skip(&b);
    }
    if (r == DB_OK && last) {
        r = run_batch_write(db, &b);
    }
    if (r == DB_OK && last) {
        r = note_batch(db, w, &b);
    }
    if (r == DB_OK && !last && w->at.rest) {
        return finish(db, w);
    }
    go_on(w, last);
    return r;
}

/* ---- a step ---- */

/* May run several times, each as if it was the first. */
static enum db_result
step_in_transaction(struct db *db, void *data)
{
    struct work *w = data;
    enum db_result r;

    w->saved = *w->task;
    w->done = false;
    w->next = (struct place){.begun = true};
    r = w->at.begun ? work_batch(db, w) : begin(db, w);
    write_place(&w->next, w->saved.position, sizeof w->saved.position);
    return r == DB_OK ? job_save(db, &w->saved, w->done) : r;
}

/* Only the position moves: what cannot be written together is tried alone. */
static enum db_result
divide_in_transaction(struct db *db, void *data)
{
    struct work *w = data;

    w->saved = *w->task;
    w->next = w->at;
    w->next.alone = (int)w->seen;
    write_place(&w->next, w->saved.position, sizeof w->saved.position);
    return job_save(db, &w->saved, false);
}

static enum db_result
step(struct work *w)
{
    struct db *db = w->job->db;
    enum db_result r = db_transaction(db, true, step_in_transaction, w);

    if (!db_of_rows(r) || w->seen == 0) {
        return r;
    }
    log_warn("%s: %zu contracts could not be billed together",
             row_text(w->run, "id"), w->seen);
    if (w->at.alone == 0) {
        return db_transaction(db, true, divide_in_transaction, w);
    }
    w->skip = true;
    return db_transaction(db, true, step_in_transaction, w);
}

static enum db_result
load(struct work *w)
{
    struct job *job = w->job;
    const char *id = row_text(w->task->arguments, "run");
    struct tenant *tenant;
    enum db_result r =
        tenant_load(job->db, job->arena, job->config, w->task->tenant, &tenant);

    w->tenant = tenant;
    return r == DB_OK ? invoice_run_get(job->db, job->arena, w->task->tenant,
                                        id ? id : "", &w->run)
                      : r;
}

enum job_outcome
invoice_run_work(struct job *job, struct job_task *task)
{
    struct work w = {
        .job = job,
        .task = task,
        .actor = {task->created_by, "", task->request_id, NULL,
                  json_is_true(json_object_get(task->arguments, "test"))}};
    enum db_result r = load(&w);

    if (r == DB_NONE) {
        snprintf(task->why, sizeof task->why, "there is no such run");
        return JOB_NEVER;
    }
    read_place(task->position, &w.at);
    if (r == DB_OK) {
        r = step(&w);
    }
    if (r == DB_OK) {
        *task = w.saved;
    }
    return job_outcome(task, r, w.done);
}

/* ---- dry runs ---- */

struct forgetting {
    const char *tenant, *id;
    bool done;
};

static enum db_result
forget_in_transaction(struct db *db, void *data)
{
    struct forgetting *f = data;
    int64_t changed;
    enum db_result r =
        run_store_forget_parts(db, f->tenant, f->id, FORGET_ROWS, &changed);

    f->done = r == DB_OK && changed == 0;
    return f->done ? run_store_forget(db, f->tenant, f->id) : r;
}

bool
invoice_runs_forget(struct job *job)
{
    json_t *rows, *row;
    size_t i;
    enum db_result r =
        run_store_old_dry(job->db, job->arena, clock_now() - INVOICE_RUN_DRY_S,
                          FORGET_RUNS, &rows);

    json_array_foreach(rows, i, row)
    {
        struct forgetting f = {row_text(row, "tenant"), row_text(row, "id"),
                               false};

        while (r == DB_OK && !f.done && !*job->stop) {
            r = db_transaction(job->db, false, forget_in_transaction, &f);
        }
    }
    return r == DB_OK || *job->stop;
}
