#include "catalog/price.h"

#include <string.h>

#include "base/money.h"
#include "base/tax.h"
#include "base/unit.h"

enum { MICRO = 1000000 };

/* Of a unit, and of a part: what contract items can have. */
static const int64_t unit_price_max = 10000000000000, part_max = 1000000000000;

/* ---- spans ---- */

/* In months or in days; false: no unit. */
static bool
measured(const struct price_span *s, bool *months, int64_t *n)
{
    *months = unit_months(s->unit) > 0;
    *n = (int64_t)s->every *
         (*months ? unit_months(s->unit) : unit_days(s->unit));
    return *n > 0;
}

bool
price_convert(int64_t price, const struct price_span *from,
              const struct price_span *to, int64_t *out)
{
    bool from_months, to_months;
    int64_t from_n, to_n;

    if (!measured(from, &from_months, &from_n) ||
        !measured(to, &to_months, &to_n) || from_months != to_months) {
        return false;
    }
    *out = money_scaled(price, to_n, from_n);
    return true;
}

bool
price_steps_ok(const struct price_step *steps, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool last = i + 1 == n;

        if (last ? steps[i].up_to != 0
                 : steps[i].up_to <= (i ? steps[i - 1].up_to : 0)) {
            return false;
        }
    }
    return n > 0;
}

/* ---- lines ---- */

struct lines {
    struct arena *arena;
    const struct price_order *order;
    struct price_line *list;
    size_t n, size;
};

static void
add(struct lines *l, struct price_line line)
{
    if (l->n == l->size) {
        struct price_line *more;

        l->size = l->size ? 2 * l->size : 16;
        more = arena_alloc(l->arena, l->size * sizeof *more);
        if (l->n) {
            memcpy(more, l->list, l->n * sizeof *more);
        }
        l->list = more;
    }
    line.net = money_net(line.quantity, line.unit_price, l->order->currency);
    l->list[l->n++] = line;
}

static enum price_result
add_component(struct lines *l, const struct price_component *c,
              int64_t quantity, int64_t price)
{
    int64_t unit_price;

    if (!price_convert(price, &c->per, &l->order->billed, &unit_price)) {
        return PRICE_PERIODS;
    }
    if (unit_price > unit_price_max) {
        return PRICE_LARGE;
    }
    add(l, (struct price_line){.kind = LINE_COMPONENT,
                               .id = c->id,
                               .description = c->name,
                               .quantity = quantity,
                               .unit_price = unit_price,
                               .vat_rate = c->vat_rate});
    return PRICE_OK;
}

/* Without an end it holds whatever is left. */
static bool
within(const struct price_step *step, int64_t quantity)
{
    return step->up_to == 0 || quantity <= step->up_to;
}

static enum price_result
add_scale(struct lines *l, const struct price_component *c)
{
    size_t i = 0;

    while (i + 1 < c->n_steps && !within(&c->steps[i], c->quantity)) {
        i++;
    }
    return add_component(l, c, c->quantity, c->steps[i].price);
}

static enum price_result
add_interval(struct lines *l, const struct price_component *c)
{
    enum price_result r = PRICE_OK;
    int64_t from = 0;

    for (size_t i = 0; i < c->n_steps && r == PRICE_OK && from < c->quantity;
         i++) {
        int64_t to =
            within(&c->steps[i], c->quantity) ? c->quantity : c->steps[i].up_to;

        r = add_component(l, c, to - from, c->steps[i].price);
        from = to;
    }
    return r;
}

static enum price_result
add_any(struct lines *l, const struct price_component *c)
{
    if (c->quantity <= 0) {
        return PRICE_OK;
    }
    switch (c->model) {
    case PRICE_SCALE:
        return add_scale(l, c);
    case PRICE_INTERVAL:
        return add_interval(l, c);
    default:
        return add_component(l, c, c->quantity, c->price);
    }
}

/* ---- sums ---- */

static struct taxes
taxes_of(struct arena *a, const struct price_line *lines, size_t n)
{
    struct taxes t = taxes_new(a, n);

    for (size_t i = 0; i < n; i++) {
        taxes_add(&t, lines[i].vat_rate, lines[i].net, 0);
    }
    return t;
}

static struct price_part
summed(struct arena *a, const struct lines *l)
{
    struct taxes t = taxes_of(a, l->list, l->n);
    struct price_tax *shown = arena_alloc(a, (t.n + 1) * sizeof *shown);
    struct price_part part = {
        .lines = l->list, .n_lines = l->n, .taxes = shown, .n_taxes = t.n};

    for (size_t i = 0; i < t.n; i++) {
        const struct tax *tax = &t.list[i];

        shown[i] = (struct price_tax){(int)tax->rate, tax->net, tax_vat(tax)};
        part.net += shown[i].net;
        part.vat += shown[i].vat;
    }
    part.gross = part.net + part.vat;
    return part;
}

/* ---- the discount ---- */

/*
 * How an amount is spread over rates: each has its share of the net, and what
 * rounding leaves over goes to the first ones, so that the sum is the amount.
 */
static void
spread(int64_t amount, const struct taxes *t, int64_t *off)
{
    int64_t net = 0, left = amount;

    for (size_t i = 0; i < t->n; i++) {
        net += t->list[i].net;
    }
    for (size_t i = 0; i < t->n; i++) {
        off[i] = net ? (int64_t)((__int128)amount * t->list[i].net / net) : 0;
        left -= off[i];
    }
    for (size_t i = 0; i < t->n && left > 0; i++) {
        int64_t room = t->list[i].net - off[i];
        int64_t more = left < room ? left : room;

        off[i] += more;
        left -= more;
    }
}

/* One line a rate, so that VAT follows. */
static void
add_discount(struct lines *l, const struct price_discount *d)
{
    struct taxes t = taxes_of(l->arena, l->list, l->n);
    int64_t *off = arena_alloc(l->arena, (t.n + 1) * sizeof *off), net = 0;

    for (size_t i = 0; i < t.n; i++) {
        net += t.list[i].net;
        off[i] = money_share(t.list[i].net, d->value);
    }
    if (!d->percent) {
        spread(d->value < net ? d->value : net, &t, off);
    }
    for (size_t i = 0; i < t.n; i++) {
        if (off[i] > 0) {
            add(l, (struct price_line){.kind = LINE_DISCOUNT,
                                       .id = d->id,
                                       .description = d->name,
                                       .quantity = MICRO,
                                       .unit_price = -money_unit_price(
                                           off[i], l->order->currency),
                                       .vat_rate = (int)t.list[i].rate});
        }
    }
}

/* ---- the whole ---- */

static enum price_result
add_recurring(struct lines *l, size_t *at)
{
    const struct price_order *o = l->order;
    enum price_result r;

    add(l, (struct price_line){.kind = LINE_PLAN,
                               .id = o->id,
                               .description = o->name,
                               .quantity = MICRO,
                               .unit_price = o->price,
                               .vat_rate = o->vat_rate});
    for (size_t i = 0; i < o->n_components; i++) {
        if ((r = add_any(l, &o->components[i])) != PRICE_OK) {
            *at = i;
            return r;
        }
    }
    return PRICE_OK;
}

static struct lines
joined(struct lines *l, const struct price_part *one,
       const struct price_part *other)
{
    struct lines all = {.arena = l->arena, .order = l->order};

    for (size_t i = 0; one && i < one->n_lines; i++) {
        add(&all, one->lines[i]);
    }
    for (size_t i = 0; i < other->n_lines; i++) {
        add(&all, other->lines[i]);
    }
    return all;
}

static struct price_part
one_off(struct arena *a, const struct price_order *o)
{
    struct lines l = {.arena = a, .order = o};

    if (o->setup_fee) {
        add(&l, (struct price_line){.kind = LINE_SETUP,
                                    .id = o->id,
                                    .description = o->setup_name,
                                    .quantity = MICRO,
                                    .unit_price = o->setup_fee,
                                    .vat_rate = o->vat_rate});
        if (o->discount && o->discount->one_off) {
            add_discount(&l, o->discount);
        }
    }
    return summed(a, &l);
}

enum price_result
price_order(struct arena *a, const struct price_order *o, struct price *out,
            size_t *at)
{
    struct lines l = {.arena = a, .order = o}, now;
    enum price_result r;
    bool paid_now = o->in_advance && !o->trial;

    *at = o->n_components;
    if ((r = add_recurring(&l, at)) != PRICE_OK) {
        return r;
    }
    out->recurring = out->later = summed(a, &l);
    if (out->later.net > part_max) {
        return PRICE_LARGE;
    }
    if (o->discount && o->discount->recurring) {
        /* the lines of later stay as they are */
        struct lines with = joined(&l, NULL, &out->later);

        add_discount(&with, o->discount);
        out->recurring = summed(a, &with);
        out->later = o->discount->periods ? out->later : out->recurring;
    }
    out->one_off = one_off(a, o);
    now = joined(&l, paid_now ? &out->recurring : NULL, &out->one_off);
    out->now = summed(a, &now);
    return PRICE_OK;
}
