#include "user/asked_jobs.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "user/one_time_store.h"

enum {
    BATCH = 32,
    SLICE_MS = 500,
    HOUR = 3600, /* nobody waits for it any more */
};

static const struct {
    const char *name;
    asked_handler *run;
} kinds[] = {
    {"reset", reset_send},
    {"registration", registration_send},
};

static asked_handler *
handler_of(const char *kind)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kinds[i].name, kind) == 0) {
            return kinds[i].run;
        }
    }
    return NULL;
}

struct doing {
    struct job *job;
    const json_t *row;
};

/* DB_NONE: there is nothing to be done about it. */
static enum db_result
prepare(struct db *db, const struct doing *d, struct asked_task *task)
{
    struct arena *a = d->job->arena;
    const json_t *row = d->row;
    enum db_result r = tenant_load(db, a, d->job->config,
                                   row_text(row, "tenant"), &task->tenant);

    if (r != DB_OK) {
        return r;
    }
    task->db = db;
    task->arena = a;
    task->keys = d->job->keys;
    task->row = row;
    task->data = asked_data(a, d->job->keys, row);
    task->actor = (struct actor){.name = "nobody",
                                 .remote_addr = row_text(row, "remote_addr"),
                                 .request_id = row_text(row, "request_id")};
    task->tokens = (struct one_time_store){db, a, task->keys, task->tenant->id,
                                           &task->actor};
    return task->data && row_int(row, "created") > clock_now() - HOUR ? DB_OK
                                                                      : DB_NONE;
}

/* Taken and done, or neither. */
static enum db_result
do_in_transaction(struct db *db, void *data)
{
    const struct doing *d = data;
    asked_handler *run = handler_of(row_text(d->row, "kind"));
    struct asked_task task;
    int64_t taken = 0;
    enum db_result r = asked_store_take(db, row_text(d->row, "tenant"),
                                        row_text(d->row, "id"), &taken);

    if (r != DB_OK || taken == 0) {
        return r;
    }
    r = prepare(db, d, &task);
    if (r == DB_OK && run) {
        r = run(&task);
    }
    return r == DB_NONE ? DB_OK : r;
}

static bool
do_each(struct job *job, const json_t *rows)
{
    bool ok = true;

    for (size_t i = 0; i < json_array_size(rows) && !*job->stop; i++) {
        struct doing d = {job, json_array_get(rows, i)};

        if (db_transaction(job->db, true, do_in_transaction, &d) != DB_OK) {
            log_error("%s could not be done", row_text(d.row, "id"));
            ok = false;
        }
    }
    return ok;
}

/* What is left after the slice has the next one. */
bool
user_do_asked(struct job *job)
{
    int64_t end = clock_monotonic_ms() + SLICE_MS;
    json_t *rows;
    bool ok;

    do {
        if (asked_store_due(job->db, job->arena, BATCH, &rows) != DB_OK) {
            return false;
        }
        ok = do_each(job, rows);
    } while (ok && json_array_size(rows) == BATCH && !*job->stop &&
             clock_monotonic_ms() < end);
    return ok;
}
