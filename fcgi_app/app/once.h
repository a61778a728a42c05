/*
 * A request that has its effect once, however often it is sent: it is claimed
 * in the transaction of its effect, and what came of it is kept there.
 */
#ifndef APP_ONCE_H
#define APP_ONCE_H

#include "db/db.h"
#include "http/handlers.h"

/* What stands behind it; name: of the request among those of its kind. */
struct once {
    /* DB_UNIQUE: somebody was first. */
    enum db_result (*claim)(struct request *rq, const void *name);
    /* Of an answer that is no error. */
    enum db_result (*keep)(struct request *rq, const struct response *rs,
                           const void *name);
    /* Answers those that come later. */
    void (*again)(struct request *rq, struct response *rs, const void *name);
};

/* Runs the handler inside a transaction that stands when its answer is no
 * error. Nothing is claimed by a failure: the same may be sent again. */
void once_run(const struct once *once, const void *name, handler *run,
              struct request *rq, struct response *rs);

#endif
