#ifndef JOB_JOB_STORE_H
#define JOB_JOB_STORE_H

#include "job/job.h"

struct job_new {
    const char *id, *kind, *arguments, *created_by, *request_id;
};

enum db_result job_store_insert(struct db *db, const char *tenant,
                                const struct job_new *job, int64_t now);

/* failed -> queued; *changed is 0 when it was not failed. */
enum db_result job_store_requeue(struct db *db, const char *tenant,
                                 const char *id, int64_t now, int64_t *changed);

#endif
