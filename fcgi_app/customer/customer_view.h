/* How a customer's data look in forms. */
#ifndef CUSTOMER_CUSTOMER_VIEW_H
#define CUSTOMER_CUSTOMER_VIEW_H

#include "customer/customer.h"
#include "http/request.h"

/* Completes the controls of a form of customer_form_fields and its kin: what
 * helps to fill them in, and the tenant's languages to choose from. */
void customer_controls(struct request *rq, json_t *controls);

/* The languages alone, in a form of somebody else than a customer. */
void customer_offer_languages(struct request *rq, json_t *controls);

#endif
