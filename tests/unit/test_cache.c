/* The cache against a real memcached: answering, gone, stopped. */
#include "app.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "base/clock.h"
#include "net/cache.h"
#include "pf_session_cache.h"

static int port;
static pid_t server;
static struct cache *cache;

static void
sleep_ms(int ms)
{
    const struct timespec t = {.tv_sec = ms / 1000,
                               .tv_nsec = ms % 1000 * 1000000L};

    nanosleep(&t, NULL);
}

static struct sockaddr_in
address(int number)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)number),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int
free_port(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in at = address(0);
    socklen_t len = sizeof at;

    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    close(fd);
    return ntohs(at.sin_port);
}

static void
start_server(void)
{
    char number[8];
    struct sockaddr_in at = address(port);

    snprintf(number, sizeof number, "%d", port);
    server = fork();
    if (server == 0) {
        execl("/usr/bin/memcached", "memcached", "-l", "127.0.0.1", "-p",
              number, "-U", "0", "-m", "16", "-t", "1", "-u", "nobody", NULL);
        _exit(127);
    }
    for (int i = 0; i < 200; i++) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        int r = connect(fd, (struct sockaddr *)&at, sizeof at);
        close(fd);
        if (r == 0) {
            return;
        }
        sleep_ms(20);
    }
    fail_msg("memcached does not start");
}

static void
stop_server(void)
{
    if (server > 0) {
        kill(server, SIGCONT);
        kill(server, SIGKILL);
        waitpid(server, NULL, 0);
    }
    server = 0;
}

static int
set_up_server(void **state)
{
    set_up(state);
    if (access("/usr/bin/memcached", X_OK) != 0) {
        print_message("no memcached\n");
        return 0;
    }
    port = free_port();
    start_server();
    const char *nodes[] = {arena_printf(arena, "127.0.0.1:%d", port)};
    cache = cache_open(nodes, 1);
    return 0;
}

static int
tear_down_server(void **state)
{
    cache_close(cache);
    cache = NULL;
    stop_server();
    log_set_level(LOG_INFO);
    return tear_down(state);
}

/* Returns when it has really stopped. */
static void
hang_server(void)
{
    int status;

    kill(server, SIGSTOP);
    assert_int_equal(waitpid(server, &status, WUNTRACED), server);
    assert_true(WIFSTOPPED(status));
}

#define SERVER_TEST(fn)                                                        \
    cmocka_unit_test_setup_teardown(fn, set_up_server, tear_down_server)

static const char *
key(int n)
{
    return arena_printf(arena, "%064x", n);
}

/* A busy machine may miss the cache's time limits and even trip its breaker:
 * what must work is tried for some seconds. */
#define EVENTUALLY(expected, call)                                             \
    do {                                                                       \
        int64_t end_ = clock_monotonic_ms() + 15000;                           \
        enum cache_result got_;                                                \
        while ((got_ = (call)) == CACHE_DOWN && clock_monotonic_ms() < end_) { \
            sleep_ms(50);                                                      \
        }                                                                      \
        assert_int_equal(got_, expected);                                      \
    } while (0)

static enum cache_result
get(int n, unsigned char **value, size_t *len)
{
    return cache_get(cache, arena, key(n), value, len);
}

static enum cache_result
set(int n, const char *value, int life)
{
    return cache_set(cache, key(n), value, strlen(value), life);
}

static void
need_server(void)
{
    if (server == 0) {
        skip();
    }
}

static void
values_are_kept(void **state)
{
    unsigned char *value;
    size_t len;

    (void)state;
    need_server();
    EVENTUALLY(CACHE_MISS, get(1, &value, &len));
    EVENTUALLY(CACHE_OK, cache_set(cache, key(1), "a\0b", 3, 60));
    EVENTUALLY(CACHE_OK, get(1, &value, &len));
    assert_int_equal(len, 3);
    assert_memory_equal(value, "a\0b", 3);
    EVENTUALLY(CACHE_OK, set(2, "", 60));
    EVENTUALLY(CACHE_OK, get(2, &value, &len));
    assert_int_equal(len, 0);
}

static void
add_keeps_what_is_there(void **state)
{
    unsigned char *value;
    size_t len;

    (void)state;
    need_server();
    EVENTUALLY(CACHE_MISS, get(1, &value, &len)); /* connected now */
    EVENTUALLY(CACHE_OK, cache_add(cache, key(1), "one", 3, 60));
    EVENTUALLY(CACHE_EXISTS, cache_add(cache, key(1), "two", 3, 60));
    EVENTUALLY(CACHE_OK, get(1, &value, &len));
    assert_memory_equal(value, "one", 3);
}

static void
values_expire(void **state)
{
    unsigned char *value;
    size_t len;

    (void)state;
    need_server();
    EVENTUALLY(CACHE_OK, set(1, "x", 1));
    sleep_ms(2100);
    EVENTUALLY(CACHE_MISS, get(1, &value, &len));
}

static void
bad_keys_are_not_asked_for(void **state)
{
    unsigned char *value;
    size_t len;

    (void)state;
    need_server();
    assert_int_equal(cache_set(cache, "short", "x", 1, 60), CACHE_DOWN);
    assert_int_equal(cache_get(cache, arena, "a b\r\nflush_all", &value, &len),
                     CACHE_DOWN);
    EVENTUALLY(CACHE_OK, set(1, "x", 60));
}

/* What one call takes that gets no answer. */
static int64_t
timed_get(void)
{
    unsigned char *value;
    size_t len;
    int64_t before = clock_monotonic_ms();

    assert_int_equal(get(1, &value, &len), CACHE_DOWN);
    return clock_monotonic_ms() - before;
}

/* The quickest of three: the others may have waited for the processor. */
static int64_t
quickest(void)
{
    int64_t best = INT64_MAX;

    for (int i = 0; i < 3; i++) {
        int64_t took = timed_get();
        best = took < best ? took : best;
    }
    return best;
}

static void
a_hung_server_is_left_alone(void **state)
{
    unsigned char *value;
    size_t len;

    (void)state;
    need_server();
    log_set_level(LOG_ERROR);
    EVENTUALLY(CACHE_OK, set(1, "old", 60));
    hang_server();
    int64_t took = quickest();
    if (took > 100) {
        fail_msg("a call took %d ms", (int)took);
    }
    int64_t before = clock_monotonic_ms();
    for (int i = 0; i < 100; i++) {
        timed_get();
    }
    assert_true(clock_monotonic_ms() - before < 1000);
    kill(server, SIGCONT);
    assert_int_equal(get(1, &value, &len), CACHE_DOWN);
    sleep_ms(2100);
    EVENTUALLY(CACHE_OK, get(1, &value, &len));
}

/* An answer that comes too late must not be taken for the next one's. */
static void
late_answers_are_not_mixed_up(void **state)
{
    unsigned char *value;
    size_t len;

    (void)state;
    need_server();
    EVENTUALLY(CACHE_OK, set(1, "one", 60));
    EVENTUALLY(CACHE_OK, set(2, "two", 60));
    hang_server();
    timed_get();
    kill(server, SIGCONT);
    sleep_ms(50);
    EVENTUALLY(CACHE_OK, get(2, &value, &len));
    assert_memory_equal(value, "two", 3);
}

static void
a_hung_server_does_not_hold_up_storing(void **state)
{
    int64_t best = INT64_MAX;

    (void)state;
    need_server();
    log_set_level(LOG_ERROR);
    hang_server();
    for (int i = 0; i < 3; i++) {
        int64_t before = clock_monotonic_ms();
        assert_int_equal(set(i, "x", 60), CACHE_DOWN);
        int64_t took = clock_monotonic_ms() - before;
        best = took < best ? took : best;
    }
    assert_true(best <= 100);
    assert_int_equal(cache_add(cache, key(1), "x", 1, 60), CACHE_DOWN);
}

static void
a_dead_server_comes_back(void **state)
{
    unsigned char *value;
    size_t len;

    (void)state;
    need_server();
    log_set_level(LOG_ERROR);
    EVENTUALLY(CACHE_OK, set(1, "x", 60));
    stop_server();
    assert_true(quickest() <= 100);
    start_server();
    sleep_ms(2100);
    EVENTUALLY(CACHE_MISS, get(1, &value, &len));
    EVENTUALLY(CACHE_OK, set(1, "x", 60));
    EVENTUALLY(CACHE_OK, get(1, &value, &len));
}

static void
nobody_home(void **state)
{
    unsigned char *value;
    size_t len;
    const char *nodes[] = {"no address", "127.0.0.1:99999", "/nonexistent/s",
                           arena_printf(arena, "127.0.0.1:%d", free_port())};

    (void)state;
    log_set_level(LOG_ERROR + 1);
    struct cache *none = cache_open(NULL, 0), *away = cache_open(nodes, 4);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(cache_get(none, arena, key(i), &value, &len),
                         CACHE_DOWN);
        assert_int_equal(cache_set(away, key(i * 7919), "x", 1, 60),
                         CACHE_DOWN);
    }
    log_set_level(LOG_INFO);
    cache_close(none);
    cache_close(away);
    cache_close(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SERVER_TEST(values_are_kept),
        SERVER_TEST(add_keeps_what_is_there),
        SERVER_TEST(values_expire),
        SERVER_TEST(bad_keys_are_not_asked_for),
        SERVER_TEST(a_hung_server_is_left_alone),
        SERVER_TEST(late_answers_are_not_mixed_up),
        SERVER_TEST(a_hung_server_does_not_hold_up_storing),
        SERVER_TEST(a_dead_server_comes_back),
        TEST(nobody_home),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
