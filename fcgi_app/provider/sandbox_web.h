/* What the sandbox answers and asks. */
#ifndef PROVIDER_SANDBOX_WEB_H
#define PROVIDER_SANDBOX_WEB_H

#include "http/request.h"
#include "provider/provider_web.h"
#include "provider/sandbox.h"

/* An attempt's name among what is signed for a purpose. */
const char *sandbox_of(struct arena *a, const char *purpose,
                       const char *attempt);

/* The address that sends somebody back with a state and the name of a card. */
const char *sandbox_return_url(struct request *rq, const char *attempt,
                               const char *return_url, const char *state,
                               const char *card);

#endif
