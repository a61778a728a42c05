#include "billing/give_back_store.h"

enum db_result
give_back_store_documents(const struct ledger *l, const char *contract,
                          const char *end, json_t **rows)
{
    return db_all(l->db, l->arena, rows,
                  "SELECT i.*, (SELECT COUNT(*) FROM invoice c"
                  " WHERE c.tenant = $1 AND c.corrects = i.id) AS corrections"
                  " FROM invoice i WHERE i.tenant = $1 AND i.contract = $2"
                  " AND i.status <> 'cancelled' AND i.billed_to > $3"
                  " ORDER BY i.billed_from, i.number",
                  "ttt", l->tenant, contract, end);
}
