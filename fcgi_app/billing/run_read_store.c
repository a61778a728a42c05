/* Reading runs and what they have come to; forgetting dry ones. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "billing/run_store.h"
#include "customer/customer.h"

#define RUN                                                                    \
    "SELECT r.tenant, r.id, r.date, r.dry_run, r.origin, r.contracts,"         \
    " r.invoices, r.failures AS n_failures, r.total, r.created, r.created_by," \
    " r.finished, r.newest, r.job,"                                            \
    " CASE WHEN r.status IN ('queued', 'running')"                             \
    " AND j.state = 'failed' THEN 'failed' ELSE r.status END AS status,"       \
    " CASE WHEN r.status IN ('queued', 'running') THEN j.last_error ELSE ''"   \
    " END AS why FROM invoice_run r"                                           \
    " LEFT JOIN job j ON j.tenant = r.tenant AND j.id = r.job"                 \
    " WHERE r.tenant = $1"

enum db_result
invoice_run_get(struct db *db, struct arena *a, const char *tenant,
                const char *id, json_t **row)
{
    return db_one(db, a, row, RUN " AND r.id = $2", "tt", tenant, id);
}

enum db_result
invoice_run_list(struct db *db, struct arena *a, const char *tenant,
                 const char *before, int limit, json_t **rows)
{
    return db_all(db, a, rows,
                  RUN " AND (CAST($2 AS TEXT) IS NULL OR r.id < $2)"
                      " ORDER BY r.id DESC LIMIT $3",
                  "tti", tenant, before, (int64_t)limit);
}

enum db_result
invoice_run_list_rows(struct db *db, struct arena *a,
                      const struct list_query *q, const char *tenant,
                      const char *pool, json_t **rows)
{
    (void)pool;
    return db_list(db, a, rows, q, RUN, "t", tenant);
}

enum db_result
invoice_run_sums(struct db *db, struct arena *a, const char *tenant,
                 const char *id, json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT * FROM invoice_run_sum"
                  " WHERE tenant = $1 AND run = $2 ORDER BY currency",
                  "tt", tenant, id);
}

/* ---- what they have come to ---- */

/* Whose it is, as far as they are still there. */
#define NAME "COALESCE(" CUSTOMER_NAME("k") ", '') AS customer_name"
#define BY_NUMBER(row)                                                         \
    "LEFT JOIN customer k ON k.tenant = " row ".tenant"                        \
    " AND k.number = " row ".customer_number"

static int64_t
place_after(const char *key)
{
    return key ? (int64_t)strtoll(key, NULL, 10) : 0;
}

enum db_result
invoice_run_failures(struct db *db, struct arena *a, const char *tenant,
                     const char *id, const char *after, int limit,
                     json_t **rows)
{
    return db_all(
        db, a, rows,
        "SELECT f.*, CAST(f.position AS TEXT) AS key, " NAME
        " FROM invoice_run_failure f " BY_NUMBER(
            "f") " WHERE f.tenant = $1 AND f.run = $2 AND f.position > $3"
                 " ORDER BY f.position LIMIT $4",
        "ttii", tenant, id, place_after(after), (int64_t)limit);
}

static enum db_result
previews(struct db *db, struct arena *a, const char *tenant, const char *run,
         const char *after, int limit, json_t **rows)
{
    json_t *row;
    size_t i;
    enum db_result r = db_all(
        db, a, rows,
        "SELECT p.*, 'open' AS status, CAST(p.position AS TEXT) AS key, " NAME
        " FROM invoice_run_preview p " BY_NUMBER(
            "p") " WHERE p.tenant = $1 AND p.run = $2 AND p.position > $3"
                 " ORDER BY p.position LIMIT $4",
        "ttii", tenant, run, place_after(after), (int64_t)limit);

    json_array_foreach(*rows, i, row)
    {
        json_object_set_new(row, "number", json_null());
        json_object_set_new(row, "lines",
                            json_loads(row_text(row, "lines"), 0, NULL));
    }
    return r;
}

enum db_result
invoice_run_invoices(struct db *db, struct arena *a, const char *tenant,
                     const json_t *run, const char *after, int limit,
                     json_t **rows)
{
    const char *id = row_text(run, "id");

    if (row_int(run, "dry_run")) {
        return previews(db, a, tenant, id, after, limit, rows);
    }
    return db_all(db, a, rows,
                  "SELECT i.number AS key, i.id, i.number, i.type,"
                  " c.ref AS contract, i.customer_number, i.period_from,"
                  " i.period_to, i.due, i.currency, i.net, i.vat, i.gross,"
                  " i.status, " NAME " FROM invoice i LEFT JOIN contract c"
                  " ON c.tenant = i.tenant AND c.id = i.contract"
                  " LEFT JOIN customer k"
                  " ON k.tenant = i.tenant AND k.id = i.customer"
                  " WHERE i.tenant = $1 AND i.run = $2"
                  " AND (CAST($3 AS TEXT) IS NULL OR i.number > $3)"
                  " ORDER BY i.number LIMIT $4",
                  "ttti", tenant, id, after, (int64_t)limit);
}

enum db_result
invoice_run_add_lines(struct db *db, struct arena *a, const char *tenant,
                      json_t *invoices)
{
    struct db_bulk *ids = db_bulk(a, "n:i tenant:t invoice:t");
    json_t *lines, *row;
    size_t i;
    enum db_result r;

    json_array_foreach(invoices, i, row)
    {
        if (!json_object_get(row, "lines")) {
            json_object_set_new(row, "lines", json_array());
            db_bulk_add(ids, (int64_t)i, tenant, row_text(row, "id"));
        }
    }
    r = db_bulk_all(db, a, ids, &lines,
                    "SELECT r.n AS n, l.* FROM {rows}, invoice_line l"
                    " WHERE l.tenant = r.tenant AND l.invoice = r.invoice"
                    " ORDER BY r.n, l.position");
    json_array_foreach(lines, i, row)
    {
        json_array_append(
            json_object_get(json_array_get(invoices, (size_t)row_int(row, "n")),
                            "lines"),
            row);
    }
    return r;
}

/* ---- forgetting ---- */

/* every tenant: the job forgets the dry runs of all of them */
enum db_result
run_store_old_dry(struct db *db, struct arena *a, int64_t before, int limit,
                  json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT tenant, id FROM invoice_run WHERE dry_run = 1"
                  " AND created < $1 ORDER BY created LIMIT $2",
                  "ii", before, (int64_t)limit);
}

static const char *const parts[] = {
    "DELETE FROM invoice_run_preview WHERE tenant = $1 AND run = $2"
    " AND position IN (SELECT position FROM invoice_run_preview"
    " WHERE tenant = $1 AND run = $2 ORDER BY position LIMIT $3)",
    "DELETE FROM invoice_run_failure WHERE tenant = $1 AND run = $2"
    " AND position IN (SELECT position FROM invoice_run_failure"
    " WHERE tenant = $1 AND run = $2 ORDER BY position LIMIT $3)",
    "DELETE FROM invoice_run_sum WHERE tenant = $1 AND run = $2"
    " AND currency IN (SELECT currency FROM invoice_run_sum"
    " WHERE tenant = $1 AND run = $2 ORDER BY currency LIMIT $3)",
};

enum db_result
run_store_forget_parts(struct db *db, const char *tenant, const char *id,
                       int limit, int64_t *changed)
{
    enum db_result r = DB_OK;
    int64_t n = 0;

    *changed = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts && r == DB_OK; i++) {
        r = db_exec(db, &n, parts[i], "tti", tenant, id, (int64_t)limit);
        *changed += n;
    }
    return r;
}

enum db_result
run_store_forget(struct db *db, const char *tenant, const char *id)
{
    return db_exec(db, NULL,
                   "DELETE FROM invoice_run WHERE tenant = $1 AND id = $2"
                   " AND dry_run = 1",
                   "tt", tenant, id);
}
