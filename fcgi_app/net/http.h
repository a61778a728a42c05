/*
 * GET requests to other people's servers, over libcurl, several at a time.
 *
 * Whoever names the address must not be able to make us look around in our own
 * network: https with a certificate of the name, no redirects, no proxy, and
 * only addresses of the public Internet, looked at when the socket is made, so
 * that no name server can change its mind in between. Connecting takes 3 s at
 * most, the whole 5 s. Headers, with those of interim answers and trailers, are
 * 64 KiB at most.
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

struct http_get {
    const char *url;
    size_t max; /* bytes; a longer answer is none */

    int status; /* 0: no answer, and why says why not */
    const char *body;
    size_t len;
    int64_t max_age; /* of Cache-Control; -1: not said, 0: not to be kept */
    char why[HTTP_WHY];
};

/* Asks for all of them at the same time, and fills in what came. The bodies are
 * the arena's. */
void http_get_all(struct arena *a, const struct config *config,
                  struct http_get *gets, size_t n);

/* "https://host…", up to HTTP_URL_MAX bytes, without user, password and
 * fragment. */
bool http_url_ok(const char *url);

/* Whether the address belongs to the public Internet, as IANA's registries of
 * special-purpose addresses have it (RFC 6890). */
bool http_address_ok(const struct sockaddr *address);

/* The max-age of a Cache-Control value (RFC 9111, 5.2.2); see http_get. */
int64_t http_max_age(const char *value, size_t len);

#endif
