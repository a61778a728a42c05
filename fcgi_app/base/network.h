/* Networks of addresses: "192.0.2.0/24", "2001:db8::/32" (RFC 4632, RFC 4291).
 */
#ifndef BASE_NETWORK_H
#define BASE_NETWORK_H

#include <stdbool.h>

#include "base/arena.h"

enum { NETWORK_TEXT_MAX = 49 }; /* "[39 characters]/128", and some */

/* The network as it is usually written, or NULL when it is none, or has bits
 * beyond its length. An address alone is a network of one. */
char *network_canonical(struct arena *a, const char *text);

/* Whom one address stands for: an IPv4 address itself, or the first 64 bits of
 * an IPv6 address ("2001:db8:1:2::/64"), the least that somebody gets. What is
 * no address stays what it is. */
const char *network_neighbourhood(struct arena *a, const char *address);

/* Whether an address lies in one of the canonical networks, words with one
 * space between them. An IPv4 address that comes as IPv6 (::ffff:192.0.2.1)
 * counts as what it is. */
bool network_holds(const char *networks, const char *address);

/* Whether each of the inner networks lies in one of the outer ones. */
bool network_within(const char *inner, const char *outer);

#endif
