/* What every page shows around its own content. */
#ifndef APP_PAGE_H
#define APP_PAGE_H

#include "http/request.h"
#include "http/response.h"

/* Whether its address is one of the back office. */
bool page_in_office(const struct request *rq);

/* Adds the frame's part to the model of a page (see templates/layout.html). */
void page_frame(struct request *rq, struct response *rs);

/* The model of the error page; owned by the arena. */
json_t *page_error(struct request *rq, enum err error);

/* application/problem+json (RFC 9457) for an error, with the errors of fields.
 * Owned by the arena. */
json_t *page_problem(struct request *rq, enum err error);

#endif
