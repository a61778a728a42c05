#include "app.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "billing/give_back.h"
#include "contract/contract.h"

enum { LINES = 6 };

/* What is no item. The months begin on January 31st. */
#define SERVICE 1

/* As 0, and it takes the columns to know that. */
#define UNNAMED (-1)

static json_t *
line(const char *text, const struct contract_period *p, int64_t net,
     int64_t service)
{
    return json_pack(
        "{s:s, s:i, s:I, s:i, s:I, s:o, s:s, s:s}", "description", text,
        "quantity", 1000000, "unit_price", (json_int_t)(net * 10000),
        "vat_rate", 1900, "net", (json_int_t)net, "service",
        service ? json_string("sve_1") : json_null(), "period_from",
        p && !service ? p->from : "", "period_to", p && !service ? p->to : "");
}

/* The period of the nth line of an invoice; each: lines of a period, 0: all
 * have all of it. */
static struct contract_period
period(const struct give_back *g, int each, size_t n)
{
    struct contract_terms t = g->terms;
    struct contract_period p = {0};

    t.end = NULL;
    if (each <= 0) {
        strcpy(p.from, row_text(g->invoice, "billed_from"));
        strcpy(p.to, row_text(g->invoice, "billed_to"));
    } else {
        assert_true(contract_period(&t, (int64_t)n / each, &p));
    }
    return p;
}

/* Named as runs do. */
static const char *
named(const struct contract_period *p)
{
    return arena_printf(arena, "Item, %s – %s",
                        text_date(arena, "de", p->from, false),
                        text_date(arena, "de", p->to, false));
}

static json_t *
invoice_of(const char *from, const char *to)
{
    return json_in_arena(arena, json_pack("{s:s, s:s, s:s, s:s}", "billed_from",
                                          from, "billed_to", to, "language",
                                          "de", "currency", "EUR"));
}

/* F46, B127 */
static void
what_is_billed_beyond_the_end_is_given_back(void **state)
{
    static const struct {
        const char *from, *to, *end;
        int each; /* lines of a period that name it; 0: none does */
        int64_t lines[LINES][2]; /* net, SERVICE; {0}: no more */
        int64_t back[LINES];     /* nets; 0: no more */
    } rows[] = {
        /* 14 of 28 days */
        {"2026-01-31", "2026-02-27", "2026-02-13", 0, {{1000}}, {-500}},
        /* kept is rounded away from zero: 5.01 of 10.01 */
        {"2026-01-31", "2026-02-27", "2026-02-13", 0, {{1001}}, {-500}},
        {"2026-01-31", "2026-02-27", "2026-02-13", 0, {{-1001}}, {500}},
        /* the last day, all of it, and nothing */
        {"2026-01-31", "2026-02-27", "2026-02-26", 0, {{2800}}, {-100}},
        {"2026-01-31", "2026-02-27", "2026-01-30", 0, {{2800}}, {-2800}},
        {"2026-01-31", "2026-02-27", "2026-02-27", 0, {{2800}}, {0}},
        /* three months of 28, 31 and 30 days: each by its own */
        {"2026-01-31",
         "2026-04-29",
         "2026-03-30",
         2,
         {{100}, {200}, {100}, {200}, {100}, {200}},
         {-100, -200}},
        {"2026-01-31",
         "2026-04-29",
         "2026-02-28",
         1,
         {{2800}, {3100}, {3000}},
         {-3000, -3000}},
        /* a discount goes back with it, a service stays */
        {"2026-01-31",
         "2026-02-27",
         "2026-02-13",
         0,
         {{700, SERVICE}, {1000}, {-100}, {900, SERVICE}},
         {-500, 50}},
        {"2026-01-31", "2026-02-27", "2026-02-13", 0, {{700, SERVICE}}, {0}},
        /* what names no period of several is of none that is known */
        {"2026-01-31", "2026-03-30", "2026-02-27", UNNAMED, {{5900}}, {-3100}},
        /* a period that an end had cut before: 10 of 14 days are kept */
        {"2026-01-31", "2026-02-13", "2026-02-09", 0, {{1400}}, {-400}},
    };

    (void)state;
    for (size_t i = 0; i < 2 * (sizeof rows / sizeof *rows); i++) {
        size_t row = i / 2, n, k;
        bool stored = i % 2; /* in columns, or in the text as before */
        json_t *lines = json_in_arena(arena, json_array());
        struct give_back g = {arena,
                              {.start = "2026-01-31",
                               .end = rows[row].end,
                               .every = 1,
                               .unit = "month",
                               .in_advance = true},
                              rows[row].end,
                              invoice_of(rows[row].from, rows[row].to),
                              lines};
        struct invoice_line_new *out;

        for (k = 0; k < LINES && rows[row].lines[k][0]; k++) {
            struct contract_period p = period(&g, rows[row].each, k);

            json_array_append_new(
                lines, line(stored || rows[row].each <= 0 ? "Item" : named(&p),
                            stored ? &p : NULL, rows[row].lines[k][0],
                            rows[row].lines[k][1]));
        }
        assert_int_equal(give_back_lines(&g, &out, &n),
                         stored || rows[row].each != UNNAMED);
        if (!stored && rows[row].each == UNNAMED) {
            continue;
        }
        for (k = 0; k < LINES && rows[row].back[k]; k++) {
            int64_t net = k < n ? contract_line_net(out[k].quantity,
                                                    out[k].unit_price, "EUR")
                                : 0;

            assert_int_equal(net, rows[row].back[k]);
        }
        assert_int_equal(n, k);
    }
}

/* F46, B127: each of them is found, and what names a day that is not billed is
 * not taken for another one's */
static void
thousands_of_periods_are_given_back(void **state)
{
    json_t *lines = json_in_arena(arena, json_array());
    struct give_back g = {
        arena,
        {.start = "2020-01-01", .every = 1, .unit = "day", .in_advance = true},
        "2025-06-20",
        invoice_of("2020-01-01", "2025-06-22"), /* 2000 days */
        lines};
    struct contract_period p;
    struct invoice_line_new *out;
    size_t n;

    (void)state;
    for (size_t i = 0; i < 2000; i++) {
        p = period(&g, 1, i);
        json_array_append_new(lines, line(named(&p), NULL, 100, 0));
    }
    assert_true(give_back_lines(&g, &out, &n));
    assert_int_equal(n, 2);
    assert_string_equal(out[1].description, "Item, 22.06.2025 – 22.06.2025");
    p = period(&g, 1, 2000);
    json_array_append_new(lines, line(named(&p), NULL, 100, 0));
    assert_false(give_back_lines(&g, &out, &n));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_billed_beyond_the_end_is_given_back),
        TEST(thousands_of_periods_are_given_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
