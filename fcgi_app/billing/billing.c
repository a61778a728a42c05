#include "billing/billing.h"

#include <string.h>

#include "base/id.h"
#include "base/json.h"
#include "base/money.h"
#include "base/tax.h"
#include "billing/billing_store.h"
#include "billing/ledger.h"
#include "contract/contract.h"
#include "customer/customer.h"
#include "tenant/tenant.h"

json_t *
invoice_taxes(struct arena *a, const json_t *lines)
{
    struct taxes taxes = taxes_new(a, json_array_size(lines));
    json_t *out = json_in_arena(a, json_array()), *line;
    size_t i;

    json_array_foreach(lines, i, line)
    {
        taxes_add(&taxes, row_int(line, "vat_rate"), row_int(line, "net"),
                  row_int(line, "vat_extra"));
    }
    for (i = 0; i < taxes.n; i++) {
        json_array_append_new(out,
                              json_pack("{s:I, s:I, s:I}", "rate",
                                        (json_int_t)taxes.list[i].rate, "net",
                                        (json_int_t)taxes.list[i].net, "vat",
                                        (json_int_t)tax_vat(&taxes.list[i])));
    }
    return out;
}

struct invoice_sums
invoice_sums_of(struct arena *a, const struct invoice_line_new *lines,
                const int64_t *nets, size_t n)
{
    struct invoice_sums sums = {0, 0};
    struct taxes taxes = taxes_new(a, n);

    for (size_t i = 0; i < n; i++) {
        taxes_add(&taxes, lines[i].vat_rate, nets[i], lines[i].vat_extra);
    }
    for (size_t i = 0; i < taxes.n; i++) {
        sums.net += taxes.list[i].net;
        sums.vat += tax_vat(&taxes.list[i]);
    }
    return sums;
}

static struct invoice_sums
sum_up(struct arena *a, const struct invoice_new *new)
{
    int64_t *nets = arena_alloc(a, (new->n_lines + 1) * sizeof *nets);

    for (size_t i = 0; i < new->n_lines; i++) {
        nets[i] = contract_line_net(new->lines[i].quantity,
                                    new->lines[i].unit_price, new->currency);
    }
    return invoice_sums_of(a, new->lines, nets, new->n_lines);
}

/* ---- what is owed ---- */

bool
invoice_overdue(const json_t *row, const char *today)
{
    return strcmp(row_text(row, "status"), "open") == 0 &&
           row_int(row, "gross") > 0 && strcmp(row_text(row, "due"), today) < 0;
}

int64_t
invoice_open_amount(const json_t *row)
{
    return strcmp(row_text(row, "status"), "open") == 0
               ? row_int(row, "gross") - row_int(row, "settled")
               : 0;
}

/* ---- parties ---- */

const char *
invoice_recipient(struct arena *a, const json_t *customer)
{
    const char *extra = row_text(customer, "address_extra");

    return arena_printf(a, "%s\n%s\n%s%s%s %s", customer_name(a, customer),
                        row_text(customer, "street"), extra,
                        extra[0] ? "\n" : "", row_text(customer, "postal_code"),
                        row_text(customer, "city"));
}

const char *
invoice_buyer(struct arena *a, const json_t *customer)
{
    json_t *party = json_pack("{s:s}", "name", customer_name(a, customer));
    static const char *const columns[] = {
        "street",  "address_extra", "postal_code", "city",
        "country", "vat_id",        "email"};

    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        json_object_set_nocheck(party, columns[i],
                                json_object_get(customer, columns[i]));
    }
    return json_text(a, json_in_arena(a, party), JSON_COMPACT);
}

static const char *
seller_of(struct db *db, struct arena *a, const struct tenant *tenant)
{
    static const struct {
        const char *key, *setting;
    } parts[] = {
        {"street", "seller_street"},   {"postal_code", "seller_postal_code"},
        {"city", "seller_city"},       {"country", "seller_country"},
        {"vat_id", "seller_vat_id"},   {"tax_number", "seller_tax_number"},
        {"contact", "seller_contact"}, {"phone", "seller_phone"},
        {"email", "seller_email"},     {"iban", "seller_iban"},
        {"bic", "seller_bic"},         {"vat_exemption", "vat_exemption"}};
    const char *name = setting_text(db, a, tenant->id, "seller_name");
    json_t *party = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:i, s:i}", "name",
        name[0] ? name : tenant->name, "brand", tenant->name, "address",
        tenant->address, "accent", tenant->accent, "logo", tenant->logo,
        "logo_width", tenant->logo_width, "logo_height", tenant->logo_height);

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        json_object_set_new(
            party, parts[i].key,
            json_string(setting_text(db, a, tenant->id, parts[i].setting)));
    }
    return json_text(a, json_in_arena(a, party), JSON_COMPACT);
}

enum db_result
invoice_seller(struct db *db, struct arena *a, const struct tenant *tenant,
               const char **name)
{
    const char *seller = seller_of(db, a, tenant);

    *name = id_hash(a, seller);
    return invoice_store_keep_seller(db, tenant->id, *name, seller);
}

/* ---- creating ---- */

struct creation {
    struct arena *arena;
    const char *tenant, *id;
    const struct actor *actor;
    const struct invoice_new *new;
};

static enum series
series_of(const char *type)
{
    return strcmp(type, "invoice") == 0       ? SERIES_INVOICE
           : strcmp(type, "credit_note") == 0 ? SERIES_CREDIT_NOTE
                                              : SERIES_CORRECTION;
}

/* *number: the given one, or the next. */
static enum db_result
number_it(struct db *db, const struct creation *c, const char **number)
{
    enum series series = series_of(c->new->type);

    *number = c->new->number;
    return *number ? series_given(db, c->arena, c->tenant, series, *number)
                   : series_next(db, c->arena, c->tenant, series, number);
}

static enum db_result
create_in_transaction(struct db *db, void *data)
{
    const struct creation *c = data;
    const struct invoice_new *new = c->new;
    struct audit row = {c->actor, new->customer, "invoice.created", c->id, ""};
    struct invoice_sums sums = sum_up(c->arena, new);
    struct ledger books = {db, c->arena, c->tenant, c->actor};
    const char *number;
    enum db_result r = number_it(db, c, &number);

    if (r == DB_OK) {
        r = invoice_store_insert(db, c->tenant, c->id, number, new, &sums);
    }

    for (size_t i = 0; i < new->n_lines &&r == DB_OK; i++) {
        const struct invoice_line_new *line = &new->lines[i];

        r = invoice_store_insert_line(
            db, c->tenant, c->id, (int)i + 1, line,
            contract_line_net(line->quantity, line->unit_price, new->currency));
    }
    if (r == DB_OK) {
        r = audit_write(db, c->arena, c->tenant, &row);
    }
    return r == DB_OK ? ledger_issue(&books, c->id) : r;
}

enum db_result
invoice_create(struct db *db, struct arena *a, const char *tenant,
               const struct actor *actor, const struct invoice_new *new,
               const char **id)
{
    struct creation c = {a, tenant, id_new(a, "inv"), actor, new};

    if (id) {
        *id = c.id;
    }
    return db_transaction(db, true, create_in_transaction, &c);
}
