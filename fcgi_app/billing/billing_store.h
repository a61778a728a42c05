/* SQL of the billing folder. */
#ifndef BILLING_BILLING_STORE_H
#define BILLING_BILLING_STORE_H

#include "billing/billing.h"

struct invoice_sums {
    int64_t net, vat;
};

/* The rule of invoice_taxes(), of lines whose net amounts are there. */
struct invoice_sums invoice_sums_of(struct arena *a,
                                    const struct invoice_line_new *lines,
                                    const int64_t *nets, size_t n);

enum db_result invoice_store_insert(struct db *db, const char *tenant,
                                    const char *id, const char *number,
                                    const struct invoice_new *new,
                                    const struct invoice_sums *sums);
enum db_result invoice_store_insert_line(struct db *db, const char *tenant,
                                         const char *invoice, int position,
                                         const struct invoice_line_new *line,
                                         int64_t net);

#endif
