/* What a text that people look for means: for billing/invoice_query.c. */
#ifndef BILLING_INVOICE_TEXT_H
#define BILLING_INVOICE_TEXT_H

#include "billing/invoice_query_store.h"

struct invoice_meaning {
    size_t n; /* of customers and contracts whose invoices are meant */
    struct {
        const char *customer, *contract; /* id; the other one is NULL */
    } walks[TEXT_WALKS];
    json_t *numbers; /* and those: rows of invoice_store_numbers() */
};

/* ask: what else is asked for. DB_CHECK: it means too many. */
enum db_result invoice_text(struct db *db, struct arena *a, const char *tenant,
                            const struct invoice_ask *ask, const char *text,
                            struct invoice_meaning *out);

#endif
