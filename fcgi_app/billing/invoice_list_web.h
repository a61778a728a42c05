/* Lists of invoices on pages: what was asked for stands in their address. */
#ifndef BILLING_INVOICE_LIST_WEB_H
#define BILLING_INVOICE_LIST_WEB_H

#include "billing/invoice_query.h"
#include "http/request.h"

/*
 * Types the address by the fields, and reads order and place from it; an order
 * that the filters do not have is left out. Ids that *filter has stay. Returns
 * what was typed; what is wrong is in rq->errors, and filters nothing.
 */
json_t *invoice_list_take(struct request *rq, const struct field *fields,
                          struct invoice_filter *filter,
                          struct invoice_page *page);

/* Asks for the page. A text that means too much is an error of its field, and
 * leaves an empty page. */
enum db_result invoice_list_ask(struct request *rq,
                                const struct invoice_filter *filter,
                                struct invoice_page *page);

/* Sets controls, chips, action, sort and is_filtered of templates/filters and
 * templates/chips; first_url, next_url and is_short of the pages below. */
void invoice_list_model(struct request *rq, const struct field *fields,
                        const json_t *typed, const struct invoice_page *page,
                        json_t *model);

/* This list as it is, but for an argument and where in the list it is (NULL:
 * only that), with "name=value" more or "". */
const char *invoice_list_url(struct request *rq, const char *without,
                             const char *more);

#endif
