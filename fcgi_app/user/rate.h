/*
 * How often something may be done: some times at once, and then once in so many
 * seconds (the generic cell rate algorithm, ITU-T I.371). What is counted is
 * kept as a keyed hash, and whatever it is, known or not, the same statement
 * runs: neither the answer nor its time tells whether it is there.
 */
#ifndef USER_RATE_H
#define USER_RATE_H

#include "user/one_time.h"

struct rate {
    const char *name;
    int burst;   /* at once */
    int seconds; /* after which there is one more */
};

/* One more of `of`, inside the caller's transaction or by itself. DB_NONE: too
 * often, and then it did not count. */
enum db_result rate_take(const struct one_time_store *st,
                         const struct rate *rate, const char *of);

/* Every tenant: forgets what nothing is left of since `before`. */
enum db_result rate_forget(struct db *db, int64_t before);

#endif
