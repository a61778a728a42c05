#include "billing/invoice_query_store.h"

/*
 * $1 tenant  $2, $3 key that they go on after  $4 its end
 * $5 to $20 whose invoices; none has NULL
 *
 * Each walk ends by itself after as many rows as are asked for, so that no
 * planner reads and sorts all that somebody with very many invoices has.
 */
/* clang-format off */
#define WALK(column, id, way, order, rows) \
    "SELECT date, number FROM (SELECT date, number FROM invoice" \
    " WHERE tenant = $1 AND " column " = " id " AND " way \
    " ORDER BY " order " LIMIT " rows ") w"

#define FOUR(column, a, b, c, d, way, order, rows) \
    WALK(column, a, way, order, rows) " UNION ALL " \
    WALK(column, b, way, order, rows) " UNION ALL " \
    WALK(column, c, way, order, rows) " UNION ALL " \
    WALK(column, d, way, order, rows)

#define TOGETHER(column, way, order, rows) \
    "SELECT date, number FROM (" \
    FOUR(column, "$5", "$6", "$7", "$8", way, order, rows) " UNION ALL " \
    FOUR(column, "$9", "$10", "$11", "$12", way, order, rows) " UNION ALL " \
    FOUR(column, "$13", "$14", "$15", "$16", way, order, rows) " UNION ALL " \
    FOUR(column, "$17", "$18", "$19", "$20", way, order, rows) \
    ") w ORDER BY " order " LIMIT " rows

#define SIZES(column, way, order) \
    {TOGETHER(column, way, order, "21"), \
     TOGETHER(column, way, order, "51"), \
     TOGETHER(column, way, order, "201")}

#define UP(column) \
    SIZES(column, "(date, number) > ($2, $3) AND date <= $4", "date, number")
#define DOWN(column) \
    SIZES(column, "(date, number) < ($2, $3) AND date >= $4", \
          "date DESC, number DESC")
/* clang-format on */

/* By what the invoices are of, direction and size. */
static const char *const statements[2][2][3] = {
    {UP("customer"), DOWN("customer")},
    {UP("contract"), DOWN("contract")},
};

struct db_answer *
invoice_store_together(struct db *db, struct arena *a, const char *tenant,
                       const struct invoice_ask *asks, size_t n)
{
    const struct invoice_ask *x = asks;
    bool contracts = x->walk == WALK_CONTRACT;
    int size = x->size == PAGE_SMALL ? 0 : x->size == PAGE_MIDDLE ? 1 : 2;
    const char *of[WALKS_TOGETHER] = {0};

    for (size_t i = 0; i < n; i++) {
        of[i] = contracts ? asks[i].contract : asks[i].customer;
    }
    return db_ask(db, a, statements[contracts][x->descending][size],
                  "tttttttttttttttttttt", tenant, x->at, x->at_number, x->end,
                  of[0], of[1], of[2], of[3], of[4], of[5], of[6], of[7], of[8],
                  of[9], of[10], of[11], of[12], of[13], of[14], of[15]);
}
