/* SQL of services. */
#ifndef CONTRACT_SERVICE_STORE_H
#define CONTRACT_SERVICE_STORE_H

#include "contract/service.h"

/* Of a row with quantity, unit_price and currency, in minor units. */
int64_t service_net(const json_t *row);

/* Asks for what service_contract() finds, and for the row with an external id.
 */
struct db_answer *service_store_ask_contract(struct db *db, struct arena *a,
                                             const char *tenant,
                                             const char *ref);
struct db_answer *service_store_ask_external(struct db *db, struct arena *a,
                                             const char *tenant,
                                             const char *external_id);

/* The row as it shall be. *added is 0 when the external id is taken. */
enum db_result service_store_insert(struct db *db, const char *tenant,
                                    const json_t *row, int64_t *added);

/* Of a row that is open and of that version; else *changed is 0. */
enum db_result service_store_update(struct db *db, const char *tenant,
                                    const json_t *row, int64_t version,
                                    int64_t *changed);
enum db_result service_store_delete(struct db *db, const char *tenant,
                                    const char *id, int64_t version,
                                    int64_t *changed);

#endif
