/*
 * memcached, as a cache that may fail: every call is bounded (connect 20 ms,
 * send, receive and poll 20 ms), and after three failures in a row a node is
 * left alone for two seconds, so that a dead or hung memcached costs speed and
 * nothing else. Nodes are chosen by pf_cache_node().
 */
#ifndef NET_CACHE_H
#define NET_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

struct cache;

enum cache_result {
    CACHE_OK,
    CACHE_MISS,
    CACHE_EXISTS, /* add: was there */
    CACHE_DOWN,   /* not asked or no answer */
};

/* nodes: "host:port" or a socket path; n = 0 gives a cache that is always
 * down. Never fails: a node that is away is noticed when it is asked. */
struct cache *cache_open(const char *const *nodes, size_t n);
void cache_close(struct cache *c);

/* key: PF_CACHE_KEY hex characters. *value lives in the arena. */
enum cache_result cache_get(struct cache *c, struct arena *a, const char *key,
                            unsigned char **value, size_t *len);
enum cache_result cache_set(struct cache *c, const char *key, const void *value,
                            size_t len, int life);
enum cache_result cache_add(struct cache *c, const char *key, const void *value,
                            size_t len, int life);

#endif
