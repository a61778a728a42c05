/* SQL of the entries of the ledger. */
#include "base/clock.h"
#include "base/json.h"
#include "billing/ledger_store.h"

/* ---- adding ---- */

struct db_bulk *
ledger_store_accounts_bulk(struct arena *a)
{
    return db_bulk(a, "n:i tenant:t customer:t currency:t date:t created:i"
                      " id:t");
}

/* With nothing unknown, the newest one's balance is that of the account; and
 * where there is none, it is nothing. */
enum db_result
ledger_store_before(const struct ledger *l, const struct db_bulk *accounts,
                    json_t **rows)
{
    return db_bulk_all(
        l->db, l->arena, accounts, rows,
        "SELECT r.n AS n, CASE WHEN NOT EXISTS (SELECT 1 FROM ledger_entry u"
        " WHERE u.tenant = r.tenant AND u.customer = r.customer"
        " AND u.currency = r.currency AND u.balance IS NULL) THEN"
        " COALESCE((SELECT CASE WHEN (e.date, e.created, e.id) <"
        " (r.date, r.created, r.id) THEN e.balance END FROM ledger_entry e"
        " WHERE e.tenant = r.tenant AND e.customer = r.customer"
        " AND e.currency = r.currency"
        " ORDER BY e.date DESC, e.created DESC, e.id DESC LIMIT 1),"
        " CASE WHEN NOT EXISTS (SELECT 1 FROM ledger_entry o"
        " WHERE o.tenant = r.tenant AND o.customer = r.customer"
        " AND o.currency = r.currency) THEN 0 END) END AS balance"
        " FROM {rows} ");
}

#define COLUMNS                                                                \
    "tenant:t id:t customer:t contract:t currency:t date:t kind:t amount:i"    \
    " document:t payment:t note:t created:i"

struct ledger_inserts
ledger_store_inserts(struct arena *a)
{
    return (struct ledger_inserts){db_bulk(a, COLUMNS " balance:i"),
                                   db_bulk(a, COLUMNS)};
}

void
ledger_store_add(const struct ledger_inserts *w, const struct ledger *l,
                 const struct ledger_entry *e, int64_t created,
                 const int64_t *balance)
{
    const char *note = e->note ? e->note : "";

    if (balance) {
        db_bulk_add(w->known, l->tenant, e->id, e->customer, e->contract,
                    e->currency, e->date, e->kind, e->amount, e->document,
                    e->payment, note, created, *balance);
    } else {
        db_bulk_add(w->unknown, l->tenant, e->id, e->customer, e->contract,
                    e->currency, e->date, e->kind, e->amount, e->document,
                    e->payment, note, created);
    }
}

enum db_result
ledger_store_insert(const struct ledger *l, const struct ledger_inserts *w)
{
    enum db_result r = db_bulk_exec(
        l->db, w->known, NULL,
        "INSERT INTO ledger_entry (tenant, id, customer, contract, currency,"
        " date, kind, amount, document, payment, note, created, balance)"
        " {values}");

    return r == DB_OK
               ? db_bulk_exec(
                     l->db, w->unknown, NULL,
                     "INSERT INTO ledger_entry (tenant, id, customer, contract,"
                     " currency, date, kind, amount, document, payment, note,"
                     " created) {values}")
               : r;
}

/* ---- reckoning ---- */

enum db_result
ledger_store_reckon(const struct ledger *l, const char *customer,
                    const char *currency)
{
    json_t *from;
    enum db_result r =
        db_one(l->db, l->arena, &from,
               "SELECT date, created, id FROM ledger_entry WHERE tenant = $1"
               " AND customer = $2 AND currency = $3 AND balance IS NULL"
               " ORDER BY date, created, id LIMIT 1",
               "ttt", l->tenant, customer, currency);

    if (r != DB_OK) {
        return r == DB_NONE ? DB_OK : r;
    }
    return db_exec(
        l->db, NULL,
        "UPDATE ledger_entry SET balance = s.balance FROM (SELECT e.id,"
        " CAST(COALESCE((SELECT b.balance FROM ledger_entry b"
        " WHERE b.tenant = $1 AND b.customer = $2 AND b.currency = $3"
        " AND (b.date, b.created, b.id) < ($4, $5, $6)"
        " ORDER BY b.date DESC, b.created DESC, b.id DESC LIMIT 1), 0)"
        " + SUM(e.amount) OVER (ORDER BY e.date, e.created, e.id) AS BIGINT)"
        " AS balance FROM ledger_entry e WHERE e.tenant = $1"
        " AND e.customer = $2 AND e.currency = $3"
        " AND (e.date, e.created, e.id) >= ($4, $5, $6)) s"
        " WHERE ledger_entry.tenant = $1 AND ledger_entry.id = s.id",
        "ttttit", l->tenant, customer, currency, row_text(from, "date"),
        row_int(from, "created"), row_text(from, "id"));
}

/* ---- reading ---- */

#define LIST(balance, entries)                                                 \
    "SELECT e.id, e.date, e.kind, e.amount, e." balance " AS balance,"         \
    " e.currency, e.note, e.created, e.payment,"                               \
    " COALESCE(i.number, '') AS number, COALESCE(c.ref, '') AS contract,"      \
    " COALESCE(i.number, p.reference, '') AS reference FROM " entries " e"     \
    " LEFT JOIN invoice i ON i.tenant = e.tenant AND i.id = e.document"        \
    " LEFT JOIN payment p ON p.tenant = e.tenant AND p.id = e.payment"         \
    " LEFT JOIN contract c ON c.tenant = e.tenant AND c.id = e.contract"       \
    " WHERE e.tenant = $1 AND e.customer = $2"                                 \
    " AND (e.date, e.created, e.id) < ($3, $4, $5)"                            \
    " ORDER BY e.date DESC, e.created DESC, e.id DESC LIMIT $6"

/* Where some are not reckoned, from all that the customer has. */
#define RECKONED                                                               \
    "(SELECT l.*, CAST(SUM(amount) OVER (PARTITION BY currency"                \
    " ORDER BY date, created, id) AS BIGINT) AS reckoned FROM ledger_entry l"  \
    " WHERE tenant = $1 AND customer = $2)"

/* Where a page begins: before that entry, or at the newest. DB_NONE: there is
 * no such entry. */
static enum db_result
page_begin(struct db_answer *asked, const char *before, json_t **at)
{
    *at = NULL;
    return before ? db_row(asked, at) : DB_OK;
}

enum db_result
ledger_list(struct db *db, struct arena *a, const char *tenant,
            const char *customer, const char *before, int limit, json_t **rows)
{
    struct db_answer *unknown =
        db_ask(db, a,
               "SELECT 1 AS found FROM ledger_entry WHERE tenant = $1"
               " AND customer = $2 AND balance IS NULL LIMIT 1",
               "tt", tenant, customer);
    struct db_answer *asked =
        before ? db_ask(db, a,
                        "SELECT date, created, id FROM ledger_entry"
                        " WHERE tenant = $1 AND customer = $2 AND id = $3",
                        "ttt", tenant, customer, before)
               : NULL;
    json_t *at, *found;
    enum db_result r = page_begin(asked, before, &at);

    *rows = json_in_arena(a, json_array());
    if (r != DB_OK) {
        return r == DB_NONE ? DB_OK : r;
    }
    r = db_row(unknown, &found);
    if (r != DB_OK && r != DB_NONE) {
        return r;
    }
    return db_all(db, a, rows,
                  r == DB_OK ? LIST("reckoned", RECKONED)
                             : LIST("balance", "ledger_entry"),
                  "tttiti", tenant, customer, at ? row_text(at, "date") : "~",
                  at ? row_int(at, "created") : CLOCK_END,
                  at ? row_text(at, "id") : "", (int64_t)limit);
}
