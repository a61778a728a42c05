/* Recomputing the books: each statement gives what does not agree, as what, id,
 * is, should. */
#include "base/json.h"
#include "billing/ledger.h"

enum { FAULTS_MAX = 20 };

/* What is settled of a payment by being paid back of another one. */
#define PAID_BACK                                                              \
    "CASE WHEN p.refunds IS NOT NULL AND p.status = 'recorded'"                \
    " THEN p.amount ELSE 0 END"

static const char *const statements[] = {
    /* documents and their lines */
    "SELECT 'net of a document, sum of its lines' AS what, i.id, i.net AS is_,"
    " CAST(COALESCE(SUM(l.net), 0) AS BIGINT) AS should FROM invoice i"
    " LEFT JOIN invoice_line l ON l.tenant = i.tenant AND l.invoice = i.id"
    " WHERE i.tenant = $1 GROUP BY i.id, i.net"
    " HAVING i.net <> COALESCE(SUM(l.net), 0) LIMIT $2",
    /* the ledger has each document and payment, once and as it is */
    "SELECT 'ledger entry of a document' AS what, i.id,"
    " COALESCE(e.amount, 0) AS is_, i.gross AS should FROM invoice i"
    " LEFT JOIN ledger_entry e ON e.tenant = i.tenant AND e.id = i.id"
    " WHERE i.tenant = $1 AND (e.id IS NULL OR e.amount <> i.gross"
    " OR e.customer <> i.customer OR e.currency <> i.currency"
    " OR e.kind <> i.type OR COALESCE(e.document, '') <> i.id"
    " OR COALESCE(e.contract, '') <> COALESCE(i.contract, '')) LIMIT $2",
    "SELECT 'ledger entry of a payment' AS what, p.id,"
    " COALESCE(e.amount, 0) AS is_, -p.amount AS should FROM payment p"
    " LEFT JOIN ledger_entry e ON e.tenant = p.tenant AND e.id = p.id"
    " WHERE p.tenant = $1 AND (e.id IS NULL OR e.amount <> -p.amount"
    " OR e.customer <> p.customer OR e.currency <> p.currency"
    " OR COALESCE(e.payment, '') <> p.id) LIMIT $2",
    "SELECT 'ledger entry of a reversal' AS what, p.id,"
    " COALESCE(e.amount, 0) AS is_,"
    " CASE WHEN p.status = 'reversed' THEN p.amount ELSE 0 END AS should"
    " FROM payment p LEFT JOIN ledger_entry e"
    " ON e.tenant = p.tenant AND e.id = p.id || '.end' WHERE p.tenant = $1"
    " AND COALESCE(e.amount, 0) <>"
    " CASE WHEN p.status = 'reversed' THEN p.amount ELSE 0 END LIMIT $2",
    "SELECT 'ledger entry of nothing' AS what, e.id, e.amount AS is_,"
    " 0 AS should FROM ledger_entry e WHERE e.tenant = $1 AND e.kind <> 'fee'"
    " AND e.document IS NULL AND e.payment IS NULL LIMIT $2",
    "SELECT 'ledger entries of a fee' AS what, r.id,"
    " CAST(COALESCE(SUM(e.amount), 0) AS BIGINT) AS is_,"
    " CASE WHEN r.withdrawn = 0 THEN r.fee ELSE 0 END AS should"
    " FROM reminder r LEFT JOIN ledger_entry e ON e.tenant = r.tenant"
    " AND e.id IN (r.id, r.id || '.end') AND e.kind = 'fee'"
    " AND e.customer = r.customer AND e.currency = r.currency"
    " WHERE r.tenant = $1 GROUP BY r.id, r.withdrawn, r.fee"
    " HAVING COALESCE(SUM(e.amount), 0) <>"
    " CASE WHEN r.withdrawn = 0 THEN r.fee ELSE 0 END LIMIT $2",
    /* what pages say is owed after an entry; not where some are to be reckoned
       once more */
    "SELECT 'balance after an entry in ' || e.currency AS what, e.id,"
    " e.balance AS is_, e.should FROM (SELECT id, customer, currency, balance,"
    " CAST(SUM(amount) OVER (PARTITION BY customer, currency"
    " ORDER BY date, created, id) AS BIGINT) AS should FROM ledger_entry"
    " WHERE tenant = $1) e WHERE e.balance <> e.should AND NOT EXISTS ("
    "SELECT 1 FROM ledger_entry u WHERE u.tenant = $1"
    " AND u.customer = e.customer AND u.balance IS NULL) LIMIT $2",
    /* what is settled is the sum of its settlements */
    "SELECT 'settled of a document' AS what, i.id, i.settled AS is_,"
    " CAST(COALESCE(s.amount, 0) - COALESCE(c.amount, 0) AS BIGINT) AS should"
    " FROM invoice i LEFT JOIN (SELECT invoice, SUM(amount) AS amount"
    " FROM settlement WHERE tenant = $1 GROUP BY invoice) s ON s.invoice = i.id"
    " LEFT JOIN (SELECT credit, SUM(amount) AS amount FROM settlement"
    " WHERE tenant = $1 AND credit IS NOT NULL GROUP BY credit) c"
    " ON c.credit = i.id WHERE i.tenant = $1"
    " AND i.settled <> COALESCE(s.amount, 0) - COALESCE(c.amount, 0) LIMIT $2",
    "SELECT 'settled of a document, beyond it' AS what, id, settled AS is_,"
    " gross AS should FROM invoice WHERE tenant = $1"
    " AND CASE WHEN gross >= 0 THEN settled NOT BETWEEN 0 AND gross"
    " ELSE settled NOT BETWEEN gross AND 0 END LIMIT $2",
    "SELECT 'status of a document, ' || status AS what, id, settled AS is_,"
    " gross AS should FROM invoice WHERE tenant = $1"
    " AND (settled = gross) <> (status <> 'open') LIMIT $2",
    "SELECT 'settled of a payment' AS what, p.id, p.settled AS is_,"
    " CAST(COALESCE(s.amount, 0) + COALESCE(r.amount, 0) + " PAID_BACK
    " AS BIGINT) AS should FROM payment p"
    " LEFT JOIN (SELECT payment, SUM(amount) AS amount FROM settlement"
    " WHERE tenant = $1 AND payment IS NOT NULL GROUP BY payment) s"
    " ON s.payment = p.id LEFT JOIN (SELECT refunds, -SUM(amount) AS amount"
    " FROM payment WHERE tenant = $1 AND refunds IS NOT NULL"
    " AND status = 'recorded' GROUP BY refunds) r ON r.refunds = p.id"
    " WHERE p.tenant = $1 AND (p.settled <> COALESCE(s.amount, 0)"
    " + COALESCE(r.amount, 0) + " PAID_BACK
    " OR (p.status = 'reversed' AND p.settled <> 0)) LIMIT $2",
    "SELECT 'settled of a payment, beyond it' AS what, id, settled AS is_,"
    " amount AS should FROM payment WHERE tenant = $1"
    " AND CASE WHEN amount >= 0 THEN settled NOT BETWEEN 0 AND amount"
    " ELSE settled NOT BETWEEN amount AND 0 END LIMIT $2",
    "SELECT 'payment that is paid back' AS what, r.id, r.amount AS is_,"
    " COALESCE(-p.amount, 0) AS should FROM payment r LEFT JOIN payment p"
    " ON p.tenant = r.tenant AND p.id = r.refunds"
    " WHERE r.tenant = $1 AND r.refunds IS NOT NULL AND (p.id IS NULL"
    " OR p.customer <> r.customer OR p.currency <> r.currency"
    " OR r.amount >= 0 OR p.amount <= 0"
    " OR (p.status = 'reversed' AND r.status = 'recorded')) LIMIT $2",
    "SELECT 'settlement between two customers or currencies' AS what, s.id,"
    " s.amount AS is_, 0 AS should FROM settlement s JOIN invoice i"
    " ON i.tenant = s.tenant AND i.id = s.invoice"
    " LEFT JOIN payment p ON p.tenant = s.tenant AND p.id = s.payment"
    " LEFT JOIN invoice c ON c.tenant = s.tenant AND c.id = s.credit"
    " WHERE s.tenant = $1"
    " AND (COALESCE(p.customer, c.customer, i.customer) <> i.customer"
    " OR COALESCE(p.currency, c.currency, i.currency) <> i.currency) LIMIT $2",
    /* corrections */
    "SELECT 'corrections of a document, beyond it' AS what, i.id,"
    " CAST(SUM(c.gross) AS BIGINT) AS is_, -i.gross AS should FROM invoice c"
    " JOIN invoice i ON i.tenant = c.tenant AND i.id = c.corrects"
    " WHERE c.tenant = $1 GROUP BY i.id, i.gross"
    " HAVING CASE WHEN i.gross >= 0 THEN SUM(c.gross) + i.gross < 0"
    " ELSE SUM(c.gross) + i.gross > 0 END LIMIT $2",
    "SELECT 'cancelled invoice with something left' AS what, i.id,"
    " CAST(SUM(c.gross) AS BIGINT) AS is_, -i.gross AS should FROM invoice c"
    " JOIN invoice i ON i.tenant = c.tenant AND i.id = c.corrects"
    " WHERE c.tenant = $1 AND i.status = 'cancelled' GROUP BY i.id, i.gross"
    " HAVING SUM(c.gross) + i.gross <> 0 LIMIT $2",
    /* both ways to tell what a customer owes */
    "SELECT 'balance of a customer in ' || currency AS what, customer AS id,"
    " CAST(SUM(ledger) AS BIGINT) AS is_, CAST(SUM(open) AS BIGINT) AS should"
    " FROM (SELECT customer, currency, amount AS ledger, 0 AS open"
    " FROM ledger_entry WHERE tenant = $1"
    " UNION ALL SELECT customer, currency, 0, fee FROM reminder"
    " WHERE tenant = $1 AND withdrawn = 0 UNION ALL SELECT customer, currency, "
    "0, gross - settled FROM invoice"
    " WHERE tenant = $1 UNION ALL SELECT customer, currency, 0,"
    " settled - amount FROM payment WHERE tenant = $1"
    " AND status = 'recorded') b GROUP BY customer, currency"
    " HAVING SUM(ledger) <> SUM(open) LIMIT $2",
};

enum db_result
ledger_verify(struct db *db, struct arena *a, const char *tenant,
              json_t **faults)
{
    enum { STATEMENTS = sizeof statements / sizeof *statements };
    struct db_answer *answers[STATEMENTS];
    json_t *rows;
    enum db_result r = DB_OK;

    *faults = json_in_arena(a, json_array());
    for (size_t i = 0; i < STATEMENTS; i++) {
        answers[i] =
            db_ask(db, a, statements[i], "ti", tenant, (int64_t)FAULTS_MAX);
    }
    for (size_t i = 0; i < STATEMENTS && r == DB_OK; i++) {
        r = db_rows(answers[i], &rows);
        if (r == DB_OK) {
            json_array_extend(*faults, rows);
        }
    }
    return r;
}

enum db_result
ledger_counts(struct db *db, struct arena *a, const char *tenant, json_t **row)
{
    return db_one(db, a, row,
                  "SELECT (SELECT COUNT(*) FROM invoice WHERE tenant = $1)"
                  " AS documents, (SELECT COUNT(*) FROM payment"
                  " WHERE tenant = $1) AS payments,"
                  " (SELECT COUNT(*) FROM ledger_entry WHERE tenant = $1)"
                  " AS entries, (SELECT COUNT(*) FROM settlement"
                  " WHERE tenant = $1) AS settlements",
                  "t", tenant);
}
