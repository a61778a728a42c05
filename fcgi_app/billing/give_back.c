#include "billing/give_back.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/money.h"
#include "base/text.h"

enum { MICRO = 1000000 };

static const char *
with_days(const struct give_back *g, const char *text, const char *from,
          const char *to)
{
    const char *language = row_text(g->invoice, "language");

    return arena_printf(g->arena, "%s, %s – %s", text,
                        text_date(g->arena, language, from, false),
                        text_date(g->arena, language, to, false));
}

/* The period that the walk is at, and how a line that names it ends. */
struct walk {
    const struct give_back *g;
    struct contract_terms terms;
    struct contract_period at;
    const char *ending; /* "": it has all of the invoice, no line names it */
};

static bool
go_on(struct walk *w, const char *billed_until)
{
    const json_t *invoice = w->g->invoice;
    bool more = contract_period_after(&w->terms, billed_until, &w->at);
    bool all = strcmp(w->at.from, row_text(invoice, "billed_from")) == 0 &&
               strcmp(w->at.to, row_text(invoice, "billed_to")) == 0;

    if (more) {
        w->ending = all ? "" : with_days(w->g, "", w->at.from, w->at.to);
    }
    return more;
}

static bool
begin(struct walk *w)
{
    char until[11];

    w->terms = w->g->terms;
    w->terms.end = row_text(w->g->invoice, "billed_to");
    return span_days(row_text(w->g->invoice, "billed_from"), -1, until) &&
           go_on(w, until);
}

static bool
ends_with(const char *text, const char *ending)
{
    size_t len = strlen(text), end = strlen(ending);

    return len >= end && strcmp(text + len - end, ending) == 0;
}

/* Of a line from before periods stood in lines: runs named it behind the text.
 * Lines stand in the order of their periods, so each is made once. */
static bool
find_period(struct walk *w, const json_t *line)
{
    const char *text = row_text(line, "description");
    bool more = w->ending || begin(w);

    while (more && !ends_with(text, w->ending)) {
        char until[11];

        memcpy(until, w->at.to, sizeof until);
        more = go_on(w, until);
    }
    return more;
}

static bool
period_of(struct walk *w, const json_t *line, struct contract_period *p)
{
    const char *from = row_text(line, "period_from");

    if (from[0]) {
        *p = (struct contract_period){0};
        memcpy(p->from, from, sizeof p->from);
        memcpy(p->to, row_text(line, "period_to"), sizeof p->to);
        return true;
    }
    if (!find_period(w, line)) {
        return false;
    }
    *p = w->at;
    return true;
}

static int64_t
kept_days(const struct contract_period *p, const char *end)
{
    return strcmp(end, p->from) < 0  ? 0
           : strcmp(p->to, end) <= 0 ? contract_days(p->from, p->to)
                                     : contract_days(p->from, end);
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
        net -= money_scaled(net, kept, contract_days(p->from, p->to));
        out.description = part_text(g, line, p);
        out.quantity = -MICRO;
        out.unit_price =
            money_unit_price(net, row_text(g->invoice, "currency"));
    }
    return out;
}

bool
give_back_lines(const struct give_back *g, struct invoice_line_new **out,
                size_t *n)
{
    struct walk walk = {.g = g};
    struct contract_period p;
    json_t *line;
    size_t i;

    *n = 0;
    *out =
        arena_alloc(g->arena, (json_array_size(g->lines) + 1) * sizeof **out);
    json_array_foreach(g->lines, i, line)
    {
        if (row_text(line, "service")) {
            continue;
        }
        if (!period_of(&walk, line, &p)) {
            return false;
        }
        if (strcmp(p.to, g->end) > 0) {
            (*out)[(*n)++] = taken_back(g, line, &p, kept_days(&p, g->end));
        }
    }
    return true;
}
