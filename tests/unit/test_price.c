/* What orders cost, against a second calculation that counts otherwise. */
#include "app.h"

#include <time.h>

#include "base/money.h"
#include "catalog/price.h"

enum { MICRO = 1000000, CASES = 20000, MANY = 200 };

/* A case whose title names the requirement's row. */
#define ROW(title, fn)                                                         \
    {                                                                          \
        .name = (title), .test_func = (fn), .setup_func = set_up,              \
        .teardown_func = tear_down                                             \
    }
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct price_span month = {1, "month"}, year = {1, "year"},
                               quarter = {3, "month"}, week = {1, "week"},
                               fortnight = {14, "day"};

/* The same numbers on each run. */
static uint64_t seed = 20261127;

static int64_t
random_below(int64_t n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (int64_t)((seed >> 20) % (uint64_t)n);
}

/* ---- the second calculation: digits of a decimal number ---- */

/* numerator / 10^digits, half away from zero, by looking at the digit behind.
 */
static int64_t
cut(__int128 number, int digits)
{
    bool negative = number < 0;
    int dropped = 0;

    number = negative ? -number : number;
    for (int i = 0; i < digits; i++) {
        dropped = (int)(number % 10);
        number /= 10;
    }
    number += dropped >= 5;
    return (int64_t)(negative ? -number : number);
}

/* Unit after unit, the last of which may be a part of one. */
static int64_t
interval_by_units(const struct price_step *steps, size_t n, int64_t quantity)
{
    __int128 parts[8] = {0};
    int64_t sum = 0;

    for (int64_t at = 0; at < quantity; at += MICRO) {
        int64_t part = quantity - at < MICRO ? quantity - at : MICRO;
        size_t i = 0;

        while (steps[i].up_to && at + part > steps[i].up_to) {
            i++;
        }
        parts[i] += (__int128)part * steps[i].price;
    }
    for (size_t i = 0; i < n; i++) {
        sum += cut(parts[i], 10);
    }
    return sum;
}

static int64_t
scale_by_search(const struct price_step *steps, size_t n, int64_t quantity)
{
    for (size_t i = n; i-- > 0;) {
        if (i == 0 || quantity > steps[i - 1].up_to) {
            return cut((__int128)quantity * steps[i].price, 10);
        }
    }
    return -1;
}

static size_t
random_steps(struct price_step *steps)
{
    size_t n = 1 + (size_t)random_below(8);
    int64_t end = 0;

    for (size_t i = 0; i < n; i++) {
        end += (1 + random_below(40)) * MICRO; /* whole units end a step */
        steps[i] = (struct price_step){i + 1 == n ? 0 : end,
                                       random_below(20 * (int64_t)MICRO)};
    }
    return n;
}

static struct price
priced(struct arena *a, const struct price_order *order)
{
    struct price out = {0};
    size_t at;

    assert_int_equal(price_order(a, order, &out, &at), PRICE_OK);
    return out;
}

static struct price_order
order_of(const struct price_component *components, size_t n)
{
    return (struct price_order){.id = "v",
                                .name = "Plan",
                                .currency = "EUR",
                                .setup_name = "Setup",
                                .billed = month,
                                .in_advance = true,
                                .vat_rate = 1900,
                                .components = components,
                                .n_components = n};
}

static void
steps_match_a_second_calculation(void **state)
{
    struct arena *a = arena;

    (void)state;
    for (int i = 0; i < CASES; i++) {
        struct price_step steps[8];
        struct price_component c = {
            "c",   "C",   PRICE_SCALE,
            0,     steps, random_steps(steps),
            month, 1900,  1 + random_below(400 * (int64_t)MICRO)};
        struct price_order order = order_of(&c, 1);

        if (i % 2) {
            c.quantity -= c.quantity % MICRO; /* whole units, at a step's end */
        }
        assert_true(price_steps_ok(steps, c.n_steps));
        assert_int_equal(priced(a, &order).recurring.net,
                         scale_by_search(steps, c.n_steps, c.quantity));
        c.model = PRICE_INTERVAL;
        assert_int_equal(priced(a, &order).recurring.net,
                         interval_by_units(steps, c.n_steps, c.quantity));
        arena_reset(a);
    }
}

static void
steps_end_with_what_they_name(void **state)
{
    static const struct price_step steps[] = {{10 * (int64_t)MICRO, 5 * MICRO},
                                              {20 * (int64_t)MICRO, 4 * MICRO},
                                              {0, 3 * MICRO}};
    static const struct {
        int64_t quantity, scale, interval;
    } rows[] = {{1, 500, 500},    {10, 5000, 5000}, {11, 4400, 5400},
                {20, 8000, 9000}, {21, 6300, 9300}, {100, 30000, 33000}};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct price_component c = {"c",   "C",   PRICE_SCALE,
                                    0,     steps, 3,
                                    month, 1900,  rows[i].quantity * MICRO};
        struct price_order order = order_of(&c, 1);

        assert_int_equal(priced(arena, &order).recurring.net, rows[i].scale);
        c.model = PRICE_INTERVAL;
        assert_int_equal(priced(arena, &order).recurring.net, rows[i].interval);
    }
}

static void
steps_that_are_none(void **state)
{
    const struct price_step falling[] = {{20, 1}, {10, 1}, {0, 1}};
    const struct price_step ended[] = {{20, 1}, {30, 1}};
    const struct price_step endless[] = {{0, 1}, {0, 1}};

    (void)state;
    assert_false(price_steps_ok(falling, 3));
    assert_false(price_steps_ok(ended, 2));
    assert_false(price_steps_ok(endless, 2));
    assert_false(price_steps_ok(endless, 0));
    assert_true(price_steps_ok(endless, 1));
}

static void
spans_are_converted(void **state)
{
    static const struct {
        const struct price_span *from, *to;
        int64_t price, want; /* -1: not at all */
    } rows[] = {{&month, &year, 5 * MICRO, 60 * MICRO},
                {&year, &month, 100 * MICRO, 8333333},
                {&year, &quarter, 50 * MICRO, 12500000},
                {&month, &quarter, 1, 3},
                {&fortnight, &week, 3, 2}, /* half away from zero */
                {&month, &week, 1, -1},
                {&fortnight, &year, 1, -1}};
    const struct price_span never = {0, "month"}, odd = {1, "fortnight"};
    int64_t out;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        bool ok = price_convert(rows[i].price, rows[i].from, rows[i].to, &out);

        assert_int_equal(ok, rows[i].want >= 0);
        assert_int_equal(ok ? out : -1, rows[i].want);
    }
    assert_false(price_convert(1, &never, &month, &out));
    assert_false(price_convert(1, &month, &odd, &out));
}

static int64_t
tax_of(const struct price_part *part, int rate)
{
    for (size_t i = 0; i < part->n_taxes; i++) {
        if (part->taxes[i].rate == rate) {
            return part->taxes[i].vat;
        }
    }
    return -1;
}

static void
vat_is_of_the_sum_of_a_rate(void **state)
{
    /* three lines of 0.33 at 19 %: 0.06 each, and 0.19 of their sum */
    const struct price_component c[] = {
        {"a", "A", PRICE_SIMPLE, 330000, NULL, 0, month, 1900, MICRO},
        {"b", "B", PRICE_SIMPLE, 330000, NULL, 0, month, 1900, MICRO},
        {"c", "C", PRICE_SIMPLE, 330000, NULL, 0, month, 1900, MICRO},
        {"d", "D", PRICE_SIMPLE, 10 * MICRO, NULL, 0, month, 700, MICRO},
        {"e", "E", PRICE_SIMPLE, 10 * MICRO, NULL, 0, month, 1900, 0}};
    struct price_order order = order_of(c, COUNT(c));
    struct price p = priced(arena, &order);

    (void)state;
    assert_int_equal(p.recurring.n_lines, 5);
    assert_int_equal(p.recurring.n_taxes, 2);
    assert_int_equal(p.recurring.taxes[0].rate, 1900);
    assert_int_equal(tax_of(&p.recurring, 1900), 19);
    assert_int_equal(tax_of(&p.recurring, 700), 70);
    assert_int_equal(p.recurring.net, 1099);
    assert_int_equal(p.recurring.gross, 1188);
}

static void
discounts_are_taken_off(void **state)
{
    const struct price_component c = {
        "c", "C", PRICE_SIMPLE, 10 * MICRO, NULL, 0, month, 700, MICRO};
    struct price_discount d = {"d", "D", true, 1500, true, false, 2};
    struct price_order order = order_of(&c, 1);
    struct price p;

    (void)state;
    order.price = 20 * (int64_t)MICRO;
    order.setup_fee = 50 * (int64_t)MICRO;
    order.discount = &d;
    p = priced(arena, &order);
    assert_int_equal(p.recurring.net, 2550); /* 20 + 10 - 3 - 1.50 */
    assert_int_equal(p.recurring.vat, 323 + 60);
    assert_int_equal(p.later.net, 3000);
    assert_int_equal(p.one_off.net, 5000);
    assert_int_equal(p.now.net, 7550);
    d.periods = 0; /* as long as it runs */
    assert_int_equal(priced(arena, &order).later.net, 2550);
    d = (struct price_discount){"d", "D", false, 1000, true, true, 1};
    p = priced(arena, &order);
    assert_int_equal(p.recurring.net, 2000); /* 6.67 and 3.33 by rate */
    assert_int_equal(p.recurring.taxes[0].net, 1333);
    assert_int_equal(p.one_off.net, 4000);
    d.value = 999999; /* never below nothing */
    p = priced(arena, &order);
    assert_int_equal(p.recurring.gross, 0);
    assert_int_equal(p.one_off.gross, 0);
    assert_int_equal(p.later.net, 3000);
}

static void
an_amount_is_spread_to_the_cent(void **state)
{
    struct arena *a = arena;

    (void)state;
    for (int i = 0; i < CASES / 10; i++) {
        struct price_component c[5];
        struct price_discount d = {"d",  "D",   false, 1 + random_below(200000),
                                   true, false, 0};
        struct price_order order = order_of(c, COUNT(c));
        struct price p;
        int64_t before = 0;

        for (size_t k = 0; k < COUNT(c); k++) {
            c[k] = (struct price_component){
                "c",  "C", PRICE_SIMPLE, random_below(300 * (int64_t)MICRO),
                NULL, 0,   month,        (int)random_below(5) * 500,
                MICRO};
            before += cut((__int128)c[k].price * MICRO, 10);
        }
        order.discount = &d;
        p = priced(a, &order);
        assert_int_equal(p.recurring.net,
                         d.value < before ? before - d.value : 0);
        for (size_t k = 0; k < p.recurring.n_taxes; k++) {
            assert_true(p.recurring.taxes[k].net >= 0);
        }
        arena_reset(a);
    }
}

static void
what_is_billed_at_once(void **state)
{
    struct price_order order = order_of(NULL, 0);

    (void)state;
    order.price = 10 * MICRO;
    order.setup_fee = 5 * MICRO;
    assert_int_equal(priced(arena, &order).now.net, 1500);
    order.trial = true;
    assert_int_equal(priced(arena, &order).now.net, 500);
    order.trial = order.in_advance = false;
    assert_int_equal(priced(arena, &order).now.net, 500);
    order.setup_fee = 0;
    assert_int_equal(priced(arena, &order).now.gross, 0);
}

static void
what_cannot_be_priced(void **state)
{
    struct price_component c[] = {
        {"a", "A", PRICE_SIMPLE, MICRO, NULL, 0, month, 1900, MICRO},
        {"b", "B", PRICE_SIMPLE, MICRO, NULL, 0, week, 1900, MICRO}};
    struct price_order order = order_of(c, 2);
    struct price out;
    size_t at;

    (void)state;
    assert_int_equal(price_order(arena, &order, &out, &at), PRICE_PERIODS);
    assert_int_equal(at, 1);
    c[1] = c[0];
    c[1].price = 9000000 * (int64_t)MICRO;
    order.billed = year;
    assert_int_equal(price_order(arena, &order, &out, &at), PRICE_LARGE);
    assert_int_equal(at, 1);
    c[1].per = year;
    c[1].quantity = 1000000 * (int64_t)MICRO;
    assert_int_equal(price_order(arena, &order, &out, &at), PRICE_LARGE);
    assert_int_equal(at, 2);
}

static void
currencies_have_their_digits(void **state)
{
    const struct price_component c = {"c", "C",   PRICE_SIMPLE, 1500000, NULL,
                                      0,   month, 1000,         MICRO};
    struct price_discount d = {"d", "D", false, 1, true, false, 0};
    struct price_order order = order_of(&c, 1);

    (void)state;
    order.discount = &d;
    order.currency = "JPY";
    assert_int_equal(priced(arena, &order).recurring.net, 1); /* 2 - 1 */
    order.currency = "KWD";
    assert_int_equal(priced(arena, &order).recurring.net, 1499);
}

/* Says what it takes; a second of it would be a loop within a loop. */
static void
many_components_are_quick(void **state)
{
    struct price_component c[MANY];
    struct price_step steps[MANY][8];
    struct price_order order = order_of(c, MANY);
    struct price p;
    clock_t began = clock();

    (void)state;
    for (size_t i = 0; i < MANY; i++) {
        c[i] = (struct price_component){"c",
                                        "C",
                                        PRICE_INTERVAL,
                                        0,
                                        steps[i],
                                        random_steps(steps[i]),
                                        month,
                                        (int)(i % 7) * 100,
                                        400 * (int64_t)MICRO};
    }
    p = priced(arena, &order);
    assert_true(p.recurring.n_lines >= MANY);
    print_message("%d components: %.3f ms\n", MANY,
                  (double)(clock() - began) * 1000 / CLOCKS_PER_SEC);
}

static void
amounts_are_rounded_half_away_from_zero(void **state)
{
    (void)state;
    assert_int_equal(money_net(MICRO, 5000, "EUR"), 1);
    assert_int_equal(money_net(MICRO, -5000, "EUR"), -1);
    assert_int_equal(money_net(MICRO, 4999, "EUR"), 0);
    assert_int_equal(money_share(50, 100), 1);
    assert_int_equal(money_share(-50, 100), -1);
    assert_int_equal(money_share(1000000000000000, 10000), 1000000000000000);
    assert_int_equal(money_scaled(-1, 1, 2), -1);
    assert_int_equal(money_unit_price(150, "EUR"), 1500000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        ROW("B104: scale and interval prices match a second calculation",
            steps_match_a_second_calculation),
        ROW("B104: a step holds what it ends with",
            steps_end_with_what_they_name),
        ROW("B104: steps rise, and the last one has no end",
            steps_that_are_none),
        ROW("B104: a price for a month is one for a year", spans_are_converted),
        ROW("B104: VAT is computed on the sum of a rate",
            vat_is_of_the_sum_of_a_rate),
        ROW("B104: discounts are taken off by rate", discounts_are_taken_off),
        ROW("B104: an amount is spread to the cent",
            an_amount_is_spread_to_the_cent),
        ROW("B104: what is billed with the order", what_is_billed_at_once),
        ROW("B104: what cannot be priced says why", what_cannot_be_priced),
        ROW("B104: currencies have their digits", currencies_have_their_digits),
        ROW("B104: 200 components", many_components_are_quick),
        ROW("B104: amounts are rounded half away from zero",
            amounts_are_rounded_half_away_from_zero),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
