#include "base/buf.h"
#include "billing/invoice_query_store.h"

/*
 * Walks that the database merges: it takes of each as many rows as the page
 * has of it. Both databases do so where every walk has its order written to it
 * and the whole has it again; without the first PostgreSQL sorts all rows,
 * without the second SQLite does.
 */
/* clang-format off */
#define WALK(condition, way, order) \
    "SELECT date, number FROM (SELECT date, number FROM invoice" \
    " WHERE tenant = $1 AND " condition " AND " way " ORDER BY " order ") w"

#define MERGED(walks, order, rows) \
    "SELECT date, number FROM (" walks ") w ORDER BY " order " LIMIT " rows

#define UP         "(date, number) > ($2, $3) AND date <= $4"
#define UP_ORDER   "date, number"
#define DOWN       "(date, number) < ($2, $3) AND date >= $4"
#define DOWN_ORDER "date DESC, number DESC"
/* clang-format on */

/* ---- of several customers or contracts ---- */

/*
 * $1 tenant  $2, $3 key that they go on after  $4 its end
 * $5 to $20 whose invoices; none has NULL
 */
/* clang-format off */
#define FOUR(column, a, b, c, d, way, order) \
    WALK(column " = " a, way, order) " UNION ALL " \
    WALK(column " = " b, way, order) " UNION ALL " \
    WALK(column " = " c, way, order) " UNION ALL " \
    WALK(column " = " d, way, order)

#define SIXTEEN(column, way, order) \
    FOUR(column, "$5", "$6", "$7", "$8", way, order) " UNION ALL " \
    FOUR(column, "$9", "$10", "$11", "$12", way, order) " UNION ALL " \
    FOUR(column, "$13", "$14", "$15", "$16", way, order) " UNION ALL " \
    FOUR(column, "$17", "$18", "$19", "$20", way, order)

#define SIZES(column, way, order) \
    {MERGED(SIXTEEN(column, way, order), order, "21"), \
     MERGED(SIXTEEN(column, way, order), order, "51"), \
     MERGED(SIXTEEN(column, way, order), order, "201")}
/* clang-format on */

/* By what the invoices are of, direction and size. */
static const char *const statements[2][2][3] = {
    {SIZES("customer", UP, UP_ORDER), SIZES("customer", DOWN, DOWN_ORDER)},
    {SIZES("contract", UP, UP_ORDER), SIZES("contract", DOWN, DOWN_ORDER)},
};

struct db_answer *
invoice_store_together(struct db *db, struct arena *a, const char *tenant,
                       const struct invoice_ask *asks, size_t n)
{
    const struct invoice_ask *x = asks;
    bool contracts = x->walk == WALK_CONTRACT;
    const char *of[WALKS_TOGETHER] = {0};

    for (size_t i = 0; i < n; i++) {
        of[i] = contracts ? asks[i].contract : asks[i].customer;
    }
    return db_ask(db, a,
                  statements[contracts][x->descending][invoice_ask_size(x)],
                  "tttttttttttttttttttt", tenant, x->at, x->at_number, x->end,
                  of[0], of[1], of[2], of[3], of[4], of[5], of[6], of[7], of[8],
                  of[9], of[10], of[11], of[12], of[13], of[14], of[15]);
}

/* ---- of values, of which some are left open ---- */

static const struct facet {
    const char *column;
    const char *const *values; /* what it may have */
} facets[] = {
    {"delivery_mode", (const char *const[]){"email", "none", "post", NULL}},
    {"status", (const char *const[]){"open", "paid", "cancelled", NULL}},
    {"type",
     (const char *const[]){"invoice", "credit_note", "correction", NULL}},
    {"dispatch", (const char *const[]){"none", "waiting", "sent", "failed",
                                       "suppressed", NULL}},
};
enum { N_FACETS = sizeof facets / sizeof *facets };

/* The walk of each set of values, from that facet on. given: the values as the
 * statement has them, NULL where they are open. */
static void
add_walks(struct buf *sql, bool down, const char *const *given, size_t facet,
          const char *condition)
{
    const char *const one[] = {given[facet], NULL};

    if (facet == N_FACETS) {
        buf_puts(sql, sql->len ? " UNION ALL " : "");
        buf_printf(
            sql, down ? WALK("%s", DOWN, DOWN_ORDER) : WALK("%s", UP, UP_ORDER),
            condition);
        return;
    }
    for (const char *const *value = given[facet] ? one : facets[facet].values;
         *value; value++) {
        add_walks(sql, down, given, facet + 1,
                  arena_printf(sql->arena,
                               given[facet] ? "%s%s = %s%s" : "%s%s = '%s'%s",
                               condition, facets[facet].column, *value,
                               facet + 1 < N_FACETS ? " AND " : ""));
    }
}

/* $1 to $4 as above; $5 and on the values that are given. */
struct db_answer *
invoice_store_facets(struct db *db, struct arena *a, const char *tenant,
                     const struct invoice_ask *x)
{
    static const char *const rows[] = {"21", "51", "201"};
    static const char signature[] = "tttttttt";
    const char *values[N_FACETS] = {x->delivery_mode, x->status, x->type,
                                    x->dispatch};
    const char *given[N_FACETS + 1] = {NULL};
    struct buf walks = buf_new(a, 16384);
    size_t n = 0;

    for (size_t i = 0; i < N_FACETS; i++) {
        if (values[i]) {
            values[n++] = values[i];
            given[i] = arena_printf(a, "$%zu", 4 + n);
        }
    }
    add_walks(&walks, x->descending, given, 0, "");
    return db_ask(db, a,
                  arena_printf(a,
                               x->descending ? MERGED("%s", DOWN_ORDER, "%s")
                                             : MERGED("%s", UP_ORDER, "%s"),
                               walks.data, rows[invoice_ask_size(x)]),
                  signature + N_FACETS - n, tenant, x->at, x->at_number, x->end,
                  values[0], values[1], values[2], values[3]);
}
