#include "billing/run_store.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"

enum db_result
run_store_insert(struct db *db, const struct run_row *run, int64_t now)
{
    return db_exec(db, NULL,
                   "INSERT INTO invoice_run (tenant, id, date, dry_run, status,"
                   " origin, job, contracts, invoices, failures, total,"
                   " created, created_by, finished, newest) VALUES ($1, $2, $3,"
                   " $4, 'queued', $5, $6, 0, 0, 0, 0, $7, $8, 0,"
                   " (SELECT date FROM invoice WHERE tenant = $1"
                   " AND type = 'invoice' ORDER BY date DESC LIMIT 1))",
                   "tttittit", run->tenant, run->id, run->date,
                   (int64_t)run->dry_run, run->origin, run->job, now,
                   run->created_by);
}

enum db_result
run_store_under_way(struct db *db, struct arena *a, const char *tenant,
                    json_t **row)
{
    return db_one(db, a, row,
                  "SELECT r.id FROM invoice_run r"
                  " JOIN job j ON j.tenant = r.tenant AND j.id = r.job"
                  " WHERE r.tenant = $1 AND r.status IN ('queued', 'running')"
                  " AND r.dry_run = 0 AND j.state <> 'failed' LIMIT 1",
                  "t", tenant);
}

/* ---- what is due ---- */

/* Services that a run of that day bills. */
#define SERVICES_DUE                                                           \
    " s.status = 'open' AND (s.bill_from IS NULL OR s.bill_from <= $2)"

#define DUE_COLUMNS                                                            \
    "SELECT c.id, c.ref, c.customer, c.status, c.currency, c.start_date,"      \
    " c.end_date, c.every, c.unit, c.next_billing, c.delivery_mode, "          \
    "c.in_advance,"                                                            \
    " c.changes_on, c.then_every, c.then_unit, c.then_in_advance,"             \
    " c.due_days, c.billed_until, k.number AS customer_number,"                \
    " k.company_name, k.first_name, k.last_name, k.email, k.language,"         \
    " k.street, k.address_extra, k.postal_code, k.city, k.country, k.vat_id,"  \
    " (SELECT COUNT(*) FROM contract_item i WHERE i.tenant = c.tenant"         \
    " AND i.contract = c.id) AS n_items,"                                      \
    " (SELECT COUNT(*) FROM service_entry s WHERE s.tenant = c.tenant"         \
    " AND s.contract = c.id AND" SERVICES_DUE ") AS n_services"                \
    " FROM contract c JOIN customer k"                                         \
    " ON k.tenant = c.tenant AND k.id = c.customer "

#define DUE_BY_DAY " c.next_billing <= $2 AND c.status <> 'draft'"

/* A contract that has no billing day to come has no run of its own. */
#define DUE_REST                                                               \
    " c.next_billing IS NULL AND c.status <> 'draft'"                          \
    " AND c.id IN (SELECT s.contract FROM service_entry s"                     \
    " WHERE s.tenant = $1 AND" SERVICES_DUE ")"

enum db_result
run_store_due(struct db *db, struct arena *a, const struct run_place *p,
              int limit, json_t **rows)
{
    if (p->rest) {
        return db_all(db, a, rows,
                      DUE_COLUMNS "WHERE c.tenant = $1 AND" DUE_REST
                                  " AND c.id > $3"
                                  " ORDER BY c.id LIMIT $4",
                      "ttti", p->tenant, p->date, p->id, (int64_t)limit);
    }
    return db_all(db, a, rows,
                  DUE_COLUMNS "WHERE c.tenant = $1 AND" DUE_BY_DAY
                              " AND (c.customer, c.next_billing, c.id)"
                              " > ($3, $4, $5)"
                              " ORDER BY c.customer, c.next_billing, c.id"
                              " LIMIT $6",
                  "ttttti", p->tenant, p->date, p->customer, p->day, p->id,
                  (int64_t)limit);
}

enum db_result
run_store_count(struct db *db, struct arena *a, const char *tenant,
                const char *date, json_t **row)
{
    return db_one(db, a, row,
                  "SELECT (SELECT COUNT(*) FROM contract c"
                  " WHERE c.tenant = $1 AND" DUE_BY_DAY
                  ") + (SELECT COUNT(*) FROM contract c"
                  " WHERE c.tenant = $1 AND" DUE_REST ") AS n",
                  "tt", tenant, date);
}

enum db_result
run_store_items(struct db *db, struct arena *a, const struct db_bulk *contracts,
                json_t **rows)
{
    return db_bulk_all(
        db, a, contracts, rows,
        "SELECT r.n AS n, i.description, i.quantity, i.unit_price, i.vat_rate,"
        " NULLIF(i.since, '') AS since, NULLIF(i.until, '') AS until"
        " FROM {rows}, contract_item i WHERE i.tenant = "
        "r.tenant"
        " AND i.contract = r.contract"
        " ORDER BY r.n, i.position");
}

enum db_result
run_store_services(struct db *db, struct arena *a,
                   const struct db_bulk *contracts, json_t **rows)
{
    return db_bulk_all(
        db, a, contracts, rows,
        "SELECT r.n AS n, s.id, s.description, s.quantity, s.unit_price, "
        "s.vat_rate,"
        " s.performance_date FROM {rows}, service_entry s"
        " WHERE s.tenant = r.tenant AND s.contract = r.contract"
        " AND s.status = 'open' AND (s.bill_from IS NULL"
        " OR s.bill_from <= r.date) ORDER BY r.n, s.performance_date, s.id");
}

/* ---- what a batch writes ---- */

struct run_writes
run_store_writes(struct arena *a)
{
    return (struct run_writes){
        .invoices = db_bulk(
            a, "tenant:t id:t number:t type:t customer:t contract:t"
               " customer_number:t recipient:t language:t date:t due:t"
               " period_from:t period_to:t currency:t net:i vat:i gross:i"
               " delivery_mode:t status:t created:i run:t dispatch:t"
               " dispatch_reason:t buyer:t seller:t billed_from:t"
               " billed_to:t"),
        .lines = db_bulk(a, "tenant:t invoice:t position:i description:t"
                            " quantity:i unit_price:i vat_rate:i net:i"
                            " service:t performed:t period_from:t"
                            " period_to:t"),
        .contracts = db_bulk(a, "tenant:t id:t old:t next:t until:t"),
        .services = db_bulk(a, "tenant:t id:t invoice:t"),
        .sums = db_bulk(a, "tenant:t run:t currency:t invoices:i net:i vat:i"
                           " gross:i"),
        .previews = db_bulk(
            a, "tenant:t run:t position:i type:t contract:t customer_number:t"
               " period_from:t period_to:t due:t currency:t net:i vat:i"
               " gross:i lines:t"),
        .failures = db_bulk(a, "tenant:t run:t position:i contract:t"
                               " customer_number:t reason:t"),
    };
}

static enum db_result
write_invoices(struct db *db, const struct run_writes *w)
{
    enum db_result r = db_bulk_exec(
        db, w->invoices, NULL,
        "INSERT INTO invoice (tenant, id, number, type, customer, contract,"
        " customer_number, recipient, language, date, due, period_from,"
        " period_to, currency, net, vat, gross, delivery_mode, status, created,"
        " run, dispatch, dispatch_reason, buyer, seller, billed_from,"
        " billed_to) {values}");

    return r == DB_OK
               ? db_bulk_exec(db, w->lines, NULL,
                              "INSERT INTO invoice_line (tenant, invoice,"
                              " position, description, quantity, unit_price,"
                              " vat_rate, net, service, performed,"
                              " period_from, period_to) {values}")
               : r;
}

/* What is not any more as it was read has been billed by somebody else, or
 * changed: the whole batch is looked at anew. */
static enum db_result
write_contracts(struct db *db, const struct run_writes *w)
{
    int64_t contracts = 0, services = 0;
    enum db_result r = db_bulk_exec(
        db, w->contracts, &contracts,
        "UPDATE contract SET next_billing = r.next, billed_until = r.until,"
        " version = contract.version + 1 FROM {rows}"
        " WHERE contract.tenant = r.tenant AND contract.id = r.id"
        " AND contract.next_billing = r.old");

    if (r == DB_OK) {
        r = db_bulk_exec(
            db, w->services, &services,
            "UPDATE service_entry SET status = 'billed', invoice = r.invoice,"
            " version = service_entry.version + 1 FROM {rows}"
            " WHERE service_entry.tenant = r.tenant"
            " AND service_entry.id = r.id AND service_entry.status = 'open'");
    }
    return r == DB_OK && ((size_t)contracts != db_bulk_rows(w->contracts) ||
                          (size_t)services != db_bulk_rows(w->services))
               ? DB_BUSY
               : r;
}

static enum db_result
write_report(struct db *db, const struct run_writes *w)
{
    enum db_result r = db_bulk_exec(
        db, w->previews, NULL,
        "INSERT INTO invoice_run_preview (tenant, run, position, type,"
        " contract, customer_number, period_from, period_to, due, currency,"
        " net, vat, gross, lines) {values}");

    if (r == DB_OK) {
        r = db_bulk_exec(db, w->failures, NULL,
                         "INSERT INTO invoice_run_failure (tenant, run,"
                         " position, contract, customer_number, reason)"
                         " {values}");
    }
    return r == DB_OK
               ? db_bulk_exec(
                     db, w->sums, NULL,
                     "INSERT INTO invoice_run_sum (tenant, run, currency,"
                     " invoices, net, vat, gross) {values}"
                     " ON CONFLICT (tenant, run, currency) DO UPDATE SET"
                     " invoices = invoice_run_sum.invoices + excluded.invoices,"
                     " net = invoice_run_sum.net + excluded.net,"
                     " vat = invoice_run_sum.vat + excluded.vat,"
                     " gross = invoice_run_sum.gross + excluded.gross")
               : r;
}

enum db_result
run_store_write(struct db *db, const struct run_writes *w)
{
    enum db_result r = write_contracts(db, w);

    if (r == DB_OK) {
        r = write_invoices(db, w);
    }
    return r == DB_OK ? write_report(db, w) : r;
}

enum db_result
run_store_has_number(struct db *db, struct arena *a, const char *tenant,
                     const char *number, json_t **row)
{
    return db_one(db, a, row,
                  "SELECT id FROM invoice WHERE tenant = $1 AND number = $2",
                  "tt", tenant, number);
}

enum db_result
run_store_progress(struct db *db, const struct run_progress *p)
{
    return db_exec(db, NULL,
                   "UPDATE invoice_run SET status = $3, total = $4,"
                   " contracts = contracts + $5, invoices = invoices + $6,"
                   " failures = failures + $7, finished = $8"
                   " WHERE tenant = $1 AND id = $2",
                   "tttiiiii", p->tenant, p->id, p->status, p->total,
                   p->contracts, p->invoices, p->failures, p->finished);
}
