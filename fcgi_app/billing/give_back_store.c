#include "billing/give_back_store.h"

/* Something of document i is left by its corrections. */
#define LEFT                                                                   \
    " AND i.gross + COALESCE((SELECT SUM(c.gross) FROM invoice c"              \
    " WHERE c.tenant = $1 AND c.corrects = i.id), 0) <> 0"

enum db_result
give_back_store_documents(const struct ledger *l, const char *contract,
                          const char *end, json_t **rows)
{
    return db_all(l->db, l->arena, rows,
                  "SELECT i.*, (SELECT COUNT(*) FROM invoice c"
                  " WHERE c.tenant = $1 AND c.corrects = i.id) AS corrections"
                  " FROM invoice i WHERE i.tenant = $1 AND i.contract = $2"
                  " AND i.status <> 'cancelled' AND i.billed_to > $3" LEFT
                  " ORDER BY i.billed_from, i.number",
                  "ttt", l->tenant, contract, end);
}

enum db_result
give_back_store_note(const struct ledger *l, const char *contract,
                     const char *day, json_t **row)
{
    return db_one(l->db, l->arena, row,
                  "SELECT i.id FROM invoice i WHERE i.tenant = $1"
                  " AND i.contract = $2 AND i.type = 'credit_note'"
                  " AND i.run IS NULL AND i.date >= $3" LEFT " LIMIT 1",
                  "ttt", l->tenant, contract, day);
}
