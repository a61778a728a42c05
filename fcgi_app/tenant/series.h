/*
 * Numbers that a tenant gives out in sequence: of customers and of each kind of
 * document. Settings <series>_prefix and <series>_digits (document_digits) say
 * how they look; where the next one stands is a row of number_series.
 */
#ifndef TENANT_SERIES_H
#define TENANT_SERIES_H

#include "base/field.h"
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

/* The prefix, and as many digits as the settings ask for: more only where the
 * first is no zero. */
bool series_has(struct db *db, struct arena *a, const char *tenant,
                enum series series, const char *number);

/* A number as people would write one down for an example, "K1234", and how many
 * digits it has at least. */
const char *series_example(struct db *db, struct arena *a, const char *tenant,
                           enum series series, int *digits);

/* A number was given from outside; where it is one of the series, those to come
 * lie beyond it. In the transaction of what it is for, and before that: who
 * takes the next number waits here, and then for nothing else of the other. */
enum db_result series_given(struct db *db, struct arena *a, const char *tenant,
                            enum series series, const char *number);

/* Leaves out so many numbers, where a series may have gaps. */
enum db_result series_skip(struct db *db, const char *tenant,
                           enum series series, int64_t count);

/* Whether a number that begins with one of the two can be one that begins with
 * the other: they are the same, or differ by digits at the end ("RE", "RE1").
 * Capitals are no difference. */
bool series_prefixes_meet(const char *one, const char *other);

/*
 * Settings of the tab billing that would be saved: what may stand before a
 * number, and that no number of a document can ever be given twice, be it of
 * another kind, or of a prefix from before. What is wrong goes to errors.
 */
enum db_result series_check(struct db *db, struct arena *a, const char *tenant,
                            const json_t *values, struct field_errors *errors);

/* In the transaction that gives the series of that setting another prefix: the
 * old one is kept in mind, if numbers have it. Any other setting: nothing. */
enum db_result series_prefix_changes(struct db *db, const char *tenant,
                                     const char *setting, const char *old);

#endif
