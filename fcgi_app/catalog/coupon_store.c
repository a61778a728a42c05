#include "catalog/coupon_store.h"

#include "base/clock.h"
#include "catalog/catalog.h"
#include "customer/customer.h"

enum db_result
coupon_store_by_code(struct db *db, struct arena *a, const char *tenant,
                     const char *code, json_t **row)
{
    return db_one(db, a, row,
                  "SELECT * FROM coupon WHERE tenant = $1 AND code = $2", "tt",
                  tenant, code);
}

enum db_result
coupon_store_uses(struct db *db, struct arena *a, const char *tenant,
                  const char *coupon, const char *customer, int64_t *uses)
{
    json_t *row;
    enum db_result r =
        db_one(db, a, &row,
               "SELECT COUNT(*) AS n FROM coupon_use WHERE tenant = $1"
               " AND coupon = $2 AND customer = $3",
               "ttt", tenant, coupon, customer);

    *uses = r == DB_OK ? row_int(row, "n") : 0;
    return r;
}

enum db_result
coupon_store_take(struct db *db, const char *tenant, const char *coupon,
                  int64_t *taken)
{
    return db_exec(db, taken,
                   "UPDATE coupon SET used = used + 1, version = version + 1"
                   " WHERE tenant = $1 AND id = $2"
                   " AND (limit_total = 0 OR used < limit_total)",
                   "tt", tenant, coupon);
}

enum db_result
coupon_store_used(struct db *db, const struct coupon_use *u, int64_t n)
{
    return db_exec(db, NULL,
                   "INSERT INTO coupon_use (tenant, coupon, customer, n,"
                   " reference, at) VALUES ($1, $2, $3, $4, $5, $6)",
                   "tttiti", u->tenant, row_text(u->coupon, "id"), u->customer,
                   n, u->reference, clock_now());
}

enum db_result
coupon_use_list_rows(struct db *db, struct arena *a, const struct list_query *q,
                     const char *tenant, const char *pool, json_t **rows)
{
    (void)pool;
    return db_list(
        db, a, rows, q,
        "SELECT u.coupon || '.' || u.customer || '.' || u.n AS id, u.coupon,"
        " p.code, u.reference, u.at, c.number AS customer,"
        " " CUSTOMER_NAME(
            "c") " AS name"
                 " FROM coupon_use u JOIN coupon p ON p.tenant = u.tenant"
                 " AND p.id = u.coupon JOIN customer c ON c.tenant = u.tenant"
                 " AND c.id = u.customer WHERE u.tenant = $1",
        "t", tenant);
}
