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

#define BILLED                                                                 \
    " AND id IN (SELECT service FROM invoice_line"                             \
    " WHERE tenant = $1 AND invoice = $2 AND service IS NOT NULL)"             \
    " AND status = 'billed' AND invoice = $2"

enum db_result
credit_store_services(const struct ledger *l, const json_t *invoice,
                      json_t **rows)
{
    return db_all(l->db, l->arena, rows,
                  "SELECT id FROM service_entry WHERE tenant = $1" BILLED
                  " ORDER BY id",
                  "tt", l->tenant, row_text(invoice, "id"));
}

enum db_result
credit_store_reopen(const struct ledger *l, const json_t *invoice)
{
    return db_exec(l->db, NULL,
                   "UPDATE service_entry SET status = 'open', invoice = NULL,"
                   " version = version + 1 WHERE tenant = $1" BILLED,
                   "tt", l->tenant, row_text(invoice, "id"));
}
