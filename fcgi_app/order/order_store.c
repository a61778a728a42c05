#include "order/order_store.h"

#include <sodium.h>
#include <string.h>

#define ORDER                                                                  \
    "SELECT o.id, o.customer AS customer_id, c.number AS customer,"            \
    " o.contract AS contract_id, n.ref AS contract, n.name AS contract_name,"  \
    " o.variant, o.coupon,"                                                    \
    " o.currency, o.net, o.gross, o.price, o.language, o.url, o.placed,"       \
    " o.placed_by, o.browser FROM orders o"                                    \
    " JOIN customer c ON c.tenant = o.tenant AND c.id = o.customer"            \
    " JOIN contract n ON n.tenant = o.tenant AND n.id = o.contract"            \
    " WHERE o.tenant = $1 "

enum db_result
order_get(struct db *db, struct arena *a, const char *tenant, const char *id,
          json_t **row)
{
    return db_one(db, a, row, ORDER "AND o.id = $2", "tt", tenant, id);
}

enum db_result
order_terms(struct db *db, struct arena *a, const char *tenant, const char *id,
            json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT position, words, required, hash FROM order_term"
                  " WHERE tenant = $1 AND orders = $2 ORDER BY position",
                  "tt", tenant, id);
}

/* $2 customer  $3 contract  $4 before which id  $5 how many */
#define NEWEST "AND o.id < $4 ORDER BY o.id DESC LIMIT $5"

enum db_result
order_list(struct db *db, struct arena *a, const char *tenant,
           const char *customer, const char *contract, const char *before,
           int limit, json_t **rows)
{
    static const char all[] = ORDER
        "AND CAST($2 AS TEXT) IS NULL AND CAST($3 AS TEXT) IS NULL " NEWEST;
    static const char of_customer[] =
        ORDER "AND o.customer = (SELECT id FROM customer WHERE tenant = $1"
              " AND number = $2) AND CAST($3 AS TEXT) IS NULL " NEWEST;
    static const char of_contract[] =
        ORDER "AND o.contract = (SELECT id FROM contract WHERE tenant = $1"
              " AND ref = $3) AND (CAST($2 AS TEXT) IS NULL OR c.number = "
              "$2) " NEWEST;

    return db_all(db, a, rows,
                  contract   ? of_contract
                  : customer ? of_customer
                             : all,
                  "tttti", tenant, customer, contract, before ? before : "\x7f",
                  (int64_t)limit);
}

enum db_result
order_of_browser(struct db *db, struct arena *a, const char *tenant,
                 const char *browser, int64_t since, json_t **row)
{
    return db_one(db, a, row,
                  ORDER "AND o.browser = $2 AND o.browser <> ''"
                        " AND o.placed >= $3"
                        " ORDER BY o.placed DESC, o.id DESC LIMIT 1",
                  "tti", tenant, browser, since);
}

enum db_result
order_list_rows(struct db *db, struct arena *a, const struct list_query *q,
                const char *tenant, const char *pool, json_t **rows)
{
    (void)pool;
    return db_list(
        db, a, rows, q,
        "SELECT o.id, o.placed, c.number AS customer, " CUSTOMER_NAME(
            "c") " AS customer_name, n.ref AS contract,"
                 " n.name AS contract_name, o.coupon, o.currency,"
                 " o.net, o.gross FROM orders o"
                 " JOIN customer c ON c.tenant = o.tenant"
                 " AND c.id = o.customer"
                 " JOIN contract n ON n.tenant = o.tenant"
                 " AND n.id = o.contract WHERE o.tenant = $1",
        "t", tenant);
}

enum db_result
order_store_insert(struct db *db, const char *tenant, const json_t *r)
{
    return db_exec(
        db, NULL,
        "INSERT INTO orders (tenant, id, customer, contract,"
        " variant, coupon, currency, net, gross, price, language,"
        " url, placed, placed_by, browser) VALUES ($1, $2, $3, $4,"
        " $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        "tttttttiitttitt", tenant, row_text(r, "id"),
        row_text(r, "customer_id"), row_text(r, "contract_id"),
        row_text(r, "variant"), row_text(r, "coupon"), row_text(r, "currency"),
        row_int(r, "net"), row_int(r, "gross"), row_text(r, "price"),
        row_text(r, "language"), row_text(r, "url"), row_int(r, "placed"),
        row_text(r, "placed_by"), row_text(r, "browser"));
}

static const char *
hash_of(struct arena *a, const char *words)
{
    unsigned char hash[32];
    char *hex = arena_alloc(a, 2 * sizeof hash + 1);

    crypto_generichash(hash, sizeof hash, (const unsigned char *)words,
                       strlen(words), NULL, 0);
    return sodium_bin2hex(hex, 2 * sizeof hash + 1, hash, sizeof hash);
}

enum db_result
order_store_terms(struct db *db, struct arena *a, const char *tenant,
                  const char *id, const struct order_term *terms, size_t n)
{
    struct db_bulk *bulk =
        db_bulk(a, "tenant:t orders:t position:i words:t required:i hash:t");

    for (size_t i = 0; i < n; i++) {
        db_bulk_add(bulk, tenant, id, (int64_t)terms[i].position,
                    terms[i].words, (int64_t)terms[i].required,
                    hash_of(a, terms[i].words));
    }
    return db_bulk_exec(db, bulk, NULL,
                        "INSERT INTO order_term (tenant, orders, position,"
                        " words, required, hash) {values}");
}
