/* What a contract has to pay on a day: the rules of a run, without a database.
 */
#ifndef BILLING_RUN_BUILD_H
#define BILLING_RUN_BUILD_H

#include "billing/billing_store.h"
#include "contract/contract.h"

enum { RUN_LINES_MAX = 10000 }; /* of one invoice */

/* What is the same for all of a run. */
struct run_terms {
    const struct tenant *tenant;
    const char *date, *seller;
    int due_days; /* where a contract names none */
};

/* A contract as run_store_due() has it, and what of it is billed. */
struct run_bill {
    struct arena *arena;
    const struct run_terms *terms;
    const json_t *contract;
    struct contract_terms rhythm;
    int64_t lines_max;   /* before any is read: n_items for each period, and
                          * n_services */
    const char *failure; /* why it cannot be billed, a word; NULL: it can */

    size_t n_lines, room;
    struct invoice_line_new *lines;
    int64_t *nets; /* of the lines */
    struct {
        char from[11], to[11];
    } * periods; /* of the lines; "": of a service */
    struct invoice_sums sums;
    const char *type, *language;
    char from[11], to[11], due[11];
    char billed_from[11], billed_to[11]; /* of periods alone; "": none */

    bool moves; /* to the period after `until`, or to none */
    char until[11], next[11];
    bool ends;

    const char *id, *number; /* set where it is written */
};

struct run_bill run_bill_of(struct arena *a, const struct run_terms *terms,
                            const json_t *contract);

/*
 * Bills all periods up to the date, a line for each of the items (rows that
 * begin at items[*item] and have its n), then the services alike. No line:
 * there is nothing to pay.
 */
struct run_rows {
    const json_t *items, *services;
    size_t item, service;
};
void run_bill(struct run_bill *bill, int64_t n, struct run_rows *rows);

#endif
