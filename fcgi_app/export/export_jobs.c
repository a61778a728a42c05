/* Writing exports, step by step, and removing them. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/config.h"
#include "base/log.h"
#include "export/export.h"
#include "export/export_file.h"

enum { BATCH = 500 };

static struct audit_filter
filter_of(const json_t *arguments)
{
    const json_t *to = json_object_get(arguments, "to");

    return (struct audit_filter){.actor = row_text(arguments, "actor"),
                                 .action = row_text(arguments, "action"),
                                 .object = row_text(arguments, "object"),
                                 .account = row_text(arguments, "account"),
                                 .from = row_int(arguments, "from"),
                                 .to = to ? json_integer_value(to) : CLOCK_END};
}

static bool
write_rows(struct export_file *f, const json_t *rows)
{
    struct buf text = buf_new(f->job->arena, 64 * 1024);
    json_t *row;
    size_t i;
    bool ok;

    if (f->offset == 0) {
        export_csv(&text, audit_fields, NULL);
    }

    json_array_foreach(rows, i, row)
    {
        export_csv(&text, audit_fields, row);
        snprintf(f->last, sizeof f->last, "%s", row_text(row, "id"));
        f->task->done++;
    }
    ok = export_file_put(f, text.data, text.len);
    export_file_note(f);
    return ok;
}

static enum job_outcome
step(struct export_file *f)
{
    struct audit_filter filter = filter_of(f->task->arguments);
    json_t *rows;
    enum db_result r = audit_after(f->job->db, f->job->arena, f->task->tenant,
                                   &filter, f->last, BATCH, &rows);
    bool end = r == DB_OK && json_array_size(rows) < BATCH;

    if (r != DB_OK) {
        return job_outcome(f->task, r, false);
    }
    if (!write_rows(f, rows) || (end && !export_file_publish(f, "csv"))) {
        return JOB_LATER;
    }
    return export_file_save(f, end);
}

enum job_outcome
export_audit(struct job *job, struct job_task *task)
{
    struct export_file file;
    enum job_outcome outcome = JOB_LATER;

    if (export_file_open(&file, job, task)) {
        outcome = step(&file);
        export_file_close(&file);
    }
    return outcome;
}

/* ---- the end of files ---- */

/* The program's clock says when a finished file is old, as it says to people;
 * a part is one that nobody has written to for a week. */
static bool
is_old(const char *name, const struct stat *st)
{
    size_t len = strlen(name);
    bool part = len > 5 && strcmp(name + len - 5, ".part") == 0;

    return st->st_mtime + EXPORT_LIFE_S <
           (part ? clock_real_ms() / 1000 : clock_now());
}

static void
forget_old(const char *dir)
{
    DIR *d = opendir(dir);
    const struct dirent *entry;
    char path[4096];
    struct stat st;

    while (d && (entry = readdir(d))) {
        snprintf(path, sizeof path, "%s/%s", dir, entry->d_name);
        if (stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
            is_old(entry->d_name, &st)) {
            unlink(path);
        }
    }
    if (d) {
        closedir(d);
    }
}

bool
export_forget(struct job *job)
{
    char all[1024], dir[2048];
    DIR *d;
    const struct dirent *entry;

    snprintf(all, sizeof all, "%s/exports", job->config->state);
    d = opendir(all);
    while (d && (entry = readdir(d))) {
        if (entry->d_name[0] != '.') {
            snprintf(dir, sizeof dir, "%s/%s", all, entry->d_name);
            forget_old(dir);
        }
    }
    if (d) {
        closedir(d);
    }
    return d || errno == ENOENT;
}
