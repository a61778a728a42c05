/* The customer of a page, and parts of it that other pages of the office know
 * how to make: new references; NULL: the database does not answer. */
#ifndef OFFICE_CUSTOMER_OFFICE_H
#define OFFICE_CUSTOMER_OFFICE_H

#include "http/request.h"
#include "http/response.h"

/* The customer that the path names first; NULL with the error in the response.
 */
json_t *office_customer_named(struct request *rq, struct response *rs);

/* The newest self-service links that are valid, of the customer with that id.
 */
json_t *office_links_of(struct request *rq, const char *customer, int limit);

/* What the customer (a row of its table) owes, by currency, with the way to the
 * ledger. */
json_t *office_balance_of(struct request *rq, const json_t *customer);

#endif
