/*
 * A form of the back office has its effect once, however often it is sent: its
 * page carries an id ("form_id"), which is claimed in the transaction of the
 * effect.
 */
#ifndef OFFICE_FORM_USE_WEB_H
#define OFFICE_FORM_USE_WEB_H

#include "http/handlers.h"

/* A fresh id for the forms of a page. */
const char *form_id(struct request *rq);

/*
 * Runs the handler inside a transaction that stands when its answer is no
 * error. The second time the answer is a redirect to where the first one led,
 * or to the page of the form's address.
 */
void form_run_once(handler *run, struct request *rq, struct response *rs);

#endif
