/*
 * Lists that people narrow, sort and leaf through: a store gives the statement
 * for all of it, the rest is put around here. Column names come from rows of
 * fields, never from what was sent.
 */
#ifndef DB_LIST_H
#define DB_LIST_H

#include "db/db.h"

enum list_op {
    LIST_IS,   /* the same text or number */
    LIST_HAS,  /* text with this in it, whatever the case of ASCII letters */
    LIST_FROM, /* this or more */
    LIST_TO,   /* less than this */
};

enum { LIST_CONDITIONS_MAX = 24 };

struct list_query {
    const char *order; /* a column that is never null */
    bool descending;
    bool number;        /* the order is of integers */
    const char *key;    /* a text column: no two rows have the same */
    const char *at;     /* go on after the row with this order, as text, … */
    const char *at_key; /* … and key; NULL: at the top */
    int limit;
    size_t n;
    struct {
        const char *column;
        enum list_op op;
        const char *text; /* NULL: number */
        int64_t number;
    } conditions[LIST_CONDITIONS_MAX];
};

/*
 * sql selects all that the list could have, with $1, … as the signature says;
 * it ends in a WHERE clause, with no ORDER BY. Rows as of db_all().
 */
enum db_result db_list(struct db *db, struct arena *a, json_t **rows,
                       const struct list_query *q, const char *sql,
                       const char *signature, ...);

#endif
