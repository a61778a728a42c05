/* How money is distributed, and what corrections take back. */
#include "app.h"

#include <string.h>

#include "billing/correction.h"
#include "billing/ledger.h"

static void
an_amount_goes_to_what_comes_first(void **state)
{
    static const struct {
        int64_t amount, open[3], out[3], left;
    } rows[] = {
        {0, {100, 50, 25}, {0, 0, 0}, 0},
        {1, {100, 50, 25}, {1, 0, 0}, 0},
        {100, {100, 50, 25}, {100, 0, 0}, 0},
        {120, {100, 50, 25}, {100, 20, 0}, 0},
        {175, {100, 50, 25}, {100, 50, 25}, 0},
        {200, {100, 50, 25}, {100, 50, 25}, 25},
        {30, {0, 50, 25}, {0, 30, 0}, 0},
    };
    int64_t out[3];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(
            ledger_distribute(rows[i].amount, rows[i].open, 3, out),
            rows[i].left);
        assert_memory_equal(out, rows[i].out, sizeof out);
    }
    assert_int_equal(ledger_distribute(7, NULL, 0, NULL), 7);
}

/* A line of a document: net in cents, rate in percent. */
static void
add_line(json_t *lines, const char *document, int64_t net, int rate)
{
    json_array_append_new(
        lines, json_pack("{s:s, s:s, s:I, s:I, s:i, s:I}", "invoice", document,
                         "description", "L", "quantity", (json_int_t)1000000,
                         "unit_price", (json_int_t)(net * 10000), "vat_rate",
                         rate * 100, "net", (json_int_t)net));
}

static struct invoice_line_new
back(int64_t net, int rate)
{
    return (struct invoice_line_new){.description = "B",
                                     .quantity = -1000000,
                                     .unit_price = net * 10000,
                                     .vat_rate = rate * 100};
}

static void
what_is_left_is_summed_by_rate(void **state)
{
    struct arena *a = arena;
    json_t *lines = json_array(), *rest;

    (void)state;
    add_line(lines, "inv_1", 101, 19);
    add_line(lines, "inv_1", 1000, 7);
    add_line(lines, "inv_2", -50, 19);
    rest = correction_rest(a, lines);
    assert_int_equal(json_array_size(rest), 2);
    assert_int_equal(row_int(json_array_get(rest, 0), "net"), 51);
    /* 19 cents of 101, less 10 of 50 */
    assert_int_equal(row_int(json_array_get(rest, 0), "vat"), 9);
    assert_int_equal(row_int(json_array_get(rest, 1), "vat"), 70);
    json_decref(rest);
    json_decref(lines);
}

static void
a_correction_fits_or_not(void **state)
{
    static const struct {
        int64_t net;
        int rate;
        bool fits, whole;
        int64_t extra;
    } rows[] = {
        {51, 19, true, true, 1}, /* 10 by its rate, and 9 are left */
        {50, 19, true, false, 1},  {10, 19, true, false, 0},
        {52, 19, false, false, 0}, {1, 20, false, false, 0},
    };
    struct arena *a = arena;
    json_t *lines = json_array(), *rest;

    (void)state;
    add_line(lines, "inv_1", 101, 19);
    add_line(lines, "inv_2", -50, 19);
    rest = correction_rest(a, lines);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct invoice_line_new line = back(rows[i].net, rows[i].rate);
        bool whole = false;

        assert_int_equal(correction_fits(rest, "EUR", &line, 1, &whole),
                         rows[i].fits);
        if (rows[i].fits) {
            assert_int_equal(whole, rows[i].whole);
            assert_int_equal(line.vat_extra, rows[i].extra);
        }
    }
    json_decref(rest);
    json_decref(lines);
}

static void
the_whole_is_the_opposite_of_all_lines(void **state)
{
    struct arena *a = arena;
    json_t *lines = json_array(), *rest;
    struct invoice_line_new *opposite;
    bool whole = false;

    (void)state;
    add_line(lines, "inv_1", 101, 19);
    add_line(lines, "inv_1", -20, 7); /* a discount */
    add_line(lines, "inv_2", -50, 19);
    rest = correction_rest(a, lines);
    opposite = correction_opposite(a, lines);
    assert_int_equal(opposite[0].quantity, -1000000);
    assert_true(correction_fits(rest, "EUR", opposite, 3, &whole));
    assert_true(whole);
    json_decref(rest);
    json_decref(lines);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_amount_goes_to_what_comes_first),
        TEST(what_is_left_is_summed_by_rate),
        TEST(a_correction_fits_or_not),
        TEST(the_whole_is_the_opposite_of_all_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
