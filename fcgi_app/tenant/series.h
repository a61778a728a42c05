/*
 * Numbers that a tenant gives out in sequence: of customers and of each kind of
 * document. Settings <series>_prefix and <series>_digits (document_digits) say
 * how they look; where the next one stands is a row of number_series.
 */
#ifndef TENANT_SERIES_H
#define TENANT_SERIES_H

#include "db/db.h"

enum series {
    SERIES_CUSTOMER,
    SERIES_INVOICE,
    SERIES_CREDIT_NOTE,
    SERIES_CORRECTION,
    SERIES_REMINDER,
};

/*
 * The next number: "RE01234". Taken in the transaction of what it is for, so
 * that a number is used or was never given out: a series has no gaps. Whoever
 * else wants one of it waits for the end of that transaction.
 */
enum db_result series_next(struct db *db, struct arena *a, const char *tenant,
                           enum series series, const char **number);

/* The next n of them, which are used up one after the other; the same as n
 * times series_next(), and held up and given back like one. */
struct series_block {
    const char *prefix;
    int digits;
    int64_t next;
};
enum db_result series_take(struct db *db, struct arena *a, const char *tenant,
                           enum series series, int64_t n,
                           struct series_block *block);
const char *series_number(struct arena *a, struct series_block *block);

/* Prefix and digits, no more and no fewer than the settings ask for. */
bool series_has(struct db *db, struct arena *a, const char *tenant,
                enum series series, const char *number);

/* A number was given from outside; where it is one of the series, those to come
 * lie beyond it. In the transaction of what it is for. */
enum db_result series_given(struct db *db, struct arena *a, const char *tenant,
                            enum series series, const char *number);

#endif
