#include "contract/contract_store.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "customer/customer.h"

#define CONTRACT                                                               \
    "SELECT n.*, c.number AS customer_number FROM contract n"                  \
    " JOIN customer c ON c.tenant = n.tenant AND c.id = n.customer"            \
    " WHERE n.tenant = $1 "

struct db_answer *
contract_list(struct db *db, struct arena *a, const char *tenant,
              const char *customer, int limit)
{
    return db_ask(db, a,
                  "SELECT c.id, c.ref, c.name, c.status, c.currency,"
                  " c.start_date, c.end_date, c.every, c.unit, c.next_billing,"
                  " c.delivery_mode, c.changes_on, c.then_every, c.then_unit,"
                  " i.quantity, i.unit_price, i.since, i.until"
                  " FROM (SELECT * FROM contract"
                  " WHERE tenant = $1 AND customer = $2 AND status <> 'draft'"
                  " ORDER BY start_date DESC, ref DESC LIMIT $3) c"
                  " LEFT JOIN contract_item i"
                  " ON i.tenant = c.tenant AND i.contract = c.id"
                  " ORDER BY c.start_date DESC, c.ref DESC",
                  "tti", tenant, customer, (int64_t)limit);
}

enum db_result
contract_get(struct db *db, struct arena *a, const char *tenant,
             const char *customer, const char *only, const char *ref,
             json_t **row)
{
    return db_one(db, a, row,
                  CONTRACT "AND n.customer = $2 AND n.ref = $3"
                           " AND n.status <> 'draft'"
                           " AND (CAST($4 AS TEXT) IS NULL OR n.id = $4)",
                  "tttt", tenant, customer, ref, only);
}

enum db_result
contract_by_ref(struct db *db, struct arena *a, const char *tenant,
                const char *ref, json_t **row)
{
    return db_one(db, a, row, CONTRACT "AND n.ref = $2", "tt", tenant, ref);
}

enum db_result
contract_by_id(struct db *db, struct arena *a, const char *tenant,
               const char *id, json_t **row)
{
    return db_one(db, a, row, CONTRACT "AND n.id = $2", "tt", tenant, id);
}

enum db_result
contract_over(struct db *db, struct arena *a, const char *tenant,
              const char *day, const json_t *after, int limit, json_t **rows)
{
    return db_all(db, a, rows,
                  CONTRACT "AND n.status IN ('active', 'cancelled')"
                           " AND n.end_date < $2"
                           " AND (n.end_date, n.id) > ($3, $4)"
                           " ORDER BY n.end_date, n.id LIMIT $5",
                  "tttti", tenant, day,
                  after ? row_text(after, "end_date") : "",
                  after ? row_text(after, "id") : "", (int64_t)limit);
}

enum db_result
contract_told(struct db *db, struct arena *a, const char *tenant,
              const char *id, const char *action, int64_t since, json_t **row)
{
    return db_one(db, a, row,
                  "SELECT id FROM audit WHERE tenant = $1 AND object = $2"
                  " AND action = $3 AND at >= $4 LIMIT 1",
                  "ttti", tenant, id, action, since);
}

enum db_result
contract_may_undo(struct db *db, struct arena *a, const char *tenant,
                  const json_t *row, const char *today, bool *may)
{
    json_t *told;
    enum db_result r;

    *may = false;
    if (!contract_may(row, "undo_cancel") ||
        strcmp(row_text(row, "end_date"), today) < 0) {
        return DB_OK;
    }
    r = db_one(db, a, &told,
               "SELECT actor FROM audit WHERE tenant = $1 AND object = $2"
               " AND action = 'contract.cancelled' ORDER BY id DESC LIMIT 1",
               "tt", tenant, row_text(row, "id"));
    *may = r == DB_OK &&
           strcmp(audit_actor_kind(row_text(told, "actor")), "user") == 0;
    return r == DB_NONE ? DB_OK : r;
}

/* ---- lists ---- */

/* $2 and $3 are the bounds of a beginning: no character sorts after U+10FFFF.
 */
#define FILTER                                                                 \
    "AND (CAST($2 AS TEXT) IS NULL OR (n.ref >= $2 AND n.ref < $3))"           \
    " AND (CAST($4 AS TEXT) IS NULL OR n.search LIKE $4 ESCAPE '\\'"           \
    " OR c.search_name LIKE $4 ESCAPE '\\')"                                   \
    " AND (CAST($5 AS TEXT) IS NULL OR c.number = $5)"                         \
    " AND (CAST($6 AS TEXT) IS NULL OR n.status = $6)"                         \
    " AND (CAST($7 AS TEXT) IS NULL OR n.delivery_mode = $7)"                  \
    " AND (CAST($8 AS BIGINT) = 0 OR "

/* by reference, downwards, by creation, downwards */
static const char *const statements[] = {
    CONTRACT FILTER "(CAST($9 AS BIGINT) IS NOT NULL AND n.ref > $10))"
                    " ORDER BY n.ref LIMIT $11",
    CONTRACT FILTER "(CAST($9 AS BIGINT) IS NOT NULL AND n.ref < $10))"
                    " ORDER BY n.ref DESC LIMIT $11",
    CONTRACT FILTER "(n.created, n.ref) > ($9, $10))"
                    " ORDER BY n.created, n.ref LIMIT $11",
    CONTRACT FILTER "(n.created, n.ref) < ($9, $10))"
                    " ORDER BY n.created DESC, n.ref DESC LIMIT $11",
};

enum db_result
contract_find(struct db *db, struct arena *a, const char *tenant,
              const struct contract_filter *f, json_t **rows)
{
    const char *end =
        f->ref ? arena_printf(a, "%s\xf4\x8f\xbf\xbf", f->ref) : NULL;

    return db_all(db, a, rows, statements[f->order], "tttttttiiti", tenant,
                  f->ref, end, f->text, f->customer, f->status,
                  f->delivery_mode, (int64_t)f->on, f->after_created,
                  f->after_ref ? f->after_ref : "", (int64_t)f->limit);
}

#define ITEMS                                                                  \
    "SELECT * FROM contract_item"                                              \
    " WHERE tenant = $1 AND contract = $2 ORDER BY position"

struct db_answer *
contract_items_ask(struct db *db, struct arena *a, const char *tenant,
                   const char *contract)
{
    return db_ask(db, a, ITEMS, "tt", tenant, contract);
}

enum db_result
contract_items(struct db *db, struct arena *a, const char *tenant,
               const char *contract, json_t **rows)
{
    return db_all(db, a, rows, ITEMS, "tt", tenant, contract);
}

/* Those that go with the period that the day lies in. */
static json_t *
that_hold(struct arena *a, const json_t *rows, const char *day)
{
    json_t *held = json_in_arena(a, json_array()), *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        struct contract_terms t = contract_terms_of(row);
        char begin[11];

        if (contract_item_holds(row, contract_period_begin(&t, day, begin))) {
            json_array_append(held, row);
        }
    }
    return held;
}

enum db_result
contract_services(struct db *db, struct arena *a, const char *tenant,
                  const char *customer, const char *day, int limit,
                  json_t **rows)
{
    enum db_result r =
        db_all(db, a, rows,
               "SELECT i.description, i.quantity, i.since, i.until, c.ref,"
               " c.name, c.start_date, c.end_date, c.every, c.unit,"
               " c.changes_on, c.then_every, c.then_unit"
               " FROM contract c"
               " JOIN contract_item i"
               " ON i.tenant = c.tenant AND i.contract = c.id"
               " WHERE c.tenant = $1 AND c.customer = $2"
               " AND c.status IN ('active', 'cancelled')"
               " AND c.start_date <= $3"
               " AND (c.end_date IS NULL OR c.end_date >= $3)"
               " AND i.since <= $3"
               " ORDER BY i.description, c.ref, i.position LIMIT $4",
               "ttti", tenant, customer, day, (int64_t)limit);

    if (r == DB_OK) {
        *rows = that_hold(a, *rows, day);
    }
    return r;
}

/* ---- changes ---- */

enum db_result
contract_store_insert(struct db *db, const char *tenant, const char *id,
                      const char *ref, const struct contract_new *n,
                      const struct contract_dates *dates, int64_t *added)
{
    /* notice_days is the previous release's */
    return db_exec(
        db, added,
        "INSERT INTO contract (tenant, id, ref, customer, name, status,"
        " currency, start_date, end_date, every, unit, next_billing,"
        " delivery_mode, notice_days, created, in_advance, plan, term,"
        " term_unit, renewal, renewal_unit, notice, notice_unit, due_days,"
        " billed_until, search) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,"
        " $10, $11, $12, $13, 0, $14, $15, $16, $17, $18, $19, $20, $21, $22,"
        " NULLIF(CAST($23 AS INTEGER), -1), $24, $25)"
        " ON CONFLICT (tenant, ref) DO NOTHING",
        "tttttttttittt"
        "iitititit"
        "itt",
        tenant, id, ref, n->customer, n->name, n->status, n->currency,
        n->start_date, dates->end, (int64_t)n->every, n->unit,
        dates->next_billing, n->delivery_mode, clock_now(),
        (int64_t)n->in_advance, n->plan, (int64_t)n->term, n->term_unit,
        (int64_t)n->renewal, n->renewal_unit, (int64_t)n->notice,
        n->notice_unit, (int64_t)n->due_days, n->billed_until, dates->search);
}

enum db_result
contract_store_then(struct db *db, const char *tenant, const char *id,
                    const struct contract_new *n)
{
    const struct contract_then *then = &n->then;

    return db_exec(
        db, NULL,
        "UPDATE contract SET changes_on = $3, then_name = $4, then_plan = $5,"
        " then_every = $6, then_unit = $7, then_in_advance = $8,"
        " then_term = $9, then_term_unit = $10, then_renewal = $11,"
        " then_renewal_unit = $12, then_notice = $13, then_notice_unit = $14"
        " WHERE tenant = $1 AND id = $2",
        "tttttitiititit", tenant, id, n->changes_on, n->then_name, n->then_plan,
        (int64_t)then->every, then->unit, (int64_t)then->in_advance,
        (int64_t)then->term, then->term_unit, (int64_t)then->renewal,
        then->renewal_unit, (int64_t)then->notice, then->notice_unit);
}

enum db_result
contract_store_items(struct db *db, const char *tenant, const char *id,
                     const struct contract_item_new *items, size_t n)
{
    enum db_result r =
        db_exec(db, NULL,
                "DELETE FROM contract_item WHERE tenant = $1 AND contract = $2",
                "tt", tenant, id);

    for (size_t i = 0; i < n && r == DB_OK; i++) {
        r = db_exec(db, NULL,
                    "INSERT INTO contract_item (tenant, contract, position,"
                    " description, quantity, unit_price, vat_rate, since,"
                    " until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                    "ttitiiitt", tenant, id, (int64_t)i + 1,
                    items[i].description, items[i].quantity,
                    items[i].unit_price, (int64_t)items[i].vat_rate,
                    items[i].since ? items[i].since : "",
                    items[i].until ? items[i].until : "");
    }
    return r;
}

enum db_result
contract_store_update(struct db *db, const char *tenant, const json_t *row,
                      const struct contract_new *n,
                      const struct contract_dates *dates, int64_t *changed)
{
    return db_exec(
        db, changed,
        "UPDATE contract SET name = $4, currency = $5, start_date = $6,"
        " end_date = $7, every = $8, unit = $9, next_billing = $10,"
        " delivery_mode = $11, in_advance = $12, plan = $13, term = $14,"
        " term_unit = $15, renewal = $16, renewal_unit = $17, notice = $18,"
        " notice_unit = $19, due_days = NULLIF(CAST($20 AS INTEGER), -1),"
        " search = $21, version = version + 1"
        " WHERE tenant = $1 AND id = $2 AND version = $3",
        "ttittttitttititititit", tenant, row_text(row, "id"),
        row_int(row, "version"), n->name, n->currency, n->start_date,
        dates->end, (int64_t)n->every, n->unit, dates->next_billing,
        n->delivery_mode, (int64_t)n->in_advance, n->plan, (int64_t)n->term,
        n->term_unit, (int64_t)n->renewal, n->renewal_unit, (int64_t)n->notice,
        n->notice_unit, (int64_t)n->due_days, dates->search);
}

enum db_result
contract_store_move(struct db *db, const char *tenant, const json_t *row,
                    const char *status, const struct contract_dates *dates,
                    int64_t *changed)
{
    return db_exec(db, changed,
                   "UPDATE contract SET status = $4, end_date = $5,"
                   " next_billing = $6, cancelled_on = $7,"
                   " back_by_hand = CASE WHEN $4 = 'active' THEN 0"
                   " ELSE back_by_hand END, version = version + 1"
                   " WHERE tenant = $1 AND id = $2 AND version = $3",
                   "ttitttt", tenant, row_text(row, "id"),
                   row_int(row, "version"), status, dates->end,
                   dates->next_billing, dates->cancelled_on);
}

enum db_result
contract_store_delete(struct db *db, const char *tenant, const json_t *row,
                      int64_t *changed)
{
    enum db_result r =
        contract_store_items(db, tenant, row_text(row, "id"), NULL, 0);

    return r == DB_OK
               ? db_exec(db, changed,
                         "DELETE FROM contract WHERE tenant = $1 AND id = $2"
                         " AND version = $3",
                         "tti", tenant, row_text(row, "id"),
                         row_int(row, "version"))
               : r;
}

enum db_result
contract_bill_again(struct db *db, const char *tenant, const json_t *row,
                    const char *from)
{
    struct contract_terms t = contract_terms_of(row);
    char until[11] = "", next[11];
    bool before = span_days(from, -1, until) && strcmp(until, t.start) >= 0;
    bool goes_on = contract_next_billing(&t, until, next);
    int64_t changed = 0;
    enum db_result r =
        db_exec(db, &changed,
                "UPDATE contract SET billed_until = $4, next_billing = $5,"
                " version = version + 1 WHERE tenant = $1 AND id = $2"
                " AND version = $3",
                "ttitt", tenant, row_text(row, "id"), row_int(row, "version"),
                before ? until : NULL, goes_on ? next : NULL);

    return r == DB_OK && changed == 0 ? DB_NONE : r;
}

enum db_result
contract_invoiced_until(struct db *db, struct arena *a, const char *tenant,
                        const char *id, const char **until)
{
    json_t *row;
    enum db_result r =
        db_one(db, a, &row,
               "SELECT COALESCE(MAX(billed_to), '') AS until FROM invoice"
               " WHERE tenant = $1 AND contract = $2"
               " AND status <> 'cancelled'",
               "tt", tenant, id);

    *until = r == DB_OK ? row_text(row, "until") : "";
    return r;
}

enum db_result
contract_beyond(struct db *db, struct arena *a, const char *tenant,
                const json_t *after, int limit, json_t **rows)
{
    return db_all(db, a, rows,
                  CONTRACT "AND n.status = 'ended'"
                           " AND n.billed_until > n.end_date"
                           " AND (n.end_date, n.id) > ($2, $3)"
                           " ORDER BY n.end_date, n.id LIMIT $4",
                  "ttti", tenant, after ? row_text(after, "end_date") : "",
                  after ? row_text(after, "id") : "", (int64_t)limit);
}

enum db_result
contract_billed_to_end(struct db *db, const char *tenant, const json_t *row)
{
    int64_t changed = 0;
    enum db_result r =
        db_exec(db, &changed,
                "UPDATE contract SET billed_until = end_date,"
                " version = version + 1 WHERE tenant = $1"
                " AND id = $2 AND version = $3",
                "tti", tenant, row_text(row, "id"), row_int(row, "version"));

    return r == DB_OK && changed == 0 ? DB_NONE : r;
}

enum db_result
contract_list_rows(struct db *db, struct arena *a, const struct list_query *q,
                   const char *tenant, const char *pool, json_t **rows)
{
    (void)pool;
    return db_list(db, a, rows, q,
                   "SELECT n.id, n.ref, n.name, n.status, n.start_date,"
                   " COALESCE(n.end_date, '') AS end_date,"
                   " COALESCE(n.next_billing, '') AS next_billing,"
                   " n.delivery_mode, c.number AS customer, " CUSTOMER_NAME(
                       "c") " AS customer_name FROM contract n"
                            " JOIN customer c ON c.tenant = n.tenant"
                            " AND c.id = n.customer WHERE n.tenant = $1",
                   "t", tenant);
}

/* ---- what migrations folded ---- */

enum db_result
contract_store_unfolded_tenant(struct db *db, struct arena *a, json_t **row)
{
    return db_one(db, a, row,
                  "SELECT tenant FROM contract_unfolded"
                  " ORDER BY tenant, contract LIMIT 1",
                  "");
}

enum db_result
contract_store_unfolded(struct db *db, struct arena *a, const char *tenant,
                        int limit, json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT n.id, n.ref, n.name FROM contract_unfolded u"
                  " JOIN contract n ON n.tenant = u.tenant"
                  " AND n.id = u.contract WHERE u.tenant = $1"
                  " ORDER BY u.contract LIMIT $2",
                  "ti", tenant, (int64_t)limit);
}

enum db_result
contract_store_folded(struct db *db, const char *tenant, const char *id,
                      const char *search)
{
    enum db_result r = db_exec(db, NULL,
                               "UPDATE contract SET search = $3"
                               " WHERE tenant = $1 AND id = $2",
                               "ttt", tenant, id, search);

    return r == DB_OK ? db_exec(db, NULL,
                                "DELETE FROM contract_unfolded"
                                " WHERE tenant = $1 AND contract = $2",
                                "tt", tenant, id)
                      : r;
}
