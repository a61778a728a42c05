/*
 * Requests to other people's servers, over libcurl, several at a time.
 *
 * Whoever names the address must not be able to make us look around in our own
 * network: https with a certificate of the name, no redirects, no proxy, and
 * only addresses of the public Internet, looked at when the socket is made, so
 * that no name server can change its mind in between. Connecting takes 3 s at
 * most. Headers, with those of interim answers and trailers, are 64 KiB at
 * most. Only where https_private_addresses says so, for development, may an
 * address be private, and http be spoken.
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "base/config.h"

enum { HTTP_URL_MAX = 500, HTTP_WHY = 256 };

struct http_call {
    const char *url;
    size_t max;   /* bytes; a longer answer is none */
    bool cut;     /* or, then, is read no further */
    int whole_ms; /* for all of it */

    /* of a POST; without a body it is a GET */
    const char *const *headers; /* "Name: value", NULL-ended; or NULL */
    const char *sent;
    size_t sent_len;

    int status; /* 0: no answer, and why says why not */
    const char *body;
    size_t len;
    int64_t max_age;     /* of Cache-Control; -1: not said, 0: not to be kept */
    int64_t retry_after; /* s, of Retry-After in seconds; -1: not said */
    int64_t ms;          /* it took */
    char why[HTTP_WHY];
};

enum { HTTP_GET_MS = 5000 };

/* Asks for all of them at the same time, and fills in what came. The bodies are
 * the arena's. */
void http_call_all(struct arena *a, const struct config *config,
                   struct http_call *calls, size_t n);

/*
 * Calls that come and go, none waiting for another. A call and its arena must
 * live until http_pool_next() returned it. False, with call->why: it was not
 * begun.
 */
struct http_pool;
struct http_pool *http_pool_new(const struct config *config);
void http_pool_free(struct http_pool *pool);
bool http_pool_start(struct http_pool *pool, struct arena *a,
                     struct http_call *call);

/* One call that has ended, or NULL when none does within ms. */
struct http_call *http_pool_next(struct http_pool *pool, int ms);

/* "https://host…", up to HTTP_URL_MAX bytes, without user, password and
 * fragment. */
bool http_url_ok(const char *url);

/* Whether a host may be named in a URL by whoever is not trusted: false for
 * a numeric address, however spelled, that is not of the public Internet. What
 * a name stands for is looked at when it is called. */
bool http_host_ok(const char *url);

/* The port of a URL, 0 when it is none. */
int http_port(const char *url);

/* Whether the address belongs to the public Internet, as IANA's registries of
 * special-purpose addresses have it (RFC 6890). */
bool http_address_ok(const struct sockaddr *address);

/* The max-age of a Cache-Control value (RFC 9111, 5.2.2); see http_call. */
int64_t http_max_age(const char *value, size_t len);

#endif
