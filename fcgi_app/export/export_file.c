#include "export/export_file.h"

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

enum { HASH = 32 };

static bool
fail(struct export_file *f, const char *what)
{
    snprintf(f->task->why, sizeof f->task->why, "%s: %s", what,
             strerror(errno));
    return false;
}

static bool
make_dir(struct export_file *f)
{
    char all[1024];

    snprintf(all, sizeof all, "%s/exports", f->job->config->state);
    snprintf(f->dir, sizeof f->dir, "%s/%s", all, f->task->tenant);
    return (mkdir(all, 0750) == 0 || errno == EEXIST) &&
                   (mkdir(f->dir, 0750) == 0 || errno == EEXIST)
               ? true
               : fail(f, "the directory of exports cannot be made");
}

static void
part_name(const struct export_file *f, int64_t attempt, char out[2200])
{
    snprintf(out, 2200, "%s/%s.%lld.part", f->dir, f->task->id,
             (long long)attempt);
}

/* What an interrupted try has left, as far as its steps were saved. Each try
 * has a file of its own: one that only seems dead may still be writing. */
static bool
copy_part(struct export_file *f, int to)
{
    char path[2200];
    off_t from = 0;
    ssize_t n = 1;
    int fd;

    part_name(f, f->attempt, path);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && from < f->offset && n > 0) {
        n = sendfile(to, fd, &from, (size_t)(f->offset - from));
    }
    if (fd >= 0) {
        close(fd);
        unlink(path);
    }
    return from == f->offset;
}

/* The file of this try, up to where the last saved step ended; -1: told. What
 * another host has begun is begun anew. */
static int
open_part(struct export_file *f)
{
    struct stat st;
    int fd;

    part_name(f, f->task->attempt, f->part);
    fd = open(f->part, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (fd < 0 || fstat(fd, &st) != 0) {
        fail(f, "the file cannot be written");
        return fd < 0 ? fd : (close(fd), -1);
    }
    if (f->attempt != f->task->attempt) {
        st.st_size = copy_part(f, fd) ? f->offset : -1;
    }
    if (st.st_size < f->offset) {
        log_warn("%s is begun anew", f->task->id);
        f->offset = 0;
        f->last[0] = '\0';
        f->task->done = 0;
    }
    if (ftruncate(fd, f->offset) != 0 || lseek(fd, f->offset, SEEK_SET) < 0) {
        fail(f, "the file cannot be written");
        close(fd);
        return -1;
    }
    return fd;
}

bool
export_file_put(struct export_file *f, const void *data, size_t len)
{
    const char *at = data;

    while (len > 0) {
        ssize_t n = write(f->fd, at, len);

        if (n < 0) {
            return fail(f, "the file cannot be written");
        }
        at += n;
        len -= (size_t)n;
        f->offset += n;
    }
    return true;
}

bool
export_file_open(struct export_file *f, struct job *job, struct job_task *task)
{
    long long attempt = task->attempt;

    *f = (struct export_file){.job = job, .task = task, .fd = -1};
    if (sscanf(task->position, "%lld %lld %199s", &attempt, &f->offset,
               f->last) < 2) {
        f->offset = 0;
    }
    f->attempt = attempt;
    if (make_dir(f)) {
        f->fd = open_part(f);
    }
    return f->fd >= 0;
}

void
export_file_close(struct export_file *f)
{
    close(f->fd);
}

void
export_file_note(struct export_file *f)
{
    snprintf(f->task->position, sizeof f->task->position, "%lld %lld %s",
             (long long)f->task->attempt, f->offset, f->last);
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

/* Of the whole file; NULL: it cannot be read. */
static const char *
hash_of(int fd, char hex[2 * HASH + 1])
{
    crypto_generichash_state state;
    unsigned char hash[HASH], block[16384];
    ssize_t n;

    crypto_generichash_init(&state, NULL, 0, sizeof hash);
    if (lseek(fd, 0, SEEK_SET) != 0) {
        return NULL;
    }
    while ((n = read(fd, block, sizeof block)) > 0) {
        crypto_generichash_update(&state, block, (size_t)n);
    }
    crypto_generichash_final(&state, hash, sizeof hash);
    return n < 0 ? NULL : sodium_bin2hex(hex, 2 * HASH + 1, hash, sizeof hash);
}

bool
export_file_publish(struct export_file *f, const char *ending)
{
    char hex[2 * HASH + 1], path[2200];

    date_file(f->fd);
    if (fsync(f->fd) != 0 || !hash_of(f->fd, hex)) {
        return fail(f, "the file cannot be written");
    }
    snprintf(path, sizeof path, "%s/%s.%s", f->dir, hex, ending);
    if (rename(f->part, path) != 0) {
        return fail(f, "the file cannot be named");
    }
    snprintf(f->task->result, sizeof f->task->result,
             "{\"file\":\"%s.%s\",\"bytes\":%lld,\"rows\":%lld}", hex, ending,
             f->offset, (long long)f->task->done);
    return true;
}

static enum db_result
save_step(struct db *db, void *data)
{
    return job_save(db, ((const struct export_file *)data)->task, false);
}

static enum db_result
save_end(struct db *db, void *data)
{
    const struct export_file *f = data;
    const struct job_task *task = f->task;
    struct actor actor = {task->created_by, "", task->request_id, NULL, false};
    struct audit row = {&actor, "", "export.made", task->id, task->result};
    enum db_result r = audit_write(db, f->job->arena, task->tenant, &row);

    return r == DB_OK ? job_save(db, task, true) : r;
}

enum job_outcome
export_file_save(struct export_file *f, bool end)
{
    enum db_result r =
        db_transaction(f->job->db, end, end ? save_end : save_step, f);

    return job_outcome(f->task, r, end);
}
