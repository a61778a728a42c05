#include "billing/billing.h"

#include "base/id.h"
#include "base/json.h"
#include "billing/billing_store.h"
#include "contract/contract.h"

enum { HUNDRED_PERCENT = 10000 };

/* Sums by VAT rate, highest first; room for one a line. */
struct taxes {
    size_t n;
    struct tax {
        int64_t rate, net;
    } * list;
};

static struct taxes
taxes_new(struct arena *a, size_t lines)
{
    return (struct taxes){0, arena_alloc(a, lines * sizeof(struct tax))};
}

static int64_t
vat_of(int64_t net, int64_t rate)
{
    int64_t product = net * rate;
    int64_t half = HUNDRED_PERCENT / 2;

    return (product + (product < 0 ? -half : half)) / HUNDRED_PERCENT;
}

static void
taxes_add(struct taxes *taxes, int64_t rate, int64_t net)
{
    size_t i = 0, j;

    while (i < taxes->n && taxes->list[i].rate > rate) {
        i++;
    }
    if (i < taxes->n && taxes->list[i].rate == rate) {
        taxes->list[i].net += net;
        return;
    }
    for (j = taxes->n++; j > i; j--) {
        taxes->list[j] = taxes->list[j - 1];
    }
    taxes->list[i].rate = rate;
    taxes->list[i].net = net;
}

json_t *
invoice_taxes(struct arena *a, const json_t *lines)
{
    struct taxes taxes = taxes_new(a, json_array_size(lines));
    json_t *out = json_in_arena(a, json_array()), *line;
    size_t i;

    json_array_foreach(lines, i, line)
    {
        taxes_add(&taxes, row_int(line, "vat_rate"), row_int(line, "net"));
    }
    for (i = 0; i < taxes.n; i++) {
        json_array_append_new(
            out,
            json_pack(
                "{s:I, s:I, s:I}", "rate", (json_int_t)taxes.list[i].rate,
                "net", (json_int_t)taxes.list[i].net, "vat",
                (json_int_t)vat_of(taxes.list[i].net, taxes.list[i].rate)));
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

        taxes_add(&taxes, line->vat_rate,
                  contract_line_net(line->quantity, line->unit_price));
    }
    for (size_t i = 0; i < taxes.n; i++) {
        sums.net += taxes.list[i].net;
        sums.vat += vat_of(taxes.list[i].net, taxes.list[i].rate);
    }
    return sums;
}

struct creation {
    struct arena *arena;
    const char *tenant, *id;
    const struct actor *actor;
    const struct invoice_new *new;
};

static enum db_result
create_in_transaction(struct db *db, void *data)
{
    const struct creation *c = data;
    const struct invoice_new *new = c->new;
    struct audit row = {c->actor, new->customer, "invoice.created", c->id, ""};
    struct invoice_sums sums = sum_up(c->arena, new);
    enum db_result r = invoice_store_insert(db, c->tenant, c->id, new, &sums);

    for (size_t i = 0; i < new->n_lines &&r == DB_OK; i++) {
        const struct invoice_line_new *line = &new->lines[i];

        r = invoice_store_insert_line(
            db, c->tenant, c->id, (int)i + 1, line,
            contract_line_net(line->quantity, line->unit_price));
    }
    return r == DB_OK ? audit_write(db, c->arena, c->tenant, &row) : r;
}

enum db_result
invoice_create(struct db *db, struct arena *a, const char *tenant,
               const struct actor *actor, const struct invoice_new *new)
{
    struct creation c = {a, tenant, id_new(a, "inv"), actor, new};

    return db_transaction(db, true, create_in_transaction, &c);
}
