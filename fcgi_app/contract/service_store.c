#include "contract/service_store.h"

#include <string.h>

#include "customer/customer.h"

#define ENTRY                                                                  \
    "SELECT s.id, s.contract AS contract_id, n.ref AS contract, n.currency,"   \
    " n.customer AS customer_id, c.number AS customer, s.description,"         \
    " s.quantity, s.unit_price, s.vat_rate, s.performance_date, s.bill_from,"  \
    " s.status, i.number AS invoice, s.external_id, s.version, s.created"      \
    " FROM service_entry s"                                                    \
    " JOIN contract n ON n.tenant = s.tenant AND n.id = s.contract"            \
    " JOIN customer c ON c.tenant = n.tenant AND c.id = n.customer"            \
    " LEFT JOIN invoice i ON i.tenant = s.tenant AND i.id = s.invoice"         \
    " WHERE s.tenant = $1 "

#define CONTRACT                                                               \
    "SELECT n.id, n.ref AS contract, n.status, n.end_date, n.currency,"        \
    " n.customer AS customer_id, c.number AS customer FROM contract n"         \
    " JOIN customer c ON c.tenant = n.tenant AND c.id = n.customer"            \
    " WHERE n.tenant = $1 AND n.ref = $2"

enum db_result
service_contract(struct db *db, struct arena *a, const char *tenant,
                 const char *ref, json_t **row)
{
    return db_one(db, a, row, CONTRACT, "tt", tenant, ref);
}

struct db_answer *
service_store_ask_contract(struct db *db, struct arena *a, const char *tenant,
                           const char *ref)
{
    return db_ask(db, a, CONTRACT, "tt", tenant, ref);
}

enum db_result
service_find(struct db *db, struct arena *a, const char *tenant, const char *id,
             json_t **row)
{
    return db_one(db, a, row, ENTRY "AND s.id = $2", "tt", tenant, id);
}

struct db_answer *
service_store_ask_external(struct db *db, struct arena *a, const char *tenant,
                           const char *external_id)
{
    return db_ask(db, a, ENTRY "AND s.external_id = $2", "tt", tenant,
                  external_id);
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

enum db_result
service_store_insert(struct db *db, const char *tenant, const json_t *r,
                     int64_t *added)
{
    return db_exec(
        db, added,
        "INSERT INTO service_entry (tenant, id, contract, description,"
        " quantity, unit_price, vat_rate, performance_date, bill_from, status,"
        " external_id, version, created) VALUES ($1, $2, $3, $4, $5, $6, $7,"
        " $8, $9, 'open', $10, 1, $11)"
        " ON CONFLICT (tenant, external_id) DO NOTHING",
        "ttttiiittti", tenant, row_text(r, "id"), row_text(r, "contract_id"),
        row_text(r, "description"), row_int(r, "quantity"),
        row_int(r, "unit_price"), row_int(r, "vat_rate"),
        row_text(r, "performance_date"), row_text(r, "bill_from"),
        row_text(r, "external_id"), row_int(r, "created"));
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
