/*
 * Work that is done without being asked: tables/jobs.def. pforte jobs calls
 * each function in its interval, one after the other, in one process.
 */
#ifndef BASE_JOB_H
#define BASE_JOB_H

#include <signal.h>
#include <stdbool.h>

#include "base/arena.h"

struct config;
struct db;
struct keys;

struct job {
    struct arena *arena; /* of this run */
    const struct config *config;
    struct keys *keys;
    struct db *db;
    const char *owner;                 /* host:pid, for leases */
    const volatile sig_atomic_t *stop; /* set: finish what is in your hands */
    bool once; /* there is no next interval: leave nothing that is due */
};

/* False, logged, when the work could not be done; it is tried again in its
 * next interval. */
typedef bool job_function(struct job *job);

#define JOB(name, interval, function, help) job_function function;
#include "tables/jobs.def"
#undef JOB

#endif
