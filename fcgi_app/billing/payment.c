#include "billing/payment_store.h"

#include <string.h>

#include "base/id.h"
#include "base/json.h"
#include "base/text.h"
#include "contract/contract.h"
#include "customer/customer.h"
#include "tenant/tenant.h"

/* ---- what was sent ---- */

/* What it is for: the rows that were named, or follow from one that was. */
struct payee {
    json_t *customer, *contract, *invoice;
};

/* A record by the name in a field; found: DB_OK with NULL in *row when none was
 * named, or with an error at the field when there is none of that name. */
typedef enum db_result look_up(struct db *db, struct arena *a,
                               const char *tenant, const char *name,
                               json_t **row);

static enum db_result
find(struct db *db, const struct payment_sent *s, const char *field,
     look_up *by_name, enum err unknown, json_t **row)
{
    const char *name = row_text(s->input, field);
    enum db_result r;

    *row = NULL;
    if (strcmp(field, "invoice") == 0 && s->invoice) {
        name = s->invoice;
    }
    if (!name || !*name) {
        return DB_OK;
    }
    r = by_name(db, s->arena, s->tenant->id, name, row);
    if (r == DB_NONE) {
        *row = NULL;
        field_fail(s->errors, field, unknown, 0);
        r = DB_OK;
    }
    return r;
}

/* The customer that invoice or contract belong to, where none was named. */
static enum db_result
find_customer(struct db *db, const struct payment_sent *s, struct payee *p)
{
    const char *id = p->invoice    ? row_text(p->invoice, "customer_id")
                     : p->contract ? row_text(p->contract, "customer")
                                   : NULL;

    return !p->customer && id
               ? customer_by_id(db, s->arena, s->tenant->id, id, &p->customer)
               : DB_OK;
}

/* Contract and invoice are the customer's, and the invoice the contract's. */
static void
check_payee(const struct payment_sent *s, const struct payee *p)
{
    const char *customer = row_text(p->customer, "id");
    const char *of = row_text(p->invoice, "contract_id");

    if (p->contract && strcmp(row_text(p->contract, "customer"), customer)) {
        field_fail(s->errors, "contract", ERR_not_of_customer, 0);
    }
    if (!p->invoice) {
        return;
    }
    if (row_int(p->invoice, "gross") <= 0) {
        field_fail(s->errors, "invoice", ERR_not_payable, 0);
    } else if (strcmp(row_text(p->invoice, "customer_id"), customer) != 0 ||
               (p->contract &&
                strcmp(row_text(p->contract, "id"), of ? of : "") != 0)) {
        field_fail(s->errors, "invoice", ERR_not_of_customer, 0);
    }
}

static enum db_result
find_payee(struct db *db, const struct payment_sent *s, struct payee *p)
{
    enum db_result r = find(db, s, "customer", customer_by_number,
                            ERR_unknown_customer, &p->customer);

    if (r == DB_OK) {
        r = find(db, s, "contract", contract_by_ref, ERR_unknown_contract,
                 &p->contract);
    }
    if (r == DB_OK) {
        r = find(db, s, "invoice", ledger_document_by_number,
                 ERR_unknown_invoice, &p->invoice);
    }
    if (r == DB_OK && s->errors->n == 0) {
        r = find_customer(db, s, p);
    }
    if (r == DB_OK && !p->customer && s->errors->n == 0) {
        field_fail(s->errors, "customer", ERR_payee_missing, 0);
    }
    if (r == DB_OK && p->customer) {
        check_payee(s, p);
    }
    return r;
}

/* ---- the amount ---- */

/* Where that is said: forms have it beside the amount, JSON inside. */
static bool
currency_inside(const struct payment_sent *s)
{
    return json_object_get(json_object_get(s->input, "amount"), "currency");
}

static const char *
named_currency(const struct payment_sent *s)
{
    return currency_inside(s)
               ? row_text(json_object_get(s->input, "amount"), "currency")
               : row_text(s->input, "currency");
}

static void
refuse_currency(const struct payment_sent *s, enum err code, const char *word)
{
    field_fail_word(s->errors,
                    currency_inside(s) ? "amount/currency" : "currency", code,
                    0, word);
}

bool
payment_take_currency(const struct payment_sent *s, const char *currency)
{
    const char *named = named_currency(s);

    if (named && !text_currency_ok(named)) {
        refuse_currency(s, ERR_value_currency, NULL);
    } else if (named && currency && strcmp(named, currency) != 0) {
        refuse_currency(s, ERR_other_currency, named);
    } else {
        return true;
    }
    return false;
}

/* Of a customer alone, what was named, if they are billed in it. */
static enum db_result
find_currency(struct db *db, const struct payment_sent *s,
              const struct payee *p, const char **currency)
{
    const char *named = named_currency(s);
    json_t *row;
    enum db_result r;
    const json_t *of = p->invoice ? p->invoice : p->contract;

    *currency = of ? row_text(of, "currency") : named;
    if (!payment_take_currency(s, *currency) || of || !named) {
        return DB_OK;
    }
    r = payment_store_currency(db, s->arena, s->tenant->id,
                               row_text(p->customer, "id"), named, &row);
    if (r == DB_NONE) {
        refuse_currency(s, ERR_other_currency, named);
        r = DB_OK;
    }
    return r;
}

void
payment_take_amount(const struct payment_sent *s, const char *currency,
                    int64_t *amount)
{
    const json_t *typed = json_object_get(s->input, "amount");
    const char *named = named_currency(s);

    if (!typed) {
        return; /* missing, as its row says */
    }
    if (!currency) {
        field_fail(s->errors, "currency", ERR_value_missing, 0);
    } else if (named && strcmp(named, currency) != 0) {
        return; /* as payment_take_currency() says */
    } else if (!field_money(typed, currency, amount)) {
        field_fail(s->errors, "amount", ERR_value_decimal, 0);
    } else if (*amount <= 0) {
        field_fail(s->errors, "amount", ERR_amount_positive, 0);
    } else if (*amount > LEDGER_AMOUNT_MAX) {
        field_fail_word(s->errors, "amount", ERR_value_range, 0,
                        text_amount(s->arena, LEDGER_AMOUNT_MAX, currency));
    }
}

static const char *
or_else(const char *text, const char *otherwise)
{
    return text && *text ? text : otherwise;
}

enum db_result
payment_take(struct db *db, const struct payment_sent *s,
             struct payment_new *new)
{
    const char *today = tenant_today(s->arena, s->tenant);
    struct payee p = {0};
    enum db_result r = find_payee(db, s, &p);

    *new = (struct payment_new){
        .date = or_else(row_text(s->input, "date"), today),
        .method = or_else(row_text(s->input, "method"), "transfer"),
        .reference = row_text(s->input, "reference"),
        .external_id = row_text(s->input, "external_id")};
    if (r == DB_OK && p.customer) {
        r = find_currency(db, s, &p, &new->currency);
        payment_take_amount(s, new->currency, &new->amount);
        new->customer = row_text(p.customer, "id");
        new->invoice = row_text(p.invoice, "id");
        new->contract = p.contract ? row_text(p.contract, "id")
                                   : row_text(p.invoice, "contract_id");
    }
    if (strcmp(new->date, today) > 0) {
        field_fail(s->errors, "date", ERR_date_future, 0);
    }
    return r == DB_OK && s->errors->n > 0 ? DB_CHECK : r;
}

/* ---- reversing ---- */

bool
payment_take_reversal(struct arena *a, const struct tenant *tenant,
                      const json_t *row, const json_t *input,
                      struct field_errors *errors,
                      struct payment_reversal *reversal)
{
    const char *today = tenant_today(a, tenant);

    reversal->date = or_else(row_text(input, "date"), today);
    reversal->reason = or_else(row_text(input, "reason"), "");
    if (strcmp(reversal->date, today) > 0) {
        field_fail(errors, "date", ERR_date_future, 0);
    } else if (strcmp(reversal->date, row_text(row, "date")) < 0) {
        field_fail(errors, "date", ERR_date_before, 0);
    }
    return errors->n == 0;
}
