/* Parts of a customer's page that other pages of the office know how to make.
 * New references; NULL: the database does not answer. */
#ifndef OFFICE_CUSTOMER_OFFICE_H
#define OFFICE_CUSTOMER_OFFICE_H

#include "http/request.h"

/* The newest self-service links that are valid, of the customer with that id.
 */
json_t *office_links_of(struct request *rq, const char *customer, int limit);

/* What the customer (a row of its table) owes, by currency, with the way to the
 * ledger. */
json_t *office_balance_of(struct request *rq, const json_t *customer);

#endif
