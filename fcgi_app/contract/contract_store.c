#include "base/clock.h"
#include "base/id.h"
#include "contract/contract.h"

struct db_answer *
contract_list(struct db *db, struct arena *a, const char *tenant,
              const char *customer, int limit)
{
    return db_ask(db, a,
                  "SELECT c.id, c.ref, c.name, c.status, c.currency,"
                  " c.start_date, c.end_date, c.every, c.unit, c.next_billing,"
                  " c.delivery_mode, i.quantity, i.unit_price"
                  " FROM (SELECT * FROM contract"
                  " WHERE tenant = $1 AND customer = $2"
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
                  "SELECT * FROM contract"
                  " WHERE tenant = $1 AND customer = $2 AND ref = $3"
                  " AND (CAST($4 AS TEXT) IS NULL OR id = $4)",
                  "tttt", tenant, customer, ref, only);
}

enum db_result
contract_by_ref(struct db *db, struct arena *a, const char *tenant,
                const char *ref, json_t **row)
{
    return db_one(db, a, row,
                  "SELECT * FROM contract WHERE tenant = $1 AND ref = $2", "tt",
                  tenant, ref);
}

enum db_result
contract_items(struct db *db, struct arena *a, const char *tenant,
               const char *contract, json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT * FROM contract_item"
                  " WHERE tenant = $1 AND contract = $2 ORDER BY position",
                  "tt", tenant, contract);
}

enum db_result
contract_services(struct db *db, struct arena *a, const char *tenant,
                  const char *customer, const char *day, int limit,
                  json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT i.description, i.quantity, c.ref, c.name,"
                  " c.start_date, c.end_date FROM contract c"
                  " JOIN contract_item i"
                  " ON i.tenant = c.tenant AND i.contract = c.id"
                  " WHERE c.tenant = $1 AND c.customer = $2"
                  " AND c.status IN ('active', 'cancelled')"
                  " AND c.start_date <= $3"
                  " AND (c.end_date IS NULL OR c.end_date >= $3)"
                  " ORDER BY i.description, c.ref, i.position LIMIT $4",
                  "ttti", tenant, customer, day, (int64_t)limit);
}

struct creation {
    struct arena *arena;
    const char *tenant, *id;
    const struct actor *actor;
    const struct contract_new *new;
};

static enum db_result
insert_items(struct db *db, const struct creation *c)
{
    enum db_result r = DB_OK;

    for (size_t i = 0; i < c->new->n_items &&r == DB_OK; i++) {
        const struct contract_item_new *item = &c->new->items[i];

        r = db_exec(db, NULL,
                    "INSERT INTO contract_item (tenant, contract, position,"
                    " description, quantity, unit_price, vat_rate)"
                    " VALUES ($1, $2, $3, $4, $5, $6, $7)",
                    "ttitiii", c->tenant, c->id, (int64_t)i + 1,
                    item->description, item->quantity, item->unit_price,
                    (int64_t)item->vat_rate);
    }
    return r;
}

static enum db_result
create_in_transaction(struct db *db, void *data)
{
    const struct creation *c = data;
    const struct contract_new *n = c->new;
    struct audit row = {c->actor, n->customer, "contract.created", c->id, ""};
    enum db_result r = db_exec(
        db, NULL,
        "INSERT INTO contract (tenant, id, ref, customer, name, status,"
        " currency, start_date, end_date, every, unit, next_billing,"
        " delivery_mode, notice_days, created) VALUES ($1, $2, $3, $4, $5, $6,"
        " $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        "tttttttttitttii", c->tenant, c->id, n->ref, n->customer, n->name,
        n->status, n->currency, n->start_date, n->end_date, (int64_t)n->every,
        n->unit, n->next_billing, n->delivery_mode, (int64_t)n->notice_days,
        clock_now());

    if (r == DB_OK) {
        r = insert_items(db, c);
    }
    return r == DB_OK ? audit_write(db, c->arena, c->tenant, &row) : r;
}

enum db_result
contract_create(struct db *db, struct arena *a, const char *tenant,
                const struct actor *actor, const struct contract_new *new,
                const char **id)
{
    struct creation c = {a, tenant, id_new(a, "con"), actor, new};

    *id = c.id;
    return db_transaction(db, true, create_in_transaction, &c);
}

enum db_result
contract_billed(struct db *db, const char *tenant, const json_t *row,
                const struct contract_period *period)
{
    struct contract_terms t = contract_terms_of(row);
    char next[11];
    bool goes_on = contract_next_billing(&t, period->to, next);
    int64_t changed = 0;
    enum db_result r =
        db_exec(db, &changed,
                "UPDATE contract SET billed_until = $4, next_billing = $5,"
                " version = version + 1 WHERE tenant = $1 AND id = $2"
                " AND version = $3",
                "ttitt", tenant, row_text(row, "id"), row_int(row, "version"),
                period->to, goes_on ? next : NULL);

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
                   " n.delivery_mode, c.number AS customer FROM contract n"
                   " JOIN customer c ON c.tenant = n.tenant"
                   " AND c.id = n.customer WHERE n.tenant = $1",
                   "t", tenant);
}
