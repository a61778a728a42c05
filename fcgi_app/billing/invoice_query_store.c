#include "billing/invoice_query_store.h"

#include "customer/customer.h"

/*
 * Every statement is one of a table: which walk, which way, how many rows. What
 * somebody asked for is parameters alone, the same ones of all statements:
 *
 * $1 tenant  $2 delivery mode  $3 status  $4 type  $5 dispatch  $6 customer
 * $7 contract  $8 run  $9, $10 bounds of gross  $11, $12 of the date
 * $13 a day after the due one  $14, $15 key that it goes on after  $16 its end
 *
 * The inner SELECT is the walk: conditions and order of one index, and a number
 * of rows. The outer one looks at each of them, in the same order, until it has
 * enough. Numbers of rows are written out, as PostgreSQL plans a statement for
 * good only where it knows them.
 */
#define COLUMNS                                                                \
    "id, number, type, customer, contract, customer_number, date, due,"        \
    " currency, net, vat, gross, settled, delivery_mode, dispatch, status, "   \
    "run, dispatch_tries, dispatch_error, dispatch_until"

#define ROW(tenant)                                                            \
    "SELECT i.*, (SELECT c.ref FROM contract c WHERE c.tenant = " tenant       \
    " AND c.id = i.contract) AS contract_ref, (SELECT " CUSTOMER_NAME(         \
        "u") " FROM customer u WHERE u.tenant = " tenant                       \
             " AND u.id = i.customer) AS customer_name"

#define LOOKED_AT                                                              \
    "(CAST($2 AS TEXT) IS NULL OR i.delivery_mode = $2)"                       \
    " AND (CAST($3 AS TEXT) IS NULL OR i.status = $3)"                         \
    " AND (CAST($4 AS TEXT) IS NULL OR i.type = $4)"                           \
    " AND (CAST($5 AS TEXT) IS NULL OR i.dispatch = $5)"                       \
    " AND (CAST($6 AS TEXT) IS NULL OR i.customer = $6)"                       \
    " AND (CAST($7 AS TEXT) IS NULL OR i.contract = $7)"                       \
    " AND (CAST($8 AS TEXT) IS NULL OR i.run = $8)"                            \
    " AND i.gross >= $9 AND i.gross <= $10"                                    \
    " AND i.date >= $11 AND i.date <= $12 AND i.due < $13"

/* A statement names all of the parameters; this is true. */
#define ALL_NAMED                                                              \
    "(1 = 1 OR COALESCE(CAST($2 AS TEXT), $3, $4, $5, $6, $7, $8, $11, $12,"   \
    " $13) = '' OR $9 = $10)"

#define WALK(condition, order, rows)                                           \
    " FROM (SELECT " COLUMNS " FROM invoice WHERE tenant = $1 AND " condition  \
    " ORDER BY " order " LIMIT " rows ") i WHERE "

/* Down and up along a column, and number where that is the same. */
#define DOWN(column)       "(" column ", number) < ($14, $15) AND " column " >= $16"
#define DOWN_ORDER(column) column " DESC, number DESC"
#define UP(column)         "(" column ", number) > ($14, $15) AND " column " <= $16"
#define UP_ORDER(column)   column ", number"

#define NUMBERS_DOWN                                                           \
    "number < $14 AND number >= $16 AND CAST($15 AS TEXT) IS NOT NULL"
#define NUMBERS_UP                                                             \
    "number > $14 AND number <= $16 AND CAST($15 AS TEXT) IS NOT NULL"

/* ---- the table ---- */

struct statements {
    const char *rows[3], *keys[3]; /* by size */
    const char *looked[3];         /* keys of rows that were looked at */
    const char *edge, *keys_edge;
};

#define ROWS(condition, order, rows)                                           \
    ROW("$1") WALK(condition, order, "1500") LOOKED_AT " LIMIT " rows
/* Of the index alone, where it has all that is asked for. */
#define KEYS(condition, order, rows)                                           \
    "SELECT date, number FROM invoice WHERE tenant = $1 AND " condition        \
    " AND " ALL_NAMED " ORDER BY " order " LIMIT " rows
#define LOOKED(condition, order, rows)                                         \
    "SELECT i.date, i.number" WALK(condition, order, "400") LOOKED_AT          \
        " LIMIT " rows
#define EDGE(column, condition, order, skipped)                                \
    "SELECT " column                                                           \
    " AS at, number FROM invoice WHERE tenant = $1 AND " condition             \
    " AND " ALL_NAMED " ORDER BY " order " LIMIT 1 OFFSET " skipped
#define STATEMENTS(column, condition, order)                                   \
    {                                                                          \
        .rows = {ROWS(condition, order, "21"), ROWS(condition, order, "51"),   \
                 ROWS(condition, order, "201")},                               \
        .keys = {KEYS(condition, order, "21"), KEYS(condition, order, "51"),   \
                 KEYS(condition, order, "201")},                               \
        .looked = {LOOKED(condition, order, "21"),                             \
                   LOOKED(condition, order, "51"),                             \
                   LOOKED(condition, order, "201")},                           \
        .edge = EDGE(column, condition, order, "1499"),                        \
        .keys_edge = EDGE(column, condition, order, "399")                     \
    }
#define BOTH_WAYS(column, more)                                                \
    {                                                                          \
        STATEMENTS(column, more UP(column), UP_ORDER(column)),                 \
            STATEMENTS(column, more DOWN(column), DOWN_ORDER(column))          \
    }

/* clang-format off */
static const struct statements statements[][2] = {
    [WALK_DATE] = BOTH_WAYS("date", ""),
    [WALK_CUSTOMER] = BOTH_WAYS("date", "customer = $6 AND "),
    [WALK_CONTRACT] = BOTH_WAYS("date", "contract = $7 AND "),
    [WALK_RUN] = {STATEMENTS("number", "run = $8 AND " NUMBERS_UP, "number"),
                  STATEMENTS("number", "run = $8 AND " NUMBERS_DOWN, "number DESC")},
    [WALK_NUMBER] = {STATEMENTS("number", NUMBERS_UP, "number"),
                     STATEMENTS("number", NUMBERS_DOWN, "number DESC")},
    [WALK_DUE] = BOTH_WAYS("due", "status = 'open' AND "),
    [WALK_GROSS] = BOTH_WAYS("gross", ""),
};
/* clang-format on */

/* ---- asking ---- */

static struct db_answer *
ask_it(struct db *db, struct arena *a, const char *tenant,
       const struct invoice_ask *x, const char *sql)
{
    if (x->walk == WALK_GROSS) {
        return db_ask(db, a, sql, "ttttttttiitttiti", tenant, x->delivery_mode,
                      x->status, x->type, x->dispatch, x->customer, x->contract,
                      x->run, x->min, x->max, x->from, x->to, x->due_before,
                      x->at_amount, x->at_number, x->end_amount);
    }
    return db_ask(db, a, sql, "ttttttttiitttttt", tenant, x->delivery_mode,
                  x->status, x->type, x->dispatch, x->customer, x->contract,
                  x->run, x->min, x->max, x->from, x->to, x->due_before, x->at,
                  x->at_number, x->end);
}

static const struct statements *
statements_of(const struct invoice_ask *x)
{
    return &statements[x->walk][x->descending];
}

size_t
invoice_ask_size(const struct invoice_ask *x)
{
    return x->size == PAGE_SMALL ? 0 : x->size == PAGE_MIDDLE ? 1 : 2;
}

struct db_answer *
invoice_store_rows(struct db *db, struct arena *a, const char *tenant,
                   const struct invoice_ask *ask)
{
    return ask_it(db, a, tenant, ask,
                  statements_of(ask)->rows[invoice_ask_size(ask)]);
}

struct db_answer *
invoice_store_keys(struct db *db, struct arena *a, const char *tenant,
                   const struct invoice_ask *ask, bool looks)
{
    const struct statements *s = statements_of(ask);

    return ask_it(db, a, tenant, ask,
                  (looks ? s->looked : s->keys)[invoice_ask_size(ask)]);
}

struct db_answer *
invoice_store_edge(struct db *db, struct arena *a, const char *tenant,
                   const struct invoice_ask *ask, bool keys)
{
    const struct statements *s = statements_of(ask);

    return ask_it(db, a, tenant, ask, keys ? s->keys_edge : s->edge);
}

enum db_result
invoice_store_numbered(struct db *db, struct arena *a, const char *tenant,
                       const char *const *numbers, size_t n, json_t **rows)
{
    struct db_bulk *keys = db_bulk(a, "place:i tenant:t number:t");

    for (size_t i = 0; i < n; i++) {
        db_bulk_add(keys, (int64_t)i, tenant, numbers[i]);
    }
    return db_bulk_all(
        db, a, keys, rows,
        ROW("r.tenant") " FROM {rows}, (SELECT tenant, " COLUMNS
                        " FROM invoice) i WHERE i.tenant = r.tenant"
                        " AND i.number = r.number ORDER BY r.place, i.number");
}

/* ---- what text may mean ---- */

struct db_answer *
invoice_store_numbers(struct db *db, struct arena *a, const char *tenant,
                      const struct invoice_ask *x,
                      const struct invoice_beginning *b)
{
    return db_ask(
        db, a,
        "SELECT i.date, i.number, CASE WHEN " LOOKED_AT " THEN 1 ELSE 0 END"
        " AS fits FROM (SELECT " COLUMNS " FROM invoice WHERE tenant = $1"
        " AND ((number >= $14 AND number < $15)"
        " OR (number >= $16 AND number < $17)) LIMIT 201) i",
        "ttttttttiittttttt", tenant, x->delivery_mode, x->status, x->type,
        x->dispatch, x->customer, x->contract, x->run, x->min, x->max, x->from,
        x->to, x->due_before, b->from[0], b->before[0], b->from[1],
        b->before[1]);
}

struct db_answer *
invoice_store_contracts(struct db *db, struct arena *a, const char *tenant,
                        const struct invoice_beginning *b)
{
    return db_ask(db, a,
                  "SELECT id FROM contract WHERE tenant = $1"
                  " AND ((ref >= $2 AND ref < $3) OR (ref >= $4 AND ref < $5))"
                  " LIMIT 101",
                  "ttttt", tenant, b->from[0], b->before[0], b->from[1],
                  b->before[1]);
}

struct db_answer *
invoice_store_customers(struct db *db, struct arena *a, const char *tenant,
                        const struct invoice_beginning *b)
{
    return db_ask(db, a,
                  "SELECT id FROM customer WHERE tenant = $1"
                  " AND ((number >= $2 AND number < $3)"
                  " OR (number >= $4 AND number < $5)) LIMIT 101",
                  "ttttt", tenant, b->from[0], b->before[0], b->from[1],
                  b->before[1]);
}

struct db_answer *
invoice_store_names(struct db *db, struct arena *a, const char *tenant,
                    const char *word, const char *before)
{
    return db_ask(db, a,
                  "SELECT c.id, c.search_name FROM (SELECT customer"
                  " FROM customer_word WHERE tenant = $1 AND word >= $2"
                  " AND word < $3 LIMIT 1001) w JOIN customer c"
                  " ON c.tenant = $1 AND c.id = w.customer",
                  "ttt", tenant, word, before);
}

enum db_result
invoice_store_ids(struct db *db, struct arena *a, const char *tenant,
                  const char *customer, const char *contract, json_t **row)
{
    return db_one(db, a, row,
                  "SELECT (SELECT id FROM customer WHERE tenant = $1"
                  " AND number = $2) AS customer, (SELECT id FROM contract"
                  " WHERE tenant = $1 AND ref = $3) AS contract",
                  "ttt", tenant, customer, contract);
}
