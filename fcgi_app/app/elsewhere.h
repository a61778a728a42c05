/* Pages of another account of the same person. */
#ifndef APP_ELSEWHERE_H
#define APP_ELSEWHERE_H

#include "app/routes.h"

/*
 * Where a page is answered "not found" or "not open to you", and what its
 * address names belongs to another account of the person, who may see it there:
 * asks whether to change to that account, in the place of the error. What they
 * may not see there either stays as unknown as it was.
 */
void elsewhere_offer(const struct route *route, struct request *rq,
                     struct response *rs);

#endif
