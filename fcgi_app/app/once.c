#include "app/once.h"

/* A run, and how the request and its response stood before any. */
struct attempt {
    const struct once *once;
    const void *name;
    handler *run;
    struct request *rq;
    struct response *rs;
    struct field_errors errors;
    struct response blank;
};

/* An answer that is an error undoes what led to it. Whether it may come out
 * better the next time, db_transaction() knows: the database was busy. */
static enum db_result
verdict(const struct response *rs)
{
    return rs->status < 400 && !rs->repeatable ? DB_OK : DB_CHECK;
}

static enum db_result
run_in_transaction(struct db *db, void *data)
{
    const struct attempt *a = data;
    enum db_result r;

    (void)db;
    *a->rs = a->blank;
    a->rq->errors = a->errors;
    r = a->once->claim(a->rq, a->name);
    if (r != DB_OK) {
        return r;
    }
    a->run(a->rq, a->rs);
    r = verdict(a->rs);
    return r == DB_OK ? a->once->keep(a->rq, a->rs, a->name) : r;
}

/* Whether it says what is not so: that something was done, or refused where the
 * database did not say. One that says that nothing can be done has nothing else
 * to bring. */
static bool
untrue(const struct response *rs, enum db_result r)
{
    return r == DB_BUSY || r == DB_UNAVAILABLE ||
           (rs->kind == RESPONSE_ERROR && rs->error == ERR_unavailable) ||
           (r != DB_OK && rs->status < 400 && !rs->repeatable);
}

void
once_run(const struct once *once, const void *name, handler *run,
         struct request *rq, struct response *rs)
{
    struct attempt a = {once, name, run, rq, rs, rq->errors, *rs};
    enum db_result r = db_transaction(rq->db, true, run_in_transaction, &a);

    if (r == DB_UNIQUE) {
        once->again(rq, rs, name);
    } else if (untrue(rs, r)) {
        *rs = a.blank; /* no cookie or address of what is undone */
        rq->errors = a.errors;
        response_error(rs, ERR_unavailable);
    }
}
