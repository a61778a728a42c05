/*
 * What the dates of a contract follow from its terms: periods that are billed,
 * terms that run and renew, notice and end. Pure arithmetic of days
 * ("2026-11-27"); which day it is, the time zone of the tenant says
 * (text_day()).
 */
#ifndef CONTRACT_TERM_H
#define CONTRACT_TERM_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* What a contract may change into after its first term. */
struct contract_then {
    int every;
    const char *unit;
    bool in_advance;
    int term; /* counted from the day of the change, as renewals are */
    const char *term_unit;
    int renewal;
    const char *renewal_unit;
    int notice;
    const char *notice_unit;
};

struct contract_terms {
    const char *start;
    const char *end; /* the last day; NULL: none is set */
    int every;       /* a period */
    const char *unit;
    bool in_advance;
    int term; /* the first term; 0: open, it ends with notice on any day */
    const char *term_unit;
    int renewal; /* each further term; 0: it ends with the first one */
    const char *renewal_unit;
    int notice; /* 0: the day of notice is enough */
    const char *notice_unit;
    const char *changes; /* the day after the first term, from which on `then`
                            counts; NULL: it stays as it is */
    struct contract_then then;
};

/*
 * The terms of the times before and after the change, neither of which changes,
 * or of all of it: so many. What is before ends with the day before the change,
 * which is written to `last`; what is after begins with its periods and terms
 * anew.
 */
enum { CONTRACT_PARTS_MAX = 2 };
int contract_parts(const struct contract_terms *t, char last[11],
                   struct contract_terms parts[CONTRACT_PARTS_MAX]);

/* Days from one to the other, both counted. */
int64_t contract_days(const char *from, const char *to);

/* The columns of a row of table contract. */
struct contract_then contract_then_of(const json_t *row);
struct contract_terms contract_terms_of(const json_t *row);

/*
 * The last day that is billed of a contract (its row, with status): column
 * billed_until or, where it was billed elsewhere before, what its next billing
 * day says; without one all is billed. "": nothing is. Returns out.
 */
const char *contract_billed_until(const json_t *row, char out[11]);

/*
 * What is billed at once: the days `from` to `to`, both in it. A period that
 * the end cuts, or of which a part was billed before, has fewer days than the
 * whole of it.
 */
struct contract_period {
    int64_t n; /* from 0; after a change from 0 again */
    char from[11], to[11];
    char begin[11];      /* of the whole period */
    int64_t days, whole; /* of those; of the whole period */
};

/* Period n, counted from the start, of terms that do not change. False: it
 * begins after the end, or beyond the years that dates have. */
bool contract_period(const struct contract_terms *t, int64_t n,
                     struct contract_period *out);

/* What is to be billed after everything up to the day `billed_until`; NULL or
 * "": from the start. False: nothing more. */
bool contract_period_after(const struct contract_terms *t,
                           const char *billed_until,
                           struct contract_period *out);

/* The day on which the period begins that a day lies in; before the start, the
 * first one. Beyond the years that dates have it is the day. Returns out. */
const char *contract_period_begin(const struct contract_terms *t,
                                  const char *day, char out[11]);

/* The day on which a period is billed: its first, or in arrears the one after
 * its last. */
bool contract_billing_day(const struct contract_terms *t,
                          const struct contract_period *p, char out[11]);

/* The same of the period after `billed_until`: column next_billing. False:
 * nothing more is billed, the column is null. */
bool contract_next_billing(const struct contract_terms *t,
                           const char *billed_until, char out[11]);

/*
 * The share of an amount that a period has by its days, half away from zero:
 * all of it when the period is whole. Amounts are shared, not prices or
 * quantities, so that one rounding is enough: a line of a short period has
 * quantity 1.
 */
int64_t contract_share(int64_t amount, const struct contract_period *p);

/* The last day of the term that runs on a day, of the first one before it
 * began. Without renewal it is the first term's, however late the day. False:
 * an open contract, which has none. */
bool contract_term_end(const struct contract_terms *t, const char *day,
                       char out[11]);

/* The last day of a contract that ends by itself. */
bool contract_own_end(const struct contract_terms *t, char out[11]);

/* Whether notice on a day leads to no other end than that one, which `out` then
 * is: of one that changes, notice within its first term does. */
bool contract_ends_itself(const struct contract_terms *t, const char *day,
                          char out[11]);

/*
 * When a contract ends by notice on a day; before the start it counts as given
 * on the first day. A notice of a month that is given on the 15th is over at
 * the end of the next 15th (BGB, 187 and 188), the last of a month that has no
 * such day. What is too late for the first term of one that changes has the
 * notice of what it changes into, counted from the same day, and ends on the
 * day of the change at the earliest.
 */
bool contract_earliest_end(const struct contract_terms *t, const char *day,
                           char out[11]);

/* The last day on which notice for that end can be given. */
bool contract_last_notice(const struct contract_terms *t, const char *end,
                          char out[11]);

/* What is billed after `billed_until` up to the end: whole periods, and the
 * days of those that are not. */
struct contract_rest {
    int64_t whole;                 /* periods */
    int64_t first;                 /* the n of the first of these */
    struct contract_period cut[2]; /* the first and the last one */
    int cuts;
    char from[11];
};

/* False: nothing. `t` has an end and does not change. */
bool contract_rest(const struct contract_terms *t, const char *billed_until,
                   struct contract_rest *out);

/* How many of the whole ones begin within these days; NULL or "": from the
 * first, to the last. */
int64_t contract_rest_within(const struct contract_terms *t,
                             const struct contract_rest *rest,
                             const char *since, const char *until);

#endif
