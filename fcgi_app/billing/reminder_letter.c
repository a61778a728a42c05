/* The letter of one group of a run. */
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "billing/billing.h"
#include "billing/ledger.h"
#include "billing/reminder_store.h"
#include "callback/callback.h"
#include "contract/contract.h"

#include "customer/customer.h"

enum { ONE = 1000000 }; /* a quantity */

struct letter {
    const struct reminding *r;
    json_t *group;    /* invoices as they are */
    json_t *customer; /* row */
    json_t *invoices; /* as they stand in the letter */
    json_t *row;      /* of table reminder */
    int64_t level;    /* the highest that it raises to; 0: it raises none */
    int64_t open;
    const char *target;
};

static const char *
id_of_run(const struct letter *l)
{
    return row_text(l->r->run, "id");
}

static int64_t
level_after(const json_t *invoice)
{
    return row_int(invoice, "reminder_level") + row_int(invoice, "raised");
}

/* The level of the letter, and what is owed by it. */
static void
sum_up(struct letter *l)
{
    const json_t *invoice;
    size_t i;

    json_array_foreach(l->group, i, invoice)
    {
        l->open += row_int(invoice, "gross") - row_int(invoice, "settled");
        if (row_int(invoice, "raised") && level_after(invoice) > l->level) {
            l->level = level_after(invoice);
        }
    }
}

static void
list_invoices(struct letter *l)
{
    json_t *invoice;
    size_t i;

    l->invoices = json_in_arena(l->r->arena, json_array());
    json_array_foreach(l->group, i, invoice)
    {
        json_array_append_new(
            l->invoices,
            json_pack("{s:O, s:O, s:O, s:O, s:O, s:I, s:I, s:O, s:O, s:O, s:O}",
                      "invoice", json_object_get(invoice, "id"), "number",
                      json_object_get(invoice, "number"), "date",
                      json_object_get(invoice, "date"), "due",
                      json_object_get(invoice, "due"), "gross",
                      json_object_get(invoice, "gross"), "open",
                      (json_int_t)(row_int(invoice, "gross") -
                                   row_int(invoice, "settled")),
                      "level", (json_int_t)level_after(invoice), "level_before",
                      json_object_get(invoice, "reminder_level"), "date_before",
                      json_object_get(invoice, "reminder_date"),
                      "target_before",
                      json_object_get(invoice, "reminder_target"), "currency",
                      json_object_get(invoice, "currency")));
    }
}

/* ---- how it gets to the customer ---- */

/* As the contract says; without one, as its last invoice went. */
static const char *
mode_of(const struct letter *l)
{
    const json_t *last =
        json_array_get(l->group, json_array_size(l->group) - 1);
    const char *mode = row_text(last, "contract_mode");

    return mode ? mode : row_text(last, "delivery_mode");
}

static const char *
dispatch_of(const struct letter *l, const char *mode)
{
    if (strcmp(mode, "post") == 0) {
        return "to_print";
    }
    if (strcmp(mode, "email") != 0) {
        return "none";
    }
    if (l->r->actor->test) {
        return "suppressed";
    }
    return field_email_ok(row_text(l->customer, "email")) ? "waiting"
                                                          : "failed";
}

static const char *
language_of(const struct letter *l)
{
    const char *own = row_text(l->customer, "language");

    return tenant_speaks(l->r->tenant, own) ? own
                                            : l->r->tenant->default_language;
}

/* ---- its row ---- */

static json_t *
amounts(const struct letter *l, const char *currency)
{
    int64_t fee =
        contract_line_net(ONE, l->r->terms->level[l->level - 1].fee, currency);

    return json_pack("{s:I, s:I, s:I}", "open", (json_int_t)l->open, "fee",
                     (json_int_t)fee, "total", (json_int_t)(l->open + fee));
}

static void
fill(struct letter *l)
{
    struct arena *a = l->r->arena;
    const json_t *first = json_array_get(l->group, 0), *c = l->customer;
    const char *mode = mode_of(l), *currency = row_text(first, "currency");

    l->row = json_in_arena(
        a,
        json_pack(
            "{s:s, s:s, s:s, s:s, s:O, s:O, s:s, s:s, s:s, s:s, s:s, s:s, s:s,"
            " s:I, s:I, s:s, s:s, s:s, s:I, s:i}",
            "id", id_new(a, "rem"), "number", "", "run", id_of_run(l),
            "customer", row_text(c, "id"), "contract",
            json_object_get(first, "contract"), "contract_ref",
            json_object_get(first, "contract_ref"), "customer_number",
            row_text(c, "number"), "customer_name", customer_name(a, c),
            "recipient", invoice_recipient(a, c), "seller", l->r->seller,
            "language", language_of(l), "date", row_text(l->r->run, "date"),
            "target", l->target, "level", (json_int_t)l->level, "levels",
            (json_int_t)l->r->terms->levels, "currency", currency,
            "delivery_mode", mode, "dispatch", dispatch_of(l, mode), "created",
            (json_int_t)clock_now(), "withdrawn", 0));
    json_object_update(l->row, json_in_arena(a, amounts(l, currency)));
}

/* The row as others see it. */
static json_t *
shown(const struct letter *l)
{
    json_t *row = json_in_arena(l->r->arena, json_copy(l->row));

    json_object_set(row, "customer",
                    json_object_get(l->row, "customer_number"));
    json_object_set(row, "contract", json_object_get(l->row, "contract_ref"));
    json_object_set(row, "invoices", l->invoices);
    return row;
}

/* ---- writing it ---- */

/* What it did not raise is held, too: paid at this moment, it would be demanded
 * again. */
static enum db_result
raise_each(struct db *db, const struct letter *l)
{
    const char *tenant = l->r->tenant->id;
    const json_t *invoice;
    int64_t changed;
    size_t i;

    json_array_foreach(l->group, i, invoice)
    {
        bool raised = row_int(invoice, "raised");
        enum db_result r = reminder_store_raise(
            db, tenant, invoice, level_after(invoice),
            raised ? row_text(l->row, "date")
                   : row_text(invoice, "reminder_date"),
            raised ? l->target : row_text(invoice, "reminder_target"),
            &changed);

        if (r != DB_OK || changed == 0) {
            return r == DB_OK ? DB_BUSY : r;
        }
    }
    return DB_OK;
}

static enum db_result
insert(struct db *db, const struct letter *l)
{
    const char *tenant = l->r->tenant->id;
    const json_t *invoice;
    const char *number;
    size_t i;
    enum db_result r =
        series_next(db, l->r->arena, tenant, SERIES_REMINDER, &number);

    if (r == DB_OK) {
        json_object_set_new(l->row, "number", json_string(number));
        r = reminder_store_insert(db, tenant, l->row);
    }
    json_array_foreach(l->invoices, i, invoice)
    {
        if (r == DB_OK) {
            r = reminder_store_add(db, tenant, row_text(l->row, "id"),
                                   (int64_t)i + 1, invoice);
        }
    }
    return r;
}

static enum db_result
tell(struct db *db, const struct letter *l, const json_t *row)
{
    return callback_enqueue(
        db, l->r->arena, l->r->tenant->id, CALLBACK_reminder_created,
        row_text(l->row, "id"),
        json_pack("{s:O, s:O, s:O, s:O, s:O, s:O, s:{s:O, s:O}}", "reminder",
                  json_object_get(row, "number"), "customer",
                  json_object_get(row, "customer"), "contract",
                  json_object_get(row, "contract"), "level",
                  json_object_get(row, "level"), "date",
                  json_object_get(row, "date"), "target",
                  json_object_get(row, "target"), "total", "amount",
                  json_object_get(row, "total"), "currency",
                  json_object_get(row, "currency")),
        l->r->actor->request_id);
}

/* The letter's fee is owed from its day on. */
static enum db_result
owe_fee(struct db *db, const struct letter *l)
{
    const struct ledger ledger = {db, l->r->arena, l->r->tenant->id,
                                  l->r->actor};
    const struct ledger_entry entry = {.id = row_text(l->row, "id"),
                                       .customer = row_text(l->row, "customer"),
                                       .contract = row_text(l->row, "contract"),
                                       .currency = row_text(l->row, "currency"),
                                       .date = row_text(l->row, "date"),
                                       .kind = "fee",
                                       .amount = row_int(l->row, "fee"),
                                       .note = row_text(l->row, "number")};

    return entry.amount > 0 ? ledger_add(&ledger, &entry) : DB_OK;
}

static enum db_result
write_letter(struct db *db, const struct letter *l)
{
    struct arena *a = l->r->arena;
    const char *tenant = l->r->tenant->id;
    struct audit audit = {l->r->actor, row_text(l->customer, "id"),
                          "reminder.created", row_text(l->row, "id"), ""};
    json_t *row;
    enum db_result r = raise_each(db, l);

    if (r == DB_OK) {
        r = insert(db, l);
    }
    if (r == DB_OK) {
        r = owe_fee(db, l);
    }
    row = shown(l);
    if (r == DB_OK) {
        r = tell(db, l, row);
    }
    return r == DB_OK ? audit_write_change(db, a, tenant, &audit,
                                           reminder_fields, NULL, row)
                      : r;
}

static enum db_result
preview(struct db *db, const struct letter *l)
{
    return reminder_store_preview(
        db, l->r->tenant->id, id_of_run(l), l->r->position,
        json_text(l->r->arena, shown(l), JSON_COMPACT));
}

enum db_result
reminder_write(struct db *db, const struct reminding *r)
{
    struct letter l = {.r = r};
    const char *date = row_text(r->run, "date");
    struct reminder_due due = reminder_due_of(r);
    char target[11];
    enum db_result result =
        reminder_store_group(db, r->arena, &due, r->group, &l.group);

    sum_up(&l);
    if (result != DB_OK || l.level == 0) {
        return result;
    }
    result = customer_by_id(db, r->arena, r->tenant->id,
                            row_text(json_array_get(l.group, 0), "customer"),
                            &l.customer);
    if (result != DB_OK) {
        return result;
    }
    l.target = span_days(date, r->terms->level[l.level - 1].target, target)
                   ? target
                   : date;
    list_invoices(&l);
    fill(&l);
    result =
        row_int(r->run, "dry_run") ? preview(db, &l) : write_letter(db, &l);
    return result == DB_OK
               ? reminder_store_run_count(db, r->tenant->id, id_of_run(&l))
               : result;
}
