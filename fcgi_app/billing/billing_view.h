/* How invoices look in the model of a page. */
#ifndef BILLING_BILLING_VIEW_H
#define BILLING_BILLING_VIEW_H

#include "http/request.h"
#include "http/response.h"

/* New references. */
json_t *invoice_model(struct request *rq, const json_t *row);
json_t *invoice_models(struct request *rq, const json_t *rows);

/* Lines and taxes as the page of an invoice shows them. */
json_t *invoice_line_models(struct request *rq, const json_t *lines,
                            const char *currency);
json_t *invoice_tax_models(struct request *rq, const json_t *taxes,
                           const char *currency);

/* Answers with the document as a file. */
void invoice_send_pdf(struct request *rq, struct response *rs,
                      const json_t *invoice, const json_t *lines);

#endif
