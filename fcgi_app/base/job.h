/*
 * Work in the background: tables/jobs.def. pforte jobs calls each function, one
 * after the other, in one process.
 */
#ifndef BASE_JOB_H
#define BASE_JOB_H

#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

struct config;
struct db;
struct keys;

struct job {
    struct arena *arena; /* of this run, or this step */
    const struct config *config;
    struct keys *keys;
    struct db *db;
    const char *host;
    const char *owner;                 /* host:pid, for leases */
    const volatile sig_atomic_t *stop; /* set: finish what is in your hands */
    bool once; /* there is no next interval: leave nothing that is due */
};

/* JOB, HOST_JOB. False, logged, when the work could not be done; it is tried
 * again in its next interval. */
typedef bool job_function(struct job *job);

/* A row of `job` in the hands of its handler. */
struct job_task {
    const char *tenant, *id, *created_by, *request_id;
    const json_t *arguments; /* an object */
    int64_t attempt;         /* from 1; only an interrupted try counts */
    int64_t done, total;     /* progress, for people; total 0: not known */
    char position[256];      /* where the next step begins; "" at first */
    char result[256];        /* JSON object, when it is done */
    char why[256];           /* JOB_LATER, JOB_NEVER: the reason, for people */
};

enum job_outcome {
    JOB_MORE,  /* a step is done and saved, there are more */
    JOB_DONE,  /* all is done and saved */
    JOB_LATER, /* this try failed, another may not */
    JOB_NEVER, /* no try can succeed */
    JOB_LOST,  /* somebody else has it by now: nothing was changed */
};

/*
 * KIND. Does one step, of about a second at most, and saves how far it came by
 * job_save() in the transaction of the step's effect: so each step has its
 * effect once, whoever dies when. Between two steps the task may move to
 * another process.
 */
typedef enum job_outcome job_handler(struct job *job, struct job_task *task);

#define JOB(name, interval, function, help)      job_function function;
#define HOST_JOB(name, interval, function, help) job_function function;
#define KIND(kind, function, tries, pause, help) job_handler function;
#include "tables/jobs.def"

#endif
