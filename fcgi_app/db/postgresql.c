/*
 * PostgreSQL: the only file that knows it.
 *
 * Nothing waits for ever: the server ends what takes long by its own time-outs,
 * which are set for each connection, and a server that hangs is given up by
 * ours. A connection that broke is made again before the next statement; a
 * transaction that it was in is over.
 */
#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/backend.h"

/* Numbers of types (pg_type.dat of the sources). */
enum { BOOL = 16, BYTEA = 17, INT8 = 20, INT2 = 21, INT4 = 23, TEXT = 25 };
enum { FLOAT4 = 700, FLOAT8 = 701, NUMERIC = 1700 };

enum {
    ANSWER_MS = 8000,         /* longer than the server's own limits */
    PATIENT_MS = 3600 * 1000, /* of migrations */
    TRIES = 5,                /* of a statement in no transaction */
    SETS = 64,
    WAYS = 4,
};

/* Of a session: what is set before anything else. A snapshot of one transaction
 * is what it all looks like (SERIALIZABLE), or the transaction is tried again.
 */
#define LIMITS                                                                 \
    "SET statement_timeout = '5s'; SET lock_timeout = '3s';"                   \
    " SET idle_in_transaction_session_timeout = '15s'"
#define NO_LIMITS                                                              \
    "SET statement_timeout = 0; SET lock_timeout = 0;"                         \
    " SET idle_in_transaction_session_timeout = 0"
static const char settings[] =
    LIMITS "; SET default_transaction_isolation = 'serializable';"
           " SET client_min_messages = 'warning';"
           " SET standard_conforming_strings = on";

struct prepared {
    char *sql;
    unsigned long number; /* its name: "s17" */
};

struct connection {
    char *url;
    PGconn *handle; /* NULL: to be made again */
    bool in_transaction;
    int answer_ms;
    unsigned long n_prepared;
    struct prepared cache[SETS][WAYS];
};

/* ---- failures ---- */

static enum db_result
result_of(const char *state)
{
    static const struct {
        const char *state; /* or the class that it begins with */
        enum db_result result;
    } rows[] = {
        {"23505", DB_UNIQUE},      {"23503", DB_FOREIGN},
        {"23514", DB_CHECK},       {"23502", DB_CHECK},
        {"40001", DB_BUSY},        {"40P01", DB_BUSY},
        {"55P03", DB_BUSY},        {"57014", DB_UNAVAILABLE}, /* time-out */
        {"25006", DB_UNAVAILABLE},                            /* a standby */
        {"08P01", DB_FAILED},      {"08", DB_UNAVAILABLE},
        {"53", DB_UNAVAILABLE},    {"57P", DB_UNAVAILABLE},
        {"58", DB_UNAVAILABLE},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strncmp(state, rows[i].state, strlen(rows[i].state)) == 0) {
            return rows[i].result;
        }
    }
    return DB_FAILED;
}

/* A constraint that speaks is how stores learn of a conflict; the rest is
 * trouble. The server's sentence may repeat a value where that is the trouble
 * (class 22), and its detail does: neither is for a log. */
static enum db_result
report(const PGresult *result, const char *sql, bool quietly)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    enum db_result r = state ? result_of(state) : DB_UNAVAILABLE;
    enum log_level level = r == DB_UNIQUE || r == DB_FOREIGN || r == DB_CHECK
                               ? LOG_INFO
                           : r == DB_BUSY ? LOG_WARN
                                          : LOG_ERROR;

    if (!(quietly && r == DB_BUSY)) {
        log_at(level, "database: %s (%s): %s",
               text && state && strncmp(state, "22", 2) != 0
                   ? text
                   : "a value does not fit",
               state ? state : "-", sql);
    }
    return r;
}

/* ---- connections ---- */

static void
forget_prepared(struct connection *c)
{
    for (int i = 0; i < SETS * WAYS; i++) {
        free(c->cache[i / WAYS][i % WAYS].sql);
        c->cache[i / WAYS][i % WAYS].sql = NULL;
    }
}

static void
drop(struct connection *c)
{
    PQfinish(c->handle);
    c->handle = NULL;
    forget_prepared(c);
}

static void
keep_quiet(void *arg, const char *message)
{
    (void)arg;
    (void)message;
}

/* Sorting and comparing are the code's business only where they go by bytes, as
 * in SQLite; paging by a text's order would else skip rows. */
static const char *
unfit(PGconn *handle)
{
    PGresult *r =
        PQexec(handle, "SELECT datcollate IN ('C', 'POSIX') FROM pg_database"
                       " WHERE datname = current_database()");
    bool by_bytes = PQresultStatus(r) == PGRES_TUPLES_OK && PQntuples(r) == 1 &&
                    strcmp(PQgetvalue(r, 0, 0), "t") == 0;

    PQclear(r);
    if (!by_bytes) {
        return "the database does not sort by bytes: create it with "
               "LC_COLLATE 'C'";
    }
    return strcmp(PQparameterStatus(handle, "server_encoding"), "UTF8") == 0
               ? NULL
               : "the database is not in UTF8";
}

static bool
set_up(PGconn *handle)
{
    PGresult *r = PQexec(handle, settings);
    bool ok = PQresultStatus(r) == PGRES_COMMAND_OK;

    PQclear(r);
    return ok;
}

/* What the URL says goes before what we say. */
static PGconn *
dial(const char *url)
{
    static const char *const names[] = {"connect_timeout",  "tcp_user_timeout",
                                        "application_name", "dbname",
                                        "client_encoding",  NULL};
    const char *values[] = {"3", "10000", "pforte", url, "UTF8", NULL};

    return PQconnectdbParams(names, values, 1);
}

/* False and why[size] when there is nobody. */
static bool
connect_to(struct connection *c, char *why, size_t size)
{
    const char *fault = NULL;

    c->handle = dial(c->url);
    PQsetNoticeProcessor(c->handle, keep_quiet, NULL);
    if (PQstatus(c->handle) != CONNECTION_OK || !set_up(c->handle)) {
        fault = PQerrorMessage(c->handle);
    } else {
        fault = unfit(c->handle);
    }
    if (fault) {
        snprintf(why, size, "%.*s", (int)strcspn(fault, "\n"), fault);
        drop(c);
        return false;
    }
    PQsetnonblocking(c->handle, 1);
    return true;
}

/* A server that went away has closed the connection: it can be read. */
static bool
alive(struct connection *c)
{
    struct pollfd p = {.events = POLLIN};

    if (!c->handle || PQstatus(c->handle) != CONNECTION_OK) {
        return false;
    }
    p.fd = PQsocket(c->handle);
    return poll(&p, 1, 0) == 0 ||
           (PQconsumeInput(c->handle) && PQstatus(c->handle) == CONNECTION_OK);
}

static bool
ready(struct connection *c)
{
    char why[300];

    if (alive(c)) {
        return true;
    }
    if (c->handle) {
        drop(c);
    }
    if (c->in_transaction) {
        return false;
    }
    if (!connect_to(c, why, sizeof why)) {
        log_error("database: %s", why);
        return false;
    }
    return true;
}

/* ---- question and answer ---- */

static bool
wait_for(struct connection *c, short events, int64_t end)
{
    struct pollfd p = {.fd = PQsocket(c->handle), .events = events};
    int64_t left;
    int n = -1;

    while (n < 0 && (left = end - clock_monotonic_ms()) > 0) {
        n = poll(&p, 1, (int)left);
        if (n < 0 && errno != EINTR) { /* SIGTERM lets us finish */
            return false;
        }
    }
    return n > 0;
}

/* What was sent leaves; meanwhile the server may have something to say. */
static bool
flush(struct connection *c, int64_t end)
{
    int left;

    while ((left = PQflush(c->handle)) > 0) {
        if (!wait_for(c, POLLIN | POLLOUT, end) || !PQconsumeInput(c->handle)) {
            return false;
        }
    }
    return left == 0;
}

/* The last answer of what was sent, or the first that is an error; NULL, and no
 * connection any more, when there is none in time. */
static PGresult *
answer(struct connection *c)
{
    int64_t end = clock_monotonic_ms() + c->answer_ms;
    PGresult *last = NULL, *next;

    if (!flush(c, end)) {
        log_error("database: the connection is lost");
        drop(c);
        return NULL;
    }
    for (;;) {
        while (PQisBusy(c->handle)) {
            if (!wait_for(c, POLLIN, end)) {
                log_error("database: no answer in %d ms", c->answer_ms);
                PQclear(last);
                drop(c);
                return NULL;
            }
            PQconsumeInput(c->handle);
        }
        next = PQgetResult(c->handle);
        if (!next) {
            break;
        }
        if (last && PQresultStatus(last) == PGRES_FATAL_ERROR) {
            PQclear(next);
        } else {
            PQclear(last);
            last = next;
        }
    }
    if (PQstatus(c->handle) != CONNECTION_OK) {
        log_error("database: the connection is lost");
        PQclear(last);
        drop(c);
        return NULL;
    }
    return last;
}

static enum db_result
judge(PGresult *result, const char *sql, bool quietly)
{
    if (!result) {
        return DB_UNAVAILABLE;
    }
    switch (PQresultStatus(result)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
        return DB_OK;
    case PGRES_EMPTY_QUERY:
        log_error("database: no statement: %s", sql);
        return DB_FAILED;
    default:
        return report(result, sql, quietly);
    }
}

/* One or several statements without parameters. */
static enum db_result
simple(struct connection *c, const char *sql, bool quietly)
{
    PGresult *result = NULL;
    enum db_result r;

    if (!ready(c)) {
        return DB_UNAVAILABLE;
    }
    if (PQsendQuery(c->handle, sql)) {
        result = answer(c);
    }
    r = judge(result, sql, quietly);
    PQclear(result);
    return r;
}

/* ---- prepared statements ---- */

static void
name_of(const struct prepared *p, char out[32])
{
    snprintf(out, 32, "s%lu", p->number);
}

static void
to_front(struct prepared *set, int way)
{
    struct prepared p = set[way];

    memmove(set + 1, set, (size_t)way * sizeof *set);
    set[0] = p;
}

/* The one used longest ago makes room; what the server has of it goes, too. */
static void
make_room(struct connection *c, struct prepared *set)
{
    char name[32], text[64];

    if (set[WAYS - 1].sql) {
        name_of(&set[WAYS - 1], name);
        snprintf(text, sizeof text, "DEALLOCATE %s", name);
        simple(c, text, false);
        free(set[WAYS - 1].sql);
        set[WAYS - 1].sql = NULL;
    }
    to_front(set, WAYS - 1);
}

static Oid
type_of(char letter)
{
    return letter == 'i' ? INT8 : letter == 'b' ? BYTEA : TEXT;
}

/* The server takes more parameters than a statement names for granted. */
static bool
names_all(const struct db_query *q)
{
    size_t most = 0, n;

    for (const char *at = strchr(q->sql, '$'); at; at = strchr(at + 1, '$')) {
        n = strtoul(at + 1, NULL, 10);
        most = n > most ? n : most;
    }
    if (most != q->n_params) {
        log_error("database: %zu parameters given, %zu named: %s", q->n_params,
                  most, q->sql);
    }
    return most == q->n_params;
}

/* Prepared now or before; NULL and *r otherwise. */
static struct prepared *
statement(struct connection *c, const struct db_query *q, enum db_result *r)
{
    struct prepared *set = c->cache[db_hash(q->sql) % SETS];
    Oid types[DB_PARAMS_MAX];
    PGresult *result = NULL;
    char name[32];

    for (int i = 0; i < WAYS && set[i].sql; i++) {
        if (strcmp(set[i].sql, q->sql) == 0) {
            to_front(set, i);
            return set;
        }
    }
    *r = DB_FAILED;
    if (!names_all(q)) {
        return NULL;
    }
    make_room(c, set);
    if (!c->handle) {
        *r = DB_UNAVAILABLE;
        return NULL;
    }
    for (size_t i = 0; i < q->n_params; i++) {
        types[i] = type_of(q->params[i].type);
    }
    set[0].number = ++c->n_prepared;
    name_of(set, name);
    if (PQsendPrepare(c->handle, name, q->sql, (int)q->n_params, types)) {
        result = answer(c);
    }
    *r = judge(result, q->sql, false);
    PQclear(result);
    if (*r != DB_OK) {
        return NULL;
    }
    set[0].sql = strdup(q->sql);
    return set;
}

/* ---- rows ---- */

/* A sum of numbers is a NUMERIC, though it is whole. */
static json_t *
number_value(const char *text)
{
    return strpbrk(text, ".eEN") ? json_real(strtod(text, NULL))
                                 : json_integer(strtoll(text, NULL, 10));
}

static json_t *
column_value(const PGresult *result, int row, int column)
{
    const char *text = PQgetvalue(result, row, column);
    int len = PQgetlength(result, row, column);

    if (PQgetisnull(result, row, column)) {
        return json_null();
    }
    switch (PQftype(result, column)) {
    case BOOL:
        return json_integer(text[0] == 't');
    case INT2:
    case INT4:
    case INT8:
    case NUMERIC:
    case FLOAT4:
    case FLOAT8:
        return number_value(text);
    case BYTEA: /* "\x0001ff" */
        return json_stringn(text + 2, (size_t)len - 2);
    default:
        return json_stringn(text, (size_t)len);
    }
}

static bool
add_rows(const PGresult *result, struct db_query *q)
{
    int n = PQntuples(result), columns = PQnfields(result);

    for (int i = 0; i < n && json_array_size(q->rows) < q->max_rows; i++) {
        json_t *row = json_object();

        for (int k = 0; k < columns; k++) {
            json_t *value = column_value(result, i, k);

            if (!value) {
                log_error("database: column %s is not UTF-8",
                          PQfname(result, k));
                json_decref(row);
                return false;
            }
            json_object_set_new_nocheck(row, PQfname(result, k), value);
        }
        json_array_append_new(q->rows, row);
    }
    return true;
}

/* ---- running ---- */

/* Numbers as text, as the server takes them whatever their size. */
static bool
send(struct connection *c, const struct prepared *p, const struct db_query *q)
{
    const char *values[DB_PARAMS_MAX];
    char numbers[DB_PARAMS_MAX][24], name[32];
    int lengths[DB_PARAMS_MAX], formats[DB_PARAMS_MAX];

    for (size_t i = 0; i < q->n_params; i++) {
        const struct db_param *param = &q->params[i];

        values[i] = param->data;
        lengths[i] = (int)param->len;
        formats[i] = param->type == 'b';
        if (param->type == 'i') {
            snprintf(numbers[i], sizeof numbers[i], "%lld",
                     (long long)param->number);
            values[i] = numbers[i];
        }
    }
    name_of(p, name);
    return PQsendQueryPrepared(c->handle, name, (int)q->n_params, values,
                               lengths, formats, 0);
}

static enum db_result
run_once(struct connection *c, struct db_query *q)
{
    enum db_result r = DB_UNAVAILABLE;
    PGresult *result = NULL;
    const struct prepared *p;

    if (!ready(c) || !(p = statement(c, q, &r))) {
        return r;
    }
    if (send(c, p, q)) {
        result = answer(c);
    }
    r = judge(result, q->sql, q->at_once);
    if (r == DB_OK) {
        q->changed = PQresultStatus(result) == PGRES_TUPLES_OK &&
                             strncmp(PQcmdStatus(result), "SELECT", 6) == 0
                         ? 0
                         : atoll(PQcmdTuples(result));
        if (q->rows && !add_rows(result, q)) {
            r = DB_FAILED;
        }
    }
    PQclear(result);
    return r;
}

/* What can be left undone does not wait for a lock. */
static enum db_result
run_at_once(struct connection *c, struct db_query *q)
{
    enum db_result r = simple(c, "SET lock_timeout = '1ms'", false);

    if (r == DB_OK) {
        r = run_once(c, q);
        simple(c, LIMITS, false);
    }
    return r;
}

/* Alone, a statement is a transaction, and can be tried again like one. */
static enum db_result
postgresql_run(void *connection, struct db_query *q)
{
    struct connection *c = connection;
    enum db_result r;

    if (q->at_once) {
        return run_at_once(c, q);
    }
    r = run_once(c, q);
    for (int try = 1; r == DB_BUSY && !c->in_transaction && try < TRIES;
         try++) {
        r = run_once(c, q);
    }
    return r;
}

static enum db_result
postgresql_script(void *connection, const char *sql)
{
    return simple(connection, sql, false);
}

/* ---- transactions ---- */

static enum db_result
postgresql_begin(void *connection, bool durable)
{
    struct connection *c = connection;
    enum db_result r = simple(
        c, durable ? "BEGIN" : "BEGIN; SET LOCAL synchronous_commit = off",
        false);

    c->in_transaction = r == DB_OK;
    return r;
}

/* A commit that nobody answered may have happened: DB_UNAVAILABLE says that
 * nobody knows. */
static enum db_result
postgresql_commit(void *connection)
{
    struct connection *c = connection;
    enum db_result r = simple(c, "COMMIT", false);

    if (r == DB_OK) {
        c->in_transaction = false;
    }
    return r;
}

static void
postgresql_rollback(void *connection)
{
    struct connection *c = connection;

    if (alive(c) && PQtransactionStatus(c->handle) != PQTRANS_IDLE) {
        simple(c, "ROLLBACK", false);
    }
    c->in_transaction = false;
}

static void
postgresql_patient(void *connection, bool patient)
{
    struct connection *c = connection;

    c->answer_ms = patient ? PATIENT_MS : ANSWER_MS;
    simple(c, patient ? NO_LIMITS : LIMITS, false);
}

static int
postgresql_has_table(void *connection, const char *name)
{
    struct db_param param = {.type = 't', .data = name};
    struct db_query q = {.sql = "SELECT 1 AS found FROM pg_tables WHERE"
                                " schemaname = current_schema()"
                                " AND tablename = $1",
                         .params = &param,
                         .n_params = 1,
                         .rows = json_array(),
                         .max_rows = 1};
    enum db_result r = postgresql_run(connection, &q);
    int n = (int)json_array_size(q.rows);

    json_decref(q.rows);
    return r == DB_OK ? n : -1;
}

/* ---- opening ---- */

static void
postgresql_close(void *connection)
{
    struct connection *c = connection;

    drop(c);
    free(c->url);
    free(c);
}

/* where: what stands behind "postgresql:" in a URL as libpq takes it. */
static void *
postgresql_open(const char *where, char *why, size_t size)
{
    struct connection *c = calloc(1, sizeof *c);
    size_t room = strlen(where) + sizeof "postgresql:";

    if (!c || !(c->url = malloc(room))) {
        snprintf(why, size, "out of memory");
        free(c);
        return NULL;
    }
    snprintf(c->url, room, "postgresql:%s", where);
    c->answer_ms = ANSWER_MS;
    if (!connect_to(c, why, size)) {
        postgresql_close(c);
        return NULL;
    }
    return c;
}

const struct db_backend db_postgresql = {
    .scheme = "postgresql",
    .open = postgresql_open,
    .close = postgresql_close,
    .run = postgresql_run,
    .script = postgresql_script,
    .begin = postgresql_begin,
    .commit = postgresql_commit,
    .rollback = postgresql_rollback,
    .catalogue =
        "SELECT t.relname AS table_name, a.attname AS name,"
        " CASE a.atttypid WHEN 'text'::regtype THEN 't' ELSE 'i' END AS type,"
        " COALESCE(array_position(i.indkey::int2[], a.attnum) + 1, 0) AS place"
        " FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace"
        " JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0"
        " AND NOT a.attisdropped"
        " LEFT JOIN pg_index i ON i.indrelid = t.oid AND i.indisprimary"
        " WHERE t.relkind = 'r' AND n.nspname = current_schema()"
        " ORDER BY t.oid, a.attnum",
    .patient = postgresql_patient,
    .has_table = postgresql_has_table,
};
