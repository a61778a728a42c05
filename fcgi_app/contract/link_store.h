/* SQL about self-service links. */
#ifndef CONTRACT_LINK_STORE_H
#define CONTRACT_LINK_STORE_H

#include "db/db.h"
#include "pf_token.h"

enum db_result link_store_insert(struct db *db, const char *tenant,
                                 const pf_link_t *link);

/* The contract's id, ref and customer, while the link is not revoked. */
enum db_result link_store_get(struct db *db, struct arena *a,
                              const char *tenant, const pf_link_t *link,
                              json_t **row);

enum db_result link_store_revoke(struct db *db, const char *tenant,
                                 const char *contract, int64_t now,
                                 int64_t *revoked);

#endif
