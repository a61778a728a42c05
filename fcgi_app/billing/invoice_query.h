/*
 * Lists of invoices, for the portal, the back office and the API: what narrows
 * them, in which order they come, and where a page begins. However many
 * invoices there are, a page costs the same, the last like the first
 * (docs/decisions/0038-lists-of-invoices.md).
 */
#ifndef BILLING_INVOICE_QUERY_H
#define BILLING_INVOICE_QUERY_H

#include "billing/billing.h"

/* Columns that the list may be ordered by; ties go by number. */
enum invoice_sort {
    INVOICES_AS_FITS, /* whichever fits the filters: see invoice_order() */
    INVOICES_BY_DATE,
    INVOICES_BY_NUMBER,
    INVOICES_BY_DUE,
    INVOICES_BY_GROSS,
};

/* All that is set has to be so. NULL, or false: whatever it is. */
struct invoice_filter {
    const char *delivery_mode, *dispatch, *status, *type; /* status: overdue,
                                                             too */
    const char *from, *to;              /* of the date; both days are in it */
    const char *contract, *contract_id; /* its reference, or its id */
    const char *customer, *customer_id; /* number, or id */
    bool has_min, has_max;
    int64_t min, max;  /* of gross, in minor units; both are in it */
    const char *run;   /* id */
    const char *text;  /* as typed */
    const char *today; /* of the tenant, see tenant_today() */
    enum invoice_sort sort;
    bool descending;
};

/* What people may ask for, typed by invoice_query_fields (the API) or
 * invoice_filter_fields and invoice_portal_fields (pages, whose sort is beside
 * them). False: an order that these filters do not have; it is among the
 * errors, as "sort". The ids that *out has before stay. */
extern const struct field invoice_query_fields[], invoice_filter_fields[],
    invoice_portal_fields[];
bool invoice_filter_take(struct arena *a, const json_t *input,
                         const struct tenant *tenant,
                         struct field_errors *errors,
                         struct invoice_filter *out);

/* Whether the filter has that order, and which one it has where none is asked
 * for. Text, customer and contract: by date; a run: by number; what is overdue:
 * when it was due; an amount: by amount. Others by date, number or amount, what
 * is open also by due. */
bool invoice_order_fits(const struct invoice_filter *f, enum invoice_sort sort);
void invoice_order(struct invoice_filter *f);

/* Names of the orders as the API has them: "date". */
const char *invoice_sort_name(enum invoice_sort sort);
enum invoice_sort invoice_sort_named(const char *name);

/*
 * A page. at, at_number: the key of the row that it goes on after (its column
 * of the order, amounts as text, and its number), or NULL at the top.
 *
 * *next is false at the end. Where it is true the list goes on after *at and
 * *at_number, also where fewer rows than asked for came, or none: then so many
 * were looked at, without what is asked for, that the rest is for another page.
 */
struct invoice_page {
    const char *at, *at_number;
    int limit;

    json_t *rows; /* as of invoice_whole(), without lines; owned by the arena */
    bool next;
};

/* DB_CHECK: the text fits so many customers or contracts that it has to be
 * longer. */
enum db_result invoice_query(struct db *db, struct arena *a, const char *tenant,
                             const struct invoice_filter *filter,
                             struct invoice_page *page);

#endif
