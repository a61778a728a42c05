#include "billing/ledger_store.h"

#include "base/clock.h"
#include "base/id.h"

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
ledger_store_open_named(const struct ledger *l, const struct ledger_source *s,
                        json_t **rows)
{
    return db_all(l->db, l->arena, rows,
                  "SELECT id, due, number, gross - settled AS open FROM invoice"
                  " WHERE tenant = $1 AND id = $2 AND customer = $3"
                  " AND currency = $4 AND gross > 0 AND gross > settled",
                  "tttt", l->tenant, s->named, s->customer, s->currency);
}

#define OPEN                                                                   \
    "SELECT id, due, number, gross - settled AS open FROM invoice"             \
    " WHERE tenant = $1 AND customer = $2 AND currency = $3"                   \
    " AND status = 'open' AND gross > 0 AND (due, number) > ($4, $5)"
#define OPEN_ORDER " ORDER BY due, number LIMIT $6"

enum db_result
ledger_store_open(const struct ledger *l, const struct ledger_source *s,
                  bool of_contract, const json_t *after, int limit,
                  json_t **rows)
{
    const char *due = after ? row_text(after, "due") : "";
    const char *number = after ? row_text(after, "number") : "";

    return of_contract ? db_all(l->db, l->arena, rows,
                                OPEN " AND contract = $7" OPEN_ORDER, "tttttit",
                                l->tenant, s->customer, s->currency, due,
                                number, (int64_t)limit, s->contract)
                       : db_all(l->db, l->arena, rows, OPEN OPEN_ORDER,
                                "ttttti", l->tenant, s->customer, s->currency,
                                due, number, (int64_t)limit);
}

enum db_result
ledger_store_credit(const struct ledger *l, const char *customer,
                    const char *currency, const json_t *after, int limit,
                    json_t **rows)
{
    return db_all(
        l->db, l->arena, rows,
        "SELECT * FROM (SELECT 'payment' AS kind, id, contract, invoice,"
        " amount - settled AS rest, date FROM payment"
        " WHERE tenant = $1 AND customer = $2 AND currency = $3"
        " AND status = 'recorded' AND settled <> amount AND amount > 0"
        " AND (date, id) > ($4, $5) ORDER BY date, id LIMIT $6) p"
        " UNION ALL SELECT * FROM (SELECT 'credit' AS kind, id, contract,"
        " corrects, settled - gross, date FROM invoice"
        " WHERE tenant = $1 AND customer = $2 AND currency = $3"
        " AND status = 'open' AND gross < 0 AND gross < settled"
        " AND (date, id) > ($4, $5) ORDER BY date, id LIMIT $6) c"
        " ORDER BY date, id LIMIT $6",
        "ttttti", l->tenant, customer, currency,
        after ? row_text(after, "date") : "",
        after ? row_text(after, "id") : "", (int64_t)limit);
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

/* Without those that have nothing open: of each kind of credit as many as are
 * wanted, in the order of its index. */
#define ACCOUNTS(credit)                                                       \
    "SELECT * FROM (SELECT DISTINCT s.customer, s.currency FROM " credit       \
    " AND (s.customer, s.currency) > ($2, $3)"                                 \
    " AND EXISTS (SELECT 1 FROM invoice i WHERE i.tenant = $1"                 \
    " AND i.customer = s.customer AND i.currency = s.currency"                 \
    " AND i.status = 'open' AND i.gross > 0)"                                  \
    " ORDER BY s.customer, s.currency LIMIT $4) "
#define LEFT                                                                   \
    "payment s WHERE s.tenant = $1 AND s.status = 'recorded'"                  \
    " AND s.settled <> s.amount AND s.amount > 0"
#define CREDITS                                                                \
    "invoice s WHERE s.tenant = $1 AND s.status = 'open' AND s.gross < 0"

enum db_result
ledger_store_accounts(const struct ledger *l, const char *after,
                      const char *currency, int limit, json_t **rows)
{
    static const char sql[] = ACCOUNTS(LEFT) "p UNION " ACCOUNTS(
        CREDITS) "c"
                 " ORDER BY customer, currency LIMIT $4";

    return db_all(l->db, l->arena, rows, sql, "ttti", l->tenant, after,
                  currency, (int64_t)limit);
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

/* What is open of documents, left of payments, and fees, by contract. Behind
 * them nothing, of each contract that has documents or payments and of the
 * newest entry: there is a row where all is done with, too. Without a word on
 * the currency, SQLite walks all amounts of the tenant. */
#define PARTS                                                                  \
    "WITH part AS (SELECT contract, currency, gross - settled AS open,"        \
    " CASE WHEN due < $3 THEN gross - settled ELSE 0 END AS overdue,"          \
    " 0 AS credit, 0 AS fees FROM invoice WHERE tenant = $1"                   \
    " AND customer = $2 AND currency > '' AND status = 'open' AND gross > 0"   \
    " UNION ALL SELECT contract, currency, 0, 0, settled - gross, 0"           \
    " FROM invoice WHERE tenant = $1 AND customer = $2 AND currency > ''"      \
    " AND status = 'open' AND gross < 0"                                       \
    " UNION ALL SELECT contract, currency, 0, 0, amount - settled, 0"          \
    " FROM payment WHERE tenant = $1 AND customer = $2"                        \
    " AND status = 'recorded' AND settled <> amount"                           \
    " UNION ALL SELECT contract, currency, 0, 0, 0, amount"                    \
    " FROM ledger_entry WHERE tenant = $1 AND customer = $2"                   \
    " AND kind = 'fee'"                                                        \
    " UNION ALL SELECT o.id, o.currency, 0, 0, 0, 0 FROM contract o"           \
    " WHERE o.tenant = $1 AND o.customer = $2 AND (EXISTS (SELECT 1"           \
    " FROM invoice i WHERE i.tenant = $1 AND i.contract = o.id)"               \
    " OR EXISTS (SELECT 1 FROM payment p WHERE p.tenant = $1"                  \
    " AND p.contract = o.id))"                                                 \
    " UNION ALL SELECT * FROM (SELECT contract, currency, 0, 0, 0, 0"          \
    " FROM ledger_entry WHERE tenant = $1 AND customer = $2"                   \
    " ORDER BY date DESC, created DESC, id DESC LIMIT 1) n)"

#define SUMS                                                                   \
    " CAST(SUM(open) AS BIGINT) AS open,"                                      \
    " CAST(SUM(overdue) AS BIGINT) AS overdue,"                                \
    " CAST(SUM(fees) AS BIGINT) AS fees,"                                      \
    " CAST(SUM(credit) AS BIGINT) AS credit,"                                  \
    " CAST(SUM(open) + SUM(fees) - SUM(credit) AS BIGINT) AS balance"

enum db_result
ledger_balances(struct db *db, struct arena *a, const char *tenant,
                const char *customer, const char *today, json_t **rows)
{
    return db_all(
        db, a, rows,
        PARTS " SELECT 'customer' AS scope, '' AS contract, currency," SUMS
              " FROM part GROUP BY currency"
              " UNION ALL SELECT 'contract', COALESCE(c.ref, ''),"
              " p.currency," SUMS " FROM part p"
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
