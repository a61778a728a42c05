/*
 * Asking staff once more who they are, before keys, secrets and rights change:
 * the door PROVEN of tables/routes.def. Whoever comes to such a form is asked
 * first; a form that was sent too late is carried along, and done afterwards.
 */
#ifndef OFFICE_CONFIRM_OFFICE_H
#define OFFICE_CONFIRM_OFFICE_H

#include "http/request.h"
#include "http/response.h"

/* The body of a form, as it was sent, that the confirmation carries; NULL:
 * none. And the path that it was sent to. */
const char *confirm_carried(const struct request *rq);
const char *confirm_target(const struct request *rq);

/* Answers a request that came without a fresh proof: by the way to the question
 * and back, or, where a form was sent, by the question that carries it. */
void confirm_ask(struct request *rq, struct response *rs);

#endif
