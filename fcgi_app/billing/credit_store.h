/* SQL of corrections. */
#ifndef BILLING_CREDIT_STORE_H
#define BILLING_CREDIT_STORE_H

#include "billing/ledger.h"

/* The invoice's lines and those of its corrections, by document (the invoice
 * first) and position: columns of invoice_line. */
enum db_result credit_store_lines(struct db *db, struct arena *a,
                                  const char *tenant, const char *invoice,
                                  json_t **rows);

/* Nothing is left of it. *changed is 0 when it is cancelled already. */
enum db_result credit_store_cancel(const struct ledger *l, const char *invoice,
                                   int64_t *changed);

/* Ids of the services that are billed by it; and they are not any more. */
enum db_result credit_store_services(const struct ledger *l,
                                     const json_t *invoice, json_t **rows);
enum db_result credit_store_reopen(const struct ledger *l,
                                   const json_t *invoice);

#endif
