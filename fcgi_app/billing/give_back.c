#include "billing/give_back.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/money.h"
#include "base/text.h"

enum { MICRO = 1000000, PERIODS = 1000 };

/* Days from one to the other, both counted. */
static int64_t
days_of(const char *from, const char *to)
{
    int64_t first = 0, last = 0;

    (void)clock_parse_date(from, &first);
    (void)clock_parse_date(to, &last);
    return last - first + 1;
}

/* Into out: the periods that the invoice has, PERIODS of them at most. */
static size_t
periods_of(const struct give_back *g, struct contract_period *out)
{
    struct contract_terms t = g->terms;
    char until[11];
    size_t n = 0;

    t.end = row_text(g->invoice, "billed_to");
    if (!span_days(row_text(g->invoice, "billed_from"), -1, until)) {
        return 0;
    }
    while (n < PERIODS && contract_period_after(&t, until, &out[n])) {
        memcpy(until, out[n].to, sizeof until);
        n++;
    }
    return n;
}

static const char *
with_days(const struct give_back *g, const char *text, const char *from,
          const char *to)
{
    const char *language = row_text(g->invoice, "language");

    return arena_printf(g->arena, "%s, %s – %s", text,
                        text_date(g->arena, language, from, false),
                        text_date(g->arena, language, to, false));
}

/* Where an invoice has several periods, runs name that of a line behind it. A
 * line without has all of its days. */
static struct contract_period
period_of(const struct give_back *g, const json_t *line,
          const struct contract_period *periods, size_t n)
{
    const char *text = row_text(line, "description");
    struct contract_period whole = {0};

    for (size_t i = 0; i < n; i++) {
        const char *days = with_days(g, "", periods[i].from, periods[i].to);
        size_t len = strlen(text), end = strlen(days);

        if (len >= end && strcmp(text + len - end, days) == 0) {
            return periods[i];
        }
    }
    memcpy(whole.from, row_text(g->invoice, "billed_from"), sizeof whole.from);
    memcpy(whole.to, row_text(g->invoice, "billed_to"), sizeof whole.to);
    return whole;
}

static int64_t
kept_days(const struct contract_period *p, const char *end)
{
    return strcmp(end, p->from) < 0  ? 0
           : strcmp(p->to, end) <= 0 ? days_of(p->from, p->to)
                                     : days_of(p->from, end);
}

/* The days of a part stand in its line. */
static const char *
part_text(const struct give_back *g, const json_t *line,
          const struct contract_period *p)
{
    char from[11];

    (void)span_days(g->end, 1, from);
    return with_days(g, row_text(line, "description"), from, p->to);
}

static struct invoice_line_new
taken_back(const struct give_back *g, const json_t *line,
           const struct contract_period *p, int64_t kept)
{
    int64_t net = row_int(line, "net");
    struct invoice_line_new out = {.description = row_text(line, "description"),
                                   .quantity = -row_int(line, "quantity"),
                                   .unit_price = row_int(line, "unit_price"),
                                   .vat_rate = (int)row_int(line, "vat_rate")};

    if (kept > 0) {
        net -= money_scaled(net, kept, days_of(p->from, p->to));
        out.description = part_text(g, line, p);
        out.quantity = -MICRO;
        out.unit_price =
            money_unit_price(net, row_text(g->invoice, "currency"));
    }
    return out;
}

size_t
give_back_lines(const struct give_back *g, struct invoice_line_new **out)
{
    struct contract_period *periods =
        arena_alloc(g->arena, PERIODS * sizeof *periods);
    size_t n_periods = periods_of(g, periods), n = 0, i;
    json_t *line;

    *out =
        arena_alloc(g->arena, (json_array_size(g->lines) + 1) * sizeof **out);
    json_array_foreach(g->lines, i, line)
    {
        struct contract_period p = period_of(g, line, periods, n_periods);

        if (!row_text(line, "service") && strcmp(p.to, g->end) > 0) {
            (*out)[n++] = taken_back(g, line, &p, kept_days(&p, g->end));
        }
    }
    return n;
}
