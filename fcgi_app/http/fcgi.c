/*
 * The part of libfcgi that is used: its reading and writing of records. It does
 * not accept: a connection of ours has time-outs before its first byte is read,
 * is never mistaken for an idle one, and is never taken by a loop that nobody
 * can stop. FCGX_Accept_r() takes a request that has a connection as it is.
 */
#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "http/fcgi.h"

enum {
    IO_SECONDS = 30, /* nginx hands over what it has; this is a broken one */
    STATUS_BAD = 400,
    STATUS_TOO_LARGE = 413,
};

struct fcgi {
    int fd;
    int open; /* a request is being answered */
    FCGX_Request request;
};

static void
set_time_outs(int fd)
{
    const struct timeval limit = {.tv_sec = IO_SECONDS};

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

struct fcgi *
fcgi_open(int fd)
{
    struct sigaction usr1;
    struct fcgi *f = calloc(1, sizeof *f);
    int flags = fcntl(fd, F_GETFL);

    if (f == NULL || flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) {
        free(f);
        return NULL;
    }
    /* A browser that leaves is no reason to end; and libfcgi's own handler of
     * SIGUSR1 is not wanted. */
    signal(SIGPIPE, SIG_IGN);
    sigaction(SIGUSR1, NULL, &usr1);
    int failed = FCGX_Init();
    sigaction(SIGUSR1, &usr1, NULL);
    if (failed) {
        free(f);
        return NULL;
    }
    f->fd = fd;
    FCGX_InitRequest(&f->request, -1, FCGI_FAIL_ACCEPT_ON_INTR);
    return f;
}

/*
 * Ends the request. Where all of it was read the connection is closed at once;
 * else libfcgi first reads on until nginx, having its answer, hangs up: closing
 * with unread bytes would break nginx's writing and lose the answer.
 */
static void
finish(struct fcgi *f, bool all_read)
{
    if (all_read) {
        FCGX_Detach(&f->request);
    }
    f->request.keepConnection = 0;
    FCGX_Finish_r(&f->request);
    f->open = 0;
}

void
fcgi_close(struct fcgi *f)
{
    if (f == NULL) {
        return;
    }
    if (f->open) {
        finish(f, true);
    }
    free(f);
}

/* Lets signals in that came while they were blocked: under load the wait
 * below, which also lets them in, is never reached. */
static void
admit_signals(const sigset_t *mask)
{
    sigset_t blocked;

    if (mask != NULL) {
        sigprocmask(SIG_SETMASK, mask, &blocked);
        sigprocmask(SIG_SETMASK, &blocked, NULL);
    }
}

static int
accept_one(struct fcgi *f)
{
    int fd = accept4(f->fd, NULL, NULL, SOCK_CLOEXEC);

    if (fd >= 0) {
        set_time_outs(fd);
        return fd;
    }
    if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
        const struct timespec pause = {.tv_nsec = 50 * 1000 * 1000};
        log_error("accept: %s", strerror(errno));
        nanosleep(&pause, NULL); /* no descriptors left: do not spin */
    }
    return -1;
}

/* Reads the request's parameters from a new connection. */
static bool
begin(struct fcgi *f, int fd)
{
    f->request.ipcFd = fd;
    f->request.keepConnection = 1; /* else it is closed before it is read */
    f->request.detached = 0;
    if (FCGX_Accept_r(&f->request) != 0) {
        log_warn("a FastCGI connection broke before the request was there");
        return false;
    }
    f->request.keepConnection = 0;
    f->open = 1;
    return true;
}

/* CONTENT_LENGTH; -1 for what is no number, more than FCGI_BODY_MAX as one
 * more than that. */
static long
content_length(const char *s)
{
    long n = 0;

    for (; *s != '\0'; s++) {
        if (*s < '0' || *s > '9') {
            return -1;
        }
        if (n <= FCGI_BODY_MAX) {
            n = n * 10 + (*s - '0');
        }
    }
    return n > FCGI_BODY_MAX ? FCGI_BODY_MAX + 1 : n;
}

/* libfcgi's own printf is not for long texts. */
static void
put_header(FCGX_Stream *out, const char *name, const char *value)
{
    FCGX_PutS(name, out);
    FCGX_PutS(": ", out);
    FCGX_PutS(value, out);
    FCGX_PutS("\r\n", out);
}

static void
put_number(FCGX_Stream *out, const char *name, size_t n)
{
    char text[24];

    snprintf(text, sizeof text, "%zu", n);
    put_header(out, name, text);
}

/* nginx passes the phrase on (RFC 9110, 15); without one it would even leave
 * out the blank that must stand before it. */
static void
put_status(FCGX_Stream *out, int status)
{
    static const struct {
        int status;
        const char *phrase;
    } rows[] = {
        {200, "OK"},
        {201, "Created"},
        {204, "No Content"},
        {303, "See Other"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {409, "Conflict"},
        {410, "Gone"},
        {413, "Content Too Large"},
        {415, "Unsupported Media Type"},
        {422, "Unprocessable Content"},
        {429, "Too Many Requests"},
        {500, "Internal Server Error"},
        {503, "Service Unavailable"},
    };
    const char *phrase = "Status";
    char text[48];

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].status == status) {
            phrase = rows[i].phrase;
        }
    }
    snprintf(text, sizeof text, "%d %s", status, phrase);
    put_header(out, "Status", text);
}

static enum fcgi_result
refuse(struct fcgi *f, const char *why, int status)
{
    FCGX_Stream *out = f->request.out;

    log_warn("request refused: %s", why);
    put_status(out, status);
    put_header(out, "Content-Type", "text/plain");
    put_header(out, "Cache-Control", "no-store");
    put_number(out, "Content-Length", strlen(why) + 1);
    FCGX_PutS("\r\n", out);
    FCGX_PutS(why, out);
    FCGX_PutS("\n", out);
    finish(f, false);
    return FCGI_REFUSED;
}

/* Reads to the end of the stream, so that a body longer or shorter than it was
 * announced is found out. */
static enum fcgi_result
read_body(struct fcgi *f, struct request *rq)
{
    long len = content_length(request_param(rq, "CONTENT_LENGTH"));

    if (len < 0) {
        return refuse(f, "bad Content-Length", STATUS_BAD);
    }
    if (len > FCGI_BODY_MAX) {
        return refuse(f, "the body is too large", STATUS_TOO_LARGE);
    }
    char *body = arena_alloc(rq->arena, (size_t)len + 1);
    bool whole = FCGX_GetStr(body, (int)len, f->request.in) == (int)len;
    if (whole && FCGX_GetChar(f->request.in) != -1) {
        return refuse(f, "the body is longer than announced", STATUS_BAD);
    }
    if (!whole || FCGX_GetError(f->request.in) != 0) {
        return refuse(f, "the body is cut short", STATUS_BAD);
    }
    rq->body = body;
    rq->body_len = (size_t)len;
    return FCGI_REQUEST;
}

enum fcgi_result
fcgi_next(struct fcgi *f, struct arena *a, const sigset_t *mask,
          volatile sig_atomic_t *stop, struct request *rq)
{
    struct pollfd waiting = {.fd = f->fd, .events = POLLIN};
    const struct timespec idle = {.tv_sec = FCGI_IDLE_S};

    if (f->open) {
        finish(f, true); /* nobody answered the last one */
    }
    admit_signals(mask);
    if (*stop == FCGI_LEAVE) {
        return FCGI_STOP;
    }
    int fd = accept_one(f);
    if (fd < 0) {
        if (*stop) {
            return FCGI_STOP;
        }
        ppoll(&waiting, 1, &idle, mask);
        return FCGI_AGAIN;
    }
    if (!begin(f, fd)) {
        return FCGI_AGAIN;
    }
    request_fill(rq, a, f->request.envp);
    return read_body(f, rq);
}

static bool
has_header(const struct response *rs, const char *name)
{
    for (size_t i = 0; i < rs->n_headers; i++) {
        if (strcasecmp(rs->headers[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static const char *
content_type(const struct response *rs)
{
    if (rs->type != NULL) {
        return rs->type;
    }
    return rs->kind == RESPONSE_JSON ? "application/json"
                                     : "text/html; charset=utf-8";
}

void
fcgi_send(struct fcgi *f, const struct response *rs, const char *body,
          size_t len, bool head)
{
    FCGX_Stream *out = f->request.out;
    bool bodyless = rs->status == 204 || rs->status == 304;

    if (!f->open) {
        return;
    }
    put_status(out, rs->status);
    for (size_t i = 0; i < rs->n_headers; i++) {
        put_header(out, rs->headers[i].name, rs->headers[i].value);
    }
    if (!bodyless) {
        if (len > 0 && !has_header(rs, "Content-Type")) {
            put_header(out, "Content-Type", content_type(rs));
        }
        put_number(out, "Content-Length", len);
    }
    FCGX_PutS("\r\n", out);
    if (!head && !bodyless && len > 0) {
        FCGX_PutStr(body, (int)len, out);
    }
    finish(f, true);
}
