/*
 * What an order costs: pure arithmetic over a plan variant, components with
 * quantities, and a discount. Unit prices and quantities are scaled by 10^6,
 * VAT rates and percentages are basis points, amounts minor units; all rounding
 * is base/money.h's. VAT is computed on the sum of a rate, not per line, as on
 * every document (billing/billing.h).
 *
 * The lines are those that items of a contract can have: description,
 * quantity, unit price and VAT rate, of which each amount follows.
 */
#ifndef CATALOG_PRICE_H
#define CATALOG_PRICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

enum price_model {
    PRICE_SIMPLE,   /* each unit has the one price */
    PRICE_SCALE,    /* all units have the price of the step that the quantity
                       lies in (volume pricing) */
    PRICE_INTERVAL, /* the units within a step have its price (graduated) */
};

/* A step goes from the one before, which it does not include, to up_to, which
 * it does; the last one has no end (0). */
struct price_step {
    int64_t up_to, price;
};

struct price_span { /* every 3 "month" */
    int every;
    const char *unit; /* day, week, month, year */
};

struct price_component {
    const char *id, *name;
    enum price_model model;
    int64_t price; /* PRICE_SIMPLE */
    const struct price_step *steps;
    size_t n_steps;
    struct price_span per; /* what the price is for */
    int vat_rate;
    int64_t quantity; /* 0: it is left out */
};

struct price_discount {
    const char *id, *name;
    bool percent;            /* value is basis points; else minor units */
    int64_t value;           /* an amount is taken off once a part, and never
                                more than all of it */
    bool recurring, one_off; /* which part it is taken off */
    int periods;             /* how many; 0: as long as the contract runs */
};

struct price_order {
    const char *id, *name; /* of the variant */
    const char *currency;
    int64_t price, setup_fee;
    const char *setup_name;
    struct price_span billed; /* the price is for that */
    bool in_advance;
    bool trial; /* begins with days that cost nothing */
    int vat_rate;
    const struct price_component *components;
    size_t n_components;
    const struct price_discount *discount; /* or NULL */
};

enum price_line_kind { LINE_PLAN, LINE_COMPONENT, LINE_SETUP, LINE_DISCOUNT };

struct price_line {
    enum price_line_kind kind;
    const char *id, *description;
    int64_t quantity, unit_price;
    int vat_rate;
    int64_t net;
};

struct price_tax {
    int rate;
    int64_t net, vat;
};

struct price_part {
    const struct price_line *lines;
    size_t n_lines;
    const struct price_tax *taxes; /* highest rate first */
    size_t n_taxes;
    int64_t net, vat, gross;
};

struct price {
    struct price_part recurring; /* a period, the first one */
    struct price_part later;     /* a period when the discount is over */
    struct price_part one_off;
    struct price_part now; /* what is billed with the order: the period as well,
                              if that is in advance and costs something */
};

enum price_result {
    PRICE_OK,
    PRICE_PERIODS, /* a component's span has no whole relation to the billing
                      period: months and years, or days and weeks, have */
    PRICE_LARGE,   /* more than an amount of a contract can be */
};

enum { PRICE_COMPONENTS_MAX = 200 };

/* *at: the component that is to blame, or n_components. */
enum price_result price_order(struct arena *a, const struct price_order *order,
                              struct price *out, size_t *at);

/* A price for one span as that for another. False: PRICE_PERIODS. */
bool price_convert(int64_t price, const struct price_span *from,
                   const struct price_span *to, int64_t *out);

/* Whether steps are some: each ends above the one before, the last has no end.
 */
bool price_steps_ok(const struct price_step *steps, size_t n);

#endif
