/* SQL of what is given back. */
#ifndef BILLING_GIVE_BACK_STORE_H
#define BILLING_GIVE_BACK_STORE_H

#include "billing/ledger.h"

/* Documents that bill a contract (its id) beyond a day, but for those that are
 * taken back as a whole: columns of table invoice, and corrections, how many
 * there are of each. */
enum db_result give_back_store_documents(const struct ledger *l,
                                         const char *contract, const char *end,
                                         json_t **rows);

/* A credit note of the contract that is no run's, not older than that day and
 * not taken back; DB_NONE: there is none. */
enum db_result give_back_store_note(const struct ledger *l,
                                    const char *contract, const char *day,
                                    json_t **row);

#endif
