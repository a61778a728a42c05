/* Writing exports, step by step, and removing them. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/config.h"
#include "base/log.h"
#include "export/export.h"

enum { BATCH = 500, HASH = 32 };

struct writing {
    struct job *job;
    struct job_task *task;
    char dir[2048];
    char part[2200], file[2200];
    /* the task's position: "attempt offset last-id" */
    int64_t attempt;
    long long offset;
    char last[64];
    struct actor actor;
};

/* ---- the file ---- */

static bool
fail(struct writing *w, const char *what)
{
    snprintf(w->task->why, sizeof w->task->why, "%s: %s", what,
             strerror(errno));
    return false;
}

static bool
make_dir(struct writing *w)
{
    char all[1024];

    snprintf(all, sizeof all, "%s/exports", w->job->config->state);
    snprintf(w->dir, sizeof w->dir, "%s/%s", all, w->task->tenant);
    return (mkdir(all, 0750) == 0 || errno == EEXIST) &&
                   (mkdir(w->dir, 0750) == 0 || errno == EEXIST)
               ? true
               : fail(w, "the directory of exports cannot be made");
}

static void
part_name(const struct writing *w, int64_t attempt, char out[2200])
{
    snprintf(out, 2200, "%s/%s.%lld.part", w->dir, w->task->id,
             (long long)attempt);
}

/* What an interrupted try has left, as far as its steps were saved. Each try
 * has a file of its own: one that only seems dead may still be writing. */
static bool
copy_part(struct writing *w, int to)
{
    char path[2200];
    off_t from = 0;
    ssize_t n = 1;
    int fd;

    part_name(w, w->attempt, path);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && from < w->offset && n > 0) {
        n = sendfile(to, fd, &from, (size_t)(w->offset - from));
    }
    if (fd >= 0) {
        close(fd);
        unlink(path);
    }
    return from == w->offset;
}

/* The file of this try, up to where the last saved step ended; -1: told. What
 * another host has begun is begun anew. */
static int
open_part(struct writing *w)
{
    struct stat st;
    int fd;

    part_name(w, w->task->attempt, w->part);
    fd = open(w->part, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (fd < 0 || fstat(fd, &st) != 0) {
        fail(w, "the file cannot be written");
        return fd < 0 ? fd : (close(fd), -1);
    }
    if (w->attempt != w->task->attempt) {
        st.st_size = copy_part(w, fd) ? w->offset : -1;
    }
    if (st.st_size < w->offset) {
        log_warn("%s is begun anew", w->task->id);
        w->offset = 0;
        w->last[0] = '\0';
        w->task->done = 0;
    }
    if (ftruncate(fd, w->offset) != 0 || lseek(fd, w->offset, SEEK_SET) < 0) {
        fail(w, "the file cannot be written");
        close(fd);
        return -1;
    }
    return fd;
}

static bool
put(struct writing *w, int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, text, len);

        if (n < 0) {
            return fail(w, "the file cannot be written");
        }
        text += n;
        len -= (size_t)n;
        w->offset += n;
    }
    return true;
}

/* Its age is told by the program's clock, which tests move. */
static void
date_file(int fd)
{
    struct timespec now[2] = {{clock_now(), 0}, {clock_now(), 0}};

    if (futimens(fd, now) != 0) {
        log_warn("an export cannot be dated: %s", strerror(errno));
    }
}

/* Names it by what it holds. */
static bool
publish(struct writing *w, int fd)
{
    crypto_generichash_state state;
    unsigned char hash[HASH], block[16384];
    char hex[2 * HASH + 1];
    ssize_t n;

    crypto_generichash_init(&state, NULL, 0, sizeof hash);
    date_file(fd);
    if (fsync(fd) != 0 || lseek(fd, 0, SEEK_SET) != 0) {
        return fail(w, "the file cannot be written");
    }
    while ((n = read(fd, block, sizeof block)) > 0) {
        crypto_generichash_update(&state, block, (size_t)n);
    }
    crypto_generichash_final(&state, hash, sizeof hash);
    sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
    snprintf(w->file, sizeof w->file, "%s/%s.csv", w->dir, hex);
    if (n < 0 || rename(w->part, w->file) != 0) {
        return fail(w, "the file cannot be named");
    }
    snprintf(w->task->result, sizeof w->task->result,
             "{\"file\":\"%s.csv\",\"bytes\":%lld,\"rows\":%lld}", hex,
             w->offset, (long long)w->task->done);
    return true;
}

/* ---- a step ---- */

static enum db_result
save_step(struct db *db, void *data)
{
    return job_save(db, ((const struct writing *)data)->task, false);
}

static enum db_result
save_end(struct db *db, void *data)
{
    const struct writing *w = data;
    struct audit row = {&w->actor, "", "export.made", w->task->id,
                        w->task->result};
    enum db_result r = audit_write(db, w->job->arena, w->task->tenant, &row);

    return r == DB_OK ? job_save(db, w->task, true) : r;
}

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
write_rows(struct writing *w, int fd, const json_t *rows)
{
    struct arena *a = w->job->arena;
    struct buf text = buf_new(a, 64 * 1024);
    json_t *row;
    size_t i;
    bool ok;

    if (w->offset == 0) {
        export_csv(&text, audit_fields, NULL);
    }

    json_array_foreach(rows, i, row)
    {
        export_csv(&text, audit_fields, row);
        snprintf(w->last, sizeof w->last, "%s", row_text(row, "id"));
        w->task->done++;
    }
    ok = put(w, fd, text.data, text.len);
    snprintf(w->task->position, sizeof w->task->position, "%lld %lld %s",
             (long long)w->task->attempt, w->offset, w->last);
    return ok;
}

static enum job_outcome
step(struct writing *w, int fd)
{
    struct audit_filter filter = filter_of(w->task->arguments);
    json_t *rows;
    enum db_result r = audit_after(w->job->db, w->job->arena, w->task->tenant,
                                   &filter, w->last, BATCH, &rows);
    bool end = r == DB_OK && json_array_size(rows) < BATCH;

    if (r != DB_OK) {
        return job_outcome(w->task, r, false);
    }
    if (!write_rows(w, fd, rows) || (end && !publish(w, fd))) {
        return JOB_LATER;
    }
    r = db_transaction(w->job->db, end, end ? save_end : save_step, w);
    return job_outcome(w->task, r, end);
}

enum job_outcome
export_audit(struct job *job, struct job_task *task)
{
    struct writing w = {
        .job = job,
        .task = task,
        .attempt = task->attempt,
        .actor = {task->created_by, "", task->request_id, NULL, false}};
    long long attempt = task->attempt;
    enum job_outcome outcome = JOB_LATER;
    int fd;

    if (sscanf(task->position, "%lld %lld %63s", &attempt, &w.offset, w.last) <
        2) {
        w.offset = 0;
    }
    w.attempt = attempt;
    if (make_dir(&w) && (fd = open_part(&w)) >= 0) {
        outcome = step(&w, fd);
        close(fd);
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
