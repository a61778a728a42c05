/* The newest of what happened to a customer. */
#ifndef OFFICE_TIMELINE_OFFICE_H
#define OFFICE_TIMELINE_OFFICE_H

#include "http/request.h"

/* Sets what templates/timeline.html shows of the customer (a row of its table).
 * False: the database does not answer. */
bool timeline_add(struct request *rq, json_t *model, const json_t *customer,
                  int limit);

#endif
