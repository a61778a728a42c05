#include "billing/correction.h"

#include <string.h>

#include "base/json.h"
#include "base/money.h"
#include "contract/contract.h"

/* ---- what is left ---- */

static json_t *
rate_of(const json_t *rest, int64_t rate)
{
    json_t *row;
    size_t i;

    json_array_foreach(rest, i, row)
    {
        if (row_int(row, "rate") == rate) {
            return row;
        }
    }
    return NULL;
}

static void
add(json_t *row, const char *member, int64_t amount)
{
    json_object_set_new(row, member,
                        json_integer(row_int(row, member) + amount));
}

/* VAT is reckoned by document: each has its own rounding. */
static void
add_document(struct arena *a, json_t *rest, const json_t *lines)
{
    json_t *taxes = invoice_taxes(a, lines), *tax, *row;
    size_t i;

    json_array_foreach(taxes, i, tax)
    {
        row = rate_of(rest, row_int(tax, "rate"));
        if (!row) {
            row = json_pack("{s:O, s:i, s:i}", "rate",
                            json_object_get(tax, "rate"), "net", 0, "vat", 0);
            json_array_append_new(rest, row);
        }
        add(row, "net", row_int(tax, "net"));
        add(row, "vat", row_int(tax, "vat"));
    }
}

json_t *
correction_rest(struct arena *a, const json_t *lines)
{
    json_t *rest = json_array(), *one = json_array(), *line;
    const char *document = NULL;
    size_t i;

    json_array_foreach(lines, i, line)
    {
        const char *of = row_text(line, "invoice");

        if (document && strcmp(document, of) != 0) {
            add_document(a, rest, one);
            json_array_clear(one);
        }
        document = of;
        json_array_append(one, line);
    }
    add_document(a, rest, one);
    json_decref(one);
    return rest;
}

/* ---- lines ---- */

struct invoice_line_new *
correction_opposite(struct arena *a, const json_t *lines)
{
    size_t n = json_array_size(lines), i;
    struct invoice_line_new *out = arena_alloc(a, (n + 1) * sizeof *out);
    json_t *line;

    json_array_foreach(lines, i, line)
    {
        out[i] = (struct invoice_line_new){
            .description = row_text(line, "description"),
            .quantity = -row_int(line, "quantity"),
            .unit_price = row_int(line, "unit_price"),
            .vat_rate = (int)row_int(line, "vat_rate"),
            .performed = row_text(line, "performed")};
    }
    return out;
}

/* ---- whether it fits ---- */

/* amount lies between nothing and all. */
static bool
within(int64_t amount, int64_t all)
{
    return all >= 0 ? amount >= 0 && amount <= all
                    : amount <= 0 && amount >= all;
}

static int64_t
net_of_rate(const char *currency, const struct invoice_line_new *lines,
            size_t n, int64_t rate)
{
    int64_t net = 0;

    for (size_t i = 0; i < n; i++) {
        if (lines[i].vat_rate == rate) {
            net += contract_line_net(lines[i].quantity, lines[i].unit_price,
                                     currency);
        }
    }
    return net;
}

/* The VAT of a part of a rate: its own, or what is left of it. */
static int64_t
vat_of_part(const json_t *row, int64_t net)
{
    int64_t vat = money_share(net, row_int(row, "rate"));
    int64_t left = row_int(row, "vat");

    return row_int(row, "net") + net == 0 || !within(left + vat, left) ? -left
                                                                       : vat;
}

static void
set_extra(struct invoice_line_new *lines, size_t n, int64_t rate, int64_t extra)
{
    for (size_t i = 0; i < n; i++) {
        if (lines[i].vat_rate == rate) {
            lines[i].vat_extra = extra;
            return;
        }
    }
}

static bool
rates_known(const json_t *rest, const struct invoice_line_new *lines, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!rate_of(rest, lines[i].vat_rate)) {
            return false;
        }
    }
    return true;
}

bool
correction_fits(const json_t *rest, const char *currency,
                struct invoice_line_new *lines, size_t n, bool *whole)
{
    json_t *row;
    size_t i;

    *whole = true;
    if (!rates_known(rest, lines, n)) {
        return false;
    }
    json_array_foreach(rest, i, row)
    {
        int64_t rate = row_int(row, "rate"), left = row_int(row, "net");
        int64_t net = net_of_rate(currency, lines, n, rate);

        if (!within(left + net, left)) {
            return false;
        }
        set_extra(lines, n, rate,
                  vat_of_part(row, net) - money_share(net, rate));
        *whole = *whole && left + net == 0;
    }
    return true;
}
