#include "contract/term.h"

#include <string.h>

#include "base/clock.h"
#include "base/money.h"
#include "base/unit.h"
#include "contract/span.h"
#include "db/db.h"

struct contract_then
contract_then_of(const json_t *row)
{
    return (struct contract_then){
        .every = (int)row_int(row, "then_every"),
        .unit = row_text(row, "then_unit"),
        .in_advance = row_int(row, "then_in_advance") != 0,
        .term = (int)row_int(row, "then_term"),
        .term_unit = row_text(row, "then_term_unit"),
        .renewal = (int)row_int(row, "then_renewal"),
        .renewal_unit = row_text(row, "then_renewal_unit"),
        .notice = (int)row_int(row, "then_notice"),
        .notice_unit = row_text(row, "then_notice_unit"),
    };
}

struct contract_terms
contract_terms_of(const json_t *row)
{
    const char *end = row_text(row, "end_date");

    return (struct contract_terms){
        .start = row_text(row, "start_date"),
        .end = end && end[0] ? end : NULL,
        .every = (int)row_int(row, "every"),
        .unit = row_text(row, "unit"),
        .in_advance = row_int(row, "in_advance") != 0,
        .term = (int)row_int(row, "term"),
        .term_unit = row_text(row, "term_unit"),
        .renewal = (int)row_int(row, "renewal"),
        .renewal_unit = row_text(row, "renewal_unit"),
        .notice = (int)row_int(row, "notice"),
        .notice_unit = row_text(row, "notice_unit"),
        .changes = row_text(row, "changes_on"),
        .then = contract_then_of(row),
    };
}

/* ---- before and after a change ---- */

static struct contract_terms
before_change(const struct contract_terms *t, char last[11])
{
    struct contract_terms before = *t;

    (void)span_days(t->changes, -1, last);
    before.changes = NULL;
    before.end = t->end && strcmp(t->end, last) < 0 ? t->end : last;
    return before;
}

static struct contract_terms
after_change(const struct contract_terms *t)
{
    const struct contract_then *n = &t->then;

    return (struct contract_terms){.start = t->changes,
                                   .end = t->end,
                                   .every = n->every,
                                   .unit = n->unit,
                                   .in_advance = n->in_advance,
                                   .term = n->term,
                                   .term_unit = n->term_unit,
                                   .renewal = n->renewal,
                                   .renewal_unit = n->renewal_unit,
                                   .notice = n->notice,
                                   .notice_unit = n->notice_unit};
}

/* The terms that count on a day. */
static struct contract_terms
terms_on(const struct contract_terms *t, const char *day, char last[11])
{
    return !t->changes                    ? *t
           : strcmp(day, t->changes) >= 0 ? after_change(t)
                                          : before_change(t, last);
}

int
contract_parts(const struct contract_terms *t, char last[11],
               struct contract_terms parts[CONTRACT_PARTS_MAX])
{
    parts[0] = *t;
    if (!t->changes) {
        return 1;
    }
    parts[0] = before_change(t, last);
    parts[1] = after_change(t);
    return t->end && strcmp(t->end, t->changes) < 0 ? 1 : 2;
}

/* ---- periods ---- */

int64_t
contract_days(const char *from, const char *to)
{
    int64_t first = 0, last = 0;

    (void)clock_parse_date(from, &first);
    (void)clock_parse_date(to, &last);
    return last - first + 1;
}

static bool
at_end(const struct contract_terms *t, const char *day)
{
    return t->end && strcmp(day, t->end) > 0;
}

/* Period n as it were without an end. */
static bool
whole_period(const struct contract_terms *t, int64_t n,
             struct contract_period *out)
{
    char next[11];

    if (n < 0 || !span_date(t->start, n, t->every, t->unit, out->from) ||
        !span_date(t->start, n + 1, t->every, t->unit, next) ||
        !span_days(next, -1, out->to)) {
        return false;
    }
    out->n = n;
    memcpy(out->begin, out->from, sizeof out->begin);
    out->whole = out->days = contract_days(out->from, out->to);
    return true;
}

static bool
cut(const struct contract_terms *t, struct contract_period *p)
{
    if (at_end(t, p->from)) {
        return false;
    }
    if (at_end(t, p->to)) {
        memcpy(p->to, t->end, sizeof p->to);
    }
    p->days = contract_days(p->from, p->to);
    return true;
}

bool
contract_period(const struct contract_terms *t, int64_t n,
                struct contract_period *out)
{
    return whole_period(t, n, out) && cut(t, out);
}

/* Of terms that do not change. */
static bool
period_after(const struct contract_terms *t, const char *billed_until,
             struct contract_period *out)
{
    char from[11];
    int64_t n;

    if (!billed_until || !billed_until[0] ||
        strcmp(billed_until, t->start) < 0) {
        return contract_period(t, 0, out);
    }
    if (!span_days(billed_until, 1, from) ||
        !span_index(t->start, from, t->every, t->unit, &n) ||
        !whole_period(t, n, out)) {
        return false;
    }
    memcpy(out->from, from, sizeof from);
    return cut(t, out);
}

bool
contract_period_after(const struct contract_terms *t, const char *billed_until,
                      struct contract_period *out)
{
    struct contract_terms parts[CONTRACT_PARTS_MAX];
    char last[11];
    int n = contract_parts(t, last, parts);
    bool found = false;

    for (int i = 0; i < n && !found; i++) {
        found = period_after(&parts[i], billed_until, out);
    }
    return found;
}

const char *
contract_period_begin(const struct contract_terms *t, const char *day,
                      char out[11])
{
    char last[11];
    struct contract_terms now = terms_on(t, day, last);
    const char *on = strcmp(day, now.start) < 0 ? now.start : day;
    int64_t n;

    if (!span_index(now.start, on, now.every, now.unit, &n) ||
        !span_date(now.start, n, now.every, now.unit, out)) {
        memcpy(out, on, 11);
    }
    return out;
}

bool
contract_billing_day(const struct contract_terms *t,
                     const struct contract_period *p, char out[11])
{
    bool after = t->changes && strcmp(p->begin, t->changes) >= 0;

    if (!(after ? t->then.in_advance : t->in_advance)) {
        return span_days(p->to, 1, out);
    }
    memcpy(out, p->from, sizeof p->from);
    return true;
}

bool
contract_next_billing(const struct contract_terms *t, const char *billed_until,
                      char out[11])
{
    struct contract_period p;

    return contract_period_after(t, billed_until, &p) &&
           contract_billing_day(t, &p, out);
}

int64_t
contract_share(int64_t amount, const struct contract_period *p)
{
    return money_scaled(amount, p->days, p->whole);
}

/* The end of the period before the one that is billed on that day. */
static void
billed_before(const struct contract_terms *t, const char *day, char out[11])
{
    struct contract_period p;
    int64_t n;

    if (!span_days(day, -1, out) || strcmp(out, t->start) < 0) {
        out[0] = '\0';
    } else if (!t->in_advance &&
               span_index(t->start, out, t->every, t->unit, &n)) {
        out[0] = '\0';
        if (n > 0 && contract_period(t, n - 1, &p)) {
            memcpy(out, p.to, sizeof p.to);
        }
    }
}

const char *
contract_billed_until(const json_t *row, char out[11])
{
    struct contract_terms t = contract_terms_of(row);
    const char *until = row_text(row, "billed_until");
    const char *next = row_text(row, "next_billing");

    out[0] = '\0';
    if (until && until[0]) {
        memcpy(out, until, 11);
    } else if (next && next[0]) {
        billed_before(&t, next, out);
    } else if (t.end && strcmp(row_text(row, "status"), "draft") != 0) {
        memcpy(out, t.end, 11);
    }
    return out;
}

/* ---- terms ---- */

/* The first day of the first term that begins after `day`, where terms and
 * renewals are of months: all are counted from the start. */
static bool
next_by_months(const struct contract_terms *t, const char *day, char out[11])
{
    int64_t term = (int64_t)t->term * unit_months(t->term_unit);
    int64_t renewal = (int64_t)t->renewal * unit_months(t->renewal_unit);
    int64_t passed;

    if (!span_index(t->start, day, 1, "month", &passed)) {
        return false;
    }
    if (passed >= term && renewal > 0) {
        term += ((passed - term) / renewal + 1) * renewal;
    }
    return span_date(t->start, term, 1, "month", out);
}

/* The same, where renewals are counted from the end of the first term. */
static bool
next_by_renewals(const struct contract_terms *t, const char *day, char out[11])
{
    char first[11];
    int64_t n;

    if (!span_date(t->start, 1, t->term, t->term_unit, first)) {
        return false;
    }
    if (strcmp(day, first) < 0 || t->renewal == 0) {
        memcpy(out, first, sizeof first);
        return true;
    }
    return span_index(first, day, t->renewal, t->renewal_unit, &n) &&
           span_date(first, n + 1, t->renewal, t->renewal_unit, out);
}

bool
contract_term_end(const struct contract_terms *t, const char *day, char out[11])
{
    char next[11], last[11];
    struct contract_terms now = terms_on(t, day, last);
    const char *on = strcmp(day, now.start) < 0 ? now.start : day;
    bool months = unit_months(now.term_unit) && unit_months(now.renewal_unit);

    return now.term > 0 &&
           (months ? next_by_months(&now, on, next)
                   : next_by_renewals(&now, on, next)) &&
           span_days(next, -1, out);
}

bool
contract_own_end(const struct contract_terms *t, char out[11])
{
    int renewal = t->changes ? t->then.renewal : t->renewal;

    return renewal == 0 &&
           contract_term_end(t, t->changes ? t->changes : t->start, out);
}

/* ---- notice ---- */

/* Whether notice on a day is over by the end. */
static bool
in_time(const struct contract_terms *t, const char *day, const char *end)
{
    char over[11];

    return span_date(day, 1, t->notice, t->notice_unit, over) &&
           strcmp(over, end) <= 0;
}

/* Of terms that do not change, not before a day. */
static bool
end_by_notice(const struct contract_terms *t, const char *given,
              const char *least, char out[11])
{
    char over[11];

    if (!span_date(given, 1, t->notice, t->notice_unit, over)) {
        return false;
    }
    if (strcmp(over, least) < 0) {
        memcpy(over, least, sizeof over);
    }
    if (t->term > 0) {
        return contract_term_end(t, over, out);
    }
    memcpy(out, over, sizeof over);
    return true;
}

static const char *
given_on(const struct contract_terms *t, const char *day)
{
    return strcmp(day, t->start) < 0 ? t->start : day;
}

/* Whether notice ends one that changes before it does. */
static bool
end_before_change(const struct contract_terms *t, const char *given,
                  char out[11])
{
    return t->changes && span_days(t->changes, -1, out) &&
           in_time(t, given, out);
}

bool
contract_ends_itself(const struct contract_terms *t, const char *day,
                     char out[11])
{
    return !end_before_change(t, given_on(t, day), out) &&
           contract_own_end(t, out);
}

bool
contract_earliest_end(const struct contract_terms *t, const char *day,
                      char out[11])
{
    const char *given = given_on(t, day);
    struct contract_terms then;

    if (!t->changes) {
        return end_by_notice(t, given, given, out);
    }
    if (end_before_change(t, given, out)) {
        return true;
    }
    then = after_change(t);
    return end_by_notice(&then, given, then.start, out);
}

/* Not simply the notice counted back: one of a month that is over on February
 * 28th can be given until January 31st. */
bool
contract_last_notice(const struct contract_terms *terms, const char *end,
                     char out[11])
{
    char later[11], last[11];
    struct contract_terms now = terms_on(terms, end, last), *t = &now;

    if (!span_date(end, -1, t->notice, t->notice_unit, out)) {
        return false;
    }
    while (!in_time(t, out, end)) {
        if (!span_days(out, -1, out)) {
            return false;
        }
    }
    while (span_days(out, 1, later) && in_time(t, later, end)) {
        memcpy(out, later, sizeof later);
    }
    return true;
}

/* ---- what is left ---- */

/* A whole period counts, one that is not is kept. */
static void
add_rest(struct contract_rest *rest, const struct contract_period *p)
{
    if (p->days == p->whole) {
        rest->whole++;
    } else {
        rest->cut[rest->cuts++] = *p;
    }
}

bool
contract_rest(const struct contract_terms *t, const char *billed_until,
              struct contract_rest *out)
{
    struct contract_period first, last;
    int64_t n;

    *out = (struct contract_rest){0};
    if (!contract_period_after(t, billed_until, &first)) {
        return false;
    }
    memcpy(out->from, first.from, sizeof first.from);
    add_rest(out, &first);
    out->first = first.n + out->cuts;
    if (!span_index(t->start, t->end, t->every, t->unit, &n) || n <= first.n) {
        return true;
    }
    if (!contract_period(t, n, &last)) {
        return false;
    }
    out->whole += n - first.n - 1;
    add_rest(out, &last);
    return true;
}

/* The first period that begins on that day or later. */
static int64_t
period_from(const struct contract_terms *t, const char *day)
{
    int64_t n;
    char begin[11];

    if (!span_index(t->start, day, t->every, t->unit, &n)) {
        return 0; /* it lies before the start */
    }
    return span_date(t->start, n, t->every, t->unit, begin) &&
                   strcmp(begin, day) == 0
               ? n
               : n + 1;
}

int64_t
contract_rest_within(const struct contract_terms *t,
                     const struct contract_rest *rest, const char *since,
                     const char *until)
{
    int64_t first = rest->first, end = rest->first + rest->whole, n;

    if (since && since[0]) {
        n = period_from(t, since);
        first = n > first ? n : first;
    }
    if (until && until[0]) {
        n = period_from(t, until);
        end = n < end ? n : end;
    }
    return end > first ? end - first : 0;
}
