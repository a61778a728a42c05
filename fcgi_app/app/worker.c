#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "app/app.h"
#include "app/serve.h"
#include "base/log.h"
#include "http/fcgi.h"

static volatile sig_atomic_t stop;

static void
on_stop(int number)
{
    stop = number == SIGQUIT ? FCGI_DRAIN : FCGI_LEAVE;
}

/* SIGTERM and SIGQUIT are let in only while waiting for a request; the mask to
 * wait with. */
static sigset_t
block_stop(void)
{
    struct sigaction action = {.sa_handler = on_stop};
    sigset_t both, waiting;

    sigemptyset(&both);
    sigaddset(&both, SIGTERM);
    sigaddset(&both, SIGQUIT);
    sigprocmask(SIG_BLOCK, &both, &waiting);
    sigdelset(&waiting, SIGTERM);
    sigdelset(&waiting, SIGQUIT);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGQUIT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, SIG_IGN); /* Ctrl-C reaches the group; the supervisor acts */
    signal(SIGHUP, SIG_IGN);
    return waiting;
}

static void
answer(struct app *app, struct fcgi *fcgi, struct request *rq)
{
    struct response rs = {0};
    const char *body;
    size_t len;

    app_answer(app, rq, &rs, &body, &len);
    fcgi_send(fcgi, &rs, body, len, strcmp(rq->method, "HEAD") == 0);
}

/* From here on no signal ends a request: the worker before may go. */
static void
tell(int ready)
{
    if (ready < 0) {
        return;
    }
    if (write(ready, "", 1) != 1) {
        log_warn("nobody waits for this worker: %s", strerror(errno));
    }
    close(ready);
}

static void
loop(struct app *app, struct fcgi *fcgi, int ready)
{
    sigset_t mask = block_stop();
    struct arena *arena = arena_new();
    enum fcgi_result result;

    tell(ready);
    do {
        struct request rq = {.arena = arena};

        result = fcgi_next(fcgi, arena, &mask, &stop, &rq);
        if (result == FCGI_REQUEST) {
            answer(app, fcgi, &rq);
        }
        arena_reset(arena);
        /* an idle worker follows the ring as well: the file may break right
         * after a roll, and the last good one should be the new one */
        keys_ring(app->keys);
    } while (result != FCGI_STOP);
    arena_free(arena);
}

int
worker(const struct config *config, int fd, int ready)
{
    struct app app;
    struct fcgi *fcgi;

    prctl(PR_SET_PDEATHSIG, SIGTERM);
    prctl(PR_SET_DUMPABLE, 0); /* keys must not reach a core dump */
    if (!app_open(&app, config)) {
        app_close(&app);
        return EXIT_FAILURE;
    }
    fcgi = fcgi_open(fd);
    if (!fcgi) {
        app_close(&app);
        return EXIT_FAILURE;
    }
    loop(&app, fcgi, ready);
    fcgi_close(fcgi);
    app_close(&app);
    return EXIT_SUCCESS;
}
