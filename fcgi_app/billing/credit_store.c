#include "billing/credit_store.h"

enum db_result
credit_store_lines(struct db *db, struct arena *a, const char *tenant,
                   const char *invoice, json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT l.* FROM invoice i JOIN invoice_line l"
                  " ON l.tenant = i.tenant AND l.invoice = i.id"
                  " WHERE i.tenant = $1 AND (i.id = $2 OR i.corrects = $2)"
                  " ORDER BY CASE WHEN i.id = $2 THEN 0 ELSE 1 END, l.invoice,"
                  " l.position",
                  "tt", tenant, invoice);
}

enum db_result
credit_store_cancel(const struct ledger *l, const char *invoice,
                    int64_t *changed)
{
    return db_exec(l->db, changed,
                   "UPDATE invoice SET status = 'cancelled'"
                   " WHERE tenant = $1 AND id = $2 AND status <> 'cancelled'",
                   "tt", l->tenant, invoice);
}

enum db_result
credit_store_later(const struct ledger *l, const json_t *invoice, json_t **row)
{
    return db_one(l->db, l->arena, row,
                  "SELECT id FROM contract WHERE tenant = $1 AND id = $2"
                  " AND billed_until > $3 UNION ALL"
                  " SELECT id FROM invoice WHERE tenant = $1 AND contract = $2"
                  " AND type <> 'correction' AND status <> 'cancelled'"
                  " AND billed_to > $3 AND id <> $4 LIMIT 1",
                  "tttt", l->tenant, row_text(invoice, "contract_id"),
                  row_text(invoice, "billed_to"), row_text(invoice, "id"));
}

enum db_result
credit_store_reopen(const struct ledger *l, const json_t *invoice)
{
    return db_exec(l->db, NULL,
                   "UPDATE service_entry SET status = 'open', invoice = NULL,"
                   " version = version + 1 WHERE tenant = $1 AND id IN"
                   " (SELECT service FROM invoice_line WHERE tenant = $1"
                   " AND invoice = $2 AND service IS NOT NULL)"
                   " AND status = 'billed'",
                   "tt", l->tenant, row_text(invoice, "id"));
}

enum db_result
credit_store_rewind(const struct ledger *l, const json_t *invoice,
                    const char *until, const char *next)
{
    return db_exec(l->db, NULL,
                   "UPDATE contract SET billed_until = $3, next_billing ="
                   " CASE WHEN in_advance = 1 THEN $4 ELSE $5 END,"
                   " version = version + 1 WHERE tenant = $1 AND id = $2",
                   "ttttt", l->tenant, row_text(invoice, "contract_id"), until,
                   row_text(invoice, "billed_from"), next);
}
