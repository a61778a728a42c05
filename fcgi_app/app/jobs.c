#include "app/jobs.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "app/app.h"
#include "app/tasks.h"
#include "base/clock.h"
#include "base/job.h"
#include "base/log.h"
#include "job/job.h"

static const struct row {
    const char *name;
    int interval; /* s */
    job_function *run;
    bool alone; /* one host at a time */
} table[] = {
#define JOB(name, interval, function, help) {#name, interval, function, true},
#define HOST_JOB(name, interval, function, help)                               \
    {#name, interval, function, false},
#include "tables/jobs.def"
};

enum {
    N_JOBS = sizeof table / sizeof *table,
    LOOK_MS = 1000, /* for work that is asked for, and for a clock that moves */
    RECORD_S = 60,  /* what every host does often is recorded this often */
};

/* What this process knows of a row's runs. */
struct turn {
    int64_t due;      /* clock_now() */
    int64_t recorded; /* the same */
    bool ok;
};

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

/* Asking again in the meantime finds a host that died, or time that moved. */
static int64_t
earlier(int64_t then, int64_t now)
{
    return then < now + RECORD_S ? then : now + RECORD_S;
}

static void
record(const struct row *row, struct job *job, struct turn *turn,
       const struct job_run *run)
{
    bool told = !row->alone && turn->ok == run->ok && run->ok &&
                run->started < turn->recorded + RECORD_S &&
                run->started >= turn->recorded;

    if (!told && job_period_record(job->db, run) == DB_OK) {
        turn->recorded = run->started;
        turn->ok = run->ok;
    }
}

static bool
run(const struct row *row, struct job *job, struct turn *turn)
{
    struct job_run run = {.name = row->name,
                          .host = row->alone ? "" : job->host,
                          .owner = job->owner,
                          .started = clock_now()};
    int64_t began = clock_monotonic_ms();

    run.ok = row->run(job);
    arena_reset(job->arena);
    if (!run.ok) {
        log_warn("job %s could not do its work", row->name);
    }
    run.duration_ms = clock_monotonic_ms() - began;
    run.next_at = run.started + row->interval;
    record(row, job, turn, &run);
    turn->due = run.next_at;
    return run.ok;
}

/* What one host at a time does, when it is this host's turn. force: due or not.
 */
static bool
take_turn(const struct row *row, struct job *job, struct turn *turn, bool force)
{
    int64_t now = clock_now(), again;

    if (row->alone) {
        switch (job_period_take(job->db, job->arena, row->name, job->owner,
                                force, now, &again)) {
        case DB_OK:
            break;
        case DB_NONE:
            turn->due = earlier(again > now ? again : now + 1, now);
            return true;
        default:
            turn->due = now + 1;
            return false;
        }
    }
    return run(row, job, turn);
}

static bool
run_all_once(struct job *job)
{
    bool ok = true, more = true;

    for (size_t i = 0; i < N_JOBS && !stop; i++) {
        struct turn turn = {0};

        ok = take_turn(&table[i], job, &turn, true) && ok;
    }
    while (more && !stop) {
        ok = tasks_round(job, &more) && ok;
    }
    return ok;
}

/* Long before and long after: a clock that was moved back has no turn wait for
 * the time it came from. */
static bool
is_due(const struct row *row, const struct turn *turn, int64_t now)
{
    return turn->due <= now || turn->due > now + row->interval + RECORD_S;
}

static void
loop(struct job *job)
{
    struct turn turns[N_JOBS] = {0}; /* all are due at the start */
    bool more;

    log_info("%d jobs", N_JOBS);
    while (!stop) {
        int64_t next = clock_monotonic_ms() + LOOK_MS;

        for (size_t i = 0; i < N_JOBS && !stop; i++) {
            if (is_due(&table[i], &turns[i], clock_now())) {
                take_turn(&table[i], job, &turns[i], false);
            }
        }
        /* Without a database there is nothing to hurry for. */
        if (!stop && !(tasks_round(job, &more) && more)) {
            sleep_until(next);
        }
    }
    log_info("stopped");
}

int
jobs(const struct config *config, bool once)
{
    struct app app;
    struct job job = {.config = config, .stop = &stop, .once = once};
    char host[128] = "?", owner[160];
    bool ok = app_open(&app, config);

    prctl(PR_SET_DUMPABLE, 0); /* keys must not reach a core dump */
    catch_signals();
    gethostname(host, sizeof host - 1);
    snprintf(owner, sizeof owner, "%s:%d", host, (int)getpid());
    if (ok) {
        job.arena = arena_new();
        job.keys = app.keys;
        job.db = app.db;
        job.host = host;
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
