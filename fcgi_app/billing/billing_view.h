/* How invoices look in the model of a page. */
#ifndef BILLING_BILLING_VIEW_H
#define BILLING_BILLING_VIEW_H

#include "http/request.h"

/* New references. */
json_t *invoice_model(struct request *rq, const json_t *row);
json_t *invoice_models(struct request *rq, const json_t *rows);

/* Lines and taxes as the page of an invoice shows them. */
json_t *invoice_line_models(struct request *rq, const json_t *lines,
                            const char *currency);
json_t *invoice_tax_models(struct request *rq, const json_t *taxes,
                           const char *currency);

/* What is open and what is left as credit, of invoice_open_sum(): open_text,
 * open_count, has_open; credit_text or null. False: the database fails. */
struct db_answer;
bool invoice_open_model(struct request *rq, struct db_answer *answer,
                        json_t *model);

#endif
