/*
 * Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-07): a POST of the
 * API that carries one has its effect once. The answer is written in the
 * transaction of the effect, and given again to whoever asks again within a
 * day. Only success is kept: after an error nothing was done, and the same
 * request may be tried again.
 */
#ifndef APP_REPLAY_H
#define APP_REPLAY_H

#include "app/routes.h"

/* Runs the handler of a POST of the API, or gives the answer that is there
 * already. */
void replay_run(const struct route *route, struct request *rq,
                struct response *rs);

#endif
