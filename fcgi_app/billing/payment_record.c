/* Payments as they are recorded, and reversed. */
#include <string.h>

#include "base/id.h"
#include "base/json.h"
#include "billing/payment_books.h"
#include "billing/payment_store.h"
#include "callback/callback.h"

/* ---- recording ---- */

static struct ledger
books(struct db *db, const struct payment_change *c)
{
    return (struct ledger){db, c->arena, c->tenant, c->actor};
}

enum db_result
payment_note(struct db *db, const struct payment_change *c, const char *action,
             enum callback_type type)
{
    json_t *after;
    enum db_result r = payment_by_id(db, c->arena, c->tenant, c->id, &after);
    struct audit row = {c->actor, row_text(after, "customer_id"), action, c->id,
                        ""};

    if (r == DB_OK) {
        r = audit_write_change(db, c->arena, c->tenant, &row, payment_fields,
                               c->row, after);
    }
    return r == DB_OK
               ? callback_enqueue(
                     db, c->arena, c->tenant, type, c->id,
                     json_incref(field_output(c->arena, payment_fields, after)),
                     c->actor->request_id)
               : r;
}

static enum db_result
enter(const struct ledger *l, const struct payment_change *c)
{
    const struct payment_new *n = c->new;
    struct ledger_entry entry = {.id = c->id,
                                 .customer = n->customer,
                                 .contract = n->contract,
                                 .currency = n->currency,
                                 .date = n->date,
                                 .kind = n->amount < 0 ? "refund" : "payment",
                                 .amount = -n->amount,
                                 .payment = c->id};

    return ledger_add(l, &entry);
}

/* What came in settles what it can; what goes out, what it was left of. */
static enum db_result
distribute(const struct ledger *l, const struct payment_change *c)
{
    const struct payment_new *n = c->new;
    struct ledger_source source = {true,        c->id,       n->customer,
                                   n->contract, n->currency, n->invoice,
                                   n->amount};

    if (n->refunds) {
        return ledger_pay_back(l, n->refunds, c->id, -n->amount);
    }
    return n->amount < 0 ? ledger_refund(l, &source) : ledger_spend(l, &source);
}

enum db_result
payment_enter(struct db *db, const struct payment_change *c)
{
    struct ledger l = books(db, c);
    enum db_result r = payment_store_insert(&l, c->id, c->new);

    if (r == DB_OK) {
        r = enter(&l, c);
    }
    return r == DB_OK ? distribute(&l, c) : r;
}

static enum db_result
record_in_transaction(struct db *db, void *data)
{
    const struct payment_change *c = data;
    enum db_result r = payment_enter(db, c);

    return r == DB_OK ? payment_note(db, c, "payment.recorded",
                                     CALLBACK_payment_recorded)
                      : r;
}

enum db_result
payment_record(struct db *db, struct arena *a, const char *tenant,
               const struct actor *actor, const struct payment_new *new,
               const char **id)
{
    struct payment_change c = {.arena = a,
                               .tenant = tenant,
                               .id = id_new(a, "pay"),
                               .actor = actor,
                               .new = new};

    *id = c.id;
    return db_transaction(db, true, record_in_transaction, &c);
}

/* ---- reversing ---- */

static enum db_result
enter_reversal(const struct ledger *l, const struct payment_change *c)
{
    struct ledger_entry entry = {.id = arena_printf(c->arena, "%s.end", c->id),
                                 .customer = row_text(c->row, "customer_id"),
                                 .contract = row_text(c->row, "contract_id"),
                                 .currency = row_text(c->row, "currency"),
                                 .date = c->reversal->date,
                                 .kind = "reversal",
                                 .amount = row_int(c->row, "amount"),
                                 .payment = c->id,
                                 .note = c->reversal->reason};

    return ledger_add(l, &entry);
}

/* What it settled is open, and what it paid back is left, again. */
static enum db_result
undo(const struct ledger *l, const json_t *row)
{
    const char *refunds = row_text(row, "refunds");

    return refunds[0] ? ledger_pay_back(l, refunds, row_text(row, "id"),
                                        row_int(row, "amount"))
                      : ledger_release(l, row);
}

/* What was paid back of it, or of a correction of what it had paid, was its
 * money: the books could not tell any more whose it is. */
static enum db_result
check_kept(const struct ledger *l, const json_t *row)
{
    json_t *found;
    enum db_result r = payment_store_void_open(
        l, row_text(row, "customer_id"), row_text(row, "currency"), &found);

    return r == DB_NONE ? DB_OK : r == DB_OK ? DB_CHECK : r;
}

static enum db_result
reverse(const struct ledger *l, const struct payment_change *c)
{
    int64_t changed = 0;
    enum db_result r = undo(l, c->row);

    if (r == DB_OK) {
        r = check_kept(l, c->row);
    }
    if (r == DB_OK) {
        r = payment_store_reverse(l, c->id, c->reversal, &changed);
    }
    if (r == DB_OK && changed == 0) {
        return DB_BUSY;
    }
    if (r == DB_OK) {
        r = enter_reversal(l, c);
    }
    return r == DB_OK ? ledger_settle(l, row_text(c->row, "customer_id"),
                                      row_text(c->row, "currency"))
                      : r;
}

static enum db_result
reverse_in_transaction(struct db *db, void *data)
{
    struct payment_change *c = data;
    struct ledger l = books(db, c);
    json_t *row;
    enum db_result r = payment_by_id(db, c->arena, c->tenant, c->id, &row);

    if (r == DB_OK && strcmp(row_text(row, "status"), "recorded") != 0) {
        return DB_NONE;
    }
    if (r == DB_OK && row_int(row, "refunded") > 0) {
        return DB_CHECK;
    }
    if (r == DB_OK) {
        c->row = row;
        r = reverse(&l, c);
    }
    return r == DB_OK ? payment_note(db, c, "payment.reversed",
                                     CALLBACK_payment_reversed)
                      : r;
}

enum db_result
payment_reverse(struct db *db, struct arena *a, const char *tenant,
                const struct actor *actor, const json_t *row,
                const struct payment_reversal *reversal)
{
    struct payment_change c = {.arena = a,
                               .tenant = tenant,
                               .id = row_text(row, "id"),
                               .actor = actor,
                               .reversal = reversal};

    return db_transaction(db, true, reverse_in_transaction, &c);
}
