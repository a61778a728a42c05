/* Attempts to name a card, on pages. */
#ifndef PAYER_ATTEMPT_WEB_H
#define PAYER_ATTEMPT_WEB_H

#include "payer/attempt.h"
#include "payer/payer_web.h"

/* What an address has of an attempt, for this browser and FLOW_LIFE: names the
 * argument "attempt". */
const char *attempt_flow(struct request *rq, struct response *rs,
                         const char *id);

/* The attempt that the address has, or NULL; false with the error in the
 * response. */
bool attempt_named(struct request *rq, struct response *rs, json_t **row);

/* The page that leads to the provider, inside the tenant. */
const char *attempt_leave_path(struct request *rq, struct response *rs,
                               const char *id);

/* How it stands, in words for i18n(). */
const char *attempt_words(const json_t *row);

/* What people are told of it: {words, is_good, runs, leave_url (or null: there
 * is nothing to go on with)}. New reference. */
json_t *attempt_model(struct request *rq, struct response *rs,
                      const json_t *row);

#endif
