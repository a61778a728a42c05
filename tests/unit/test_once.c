/* Requests that have their effect once: when they are run again. */
#include "app.h"

#include "app/once.h"

/* How often the database is busy, and how often it was asked. */
static int busy, runs;

static enum db_result
claim(struct request *rq, const void *name)
{
    (void)rq;
    (void)name;
    return DB_OK;
}

static enum db_result
keep(struct request *rq, const struct response *rs, const void *name)
{
    (void)rq;
    (void)rs;
    (void)name;
    return DB_OK;
}

static const struct once once = {claim, keep, NULL};

static enum db_result
part(struct db *db, void *data)
{
    (void)db;
    (void)data;
    return runs <= busy ? DB_BUSY : DB_OK;
}

static void
try_it(struct request *rq, struct response *rs)
{
    runs++;
    if (db_transaction(rq->db, false, part, NULL) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    response_redirect(rq, rs, "/done");
}

/* Something else cannot be had: a mail that cannot be composed. */
static void
refuse(struct request *rq, struct response *rs)
{
    runs++;
    response_redirect(rq, rs, "/done");
    response_error(rs, ERR_unavailable);
}

static struct response
answer_of(handler *run)
{
    char why[128] = "";
    struct request rq = {.arena = arena, .prefix = ""};
    struct response rs = {0};

    rq.db = db_open("sqlite::memory:", why, sizeof why);
    assert_non_null(rq.db);
    runs = 0;
    once_run(&once, "form", run, &rq, &rs);
    db_close(rq.db);
    return rs;
}

static void
a_busy_database_is_tried_again(void **state)
{
    struct response rs;

    (void)state;
    busy = 2;
    rs = answer_of(try_it);
    assert_int_equal(runs, 3);
    assert_int_equal(rs.status, 303);
}

static void
what_fails_by_itself_is_not(void **state)
{
    struct response rs;

    (void)state;
    rs = answer_of(refuse);
    assert_int_equal(runs, 1);
    assert_int_equal(rs.status, 503);
    assert_int_equal(rs.error, ERR_unavailable);
    assert_int_equal(rs.n_headers, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_busy_database_is_tried_again),
        TEST(what_fails_by_itself_is_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
