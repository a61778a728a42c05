/* SQLite: the only file that knows it. */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "db/backend.h"

enum {
    BUSY_MS = 3000,
    PATIENT_MS = 600 * 1000,
    SETS = 64, /* statement cache: 64 sets of 4, the last used in front */
    WAYS = 4,
    MUCH = 100, /* rows */
    LOOKASIDE_SIZE = 1200,
    LOOKASIDE_SLOTS = 400,
};

struct connection {
    sqlite3 *handle;
    int usual_ms, busy_ms; /* how long a lock is waited for */
    bool durable;          /* in this transaction */
    bool together;         /* reads share a transaction of theirs, */
    bool reading;          /* which is open */
    bool much;             /* see write_much() */
    sqlite3_stmt *cache[SETS][WAYS];
};

/* Failures */

static enum db_result
result_of(int code)
{
    switch (code) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return DB_OK;
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
        return DB_UNIQUE;
    case SQLITE_CONSTRAINT_FOREIGNKEY:
        return DB_FOREIGN;
    case SQLITE_CONSTRAINT_CHECK:
    case SQLITE_CONSTRAINT_NOTNULL:
    case SQLITE_CONSTRAINT_TRIGGER:
        return DB_CHECK;
    }
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return DB_BUSY;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_NOMEM:
    case SQLITE_READONLY:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_PERM:
        return DB_UNAVAILABLE;
    default:
        return DB_FAILED;
    }
}

/* A constraint that speaks is how stores learn of a conflict; the rest is
 * trouble. SQLite's message names columns and never values. */
static enum db_result
report(struct connection *c, int code, const char *sql)
{
    enum db_result r = result_of(code);
    enum log_level level = r == DB_UNIQUE || r == DB_FOREIGN || r == DB_CHECK
                               ? LOG_INFO
                           : r == DB_BUSY ? LOG_WARN
                                          : LOG_ERROR;

    log_at(level, "database: %s (%d): %s", sqlite3_errmsg(c->handle), code,
           sql);
    return r;
}

/* Statements */

static void
to_front(sqlite3_stmt **set, int way)
{
    sqlite3_stmt *s = set[way];

    memmove(set + 1, set, (size_t)way * sizeof *set);
    set[0] = s;
}

/* The statement for a text, prepared now or before; NULL: *code says why. */
static sqlite3_stmt *
statement(struct connection *c, const char *sql, int *code)
{
    sqlite3_stmt **set = c->cache[db_hash(sql) % SETS], *s;
    const char *rest = "";

    for (int i = 0; i < WAYS && set[i] != NULL; i++) {
        if (strcmp(sqlite3_sql(set[i]), sql) == 0) {
            to_front(set, i);
            return set[0];
        }
    }
    *code = sqlite3_prepare_v3(c->handle, sql, -1, SQLITE_PREPARE_PERSISTENT,
                               &s, &rest);
    if (*code == SQLITE_OK &&
        (s == NULL || rest[strspn(rest, " \t\r\n;")] != '\0')) {
        log_error("database: not one statement: %s", sql);
        sqlite3_finalize(s);
        s = NULL;
        *code = SQLITE_MISUSE;
    }
    if (s != NULL) {
        sqlite3_finalize(set[WAYS - 1]);
        set[WAYS - 1] = s;
        to_front(set, WAYS - 1);
    }
    return s;
}

static int
bind_one(sqlite3_stmt *s, int at, const struct db_param *p)
{
    if (p->type == 'i') {
        return sqlite3_bind_int64(s, at, p->number);
    }
    if (p->data == NULL) {
        return sqlite3_bind_null(s, at);
    }
    if (p->type == 't') {
        return sqlite3_bind_text(s, at, p->data, -1, SQLITE_STATIC);
    }
    return sqlite3_bind_blob64(s, at, p->data, p->len, SQLITE_STATIC);
}

/* By name, as SQLite numbers "$2, $1" the other way round. */
static int
bind_all(sqlite3_stmt *s, const struct db_query *q)
{
    int n = sqlite3_bind_parameter_count(s);

    if (n != (int)q->n_params) {
        log_error("database: %zu parameters given, %d named", q->n_params, n);
        return SQLITE_MISUSE;
    }
    for (int at = 1; at <= n; at++) {
        const char *name = sqlite3_bind_parameter_name(s, at);
        int i = name && name[0] == '$' ? atoi(name + 1) : 0;
        if (i < 1 || i > n) {
            log_error("database: no parameter for %s", name ? name : "?");
            return SQLITE_MISUSE;
        }
        int code = bind_one(s, at, &q->params[i - 1]);
        if (code != SQLITE_OK) {
            return code;
        }
    }
    return SQLITE_OK;
}

/* JSON has no bytes: a blob is hex, as PostgreSQL writes them. */
static json_t *
hex_of(const unsigned char *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    char *text = malloc(2 * len + 1);

    if (text == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < len; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    json_t *value = json_stringn(text, 2 * len);
    free(text);
    return value;
}

static json_t *
column_value(sqlite3_stmt *s, int i)
{
    switch (sqlite3_column_type(s, i)) {
    case SQLITE_INTEGER:
        return json_integer(sqlite3_column_int64(s, i));
    case SQLITE_TEXT: {
        const char *text = (const char *)sqlite3_column_text(s, i);
        return json_stringn(text, (size_t)sqlite3_column_bytes(s, i));
    }
    case SQLITE_BLOB: {
        const unsigned char *bytes = sqlite3_column_blob(s, i);
        return hex_of(bytes, (size_t)sqlite3_column_bytes(s, i));
    }
    case SQLITE_FLOAT:
        return json_real(sqlite3_column_double(s, i));
    default:
        return json_null();
    }
}

static int
add_row(sqlite3_stmt *s, json_t *rows)
{
    json_t *row = json_object();

    for (int i = 0; i < sqlite3_column_count(s); i++) {
        const char *name = sqlite3_column_name(s, i);
        json_t *value = column_value(s, i);
        if (value == NULL) {
            log_error("database: column %s is not UTF-8", name);
            json_decref(row);
            return -1;
        }
        json_object_set_new_nocheck(row, name, value); /* a name of ours */
    }
    return json_array_append_new(rows, row);
}

/* Steps to the end; what only reads may stop once it has enough. */
static int
step_all(sqlite3_stmt *s, struct db_query *q)
{
    bool reads = sqlite3_stmt_readonly(s);
    int code;

    while ((code = sqlite3_step(s)) == SQLITE_ROW) {
        size_t have = json_array_size(q->rows);
        if (q->rows != NULL && have < q->max_rows && add_row(s, q->rows) != 0) {
            return SQLITE_MISMATCH;
        }
        if (reads && json_array_size(q->rows) >= q->max_rows) {
            return SQLITE_DONE;
        }
    }
    return code;
}

static enum db_result
run_statement(struct connection *c, sqlite3_stmt *s, struct db_query *q)
{
    sqlite3_int64 before = sqlite3_total_changes64(c->handle);
    int code = bind_all(s, q);
    sqlite3_busy_timeout(c->handle, q->at_once ? 0 : c->busy_ms);
    if (code == SQLITE_OK) {
        code = step_all(s, q);
    }
    if (q->at_once && (code & 0xff) == SQLITE_BUSY) {
        sqlite3_reset(s);
        return DB_BUSY;
    }
    enum db_result r = code == SQLITE_DONE ? DB_OK : report(c, code, q->sql);
    int reset = sqlite3_reset(s);
    if (r == DB_OK && reset != SQLITE_OK) {
        r = report(c, reset, q->sql);
    }
    sqlite3_clear_bindings(s);

    /* Of a statement that changes nothing, changes() tells the last one's. */
    if (sqlite3_total_changes64(c->handle) != before) {
        q->changed = sqlite3_changes64(c->handle);
    }
    return r;
}

static enum db_result
simple(struct connection *c, const char *sql)
{
    struct db_query q = {.sql = sql};
    int code = SQLITE_OK;
    sqlite3_stmt *s = statement(c, sql, &code);

    return s != NULL ? run_statement(c, s, &q) : report(c, code, sql);
}

/* Nobody changes anything in the transaction of reads: it would be refused
 * where somebody else has changed something since. */
static void
stop_reading(struct connection *c)
{
    if (c->reading && simple(c, "COMMIT") != DB_OK &&
        !sqlite3_get_autocommit(c->handle)) {
        simple(c, "ROLLBACK");
    }
    c->reading = false;
}

/* What only reads has a transaction of its own, if it is to share its state;
 * what changes something not that one. */
static void
prepare_reads(struct connection *c, sqlite3_stmt *s, bool share)
{
    if (!sqlite3_stmt_readonly(s)) {
        stop_reading(c);
    } else if (share && sqlite3_get_autocommit(c->handle)) {
        c->reading = simple(c, "BEGIN") == DB_OK;
    }
}

static enum db_result
sqlite_run(void *connection, struct db_query *q)
{
    struct connection *c = connection;
    int code = SQLITE_OK;
    sqlite3_stmt *s = statement(c, q->sql, &code);

    if (s == NULL) {
        return report(c, code, q->sql);
    }
    prepare_reads(c, s, c->together);
    return run_statement(c, s, q);
}

/* Pages that do not fit into the usual 2 MB would be written to the log over
 * and over in one transaction, and copied from it after each; what a statement
 * needs to be undone by itself would be written to a file. */
static void
write_much(struct connection *c)
{
    if (!c->much) {
        c->much = true;
        sqlite3_exec(c->handle,
                     "PRAGMA cache_size = -18432;"
                     "PRAGMA wal_autocheckpoint = 16000;"
                     "PRAGMA temp_store = MEMORY",
                     NULL, NULL, NULL);
    }
}

/* One of many: its parameters have numbers. */
static int
run_row(sqlite3_stmt *s, struct db_query *q)
{
    int code = SQLITE_OK, reset;

    for (size_t i = 0; i < q->n_params && code == SQLITE_OK; i++) {
        code = bind_one(s, (int)i + 1, &q->params[i]);
    }
    if (code == SQLITE_OK) {
        code = step_all(s, q);
    }
    reset = sqlite3_reset(s);
    return code == SQLITE_DONE ? reset : code;
}

static enum db_result
run_prepared(struct connection *c, sqlite3_stmt *s, struct db_query *q,
             size_t n)
{
    sqlite3_int64 before = sqlite3_total_changes64(c->handle);
    int code = SQLITE_OK;

    sqlite3_busy_timeout(c->handle, c->busy_ms);
    for (size_t i = 0; i < n && code == SQLITE_OK; i++) {
        code = run_row(s, q);
        q->params += q->n_params;
    }
    if (code != SQLITE_OK) {
        return report(c, code, q->sql);
    }
    sqlite3_clear_bindings(s);
    q->changed = sqlite3_total_changes64(c->handle) - before;
    return DB_OK;
}

static enum db_result
sqlite_run_rows(void *connection, struct db_query *q, size_t n)
{
    struct connection *c = connection;
    int code = SQLITE_OK;
    sqlite3_stmt *s = statement(c, q->sql, &code);
    enum db_result r;

    if (s && sqlite3_bind_parameter_count(s) != (int)q->n_params) {
        log_error("database: %zu parameters given: %s", q->n_params, q->sql);
        return DB_FAILED;
    }
    if (!s) {
        return report(c, code, q->sql);
    }
    if (n >= MUCH) {
        write_much(c);
    }
    prepare_reads(c, s, true);
    r = run_prepared(c, s, q, n);
    if (!c->together) {
        stop_reading(c);
    }
    return r;
}

static void
sqlite_together(void *connection, bool together)
{
    struct connection *c = connection;

    c->together = together;
    stop_reading(c);
}

static enum db_result
sqlite_script(void *connection, const char *sql)
{
    struct connection *c = connection;

    stop_reading(c);
    int code = sqlite3_exec(c->handle, sql, NULL, NULL, NULL);

    return code == SQLITE_OK ? DB_OK : report(c, code, sql);
}

/* Transactions */

static void
relax(struct connection *c)
{
    if (c->durable) {
        simple(c, "PRAGMA synchronous = NORMAL");
    }
    c->durable = false;
}

/* How hard a commit is pressed onto the disk cannot be changed inside. */
static enum db_result
sqlite_begin(void *connection, bool durable)
{
    struct connection *c = connection;
    enum db_result r = DB_OK;

    stop_reading(c);
    c->durable = durable;
    if (durable) {
        r = simple(c, "PRAGMA synchronous = FULL");
    }
    if (r == DB_OK) {
        r = simple(c, "BEGIN IMMEDIATE");
    }
    if (r != DB_OK) {
        relax(c);
    }
    return r;
}

static enum db_result
sqlite_commit(void *connection)
{
    enum db_result r = simple(connection, "COMMIT");

    if (r == DB_OK) {
        relax(connection);
    }
    return r;
}

static void
sqlite_rollback(void *connection)
{
    struct connection *c = connection;

    /* A full disk makes SQLite roll back by itself. */
    if (!sqlite3_get_autocommit(c->handle)) {
        simple(c, "ROLLBACK");
    }
    relax(c);
}

/* A lock is waited for by the busy time-out and by db_transaction(). */
static void
sqlite_patient(void *connection, bool patient)
{
    struct connection *c = connection;

    c->busy_ms = patient ? PATIENT_MS : c->usual_ms;
}

static int
sqlite_has_table(void *connection, const char *name)
{
    struct db_param param = {.type = 't', .data = name};
    struct db_query q = {.sql = "SELECT 1 AS found FROM sqlite_master"
                                " WHERE type = 'table' AND name = $1",
                         .params = &param,
                         .n_params = 1,
                         .rows = json_array(),
                         .max_rows = 1};
    enum db_result r = sqlite_run(connection, &q);
    int n = (int)json_array_size(q.rows);

    json_decref(q.rows);
    return r == DB_OK ? n : -1;
}

/* Connections */

static void
sqlite_close(void *connection)
{
    struct connection *c = connection;

    for (int i = 0; i < SETS * WAYS; i++) {
        sqlite3_finalize(c->cache[i / WAYS][i % WAYS]);
    }
    sqlite3_close(c->handle);
    free(c);
}

/* A new file belongs to its owner alone, and with it the -wal and -shm files,
 * which take its mode. An existing file is left closed here: closing it would
 * drop the locks of every other connection of this process. */
static void
create_private(const char *path)
{
    int fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);

    if (fd >= 0) {
        close(fd);
    }
}

static int
configure(sqlite3 *handle, int busy_ms)
{
    static const char pragmas[] = "PRAGMA journal_mode = WAL;"
                                  "PRAGMA foreign_keys = ON;"
                                  "PRAGMA synchronous = NORMAL;"
                                  "PRAGMA trusted_schema = OFF;";
    int code;

    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, busy_ms);

    /* "text" in double quotes is a name in SQL, and a mistake elsewhere. */
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);

    /* Plans hold whatever the parameters are. Otherwise a statement that
     * compares one with the column of a partial index (status = $2) is prepared
     * again each time that it is given another. */
    sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_QPSG, 1, NULL);

    /* The change to WAL does not wait for locks by itself. */
    for (int try = 0; try < 50; try++) {
        code = sqlite3_exec(handle, pragmas, NULL, NULL, NULL);
        if ((code & 0xff) != SQLITE_BUSY) {
            return code;
        }
        usleep(20 * 1000);
    }
    return code;
}

/* Before the first connection of a process, which has one thread: nothing to be
 * locked, nobody who asks how much memory is in use, and room for the small
 * pieces that statements take and give back. */
static void
set_up(void)
{
    static bool done;

    if (!done) {
        done = true;
        if (sqlite3_config(SQLITE_CONFIG_SINGLETHREAD) != SQLITE_OK ||
            sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) != SQLITE_OK ||
            sqlite3_config(SQLITE_CONFIG_LOOKASIDE, LOOKASIDE_SIZE,
                           LOOKASIDE_SLOTS) != SQLITE_OK) {
            log_warn("database: SQLite takes no settings: it is slower");
        }
    }
}

/* where: a path or ":memory:", and perhaps "?busy_timeout=<milliseconds>". */
static void *
sqlite_open(const char *where, char *why, size_t size)
{
    static const char option[] = "?busy_timeout=";
    struct connection *c = calloc(1, sizeof *c);
    const char *query = strstr(where, option);
    char path[4096];
    int busy_ms = query ? atoi(query + sizeof option - 1) : BUSY_MS;

    snprintf(path, sizeof path, "%.*s",
             (int)(query ? (size_t)(query - where) : strlen(where)), where);
    if (c == NULL) {
        snprintf(why, size, "out of memory");
        return NULL;
    }
    if (strcmp(path, ":memory:") != 0) {
        create_private(path);
    }
    set_up();
    int code = sqlite3_open_v2(
        path, &c->handle,
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code == SQLITE_OK) {
        c->usual_ms = c->busy_ms = busy_ms;
        code = configure(c->handle, busy_ms);
    }
    if (code != SQLITE_OK) {
        snprintf(why, size, "%s: %s", path,
                 c->handle ? sqlite3_errmsg(c->handle) : sqlite3_errstr(code));
        sqlite_close(c);
        return NULL;
    }
    return c;
}

const struct db_backend db_sqlite = {
    .scheme = "sqlite",
    .open = sqlite_open,
    .close = sqlite_close,
    .run = sqlite_run,
    .script = sqlite_script,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .together = sqlite_together,
    .catalogue = "SELECT m.name AS table_name, c.name AS name, c.pk AS place,"
                 " CASE c.type WHEN 'TEXT' THEN 't' ELSE 'i' END AS type"
                 " FROM sqlite_master m, pragma_table_info(m.name) c"
                 " WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'"
                 " ORDER BY m.rowid, c.cid",
    .run_rows = sqlite_run_rows,
    .patient = sqlite_patient,
    .has_table = sqlite_has_table,
};
