/* SQL of lists of invoices. */
#ifndef BILLING_INVOICE_QUERY_STORE_H
#define BILLING_INVOICE_QUERY_STORE_H

#include "billing/invoice_query.h"

/* Ways through the invoices, each along one index and in its order. What the
 * filter asks beyond that is looked at row by row. */
enum invoice_walk {
    WALK_DATE,
    WALK_FACET, /* of delivery mode, status, type and dispatch */
    WALK_CUSTOMER,
    WALK_CONTRACT,
    WALK_RUN,
    WALK_NUMBER,
    WALK_DUE, /* of open ones */
    WALK_GROSS,
};

/* Rows of one walk that are looked at for a page, and for one walk of many. */
enum { WALK_ROWS = 1500, WALK_KEYS = 400 };

/* Rows that a statement finds at most: the pages of the portal, of the back
 * office and of the API, and one more. */
enum { PAGE_SMALL = 21, PAGE_MIDDLE = 51, PAGE_LARGE = 201 };

struct invoice_ask {
    enum invoice_walk walk;
    bool descending;
    int size; /* one of PAGE_* */

    /* what the rows have; NULL, or the widest bounds: whatever it is */
    const char *delivery_mode, *status, *type, *dispatch;
    const char *customer, *contract, *run; /* ids */
    int64_t min, max;
    const char *from, *to;  /* both in it */
    const char *due_before; /* not in it */

    /* from where to where: the row after this one, down or up to `end` */
    const char *at, *end; /* of the column of the order; of WALK_GROSS: */
    int64_t at_amount, end_amount;
    const char *at_number;
};

/* Which of the sizes it is, from 0 on. */
size_t invoice_ask_size(const struct invoice_ask *ask);

/* Whole rows; only date and number, where the walk is all that is asked for
 * (not looks) or not; or the key (at, number) of the last row that is looked
 * at, none where the walk ends before. */
struct db_answer *invoice_store_rows(struct db *db, struct arena *a,
                                     const char *tenant,
                                     const struct invoice_ask *ask);
struct db_answer *invoice_store_keys(struct db *db, struct arena *a,
                                     const char *tenant,
                                     const struct invoice_ask *ask, bool looks);
struct db_answer *invoice_store_edge(struct db *db, struct arena *a,
                                     const char *tenant,
                                     const struct invoice_ask *ask, bool keys);

/*
 * The first keys (date, number) of several walks as one, of that many contracts
 * or customers at most. They have all else in common, and nothing is asked for
 * besides: size is of all of them together. asks[0] says which walk it is.
 */
enum { WALKS_TOGETHER = 16 };
struct db_answer *invoice_store_together(struct db *db, struct arena *a,
                                         const char *tenant,
                                         const struct invoice_ask *asks,
                                         size_t n);

/* The first keys of WALK_FACET, whichever of its values are open. */
struct db_answer *invoice_store_facets(struct db *db, struct arena *a,
                                       const char *tenant,
                                       const struct invoice_ask *ask);

/* The rows of those numbers, in their order. */
enum db_result invoice_store_numbered(struct db *db, struct arena *a,
                                      const char *tenant,
                                      const char *const *numbers, size_t n,
                                      json_t **rows);

/* ---- what text may mean ---- */

enum { TEXT_NUMBERS = 200, TEXT_WALKS = 100, TEXT_NAMES = 1000 };

/* Beginnings: what was typed, and the same in capitals. */
struct invoice_beginning {
    const char *from[2], *before[2];
};

/* Asks for invoices whose number begins so, one more than TEXT_NUMBERS: date,
 * number, and fits, which is 1 where the rest of the question holds. */
struct db_answer *invoice_store_numbers(struct db *db, struct arena *a,
                                        const char *tenant,
                                        const struct invoice_ask *ask,
                                        const struct invoice_beginning *b);

/* Asks for ids of contracts by reference, and of customers by number, one more
 * than TEXT_WALKS. */
struct db_answer *invoice_store_contracts(struct db *db, struct arena *a,
                                          const char *tenant,
                                          const struct invoice_beginning *b);
struct db_answer *invoice_store_customers(struct db *db, struct arena *a,
                                          const char *tenant,
                                          const struct invoice_beginning *b);

/* Ids of customers by how a word of their names begins, with search_name; one
 * more than TEXT_NAMES. */
struct db_answer *invoice_store_names(struct db *db, struct arena *a,
                                      const char *tenant, const char *word,
                                      const char *before);

/* Ids by what people see. */
enum db_result invoice_store_ids(struct db *db, struct arena *a,
                                 const char *tenant, const char *customer,
                                 const char *contract, json_t **row);

#endif
