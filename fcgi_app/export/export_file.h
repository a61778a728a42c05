/*
 * The file that a job writes in steps: what a step wrote counts once its
 * position is saved, whoever dies when. Finished, it is named by the hash of
 * what it holds.
 */
#ifndef EXPORT_EXPORT_FILE_H
#define EXPORT_EXPORT_FILE_H

#include "job/job.h"

struct export_file {
    struct job *job;
    struct job_task *task;
    int fd;
    char dir[2048];
    char part[2200];
    /* the task's position: "attempt offset last" */
    int64_t attempt;
    long long offset;
    char last[200]; /* the handler's own: where it goes on, without blanks */
};

/* Opens the part of this try, up to where the last saved step ended; with
 * offset 0 all begins anew, and last is "". False: task->why. */
bool export_file_open(struct export_file *f, struct job *job,
                      struct job_task *task);
void export_file_close(struct export_file *f);

/* False: task->why. */
bool export_file_put(struct export_file *f, const void *data, size_t len);

/* Writes down in the task how far it came. */
void export_file_note(struct export_file *f);

/* Gives it its name; the task's result says file, bytes, rows. False:
 * task->why. */
bool export_file_publish(struct export_file *f, const char *ending);

/* Saves a step, and with the last one that the file was made: in a transaction
 * of their own. */
enum job_outcome export_file_save(struct export_file *f, bool end);

#endif
