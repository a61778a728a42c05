#include "app/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/db.h"
#include "tenant/tenant.h"

enum {
    WORKERS_MAX = 128,
    CHILDREN_MAX = 2 * WORKERS_MAX, /* and as many that leave */
    BACKLOG = 4096,
    /* who signs in behind so many others had better be told to come back: one
     * core hashes some 70 passwords a second */
    PASSWORDS_BACKLOG = 256,
    PASSWORDS_NICE = 10, /* pages come first where both want a core */
    FIRST_INHERITED = 3, /* SD_LISTEN_FDS_START */
    QUICK_DEATH_MS = 1000,
    RESPAWN_PAUSE_MS = 1000,
    FINISH_MS = 30 * 1000,
    READY_MS = 10 * 1000, /* a new worker's time until it accepts */
};

struct pool {
    const char *name;
    int fd;
    char path[108]; /* sun_path; empty when inherited */
};

struct child {
    pid_t pid; /* 0: not running */
    const struct pool *pool;
    int64_t started, again; /* monotonic ms */
};

struct supervisor {
    const struct config *config;
    const char *argv0;
    struct pool pools[2];
    struct child children[CHILDREN_MAX]; /* n places, then who leaves */
    size_t n;
};

static const int caught[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD};
static volatile sig_atomic_t stopping, rolling;

static void
on_signal(int number)
{
    if (number == SIGHUP) {
        rolling = 1;
    } else if (number != SIGCHLD) {
        stopping = 1;
    }
}

static sigset_t
catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigset_t blocked, before;

    sigemptyset(&blocked);
    for (size_t i = 0; i < sizeof caught / sizeof *caught; i++) {
        sigaddset(&blocked, caught[i]);
        sigaction(caught[i], &action, NULL);
    }
    sigprocmask(SIG_BLOCK, &blocked, &before);
    return before;
}

/* ---- sockets ---- */

static int
listen_on(const char *path, int backlog)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    unlink(path);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        chmod(path, 0660) != 0 || listen(fd, backlog) != 0) {
        log_error("%s: %s", path, strerror(errno));
        if (fd >= 0) {
            close(fd);
        }
        return -1;
    }
    return fd;
}

static bool
is_passwords(const struct supervisor *s, const struct pool *pool)
{
    return pool == &s->pools[1];
}

/* How many sockets systemd left us. */
static int
inherited(void)
{
    const char *pid = getenv("LISTEN_PID"), *n = getenv("LISTEN_FDS");

    return pid && n && atol(pid) == (long)getpid() ? atoi(n) : 0;
}

static bool
open_pool(struct supervisor *s, size_t i, const char *name)
{
    struct pool *pool = &s->pools[i];
    int n, backlog = is_passwords(s, pool) ? PASSWORDS_BACKLOG : BACKLOG;

    pool->name = name;
    if (inherited() == 2) {
        /* systemd gave both queues the same length */
        pool->fd = FIRST_INHERITED + (int)i;
        return listen(pool->fd, backlog) == 0;
    }
    n = snprintf(pool->path, sizeof pool->path, "%s/run/%s.sock",
                 s->config->state, name);
    if (n < 0 || (size_t)n >= sizeof pool->path) {
        log_error("%s: too long for a socket's address", s->config->state);
        return false;
    }
    pool->fd = listen_on(pool->path, backlog);
    return pool->fd >= 0;
}

static bool
open_pools(struct supervisor *s)
{
    char dir[4096];

    snprintf(dir, sizeof dir, "%s/run", s->config->state);
    if (mkdir(dir, 0750) != 0 && errno != EEXIST) {
        log_error("%s: %s", dir, strerror(errno));
        return false;
    }
    return open_pool(s, 0, "pages") && open_pool(s, 1, "passwords");
}

/* ---- workers ---- */

/* The supervisor's handlers would swallow a signal that comes before exec. */
static void
release_signals(void)
{
    sigset_t none;

    for (size_t i = 0; i < sizeof caught / sizeof *caught; i++) {
        signal(caught[i], SIG_DFL);
    }
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void
become_worker(const struct supervisor *s, const struct pool *pool, int ready)
{
    char fd[16], ready_fd[16];

    for (size_t i = 0; i < 2; i++) {
        if (&s->pools[i] != pool) {
            close(s->pools[i].fd);
        }
    }
    release_signals();
    if (is_passwords(s, pool)) {
        setpriority(PRIO_PROCESS, 0,
                    getpriority(PRIO_PROCESS, 0) + PASSWORDS_NICE);
    }
    if (ready >= 0) {
        fcntl(ready, F_SETFD, 0);
    }
    snprintf(fd, sizeof fd, "%d", pool->fd);
    snprintf(ready_fd, sizeof ready_fd, "%d", ready);
    execlp(s->argv0, "pforte", "--config", s->config->file, "worker",
           pool->name, fd, ready >= 0 ? ready_fd : NULL, (char *)NULL);
    log_error("%s: %s", s->argv0, strerror(errno));
    _exit(EXIT_FAILURE);
}

/* ready: the end of a pipe that hears of it once the worker accepts, or -1. */
static void
start(struct supervisor *s, struct child *child, int ready)
{
    pid_t pid = fork();

    if (pid == 0) {
        become_worker(s, child->pool, ready);
    }
    child->pid = pid > 0 ? pid : 0;
    child->started = clock_monotonic_ms();
    if (pid < 0) {
        log_error("fork: %s", strerror(errno));
        child->again = child->started + RESPAWN_PAUSE_MS;
    }
}

static void
plan(struct supervisor *s)
{
    int counts[2] = {s->config->page_workers, s->config->password_workers};

    for (size_t pool = 0; pool < 2; pool++) {
        for (int i = 0; i < counts[pool] && s->n < WORKERS_MAX; i++) {
            s->children[s->n++].pool = &s->pools[pool];
        }
    }
}

static void
start_due(struct supervisor *s)
{
    int64_t now = clock_monotonic_ms();

    for (size_t i = 0; i < s->n; i++) {
        if (s->children[i].pid == 0 && s->children[i].again <= now) {
            start(s, &s->children[i], -1);
        }
    }
}

/* A worker that dies at birth is given a pause, so that a broken installation
 * does not eat the machine. */
static void
buried(struct supervisor *s, pid_t pid, int status)
{
    int64_t now = clock_monotonic_ms();

    for (size_t i = 0; i < CHILDREN_MAX; i++) {
        struct child *child = &s->children[i];

        if (child->pid != pid) {
            continue;
        }
        child->pid = 0;
        child->again =
            now - child->started < QUICK_DEATH_MS && !stopping && status != 0
                ? now + RESPAWN_PAUSE_MS
                : now;
        if (status != 0) {
            log_warn("%s worker %d ended: %s %d", child->pool->name, (int)pid,
                     WIFSIGNALED(status) ? "signal" : "status",
                     WIFSIGNALED(status) ? WTERMSIG(status)
                                         : WEXITSTATUS(status));
        }
        return;
    }
}

static void
bury(struct supervisor *s)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        buried(s, pid, status);
    }
}

static bool
alive(const struct supervisor *s)
{
    for (size_t i = 0; i < CHILDREN_MAX; i++) {
        if (s->children[i].pid) {
            return true;
        }
    }
    return false;
}

/* Until the time is over, a signal came, or fd (-1: none) has news: true. */
static bool
pause_for(int64_t ms, int fd, const sigset_t *mask)
{
    struct timespec time = {ms / 1000, (ms % 1000) * 1000000};
    struct pollfd news = {.fd = fd, .events = POLLIN};

    return ppoll(&news, 1, &time, mask) > 0;
}

/* Waits for the word of a new worker; the end of the pipe is its death. The
 * other places are looked after meanwhile. */
static bool
accepts(struct supervisor *s, const struct child *child, int ready,
        const sigset_t *mask)
{
    int64_t left, until = clock_monotonic_ms() + READY_MS;
    char byte;

    while (child->pid && !stopping &&
           (left = until - clock_monotonic_ms()) > 0) {
        start_due(s);
        if (pause_for(left < RESPAWN_PAUSE_MS ? left : RESPAWN_PAUSE_MS, ready,
                      mask)) {
            return read(ready, &byte, 1) == 1;
        }
        bury(s);
    }
    return false;
}

/* Where a worker without a place is remembered; NULL when too many leave. */
static struct child *
vacancy(struct supervisor *s)
{
    for (size_t i = s->n; i < CHILDREN_MAX; i++) {
        if (s->children[i].pid == 0) {
            return &s->children[i];
        }
    }
    log_error("too many workers still have to leave");
    return NULL;
}

/* A new worker in the old one's place, which goes once that one accepts. False
 * when it does not get there: then it goes, and the old one has its place
 * again. SIGTERM is enough: it is only held back by a worker that accepts. */
static bool
replace(struct supervisor *s, struct child *child, const sigset_t *mask)
{
    struct child new, *leaving = vacancy(s);
    int pipe_fds[2];
    bool ok;

    if (!leaving) {
        return false;
    }
    if (pipe2(pipe_fds, O_CLOEXEC) != 0) {
        log_error("pipe: %s", strerror(errno));
        return false;
    }
    *leaving = *child;
    start(s, child, pipe_fds[1]);
    close(pipe_fds[1]);
    ok = accepts(s, child, pipe_fds[0], mask);
    if (!ok) {
        new = *child;
        *child = *leaving;
        *leaving = new;
    }
    if (leaving->pid) {
        kill(leaving->pid, SIGTERM);
    }
    close(pipe_fds[0]);
    return ok;
}

/* One after the other. What does not start once, with this installation, would
 * not start again: better the old workers than none. */
static void
roll(struct supervisor *s, const sigset_t *mask)
{
    for (size_t i = 0; i < s->n && !stopping; i++) {
        if (!replace(s, &s->children[i], mask) && !stopping) {
            log_error("a new %s worker does not start: the old ones stay",
                      s->children[i].pool->name);
            return;
        }
    }
}

static void
signal_all(const struct supervisor *s, int number)
{
    for (size_t i = 0; i < CHILDREN_MAX; i++) {
        if (s->children[i].pid) {
            kill(s->children[i].pid, number);
        }
    }
}

/*
 * Our own sockets go away: nobody new comes in, and who is in the queue is
 * still served. Inherited ones stay, and their queue waits for the next start.
 */
static void
finish(struct supervisor *s, const sigset_t *mask)
{
    bool own = s->pools[0].path[0] != '\0';
    int64_t until = clock_monotonic_ms() + FINISH_MS;

    for (size_t i = 0; own && i < 2; i++) {
        unlink(s->pools[i].path);
    }
    signal_all(s, own ? SIGQUIT : SIGTERM);
    while (alive(s) && clock_monotonic_ms() < until) {
        pause_for(RESPAWN_PAUSE_MS, -1, mask);
        bury(s);
    }
    if (alive(s)) {
        log_warn("workers that would not finish are ended");
        signal_all(s, SIGKILL);
    }
}

/* The edge records follow the database from here on at every start. */
static bool
write_edge(const struct config *config)
{
    char why[400] = "";
    struct db *db = db_open(config->database, why, sizeof why);
    bool ok = db && tenant_write_edge(db, config) == 0;

    if (!db) {
        log_error("database: %s", why);
    } else {
        db_close(db);
    }
    return ok;
}

int
serve(const struct config *config, const char *argv0)
{
    struct supervisor s = {.config = config, .argv0 = argv0};
    sigset_t mask = catch_signals();

    if (!write_edge(config) || !open_pools(&s)) {
        return EXIT_FAILURE;
    }
    plan(&s);
    log_info("serving with %d page and %d password workers",
             config->page_workers, config->password_workers);
    while (!stopping) {
        start_due(&s);
        pause_for(RESPAWN_PAUSE_MS, -1, &mask);
        bury(&s);
        if (rolling) {
            rolling = 0;
            roll(&s, &mask);
        }
    }
    finish(&s, &mask);
    log_info("stopped");
    return EXIT_SUCCESS;
}
