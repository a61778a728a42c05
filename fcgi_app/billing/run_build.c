#include "billing/run_build.h"

#include <string.h>

#include "base/clock.h"
#include "base/money.h"
#include "base/text.h"
#include "customer/customer.h"

enum { MICRO = 1000000 };

/* Minor units: with a VAT rate they are multiplied once more. */
static const int64_t amount_max = 100000000000000;

static void
fail(struct run_bill *b, const char *why)
{
    if (!b->failure) {
        b->failure = why;
    }
}

/* ---- lines ---- */

/* The document has the days from the first to the last one that it bills: of
 * periods or, where there are none, of services, which have their own day. */
static void
stretch(struct run_bill *b, const char *from, const char *to)
{
    if (!b->from[0] || strcmp(from, b->from) < 0) {
        memcpy(b->from, from, sizeof b->from);
    }
    if (!b->to[0] || strcmp(to, b->to) > 0) {
        memcpy(b->to, to, sizeof b->to);
    }
}

static bool
fits(const struct invoice_line_new *line)
{
    __int128 product = (__int128)line->quantity * line->unit_price;
    __int128 most = (__int128)amount_max * 1000000000; /* of 3 digits */

    return product <= most && product >= -most;
}

static void
add_line(struct run_bill *b, const struct invoice_line_new *line)
{
    if (b->n_lines == b->room) {
        fail(b, "too_many_lines");
    } else if (!fits(line)) {
        fail(b, "amount_too_large");
    } else {
        b->nets[b->n_lines] =
            contract_line_net(line->quantity, line->unit_price,
                              row_text(b->contract, "currency"));
        b->lines[b->n_lines++] = *line;
    }
}

/* A line of a period that is cut has its share as the price of one. */
static void
add_item(struct run_bill *b, const json_t *item,
         const struct contract_period *p)
{
    const char *currency = row_text(b->contract, "currency");
    struct invoice_line_new line = {.description =
                                        row_text(item, "description"),
                                    .quantity = row_int(item, "quantity"),
                                    .unit_price = row_int(item, "unit_price"),
                                    .vat_rate = (int)row_int(item, "vat_rate")};
    int64_t share;

    if (p->days != p->whole && fits(&line)) {
        share = contract_share(
            contract_line_net(line.quantity, line.unit_price, currency), p);
        line.quantity = MICRO;
        line.unit_price = money_unit_price(share, currency);
    }
    add_line(b, &line);
    if (!b->failure) {
        memcpy(b->periods[b->n_lines - 1].from, p->from, sizeof p->from);
        memcpy(b->periods[b->n_lines - 1].to, p->to, sizeof p->to);
    }
}

/* ---- periods ---- */

static bool
recurs(const json_t *c)
{
    int64_t day;

    return row_int(c, "every") > 0 && row_int(c, "every") < 10000 &&
           clock_parse_date(row_text(c, "start_date"), &day) &&
           clock_parse_date(row_text(c, "next_billing"), &day);
}

/* The next period that the date has come for. False: none. */
static bool
next_period(const struct run_bill *b, const char *until,
            struct contract_period *p)
{
    char day[11];

    return contract_period_after(&b->rhythm, until, p) &&
           contract_billing_day(&b->rhythm, p, day) &&
           strcmp(day, b->terms->date) <= 0;
}

static int64_t
lines_of(const struct run_bill *b)
{
    const json_t *c = b->contract;
    int64_t n = row_int(c, "n_services"), items = row_int(c, "n_items");
    struct contract_period p;
    char until[11];

    if (!row_text(c, "next_billing") || !recurs(c)) {
        return n;
    }
    contract_billed_until(c, until);
    while (n <= RUN_LINES_MAX && next_period(b, until, &p)) {
        memcpy(until, p.to, sizeof until);
        n += items;
        n += items == 0; /* a period is work, too */
    }
    return n;
}

struct run_bill
run_bill_of(struct arena *a, const struct run_terms *terms,
            const json_t *contract)
{
    struct run_bill b = {.arena = a,
                         .terms = terms,
                         .contract = contract,
                         .rhythm = contract_terms_of(contract)};

    b.lines_max = lines_of(&b);
    return b;
}

/* All periods, and a line for each item of each. items: of this contract. */
static void
bill_periods(struct run_bill *b, const json_t *items, size_t from, size_t end)
{
    struct contract_period p;

    if (!recurs(b->contract)) {
        fail(b, "no_recurrence");
        return;
    }
    contract_billed_until(b->contract, b->until);
    while (!b->failure && next_period(b, b->until, &p)) {
        memcpy(b->until, p.to, sizeof b->until);
        stretch(b, p.from, p.to);
        if (!b->billed_from[0]) {
            memcpy(b->billed_from, p.from, sizeof b->billed_from);
        }
        memcpy(b->billed_to, p.to, sizeof b->billed_to);
        for (size_t i = from; i < end; i++) {
            if (contract_item_holds(json_array_get(items, i), p.begin)) {
                add_item(b, json_array_get(items, i), &p);
            }
        }
    }
    b->moves = true;
    b->ends = !contract_next_billing(&b->rhythm, b->until, b->next);
}

/* ---- services ---- */

static void
add_service(struct run_bill *b, const json_t *service, bool with_period)
{
    const char *day = row_text(service, "performance_date");
    struct invoice_line_new line = {
        .description = row_text(service, "description"),
        .quantity = row_int(service, "quantity"),
        .unit_price = row_int(service, "unit_price"),
        .vat_rate = (int)row_int(service, "vat_rate"),
        .service = row_text(service, "id"),
        .performed = day};

    add_line(b, &line);
    if (!with_period) {
        stretch(b, day, day);
    }
}

/* ---- all of it ---- */

/* Where the rows with that n end. */
static size_t
end_of(const json_t *rows, size_t at, int64_t n)
{
    while (at < json_array_size(rows) &&
           row_int(json_array_get(rows, at), "n") == n) {
        at++;
    }
    return at;
}

static void
sum_up(struct run_bill *b)
{
    int64_t sum = 0;

    for (size_t i = 0; i < b->n_lines && sum <= amount_max; i++) {
        sum += b->nets[i] < 0 ? -b->nets[i] : b->nets[i];
    }
    if (sum > amount_max) {
        fail(b, "amount_too_large");
        return;
    }
    b->sums = invoice_sums_of(b->arena, b->lines, b->nets, b->n_lines);
    b->type = b->sums.net + b->sums.vat < 0 ? "credit_note" : "invoice";
}

static void
set_due(struct run_bill *b)
{
    const json_t *days = json_object_get(b->contract, "due_days");

    if (!span_days(b->terms->date,
                   json_is_integer(days) ? json_integer_value(days)
                                         : b->terms->due_days,
                   b->due)) {
        fail(b, "no_due_date");
    }
}

/* A line of an item says its period where that is not the document's. */
static void
name_periods(struct run_bill *b)
{
    struct arena *a = b->arena;

    for (size_t i = 0; i < b->n_lines; i++) {
        const char *from = b->periods[i].from, *to = b->periods[i].to;

        if (from[0] && (strcmp(from, b->from) || strcmp(to, b->to))) {
            b->lines[i].description =
                arena_printf(a, "%s, %s – %s", b->lines[i].description,
                             text_date(a, b->language, from, false),
                             text_date(a, b->language, to, false));
        }
    }
}

static void
set_language(struct run_bill *b)
{
    const char *own = row_text(b->contract, "language");

    b->language = own && own[0] && tenant_speaks(b->terms->tenant, own)
                      ? own
                      : b->terms->tenant->default_language;
}

static void
make_room(struct run_bill *b)
{
    if (b->lines_max > RUN_LINES_MAX) {
        fail(b, "too_many_lines"); /* none of them was read */
        return;
    }
    b->room = (size_t)b->lines_max;
    b->lines = arena_alloc(b->arena, (b->room + 1) * sizeof *b->lines);
    b->nets = arena_alloc(b->arena, (b->room + 1) * sizeof *b->nets);
    b->periods = arena_alloc(b->arena, (b->room + 1) * sizeof *b->periods);
}

void
run_bill(struct run_bill *b, int64_t n, struct run_rows *rows)
{
    size_t items = rows->item, services = rows->service;
    bool with_period;

    rows->item = end_of(rows->items, items, n);
    rows->service = end_of(rows->services, services, n);
    make_room(b);
    if (b->failure) {
        return;
    }
    set_language(b);
    if (row_text(b->contract, "next_billing")) {
        bill_periods(b, rows->items, items, rows->item);
    }
    with_period = b->from[0] != '\0';
    for (size_t i = services; i < rows->service; i++) {
        add_service(b, json_array_get(rows->services, i), with_period);
    }
    set_due(b);
    sum_up(b);
    name_periods(b);
}
