#include "billing/credit.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "billing/correction.h"
#include "billing/credit_store.h"
#include "billing/ledger.h"
#include "billing/rebill.h"
#include "callback/callback.h"
#include "contract/contract.h"
#include "customer/customer.h"

/* ---- what was sent ---- */

static const char *
sent_text(const struct credit_sent *s, const char *name)
{
    const char *text = row_text(s->input, name);

    return text && *text ? text : NULL;
}

static void
take_line(const json_t *in, struct credit_line *line)
{
    const json_t *quantity = json_object_get(in, "quantity");

    *line = (struct credit_line){
        .description = row_text(in, "description"),
        .quantity = quantity ? json_integer_value(quantity) : 1000000,
        .unit_price = row_int(in, "unit_price"),
        .vat_rate = (int)row_int(in, "vat_rate")};
}

static size_t
take_lines(const struct credit_sent *s, struct credit_line *lines)
{
    const json_t *list = json_object_get(s->input, "lines");
    size_t n = json_array_size(list);

    for (size_t i = 0; i < n && i < CREDIT_LINES; i++) {
        take_line(json_array_get(list, i), &lines[i]);
    }
    return n;
}

static void
check_sum(const struct credit_sent *s, const struct credit_line *lines,
          size_t n, const char *currency)
{
    int64_t net = 0;

    for (size_t i = 0; i < n; i++) {
        int64_t one =
            contract_line_net(lines[i].quantity, lines[i].unit_price, currency);

        net += one;
        if (one > LEDGER_AMOUNT_MAX || net > LEDGER_AMOUNT_MAX) {
            field_fail_word(s->errors, "lines", ERR_value_range, 0,
                            text_amount(s->arena, LEDGER_AMOUNT_MAX, currency));
            return;
        }
    }
    if (n > 0 && net == 0) {
        field_fail(s->errors, "lines", ERR_amount_positive, 0);
    }
}

static enum db_result
find_contract(struct db *db, const struct credit_sent *s, json_t **contract)
{
    const char *ref = sent_text(s, "contract");
    enum db_result r;

    *contract = NULL;
    if (!ref) {
        return DB_OK;
    }
    r = contract_by_ref(db, s->arena, s->tenant->id, ref, contract);
    if (r == DB_NONE) {
        *contract = NULL;
        field_fail(s->errors, "contract", ERR_unknown_contract, 0);
        r = DB_OK;
    }
    return r;
}

/* The one that is named, else the contract's. */
static enum db_result
find_customer(struct db *db, const struct credit_sent *s,
              const json_t *contract, json_t **customer)
{
    const char *number = sent_text(s, "customer");
    enum db_result r = DB_OK;

    *customer = NULL;
    if (number) {
        r = customer_by_number(db, s->arena, s->tenant->id, number, customer);
    } else if (contract) {
        r = customer_by_id(db, s->arena, s->tenant->id,
                           row_text(contract, "customer"), customer);
    } else if (!sent_text(s, "contract")) {
        field_fail(s->errors, "customer", ERR_value_missing, 0);
    }
    if (r == DB_NONE) {
        *customer = NULL;
        field_fail(s->errors, "customer", ERR_unknown_customer, 0);
        r = DB_OK;
    }
    if (*customer && contract &&
        strcmp(row_text(contract, "customer"), row_text(*customer, "id"))) {
        field_fail(s->errors, "contract", ERR_not_of_customer, 0);
    }
    return r;
}

/* The contract's; else it has to be named, by a code of ISO 4217. */
static const char *
take_currency(const struct credit_sent *s, const json_t *contract)
{
    const char *named = sent_text(s, "currency");
    const char *of = row_text(contract, "currency");

    if (!of && !named) {
        field_fail(s->errors, "currency", ERR_value_missing, 0);
    } else if (named && !text_currency_ok(named)) {
        field_fail(s->errors, "currency", ERR_value_currency, 0);
    } else if (of && named && strcmp(of, named) != 0) {
        field_fail_word(s->errors, "currency", ERR_other_currency, 0, named);
    }
    return of ? of : named ? named : "EUR";
}

enum db_result
credit_note_take(struct db *db, const struct credit_sent *s,
                 struct credit_line *lines, struct credit_note_new *new)
{
    json_t *contract, *customer = NULL;
    const char *mode = sent_text(s, "delivery_mode");
    enum db_result r = find_contract(db, s, &contract);

    if (r == DB_OK) {
        r = find_customer(db, s, contract, &customer);
    }
    if (r != DB_OK) {
        return r;
    }
    *new = (struct credit_note_new){
        .tenant = s->tenant,
        .customer = customer,
        .contract = contract,
        .currency = take_currency(s, contract),
        .reason = row_text(s->input, "reason"),
        .delivery_mode = mode       ? mode
                         : contract ? row_text(contract, "delivery_mode")
                                    : "email",
        .lines = lines,
        .n_lines = take_lines(s, lines)};
    check_sum(s, lines, new->n_lines, new->currency);
    return s->errors->n > 0 ? DB_CHECK : DB_OK;
}

/* Services go with the period, unless it is said what becomes of them. */
static bool
take_reopen(const struct credit_sent *s, bool rebill)
{
    const json_t *said = json_object_get(s->input, "reopen_services");

    return said ? json_is_true(said) : rebill;
}

bool
correction_take(const struct credit_sent *s, struct credit_line *lines,
                struct correction_new *new)
{
    new->tenant = s->tenant;
    new->reason = row_text(s->input, "reason");
    new->rebill = json_is_true(json_object_get(s->input, "rebill"));
    new->reopen_services = take_reopen(s, new->rebill);
    new->lines = lines;
    new->n_lines = take_lines(s, lines);
    check_sum(s, lines, new->n_lines, new->currency);
    return s->errors->n == 0;
}

const char *
correction_part_field(const struct correction_new *new)
{
    return new->rebill ? "rebill" : "reopen_services";
}

/* ---- issuing ---- */

struct issue {
    struct arena *arena;
    const struct actor *actor;
    const struct tenant *tenant;
    const struct credit_note_new *note;
    const struct correction_new *correction;
    enum correction_fault fault;
    const char *id;
};

static const char *
language_of(const struct tenant *tenant, const json_t *customer)
{
    const char *language = row_text(customer, "language");

    return language && tenant_speaks(tenant, language)
               ? language
               : tenant->default_language;
}

static void
signed_lines(const struct credit_line *in, size_t n, int sign,
             struct invoice_line_new *out)
{
    for (size_t i = 0; i < n; i++) {
        out[i] = (struct invoice_line_new){.description = in[i].description,
                                           .quantity = sign * in[i].quantity,
                                           .unit_price = in[i].unit_price,
                                           .vat_rate = in[i].vat_rate};
    }
}

/* What is billed again, for the trail. */
static const char *
again(const struct correction_new *n)
{
    return n->rebill && n->reopen_services ? "rebill reopen_services"
           : n->rebill                     ? "rebill"
           : n->reopen_services            ? "reopen_services"
                                           : "";
}

static enum db_result
tell(struct db *db, const struct issue *i, const char *action,
     enum callback_type type)
{
    json_t *row;
    enum db_result r =
        ledger_document_by_id(db, i->arena, i->tenant->id, i->id, &row);
    struct audit audit = {i->actor, row_text(row, "customer_id"), action, i->id,
                          i->correction ? again(i->correction) : ""};

    if (r == DB_OK) {
        r = audit_write_change(db, i->arena, i->tenant->id, &audit,
                               ledger_document_fields, NULL, row);
    }
    return r == DB_OK
               ? callback_enqueue(db, i->arena, i->tenant->id, type, i->id,
                                  json_incref(field_output(
                                      i->arena, ledger_document_fields, row)),
                                  i->actor->request_id)
               : r;
}

static enum db_result
note_in_transaction(struct db *db, void *data)
{
    struct issue *i = data;
    const struct credit_note_new *n = i->note;
    const char *today = tenant_today(i->arena, i->tenant);
    struct invoice_line_new *lines =
        arena_alloc(i->arena, n->n_lines * sizeof *lines);
    struct invoice_new new = {
        .type = "credit_note",
        .customer = row_text(n->customer, "id"),
        .contract = row_text(n->contract, "id"),
        .note = n->reason,
        .buyer = invoice_buyer(i->arena, n->customer),
        .customer_number = row_text(n->customer, "number"),
        .recipient = invoice_recipient(i->arena, n->customer),
        .language = language_of(i->tenant, n->customer),
        .date = today,
        .due = today,
        .period_from = "",
        .period_to = "",
        .currency = n->currency,
        .delivery_mode = n->delivery_mode,
        .deliver = true,
        .test = i->actor->test,
        .lines = lines,
        .n_lines = n->n_lines};
    enum db_result r;

    signed_lines(n->lines, n->n_lines, -1, lines);
    r = invoice_seller(db, i->arena, i->tenant, &new.seller);
    if (r == DB_OK) {
        r = invoice_create(db, i->arena, i->tenant->id, i->actor, &new, &i->id);
    }
    return r == DB_OK ? tell(db, i, "credit_note.created",
                             CALLBACK_credit_note_created)
                      : r;
}

enum db_result
credit_note_create(struct db *db, struct arena *a, const struct actor *actor,
                   const struct credit_note_new *new, const char **id)
{
    struct issue i = {
        .arena = a, .actor = actor, .tenant = new->tenant, .note = new};
    enum db_result r = db_transaction(db, true, note_in_transaction, &i);

    *id = i.id;
    return r;
}

/* ---- corrections ---- */

enum db_result
correction_left(struct db *db, struct arena *a, const char *tenant,
                const char *invoice, json_t **rows)
{
    json_t *lines;
    enum db_result r = credit_store_lines(db, a, tenant, invoice, &lines);

    if (r == DB_OK) {
        *rows = json_in_arena(a, correction_rest(a, lines));
    }
    return r;
}

static enum db_result
refuse(struct issue *i, enum correction_fault fault)
{
    i->fault = fault;
    return DB_CHECK;
}

static bool
is_invoice(const json_t *document)
{
    return strcmp(row_text(document, "type"), "invoice") == 0;
}

static bool
something_left(const json_t *rest)
{
    json_t *row;
    size_t i;

    json_array_foreach(rest, i, row)
    {
        if (row_int(row, "net") != 0) {
            return true;
        }
    }
    return false;
}

/* The lines of the correction, and whether nothing is left then. */
static enum db_result
correction_lines(struct db *db, struct issue *i, const json_t *invoice,
                 struct invoice_new *new, bool *whole)
{
    const struct correction_new *n = i->correction;
    struct invoice_line_new *lines;
    json_t *rows, *rest;
    enum db_result r = credit_store_lines(db, i->arena, i->tenant->id,
                                          row_text(invoice, "id"), &rows);

    if (r != DB_OK) {
        return r;
    }
    rest = json_in_arena(i->arena, correction_rest(i->arena, rows));
    if (!is_invoice(invoice) && !something_left(rest)) {
        return refuse(i, CORRECTION_VOID);
    }
    new->n_lines = n->n_lines ? n->n_lines : json_array_size(rows);
    if (n->issued) {
        new->n_lines = n->n_issued;
        lines = n->issued;
    } else if (n->n_lines) {
        lines = arena_alloc(i->arena, n->n_lines * sizeof *lines);
        signed_lines(n->lines, n->n_lines,
                     row_int(invoice, "gross") < 0 ? 1 : -1, lines);
    } else {
        lines = correction_opposite(i->arena, rows);
    }
    new->lines = lines;
    return correction_fits(rest, new->currency, lines, new->n_lines, whole)
               ? DB_OK
               : refuse(i, CORRECTION_BEYOND);
}

static struct invoice_new
correction_of(const struct issue *i, const json_t *invoice)
{
    const char *today = tenant_today(i->arena, i->tenant);

    return (struct invoice_new){
        .type = "correction",
        .customer = row_text(invoice, "customer_id"),
        .contract = row_text(invoice, "contract_id"),
        .corrects = row_text(invoice, "id"),
        .note = i->correction->reason,
        .buyer = row_text(invoice, "buyer"),
        .seller = row_text(invoice, "seller"),
        .customer_number = row_text(invoice, "customer_number"),
        .recipient = row_text(invoice, "recipient"),
        .language = row_text(invoice, "language"),
        .date = today,
        .due = today,
        .period_from = row_text(invoice, "period_from"),
        .period_to = row_text(invoice, "period_to"),
        .currency = row_text(invoice, "currency"),
        .delivery_mode = row_text(invoice, "delivery_mode"),
        .deliver = true,
        .test = i->actor->test};
}

static enum db_result
bill_again(const struct ledger *l, struct issue *i, const json_t *invoice)
{
    enum db_result r = DB_OK;

    if (i->correction->rebill) {
        r = rebill_period(l, invoice);
        r = r == DB_CHECK ? refuse(i, CORRECTION_LATER) : r;
    }
    return r == DB_OK && i->correction->reopen_services
               ? rebill_services(l, invoice)
               : r;
}

/* *days: the contract's own, or the tenant's. */
static enum db_result
due_days_of(const struct ledger *l, const json_t *document, int64_t *days)
{
    const char *id = row_text(document, "contract_id");
    json_t *contract = NULL, *own;
    enum db_result r =
        id ? contract_by_id(l->db, l->arena, l->tenant, id, &contract) : DB_OK;

    own = json_object_get(contract, "due_days");
    *days = json_is_integer(own)
                ? json_integer_value(own)
                : setting_number(l->db, l->arena, l->tenant, "due_days");
    return r;
}

/* *due is the date, but what it takes back of a credit note is owed again, and
 * has its days to be paid. */
static enum db_result
due_of(const struct ledger *l, const json_t *document, const char *date,
       const char **due)
{
    char *day = arena_alloc(l->arena, 11);
    int64_t days;
    enum db_result r;

    *due = date;
    if (row_int(document, "gross") >= 0) {
        return DB_OK;
    }
    r = due_days_of(l, document, &days);
    if (r == DB_OK && span_days(date, days, day)) {
        *due = day;
    }
    return r;
}

/* Cancelled before the correction is issued: what is open of it is settled, and
 * nobody is told that it was paid. A credit note is not: what it has left, now
 * or when a refund comes back, is credit, and settles what is owed. */
static enum db_result
correct(const struct ledger *l, struct issue *i, const json_t *invoice)
{
    struct invoice_new new = correction_of(i, invoice);
    bool whole;
    int64_t changed = 0;
    enum db_result r = correction_lines(l->db, i, invoice, &new, &whole);

    if (r == DB_OK) {
        r = due_of(l, invoice, new.date, &new.due);
    }
    if (r == DB_OK && again(i->correction)[0] && !whole) {
        return refuse(i, CORRECTION_PART);
    }
    if (r == DB_OK && whole && is_invoice(invoice)) {
        r = credit_store_cancel(l, row_text(invoice, "id"), &changed);
    }
    if (r == DB_OK) {
        r = invoice_create(l->db, i->arena, i->tenant->id, i->actor, &new,
                           &i->id);
    }
    return r == DB_OK ? bill_again(l, i, invoice) : r;
}

static enum db_result
correct_in_transaction(struct db *db, void *data)
{
    struct issue *i = data;
    struct ledger l = {db, i->arena, i->tenant->id, i->actor};
    json_t *invoice;
    enum db_result r = ledger_document_by_number(
        db, i->arena, i->tenant->id, i->correction->number, &invoice);

    if (r != DB_OK) {
        return r;
    }
    if (strcmp(row_text(invoice, "type"), "correction") == 0) {
        return refuse(i, CORRECTION_NOT_OF);
    }
    if (strcmp(row_text(invoice, "status"), "cancelled") == 0) {
        return refuse(i, CORRECTION_VOID);
    }
    r = correct(&l, i, invoice);
    return r == DB_OK
               ? tell(db, i, "correction.created", CALLBACK_correction_created)
               : r;
}

enum db_result
correction_create(struct db *db, struct arena *a, const struct actor *actor,
                  const struct correction_new *new, const char **id,
                  enum correction_fault *fault)
{
    struct issue i = {
        .arena = a, .actor = actor, .tenant = new->tenant, .correction = new};
    enum db_result r = db_transaction(db, true, correct_in_transaction, &i);

    *id = i.id;
    *fault = i.fault;
    return r;
}
