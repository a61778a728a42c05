#include "billing/ledger_store.h"

#include <string.h>

#include "base/json.h"
#include "callback/callback.h"
#include "job/job.h"

enum { OPEN_AT_ONCE = 32, CREDITS_AT_ONCE = 32 };

/* ---- one settlement ---- */

/* The merchant is told of a document that is paid now. */
static enum db_result
tell_paid(const struct ledger *l, const char *document)
{
    json_t *row;
    enum db_result r =
        ledger_document_by_id(l->db, l->arena, l->tenant, document, &row);

    if (r != DB_OK || strcmp(row_text(row, "status"), "paid") != 0 ||
        strcmp(row_text(row, "type"), "invoice") != 0) {
        return r;
    }
    return callback_enqueue(
        l->db, l->arena, l->tenant, CALLBACK_invoice_paid, document,
        json_incref(field_output(l->arena, ledger_document_fields, row)),
        l->actor->request_id);
}

/* Both sides of it and its row; amount has the sign of the document, and the
 * opposite one undoes. Whoever was quicker leaves no room: then all of the
 * transaction is tried again. */
static enum db_result
settle(const struct ledger *l, const struct ledger_source *source,
       const char *document, int64_t amount)
{
    int64_t changed = 0, used = 0;
    enum db_result r = ledger_store_settle(l, document, amount, &changed);

    if (r == DB_OK) {
        r = source->payment
                ? ledger_store_use(l, source->id, amount, &used)
                : ledger_store_settle(l, source->id, -amount, &used);
    }
    if (r == DB_OK && (changed == 0 || used == 0)) {
        r = DB_BUSY;
    }
    if (r == DB_OK) {
        r = ledger_store_settlement(l, source, document, amount);
    }
    return r == DB_OK && amount > 0 ? tell_paid(l, document) : r;
}

enum db_result
ledger_refund(const struct ledger *l, const struct ledger_source *source)
{
    return settle(l, source, source->named, source->left);
}

enum db_result
ledger_pay_back(const struct ledger *l, const char *payment, const char *refund,
                int64_t amount)
{
    int64_t changed = 0, used = 0;
    enum db_result r = ledger_store_use(l, payment, amount, &changed);

    if (r == DB_OK) {
        r = ledger_store_use(l, refund, -amount, &used);
    }
    return r == DB_OK && (changed == 0 || used == 0) ? DB_BUSY : r;
}

/* ---- from one source to what is open ---- */

static enum db_result
spend_on(const struct ledger *l, struct ledger_source *source,
         const json_t *rows)
{
    size_t n = json_array_size(rows);
    int64_t *open = arena_alloc(l->arena, (n + 1) * sizeof *open);
    int64_t *parts = arena_alloc(l->arena, (n + 1) * sizeof *parts);
    enum db_result r = DB_OK;

    for (size_t i = 0; i < n; i++) {
        open[i] = row_int(json_array_get(rows, i), "open");
    }
    source->left = ledger_distribute(source->left, open, n, parts);
    for (size_t i = 0; i < n && parts[i] > 0 && r == DB_OK; i++) {
        r = settle(l, source, row_text(json_array_get(rows, i), "id"),
                   parts[i]);
    }
    return r;
}

static enum db_result
spend_on_named(const struct ledger *l, struct ledger_source *rest)
{
    json_t *rows;
    enum db_result r = ledger_store_open_named(l, rest, &rows);

    return r == DB_OK ? spend_on(l, rest, rows) : r;
}

/* On what is open of its contract, or of its customer. */
static enum db_result
spend_on_all(const struct ledger *l, struct ledger_source *rest,
             bool of_contract)
{
    size_t n = OPEN_AT_ONCE;
    const json_t *after = NULL;
    enum db_result r = DB_OK;
    json_t *rows;

    while (rest->left > 0 && n == OPEN_AT_ONCE && r == DB_OK) {
        r = ledger_store_open(l, rest, of_contract, after, OPEN_AT_ONCE, &rows);
        if (r == DB_OK) {
            n = json_array_size(rows);
            after = json_array_get(rows, n - 1);
            r = spend_on(l, rest, rows);
        }
    }
    return r;
}

/* The order in which it goes, as far as there is something left of it. */
static enum db_result
spend(const struct ledger *l, struct ledger_source *rest)
{
    enum db_result r = DB_OK;

    if (rest->named && rest->left > 0) {
        r = spend_on_named(l, rest);
    }
    if (r == DB_OK && rest->contract) {
        r = spend_on_all(l, rest, true);
    }
    return r == DB_OK ? spend_on_all(l, rest, false) : r;
}

enum db_result
ledger_spend(const struct ledger *l, const struct ledger_source *source)
{
    struct ledger_source rest = *source;

    return spend(l, &rest);
}

/* ---- what a customer has ---- */

/* *all: each was used up, so that there may be more to settle. */
static enum db_result
spend_each(const struct ledger *l, const struct ledger_source *whose,
           const json_t *rows, bool *all)
{
    enum db_result r = DB_OK;

    *all = true;
    for (size_t i = 0; i < json_array_size(rows) && *all && r == DB_OK; i++) {
        const json_t *row = json_array_get(rows, i);
        struct ledger_source rest = {strcmp(row_text(row, "kind"), "payment") ==
                                         0,
                                     row_text(row, "id"),
                                     whose->customer,
                                     row_text(row, "contract"),
                                     whose->currency,
                                     row_text(row, "invoice"),
                                     row_int(row, "rest")};

        r = spend(l, &rest);
        *all = rest.left == 0;
    }
    return r;
}

/* Where something is left of one, nothing is open that the next could settle:
 * what there is of a customer's credit is not read for that. */
enum db_result
ledger_settle(const struct ledger *l, const char *customer,
              const char *currency)
{
    const struct ledger_source whose = {.customer = customer,
                                        .currency = currency};
    size_t n = CREDITS_AT_ONCE;
    const json_t *after = NULL;
    bool all = true;
    enum db_result r = DB_OK;
    json_t *rows;

    while (all && n == CREDITS_AT_ONCE && r == DB_OK) {
        r = ledger_store_credit(l, customer, currency, after, CREDITS_AT_ONCE,
                                &rows);
        if (r == DB_OK) {
            n = json_array_size(rows);
            after = json_array_get(rows, n - 1);
            r = spend_each(l, &whose, rows, &all);
        }
    }
    return r;
}

/* ---- documents ---- */

static int64_t
open_of(const json_t *document)
{
    return row_int(document, "gross") - row_int(document, "settled");
}

static enum db_result
add_document(const struct ledger *l, const json_t *row)
{
    struct ledger_entry entry = {.id = row_text(row, "id"),
                                 .customer = row_text(row, "customer"),
                                 .contract = row_text(row, "contract"),
                                 .currency = row_text(row, "currency"),
                                 .date = row_text(row, "date"),
                                 .kind = row_text(row, "type"),
                                 .amount = row_int(row, "gross"),
                                 .document = row_text(row, "id")};

    return ledger_add(l, &entry);
}

/* A credit note is taken back: what it has left goes there first. */
static enum db_result
spend_taken_back(const struct ledger *l, const json_t *row)
{
    json_t *note;
    enum db_result r =
        ledger_store_document(l, row_text(row, "corrects"), &note);
    struct ledger_source source;

    if (r != DB_OK || open_of(note) >= 0) {
        return r;
    }
    source = (struct ledger_source){false,
                                    row_text(note, "id"),
                                    row_text(note, "customer"),
                                    row_text(note, "contract"),
                                    row_text(note, "currency"),
                                    row_text(row, "id"),
                                    -open_of(note)};
    return ledger_spend(l, &source);
}

enum db_result
ledger_issue(const struct ledger *l, const char *document)
{
    json_t *row;
    enum db_result r = ledger_store_document(l, document, &row);

    if (r == DB_OK) {
        r = add_document(l, row);
    }
    if (r != DB_OK || row_int(row, "gross") == 0) {
        return r;
    }
    if (row_int(row, "gross") < 0) {
        struct ledger_source source = {false,
                                       document,
                                       row_text(row, "customer"),
                                       row_text(row, "contract"),
                                       row_text(row, "currency"),
                                       row_text(row, "corrects"),
                                       -row_int(row, "gross")};

        return ledger_spend(l, &source);
    }
    if (row_text(row, "corrects")) {
        r = spend_taken_back(l, row);
    }
    return r == DB_OK ? ledger_settle(l, row_text(row, "customer"),
                                      row_text(row, "currency"))
                      : r;
}

enum db_result
ledger_settle_later(const struct ledger *l)
{
    json_t *nothing = json_in_arena(l->arena, json_object());

    return job_enqueue(l->db, l->arena, l->tenant, l->actor, "settle_credits",
                       nothing, &(const char *){NULL});
}

/* ---- going back ---- */

/* Whose credit it is: settle() needs no more of a source. */
static struct ledger_source
credit_of(const char *id)
{
    return (struct ledger_source){.id = id};
}

/* What a correction of it has left goes to it. */
static enum db_result
take_own(const struct ledger *l, const json_t *document, int64_t *open)
{
    json_t *rows, *row;
    size_t i;
    enum db_result r = ledger_store_own(l, row_text(document, "id"), &rows);

    if (r != DB_OK) {
        return r;
    }
    json_array_foreach(rows, i, row)
    {
        struct ledger_source source = credit_of(row_text(row, "id"));
        int64_t part = 0;

        *open = ledger_distribute(*open, &(int64_t){row_int(row, "rest")}, 1,
                                  &part);
        if (part > 0 && r == DB_OK) {
            r = settle(l, &source, row_text(document, "id"), part);
        }
    }
    return r;
}

static enum db_result pull_back(const struct ledger *l, const char *document);

/* One settlement of a correction comes home; what it had settled is open then,
 * and looks for corrections of its own. */
static enum db_result
bring_home(const struct ledger *l, const json_t *row, const char *document,
           int64_t part)
{
    struct ledger_source source = credit_of(row_text(row, "credit"));
    const char *other = row_text(row, "invoice");
    enum db_result r = settle(l, &source, other, -part);

    if (r == DB_OK) {
        r = settle(l, &source, document, part);
    }
    return r == DB_OK ? pull_back(l, other) : r;
}

/*
 * A document is open again: its corrections belong to it first, even what they
 * have settled elsewhere meanwhile. This ends, as what came home stays.
 */
static enum db_result
pull_back(const struct ledger *l, const char *document)
{
    json_t *row, *rows = NULL;
    int64_t open = 0, part = 0;
    size_t i;
    enum db_result r = ledger_store_document(l, document, &row);

    if (r == DB_OK) {
        open = open_of(row);
        r = open > 0 ? take_own(l, row, &open) : DB_OK;
    }
    if (r != DB_OK || open <= 0) {
        return r;
    }
    r = ledger_store_elsewhere(l, document, &rows);
    json_array_foreach(rows, i, row)
    {
        open = ledger_distribute(open, &(int64_t){row_int(row, "amount")}, 1,
                                 &part);
        if (part > 0 && r == DB_OK) {
            r = bring_home(l, row, document, part);
        }
    }
    return r;
}

enum db_result
ledger_release(const struct ledger *l, const json_t *payment)
{
    struct ledger_source source = {.payment = true,
                                   .id = row_text(payment, "id")};
    json_t *rows, *row;
    size_t i;
    enum db_result r = ledger_store_settled_by(l, true, source.id, &rows);

    if (r != DB_OK) {
        return r;
    }
    json_array_foreach(rows, i, row)
    {
        if (r == DB_OK) {
            r = settle(l, &source, row_text(row, "invoice"),
                       -row_int(row, "amount"));
        }
    }
    json_array_foreach(rows, i, row)
    {
        if (r == DB_OK) {
            r = pull_back(l, row_text(row, "invoice"));
        }
    }
    return r;
}
