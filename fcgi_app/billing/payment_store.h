/* SQL of payments. */
#ifndef BILLING_PAYMENT_STORE_H
#define BILLING_PAYMENT_STORE_H

#include "billing/ledger.h"
#include "billing/payment.h"

enum db_result payment_store_insert(const struct ledger *l, const char *id,
                                    const struct payment_new *new);
enum db_result payment_store_reverse(const struct ledger *l, const char *id,
                                     const struct payment_reversal *reversal,
                                     int64_t *changed);

/* DB_OK when something is open of a document of that customer that is void. */
enum db_result payment_store_void_open(const struct ledger *l,
                                       const char *customer,
                                       const char *currency, json_t **row);

/* DB_OK when the customer is billed in that currency: by a contract or a
 * document. */
enum db_result payment_store_currency(struct db *db, struct arena *a,
                                      const char *tenant, const char *customer,
                                      const char *currency, json_t **row);

#endif
