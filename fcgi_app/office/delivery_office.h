/* What pages of documents and reminders say of their way to the customer. */
#ifndef OFFICE_DELIVERY_OFFICE_H
#define OFFICE_DELIVERY_OFFICE_H

#include "http/request.h"

/* Of a row as the API shows it: in words why it has not gone out
 * (dispatch_reason), how often it was tried and when it is again; nothing of
 * that where all is well. */
void office_add_delivery(struct request *rq, json_t *row);

/* What failed for good, for whoever may see it: undelivered [{text, url}], and
 * as buttons what sends all of it again. */
void office_add_undelivered(struct request *rq, json_t *model);

/* The button alone, on a page of what failed; none for whoever may not. */
void office_add_send_again(struct request *rq, json_t *model);

#endif
