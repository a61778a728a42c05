/*
 * Lists with weights, as Accept and Accept-Language have them (RFC 9110,
 * 5.6.1 and 12.4.2).
 */
#ifndef PF_QUALITY_H
#define PF_QUALITY_H

#include "pf_str.h"

/*
 * Takes the next item off the front of *list. name is what stands before the
 * parameters, trimmed, and empty when the item is; q is the weight in
 * thousandths, 1000 when none is given, -1 when it is malformed. False at the
 * end of the list.
 */
bool pf_quality_next(pf_str_t *list, pf_str_t *name, int *q);

/* Equality without case, ASCII only. */
bool pf_same(pf_str_t a, pf_str_t b);

#endif
