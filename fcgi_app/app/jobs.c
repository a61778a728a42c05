#include "app/jobs.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "app/app.h"
#include "base/clock.h"
#include "base/job.h"
#include "base/log.h"

static const struct row {
    const char *name;
    int interval; /* s */
    job_function *run;
} table[] = {
#define JOB(name, interval, function, help) {#name, interval, function},
#include "tables/jobs.def"
#undef JOB
};

enum { N_JOBS = sizeof table / sizeof *table };

static volatile sig_atomic_t stop;

static void
on_stop(int number)
{
    (void)number;
    stop = 1;
}

/* SIGTERM may come at any time and is looked for between two pieces of work. */
static void
catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_stop, .sa_flags = SA_RESTART};

    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* Until then, or until SIGTERM: none is lost between the look and the sleep. */
static void
sleep_until(int64_t then)
{
    sigset_t ours, before;
    int64_t ms = then - clock_monotonic_ms();
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};

    sigemptyset(&ours);
    sigaddset(&ours, SIGTERM);
    sigaddset(&ours, SIGINT);
    sigprocmask(SIG_BLOCK, &ours, &before);
    if (ms > 0 && !stop) {
        pselect(0, NULL, NULL, NULL, &time, &before);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
}

static bool
run(const struct row *row, struct job *job)
{
    bool ok = row->run(job);

    arena_reset(job->arena);
    if (!ok) {
        log_warn("job %s could not do its work", row->name);
    }
    return ok;
}

static bool
run_all_once(struct job *job)
{
    bool ok = true;

    for (size_t i = 0; i < N_JOBS && !stop; i++) {
        ok = run(&table[i], job) && ok;
    }
    return ok;
}

static void
loop(struct job *job)
{
    int64_t due[N_JOBS] = {0}; /* monotonic ms; all at the start */

    log_info("%d jobs", N_JOBS);
    while (!stop) {
        int64_t next = INT64_MAX;

        for (size_t i = 0; i < N_JOBS && !stop; i++) {
            if (due[i] <= clock_monotonic_ms()) {
                run(&table[i], job);
                due[i] = clock_monotonic_ms() + table[i].interval * 1000;
            }
            next = due[i] < next ? due[i] : next;
        }
        sleep_until(next);
    }
    log_info("stopped");
}

int
jobs(const struct config *config, bool once)
{
    struct app app;
    struct job job = {.config = config, .stop = &stop, .once = once};
    char owner[160] = "?", *end = owner;
    bool ok = app_open(&app, config);

    prctl(PR_SET_DUMPABLE, 0); /* keys must not reach a core dump */
    catch_signals();
    if (gethostname(owner, sizeof owner - 24) == 0) {
        end = owner + strnlen(owner, sizeof owner - 24);
    }
    snprintf(end, 24, ":%d", (int)getpid());
    if (ok) {
        job.arena = arena_new();
        job.keys = app.keys;
        job.db = app.db;
        job.owner = owner;
        if (once) {
            ok = run_all_once(&job);
        } else {
            loop(&job);
        }
        arena_free(job.arena);
    }
    app_close(&app);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
