/* SQL of orders. */
#ifndef ORDER_ORDER_STORE_H
#define ORDER_ORDER_STORE_H

#include "order/order.h"

/* The row as it shall be, with customer_id and contract_id. */
enum db_result order_store_insert(struct db *db, const char *tenant,
                                  const json_t *row);
enum db_result order_store_terms(struct db *db, struct arena *a,
                                 const char *tenant, const char *id,
                                 const struct order_term *terms, size_t n);

#endif
