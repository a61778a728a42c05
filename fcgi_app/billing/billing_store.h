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

/* Where there is none of that name, which says all that it is. */
enum db_result invoice_store_keep_seller(struct db *db, const char *tenant,
                                         const char *name, const char *seller);

/* ---- documents: document.h ---- */

/* With seller_data, null where there is none. */
enum db_result document_store_get(struct db *db, struct arena *a,
                                  const char *tenant, const char *id,
                                  json_t **row);

/* Where there is none yet. */
enum db_result document_store_set_seller(struct db *db, const char *tenant,
                                         const char *id, const char *seller);

/* column: pdf or xml. Nothing changes unless it has the old value. */
enum db_result document_store_set_hash(struct db *db, const char *tenant,
                                       const char *id, const char *column,
                                       const char *old, const char *hash,
                                       int64_t *changed);

#endif
