#include "billing/billing.h"

#include <string.h>

#include "base/id.h"
#include "base/json.h"
#include "billing/billing_store.h"
#include "billing/ledger.h"
#include "contract/contract.h"
#include "customer/customer.h"
#include "tenant/tenant.h"

enum { HUNDRED_PERCENT = 10000 };

/* Sums by VAT rate, highest first; room for one a line. */
struct taxes {
    size_t n;
    struct tax {
        int64_t rate, net, extra; /* cents of VAT beside its rate */
    } * list;
};

static struct taxes
taxes_new(struct arena *a, size_t lines)
{
    return (struct taxes){0, arena_alloc(a, lines * sizeof(struct tax))};
}

int64_t
invoice_vat(int64_t net, int64_t rate)
{
    int64_t product = net * rate;
    int64_t half = HUNDRED_PERCENT / 2;

    return (product + (product < 0 ? -half : half)) / HUNDRED_PERCENT;
}

static void
taxes_add(struct taxes *taxes, int64_t rate, int64_t net, int64_t extra)
{
    size_t i = 0, j;

    while (i < taxes->n && taxes->list[i].rate > rate) {
        i++;
    }
    if (i < taxes->n && taxes->list[i].rate == rate) {
        taxes->list[i].net += net;
        taxes->list[i].extra += extra;
        return;
    }
    for (j = taxes->n++; j > i; j--) {
        taxes->list[j] = taxes->list[j - 1];
    }
    taxes->list[i] = (struct tax){rate, net, extra};
}

static int64_t
tax_vat(const struct tax *tax)
{
    return invoice_vat(tax->net, tax->rate) + tax->extra;
}

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

static struct invoice_sums
sum_up(struct arena *a, const struct invoice_new *new)
{
    struct invoice_sums sums = {0, 0};
    struct taxes taxes = taxes_new(a, new->n_lines);

    for (size_t i = 0; i < new->n_lines; i++) {
        const struct invoice_line_new *line = &new->lines[i];

        taxes_add(
            &taxes, line->vat_rate,
            contract_line_net(line->quantity, line->unit_price, new->currency),
            line->vat_extra);
    }
    for (size_t i = 0; i < taxes.n; i++) {
        sums.net += taxes.list[i].net;
        sums.vat += tax_vat(&taxes.list[i]);
    }
    return sums;
}

/* ---- parties ---- */

const char *
invoice_recipient(struct arena *a, const json_t *customer)
{
    return arena_printf(a, "%s\n%s\n%s %s", customer_name(a, customer),
                        row_text(customer, "street"),
                        row_text(customer, "postal_code"),
                        row_text(customer, "city"));
}

const char *
invoice_buyer(struct arena *a, const json_t *customer)
{
    json_t *party = json_pack("{s:s}", "name", customer_name(a, customer));
    static const char *const columns[] = {"street",  "postal_code", "city",
                                          "country", "vat_id",      "email"};

    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        json_object_set_new(party, columns[i],
                            json_string(row_text(customer, columns[i])));
    }
    return json_text(a, json_in_arena(a, party), JSON_COMPACT);
}

const char *
invoice_seller(struct arena *a, const struct tenant *tenant)
{
    return json_text(
        a,
        json_in_arena(a, json_pack("{s:s, s:s}", "name", tenant->name,
                                   "address", tenant->address)),
        JSON_COMPACT);
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
