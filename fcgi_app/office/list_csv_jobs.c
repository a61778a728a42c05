/*
 * Writes a list of the back office into a CSV file, however long it is: its
 * address is asked page after page, as people would who leaf through it.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "export/export_file.h"
#include "http/form.h"
#include "http/request.h"
#include "office/office_web.h"
#include "tenant/tenant.h"

/* A step's rows lie in memory until its end. */
enum { PART = 200, STEP_ROWS = 2000, STEP_MS = 500 };

struct writing {
    struct export_file file;
    const struct list *list;
    struct request rq; /* for the list, as if somebody asked for it */
};

/* ---- where it goes on: "at&at_key", escaped ---- */

static void
note_place(struct writing *w, const struct list_part *part)
{
    struct arena *a = w->rq.arena;

    if (part->next) {
        snprintf(w->file.last, sizeof w->file.last, "%s&%s",
                 form_escape(a, part->at), form_escape(a, part->at_key));
    }
}

static void
set_place(struct writing *w)
{
    const char *key = strchr(w->file.last, '&');
    const char *query =
        key ? arena_printf(w->rq.arena, "at=%.*s&at_key=%s",
                           (int)(key - w->file.last), w->file.last, key + 1)
            : "";
    json_t *place;

    form_parse(w->rq.arena, query, strlen(query), &place);
    json_object_update(w->rq.arguments, place);
}

/* ---- a step ---- */

/* DB_NONE: there is no such list, no such tenant, or a filter has become
 * wrong. */
static enum db_result
prepare(struct writing *w)
{
    const struct job *job = w->file.job;
    const json_t *arguments = w->file.task->arguments;
    const char *path = row_text(arguments, "list");
    enum db_result r;

    w->rq = (struct request){.arena = job->arena,
                             .db = job->db,
                             .config = job->config,
                             .path = path,
                             .prefix = "",
                             .language = ""};
    w->rq.arguments = json_in_arena(
        job->arena, json_deep_copy(json_object_get(arguments, "asked")));
    w->list = office_list(path);
    r = w->list ? tenant_load(job->db, job->arena, job->config,
                              w->file.task->tenant, &w->rq.tenant)
                : DB_NONE;
    if (r == DB_OK) {
        w->rq.language = w->rq.tenant->default_language;
        json_object_del(w->rq.arguments, "at");
        json_object_del(w->rq.arguments, "at_key");
        set_place(w);
    }
    return r;
}

/* As many rows as there is time for. */
static enum db_result
write_rows(struct writing *w, struct list_part *part, struct buf *out)
{
    int64_t end = clock_monotonic_ms() + STEP_MS;
    size_t n = 0, i;
    json_t *row;

    if (w->file.offset == 0) {
        office_csv(&w->rq, w->list, NULL, out);
    }
    do {
        enum db_result r = office_list_part(&w->rq, w->list, part);

        if (r != DB_OK || w->rq.errors.n > 0) {
            return r == DB_OK ? DB_NONE : r;
        }
        json_array_foreach(part->rows, i, row)
        {
            office_csv(&w->rq, w->list, row, out);
        }
        n += json_array_size(part->rows);
        office_list_go_on(w->rq.arguments, part);
    } while (part->next && n < STEP_ROWS && clock_monotonic_ms() < end);
    w->file.task->done += (int64_t)n;
    return DB_OK;
}

static enum job_outcome
step(struct writing *w)
{
    struct export_file *f = &w->file;
    struct list_part part = {.limit = PART, .as_made = true};
    struct buf out = buf_new(f->job->arena, 256 * 1024);
    enum db_result r = prepare(w);

    if (r == DB_OK) {
        r = write_rows(w, &part, &out);
    }
    if (r == DB_NONE) {
        snprintf(f->task->why, sizeof f->task->why,
                 "there is no such list any more");
        return JOB_NEVER;
    }
    if (r != DB_OK) {
        return job_outcome(f->task, r, false);
    }
    note_place(w, &part);
    if (!export_file_put(f, out.data, out.len)) {
        return JOB_LATER;
    }
    export_file_note(f);
    if (!part.next && !export_file_publish(f, "csv")) {
        return JOB_LATER;
    }
    return export_file_save(f, !part.next);
}

enum job_outcome
office_list_step(struct job *job, struct job_task *task)
{
    struct writing w;
    enum job_outcome outcome = JOB_LATER;

    task->why[0] = '\0';
    if (export_file_open(&w.file, job, task)) {
        outcome = step(&w);
        export_file_close(&w.file);
    }
    return outcome;
}
