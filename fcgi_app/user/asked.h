/*
 * What people ask for who are not signed in, and whose answer must not tell who
 * is known here: it is written down as it was typed, and pforte jobs looks who
 * is meant and writes the mails (asked_jobs.c).
 */
#ifndef USER_ASKED_H
#define USER_ASKED_H

#include "user/one_time.h"

struct asked_new {
    const char *kind;     /* reset or registration */
    const char *language; /* of the page */
    const json_t *data;   /* borrowed; stored sealed */
    const char *sealed;   /* set by asked_put() */
};

/* Inside the caller's transaction, with a row of the trail that has none of the
 * data: "<kind>.requested". */
enum db_result asked_put(const struct one_time_store *st,
                         const struct asked_new *new);

/* The data of a row of table asked; NULL, logged, when no key opens it. */
json_t *asked_data(struct arena *a, struct keys *keys, const json_t *row);

#endif
