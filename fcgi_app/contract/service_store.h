/* SQL of services. */
#ifndef CONTRACT_SERVICE_STORE_H
#define CONTRACT_SERVICE_STORE_H

#include "contract/service.h"

/* Of a row with quantity, unit_price and currency, in minor units. */
int64_t service_net(const json_t *row);

/* What service_contract() finds, of many references; and entries by external
 * id. The names are those of an object. */
enum db_result service_store_contracts(struct db *db, struct arena *a,
                                       const char *tenant, json_t *refs,
                                       json_t **rows);
enum db_result service_store_externals(struct db *db, struct arena *a,
                                       const char *tenant, json_t *ids,
                                       json_t **rows);

/* The rows as they shall be. *added is less when an external id is taken. */
enum db_result service_store_insert_many(struct db *db, struct arena *a,
                                         const char *tenant,
                                         json_t *const *rows, size_t n,
                                         int64_t *added);

/* Of a row that is open and of that version; else *changed is 0. */
enum db_result service_store_update(struct db *db, const char *tenant,
                                    const json_t *row, int64_t version,
                                    int64_t *changed);
enum db_result service_store_delete(struct db *db, const char *tenant,
                                    const char *id, int64_t version,
                                    int64_t *changed);

#endif
