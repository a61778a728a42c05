/* What every page shows around its own content. */
#ifndef APP_PAGE_H
#define APP_PAGE_H

#include "http/request.h"
#include "http/response.h"

/* Whether its address is one of the back office. */
bool page_in_office(const struct request *rq);

/* Adds to the model of a page what stands around it (see
 * templates/layout.html), and sets rs->framed. */
void page_frame(struct request *rq, struct response *rs);

/* The model of the error page; owned by the arena. */
json_t *page_error(struct request *rq, enum err error);

/* application/problem+json (RFC 9457) for an error, with the errors of fields.
 * Owned by the arena. */
json_t *page_problem(struct request *rq, enum err error);

#endif
