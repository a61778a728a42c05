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

/*
 * Whether one more mail that strangers ask for may go to the address: who types
 * it every minute fills nobody's inbox, and a link that came stays good long
 * enough to be used, because none replaces it. DB_NONE: not now.
 */
enum db_result asked_may_mail(const struct one_time_store *st,
                              const char *address);

/* The data of a row of table asked; NULL, logged, when no key opens it. */
json_t *asked_data(struct arena *a, struct keys *keys, const json_t *row);

#endif
