/*
 * memcached's text protocol, as far as a look-up needs it (doc/protocol.txt,
 * "Retrieval commands"). Look-ups may be sent one behind the other: the answers
 * come in their order.
 */
#ifndef PF_MEMCACHED_H
#define PF_MEMCACHED_H

#include "pf_str.h"

typedef enum {
    PF_MEMCACHED_MORE, /* the answer is not there yet, or not all of it */
    PF_MEMCACHED_MISS,
    PF_MEMCACHED_HIT,
    PF_MEMCACHED_BAD, /* no answer to this; no later one can be found either */
} pf_memcached_t;

/*
 * The first answer in `in`, to "get <key>\r\n". HIT and MISS: *len is how many
 * bytes it takes; HIT: *value lies in `in`. Values over max bytes, other keys
 * and the protocol's errors are BAD.
 */
pf_memcached_t pf_memcached_answer(pf_str_t in, pf_str_t key, size_t max,
                                   pf_str_t *value, size_t *len);

#endif
