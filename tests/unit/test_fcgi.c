/* FastCGI with records made by hand, as nginx makes them. */
#include "app.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/buf.h"
#include "base/clock.h"
#include "http/fcgi.h"

enum { BEGIN = 1, END = 3, PARAMS = 4, STDIN = 5, STDOUT = 6 };

static char *dir;
static struct sockaddr_un at;
static int listener;
static struct fcgi *fcgi;
static struct request rq;
static volatile sig_atomic_t stop;

static int
set_up_socket(void **state)
{
    set_up(state);
    dir = temporary_directory();
    at = (struct sockaddr_un){.sun_family = AF_UNIX};
    snprintf(at.sun_path, sizeof at.sun_path, "%s/s", dir);
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(listener, 16), 0);
    fcgi = fcgi_open(listener);
    assert_non_null(fcgi);
    stop = 0;
    log_set_level(LOG_ERROR);
    return 0;
}

static int
tear_down_socket(void **state)
{
    log_set_level(LOG_INFO);
    fcgi_close(fcgi);
    close(listener);
    remove_directory(dir);
    return tear_down(state);
}

#define SOCKET_TEST(fn)                                                        \
    cmocka_unit_test_setup_teardown(fn, set_up_socket, tear_down_socket)

/* The client's side */

static void
add_record(struct buf *b, int type, const char *data, size_t len)
{
    const unsigned char head[8] = {1,
                                   (unsigned char)type,
                                   0,
                                   1,
                                   (unsigned char)(len >> 8),
                                   (unsigned char)len,
                                   0,
                                   0};

    buf_add(b, head, sizeof head);
    buf_add(b, data, len);
}

static void
add_param(struct buf *b, const char *name, const char *value)
{
    buf_putc(b, (char)strlen(name));
    buf_putc(b, (char)strlen(value));
    buf_puts(b, name);
    buf_puts(b, value);
}

/* A whole request; length NULL leaves CONTENT_LENGTH out. */
static struct buf
request_bytes(const char *length, const char *body, size_t len)
{
    struct buf b = buf_new(arena, 256), params = buf_new(arena, 256);

    add_record(&b, BEGIN, "\0\1\0\0\0\0\0\0", 8);
    add_param(&params, "REQUEST_METHOD", "POST");
    add_param(&params, "DOCUMENT_URI", "/acme/login");
    add_param(&params, "PFORTE_PREFIX", "/acme");
    add_param(&params, "REQUEST_ID", "r1");
    if (length != NULL) {
        add_param(&params, "CONTENT_LENGTH", length);
    }
    add_record(&b, PARAMS, params.data, params.len);
    add_record(&b, PARAMS, NULL, 0);
    for (size_t i = 0; i < len; i += 32768) {
        add_record(&b, STDIN, body + i, len - i < 32768 ? len - i : 32768);
    }
    add_record(&b, STDIN, NULL, 0);
    return b;
}

static int
client(const void *data, size_t len)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(send(fd, data, len, MSG_NOSIGNAL), len);
    return fd;
}

/* The content of all STDOUT records up to the end of the connection. */
static const char *
answer(int fd)
{
    struct buf all = buf_new(arena, 4096), out = buf_new(arena, 4096);
    char chunk[4096];
    ssize_t n;
    bool ended = false;

    while ((n = read(fd, chunk, sizeof chunk)) > 0) {
        buf_add(&all, chunk, (size_t)n);
    }
    close(fd);
    for (size_t i = 0; i + 8 <= all.len;) {
        const unsigned char *h = (const unsigned char *)all.data + i;
        size_t len = (size_t)h[4] << 8 | h[5];
        if (h[1] == STDOUT) {
            buf_add(&out, h + 8, len);
        }
        ended = ended || h[1] == END;
        i += 8 + len + h[6];
    }
    assert_true(ended);
    return out.data;
}

static enum fcgi_result
next(void)
{
    return fcgi_next(fcgi, arena, NULL, &stop, &rq);
}

static void
send_text(const char *text)
{
    struct response rs = {.kind = RESPONSE_PAGE, .status = 200};

    response_header(&rs, "X-One", "1");
    fcgi_send(fcgi, &rs, text, strlen(text), false);
}

static void
a_request_and_its_answer(void **state)
{
    struct buf b = request_bytes("5", "a=1&b", 5);
    int fd = client(b.data, b.len);

    (void)state;
    assert_int_equal(next(), FCGI_REQUEST);
    assert_string_equal(rq.method, "POST");
    assert_string_equal(rq.path, "/acme/login");
    assert_string_equal(rq.id, "r1");
    assert_string_equal(rq.query, "");
    assert_int_equal(rq.body_len, 5);
    assert_string_equal(rq.body, "a=1&b");
    send_text("hello");
    assert_string_equal(answer(fd), "Status: 200 OK\r\nX-One: 1\r\n"
                                    "Content-Type: text/html; charset=utf-8\r\n"
                                    "Content-Length: 5\r\n\r\nhello");
    assert_string_equal(rq.path, "/acme/login"); /* still there for the log */
}

static void
requests_follow_each_other(void **state)
{
    struct buf one = request_bytes(NULL, NULL, 0);
    struct buf two = request_bytes("", NULL, 0);
    int first = client(one.data, one.len), second = client(two.data, two.len);

    (void)state;
    assert_int_equal(next(), FCGI_REQUEST);
    assert_int_equal(rq.body_len, 0);
    send_text("1");
    assert_int_equal(next(), FCGI_REQUEST);
    send_text("2");
    assert_non_null(strstr(answer(first), "\r\n\r\n1"));
    assert_non_null(strstr(answer(second), "\r\n\r\n2"));
}

static void
kinds_of_answers(void **state)
{
    struct buf b = request_bytes("0", NULL, 0);
    struct response rs = {.kind = RESPONSE_JSON, .status = 201};
    int fd = client(b.data, b.len);

    (void)state;
    assert_int_equal(next(), FCGI_REQUEST);
    fcgi_send(fcgi, &rs, "{}", 2, true);
    assert_string_equal(
        answer(fd), "Status: 201 Created\r\nContent-Type: application/json\r\n"
                    "Content-Length: 2\r\n\r\n");
    fd = client(b.data, b.len);
    assert_int_equal(next(), FCGI_REQUEST);
    rs = (struct response){.kind = RESPONSE_NONE, .status = 204};
    fcgi_send(fcgi, &rs, NULL, 0, false);
    assert_string_equal(answer(fd), "Status: 204 No Content\r\n\r\n");
    fd = client(b.data, b.len);
    assert_int_equal(next(), FCGI_REQUEST);
    rs = (struct response){.kind = RESPONSE_ERROR, .status = 404};
    response_header(&rs, "content-type", "application/problem+json");
    fcgi_send(fcgi, &rs, "{}", 2, false);
    assert_string_equal(answer(fd), "Status: 404 Not Found\r\n"
                                    "content-type: application/problem+json\r\n"
                                    "Content-Length: 2\r\n\r\n{}");
}

static void
refused(const char *length, const char *body, const char *status)
{
    struct buf b = request_bytes(length, body, body ? strlen(body) : 0);
    int fd = client(b.data, b.len);
    int64_t before = clock_monotonic_ms();

    shutdown(fd, SHUT_WR); /* as nginx hangs up once it has its answer */
    log_set_level(LOG_ERROR);
    assert_int_equal(next(), FCGI_REFUSED);
    assert_true(clock_monotonic_ms() - before < 1000);
    assert_string_equal(rq.path, "/acme/login");
    const char *text = answer(fd);
    if (strncmp(text, status, strlen(status)) != 0) {
        fail_msg("%s: %s", length, text);
    }
}

static void
bad_lengths_are_refused(void **state)
{
    (void)state;
    refused("-1", NULL, "Status: 400 Bad Request\r\n");
    refused("five", "12345", "Status: 400 Bad Request\r\n");
    refused("5x", "12345", "Status: 400 Bad Request\r\n");
    refused(" 5", "12345", "Status: 400 Bad Request\r\n");
    refused("6", "12345", "Status: 400 Bad Request\r\n");
    refused("4", "12345", "Status: 400 Bad Request\r\n");
    refused("", "12345", "Status: 400 Bad Request\r\n");
    refused("2097153", NULL, "Status: 413 Content Too Large\r\n");
    refused("99999999999999999999999999", NULL,
            "Status: 413 Content Too Large\r\n");
}

/* More than any socket buffer: the client writes while the server reads. */
static void *
write_all(void *p)
{
    struct buf *b = p;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (connect(fd, (struct sockaddr *)&at, sizeof at) != 0) {
        return NULL;
    }
    for (size_t i = 0; i < b->len;) {
        ssize_t n = send(fd, b->data + i, b->len - i, MSG_NOSIGNAL);
        if (n < 0) {
            break;
        }
        i += (size_t)n;
    }
    return (void *)(intptr_t)fd;
}

static enum fcgi_result
next_from(struct buf *b, int *fd)
{
    pthread_t thread;
    void *result;
    enum fcgi_result r;

    assert_int_equal(pthread_create(&thread, NULL, write_all, b), 0);
    while ((r = next()) == FCGI_AGAIN) {
    }
    if (r == FCGI_REQUEST) {
        send_text("done");
    }
    assert_int_equal(pthread_join(thread, &result), 0);
    *fd = (int)(intptr_t)result;
    return r;
}

static void
the_largest_body(void **state)
{
    char *body = arena_alloc(arena, FCGI_BODY_MAX + 1);
    int fd;

    (void)state;
    memset(body, 'x', FCGI_BODY_MAX);
    body[FCGI_BODY_MAX - 1] = 'y';
    struct buf b = request_bytes("2097152", body, FCGI_BODY_MAX);
    assert_int_equal(next_from(&b, &fd), FCGI_REQUEST);
    assert_int_equal(rq.body_len, FCGI_BODY_MAX);
    assert_memory_equal(rq.body, body, FCGI_BODY_MAX);
    assert_non_null(strstr(answer(fd), "done"));
}

/* The answer must reach a client that is still writing. */
static void
too_large_a_body(void **state)
{
    char *body = arena_alloc(arena, 3 * FCGI_BODY_MAX);
    int fd;

    (void)state;
    memset(body, 'x', 3 * FCGI_BODY_MAX);
    struct buf b = request_bytes("6291456", body, 3 * FCGI_BODY_MAX);
    assert_int_equal(next_from(&b, &fd), FCGI_REFUSED);
    assert_non_null(strstr(answer(fd), "Status: 413"));
}

static void
broken_connections_are_passed_over(void **state)
{
    struct buf b = request_bytes(NULL, NULL, 0);

    (void)state;
    close(client("", 0));
    assert_int_equal(next(), FCGI_AGAIN);
    close(client("GET / HTTP/1.1\r\n\r\n", 18));
    assert_int_equal(next(), FCGI_AGAIN);
    close(client(b.data, 60));
    assert_int_equal(next(), FCGI_AGAIN);
    for (size_t cut = 0; cut + 8 < b.len; cut += 5) {
        close(client(b.data, cut));
        assert_int_not_equal(next(), FCGI_REQUEST);
    }
    int fd = client(b.data, b.len);
    assert_int_equal(next(), FCGI_REQUEST);
    send_text("fine");
    assert_non_null(strstr(answer(fd), "fine"));
}

static void
a_client_that_left_does_no_harm(void **state)
{
    struct buf b = request_bytes(NULL, NULL, 0);
    char *page = arena_alloc(arena, 500001);

    (void)state;
    memset(page, 'x', 500000);
    close(client(b.data, b.len));
    assert_int_equal(next(), FCGI_REQUEST);
    send_text(page);
    send_text(page); /* nothing is open: nothing happens */
    int fd = client(b.data, b.len);
    assert_int_equal(next(), FCGI_REQUEST);
    send_text("fine");
    assert_non_null(strstr(answer(fd), "fine"));
}

static void
an_unanswered_request_is_closed(void **state)
{
    struct buf b = request_bytes(NULL, NULL, 0);
    int one = client(b.data, b.len), two = client(b.data, b.len);

    (void)state;
    assert_int_equal(next(), FCGI_REQUEST);
    assert_int_equal(next(), FCGI_REQUEST);
    send_text("two");
    assert_string_equal(answer(one), "");
    assert_non_null(strstr(answer(two), "two"));
}

/* Stopping */

static void
on_signal(int number)
{
    (void)number;
    stop = FCGI_DRAIN;
}

static void
what_waits_is_still_taken(void **state)
{
    struct buf b = request_bytes(NULL, NULL, 0);
    int fds[3];

    (void)state;
    for (int i = 0; i < 3; i++) {
        fds[i] = client(b.data, b.len);
    }
    stop = FCGI_DRAIN;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(next(), FCGI_REQUEST);
        send_text("last");
        assert_non_null(strstr(answer(fds[i]), "last"));
    }
    assert_int_equal(next(), FCGI_STOP);
}

static void
what_waits_is_left_to_others(void **state)
{
    struct buf b = request_bytes(NULL, NULL, 0);
    int fd = client(b.data, b.len);

    (void)state;
    stop = FCGI_LEAVE;
    assert_int_equal(next(), FCGI_STOP);
    stop = FCGI_GO;
    assert_int_equal(next(), FCGI_REQUEST);
    send_text("next");
    assert_non_null(strstr(answer(fd), "next"));
}

/* Blocked signals come through while waiting, and also when there is always a
 * request to take. */
static void
signals_are_let_in(void **state)
{
    struct buf b = request_bytes(NULL, NULL, 0);
    sigset_t blocked, before;

    (void)state;
    signal(SIGTERM, on_signal);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigprocmask(SIG_BLOCK, &blocked, &before);
    raise(SIGTERM);
    assert_int_equal(stop, 0);
    assert_int_equal(fcgi_next(fcgi, arena, &before, &stop, &rq), FCGI_STOP);
    assert_int_equal(stop, FCGI_DRAIN);

    stop = 0;
    int fd = client(b.data, b.len);
    raise(SIGTERM);
    assert_int_equal(fcgi_next(fcgi, arena, &before, &stop, &rq), FCGI_REQUEST);
    assert_int_equal(stop, FCGI_DRAIN);
    send_text("x");
    answer(fd);
    assert_int_equal(fcgi_next(fcgi, arena, &before, &stop, &rq), FCGI_STOP);

    stop = 0;
    pid_t child = fork();
    if (child == 0) {
        usleep(100 * 1000);
        kill(getppid(), SIGTERM);
        _exit(0);
    }
    assert_int_equal(fcgi_next(fcgi, arena, &before, &stop, &rq), FCGI_AGAIN);
    assert_int_equal(stop, FCGI_DRAIN);
    assert_int_equal(fcgi_next(fcgi, arena, &before, &stop, &rq), FCGI_STOP);
    waitpid(child, NULL, 0);
    sigprocmask(SIG_SETMASK, &before, NULL);
    signal(SIGTERM, SIG_DFL);
}

static void
it_leaves_signals_as_they_were(void **state)
{
    struct sigaction action;

    (void)state;
    sigaction(SIGUSR1, NULL, &action);
    assert_true(action.sa_handler == SIG_DFL);
    sigaction(SIGPIPE, NULL, &action);
    assert_true(action.sa_handler == SIG_IGN);
    assert_null(fcgi_open(-1));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SOCKET_TEST(a_request_and_its_answer),
        SOCKET_TEST(requests_follow_each_other),
        SOCKET_TEST(kinds_of_answers),
        SOCKET_TEST(bad_lengths_are_refused),
        SOCKET_TEST(the_largest_body),
        SOCKET_TEST(too_large_a_body),
        SOCKET_TEST(broken_connections_are_passed_over),
        SOCKET_TEST(a_client_that_left_does_no_harm),
        SOCKET_TEST(an_unanswered_request_is_closed),
        SOCKET_TEST(what_waits_is_still_taken),
        SOCKET_TEST(what_waits_is_left_to_others),
        SOCKET_TEST(signals_are_let_in),
        SOCKET_TEST(it_leaves_signals_as_they_were),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
