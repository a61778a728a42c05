/* SQL of what is given back. */
#ifndef BILLING_GIVE_BACK_STORE_H
#define BILLING_GIVE_BACK_STORE_H

#include "billing/ledger.h"

/* Documents that bill a contract (its id) beyond a day, but for cancelled ones:
 * columns of table invoice, and corrections, how many there are of each. */
enum db_result give_back_store_documents(const struct ledger *l,
                                         const char *contract, const char *end,
                                         json_t **rows);

#endif
