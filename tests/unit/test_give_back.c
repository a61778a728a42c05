#include "app.h"

#include "base/json.h"
#include "base/text.h"
#include "billing/give_back.h"
#include "contract/contract.h"

enum { LINES = 6 };

/* What is no item. The months begin on January 31st. */
#define SERVICE 1

static json_t *
line(const char *text, int64_t net, int64_t service)
{
    return json_pack("{s:s, s:i, s:I, s:i, s:I, s:o}", "description", text,
                     "quantity", 1000000, "unit_price",
                     (json_int_t)(net * 10000), "vat_rate", 1900, "net",
                     (json_int_t)net, "service",
                     service ? json_string("sve_1") : json_null());
}

/* Named as runs do. */
static const char *
item(const struct contract_terms *terms, int each, size_t position)
{
    struct contract_terms t = *terms;
    struct contract_period p;

    t.end = NULL;
    if (each == 0) {
        return "Item";
    }
    assert_true(contract_period(&t, (int64_t)position / each, &p));
    return arena_printf(arena, "Item, %s – %s",
                        text_date(arena, "de", p.from, false),
                        text_date(arena, "de", p.to, false));
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
        /* no line for each period: by all of its days, 28 of 59 are kept */
        {"2026-01-31", "2026-03-30", "2026-02-27", 0, {{5900}}, {-3100}},
        /* a period that an end had cut before: 10 of 14 days are kept */
        {"2026-01-31", "2026-02-13", "2026-02-09", 0, {{1400}}, {-400}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_t *lines = json_in_arena(arena, json_array());
        json_t *invoice = json_in_arena(
            arena, json_pack("{s:s, s:s, s:s, s:s}", "billed_from",
                             rows[i].from, "billed_to", rows[i].to, "language",
                             "de", "currency", "EUR"));
        struct give_back g = {arena,
                              {.start = "2026-01-31",
                               .end = rows[i].end,
                               .every = 1,
                               .unit = "month",
                               .in_advance = true},
                              rows[i].end,
                              invoice,
                              lines};
        struct invoice_line_new *out;
        size_t n, k;

        for (k = 0; k < LINES && rows[i].lines[k][0]; k++) {
            json_array_append_new(lines, line(item(&g.terms, rows[i].each, k),
                                              rows[i].lines[k][0],
                                              rows[i].lines[k][1]));
        }
        n = give_back_lines(&g, &out);
        for (k = 0; k < LINES && rows[i].back[k]; k++) {
            int64_t net = k < n ? contract_line_net(out[k].quantity,
                                                    out[k].unit_price, "EUR")
                                : 0;

            assert_int_equal(net, rows[i].back[k]);
        }
        assert_int_equal(n, k);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_billed_beyond_the_end_is_given_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
