/* What customers are found by. Private to the folder. */
#ifndef CUSTOMER_CUSTOMER_SEARCH_H
#define CUSTOMER_CUSTOMER_SEARCH_H

#include "customer/customer_store.h"

/* Of new: the names, email and city. */
struct customer_search customer_search_of(struct arena *a, const char *number,
                                          const struct customer_new *new);

/* Each word of the names once, so that a name is found by how one begins; in
 * the transaction that writes the row. */
enum db_result customer_keep_words(struct db *db, struct arena *a,
                                   const char *tenant, const char *id,
                                   const struct customer_new *new);

#endif
