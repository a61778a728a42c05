#include "contract/link_store.h"

enum db_result
link_store_insert(struct db *db, const char *tenant, const pf_link_t *link)
{
    return db_exec(db, NULL,
                   "INSERT INTO self_service_link (tenant, jti, contract,"
                   " expires, revoked, created) VALUES ($1, $2, $3, $4, 0, $5)",
                   "tttii", tenant, link->jti, link->contract, link->exp,
                   link->iat);
}

enum db_result
link_store_get(struct db *db, struct arena *a, const char *tenant,
               const pf_link_t *link, json_t **row)
{
    return db_one(
        db, a, row,
        "SELECT c.id, c.ref, c.customer FROM self_service_link l"
        " JOIN contract c ON c.tenant = l.tenant AND c.id = l.contract"
        " WHERE l.tenant = $1 AND l.jti = $2 AND l.contract = $3"
        " AND l.revoked = 0",
        "ttt", tenant, link->jti, link->contract);
}

enum db_result
link_store_revoke(struct db *db, const char *tenant, const char *contract,
                  int64_t now, int64_t *revoked)
{
    return db_exec(db, revoked,
                   "UPDATE self_service_link SET revoked = $3"
                   " WHERE tenant = $1 AND contract = $2 AND revoked = 0"
                   " AND expires > $3",
                   "tti", tenant, contract, now);
}
