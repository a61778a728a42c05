#include "billing/ledger_store.h"

#include "base/clock.h"
#include "base/id.h"

/* ---- entries ---- */

enum db_result
ledger_add(const struct ledger *l, const struct ledger_entry *e)
{
    return db_exec(l->db, NULL,
                   "INSERT INTO ledger_entry (tenant, id, customer, contract,"
                   " currency, date, kind, amount, document, payment, note,"
                   " created) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,"
                   " $11, $12)",
                   "tttttttittti", l->tenant, e->id, e->customer, e->contract,
                   e->currency, e->date, e->kind, e->amount, e->document,
                   e->payment, e->note ? e->note : "", clock_now());
}

enum db_result
ledger_add_run(const struct ledger *l, const char *run, const char *first,
               const char *last, int64_t *added)
{
    return db_exec(l->db, added,
                   "INSERT INTO ledger_entry (tenant, id, customer, contract,"
                   " currency, date, kind, amount, document, created)"
                   " SELECT tenant, id, customer, contract, currency, date,"
                   " type, gross, id, created FROM invoice"
                   " WHERE tenant = $1 AND run = $2 AND id >= $3 AND id <= $4",
                   "tttt", l->tenant, run, first, last);
}

/* ---- what is open, and what can settle it ---- */

enum db_result
ledger_store_document(const struct ledger *l, const char *id, json_t **row)
{
    return db_one(l->db, l->arena, row,
                  "SELECT id, number, type, customer, contract, currency, date,"
                  " gross, settled, status, corrects FROM invoice"
                  " WHERE tenant = $1 AND id = $2",
                  "tt", l->tenant, id);
}

enum db_result
ledger_store_open(const struct ledger *l, const struct ledger_source *s,
                  int limit, json_t **rows)
{
    return db_all(l->db, l->arena, rows,
                  "SELECT id, number, gross, settled, gross - settled AS open,"
                  " CASE WHEN id = $4 THEN 0"
                  " WHEN contract = $5 THEN 1 ELSE 2 END AS place FROM invoice"
                  " WHERE tenant = $1 AND customer = $2 AND currency = $3"
                  " AND (status = 'open' OR id = $4) AND gross > settled"
                  " ORDER BY place, due, number LIMIT $6",
                  "ttttti", l->tenant, s->customer, s->currency,
                  s->named ? s->named : "", s->contract ? s->contract : "",
                  (int64_t)limit);
}

enum db_result
ledger_store_credit(const struct ledger *l, const char *customer,
                    const char *currency, json_t **rows)
{
    return db_all(l->db, l->arena, rows,
                  "SELECT 'payment' AS kind, id, contract, invoice,"
                  " amount - settled AS rest, date FROM payment"
                  " WHERE tenant = $1 AND customer = $2 AND currency = $3"
                  " AND status = 'recorded' AND settled <> amount"
                  " AND amount > 0"
                  " UNION ALL SELECT 'credit', id, contract, corrects,"
                  " settled - gross, date FROM invoice"
                  " WHERE tenant = $1 AND customer = $2 AND currency = $3"
                  " AND status = 'open' AND gross < settled"
                  " ORDER BY date, id",
                  "ttt", l->tenant, customer, currency);
}

enum db_result
ledger_store_own(const struct ledger *l, const char *invoice, json_t **rows)
{
    return db_all(l->db, l->arena, rows,
                  "SELECT id, settled - gross AS rest FROM invoice"
                  " WHERE tenant = $1 AND corrects = $2 AND gross < settled"
                  " ORDER BY created, id",
                  "tt", l->tenant, invoice);
}

enum db_result
ledger_store_accounts(const struct ledger *l, const char *after,
                      const char *currency, int limit, json_t **rows)
{
    return db_all(
        l->db, l->arena, rows,
        "SELECT customer, currency FROM (SELECT customer, currency"
        " FROM payment WHERE tenant = $1 AND status = 'recorded'"
        " AND settled <> amount AND amount > 0"
        " UNION SELECT customer, currency FROM invoice WHERE tenant = $1"
        " AND status = 'open' AND gross < 0) c"
        " WHERE (customer, currency) > ($2, $3)"
        " AND EXISTS (SELECT 1 FROM invoice i WHERE i.tenant = $1"
        " AND i.customer = c.customer AND i.currency = c.currency"
        " AND i.status = 'open' AND i.gross > i.settled)"
        " ORDER BY customer, currency LIMIT $4",
        "ttti", l->tenant, after, currency, (int64_t)limit);
}

/* ---- settling ---- */

enum db_result
ledger_store_settle(const struct ledger *l, const char *document,
                    int64_t amount, int64_t *changed)
{
    return db_exec(
        l->db, changed,
        "UPDATE invoice SET settled = settled + $3,"
        " status = CASE WHEN status = 'cancelled' THEN status"
        " WHEN settled + $3 = gross THEN 'paid' ELSE 'open' END"
        " WHERE tenant = $1 AND id = $2"
        " AND CASE WHEN gross >= 0 THEN settled + $3 BETWEEN 0 AND gross"
        " ELSE settled + $3 BETWEEN gross AND 0 END",
        "tti", l->tenant, document, amount);
}

enum db_result
ledger_store_use(const struct ledger *l, const char *payment, int64_t amount,
                 int64_t *changed)
{
    return db_exec(
        l->db, changed,
        "UPDATE payment SET settled = settled + $3"
        " WHERE tenant = $1 AND id = $2 AND status = 'recorded'"
        " AND CASE WHEN amount >= 0 THEN settled + $3 BETWEEN 0 AND amount"
        " ELSE settled + $3 BETWEEN amount AND 0 END",
        "tti", l->tenant, payment, amount);
}

enum db_result
ledger_store_settlement(const struct ledger *l,
                        const struct ledger_source *source,
                        const char *document, int64_t amount)
{
    return db_exec(l->db, NULL,
                   "INSERT INTO settlement (tenant, id, payment, credit,"
                   " invoice, amount, created)"
                   " VALUES ($1, $2, $3, $4, $5, $6, $7)",
                   "tttttii", l->tenant, id_new(l->arena, "set"),
                   source->payment ? source->id : NULL,
                   source->payment ? NULL : source->id, document, amount,
                   clock_now());
}

enum db_result
ledger_store_settled_by(const struct ledger *l, bool payment, const char *id,
                        json_t **rows)
{
    static const char by_payment[] =
        "SELECT invoice, CAST(SUM(amount) AS BIGINT) AS amount FROM settlement"
        " WHERE tenant = $1 AND payment = $2 GROUP BY invoice"
        " HAVING SUM(amount) <> 0 ORDER BY invoice";
    static const char by_credit[] =
        "SELECT invoice, CAST(SUM(amount) AS BIGINT) AS amount FROM settlement"
        " WHERE tenant = $1 AND credit = $2 GROUP BY invoice"
        " HAVING SUM(amount) <> 0 ORDER BY invoice";

    return db_all(l->db, l->arena, rows, payment ? by_payment : by_credit, "tt",
                  l->tenant, id);
}

enum db_result
ledger_store_elsewhere(const struct ledger *l, const char *invoice,
                       json_t **rows)
{
    return db_all(l->db, l->arena, rows,
                  "SELECT s.credit, s.invoice,"
                  " CAST(SUM(s.amount) AS BIGINT) AS amount"
                  " FROM invoice c JOIN settlement s"
                  " ON s.tenant = c.tenant AND s.credit = c.id"
                  " WHERE c.tenant = $1 AND c.corrects = $2"
                  " AND s.invoice <> $2 GROUP BY s.credit, s.invoice"
                  " HAVING SUM(s.amount) > 0 ORDER BY s.credit, s.invoice",
                  "tt", l->tenant, invoice);
}

/* ---- reading ---- */

enum db_result
ledger_list(struct db *db, struct arena *a, const char *tenant,
            const char *customer, const char *before, int limit, json_t **rows)
{
    return db_all(
        db, a, rows,
        "WITH e AS (SELECT l.*, CAST(SUM(amount) OVER (PARTITION BY currency"
        " ORDER BY date, created, id) AS BIGINT) AS balance"
        " FROM ledger_entry l WHERE tenant = $1 AND customer = $2)"
        " SELECT e.id, e.date, e.kind, e.amount, e.balance, e.currency,"
        " e.note, e.created, e.payment, COALESCE(i.number, '') AS number,"
        " COALESCE(c.ref, '') AS contract,"
        " COALESCE(i.number, p.reference, '') AS reference FROM e"
        " LEFT JOIN invoice i ON i.tenant = e.tenant AND i.id = e.document"
        " LEFT JOIN payment p ON p.tenant = e.tenant AND p.id = e.payment"
        " LEFT JOIN contract c ON c.tenant = e.tenant AND c.id = e.contract"
        " WHERE CAST($3 AS TEXT) IS NULL OR (e.date, e.created, e.id) <"
        " (SELECT b.date, b.created, b.id FROM ledger_entry b"
        " WHERE b.tenant = $1 AND b.customer = $2 AND b.id = $3)"
        " ORDER BY e.date DESC, e.created DESC, e.id DESC LIMIT $4",
        "ttti", tenant, customer, before, (int64_t)limit);
}

#define DOCUMENT                                                               \
    "SELECT i.*, i.customer AS customer_id, i.contract AS contract_id,"        \
    " i.corrects AS corrects_id, i.gross - i.settled AS open_amount,"          \
    " i.note AS reason, u.number AS customer_no, COALESCE(c.ref, '')"          \
    " AS contract_ref, COALESCE(o.number, '') AS corrects_no FROM invoice i"   \
    " JOIN customer u ON u.tenant = i.tenant AND u.id = i.customer"            \
    " LEFT JOIN contract c ON c.tenant = i.tenant AND c.id = i.contract"       \
    " LEFT JOIN invoice o ON o.tenant = i.tenant AND o.id = i.corrects"        \
    " WHERE i.tenant = $1 "

/* Names in the place of ids. */
static enum db_result
with_names(enum db_result r, json_t *row)
{
    if (r == DB_OK) {
        json_object_set(row, "customer", json_object_get(row, "customer_no"));
        json_object_set(row, "contract", json_object_get(row, "contract_ref"));
        json_object_set(row, "corrects", json_object_get(row, "corrects_no"));
    }
    return r;
}

enum db_result
ledger_document_by_id(struct db *db, struct arena *a, const char *tenant,
                      const char *id, json_t **row)
{
    enum db_result r;

    *row = NULL;
    r = db_one(db, a, row, DOCUMENT "AND i.id = $2", "tt", tenant, id);

    return with_names(r, *row);
}

enum db_result
ledger_document_by_number(struct db *db, struct arena *a, const char *tenant,
                          const char *number, json_t **row)
{
    enum db_result r;

    *row = NULL;
    r = db_one(db, a, row, DOCUMENT "AND i.number = $2", "tt", tenant, number);

    return with_names(r, *row);
}

/* What is open of documents and left of payments, by contract. */
#define PARTS                                                                  \
    "WITH part AS (SELECT contract, currency,"                                 \
    " CASE WHEN gross > 0 THEN gross - settled ELSE 0 END AS open,"            \
    " CASE WHEN gross > 0 AND due < $3 THEN gross - settled ELSE 0 END"        \
    " AS overdue,"                                                             \
    " CASE WHEN gross < 0 THEN settled - gross ELSE 0 END AS credit"           \
    " FROM invoice WHERE tenant = $1 AND customer = $2"                        \
    " AND (status = 'open' OR settled <> gross)"                               \
    " UNION ALL SELECT contract, currency, 0, 0, amount - settled"             \
    " FROM payment WHERE tenant = $1 AND customer = $2"                        \
    " AND status = 'recorded' AND settled <> amount"                           \
    " UNION ALL SELECT contract, currency, 0, 0, 0 FROM ledger_entry"          \
    " WHERE tenant = $1 AND customer = $2)"

enum db_result
ledger_balances(struct db *db, struct arena *a, const char *tenant,
                const char *customer, const char *today, json_t **rows)
{
    return db_all(
        db, a, rows,
        PARTS " SELECT 'customer' AS scope, '' AS contract, currency,"
              " CAST(SUM(open) AS BIGINT) AS open,"
              " CAST(SUM(overdue) AS BIGINT) AS overdue,"
              " CAST(SUM(credit) AS BIGINT) AS credit,"
              " CAST(SUM(open) - SUM(credit) AS BIGINT) AS balance"
              " FROM part GROUP BY currency"
              " UNION ALL SELECT 'contract', COALESCE(c.ref, ''), p.currency,"
              " CAST(SUM(open) AS BIGINT), CAST(SUM(overdue) AS BIGINT),"
              " CAST(SUM(credit) AS BIGINT),"
              " CAST(SUM(open) - SUM(credit) AS BIGINT) FROM part p"
              " LEFT JOIN contract c ON c.tenant = $1 AND c.id = p.contract"
              " GROUP BY c.ref, p.currency"
              " ORDER BY 1 DESC, 2, 3 LIMIT $4",
        "ttti", tenant, customer, today, (int64_t)LEDGER_BALANCES_MAX);
}

enum db_result
ledger_settlements(struct db *db, struct arena *a, const char *tenant,
                   const char *invoice, json_t **rows)
{
    return db_all(
        db, a, rows,
        "SELECT s.kind, s.source, s.amount, i.currency,"
        " COALESCE(p.date, c.date) AS date, COALESCE(c.number, p.reference)"
        " AS name, COALESCE(p.method, '') AS method,"
        " COALESCE(c.type, '') AS type, c.contract AS credit_contract"
        " FROM (SELECT CASE WHEN payment IS NULL THEN 'credit'"
        " ELSE 'payment' END AS kind, COALESCE(payment, credit) AS source,"
        " CAST(SUM(amount) AS BIGINT) AS amount FROM settlement"
        " WHERE tenant = $1 AND invoice = $2"
        " GROUP BY payment, credit HAVING SUM(amount) <> 0) s"
        " JOIN invoice i ON i.tenant = $1 AND i.id = $2"
        " LEFT JOIN payment p ON p.tenant = $1 AND p.id = s.source"
        " LEFT JOIN invoice c ON c.tenant = $1 AND c.id = s.source"
        " WHERE p.id IS NOT NULL OR c.id IS NOT NULL"
        " ORDER BY 5, s.source",
        "tt", tenant, invoice);
}
