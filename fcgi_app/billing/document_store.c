#include <string.h>

#include "billing/billing_store.h"

enum db_result
document_store_get(struct db *db, struct arena *a, const char *tenant,
                   const char *id, json_t **row)
{
    return db_one(
        db, a, row,
        "SELECT i.*, o.number AS corrects_number, o.type AS corrects_type,"
        " o.date AS corrects_date, c.ref AS contract_ref,"
        " u.email AS customer_email, s.data AS seller_data FROM invoice i"
        " JOIN customer u ON u.tenant = i.tenant AND u.id = i.customer"
        " LEFT JOIN invoice o"
        " ON o.tenant = i.tenant AND o.id = i.corrects"
        " LEFT JOIN contract c"
        " ON c.tenant = i.tenant AND c.id = i.contract"
        " LEFT JOIN seller s"
        " ON s.tenant = i.tenant AND s.name = i.seller"
        " WHERE i.tenant = $1 AND i.id = $2",
        "tt", tenant, id);
}

enum db_result
document_store_set_seller(struct db *db, const char *tenant, const char *id,
                          const char *seller)
{
    return db_exec(db, NULL,
                   "UPDATE invoice SET seller = $3"
                   " WHERE tenant = $1 AND id = $2 AND seller = ''",
                   "ttt", tenant, id, seller);
}

enum db_result
document_store_set_hash(struct db *db, const char *tenant, const char *id,
                        const char *column, const char *old, const char *hash,
                        int64_t *changed)
{
    return strcmp(column, "pdf") == 0
               ? db_exec(db, changed,
                         "UPDATE invoice SET pdf = $4 WHERE tenant = $1"
                         " AND id = $2 AND pdf = $3",
                         "tttt", tenant, id, old, hash)
               : db_exec(db, changed,
                         "UPDATE invoice SET xml = $4 WHERE tenant = $1"
                         " AND id = $2 AND xml = $3",
                         "tttt", tenant, id, old, hash);
}
