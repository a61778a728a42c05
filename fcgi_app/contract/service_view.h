/* How services look in the model of a page. */
#ifndef CONTRACT_SERVICE_VIEW_H
#define CONTRACT_SERVICE_VIEW_H

#include "http/request.h"

/* What is recorded on a contract and not billed yet, for the template
 * contract_services. False: the database fails. */
bool service_models(struct request *rq, const json_t *contract, json_t *model);

#endif
