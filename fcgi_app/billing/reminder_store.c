#include "billing/reminder_store.h"

#include "base/clock.h"

/* What one letter is about, as index invoice_reminder_ix has it. */
#define GROUP "(customer || ' ' || COALESCE(contract, '') || ' ' || currency)"

/* $3 is the date of the run, $4 the number of levels, $5 to $8 are the last
 * days of each; the words of the index come first. The due day is none of an
 * index, nor is its order: SQLite would look at all that is overdue for each
 * letter. */
#define OPEN                                                                   \
    "status = 'open' AND type = 'invoice' AND settled < gross"                 \
    " AND due || '' < $3 AND reminder_block < $3"
#define TO_RAISE                                                               \
    "reminder_level < $4 AND reminder_target < $3"                             \
    " AND CASE reminder_level WHEN 0 THEN due ELSE reminder_date END"          \
    " <= CASE reminder_level WHEN 0 THEN CAST($5 AS TEXT) WHEN 1 THEN $6"      \
    " WHEN 2 THEN $7 ELSE $8 END"

/* ---- runs ---- */

enum db_result
reminder_store_run_insert(struct db *db, const char *tenant,
                          const struct reminder_run_new *new, const char *id,
                          const char *job, const struct actor *actor,
                          int64_t *changed)
{
    return db_exec(db, changed,
                   "INSERT INTO reminder_run (tenant, id, date, dry_run,"
                   " origin, test, job, reminders, created, created_by)"
                   " VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9)"
                   " ON CONFLICT DO NOTHING",
                   "tttititit", tenant, id, new->date, (int64_t) new->dry_run,
                   new->origin, (int64_t)actor->test, job, clock_now(),
                   actor->name);
}

enum db_result
reminder_store_run_count(struct db *db, const char *tenant, const char *id)
{
    return db_exec(db, NULL,
                   "UPDATE reminder_run SET reminders = reminders + 1"
                   " WHERE tenant = $1 AND id = $2",
                   "tt", tenant, id);
}

/* How far a run is says its job. */
#define RUN                                                                    \
    "SELECT r.*, r.reminders AS reminders_written, j.done, j.total,"           \
    " j.finished, CASE j.state"                                                \
    " WHEN 'leased' THEN 'running' WHEN 'queued' THEN"                         \
    " CASE WHEN j.position = '' THEN 'queued' ELSE 'running' END"              \
    " ELSE j.state END AS status,"                                             \
    " CASE j.state WHEN 'failed' THEN j.last_error ELSE '' END AS why"         \
    " FROM reminder_run r JOIN job j"                                          \
    " ON j.tenant = r.tenant AND j.id = r.job WHERE r.tenant = $1"

enum db_result
reminder_run_get(struct db *db, struct arena *a, const char *tenant,
                 const char *id, json_t **row)
{
    return db_one(db, a, row, RUN " AND r.id = $2", "tt", tenant, id);
}

enum db_result
reminder_run_list(struct db *db, struct arena *a, const char *tenant,
                  const char *before, int limit, json_t **rows)
{
    return db_all(db, a, rows,
                  RUN " AND (CAST($2 AS TEXT) IS NULL OR r.id < $2)"
                      " ORDER BY r.id DESC LIMIT $3",
                  "tti", tenant, before, (int64_t)limit);
}

enum db_result
reminder_run_list_rows(struct db *db, struct arena *a,
                       const struct list_query *q, const char *tenant,
                       const char *pool, json_t **rows)
{
    (void)pool;
    return db_list(db, a, rows, q, RUN, "t", tenant);
}

enum db_result
reminder_scheduled(struct db *db, struct arena *a, json_t **rows)
{
    /* every tenant: each has its own day */
    return db_all(db, a, rows,
                  "SELECT s.tenant, COALESCE((SELECT MAX(r.date)"
                  " FROM reminder_run r WHERE r.tenant = s.tenant"
                  " AND r.origin = 'schedule'), '') AS last"
                  " FROM setting s WHERE s.name = 'reminders_automatic'"
                  " AND s.value = '1' ORDER BY s.tenant",
                  "");
}

/* ---- what is due ---- */

enum db_result
reminder_store_next(struct db *db, struct arena *a,
                    const struct reminder_due *due, const char *after,
                    json_t **row)
{
    return db_one(db, a, row,
                  "SELECT " GROUP " AS grp FROM invoice WHERE tenant = $1"
                  " AND " GROUP " > $2 AND " OPEN " AND " TO_RAISE
                  " ORDER BY " GROUP " LIMIT 1",
                  "tttitttt", due->tenant, after, due->date, due->levels,
                  due->cut[0], due->cut[1], due->cut[2], due->cut[3]);
}

enum db_result
reminder_store_groups(struct db *db, struct arena *a,
                      const struct reminder_due *due, json_t **row)
{
    return db_one(db, a, row,
                  "SELECT COUNT(DISTINCT " GROUP ") AS count FROM invoice"
                  " WHERE tenant = $1 AND " GROUP " > $2 AND " OPEN
                  " AND " TO_RAISE,
                  "tttitttt", due->tenant, "", due->date, due->levels,
                  due->cut[0], due->cut[1], due->cut[2], due->cut[3]);
}

enum db_result
reminder_store_group(struct db *db, struct arena *a,
                     const struct reminder_due *due, const char *group,
                     json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT x.*, c.ref AS contract_ref,"
                  " c.delivery_mode AS contract_mode FROM"
                  " (SELECT id, tenant, number, customer, contract, date, due,"
                  " currency, gross, settled, delivery_mode, reminder_level,"
                  " reminder_date, reminder_target, CASE WHEN " TO_RAISE
                  " THEN 1 ELSE 0 END AS raised FROM invoice"
                  " WHERE tenant = $1 AND " GROUP " = $2 AND " OPEN ") x"
                  " LEFT JOIN contract c ON c.tenant = x.tenant"
                  " AND c.id = x.contract"
                  " WHERE x.raised = 1 OR x.reminder_level > 0"
                  " ORDER BY x.due || '', x.number",
                  "tttitttt", due->tenant, group, due->date, due->levels,
                  due->cut[0], due->cut[1], due->cut[2], due->cut[3]);
}

/* ---- writing a letter ---- */

enum db_result
reminder_store_insert(struct db *db, const char *tenant, const json_t *row)
{
    return db_exec(
        db, NULL,
        "INSERT INTO reminder (tenant, id, number, run, customer, contract,"
        " customer_number, customer_name, recipient, seller, language, date,"
        " target, level, levels, currency, open, fee, total, delivery_mode,"
        " dispatch, created) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,"
        " $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)",
        "tttttttttttttiitiiitti", tenant, row_text(row, "id"),
        row_text(row, "number"), row_text(row, "run"),
        row_text(row, "customer"), row_text(row, "contract"),
        row_text(row, "customer_number"), row_text(row, "customer_name"),
        row_text(row, "recipient"), row_text(row, "seller"),
        row_text(row, "language"), row_text(row, "date"),
        row_text(row, "target"), row_int(row, "level"), row_int(row, "levels"),
        row_text(row, "currency"), row_int(row, "open"), row_int(row, "fee"),
        row_int(row, "total"), row_text(row, "delivery_mode"),
        row_text(row, "dispatch"), row_int(row, "created"));
}

enum db_result
reminder_store_add(struct db *db, const char *tenant, const char *reminder,
                   int64_t position, const json_t *invoice)
{
    return db_exec(
        db, NULL,
        "INSERT INTO reminder_invoice (tenant, reminder, position, invoice,"
        " number, date, due, gross, open, level, level_before, date_before,"
        " target_before) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,"
        " $12, $13)",
        "ttittttiiiitt", tenant, reminder, position,
        row_text(invoice, "invoice"), row_text(invoice, "number"),
        row_text(invoice, "date"), row_text(invoice, "due"),
        row_int(invoice, "gross"), row_int(invoice, "open"),
        row_int(invoice, "level"), row_int(invoice, "level_before"),
        row_text(invoice, "date_before"), row_text(invoice, "target_before"));
}

enum db_result
reminder_store_raise(struct db *db, const char *tenant, const json_t *was,
                     int64_t level, const char *date, const char *target,
                     int64_t *changed)
{
    return db_exec(db, changed,
                   "UPDATE invoice SET reminder_level = $3, reminder_date = $4,"
                   " reminder_target = $5 WHERE tenant = $1 AND id = $2"
                   " AND status = 'open' AND settled = $6"
                   " AND reminder_level = $7 AND reminder_date = $8",
                   "ttittiit", tenant, row_text(was, "id"), level, date, target,
                   row_int(was, "settled"), row_int(was, "reminder_level"),
                   row_text(was, "reminder_date"));
}

enum db_result
reminder_store_lower(struct db *db, const char *tenant, const json_t *invoice,
                     const char *date)
{
    return db_exec(
        db, NULL,
        "UPDATE invoice SET reminder_level = $3, reminder_date = $4,"
        " reminder_target = $5 WHERE tenant = $1 AND id = $2"
        " AND reminder_level = $6 AND reminder_date = $7",
        "ttittit", tenant, row_text(invoice, "invoice"),
        row_int(invoice, "level_before"), row_text(invoice, "date_before"),
        row_text(invoice, "target_before"), row_int(invoice, "level"), date);
}

/* ---- what a run wrote ---- */

enum db_result
reminder_store_preview(struct db *db, const char *tenant, const char *run,
                       int64_t position, const char *letter)
{
    return db_exec(db, NULL,
                   "INSERT INTO reminder_preview (tenant, run, position,"
                   " letter) VALUES ($1, $2, $3, $4)",
                   "ttit", tenant, run, position, letter);
}

enum db_result
reminder_store_previews(struct db *db, struct arena *a, const char *tenant,
                        const char *run, int64_t after, int limit,
                        json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT position, letter FROM reminder_preview"
                  " WHERE tenant = $1 AND run = $2 AND position > $3"
                  " ORDER BY position LIMIT $4",
                  "ttii", tenant, run, after, (int64_t)limit);
}

enum db_result
reminder_forget(struct db *db, int64_t before)
{
    /* every tenant: what is old is old for each */
    return db_exec(db, NULL,
                   "DELETE FROM reminder_preview WHERE (tenant, run) IN"
                   " (SELECT tenant, id FROM reminder_run WHERE dry_run = 1"
                   " AND created < $1)",
                   "i", before);
}

/* ---- letters ---- */

#define LETTER                                                                 \
    "SELECT r.*, c.ref AS contract_ref, s.data AS seller_data FROM reminder r" \
    " LEFT JOIN seller s ON s.tenant = r.tenant AND s.name = r.seller"         \
    " LEFT JOIN contract c"                                                    \
    " ON c.tenant = r.tenant AND c.id = r.contract"

enum db_result
reminder_store_of_run(struct db *db, struct arena *a, const char *tenant,
                      const char *run, const char *after, int limit,
                      json_t **rows)
{
    return db_all(db, a, rows,
                  LETTER " WHERE r.tenant = $1 AND r.run = $2"
                         " AND r.number > $3 ORDER BY r.number LIMIT $4",
                  "ttti", tenant, run, after, (int64_t)limit);
}

enum db_result
reminder_list(struct db *db, struct arena *a, const char *tenant,
              const struct reminder_filter *f, const char *before, int limit,
              json_t **rows)
{
    return db_all(db, a, rows,
                  LETTER " WHERE r.tenant = $1"
                         " AND (CAST($2 AS TEXT) IS NULL"
                         " OR r.customer_number = $2)"
                         " AND (CAST($3 AS TEXT) IS NULL OR c.ref = $3)"
                         " AND (CAST($4 AS TEXT) IS NULL OR r.run = $4)"
                         " AND (CAST($5 AS TEXT) IS NULL OR r.dispatch = $5)"
                         " AND (CAST($6 AS BIGINT) = 0 OR r.level = $6)"
                         " AND (CAST($7 AS TEXT) IS NULL OR r.id < $7)"
                         " ORDER BY r.id DESC LIMIT $8",
                  "tttttiti", tenant, f->customer, f->contract, f->run,
                  f->dispatch, f->level, before, (int64_t)limit);
}

enum db_result
reminder_by_number(struct db *db, struct arena *a, const char *tenant,
                   const char *number, json_t **row)
{
    return db_one(db, a, row, LETTER " WHERE r.tenant = $1 AND r.number = $2",
                  "tt", tenant, number);
}

enum db_result
reminder_by_id(struct db *db, struct arena *a, const char *tenant,
               const char *id, json_t **row)
{
    return db_one(db, a, row, LETTER " WHERE r.tenant = $1 AND r.id = $2", "tt",
                  tenant, id);
}

enum db_result
reminder_get(struct db *db, struct arena *a, const char *tenant,
             const char *customer, const char *contract, const char *number,
             json_t **row)
{
    return db_one(db, a, row,
                  LETTER " WHERE r.tenant = $1 AND r.customer = $2"
                         " AND r.number = $3 AND r.withdrawn = 0"
                         " AND (CAST($4 AS TEXT) IS NULL OR r.contract = $4)",
                  "tttt", tenant, customer, number, contract);
}

struct db_answer *
reminder_ask(struct db *db, struct arena *a, const char *tenant,
             const char *customer, const char *contract, const char *before,
             int limit)
{
    return db_ask(db, a,
                  "SELECT id, number, date, target, level, levels, total,"
                  " currency FROM reminder"
                  " WHERE tenant = $1 AND customer = $2 AND withdrawn = 0"
                  " AND (CAST($3 AS TEXT) IS NULL OR contract = $3)"
                  " AND (CAST($4 AS TEXT) IS NULL OR id < $4)"
                  " ORDER BY id DESC LIMIT $5",
                  "tttti", tenant, customer, contract, before, (int64_t)limit);
}

enum db_result
reminder_invoices(struct db *db, struct arena *a, const char *tenant,
                  const char *reminder, json_t **rows)
{
    return db_all(
        db, a, rows,
        "SELECT x.*, r.currency FROM reminder_invoice x"
        " JOIN reminder r ON r.tenant = x.tenant AND r.id = x.reminder"
        " WHERE x.tenant = $1 AND x.reminder = $2"
        " ORDER BY x.position",
        "tt", tenant, reminder);
}

enum db_result
reminder_store_invoices(struct db *db, struct arena *a,
                        const struct db_bulk *letters, json_t **rows)
{
    return db_bulk_all(db, a, letters, rows,
                       "SELECT r.n AS n, r.currency AS currency, x.*"
                       " FROM {rows}, reminder_invoice x"
                       " WHERE x.tenant = r.tenant AND x.reminder = r.reminder"
                       " ORDER BY r.n, x.position");
}

enum db_result
reminder_of_invoice(struct db *db, struct arena *a, const char *tenant,
                    const char *invoice, json_t **rows)
{
    return db_all(
        db, a, rows,
        "SELECT r.*, c.ref AS contract_ref FROM reminder_invoice x"
        " JOIN reminder r ON r.tenant = x.tenant AND r.id = x.reminder"
        " LEFT JOIN contract c"
        " ON c.tenant = r.tenant AND c.id = r.contract"
        " WHERE x.tenant = $1 AND x.invoice = $2 AND r.withdrawn = 0"
        " ORDER BY r.id DESC",
        "tt", tenant, invoice);
}

enum db_result
reminder_list_rows(struct db *db, struct arena *a, const struct list_query *q,
                   const char *tenant, const char *pool, json_t **rows)
{
    (void)pool;
    return db_list(db, a, rows, q,
                   "SELECT r.id, r.number, r.customer_number AS customer,"
                   " r.customer_name,"
                   " COALESCE(c.ref, '') AS contract,"
                   " CAST(r.level AS TEXT) AS level, r.date,"
                   " r.target, r.total, r.currency, r.dispatch,"
                   " CASE WHEN r.withdrawn > 0 THEN 1 ELSE 0 END AS withdrawn"
                   " FROM reminder r LEFT JOIN contract c"
                   " ON c.tenant = r.tenant AND c.id = r.contract"
                   " WHERE r.tenant = $1",
                   "t", tenant);
}

/* ---- what becomes of one ---- */

enum db_result
reminder_store_change(struct db *db, const char *tenant, const json_t *row,
                      const char *dispatch, int64_t withdrawn, int64_t *changed)
{
    return db_exec(db, changed,
                   "UPDATE reminder SET dispatch = $4, withdrawn = $5,"
                   " mail = CASE $4 WHEN 'waiting' THEN '' ELSE mail END,"
                   " dispatch_tries = CASE $4 WHEN 'waiting' THEN 0"
                   " ELSE dispatch_tries END, dispatch_until = 0,"
                   " dispatch_error = CASE WHEN dispatch = $4"
                   " THEN dispatch_error ELSE '' END,"
                   " dispatch_reason = CASE WHEN dispatch = $4"
                   " THEN dispatch_reason ELSE '' END,"
                   " version = version + 1"
                   " WHERE tenant = $1 AND id = $2 AND version = $3",
                   "ttiti", tenant, row_text(row, "id"),
                   row_int(row, "version"), dispatch, withdrawn);
}

enum db_result
reminder_keep(struct db *db, const char *tenant, const char *id,
              const char *hash)
{
    return db_exec(db, NULL,
                   "UPDATE reminder SET pdf = $3 WHERE tenant = $1 AND id = $2",
                   "ttt", tenant, id, hash);
}

/* ---- invoices ---- */

enum db_result
reminder_state(struct db *db, struct arena *a, const char *tenant,
               const char *number, json_t **row)
{
    return db_one(db, a, row,
                  "SELECT id, number, customer AS customer_id,"
                  " customer_number AS customer, currency, gross,"
                  " gross - settled AS open, due, status, reminder_level,"
                  " reminder_date, reminder_target, reminder_block FROM invoice"
                  " WHERE tenant = $1 AND number = $2 AND type = 'invoice'",
                  "tt", tenant, number);
}

enum db_result
reminder_store_block(struct db *db, const char *tenant, const char *number,
                     const char *was, const char *until, int64_t *changed)
{
    return db_exec(db, changed,
                   "UPDATE invoice SET reminder_block = $4 WHERE tenant = $1"
                   " AND number = $2 AND reminder_block = $3",
                   "tttt", tenant, number, was, until);
}
