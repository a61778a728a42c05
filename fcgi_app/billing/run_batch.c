#include "billing/run_batch.h"

#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "billing/ledger.h"
#include "callback/callback.h"
#include "customer/customer.h"

enum {
    LINES_MAX = 4000, /* of a batch: what it holds in memory */
    NUMBER_TRIES = 10000,
};

/* ---- reading ---- */

/* How many of the bills fit into a batch: one at least. */
static size_t
cut(const struct run_bill *bills, size_t most)
{
    int64_t lines = 0;
    size_t n = 0;

    while (n < most) {
        lines += bills[n].lines_max;
        if (n > 0 && lines > LINES_MAX) {
            break;
        }
        n++;
    }
    return n;
}

/* Whether there is something of that name to be read of a contract. */
static bool
has(const json_t *contract, const char *count)
{
    return row_int(contract, count) > 0;
}

static enum db_result
read_lines(struct db *db, struct run_batch *b, const struct run_place *place,
           struct run_rows *rows)
{
    struct db_bulk *items = db_bulk(b->arena, "n:i tenant:t contract:t");
    struct db_bulk *services =
        db_bulk(b->arena, "n:i tenant:t contract:t date:t");
    json_t *found_items, *found_services;
    enum db_result r;

    for (size_t i = 0; i < b->n; i++) {
        const json_t *c = b->bills[i].contract;

        if (b->bills[i].lines_max > RUN_LINES_MAX) {
            continue; /* fails, however many they are */
        }
        if (has(c, "n_items") && !place->rest) {
            db_bulk_add(items, (int64_t)i, place->tenant, row_text(c, "id"));
        }
        if (has(c, "n_services")) {
            db_bulk_add(services, (int64_t)i, place->tenant, row_text(c, "id"),
                        place->date);
        }
    }
    r = run_store_items(db, b->arena, items, &found_items);
    if (r == DB_OK) {
        r = run_store_services(db, b->arena, services, &found_services);
    }
    *rows = (struct run_rows){found_items, found_services, 0, 0};
    return r;
}

static void
count(struct run_batch *b, const struct run_bill *bill)
{
    b->failures += bill->failure != NULL;
    b->invoices += !bill->failure && bill->n_lines > 0;
}

enum db_result
run_batch_read(struct db *db, struct run_batch *b,
               const struct run_place *place, int limit, const json_t **last)
{
    struct run_rows rows;
    json_t *due, *row;
    size_t n;
    enum db_result r = run_store_due(db, b->arena, place, limit, &due);

    *last = NULL;
    b->n = b->invoices = b->failures = 0;
    if (r != DB_OK || json_array_size(due) == 0) {
        return r;
    }
    b->bills = arena_alloc(b->arena, json_array_size(due) * sizeof *b->bills);
    json_array_foreach(due, n, row)
    {
        b->bills[n] = run_bill_of(b->arena, &b->terms, row);
    }
    b->n = cut(b->bills, n);
    *last = json_array_get(due, b->n - 1);
    r = read_lines(db, b, place, &rows);
    for (size_t i = 0; i < b->n && r == DB_OK; i++) {
        run_bill(&b->bills[i], (int64_t)i, &rows);
        count(b, &b->bills[i]);
    }
    return r;
}

/* ---- numbers ---- */

static bool
is_written(const struct run_bill *bill, const char *type)
{
    return !bill->failure && bill->n_lines > 0 && strcmp(bill->type, type) == 0;
}

/* A number that somebody has written into the database by hand is passed over,
 * where a contract is tried by itself. */
static enum db_result
number_alone(struct db *db, struct run_batch *b, enum series series,
             const char **number)
{
    const char *tenant = b->terms.tenant->id;
    enum db_result r = DB_OK;
    json_t *row;

    for (int i = 0; i < NUMBER_TRIES && r == DB_OK; i++) {
        r = series_next(db, b->arena, tenant, series, number);
        if (r == DB_OK) {
            r = run_store_has_number(db, b->arena, tenant, *number, &row);
        }
    }
    return r == DB_NONE ? DB_OK : r == DB_OK ? DB_UNIQUE : r;
}

static enum db_result
number_type(struct db *db, struct run_batch *b, const char *type,
            enum series series)
{
    struct series_block block;
    enum db_result r = DB_OK;
    int64_t n = 0;

    for (size_t i = 0; i < b->n; i++) {
        n += is_written(&b->bills[i], type);
    }
    if (n > 0 && !b->alone) {
        r = series_take(db, b->arena, b->terms.tenant->id, series, n, &block);
    }
    for (size_t i = 0; i < b->n && n > 0 && r == DB_OK; i++) {
        struct run_bill *bill = &b->bills[i];

        if (!is_written(bill, type)) {
            continue;
        }
        bill->id = id_new(b->arena, "inv");
        if (b->alone) {
            r = number_alone(db, b, series, &bill->number);
        } else {
            bill->number = series_number(b->arena, &block);
        }
    }
    return r;
}

/* ---- what is written ---- */

static void
add_invoice(const struct run_batch *b, const struct run_bill *bill,
            struct run_writes *w)
{
    struct arena *a = b->arena;
    const json_t *c = bill->contract;
    const char *mode = row_text(c, "delivery_mode");
    const char *tenant = b->terms.tenant->id;
    int64_t gross = bill->sums.net + bill->sums.vat;
    bool mailed = strcmp(mode, "email") == 0, test = b->actor->test;

    db_bulk_add(w->invoices, tenant, bill->id, bill->number, bill->type,
                row_text(c, "customer"), row_text(c, "id"),
                row_text(c, "customer_number"), invoice_recipient(a, c),
                bill->language, b->terms.date, bill->due, bill->from, bill->to,
                row_text(c, "currency"), bill->sums.net, bill->sums.vat, gross,
                mode, gross == 0 ? "paid" : "open", clock_now(), b->run,
                !mailed ? "none"
                : test  ? "suppressed"
                        : "waiting",
                mailed && test ? N_("a key of test mode") : "",
                invoice_buyer(a, c), b->terms.seller, bill->billed_from,
                bill->billed_to);
    for (size_t i = 0; i < bill->n_lines; i++) {
        const struct invoice_line_new *line = &bill->lines[i];

        db_bulk_add(w->lines, tenant, bill->id, (int64_t)i + 1,
                    line->description, line->quantity, line->unit_price,
                    (int64_t)line->vat_rate, bill->nets[i], line->service,
                    line->performed, bill->periods[i].from,
                    bill->periods[i].to);
        if (line->service) {
            db_bulk_add(w->services, tenant, line->service, bill->id);
        }
    }
}

static const char *
lines_text(struct arena *a, const struct run_bill *bill)
{
    json_t *lines = json_in_arena(a, json_array());

    for (size_t i = 0; i < bill->n_lines; i++) {
        const struct invoice_line_new *line = &bill->lines[i];

        json_array_append_new(
            lines,
            json_pack("{s:s, s:I, s:I, s:i, s:I, s:s?, s:s?}", "description",
                      line->description, "quantity", (json_int_t)line->quantity,
                      "unit_price", (json_int_t)line->unit_price, "vat_rate",
                      line->vat_rate, "net", (json_int_t)bill->nets[i],
                      "service", line->service, "performed", line->performed));
    }
    return json_text(a, lines, JSON_COMPACT);
}

static void
add_preview(const struct run_batch *b, const struct run_bill *bill,
            int64_t position, struct run_writes *w)
{
    const json_t *c = bill->contract;

    db_bulk_add(w->previews, b->terms.tenant->id, b->run, position, bill->type,
                row_text(c, "ref"), row_text(c, "customer_number"), bill->from,
                bill->to, bill->due, row_text(c, "currency"), bill->sums.net,
                bill->sums.vat, bill->sums.net + bill->sums.vat,
                lines_text(b->arena, bill));
}

struct sum {
    const char *currency;
    int64_t invoices, net, vat;
};

static struct sum *
sum_of(struct sum *sums, size_t *n, const char *currency)
{
    for (size_t i = 0; i < *n; i++) {
        if (strcmp(sums[i].currency, currency) == 0) {
            return &sums[i];
        }
    }
    sums[*n].currency = currency;
    return &sums[(*n)++];
}

static void
add_sums(const struct run_batch *b, struct run_writes *w)
{
    struct sum *sums = arena_alloc(b->arena, (b->n + 1) * sizeof *sums);
    size_t n = 0;

    for (size_t i = 0; i < b->n; i++) {
        const struct run_bill *bill = &b->bills[i];

        if (!bill->failure && bill->n_lines > 0) {
            struct sum *s =
                sum_of(sums, &n, row_text(bill->contract, "currency"));

            s->invoices++;
            s->net += bill->sums.net;
            s->vat += bill->sums.vat;
        }
    }
    for (size_t i = 0; i < n; i++) {
        db_bulk_add(w->sums, b->terms.tenant->id, b->run, sums[i].currency,
                    sums[i].invoices, sums[i].net, sums[i].vat,
                    sums[i].net + sums[i].vat);
    }
}

static void
add_bill(const struct run_batch *b, const struct run_bill *bill,
         int64_t position, struct run_writes *w)
{
    const json_t *c = bill->contract;
    const char *tenant = b->terms.tenant->id;

    if (bill->failure) {
        db_bulk_add(w->failures, tenant, b->run, position, row_text(c, "ref"),
                    row_text(c, "customer_number"), bill->failure);
        return;
    }
    if (bill->n_lines > 0 && b->dry_run) {
        add_preview(b, bill, position, w);
    } else if (bill->n_lines > 0) {
        add_invoice(b, bill, w);
    }
    if (bill->moves && !b->dry_run) {
        db_bulk_add(w->contracts, tenant, row_text(c, "id"),
                    row_text(c, "next_billing"), bill->ends ? NULL : bill->next,
                    bill->until[0] ? bill->until : NULL);
    }
}

/* ---- the ledger ---- */

/* What the batch wrote is owed from now on. */
static enum db_result
owe(struct db *db, const struct run_batch *b)
{
    struct ledger ledger = {db, b->arena, b->terms.tenant->id, b->actor};
    struct ledger_entry *entries =
        arena_alloc(b->arena, (b->n + 1) * sizeof *entries);
    size_t n = 0;

    for (size_t i = 0; i < b->n; i++) {
        const struct run_bill *bill = &b->bills[i];
        const json_t *c = bill->contract;

        if (bill->id) {
            entries[n++] =
                (struct ledger_entry){.id = bill->id,
                                      .customer = row_text(c, "customer"),
                                      .contract = row_text(c, "id"),
                                      .currency = row_text(c, "currency"),
                                      .date = b->terms.date,
                                      .kind = bill->type,
                                      .amount = bill->sums.net + bill->sums.vat,
                                      .document = bill->id};
        }
    }
    return ledger_add_all(&ledger, entries, n);
}

/* ---- telling ---- */

static enum db_result
write_trail(struct db *db, const struct run_batch *b)
{
    struct audit *rows = arena_alloc(b->arena, (b->n + 1) * sizeof *rows);
    size_t n = 0;

    for (size_t i = 0; i < b->n; i++) {
        const struct run_bill *bill = &b->bills[i];

        if (bill->id) {
            bool invoice = strcmp(bill->type, "invoice") == 0;

            rows[n++] = (struct audit){
                b->actor, row_text(bill->contract, "customer"),
                invoice ? "invoice.created" : "credit_note.created", bill->id,
                b->run};
        }
    }
    return audit_write_many(db, b->arena, b->terms.tenant->id, rows, n, NULL);
}

static json_t *
event_of(const struct run_batch *b, const struct run_bill *bill)
{
    const json_t *c = bill->contract;
    json_t *row = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:s, s:s}",
        "number", bill->number, "type", bill->type, "customer",
        row_text(c, "customer_number"), "contract", row_text(c, "ref"),
        "period_from", bill->from, "period_to", bill->to, "due", bill->due,
        "currency", row_text(c, "currency"), "net", (json_int_t)bill->sums.net,
        "vat", (json_int_t)bill->sums.vat, "gross",
        (json_int_t)(bill->sums.net + bill->sums.vat), "run", b->run, "date",
        b->terms.date);

    return field_output(b->arena, invoice_run_event_fields,
                        json_in_arena(b->arena, row));
}

struct documents {
    const struct run_batch *batch;
    const struct run_bill **bills;
};

static struct callback_told
tell_document(const void *of, size_t i)
{
    const struct documents *d = of;

    return (struct callback_told){d->bills[i]->id,
                                  event_of(d->batch, d->bills[i])};
}

/* Documents of one type, by the callback that tells of it. */
static enum db_result
tell_type(struct db *db, const struct run_batch *b, const char *type,
          enum callback_type callback)
{
    struct documents of = {
        b, arena_alloc(b->arena, (b->n + 1) * sizeof *of.bills)};
    struct callback_batch told = {callback, 0, tell_document, &of,
                                  b->actor->request_id};

    for (size_t i = 0; i < b->n; i++) {
        if (b->bills[i].id && strcmp(b->bills[i].type, type) == 0) {
            of.bills[told.n++] = &b->bills[i];
        }
    }
    return told.n > 0
               ? callback_enqueue_many(db, b->arena, b->terms.tenant->id, &told)
               : DB_OK;
}

static enum db_result
tell(struct db *db, const struct run_batch *b)
{
    enum db_result r = tell_type(db, b, "invoice", CALLBACK_invoice_created);

    return r == DB_OK
               ? tell_type(db, b, "credit_note", CALLBACK_credit_note_created)
               : r;
}

enum db_result
run_batch_write(struct db *db, struct run_batch *b)
{
    struct run_writes w = run_store_writes(b->arena);
    enum db_result r = DB_OK;

    if (!b->dry_run) {
        r = number_type(db, b, "invoice", SERIES_INVOICE);
    }
    if (r == DB_OK && !b->dry_run) {
        r = number_type(db, b, "credit_note", SERIES_CREDIT_NOTE);
    }
    if (r != DB_OK) {
        return r;
    }
    for (size_t i = 0; i < b->n; i++) {
        add_bill(b, &b->bills[i], b->position + (int64_t)i, &w);
    }
    add_sums(b, &w);
    r = run_store_write(db, &w);
    if (r == DB_OK) {
        r = owe(db, b);
    }
    if (r == DB_OK) {
        r = write_trail(db, b);
    }
    return r == DB_OK && !b->dry_run ? tell(db, b) : r;
}
