/* SQL about self-service links. */
#ifndef CONTRACT_LINK_STORE_H
#define CONTRACT_LINK_STORE_H

#include "db/db.h"
#include "pf_token.h"

/* Of whom it was made by; and of the contract as one whose links may be renewed
 * again. */
enum db_result link_store_insert(struct db *db, const char *tenant,
                                 const pf_link_t *link, const char *made_by);
enum db_result link_store_resume(struct db *db, const char *tenant,
                                 const char *contract);

/* Of its contract's: see link_list(). */
enum db_result link_store_list(struct db *db, struct arena *a,
                               const char *tenant, const char *contract,
                               int64_t now, int limit, json_t **rows);
/* The same of all contracts of a customer, with the ref as "contract". */
enum db_result link_store_of_customer(struct db *db, struct arena *a,
                                      const char *tenant, const char *customer,
                                      int64_t now, int limit, json_t **rows);
enum db_result link_store_opened(struct db *db, const char *tenant,
                                 const char *jti, int64_t now);

/* The contract's row while its links were not revoked. */
enum db_result link_store_renewable(struct db *db, struct arena *a,
                                    const char *tenant, const char *contract,
                                    json_t **row);

/* The contract's id, ref and customer, while the link is not revoked. */
enum db_result link_store_get(struct db *db, struct arena *a,
                              const char *tenant, const pf_link_t *link,
                              json_t **row);

/* *revoked: how many of them still worked. */
enum db_result link_store_revoke(struct db *db, const char *tenant,
                                 const char *contract, int64_t now,
                                 int64_t *revoked);

#endif
