#include "contract/service_store.h"

#include <stdlib.h>
#include <string.h>

#include "customer/customer.h"

#define ENTRY_COLUMNS                                                          \
    "s.id, s.contract AS contract_id, n.ref AS contract, n.currency,"          \
    " n.customer AS customer_id, c.number AS customer, s.description,"         \
    " s.quantity, s.unit_price, s.vat_rate, s.performance_date, s.bill_from,"  \
    " s.status, i.number AS invoice, s.external_id, s.version, s.created"

#define ENTRY_TABLES                                                           \
    "service_entry s"                                                          \
    " JOIN contract n ON n.tenant = s.tenant AND n.id = s.contract"            \
    " JOIN customer c ON c.tenant = n.tenant AND c.id = n.customer"            \
    " LEFT JOIN invoice i ON i.tenant = s.tenant AND i.id = s.invoice"

#define ENTRY                                                                  \
    "SELECT " ENTRY_COLUMNS " FROM " ENTRY_TABLES " WHERE s.tenant = $1 "

#define CONTRACT_COLUMNS                                                       \
    "n.id, n.ref AS contract, n.status, n.end_date, n.currency,"               \
    " n.customer AS customer_id, c.number AS customer"

#define CONTRACT_TABLES                                                        \
    "contract n JOIN customer c ON c.tenant = n.tenant AND c.id = n.customer"

enum db_result
service_contract(struct db *db, struct arena *a, const char *tenant,
                 const char *ref, json_t **row)
{
    return db_one(db, a, row,
                  "SELECT " CONTRACT_COLUMNS " FROM " CONTRACT_TABLES
                  " WHERE n.tenant = $1 AND n.ref = $2",
                  "tt", tenant, ref);
}

/* One row for each name of the set. */
static struct db_bulk *
named_rows(struct arena *a, const char *tenant, json_t *set)
{
    struct db_bulk *bulk = db_bulk(a, "n:i tenant:t name:t");
    const char *name;
    json_t *value;

    json_object_foreach(set, name, value)
    {
        db_bulk_add(bulk, (int64_t)db_bulk_rows(bulk), tenant, name);
    }
    return bulk;
}

enum db_result
service_store_contracts(struct db *db, struct arena *a, const char *tenant,
                        json_t *refs, json_t **rows)
{
    return db_bulk_all(db, a, named_rows(a, tenant, refs), rows,
                       "SELECT r.n AS n, " CONTRACT_COLUMNS
                       " FROM {rows}, " CONTRACT_TABLES
                       " WHERE n.tenant = r.tenant AND n.ref = r.name"
                       " ORDER BY r.n");
}

enum db_result
service_find(struct db *db, struct arena *a, const char *tenant, const char *id,
             json_t **row)
{
    return db_one(db, a, row, ENTRY "AND s.id = $2", "tt", tenant, id);
}

enum db_result
service_store_externals(struct db *db, struct arena *a, const char *tenant,
                        json_t *ids, json_t **rows)
{
    return db_bulk_all(db, a, named_rows(a, tenant, ids), rows,
                       "SELECT r.n AS n, " ENTRY_COLUMNS
                       " FROM {rows}, " ENTRY_TABLES
                       " WHERE s.tenant = r.tenant AND s.external_id = r.name"
                       " ORDER BY r.n");
}

/* ---- lists ---- */

#define FILTER                                                                 \
    "AND (CAST($3 AS TEXT) IS NULL OR c.number = $3)"                          \
    " AND ((CAST($4 AS TEXT) IS NULL AND s.status <> 'deleted')"               \
    " OR s.status = $4)"                                                       \
    " AND s.performance_date >= $5"                                            \
    " AND (CAST($6 AS TEXT) IS NULL OR s.performance_date <= $6)"              \
    " AND (CAST($7 AS TEXT) IS NULL OR s.bill_from IS NULL"                    \
    " OR s.bill_from <= $7)"                                                   \
    " AND (CAST($8 AS TEXT) IS NULL OR s.external_id = $8)"                    \
    " AND (CAST($9 AS BIGINT) = 0"                                             \
    " OR (s.performance_date, s.id) > ($10, $11))"                             \
    " ORDER BY s.performance_date, s.id LIMIT $12"

/* Each has an index of its own. */
enum { OF_ALL, OF_CONTRACT, OPEN_OF_ALL, OPEN_OF_CONTRACT, OF_EXTERNAL };

static const char *const statements[] = {
    [OF_ALL] = ENTRY "AND CAST($2 AS TEXT) IS NULL " FILTER,
    [OF_CONTRACT] = ENTRY "AND s.contract = $2 " FILTER,
    [OPEN_OF_ALL] =
        ENTRY "AND CAST($2 AS TEXT) IS NULL AND s.status = 'open' " FILTER,
    [OPEN_OF_CONTRACT] =
        ENTRY "AND s.contract = $2 AND s.status = 'open' " FILTER,
    [OF_EXTERNAL] = ENTRY "AND (CAST($2 AS TEXT) IS NULL OR s.contract = $2)"
                          " AND s.external_id = $8 " FILTER,
};

static int
statement_of(const struct service_filter *f)
{
    bool open = f->status && strcmp(f->status, "open") == 0;

    return f->external_id ? OF_EXTERNAL
           : f->contract  ? open ? OPEN_OF_CONTRACT : OF_CONTRACT
           : open         ? OPEN_OF_ALL
                          : OF_ALL;
}

/* The first day that the list can have: where it goes on, if that is later. */
static const char *
first_day(const struct service_filter *f)
{
    const char *from = f->from ? f->from : "";

    return f->on && f->after_date && strcmp(f->after_date, from) > 0
               ? f->after_date
               : from;
}

enum db_result
service_list(struct db *db, struct arena *a, const char *tenant,
             const struct service_filter *f, json_t **rows)
{
    return db_all(db, a, rows, statements[statement_of(f)], "ttttttttitti",
                  tenant, f->contract, f->customer, f->status, first_day(f),
                  f->to, f->due, f->external_id, (int64_t)f->on,
                  f->after_date ? f->after_date : "",
                  f->after_id ? f->after_id : "", (int64_t)f->limit);
}

enum db_result
service_list_rows(struct db *db, struct arena *a, const struct list_query *q,
                  const char *tenant, const char *pool, json_t **rows)
{
    json_t *row;
    size_t i;
    enum db_result r;

    (void)pool;
    r = db_list(
        db, a, rows, q,
        "SELECT s.id, s.description, n.ref AS contract, c.number AS "
        "customer, " CUSTOMER_NAME(
            "c") " AS customer_name,"
                 " s.quantity, s.unit_price, n.currency, s.vat_rate, "
                 "s.performance_date,"
                 " COALESCE(s.bill_from, '') AS bill_from, s.status,"
                 " COALESCE(i.number, '') AS invoice,"
                 " COALESCE(s.external_id, '') AS external_id FROM "
                 "service_entry s"
                 " JOIN contract n ON n.tenant = s.tenant AND n.id = s.contract"
                 " JOIN customer c ON c.tenant = n.tenant AND c.id = n.customer"
                 " LEFT JOIN invoice i ON i.tenant = s.tenant AND i.id = "
                 "s.invoice"
                 " WHERE s.tenant = $1",
        "t", tenant);
    json_array_foreach(*rows, i, row)
    {
        json_object_set_new(row, "net", json_integer(service_net(row)));
    }
    return r;
}

/* ---- changes ---- */

/* Two who record the same take its ids in the same order: the second waits for
 * the first, and neither for each other. */
static int
compare_external(const void *one, const void *other)
{
    const char *a = row_text(*(json_t *const *)one, "external_id");
    const char *b = row_text(*(json_t *const *)other, "external_id");

    return strcmp(a ? a : "", b ? b : "");
}

enum db_result
service_store_insert_many(struct db *db, struct arena *a, const char *tenant,
                          json_t *const *rows, size_t n, int64_t *added)
{
    struct db_bulk *bulk = db_bulk(
        a, "tenant:t id:t contract:t description:t quantity:i unit_price:i"
           " vat_rate:i performance_date:t bill_from:t status:t external_id:t"
           " version:i created:i");
    json_t **sorted = arena_alloc(a, n * sizeof *sorted + 1);

    memcpy(sorted, rows, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, compare_external);
    for (size_t i = 0; i < n; i++) {
        const json_t *row = sorted[i];

        db_bulk_add(bulk, tenant, row_text(row, "id"),
                    row_text(row, "contract_id"), row_text(row, "description"),
                    row_int(row, "quantity"), row_int(row, "unit_price"),
                    row_int(row, "vat_rate"), row_text(row, "performance_date"),
                    row_text(row, "bill_from"), "open",
                    row_text(row, "external_id"), (int64_t)1,
                    row_int(row, "created"));
    }
    *added = 0;
    return db_bulk_exec(
        db, bulk, added,
        "INSERT INTO service_entry (tenant, id, contract, description,"
        " quantity, unit_price, vat_rate, performance_date, bill_from, status,"
        " external_id, version, created) {values}"
        " ON CONFLICT (tenant, external_id) DO NOTHING");
}

enum db_result
service_store_update(struct db *db, const char *tenant, const json_t *r,
                     int64_t version, int64_t *changed)
{
    return db_exec(db, changed,
                   "UPDATE service_entry SET description = $4, quantity = $5,"
                   " unit_price = $6, vat_rate = $7, performance_date = $8,"
                   " bill_from = $9, version = version + 1"
                   " WHERE tenant = $1 AND id = $2 AND version = $3"
                   " AND status = 'open'",
                   "ttitiiitt", tenant, row_text(r, "id"), version,
                   row_text(r, "description"), row_int(r, "quantity"),
                   row_int(r, "unit_price"), row_int(r, "vat_rate"),
                   row_text(r, "performance_date"), row_text(r, "bill_from"));
}

enum db_result
service_store_delete(struct db *db, const char *tenant, const char *id,
                     int64_t version, int64_t *changed)
{
    return db_exec(db, changed,
                   "UPDATE service_entry SET status = 'deleted',"
                   " version = version + 1 WHERE tenant = $1 AND id = $2"
                   " AND version = $3 AND status = 'open'",
                   "tti", tenant, id, version);
}
