#include <libmemcached/memcached.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "net/cache.h"
#include "pf_session_cache.h"

enum {
    CALL_MS = 20,     /* each of connecting, sending, receiving */
    FAILURES_MAX = 3, /* in a row, then the node is left alone */
    LEFT_ALONE_MS = 2000,
    DEFAULT_PORT = 11211,
};

/* One node has a handle to itself: libmemcached's own choice of a server out
 * of several would be another one than the module's. */
struct node {
    memcached_st *handle;
    char *name;
    int failures;
    int64_t closed_until; /* clock_monotonic_ms() */
};

struct cache {
    size_t n;
    struct node *nodes;
    pf_str_t *names; /* as pf_cache_node() takes them */
};

static void
set_limits(memcached_st *m)
{
    const struct {
        memcached_behavior_t name;
        uint64_t value;
    } rows[] = {
        {MEMCACHED_BEHAVIOR_BINARY_PROTOCOL, 0},
        {MEMCACHED_BEHAVIOR_TCP_NODELAY, 1},
        {MEMCACHED_BEHAVIOR_NO_BLOCK, 1},
        {MEMCACHED_BEHAVIOR_CONNECT_TIMEOUT, CALL_MS},
        {MEMCACHED_BEHAVIOR_POLL_TIMEOUT, CALL_MS},
        {MEMCACHED_BEHAVIOR_SND_TIMEOUT, CALL_MS * 1000}, /* microseconds */
        {MEMCACHED_BEHAVIOR_RCV_TIMEOUT, CALL_MS * 1000},
        /* The breaker below is ours: libmemcached's would add seconds. */
        {MEMCACHED_BEHAVIOR_RETRY_TIMEOUT, 0},
        {MEMCACHED_BEHAVIOR_DEAD_TIMEOUT, 0},
        {MEMCACHED_BEHAVIOR_SERVER_FAILURE_LIMIT, 0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        memcached_behavior_set(m, rows[i].name, rows[i].value);
    }
}

/* "host:port", "[::1]:port", or a path. */
static bool
add_server(memcached_st *m, const char *name)
{
    char host[256];
    size_t len = strlen(name);
    const char *colon = strrchr(name, ':');
    long port = DEFAULT_PORT;

    if (name[0] == '/') {
        return memcached_server_add_unix_socket(m, name) == MEMCACHED_SUCCESS;
    }
    if (colon != NULL) {
        len = (size_t)(colon - name);
        port = strtol(colon + 1, NULL, 10);
    }
    if (len > 2 && name[0] == '[' && name[len - 1] == ']') {
        name++;
        len -= 2;
    }
    if (len == 0 || len >= sizeof host || port < 1 || port > 65535) {
        return false;
    }
    snprintf(host, sizeof host, "%.*s", (int)len, name);
    return memcached_server_add(m, host, (in_port_t)port) == MEMCACHED_SUCCESS;
}

static void
open_node(struct node *node, const char *name)
{
    node->name = strdup(name);
    node->handle = memcached_create(NULL);
    if (node->handle == NULL) {
        return;
    }
    set_limits(node->handle);
    if (!add_server(node->handle, name)) {
        log_error("memcached: \"%s\" is no address", name);
        memcached_free(node->handle);
        node->handle = NULL;
    }
}

struct cache *
cache_open(const char *const *nodes, size_t n)
{
    struct cache *c = calloc(1, sizeof *c);

    if (c == NULL) {
        log_error("out of memory");
        abort();
    }
    c->nodes = calloc(n + 1, sizeof *c->nodes);
    c->names = calloc(n + 1, sizeof *c->names);
    if (c->nodes == NULL || c->names == NULL) {
        log_error("out of memory");
        abort();
    }
    for (; c->n < n; c->n++) {
        open_node(&c->nodes[c->n], nodes[c->n]);
        c->names[c->n] = pf_str_of(c->nodes[c->n].name);
    }
    return c;
}

void
cache_close(struct cache *c)
{
    if (c == NULL) {
        return;
    }
    for (size_t i = 0; i < c->n; i++) {
        memcached_free(c->nodes[i].handle);
        free(c->nodes[i].name);
    }
    free(c->nodes);
    free(c->names);
    free(c);
}

static bool
key_ok(const char *key)
{
    return strlen(key) == PF_CACHE_KEY &&
           strspn(key, "0123456789abcdef") == PF_CACHE_KEY;
}

/* The node that owns the key, NULL while it is left alone. */
static struct node *
node_for(struct cache *c, const char *key)
{
    if (c == NULL || c->n == 0 || !key_ok(key)) {
        return NULL;
    }
    struct node *node = &c->nodes[pf_cache_node(c->names, c->n, key)];
    if (node->handle == NULL || clock_monotonic_ms() < node->closed_until) {
        return NULL;
    }
    return node;
}

/* After time without an answer, the next call would read this one's: the
 * connection is given up. A node that failed after its rest rests again. */
static void
failed(struct node *node, memcached_return_t why)
{
    memcached_quit(node->handle);
    if (node->failures < FAILURES_MAX) {
        node->failures++;
    }
    if (node->failures < FAILURES_MAX) {
        return;
    }
    if (node->closed_until == 0) {
        log_warn("memcached %s is left alone: %s", node->name,
                 memcached_strerror(node->handle, why));
    }
    node->closed_until = clock_monotonic_ms() + LEFT_ALONE_MS;
}

static void
answered(struct node *node)
{
    if (node->closed_until != 0) {
        log_info("memcached %s answers again", node->name);
    }
    node->failures = 0;
    node->closed_until = 0;
}

static enum cache_result
settle(struct node *node, memcached_return_t code)
{
    switch (code) {
    case MEMCACHED_SUCCESS:
    case MEMCACHED_STORED:
        answered(node);
        return CACHE_OK;
    case MEMCACHED_NOTFOUND:
    case MEMCACHED_END:
        answered(node);
        return CACHE_MISS;
    case MEMCACHED_NOTSTORED:
    case MEMCACHED_DATA_EXISTS:
        answered(node);
        return CACHE_EXISTS;
    default:
        failed(node, code);
        return CACHE_DOWN;
    }
}

static void
copy_result(memcached_result_st *found, struct arena *a, unsigned char **value,
            size_t *len)
{
    *len = memcached_result_length(found);
    *value = arena_alloc(a, *len + 1);
    memcpy(*value, memcached_result_value(found), *len);
}

enum cache_result
cache_get(struct cache *c, struct arena *a, const char *key,
          unsigned char **value, size_t *len)
{
    struct node *node = node_for(c, key);
    size_t key_len = PF_CACHE_KEY;
    memcached_result_st result;
    bool found = false;

    if (node == NULL) {
        return CACHE_DOWN;
    }
    memcached_return_t code = memcached_mget(node->handle, &key, &key_len, 1);
    if (code != MEMCACHED_SUCCESS) {
        return settle(node, code);
    }
    memcached_result_create(node->handle, &result);
    while (memcached_fetch_result(node->handle, &result, &code) != NULL) {
        copy_result(&result, a, value, len);
        found = true;
    }
    memcached_result_free(&result);
    if (found && (code == MEMCACHED_END || code == MEMCACHED_NOTFOUND)) {
        code = MEMCACHED_SUCCESS;
    }
    return settle(node, code);
}

/* The two ways to store differ in one libmemcached call. */
typedef memcached_return_t (*store_fn)(memcached_st *, const char *, size_t,
                                       const char *, size_t, time_t, uint32_t);

static enum cache_result
store(struct node *node, store_fn fn, const char *key, pf_str_t value, int life)
{
    if (node == NULL) {
        return CACHE_DOWN;
    }
    return settle(node, fn(node->handle, key, PF_CACHE_KEY,
                           (const char *)value.data, value.len, life, 0));
}

enum cache_result
cache_set(struct cache *c, const char *key, const void *value, size_t len,
          int life)
{
    return store(node_for(c, key), memcached_set, key, (pf_str_t){len, value},
                 life);
}

enum cache_result
cache_add(struct cache *c, const char *key, const void *value, size_t len,
          int life)
{
    return store(node_for(c, key), memcached_add, key, (pf_str_t){len, value},
                 life);
}
