#include "billing/payment_store.h"

#include "base/clock.h"
#include "customer/customer.h"

#define PAYMENT                                                                \
    "SELECT p.id, p.customer AS customer_id, u.number AS "                     \
    "customer, " CUSTOMER_NAME(                                                \
        "u") " AS customer_name,"                                              \
             " COALESCE(c.ref, '') AS contract, p.contract AS contract_id,"    \
             " COALESCE(i.number, '') AS invoice, p.currency, p.amount, "      \
             "p.settled,"                                                      \
             " CASE WHEN p.status = 'recorded' THEN p.amount - p.settled "     \
             "ELSE 0 END"                                                      \
             " AS credit, CAST((SELECT COALESCE(-SUM(r.amount), 0) FROM "      \
             "payment r"                                                       \
             " WHERE r.tenant = p.tenant AND r.refunds = p.id"                 \
             " AND r.status = 'recorded') AS BIGINT) AS refunded,"             \
             " COALESCE(p.refunds, '') AS refunds, p.date, p.method, "         \
             "p.reference,"                                                    \
             " COALESCE(p.external_id, '') AS external_id, p.status, "         \
             "p.reversed,"                                                     \
             " p.reason, p.created FROM payment p"                             \
             " JOIN customer u ON u.tenant = p.tenant AND u.id = p.customer"   \
             " LEFT JOIN contract c ON c.tenant = p.tenant AND c.id = "        \
             "p.contract"                                                      \
             " LEFT JOIN invoice i ON i.tenant = p.tenant AND i.id = "         \
             "p.invoice"                                                       \
             " WHERE p.tenant = $1 "

/* ---- reading ---- */

/* Asks for sums by document of what a payment settled. */
static struct db_answer *
settled_by(struct db *db, struct arena *a, const char *tenant,
           const json_t *payment)
{
    return db_ask(db, a,
                  "SELECT i.number AS invoice, i.currency,"
                  " CAST(SUM(s.amount) AS BIGINT) AS amount"
                  " FROM settlement s JOIN invoice i"
                  " ON i.tenant = s.tenant AND i.id = s.invoice"
                  " WHERE s.tenant = $1 AND s.payment = $2"
                  " GROUP BY i.number, i.currency, i.due"
                  " HAVING SUM(s.amount) <> 0 ORDER BY i.due, i.number",
                  "tt", tenant, row_text(payment, "id"));
}

enum db_result
payment_by_id(struct db *db, struct arena *a, const char *tenant,
              const char *id, json_t **row)
{
    json_t *settled;
    enum db_result r;

    *row = NULL;
    r = db_one(db, a, row, PAYMENT "AND p.id = $2", "tt", tenant, id);
    if (r == DB_OK) {
        r = db_rows(settled_by(db, a, tenant, *row), &settled);
    }
    if (r == DB_OK) {
        json_object_set(*row, "settlements", settled);
    }
    return r;
}

/* All are asked for before the first answer is wanted. */
static enum db_result
add_settled(struct db *db, struct arena *a, const char *tenant, json_t *rows)
{
    size_t n = json_array_size(rows);
    struct db_answer **answers = arena_alloc(a, (n + 1) * sizeof *answers);
    json_t *settled;
    enum db_result r = DB_OK;

    for (size_t i = 0; i < n; i++) {
        answers[i] = settled_by(db, a, tenant, json_array_get(rows, i));
    }
    for (size_t i = 0; i < n && r == DB_OK; i++) {
        r = db_rows(answers[i], &settled);
        if (r == DB_OK) {
            json_object_set(json_array_get(rows, i), "settlements", settled);
        }
    }
    return r;
}

enum db_result
payment_list(struct db *db, struct arena *a, const char *tenant,
             const struct payment_filter *f, json_t **rows)
{
    enum db_result r =
        db_all(db, a, rows,
               PAYMENT "AND (CAST($2 AS TEXT) IS NULL OR u.number = $2)"
                       " AND (CAST($3 AS TEXT) IS NULL OR c.ref = $3)"
                       " AND (CAST($4 AS TEXT) IS NULL OR i.number = $4"
                       " OR EXISTS (SELECT 1 FROM settlement s JOIN invoice n"
                       " ON n.tenant = s.tenant AND n.id = s.invoice"
                       " WHERE s.tenant = p.tenant AND s.payment = p.id"
                       " AND n.number = $4))"
                       " AND (CAST($5 AS TEXT) IS NULL OR p.status = $5)"
                       " AND (CAST($6 AS TEXT) IS NULL OR p.method = $6)"
                       " AND (CAST($7 AS TEXT) IS NULL OR p.external_id = $7)"
                       " AND p.date >= $8 AND p.date <= $9"
                       " AND (CAST($10 AS TEXT) IS NULL OR (p.date, p.id) <"
                       " ($10, $11)) ORDER BY p.date DESC, p.id DESC LIMIT $12",
               "ttttttttttti", tenant, f->customer, f->contract, f->invoice,
               f->status, f->method, f->external_id, f->from ? f->from : "",
               f->to ? f->to : "9999-12-31", f->after_date, f->after,
               (int64_t)f->limit);

    return r == DB_OK ? add_settled(db, a, tenant, *rows) : r;
}

enum db_result
payment_refunds(struct db *db, struct arena *a, const char *tenant,
                const char *payment, json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT id, date, -amount AS amount, currency, reference,"
                  " status FROM payment WHERE tenant = $1 AND refunds = $2"
                  " ORDER BY date, id",
                  "tt", tenant, payment);
}

enum db_result
payment_list_rows(struct db *db, struct arena *a, const struct list_query *q,
                  const char *tenant, const char *pool, json_t **rows)
{
    (void)pool;
    return db_list(db, a, rows, q, PAYMENT, "t", tenant);
}

enum db_result
payment_store_currency(struct db *db, struct arena *a, const char *tenant,
                       const char *customer, const char *currency, json_t **row)
{
    return db_one(db, a, row,
                  "SELECT 1 AS known WHERE EXISTS (SELECT 1 FROM contract"
                  " WHERE tenant = $1 AND customer = $2 AND currency = $3)"
                  " OR EXISTS (SELECT 1 FROM invoice WHERE tenant = $1"
                  " AND customer = $2 AND currency = $3)",
                  "ttt", tenant, customer, currency);
}

/* ---- changes ---- */

enum db_result
payment_store_insert(const struct ledger *l, const char *id,
                     const struct payment_new *n)
{
    return db_exec(l->db, NULL,
                   "INSERT INTO payment (tenant, id, customer, contract,"
                   " invoice, currency, amount, settled, date, method,"
                   " reference, external_id, status, created, refunds)"
                   " VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9, $10, $11,"
                   " 'recorded', $12, $13)",
                   "ttttttittttit", l->tenant, id, n->customer, n->contract,
                   n->invoice, n->currency, n->amount, n->date, n->method,
                   n->reference ? n->reference : "", n->external_id,
                   clock_now(), n->refunds);
}

enum db_result
payment_store_reverse(const struct ledger *l, const char *id,
                      const struct payment_reversal *reversal, int64_t *changed)
{
    return db_exec(l->db, changed,
                   "UPDATE payment SET status = 'reversed', reversed = $3,"
                   " reason = $4 WHERE tenant = $1 AND id = $2"
                   " AND status = 'recorded' AND settled = 0",
                   "tttt", l->tenant, id, reversal->date, reversal->reason);
}

enum db_result
payment_store_void_open(const struct ledger *l, const char *customer,
                        const char *currency, json_t **row)
{
    return db_one(l->db, l->arena, row,
                  "SELECT 1 AS found WHERE EXISTS (SELECT 1 FROM invoice"
                  " WHERE tenant = $1 AND customer = $2 AND currency = $3"
                  " AND status = 'cancelled' AND settled <> gross)",
                  "ttt", l->tenant, customer, currency);
}
