#include "app.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "db/backend.h"

static const char schema[] =
    "CREATE TABLE parent (id TEXT NOT NULL PRIMARY KEY,"
    " n BIGINT CHECK (n >= 0));"
    "CREATE TABLE child (parent TEXT NOT NULL REFERENCES parent (id),"
    " code TEXT NOT NULL, data BYTEA,"
    " CONSTRAINT child_code_uq UNIQUE (parent, code));";

static struct db *
open_url(const char *url)
{
    char why[256] = "";
    struct db *db = db_open(url, why, sizeof why);

    if (db == NULL) {
        fail_msg("%s: %s", url, why);
    }
    return db;
}

/* The directory of a PostgreSQL server's socket: then what holds for every kind
 * of database is tested there (tests/lib/postgresql.mjs). */
static const char *
server(void)
{
    return getenv("PFORTE_POSTGRESQL");
}

static const char *
url_of(const char *database)
{
    return arena_printf(arena, "postgresql:///%s?host=%s&user=postgres",
                        database, server());
}

/* The address of an empty database that several may open: in `dir`, or on the
 * server. */
static const char *
fresh_url(const char *dir)
{
    static int n;
    struct db *db;
    char *name;

    if (!server()) {
        return arena_printf(arena, "sqlite:%s/x.db", dir);
    }
    db = open_url(url_of("postgres"));
    name = arena_printf(arena, "u%d_%d", (int)getpid(), n++);
    assert_int_equal(
        db_exec(
            db, NULL,
            arena_printf(arena, "CREATE DATABASE %s TEMPLATE template0", name),
            ""),
        DB_OK);
    db_close(db);
    return url_of(name);
}

static struct db *
empty(void)
{
    return open_url(server() ? fresh_url("") : "sqlite::memory:");
}

static enum db_result
create(struct db *db)
{
    static const struct db_migration list[] = {{1, "test", schema}, {0, 0, 0}};

    return db_migrate_list(db, list) == 1 ? DB_OK : DB_FAILED;
}

static struct db *
filled(void)
{
    struct db *db = empty();

    assert_int_equal(create(db), DB_OK);
    return db;
}

static enum db_result
add_parent(struct db *db, const char *id, int64_t n)
{
    return db_exec(db, NULL, "INSERT INTO parent (id, n) VALUES ($1, $2)", "ti",
                   id, n);
}

static int64_t
parents(struct db *db)
{
    json_t *row;

    assert_int_equal(
        db_one(db, arena, &row, "SELECT COUNT(*) AS n FROM parent", ""), DB_OK);
    return row_int(row, "n");
}

static void
rows_come_back(void **state)
{
    struct db *db = filled();
    json_t *row, *rows;
    int64_t changed;

    (void)state;
    assert_int_equal(add_parent(db, "a", INT64_MAX), DB_OK);
    assert_int_equal(add_parent(db, "b", 0), DB_OK);
    assert_int_equal(db_one(db, arena, &row,
                            "SELECT id, n, NULL AS empty FROM parent"
                            " WHERE n = $2 AND id = $1",
                            "ti", "a", INT64_MAX),
                     DB_OK);
    assert_string_equal(row_text(row, "id"), "a");
    assert_int_equal(row_int(row, "n"), INT64_MAX);
    assert_null(row_text(row, "empty"));
    assert_true(json_is_null(json_object_get(row, "empty")));
    assert_null(row_text(row, "absent"));
    assert_int_equal(row_int(row, "absent"), 0);
    assert_int_equal(
        db_all(db, arena, &rows, "SELECT id FROM parent ORDER BY id", ""),
        DB_OK);
    assert_int_equal(json_array_size(rows), 2);
    assert_int_equal(db_all(db, arena, &rows,
                            "SELECT id FROM parent WHERE id = $1", "t", "x"),
                     DB_OK);
    assert_int_equal(json_array_size(rows), 0);
    assert_int_equal(db_one(db, arena, &row,
                            "SELECT id FROM parent WHERE id = $1", "t", "x"),
                     DB_NONE);
    assert_null(row);
    assert_int_equal(db_exec(db, &changed, "UPDATE parent SET n = 1", ""),
                     DB_OK);
    assert_int_equal(changed, 2);
    assert_int_equal(db_exec(db, &changed, "SELECT 1", ""), DB_OK);
    assert_int_equal(changed, 0);
    db_close(db);
}

/* SQLite numbers parameters by their first appearance. */
static void
parameters_are_bound_by_name(void **state)
{
    struct db *db = filled();
    json_t *row;

    (void)state;
    assert_int_equal(db_one(db, arena, &row,
                            "SELECT $2 AS b, $1 AS a, $2 AS b2, $3 AS c", "tit",
                            "one", (int64_t)2, NULL),
                     DB_OK);
    assert_string_equal(row_text(row, "a"), "one");
    assert_int_equal(row_int(row, "b"), 2);
    assert_int_equal(row_int(row, "b2"), 2);
    assert_true(json_is_null(json_object_get(row, "c")));
    db_close(db);
}

static void
bytes_come_back_as_hex(void **state)
{
    struct db *db = filled();
    json_t *row;

    (void)state;
    assert_int_equal(db_one(db, arena, &row, "SELECT $1 AS a, $2 AS b", "bb",
                            "\x00\xff\x10", (size_t)3, NULL, (size_t)0),
                     DB_OK);
    assert_string_equal(row_text(row, "a"), "00ff10");
    assert_true(json_is_null(json_object_get(row, "b")));
    db_close(db);
}

static void
returning_changes_even_what_is_not_read(void **state)
{
    struct db *db = filled();
    json_t *row;

    (void)state;
    assert_int_equal(db_one(db, arena, &row,
                            "INSERT INTO parent (id, n) VALUES ('a', 1),"
                            " ('b', 2) RETURNING id",
                            ""),
                     DB_OK);
    assert_string_equal(row_text(row, "id"), "a");
    assert_int_equal(parents(db), 2);
    db_close(db);
}

static void
constraints_are_told_apart(void **state)
{
    struct db *db = filled();

    (void)state;
    log_set_level(LOG_ERROR);
    assert_int_equal(add_parent(db, "a", 1), DB_OK);
    assert_int_equal(add_parent(db, "a", 1), DB_UNIQUE);
    assert_int_equal(add_parent(db, "b", -1), DB_CHECK);
    assert_int_equal(add_parent(db, NULL, 1), DB_CHECK);
    static const char child[] =
        "INSERT INTO child (parent, code) VALUES ($1, $2)";
    assert_int_equal(db_exec(db, NULL, child, "tt", "none", "x"), DB_FOREIGN);
    assert_int_equal(db_exec(db, NULL, child, "tt", "a", "x"), DB_OK);
    assert_int_equal(db_exec(db, NULL, child, "tt", "a", "x"), DB_UNIQUE);
    assert_int_equal(db_exec(db, NULL, "DELETE FROM parent", ""), DB_FOREIGN);
    log_set_level(LOG_INFO);
    assert_int_equal(parents(db), 1);
    db_close(db);
}

static struct db *logged;

static void
run_broken(void)
{
    json_t *row;

    assert_int_equal(db_exec(logged, NULL, "SELEC 1", ""), DB_FAILED);
    assert_int_equal(db_exec(logged, NULL, "SELECT $1", ""), DB_FAILED);
    assert_int_equal(db_exec(logged, NULL, "SELECT 2", "t", "x"), DB_FAILED);
    assert_int_equal(db_exec(logged, NULL, "SELECT $2", "t", "x"), DB_FAILED);
    assert_int_equal(db_exec(logged, NULL, "SELECT 3", "q"), DB_FAILED);
    assert_int_equal(db_exec(logged, NULL, "SELECT 4; SELECT 5", ""),
                     DB_FAILED);
    assert_int_equal(db_exec(logged, NULL, "SELECT \"text\"", ""), DB_FAILED);
    assert_int_equal(db_exec(logged, NULL, "", ""), DB_FAILED);
    assert_int_equal(server() ? DB_FAILED
                              : db_one(logged, arena, &row,
                                       "SELECT CAST(x'ff' AS TEXT) AS t", ""),
                     DB_FAILED);
    assert_int_equal(add_parent(logged, "secret-value", 1), DB_OK);
    assert_int_equal(add_parent(logged, "secret-value", 1), DB_UNIQUE);
}

static void
failures_log_the_statement_and_no_value(void **state)
{
    (void)state;
    logged = filled();
    const char *log = captured(run_broken);
    assert_non_null(strstr(log, "SELEC 1"));
    assert_non_null(strstr(log, "SELECT $1"));
    assert_non_null(strstr(log, "SELECT 2"));
    assert_non_null(strstr(log, "SELECT 3"));
    assert_non_null(strstr(log, "SELECT 4; SELECT 5"));
    assert_non_null(strstr(log, server()
                                    ? "unique constraint \"parent_pkey\""
                                    : "UNIQUE constraint failed: parent.id"));
    assert_null(strstr(log, "secret-value"));
    db_close(logged);
}

static void
many_statements(void **state)
{
    struct db *db = filled();
    json_t *row;

    (void)state;
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 1000; i++) {
            const char *sql = arena_printf(arena, "SELECT $1 + %d AS n", i);
            assert_int_equal(db_one(db, arena, &row, sql, "i", (int64_t)1000),
                             DB_OK);
            assert_int_equal(row_int(row, "n"), 1000 + i);
        }
    }
    db_close(db);
}

/* ---- questions that are asked together ---- */

static struct db_answer *
ask_number(struct db *db, int64_t n)
{
    return db_ask(db, arena, "SELECT $1 + CAST($2 AS BIGINT) AS n", "ii", n,
                  (int64_t)1);
}

static void
assert_number(struct db_answer *answer, int64_t n)
{
    json_t *row;

    assert_int_equal(db_row(answer, &row), DB_OK);
    assert_int_equal(row_int(row, "n"), n);
}

static void
questions_are_asked_together(void **state)
{
    struct db *db = filled();
    struct db_answer *numbers[40], *all, *none;
    json_t *rows, *row;

    (void)state;
    assert_int_equal(add_parent(db, "a", 1), DB_OK);
    assert_int_equal(add_parent(db, "b", 2), DB_OK);
    all = db_ask(db, arena, "SELECT id FROM parent ORDER BY id", "");
    none = db_ask(db, arena, "SELECT id FROM parent WHERE id = $1", "t", "x");
    for (int i = 0; i < 40; i++) { /* more than are taken note of */
        numbers[i] = ask_number(db, i);
    }
    assert_int_equal(parents(db), 2); /* meanwhile, another one */
    assert_number(numbers[39], 40);
    for (int i = 0; i < 40; i++) {
        assert_number(numbers[i], i + 1);
    }
    assert_int_equal(db_row(none, &row), DB_NONE);
    assert_null(row);
    assert_int_equal(db_rows(none, &rows), DB_OK);
    assert_int_equal(json_array_size(rows), 0);
    assert_int_equal(db_rows(all, &rows), DB_OK);
    assert_int_equal(json_array_size(rows), 2);
    assert_int_equal(db_rows(all, &rows), DB_OK); /* not twice */
    assert_int_equal(json_array_size(rows), 2);
    db_close(db);
}

static void
one_that_fails_fails_alone(void **state)
{
    struct db *db = filled();
    struct db_answer *first, *broken, *unnamed, *unsigned_, *last;
    json_t *row;

    (void)state;
    log_set_level(LOG_ERROR + 1);
    for (int round = 0; round < 2; round++) {
        first = ask_number(db, 1);
        broken = db_ask(db, arena, "SELECT n FROM nowhere", "");
        unnamed = db_ask(db, arena, "SELECT 1 AS n", "t", "x");
        unsigned_ = db_ask(db, arena, "SELECT 2 AS n", "q");
        last = ask_number(db, 2);
        assert_number(last, 3);
        assert_number(first, 2);
        assert_int_equal(db_row(broken, &row), DB_FAILED);
        assert_null(row);
        assert_int_equal(db_row(unnamed, &row), DB_FAILED);
        assert_int_equal(db_row(unsigned_, &row), DB_FAILED);
    }
    log_set_level(LOG_INFO);
    db_close(db);
}

static void
what_nobody_wants_to_know_is_not_asked(void **state)
{
    struct db *db = filled();
    struct arena *own = arena_new();

    (void)state;
    db_ask(db, own, "SELECT 1 FROM nowhere", "");
    ask_number(db, 1);
    db_ask(db, own, "SELECT 2 FROM nowhere", "");
    arena_reset(own);
    assert_int_equal(db->n_asked, 1);
    assert_number(ask_number(db, 2), 3);
    assert_int_equal(db->n_asked, 0);
    db_ask(db, own, "SELECT 3 FROM nowhere", "");
    db_close(db);
    arena_free(own);
}

/* What a bulk has, and a change of what it names. */
static void
many_rows_have_one_statement(void **state)
{
    struct db *db = filled();
    struct db_bulk *rows = db_bulk(arena, "id:t n:i");
    struct db_bulk *changes = db_bulk(arena, "id:t more:i");
    struct db_bulk *none = db_bulk(arena, "id:t n:i");
    json_t *found;
    int64_t changed;

    (void)state;
    db_bulk_add(rows, "a \"quoted\" {brace}, \\ and ', NULL", (int64_t)1);
    db_bulk_add(rows, "", (int64_t)2);
    db_bulk_add(rows, "NULL", INT64_MAX);
    for (int i = 0; i < 300; i++) {
        db_bulk_add(rows, arena_printf(arena, "row %03d", i), (int64_t)i);
    }
    assert_int_equal(db_bulk_rows(rows), 303);
    assert_int_equal(
        db_bulk_exec(db, rows, &changed, "INSERT INTO parent (id, n) {values}"),
        DB_OK);
    assert_int_equal(changed, 303);
    db_bulk_add(changes, "row 007", (int64_t)100);
    db_bulk_add(changes, "nobody", (int64_t)100);
    db_bulk_add(changes, "", (int64_t)100);
    assert_int_equal(db_bulk_exec(db, changes, &changed,
                                  "UPDATE parent SET n = parent.n + r.more"
                                  " FROM {rows} WHERE parent.id = r.id"),
                     DB_OK);
    assert_int_equal(changed, 2);
    assert_int_equal(db_bulk_all(db, arena, rows, &found,
                                 "SELECT p.id, p.n FROM {rows}, parent p"
                                 " WHERE p.id = r.id AND p.n <> r.n"
                                 " ORDER BY r.n"),
                     DB_OK);
    assert_int_equal(json_array_size(found), 2);
    assert_int_equal(row_int(json_array_get(found, 0), "n"), 102);
    assert_string_equal(row_text(json_array_get(found, 1), "id"), "row 007");
    assert_int_equal(db_bulk_exec(db, none, &changed, "no statement"), DB_OK);
    assert_int_equal(changed, 0);
    assert_int_equal(
        db_bulk_exec(db, rows, NULL, "INSERT INTO parent (id, n) {values}"),
        DB_UNIQUE);
    assert_int_equal(db_bulk_exec(db, rows, NULL, "SELECT 1"), DB_FAILED);
    assert_int_equal(db_bulk_exec(db, db_bulk(arena, "id"), NULL, "SELECT 1"),
                     DB_OK);
    db_close(db);
}

static void
urls(void **state)
{
    char why[256];

    (void)state;
    assert_null(db_open("oracle:x", why, sizeof why));
    assert_non_null(strstr(why, "oracle"));
    assert_null(db_open("sqlite", why, sizeof why));
    assert_null(db_open("sqlite:/nonexistent/x.db", why, sizeof why));
    assert_non_null(strstr(why, "/nonexistent/x.db"));
    db_close(NULL);
}

/* Transactions */

struct work {
    int calls;
    enum db_result results[12];
};

static enum db_result
do_work(struct db *db, void *data)
{
    struct work *w = data;
    const char *id = arena_printf(arena, "p%d", w->calls);
    enum db_result r = add_parent(db, id, 1);

    return r == DB_OK ? w->results[w->calls++] : r;
}

static void
transactions_commit_or_leave_nothing(void **state)
{
    struct db *db = filled();
    struct work fine = {0}, bad = {.results = {DB_CHECK}};

    (void)state;
    assert_int_equal(db_transaction(db, false, do_work, &bad), DB_CHECK);
    assert_int_equal(bad.calls, 1);
    assert_int_equal(parents(db), 0);
    assert_int_equal(db_transaction(db, true, do_work, &fine), DB_OK);
    assert_int_equal(parents(db), 1);
    db_close(db);
}

static void
busy_ones_are_tried_again(void **state)
{
    struct db *db = filled();
    struct work twice = {.results = {DB_BUSY, DB_BUSY, DB_OK}}, never;

    (void)state;
    for (int i = 0; i < 12; i++) {
        never.results[i] = DB_BUSY;
    }
    never.calls = 0;
    assert_int_equal(db_transaction(db, false, do_work, &twice), DB_OK);
    assert_int_equal(twice.calls, 3);
    assert_int_equal(parents(db), 1);
    assert_int_equal(db_exec(db, NULL, "DELETE FROM parent", ""), DB_OK);
    assert_int_equal(db_transaction(db, false, do_work, &never), DB_BUSY);
    assert_int_equal(never.calls, 12);
    assert_int_equal(parents(db), 0);
    db_close(db);
}

struct nested {
    struct work inner;
    enum db_result inner_result, outer_result;
};

static enum db_result
nest(struct db *db, void *data)
{
    struct nested *n = data;

    n->inner_result = db_transaction(db, false, do_work, &n->inner);
    return n->outer_result;
}

static void
the_inner_one_is_a_part(void **state)
{
    struct db *db = filled();
    struct nested undone = {.inner.results = {DB_CHECK}};
    struct nested whole_undone = {.outer_result = DB_CHECK};
    struct nested both = {0};

    (void)state;
    assert_int_equal(db_transaction(db, false, nest, &undone), DB_OK);
    assert_int_equal(undone.inner_result, DB_CHECK);
    assert_int_equal(parents(db), 0);
    assert_int_equal(db_transaction(db, false, nest, &whole_undone), DB_CHECK);
    assert_int_equal(whole_undone.inner_result, DB_OK);
    assert_int_equal(parents(db), 0);
    assert_int_equal(db_transaction(db, false, nest, &both), DB_OK);
    assert_int_equal(parents(db), 1);
    db_close(db);
}

/* Says of a part that was busy what is said of one that was refused. */
static enum db_result
misunderstand(struct db *db, void *data)
{
    enum db_result r = db_transaction(db, false, do_work, data);

    return r == DB_OK ? DB_OK : DB_CHECK;
}

static void
a_busy_part_is_tried_again_whatever_it_is_taken_for(void **state)
{
    struct db *db = filled();
    struct work twice = {.results = {DB_BUSY, DB_BUSY, DB_OK}};
    struct work gone = {.results = {DB_UNAVAILABLE}};

    (void)state;
    assert_int_equal(db_transaction(db, false, misunderstand, &gone),
                     DB_UNAVAILABLE);
    assert_int_equal(gone.calls, 1);
    assert_int_equal(db_transaction(db, false, misunderstand, &twice), DB_OK);
    assert_int_equal(twice.calls, 3);
    assert_int_equal(parents(db), 1);
    db_close(db);
}

/* Inside a transaction it sees what that one did. */
static enum db_result
add_and_ask(struct db *db, void *data)
{
    struct db_answer *count, *number;

    count = db_ask(db, arena, "SELECT COUNT(*) AS n FROM parent", "");
    number = ask_number(db, 1);
    assert_int_equal(add_parent(db, "a", 1), DB_OK);
    assert_number(count, 1);
    assert_number(number, 2);
    if (data) {
        json_t *row;

        count = db_ask(db, arena, "SELECT n FROM nowhere", "");
        number = ask_number(db, 1);
        assert_int_equal(db_row(count, &row), DB_FAILED);
        return db_row(number, &row) == DB_BUSY ? DB_BUSY : DB_FAILED;
    }
    return DB_OK;
}

static void
transactions_ask_as_well(void **state)
{
    struct db *db = filled();

    (void)state;
    log_set_level(LOG_ERROR + 1);
    assert_int_equal(db_transaction(db, true, add_and_ask, ""), DB_FAILED);
    log_set_level(LOG_INFO);
    assert_int_equal(parents(db), 0);
    assert_int_equal(db_transaction(db, true, add_and_ask, NULL), DB_OK);
    assert_int_equal(parents(db), 1);
    db_close(db);
}

static enum db_result
do_nothing(struct db *db, void *data)
{
    (void)db;
    return *(enum db_result *)data;
}

static enum db_result
nest_at_once(struct db *db, void *data)
{
    struct work work = {0};

    (void)data;
    return db_transaction(db, false, do_work, &work);
}

static void
transactions_may_be_empty(void **state)
{
    struct db *db = filled();
    enum db_result results[] = {DB_OK, DB_CHECK};

    (void)state;
    assert_int_equal(db_transaction(db, true, do_nothing, results), DB_OK);
    assert_int_equal(db_transaction(db, true, do_nothing, results + 1),
                     DB_CHECK);
    assert_int_equal(db_transaction(db, true, nest_at_once, NULL), DB_OK);
    assert_int_equal(parents(db), 1);
    db_close(db);
}

static int64_t
synchronous(struct db *db)
{
    json_t *row;

    assert_int_equal(db_one(db, arena, &row, "PRAGMA synchronous", ""), DB_OK);
    return row_int(row, "synchronous");
}

static enum db_result
hold_and_ask(struct db *other, void *db)
{
    int64_t before = clock_monotonic_ms(), changed;

    assert_int_equal(
        db_exec(other, NULL, "UPDATE parent SET n = 2 WHERE id = 'a'", ""),
        DB_OK);
    assert_int_equal(db_exec_at_once(db, &changed,
                                     "UPDATE parent SET n = 3 WHERE id = 'a'",
                                     ""),
                     DB_BUSY);
    assert_int_equal(changed, 0);
    assert_true(clock_monotonic_ms() - before < 1000);
    return DB_OK;
}

static void
what_can_be_left_undone_does_not_wait(void **state)
{
    char *dir = temporary_directory();
    const char *url = fresh_url(dir);
    struct db *db = open_url(url), *other = open_url(url);
    json_t *row;
    int64_t changed;

    (void)state;
    assert_int_equal(create(db), DB_OK);
    assert_int_equal(add_parent(db, "a", 1), DB_OK);
    log_set_level(LOG_ERROR + 1);
    assert_int_equal(db_transaction(other, true, hold_and_ask, db), DB_OK);
    log_set_level(LOG_INFO);
    assert_int_equal(db_exec_at_once(db, &changed,
                                     "UPDATE parent SET n = n + 2"
                                     " WHERE id = 'a'",
                                     ""),
                     DB_OK);
    assert_int_equal(changed, 1);
    assert_int_equal(db_one(db, arena, &row, "SELECT n FROM parent", ""),
                     DB_OK);
    assert_int_equal(row_int(row, "n"), 4);
    db_close(other);
    db_close(db);
    remove_directory(dir);
}

static enum db_result
note_synchronous(struct db *db, void *data)
{
    *(int64_t *)data = synchronous(db);
    return row_int(NULL, "") == 0 ? DB_CHECK : DB_OK;
}

static void
durable_means_full(void **state)
{
    struct db *db = filled();
    int64_t inside = 0;

    (void)state;
    assert_int_equal(synchronous(db), 1);
    db_transaction(db, true, note_synchronous, &inside);
    assert_int_equal(inside, 2);
    assert_int_equal(synchronous(db), 1);
    db_transaction(db, false, note_synchronous, &inside);
    assert_int_equal(inside, 1);
    db_close(db);
}

/* Files */

static void
a_locked_database_is_busy(void **state)
{
    char *dir = temporary_directory();
    char *url = arena_printf(arena, "sqlite:%s/x.db?busy_timeout=20", dir);
    struct db *one = open_url(url), *two = open_url(url);
    struct work w = {0};
    struct stat st;

    (void)state;
    log_set_level(LOG_ERROR);
    assert_int_equal(create(one), DB_OK);
    assert_int_equal(db_exec(one, NULL, "BEGIN IMMEDIATE", ""), DB_OK);
    assert_int_equal(add_parent(two, "a", 1), DB_BUSY);
    int64_t before = clock_monotonic_ms();
    assert_int_equal(db_transaction(two, true, do_work, &w), DB_BUSY);
    assert_true(clock_monotonic_ms() - before >= 240); /* 12 times 20 ms */
    assert_int_equal(w.calls, 0);
    assert_int_equal(parents(two), 0); /* reading is not held up */
    assert_int_equal(db_exec(one, NULL, "COMMIT", ""), DB_OK);
    assert_int_equal(db_transaction(two, true, do_work, &w), DB_OK);
    assert_int_equal(parents(one), 1);
    log_set_level(LOG_INFO);
    assert_int_equal(stat(arena_printf(arena, "%s/x.db", dir), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(stat(arena_printf(arena, "%s/x.db-wal", dir), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    db_close(one);
    db_close(two);
    remove_directory(dir);
}

/* For the time of a request; who changes something sees and may do what anybody
 * would. */
static void
reads_share_one_state(void **state)
{
    char *dir = temporary_directory();
    const char *url = fresh_url(dir);
    struct db *db = open_url(url), *other = open_url(url);
    struct work work = {0};

    (void)state;
    assert_int_equal(create(db), DB_OK);
    db_reads_together(db, true);
    assert_int_equal(parents(db), 0);
    assert_int_equal(add_parent(other, "a", 1), DB_OK);
    assert_int_equal(parents(db), 0);

    assert_int_equal(add_parent(db, "b", 1), DB_OK);
    assert_int_equal(parents(db), 2);
    assert_int_equal(add_parent(other, "c", 1), DB_OK);
    assert_int_equal(parents(db), 2);
    assert_int_equal(db_transaction(db, true, do_work, &work), DB_OK);
    assert_int_equal(work.calls, 1);
    assert_int_equal(parents(db), 4);

    assert_int_equal(add_parent(other, "f", 1), DB_OK);
    db_reads_together(db, false);
    assert_int_equal(parents(db), 5);
    assert_int_equal(add_parent(other, "g", 1), DB_OK);
    assert_int_equal(parents(db), 6);
    db_close(other);
    db_close(db);
    remove_directory(dir);
}

/* A SELECT for many rows is a read as any other. */
static void
many_rows_are_read_from_one_state(void **state)
{
    static const char sql[] = "SELECT p.id, p.n FROM {rows}, parent p"
                              " WHERE p.id = r.id ORDER BY r.n";
    char *dir = temporary_directory();
    const char *url = fresh_url(dir);
    struct db *db = open_url(url), *other = open_url(url);
    struct db_bulk *wanted = db_bulk(arena, "id:t n:i");
    json_t *found;

    (void)state;
    db_bulk_add(wanted, "a", (int64_t)1);
    db_bulk_add(wanted, "b", (int64_t)2);
    assert_int_equal(create(db), DB_OK);
    assert_int_equal(db_bulk_all(db, arena, wanted, &found, sql), DB_OK);
    assert_int_equal(json_array_size(found), 0);
    assert_int_equal(add_parent(other, "a", 1), DB_OK);
    assert_int_equal(parents(db), 1); /* no state was held */

    db_reads_together(db, true);
    assert_int_equal(db_bulk_all(db, arena, wanted, &found, sql), DB_OK);
    assert_int_equal(json_array_size(found), 1);
    assert_int_equal(add_parent(other, "b", 1), DB_OK);
    assert_int_equal(db_bulk_all(db, arena, wanted, &found, sql), DB_OK);
    assert_int_equal(json_array_size(found), 1);
    assert_int_equal(parents(db), 1);
    assert_int_equal(add_parent(db, "c", 1), DB_OK);
    assert_int_equal(db_bulk_all(db, arena, wanted, &found, sql), DB_OK);
    assert_int_equal(json_array_size(found), 2);
    db_reads_together(db, false);
    db_close(other);
    db_close(db);
    remove_directory(dir);
}

static void
what_is_no_database_is_refused(void **state)
{
    char *dir = temporary_directory(), why[256];

    (void)state;
    write_file(arena_printf(arena, "%s/x.db", dir),
               "This is a text that is longer than the header of a database, "
               "which has one hundred bytes, and so is looked at in full.\n");
    assert_null(
        db_open(arena_printf(arena, "sqlite:%s/x.db", dir), why, sizeof why));
    assert_non_null(strstr(why, "x.db"));
    remove_directory(dir);
}

/* Migrations */

static const struct db_migration three[] = {
    {1, "first", "CREATE TABLE one (n BIGINT); INSERT INTO one VALUES (1);"},
    {2, "second", "CREATE TABLE two (n BIGINT);"},
    {3, "third", "UPDATE one SET n = n + 1;"},
    {0, 0, 0},
};

static void
migrations_run_once(void **state)
{
    struct db *db = empty();
    json_t *row;

    (void)state;
    assert_int_equal(db_schema_present(db), 0);
    log_set_level(LOG_WARN);
    assert_int_equal(db_migrate_list(db, three), 3);
    log_set_level(LOG_INFO);
    assert_int_equal(db_schema_present(db), 3);
    assert_int_equal(db_migrate_list(db, three), 0);
    assert_int_equal(db_one(db, arena, &row, "SELECT n FROM one", ""), DB_OK);
    assert_int_equal(row_int(row, "n"), 2);
    assert_int_equal(db_one(db, arena, &row,
                            "SELECT name, applied FROM schema_migration"
                            " WHERE number = 2",
                            ""),
                     DB_OK);
    assert_string_equal(row_text(row, "name"), "second");
    assert_true(llabs(row_int(row, "applied") - clock_now()) < 10);
    db_close(db);
}

static void
a_broken_migration_leaves_nothing(void **state)
{
    static const struct db_migration broken[] = {
        {1, "first", "CREATE TABLE one (n BIGINT);"},
        {2, "second", "CREATE TABLE two (n BIGINT); SELEC 1;"},
        {0, 0, 0},
    };
    struct db *db = empty();
    json_t *row;

    (void)state;
    log_set_level(LOG_ERROR + 1);
    assert_int_equal(db_migrate_list(db, broken), -1);
    log_set_level(LOG_INFO);
    assert_int_equal(db_schema_present(db), 1);
    log_set_level(LOG_ERROR + 1);
    assert_int_equal(db_one(db, arena, &row, "SELECT n FROM two", ""),
                     DB_FAILED);
    log_set_level(LOG_INFO);
    db_close(db);
}

static int
migrate_in_child(const char *url)
{
    char why[256];
    struct db *db = db_open(url, why, sizeof why);

    if (db == NULL) {
        fprintf(stderr, "%s\n", why);
        return 100;
    }
    int applied = db_migrate_list(db, three);
    db_close(db);
    return applied < 0 ? 101 : applied;
}

static void
many_processes_may_migrate(void **state)
{
    enum { PROCESSES = 6 };
    char *dir = temporary_directory();
    const char *url = fresh_url(dir);
    pid_t pids[PROCESSES];
    int applied = 0, status;
    json_t *row;

    (void)state;
    log_set_level(LOG_ERROR);
    for (int i = 0; i < PROCESSES; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            _exit(migrate_in_child(url));
        }
    }
    for (int i = 0; i < PROCESSES; i++) {
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_true(WIFEXITED(status));
        assert_true(WEXITSTATUS(status) < 100);
        applied += WEXITSTATUS(status);
    }
    log_set_level(LOG_INFO);
    assert_int_equal(applied, 3);
    struct db *db = open_url(url);
    assert_int_equal(db_one(db, arena, &row, "SELECT n FROM one", ""), DB_OK);
    assert_int_equal(row_int(row, "n"), 2);
    db_close(db);
    remove_directory(dir);
}

static void
the_embedded_ones_apply(void **state)
{
    struct db *db = empty();

    (void)state;
    log_set_level(LOG_WARN);
    assert_true(db_schema_wanted() > 0);
    assert_int_equal(db_migrate(db), db_schema_wanted());
    assert_int_equal(db_schema_present(db), db_schema_wanted());
    assert_int_equal(db_migrate(db), 0);
    log_set_level(LOG_INFO);
    db_close(db);
}

/* ---- what only PostgreSQL has ---- */

/* Another reads what this one writes, and the other way round: one of them has
 * to begin again. */
struct skew {
    const char *url;
    bool alone; /* the other's is one statement */
    bool careless;
    int calls;
};

static enum db_result
count_and_add(struct db *db, void *data)
{
    (void)data;
    assert_int_equal(parents(db), 0);
    return add_parent(db, "theirs", 1);
}

static enum db_result
add_counted(struct db *db)
{
    return db_exec(db, NULL,
                   "INSERT INTO parent (id, n)"
                   " SELECT 'theirs', COUNT(*) FROM parent",
                   "");
}

static enum db_result
read_and_write(struct db *db, void *data)
{
    struct skew *skew = data;
    struct db *other;
    enum db_result r;
    json_t *row;

    assert_int_equal(
        db_one(db, arena, &row, "SELECT COUNT(*) AS n FROM parent", ""), DB_OK);
    if (skew->calls++ == 0) {
        other = open_url(skew->url);
        assert_int_equal(skew->alone
                             ? add_counted(other)
                             : db_transaction(other, true, count_and_add, NULL),
                         DB_OK);
        db_close(other);
    }
    r = add_parent(db, "ours", row_int(row, "n"));
    return r != DB_OK && skew->careless ? DB_CHECK : r;
}

static void
meet(bool alone, bool careless)
{
    const char *url = fresh_url("");
    struct db *db = open_url(url);
    struct skew skew = {.url = url, .alone = alone, .careless = careless};
    json_t *row;

    log_set_level(LOG_ERROR);
    assert_int_equal(create(db), DB_OK);
    assert_int_equal(db_transaction(db, true, read_and_write, &skew), DB_OK);
    log_set_level(LOG_INFO);
    assert_int_equal(skew.calls, 2);
    assert_int_equal(
        db_one(db, arena, &row, "SELECT n FROM parent WHERE id = 'ours'", ""),
        DB_OK);
    assert_int_equal(row_int(row, "n"), 1); /* it has seen theirs */
    db_close(db);
}

static void
a_snapshot_that_is_outdated_is_taken_again(void **state)
{
    (void)state;
    meet(false, false);
    meet(false, true);
}

static void
a_change_of_its_own_is_a_transaction_as_well(void **state)
{
    (void)state;
    meet(true, false);
}

static enum db_result
lose_connection(struct db *db, void *data)
{
    int *calls = data;

    ++*calls;
    assert_int_equal(add_parent(db, "lost", 1), DB_OK);
    db_exec(db, NULL, "SELECT pg_terminate_backend(pg_backend_pid())", "");
    return add_parent(db, "never", 1);
}

static void
a_connection_that_broke_is_made_again(void **state)
{
    struct db *db = filled();
    int calls = 0;

    (void)state;
    log_set_level(LOG_ERROR + 1);
    assert_int_equal(add_parent(db, "a", 1), DB_OK);
    assert_int_equal(db_transaction(db, true, lose_connection, &calls),
                     DB_UNAVAILABLE);
    assert_int_equal(calls, 1); /* nobody knows: not twice */
    log_set_level(LOG_INFO);
    assert_int_equal(parents(db), 1);
    assert_int_equal(add_parent(db, "b", 1), DB_OK);
    db_close(db);
}

/* Nothing is made up, and the next ones are answered. What came after the one
 * at which it broke is asked again where libpq knows that it was not run. */
static void
questions_to_a_connection_that_breaks(void **state)
{
    struct db *db = filled();
    struct db_answer *before, *breaks, *after;
    json_t *row;

    (void)state;
    log_set_level(LOG_ERROR + 1);
    before = ask_number(db, 1);
    breaks = db_ask(
        db, arena, "SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(5)",
        "");
    after = ask_number(db, 2);
    assert_int_equal(db_row(breaks, &row), DB_UNAVAILABLE);
    assert_null(row);
    assert_true(db_row(before, &row) == DB_UNAVAILABLE ||
                row_int(row, "n") == 2);
    assert_true(db_row(after, &row) == DB_UNAVAILABLE ||
                row_int(row, "n") == 3);
    after = ask_number(db, 3);
    before = ask_number(db, 4);
    assert_number(after, 4);
    assert_number(before, 5);

    /* and one that broke in between */
    db_exec(db, NULL, "SELECT pg_terminate_backend(pg_backend_pid())", "");
    after = ask_number(db, 5);
    before = ask_number(db, 6);
    assert_number(after, 6);
    assert_number(before, 7);
    log_set_level(LOG_INFO);
    db_close(db);
}

/* More texts than are remembered, and of each set more than it has room for. */
static void
questions_push_each_other_out(void **state)
{
    struct db *db = filled();
    struct db_answer *answers[16];
    json_t *row;

    (void)state;
    for (int round = 0, n = 0; round < 3; round++, n = 0) {
        for (int i = 0; n < 16; i++) {
            const char *sql = arena_printf(arena, "SELECT %d AS n", i);

            if (db_hash(sql) % 64 == 0) {
                answers[n++] = db_ask(db, arena, sql, "");
            }
        }
        for (n = 0; n < 16; n++) {
            assert_int_equal(db_row(answers[n], &row), DB_OK);
        }
        assert_int_equal(
            db_one(db, arena, &row,
                   "SELECT COUNT(*) AS n FROM pg_prepared_statements"
                   " WHERE statement LIKE 'SELECT % AS n'",
                   ""),
            DB_OK);
        assert_int_equal(row_int(row, "n"), 4);
    }
    db_close(db);
}

/* What is refused again and again costs the server nothing more. */
static void
a_refused_statement_stays_prepared(void **state)
{
    static const char sql[] = "INSERT INTO parent (id, n) VALUES ('a', $1)";
    struct db *db = filled();
    json_t *row;

    (void)state;
    log_set_level(LOG_ERROR);
    assert_int_equal(
        db_exec(db, NULL, "INSERT INTO parent VALUES ('a', 1)", ""), DB_OK);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(db_exec(db, NULL, sql, "i", (int64_t)1), DB_UNIQUE);
    }
    log_set_level(LOG_ERROR + 1);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(db_exec(db, NULL, "SELECT 1 FROM nowhere", ""),
                         DB_FAILED);
    }
    log_set_level(LOG_INFO);
    assert_int_equal(db_one(db, arena, &row,
                            "SELECT COUNT(*) AS n FROM pg_prepared_statements"
                            " WHERE statement = $1",
                            "t", sql),
                     DB_OK);
    assert_int_equal(row_int(row, "n"), 1);
    db_close(db);
}

/* Adds a row, and does not mind that the next statement fails. */
static enum db_result
fails_and_goes_on(struct db *db, void *data)
{
    (void)data;
    assert_int_equal(add_parent(db, "a", 1), DB_OK);
    assert_int_equal(add_parent(db, "a", 1), DB_UNIQUE);
    return DB_OK;
}

/* The server answers COMMIT by ROLLBACK, which is no error to it. */
static void
what_was_rolled_back_was_not_committed(void **state)
{
    struct db *db = filled();

    (void)state;
    log_set_level(LOG_ERROR + 1);
    assert_int_equal(db_transaction(db, true, fails_and_goes_on, NULL),
                     DB_FAILED);
    log_set_level(LOG_INFO);
    assert_int_equal(parents(db), 0);
    assert_int_equal(add_parent(db, "b", 1), DB_OK);
    db_close(db);
}

static void
what_takes_long_is_ended(void **state)
{
    struct db *db = filled();
    int64_t before = clock_monotonic_ms();

    (void)state;
    log_set_level(LOG_ERROR + 1);
    assert_int_equal(db_exec(db, NULL, "SELECT pg_sleep(60)", ""),
                     DB_UNAVAILABLE);
    log_set_level(LOG_INFO);
    assert_in_range(clock_monotonic_ms() - before, 4000, 7900);
    assert_int_equal(parents(db), 0);
    db_close(db);
}

static void
a_database_that_sorts_by_a_language_is_refused(void **state)
{
    struct db *db = open_url(url_of("postgres"));
    char *name = arena_printf(arena, "sorts%d", (int)getpid());
    char why[256];

    (void)state;
    assert_int_equal(
        db_exec(db, NULL,
                arena_printf(arena,
                             "CREATE DATABASE %s TEMPLATE template0"
                             " LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'",
                             name),
                ""),
        DB_OK);
    db_close(db);
    assert_null(db_open(url_of(name), why, sizeof why));
    assert_non_null(strstr(why, "LC_COLLATE"));
}

int
main(void)
{
    const struct CMUnitTest both[] = {
        TEST(rows_come_back),
        TEST(parameters_are_bound_by_name),
        TEST(bytes_come_back_as_hex),
        TEST(returning_changes_even_what_is_not_read),
        TEST(constraints_are_told_apart),
        TEST(failures_log_the_statement_and_no_value),
        TEST(many_statements),
        TEST(questions_are_asked_together),
        TEST(one_that_fails_fails_alone),
        TEST(what_nobody_wants_to_know_is_not_asked),
        TEST(transactions_ask_as_well),
        TEST(transactions_may_be_empty),
        TEST(transactions_commit_or_leave_nothing),
        TEST(busy_ones_are_tried_again),
        TEST(the_inner_one_is_a_part),
        TEST(a_busy_part_is_tried_again_whatever_it_is_taken_for),
        TEST(many_rows_have_one_statement),
        TEST(what_can_be_left_undone_does_not_wait),
        TEST(migrations_run_once),
        TEST(a_broken_migration_leaves_nothing),
        TEST(many_processes_may_migrate),
        TEST(the_embedded_ones_apply),
    };
    const struct CMUnitTest sqlite[] = {
        TEST(urls),
        TEST(durable_means_full),
        TEST(a_locked_database_is_busy),
        TEST(reads_share_one_state),
        TEST(many_rows_are_read_from_one_state),
        TEST(what_is_no_database_is_refused),
    };
    const struct CMUnitTest postgresql[] = {
        TEST(a_snapshot_that_is_outdated_is_taken_again),
        TEST(a_change_of_its_own_is_a_transaction_as_well),
        TEST(a_connection_that_broke_is_made_again),
        TEST(questions_to_a_connection_that_breaks),
        TEST(questions_push_each_other_out),
        TEST(a_refused_statement_stays_prepared),
        TEST(what_was_rolled_back_was_not_committed),
        TEST(what_takes_long_is_ended),
        TEST(a_database_that_sorts_by_a_language_is_refused),
    };
    /* Rows of zeros are left out. */
    struct CMUnitTest tests[(sizeof both + sizeof sqlite + sizeof postgresql) /
                            sizeof *both] = {0};
    struct CMUnitTest *own = tests + sizeof both / sizeof *both;

    memcpy(tests, both, sizeof both);
    if (server()) {
        memcpy(own, postgresql, sizeof postgresql);
    } else {
        memcpy(own, sqlite, sizeof sqlite);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
