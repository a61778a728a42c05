/* A ZIP of documents: their PDFs, and a table of them. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/config.h"
#include "base/text.h"
#include "billing/pdf_document.h"
#include "export/export.h"
#include "export/export_file.h"
#include "export/zip.h"

enum { BATCH = 20, STEP_MS = 500, TABLE_BATCH = 500 };

struct packing {
    struct export_file file;
    struct actor actor;
    struct tenant *tenant;
};

/* What is picked; or, with from and to, what was issued then. */
static enum db_result
next_rows(const struct packing *p, const char *after, int limit, json_t **rows)
{
    const struct job_task *task = p->file.task;
    const json_t *picked = json_object_get(task->arguments, "numbers");

    return picked
               ? invoice_export_picked(p->file.job->db, p->file.job->arena,
                                       task->tenant, picked, after, limit, rows)
               : invoice_export_issued(p->file.job->db, p->file.job->arena,
                                       task->tenant, task->arguments, after,
                                       limit, rows);
}

/* ---- the PDFs ---- */

static enum db_result
pack_one(struct packing *p, struct buf *out, const char *id)
{
    struct job *job = p->file.job;
    struct document d;
    struct document_bytes pdf;
    enum db_result r = document_load(job->db, job->arena, p->tenant, id, &d);

    if (r == DB_OK) {
        r = document_file(job->db, job->arena, job->config, p->tenant,
                          &p->actor, &d, DOCUMENT_PDF, &pdf);
    }
    if (r == DB_OK) {
        zip_add(
            out,
            arena_printf(job->arena, "%s.pdf",
                         text_file_name(job->arena, row_text(d.row, "number"))),
            row_text(d.row, "date"), pdf.data, pdf.len);
    }
    return r;
}

/* How many it will be, for people. */
static enum db_result
count(struct packing *p)
{
    struct job_task *task = p->file.task;
    const json_t *picked = json_object_get(task->arguments, "numbers");

    if (picked) {
        task->total = (int64_t)json_array_size(picked);
    }
    return task->total > 0
               ? DB_OK
               : invoice_export_count(p->file.job->db, p->file.job->arena,
                                      task->tenant, task->arguments,
                                      &task->total);
}

/* As many as there is time for. *all: there are no more. */
static enum db_result
pack(struct packing *p, bool *all)
{
    struct export_file *f = &p->file;
    int64_t end = clock_monotonic_ms() + STEP_MS;
    struct buf out = buf_new(f->job->arena, 512 * 1024);
    json_t *rows;
    size_t i = 0, n;
    enum db_result r = next_rows(p, f->last, BATCH, &rows);

    n = r == DB_OK ? json_array_size(rows) : 0;
    while (r == DB_OK && i < n && clock_monotonic_ms() < end) {
        const json_t *row = json_array_get(rows, i++);

        r = pack_one(p, &out, row_text(row, "id"));
        snprintf(f->last, sizeof f->last, "%s", row_text(row, "after"));
        f->task->done++;
    }
    *all = r == DB_OK && i == n && n < BATCH;
    return r == DB_OK && !export_file_put(f, out.data, out.len) ? DB_UNAVAILABLE
                                                                : r;
}

/* ---- the table, and the end ---- */

/* Amounts as programs write them. */
static void
set_amounts(struct arena *a, json_t *row)
{
    static const char *const columns[] = {"net", "vat", "gross"};

    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        json_object_set_new(
            row, columns[i],
            json_string(text_amount(a, row_int(row, columns[i]),
                                    row_text(row, "currency"))));
    }
}

static enum db_result
table(struct packing *p, struct buf *out)
{
    const char *after = "";
    json_t *rows, *row;
    size_t i;
    enum db_result r;

    export_csv(out, invoice_export_fields, NULL);
    do {
        r = next_rows(p, after, TABLE_BATCH, &rows);
        if (r != DB_OK) {
            return r;
        }
        json_array_foreach(rows, i, row)
        {
            set_amounts(p->file.job->arena, row);
            export_csv(out, invoice_export_fields, row);
            after = row_text(row, "after");
        }
    } while (json_array_size(rows) == TABLE_BATCH);
    return DB_OK;
}

static enum db_result
end_file(struct packing *p)
{
    struct export_file *f = &p->file;
    struct buf csv = buf_new(f->job->arena, 64 * 1024);
    struct buf out = buf_new(f->job->arena, 64 * 1024);
    long long size;
    enum db_result r = table(p, &csv);

    if (r != DB_OK) {
        return r;
    }
    zip_add(&out, "invoices.csv", tenant_today(f->job->arena, p->tenant),
            csv.data, csv.len);
    if (!export_file_put(f, out.data, out.len)) {
        return DB_UNAVAILABLE;
    }
    size = f->offset;
    out.len = 0;
    if (!zip_directory(&out, f->fd, size)) {
        snprintf(f->task->why, sizeof f->task->why,
                 "the file is too large, or was damaged");
        return DB_UNAVAILABLE;
    }
    return export_file_put(f, out.data, out.len) &&
                   export_file_publish(f, "zip")
               ? DB_OK
               : DB_UNAVAILABLE;
}

static enum job_outcome
step(struct packing *p)
{
    struct export_file *f = &p->file;
    struct job *job = f->job;
    bool all = false;
    enum db_result r = tenant_load(job->db, job->arena, job->config,
                                   f->task->tenant, &p->tenant);

    if (r == DB_OK) {
        r = count(p);
    }
    if (r == DB_OK) {
        r = pack(p, &all);
    }
    if (r == DB_OK) {
        export_file_note(f);
        r = all ? end_file(p) : DB_OK;
    }
    if (r == DB_UNAVAILABLE && f->task->why[0]) {
        return JOB_LATER;
    }
    return r == DB_OK ? export_file_save(f, all) : job_outcome(f->task, r, all);
}

enum job_outcome
export_invoices(struct job *job, struct job_task *task)
{
    struct packing p = {
        .actor = {task->created_by, "", task->request_id, NULL, false}};
    enum job_outcome outcome = JOB_LATER;

    task->why[0] = '\0';
    if (export_file_open(&p.file, job, task)) {
        outcome = step(&p);
        export_file_close(&p.file);
    }
    return outcome;
}
