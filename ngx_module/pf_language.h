/*
 * Language choice: RFC 4647 section 3.4 (lookup) over an Accept-Language header
 * (RFC 9110, 12.5.4) with quality values, "*" and q=0.
 */
#ifndef PF_LANGUAGE_H
#define PF_LANGUAGE_H

#include "pf_str.h"

/*
 * Index of the supported tag for one wanted tag ("de-AT" finds "de"), compared
 * without case, truncated from the right; -1 when none fits or it is no tag.
 */
int pf_language_match(pf_str_t tag, const pf_str_t *supported, size_t n);

/*
 * Index of the best supported tag for the header; ranges count by q, then by
 * their order; q=0 excludes what it matches; "*" stands for the first tag not
 * excluded. At most 32 ranges and 512 bytes are looked at. -1 when nothing
 * fits.
 */
int pf_language_pick(pf_str_t header, const pf_str_t *supported, size_t n);

/* True for a well-formed, short tag: 1*8ALPHA *("-" 1*8alphanum), ≤ 35. */
bool pf_language_ok(pf_str_t tag);

#endif
