#include "contract/link_store.h"

enum db_result
link_store_insert(struct db *db, const char *tenant, const pf_link_t *link,
                  const char *made_by)
{
    return db_exec(db, NULL,
                   "INSERT INTO self_service_link (tenant, jti, contract,"
                   " expires, revoked, created, made_by)"
                   " VALUES ($1, $2, $3, $4, 0, $5, $6)",
                   "tttiit", tenant, link->jti, link->contract, link->exp,
                   link->iat, made_by);
}

enum db_result
link_store_resume(struct db *db, const char *tenant, const char *contract)
{
    return db_exec(db, NULL,
                   "UPDATE contract SET links_revoked = 0 WHERE tenant = $1"
                   " AND id = $2 AND links_revoked <> 0",
                   "tt", tenant, contract);
}

enum db_result
link_store_list(struct db *db, struct arena *a, const char *tenant,
                const char *contract, int64_t now, int limit, json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT jti AS id, created, expires, made_by, opened,"
                  " last_opened FROM self_service_link"
                  " WHERE tenant = $1 AND contract = $2 AND revoked = 0"
                  " AND expires > $3 ORDER BY created DESC, jti DESC LIMIT $4",
                  "ttii", tenant, contract, now, (int64_t)limit);
}

enum db_result
link_store_of_customer(struct db *db, struct arena *a, const char *tenant,
                       const char *customer, int64_t now, int limit,
                       json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT l.jti AS id, c.ref AS contract, l.created, l.expires,"
                  " l.made_by, l.opened, l.last_opened FROM contract c"
                  " JOIN self_service_link l ON l.tenant = c.tenant"
                  " AND l.contract = c.id WHERE c.tenant = $1"
                  " AND c.customer = $2 AND l.revoked = 0 AND l.expires > $3"
                  " ORDER BY l.created DESC, l.jti DESC LIMIT $4",
                  "ttii", tenant, customer, now, (int64_t)limit);
}

enum db_result
link_store_opened(struct db *db, const char *tenant, const char *jti,
                  int64_t now)
{
    return db_exec(db, NULL,
                   "UPDATE self_service_link SET opened = opened + 1,"
                   " last_opened = $3 WHERE tenant = $1 AND jti = $2",
                   "tti", tenant, jti, now);
}

enum db_result
link_store_renewable(struct db *db, struct arena *a, const char *tenant,
                     const char *contract, json_t **row)
{
    return db_one(db, a, row,
                  "SELECT * FROM contract WHERE tenant = $1 AND id = $2"
                  " AND links_revoked = 0",
                  "tt", tenant, contract);
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
    enum db_result r = db_exec(
        db, NULL,
        "UPDATE contract SET links_revoked = $3 WHERE tenant = $1 AND id = $2",
        "tti", tenant, contract, now);

    return r == DB_OK
               ? db_exec(db, revoked,
                         "UPDATE self_service_link SET revoked = $3"
                         " WHERE tenant = $1 AND contract = $2 AND revoked = 0"
                         " AND expires > $3",
                         "tti", tenant, contract, now)
               : r;
}
