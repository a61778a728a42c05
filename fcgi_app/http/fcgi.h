/* FastCGI by libfcgi: one request at a time on an inherited socket. */
#ifndef HTTP_FCGI_H
#define HTTP_FCGI_H

#include <signal.h>

#include "http/request.h"
#include "http/response.h"

struct fcgi;

enum fcgi_result {
    FCGI_REQUEST, /* rq is filled */
    FCGI_AGAIN,   /* nothing there, or a broken connection: call again */
    FCGI_STOP,    /* *stop says so */
    FCGI_REFUSED, /* too large or cut short; already answered */
};

/* How to stop: for *stop of fcgi_next(). */
enum fcgi_stop {
    FCGI_GO,
    FCGI_LEAVE, /* at once: others serve what waits in the socket's queue */
    FCGI_DRAIN, /* once the queue is empty: nobody comes after us */
};

enum {
    FCGI_BODY_MAX = 2 * 1024 * 1024,
    FCGI_IDLE_S = 1, /* then FCGI_AGAIN, for what is due without a request */
};

/* fd: a listening unix socket, made non-blocking here. */
struct fcgi *fcgi_open(int fd);
void fcgi_close(struct fcgi *f);

/*
 * Waits for a request. Signals are let in only while waiting (ppoll with
 * `mask`), so that none is lost between the check of *stop (an enum
 * fcgi_stop) and the wait.
 */
enum fcgi_result fcgi_next(struct fcgi *f, struct arena *a,
                           const sigset_t *mask, volatile sig_atomic_t *stop,
                           struct request *rq);

/*
 * Status line, headers, body; ends the request. head: no body (HEAD). Where
 * neither rs->type nor a header says otherwise, the content type is that of
 * JSON for RESPONSE_JSON, and of HTML.
 */
void fcgi_send(struct fcgi *f, const struct response *rs, const char *body,
               size_t len, bool head);

#endif
