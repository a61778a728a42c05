#include "base/clock.h"
#include "base/id.h"
#include "customer/customer.h"

enum db_result
customer_by_number(struct db *db, struct arena *a, const char *tenant,
                   const char *number, json_t **row)
{
    return db_one(db, a, row,
                  "SELECT * FROM customer WHERE tenant = $1 AND number = $2",
                  "tt", tenant, number);
}

enum db_result
customer_by_id(struct db *db, struct arena *a, const char *tenant,
               const char *id, json_t **row)
{
    return db_one(db, a, row,
                  "SELECT * FROM customer WHERE tenant = $1 AND id = $2", "tt",
                  tenant, id);
}

struct creation {
    struct arena *arena;
    const char *tenant, *id;
    const struct actor *actor;
    const struct customer_new *new;
};

static enum db_result
create_in_transaction(struct db *db, void *data)
{
    const struct creation *c = data;
    const struct customer_new *n = c->new;
    struct audit row = {c->actor, c->id, "customer.created", c->id, ""};
    enum db_result r = db_exec(
        db, NULL,
        "INSERT INTO customer (tenant, id, number, company_name, first_name,"
        " last_name, email, language, street, postal_code, city, country,"
        " vat_id, created) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,"
        " $11, $12, $13, $14)",
        "ttttttttttttti", c->tenant, c->id, n->number, n->company_name,
        n->first_name, n->last_name, n->email, n->language, n->street,
        n->postal_code, n->city, n->country, n->vat_id,
        n->created ? n->created : clock_now());

    return r == DB_OK ? audit_write(db, c->arena, c->tenant, &row) : r;
}

enum db_result
customer_create(struct db *db, struct arena *a, const char *tenant,
                const struct actor *actor, const struct customer_new *new,
                const char **id)
{
    struct creation c = {a, tenant, id_new(a, "cus"), actor, new};

    *id = c.id;
    return db_transaction(db, true, create_in_transaction, &c);
}

enum db_result
customer_list_rows(struct db *db, struct arena *a, const struct list_query *q,
                   const char *tenant, const char *pool, json_t **rows)
{
    (void)pool;
    return db_list(db, a, rows, q,
                   "SELECT id, number, company_name, TRIM(first_name || ' ' ||"
                   " last_name) AS name, email, city, country, created"
                   " FROM customer WHERE tenant = $1",
                   "t", tenant);
}
