#include "billing/billing_store.h"

#include <string.h>

#include "base/clock.h"

struct db_answer *
invoice_list(struct db *db, struct arena *a, const char *tenant,
             const char *customer, const char *contract,
             const struct invoice_cursor *after, int limit)
{
    return db_ask(db, a,
                  "SELECT number, type, date, due, currency, gross, settled,"
                  " delivery_mode, status FROM invoice"
                  " WHERE tenant = $1 AND customer = $2"
                  " AND (CAST($3 AS TEXT) IS NULL OR contract = $3)"
                  " AND (CAST($4 AS TEXT) IS NULL"
                  " OR (date, number) < ($4, $5))"
                  " ORDER BY date DESC, number DESC LIMIT $6",
                  "ttttti", tenant, customer, contract,
                  after ? after->date : NULL, after ? after->number : NULL,
                  (int64_t)limit);
}

enum db_result
invoice_get(struct db *db, struct arena *a, const char *tenant,
            const char *customer, const char *contract, const char *number,
            json_t **row)
{
    return db_one(db, a, row,
                  "SELECT i.*, c.ref AS contract_ref FROM invoice i"
                  " LEFT JOIN contract c"
                  " ON c.tenant = i.tenant AND c.id = i.contract"
                  " WHERE i.tenant = $1 AND i.customer = $2 AND i.number = $3"
                  " AND (CAST($4 AS TEXT) IS NULL OR i.contract = $4)",
                  "tttt", tenant, customer, number, contract);
}

enum db_result
invoice_lines(struct db *db, struct arena *a, const char *tenant,
              const char *invoice, json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT * FROM invoice_line"
                  " WHERE tenant = $1 AND invoice = $2 ORDER BY position",
                  "tt", tenant, invoice);
}

struct db_answer *
invoice_open_sum(struct db *db, struct arena *a, const char *tenant,
                 const char *customer)
{
    return db_ask(db, a,
                  "SELECT currency, CAST(SUM(open) AS BIGINT) AS amount,"
                  " CAST(SUM(credit) AS BIGINT) AS credit, SUM(n) AS count"
                  " FROM (SELECT currency, 1 AS n, gross - settled AS open,"
                  " 0 AS credit FROM invoice WHERE tenant = $1"
                  " AND customer = $2 AND status = 'open' AND gross > 0"
                  " UNION ALL SELECT currency, 0, 0, settled - gross"
                  " FROM invoice WHERE tenant = $1 AND customer = $2"
                  " AND status = 'open' AND gross < 0"
                  " UNION ALL SELECT currency, 0, 0, amount - settled"
                  " FROM payment WHERE tenant = $1 AND customer = $2"
                  " AND status = 'recorded' AND settled <> amount) s"
                  " GROUP BY currency ORDER BY 2 DESC, currency LIMIT 20",
                  "tt", tenant, customer);
}

enum db_result
invoice_store_keep_seller(struct db *db, const char *tenant, const char *name,
                          const char *seller)
{
    return db_exec(db, NULL,
                   "INSERT INTO seller (tenant, name, data) VALUES ($1, $2, $3)"
                   " ON CONFLICT (tenant, name) DO NOTHING",
                   "ttt", tenant, name, seller);
}

enum db_result
invoice_store_insert(struct db *db, const char *tenant, const char *id,
                     const char *number, const struct invoice_new *new,
                     const struct invoice_sums *sums)
{
    int64_t gross = sums->net + sums->vat;
    bool sent = new->deliver &&strcmp(new->delivery_mode, "email") == 0;

    return db_exec(
        db, NULL,
        "INSERT INTO invoice (tenant, id, number, type, customer, contract,"
        " customer_number, recipient, language, date, due, period_from,"
        " period_to, currency, net, vat, gross, delivery_mode, status, created,"
        " run, corrects, note, settled, buyer, seller, dispatch,"
        " dispatch_reason, billed_from, billed_to) VALUES ($1, $2, $3, $4, $5,"
        " $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,"
        " $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30)",
        "ttttttttttttttiiittitttitttttt", tenant, id, number, new->type,
        new->customer, new->contract, new->customer_number, new->recipient,
        new->language, new->date, new->due, new->period_from, new->period_to,
        new->currency, sums->net, sums->vat, gross, new->delivery_mode,
        gross == 0 ? "paid" : "open", clock_now(), new->run, new->corrects,
        new->note ? new->note : "", (int64_t)0, new->buyer ? new->buyer : "",
        new->seller ? new->seller : "",
        !sent       ? "none"
        : new->test ? "suppressed"
                    : "waiting",
        sent && new->test ? N_("a key of test mode") : "",
        new->billed_from ? new->billed_from : "",
        new->billed_to ? new->billed_to : "");
}

enum db_result
invoice_store_insert_line(struct db *db, const char *tenant,
                          const char *invoice, int position,
                          const struct invoice_line_new *line, int64_t net)
{
    return db_exec(db, NULL,
                   "INSERT INTO invoice_line (tenant, invoice, position,"
                   " description, quantity, unit_price, vat_rate, net, service,"
                   " performed, vat_extra) VALUES ($1, $2, $3, $4, $5, $6, $7,"
                   " $8, $9, $10, $11)",
                   "ttitiiiitti", tenant, invoice, (int64_t)position,
                   line->description, line->quantity, line->unit_price,
                   (int64_t)line->vat_rate, net, line->service, line->performed,
                   line->vat_extra);
}

enum db_result
invoice_by_number(struct db *db, struct arena *a, const char *tenant,
                  const char *number, json_t **row)
{
    return db_one(db, a, row,
                  "SELECT id, number, type, customer_number AS customer, date,"
                  " due, gross, currency, delivery_mode, status FROM invoice"
                  " WHERE tenant = $1 AND number = $2",
                  "tt", tenant, number);
}

enum db_result
invoice_whole(struct db *db, struct arena *a, const char *tenant,
              const char *number, json_t **row)
{
    return db_one(db, a, row,
                  "SELECT i.*, c.ref AS contract_ref,"
                  " o.number AS corrects_number FROM invoice i"
                  " LEFT JOIN contract c"
                  " ON c.tenant = i.tenant AND c.id = i.contract"
                  " LEFT JOIN invoice o"
                  " ON o.tenant = i.tenant AND o.id = i.corrects"
                  " WHERE i.tenant = $1 AND i.number = $2",
                  "tt", tenant, number);
}

struct db_answer *
invoice_corrections(struct db *db, struct arena *a, const char *tenant,
                    const char *invoice)
{
    return db_ask(db, a,
                  "SELECT id, number, type, customer_number AS customer, date,"
                  " due, gross, currency, delivery_mode, dispatch, status"
                  " FROM invoice WHERE tenant = $1 AND corrects = $2"
                  " ORDER BY number",
                  "tt", tenant, invoice);
}
