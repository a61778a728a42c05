#include "billing/refund.h"

#include <string.h>

#include "base/id.h"
#include "base/json.h"
#include "billing/ledger.h"
#include "billing/payment_books.h"
#include "tenant/tenant.h"

int64_t
refund_left(const json_t *row, bool payment)
{
    int64_t left =
        payment ? row_int(row, "credit") : -row_int(row, "open_amount");

    return left > 0 ? left : 0;
}

bool
refund_take(const struct payment_sent *s, const json_t *row,
            struct refund *refund)
{
    const char *today = tenant_today(s->arena, s->tenant);
    const char *currency = row_text(row, "currency");
    const char *date = row_text(s->input, "date");
    const char *method = row_text(s->input, "method");

    refund->date = date && *date ? date : today;
    refund->method = method && *method ? method : "transfer";
    refund->reference = row_text(s->input, "reference");
    refund->amount = 0;
    if (payment_take_currency(s, currency)) {
        payment_take_amount(s, currency, &refund->amount);
    }
    if (strcmp(refund->date, today) > 0) {
        field_fail(s->errors, "date", ERR_date_future, 0);
    } else if (strcmp(refund->date, row_text(row, "date")) < 0) {
        field_fail(s->errors, "date",
                   refund->payment ? ERR_date_before : ERR_date_before_document,
                   0);
    }
    return s->errors->n == 0;
}

/* ---- paying back ---- */

struct paying {
    struct payment_change change;
    const struct refund *refund;
    struct refund_made *made;
};

static enum err
fault_of(const struct refund *f, const json_t *row, int64_t left)
{
    if (!f->payment && row_int(row, "gross") >= 0) {
        return ERR_not_refundable;
    }
    if (f->payment && strcmp(row_text(row, "status"), "recorded") != 0) {
        return ERR_payment_reversed;
    }
    return left == 0          ? ERR_refund_nothing
           : f->amount > left ? ERR_refund_beyond
                              : ERR_NONE;
}

/* The row as it stands in this transaction, and what is left of it. */
static enum db_result
find_left(struct db *db, const struct paying *p, json_t **row)
{
    const struct payment_change *c = &p->change;
    const struct refund *f = p->refund;
    enum db_result r =
        f->payment ? payment_by_id(db, c->arena, c->tenant, f->id, row)
                   : ledger_document_by_id(db, c->arena, c->tenant, f->id, row);

    if (r == DB_OK) {
        p->made->left = refund_left(*row, f->payment);
        p->made->why = fault_of(f, *row, p->made->left);
    }
    return r == DB_OK && p->made->why != ERR_NONE ? DB_CHECK : r;
}

static enum db_result
pay_in_transaction(struct db *db, void *data)
{
    struct paying *p = data;
    const struct refund *f = p->refund;
    json_t *row;
    struct payment_new new;
    enum db_result r = find_left(db, p, &row);

    if (r != DB_OK) {
        return r;
    }
    new = (struct payment_new){
        .customer = row_text(row, "customer_id"),
        .contract = row_text(row, "contract_id"),
        .invoice = f->payment ? NULL : f->id,
        .refunds = f->payment ? f->id : NULL,
        .currency = row_text(row, "currency"),
        .date = f->date,
        .method = f->method,
        .reference = f->reference,
        .amount = -(f->amount > 0 ? f->amount : p->made->left)};
    p->change.new = &new;
    r = payment_enter(db, &p->change);
    return r == DB_OK ? payment_note(db, &p->change, "payment.refunded",
                                     CALLBACK_payment_refunded)
                      : r;
}

enum db_result
refund_record(struct db *db, struct arena *a, const char *tenant,
              const struct actor *actor, const struct refund *refund,
              struct refund_made *made)
{
    struct paying p = {.change = {.arena = a,
                                  .tenant = tenant,
                                  .id = id_new(a, "pay"),
                                  .actor = actor},
                       .refund = refund,
                       .made = made};

    *made = (struct refund_made){.id = p.change.id};
    return db_transaction(db, true, pay_in_transaction, &p);
}
