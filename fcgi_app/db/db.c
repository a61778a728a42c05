#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "db/backend.h"

enum {
    TRIES = 12,   /* the first and eleven more */
    PAUSE_MS = 5, /* before the second try; doubles, up to the next */
    PAUSE_MAX_MS = 160,
    TRIES_END_MS = 5000, /* no new try after that */
};

typedef enum db_result work_fn(struct db *, void *);

static const struct db_backend *const backends[] = {&db_sqlite, &db_postgresql};

unsigned
db_hash(const char *sql)
{
    unsigned h = 2166136261u; /* FNV-1a */

    for (; *sql != '\0'; sql++) {
        h = (h ^ (unsigned char)*sql) * 16777619u;
    }
    return h ^ h >> 16;
}

enum err
db_error(enum db_result r)
{
    return r == DB_NONE ? ERR_not_found : ERR_unavailable;
}

bool
db_of_rows(enum db_result r)
{
    return r == DB_UNIQUE || r == DB_FOREIGN || r == DB_CHECK || r == DB_FAILED;
}

struct db *
db_open(const char *url, char *why, size_t size)
{
    size_t scheme = strcspn(url, ":");

    for (size_t i = 0; i < sizeof backends / sizeof backends[0]; i++) {
        const struct db_backend *b = backends[i];
        if (strlen(b->scheme) != scheme || url[scheme] != ':' ||
            memcmp(url, b->scheme, scheme) != 0) {
            continue;
        }
        void *connection = b->open(url + scheme + 1, why, size);
        if (connection == NULL) {
            return NULL;
        }
        struct db *db = calloc(1, sizeof *db);
        if (db == NULL) {
            b->close(connection);
            snprintf(why, size, "out of memory");
            return NULL;
        }
        *db = (struct db){.backend = b, .connection = connection};
        return db;
    }
    snprintf(why, size, "unknown kind of database: %.*s", (int)scheme, url);
    return NULL;
}

/* Questions that are asked together */

struct db_answer {
    struct db *db; /* NULL: it is there */
    struct db_query query;
};

static void
forget_asked(struct db *db)
{
    for (size_t i = 0; i < db->n_asked; i++) {
        db->asked[i]->db = NULL;
    }
    db->n_asked = 0;
}

void
db_close(struct db *db)
{
    if (db != NULL) {
        forget_asked(db);
        db->backend->close(db->connection);
        free(db);
    }
}

int
db_collect(struct db_param *params, const char *signature, va_list args)
{
    int n = 0;

    for (const char *s = signature; *s != '\0'; s++, n++) {
        struct db_param *p = &params[n];
        if (n == DB_PARAMS_MAX) {
            return -1;
        }
        *p = (struct db_param){.type = *s};
        if (*s == 't') {
            p->data = va_arg(args, const char *);
        } else if (*s == 'i') {
            p->number = va_arg(args, int64_t);
        } else if (*s == 'b') {
            p->data = va_arg(args, const void *);
            p->len = va_arg(args, size_t);
        } else {
            return -1;
        }
    }
    return n;
}

enum db_result
db_noted(struct db *db, enum db_result r)
{
    if (db->ended == DB_OK && (r == DB_BUSY || r == DB_UNAVAILABLE)) {
        db->ended = r;
    }
    return r;
}

enum db_result
db_run(struct db *db, struct db_query *q)
{
    enum db_result r = db->backend->run(db->connection, q);

    return q->at_once ? r : db_noted(db, r);
}

static enum db_result
run(struct db *db, struct db_query *q, const char *signature, va_list args)
{
    struct db_param params[DB_PARAMS_MAX];
    int n = db_collect(params, signature, args);

    if (n < 0) {
        log_error("bad signature \"%s\" for: %s", signature, q->sql);
        return DB_FAILED;
    }
    q->params = params;
    q->n_params = (size_t)n;
    enum db_result r = db_run(db, q);
    q->params = NULL;
    return r;
}

enum db_result
db_exec(struct db *db, int64_t *changed, const char *sql, const char *signature,
        ...)
{
    struct db_query q = {.sql = sql};
    va_list args;

    va_start(args, signature);
    enum db_result r = run(db, &q, signature, args);
    va_end(args);
    if (changed != NULL) {
        *changed = r == DB_OK ? q.changed : 0;
    }
    return r;
}

enum db_result
db_exec_at_once(struct db *db, int64_t *changed, const char *sql,
                const char *signature, ...)
{
    struct db_query q = {.sql = sql, .at_once = true};
    va_list args;

    va_start(args, signature);
    enum db_result r = run(db, &q, signature, args);
    va_end(args);
    *changed = r == DB_OK ? q.changed : 0;
    return r;
}

enum db_result
db_one(struct db *db, struct arena *a, json_t **row, const char *sql,
       const char *signature, ...)
{
    struct db_query q = {.sql = sql, .max_rows = 1};
    va_list args;

    *row = NULL;
    q.rows = json_in_arena(a, json_array());
    va_start(args, signature);
    enum db_result r = run(db, &q, signature, args);
    va_end(args);
    if (r != DB_OK) {
        return r;
    }
    *row = json_array_get(q.rows, 0);
    return *row != NULL ? DB_OK : DB_NONE;
}

enum db_result
db_all(struct db *db, struct arena *a, json_t **rows, const char *sql,
       const char *signature, ...)
{
    struct db_query q = {.sql = sql, .max_rows = SIZE_MAX};
    va_list args;

    q.rows = json_in_arena(a, json_array());
    va_start(args, signature);
    enum db_result r = run(db, &q, signature, args);
    va_end(args);
    *rows = q.rows;
    return r;
}

static void
ask_all(struct db *db)
{
    struct db_query *queries[DB_ASKED_MAX];
    size_t n = db->n_asked;

    for (size_t i = 0; i < n; i++) {
        queries[i] = &db->asked[i]->query;
    }
    forget_asked(db);
    if (n > 1 && db->backend->run_all != NULL) {
        db->backend->run_all(db->connection, queries, n);
        for (size_t i = 0; i < n; i++) {
            db_noted(db, queries[i]->result);
        }
        return;
    }
    for (size_t i = 0; i < n; i++) {
        queries[i]->result = db_run(db, queries[i]);
    }
}

/* Nobody wants the answer any more. */
static void
drop_answer(void *data)
{
    struct db_answer *answer = data;
    struct db *db = answer->db;

    for (size_t i = 0; db != NULL && i < db->n_asked; i++) {
        if (db->asked[i] == answer) {
            db->asked[i] = db->asked[--db->n_asked];
        }
    }
    json_decref(answer->query.rows);
}

struct db_answer *
db_ask(struct db *db, struct arena *a, const char *sql, const char *signature,
       ...)
{
    struct db_answer *answer = arena_alloc(a, sizeof *answer);
    struct db_param params[DB_PARAMS_MAX], *kept;
    va_list args;

    va_start(args, signature);
    int n = db_collect(params, signature, args);
    va_end(args);
    answer->query = (struct db_query){.sql = sql,
                                      .rows = json_array(),
                                      .max_rows = SIZE_MAX,
                                      .result = DB_FAILED};
    arena_defer(a, drop_answer, answer);
    if (n < 0) {
        log_error("bad signature \"%s\" for: %s", signature, sql);
        return answer;
    }
    kept = arena_alloc(a, (size_t)n * sizeof *kept + 1);
    memcpy(kept, params, (size_t)n * sizeof *kept);
    answer->query.params = kept;
    answer->query.n_params = (size_t)n;
    answer->db = db;
    if (db->n_asked == DB_ASKED_MAX) {
        ask_all(db);
    }
    db->asked[db->n_asked++] = answer;
    return answer;
}

enum db_result
db_rows(struct db_answer *answer, json_t **rows)
{
    if (answer->db != NULL) {
        ask_all(answer->db);
    }
    *rows = answer->query.rows;
    return answer->query.result;
}

enum db_result
db_row(struct db_answer *answer, json_t **row)
{
    json_t *rows;
    enum db_result r = db_rows(answer, &rows);

    *row = r == DB_OK ? json_array_get(rows, 0) : NULL;
    return r == DB_OK && *row == NULL ? DB_NONE : r;
}

void
db_reads_together(struct db *db, bool together)
{
    if (db->backend->together != NULL) {
        db->backend->together(db->connection, together);
    }
}

/* Transactions */

/* Tells what waited for the end; or forgets it. */
static void
tell_waiting(struct db *db, bool committed)
{
    size_t n = db->n_told;

    db->n_told = 0;
    for (size_t i = 0; committed && i < n; i++) {
        db->told[i].tell(db->told[i].data);
    }
}

static enum db_result
try_transaction(struct db *db, bool durable, work_fn *work, void *data)
{
    enum db_result r = db->backend->begin(db->connection, durable);

    if (r != DB_OK) {
        return r;
    }
    db->in_transaction = true;
    db->ended = DB_OK;
    r = work(db, data);
    r = db->ended == DB_OK ? r : db->ended;
    db->in_transaction = false;
    if (r == DB_OK) {
        r = db->backend->commit(db->connection);
    }
    if (r != DB_OK) {
        db->backend->rollback(db->connection);
    }
    tell_waiting(db, r == DB_OK);
    return r;
}

/* Half of the pause is chance, so that two who met do not meet again. */
static void
pause_before(int try)
{
    uint32_t ms = (uint32_t)PAUSE_MS << try;

    ms = ms < PAUSE_MAX_MS ? ms : PAUSE_MAX_MS;
    ms = ms / 2 + randombytes_uniform(ms / 2 + 1);
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

    nanosleep(&t, NULL);
}

static enum db_result
script(struct db *db, const char *sql)
{
    return db_noted(db, db->backend->script(db->connection, sql));
}

/* A part of a transaction, which stands or falls by itself. */
static enum db_result
inner_transaction(struct db *db, work_fn *work, void *data)
{
    size_t told = db->n_told;
    enum db_result r = script(db, "SAVEPOINT part"), undone;

    if (r != DB_OK) {
        return r;
    }
    r = db_noted(db, work(db, data));
    if (r == DB_OK) {
        return script(db, "RELEASE SAVEPOINT part");
    }
    db->n_told = told;
    undone = script(db, "ROLLBACK TO SAVEPOINT part");
    if (undone == DB_OK) {
        undone = script(db, "RELEASE SAVEPOINT part");
    }
    return undone == DB_OK ? r : undone;
}

enum db_result
db_transaction(struct db *db, bool durable, work_fn *work, void *data)
{
    enum db_result r = DB_FAILED;
    int64_t end = clock_monotonic_ms() + TRIES_END_MS;

    if (db->in_transaction) {
        return inner_transaction(db, work, data);
    }
    for (int try = 0; try < TRIES; try++) {
        r = try_transaction(db, durable, work, data);
        if (r != DB_BUSY || clock_monotonic_ms() >= end) {
            return r;
        }
        if (try + 1 < TRIES) {
            pause_before(try);
        }
    }
    return r;
}

void
db_when_committed(struct db *db, void (*tell)(void *), void *data)
{
    if (!db->in_transaction) {
        tell(data);
    } else if (db->n_told < DB_TOLD_MAX) {
        db->told[db->n_told].tell = tell;
        db->told[db->n_told++].data = data;
    } else {
        log_error("a transaction has more to tell than it keeps");
    }
}

/* Migrations */

static const char create_table[] =
    "CREATE TABLE IF NOT EXISTS schema_migration ("
    " number BIGINT NOT NULL PRIMARY KEY,"
    " name TEXT NOT NULL,"
    " applied BIGINT NOT NULL)";

struct migrating {
    const struct db_migration *migration;
    bool applied; /* by us, now */
};

/* Inside the transaction it is asked again: another process may have been
 * quicker. */
static enum db_result
migrate_work(struct db *db, void *data)
{
    struct migrating *m = data;
    int64_t number = m->migration->number, added;

    m->applied = false;
    enum db_result r =
        db_exec(db, &added,
                "INSERT INTO schema_migration (number, name, applied)"
                " VALUES ($1, $2, $3) ON CONFLICT (number) DO NOTHING",
                "iti", number, m->migration->name, clock_now());
    if (r != DB_OK || added == 0) {
        return r;
    }
    m->applied = true;
    return db->backend->script(db->connection, m->migration->sql);
}

int
db_schema_present(struct db *db)
{
    struct db_query q = {.sql = "SELECT COALESCE(MAX(number), 0) AS number"
                                " FROM schema_migration",
                         .max_rows = 1};
    int has = db->backend->has_table(db->connection, "schema_migration");

    if (has <= 0) {
        return has;
    }
    q.rows = json_array();
    enum db_result r = db->backend->run(db->connection, &q);
    int number = (int)row_int(json_array_get(q.rows, 0), "number");
    json_decref(q.rows);
    return r == DB_OK ? number : -1;
}

/* Where two do it at once, PostgreSQL may refuse one of them. */
static enum db_result
create_list(struct db *db)
{
    enum db_result r = DB_FAILED;

    for (int try = 0; try < TRIES && r != DB_OK && r != DB_UNAVAILABLE; try++) {
        r = db->backend->script(db->connection, create_table);
    }
    return r;
}

static int
apply_list(struct db *db, const struct db_migration *list)
{
    int applied = 0, present = db_schema_present(db);

    if (present < 0 || create_list(db) != DB_OK) {
        return -1;
    }
    for (const struct db_migration *m = list; m->number != 0; m++) {
        struct migrating work = {.migration = m};
        if (m->number <= present) {
            continue;
        }
        if (db_transaction(db, true, migrate_work, &work) != DB_OK) {
            log_error("migration %04d_%s failed", m->number, m->name);
            return -1;
        }
        if (work.applied) {
            log_info("migration %04d_%s applied", m->number, m->name);
            applied++;
        }
    }
    return applied;
}

int
db_migrate_list(struct db *db, const struct db_migration *list)
{
    int applied;

    db->backend->patient(db->connection, true);
    applied = apply_list(db, list);
    db->backend->patient(db->connection, false);
    return applied;
}

int
db_migrate(struct db *db)
{
    return db_migrate_list(db, db_migrations);
}

int
db_schema_wanted(void)
{
    int number = 0;

    for (const struct db_migration *m = db_migrations; m->number != 0; m++) {
        number = m->number;
    }
    return number;
}

const char *
row_text(const json_t *row, const char *column)
{
    return json_string_value(json_object_get(row, column));
}

int64_t
row_int(const json_t *row, const char *column)
{
    return json_integer_value(json_object_get(row, column));
}
