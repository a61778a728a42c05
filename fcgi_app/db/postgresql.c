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
    OPENING_MAX = 3,
};

/* Of a session: what is set before anything else. Whoever changes something
 * sees one state of it all (SERIALIZABLE), or is tried again; a statement that
 * only reads sees one anyway (docs/decisions/0023). */
#define LIMITS                                                                 \
    "SET statement_timeout = '5s'; SET lock_timeout = '3s';"                   \
    " SET idle_in_transaction_session_timeout = '15s'"
#define NO_LIMITS                                                              \
    "SET statement_timeout = 0; SET lock_timeout = 0;"                         \
    " SET idle_in_transaction_session_timeout = 0"
static const char settings[] =
    LIMITS "; SET default_transaction_isolation = 'read committed';"
           " SET client_min_messages = 'warning';"
           " SET standard_conforming_strings = on";

/* What a transaction begins with: one whose work waits for the disk, one that
 * does not, and one that waits for no lock either. */
#define BEGIN   "BEGIN ISOLATION LEVEL SERIALIZABLE"
#define RELAXED "SET LOCAL synchronous_commit = off"
#define AT_ONCE "SET LOCAL lock_timeout = '1ms'"
typedef const char *const opening_t[OPENING_MAX];
static opening_t durable = {BEGIN}, relaxed = {BEGIN, RELAXED},
                 at_once = {BEGIN, RELAXED, AT_ONCE};

struct prepared {
    char *sql;
    unsigned long number; /* its name: "s17" */
};

struct connection {
    char *url;
    PGconn *handle; /* NULL: to be made again */
    bool in_transaction;
    const char *const *opening; /* of it, not sent yet: goes with its first */
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
    if (c->in_transaction && !c->opening) {
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

static void
lost(struct connection *c)
{
    log_error("database: the connection is lost");
    drop(c);
}

/* What comes next, NULL where an answer ends; false, and no connection any
 * more, when nothing comes in time. */
static bool
next(struct connection *c, int64_t end, PGresult **result)
{
    while (PQisBusy(c->handle)) {
        if (!wait_for(c, POLLIN, end)) {
            log_error("database: no answer in %d ms", c->answer_ms);
            drop(c);
            return false;
        }
        PQconsumeInput(c->handle);
    }
    *result = PQgetResult(c->handle);
    return true;
}

/* Reads so many answers: the last, or the first that is an error; NULL, and no
 * connection any more, when there is none in time. */
static PGresult *
last_of(struct connection *c, int answers, int64_t end)
{
    PGresult *last = NULL, *result;

    while (answers > 0 && next(c, end, &result)) {
        if (!result) {
            answers--;
        } else if (last && PQresultStatus(last) == PGRES_FATAL_ERROR) {
            PQclear(result);
        } else {
            PQclear(last);
            last = result;
        }
    }
    if (c->handle && PQstatus(c->handle) != CONNECTION_OK) {
        lost(c);
    }
    if (!c->handle) {
        PQclear(last);
        return NULL;
    }
    return last;
}

/* Of all that was sent. */
static PGresult *
answer(struct connection *c)
{
    int64_t end = clock_monotonic_ms() + c->answer_ms;

    if (!flush(c, end)) {
        lost(c);
        return NULL;
    }
    return last_of(c, 1, end);
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
    case PGRES_PIPELINE_ABORTED: /* one before it has failed, and says so */
        return DB_BUSY;
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

/* The set in which a text is, or would be. */
static struct prepared *
set_of(struct connection *c, const char *sql)
{
    return c->cache[db_hash(sql) % SETS];
}

/* Where in its set it is, and now in front; or false. */
static bool
find(struct prepared *set, const char *sql)
{
    for (int i = 0; i < WAYS && set[i].sql; i++) {
        if (strcmp(set[i].sql, sql) == 0) {
            struct prepared p = set[i];

            memmove(set + 1, set, (size_t)i * sizeof *set);
            set[0] = p;
            return true;
        }
    }
    return false;
}

/* The server does not have it. */
static void
forget(struct connection *c, const char *sql)
{
    struct prepared *set = set_of(c, sql);

    if (find(set, sql)) {
        free(set[0].sql);
        memmove(set, set + 1, (WAYS - 1) * sizeof *set);
        set[WAYS - 1].sql = NULL;
    }
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

/* The one used longest ago makes room; what the server has of it goes, too. How
 * many questions that took, or -1. */
static int
prepare(struct connection *c, struct prepared *set, const struct db_query *q)
{
    struct prepared *last = &set[WAYS - 1];
    Oid types[DB_PARAMS_MAX];
    char name[32], text[64];
    int asked = 1;

    if (last->sql) {
        name_of(last, name);
        snprintf(text, sizeof text, "DEALLOCATE %s", name);
        free(last->sql);
        last->sql = NULL;
        asked++;
        if (!PQsendQueryParams(c->handle, text, 0, NULL, NULL, NULL, NULL, 0)) {
            return -1;
        }
    }
    memmove(set + 1, set, (WAYS - 1) * sizeof *set);
    set[0].sql = strdup(q->sql);
    set[0].number = ++c->n_prepared;
    for (size_t i = 0; i < q->n_params; i++) {
        types[i] = type_of(q->params[i].type);
    }
    name_of(set, name);
    return PQsendPrepare(c->handle, name, q->sql, (int)q->n_params, types)
               ? asked
               : -1;
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

/* How many answers will come, of which the last is that of the query itself; -1
 * when it cannot leave. */
static int
ask(struct connection *c, const struct db_query *q)
{
    struct prepared *set = set_of(c, q->sql);
    int before = 0;

    if (!find(set, q->sql)) {
        if (!names_all(q)) {
            return 0;
        }
        before = prepare(c, set, q);
    }
    return before >= 0 && send(c, set, q) ? before + 1 : -1;
}

static void
take(PGresult *result, struct db_query *q)
{
    q->changed = PQresultStatus(result) == PGRES_TUPLES_OK &&
                         strncmp(PQcmdStatus(result), "SELECT", 6) == 0
                     ? 0
                     : atoll(PQcmdTuples(result));
    if (q->rows && !add_rows(result, q)) {
        q->result = DB_FAILED;
    }
}

/* What made it known to the server is answered first, if anything had to. What
 * is known stays known, whatever becomes of the query itself. */
static void
read_answer(struct connection *c, struct db_query *q, int answers, int64_t end)
{
    PGresult *result = last_of(c, answers - 1, end), *own;
    bool known =
        answers == 1 || (result && PQresultStatus(result) == PGRES_COMMAND_OK);

    if (answers > 0) {
        own = last_of(c, 1, end);
        if (known) {
            PQclear(result);
            result = own;
        } else {
            PQclear(own);
            forget(c, q->sql);
        }
    }
    q->result = answers == 0 ? DB_FAILED : judge(result, q->sql, q->at_once);
    if (q->result == DB_OK) {
        take(result, q);
    }
    PQclear(result);
}

/* All leave together, and the last of them is a mark after which the server
 * answers. */
static bool
ask_all(struct connection *c, struct db_query *const *queries, size_t n,
        int *answers, int64_t end)
{
    if (!PQenterPipelineMode(c->handle)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        answers[i] = ask(c, queries[i]);
        if (answers[i] < 0) {
            return false;
        }
    }
    return PQpipelineSync(c->handle) && flush(c, end);
}

static void
read_mark(struct connection *c, int64_t end)
{
    PGresult *mark = NULL;
    bool came = c->handle && next(c, end, &mark) &&
                PQresultStatus(mark) == PGRES_PIPELINE_SYNC;

    PQclear(mark);
    if (c->handle && !(came && PQexitPipelineMode(c->handle))) {
        lost(c);
    }
}

/*
 * Asks and reads several on one way there and back (libpq's pipeline). What
 * comes after one that failed is not run. The first failure, which in a
 * transaction is the failure of all after it.
 */
static enum db_result
run_in_turn(struct connection *c, struct db_query *const *queries, size_t n)
{
    int answers[OPENING_MAX + DB_ASKED_MAX + 1];
    int64_t end = clock_monotonic_ms() + c->answer_ms;
    enum db_result ended = DB_OK;

    if (!ask_all(c, queries, n, answers, end)) {
        lost(c);
    }
    for (size_t i = 0; i < n; i++) {
        struct db_query *q = queries[i];

        q->result = DB_UNAVAILABLE;
        if (c->handle) {
            read_answer(c, q, answers[i], end);
        }
        if (ended != DB_OK && c->in_transaction) {
            q->result = ended;
        }
        ended = ended == DB_OK ? q->result : ended;
    }
    read_mark(c, end);
    return ended;
}

/* The same, after what begins the transaction if that has not begun yet. */
static enum db_result
run_all(struct connection *c, struct db_query *const *queries, size_t n)
{
    struct db_query opening[OPENING_MAX] = {{0}};
    struct db_query *all[OPENING_MAX + DB_ASKED_MAX + 1];
    size_t first = 0;

    if (!ready(c)) {
        for (size_t i = 0; i < n; i++) {
            queries[i]->result = DB_UNAVAILABLE;
        }
        return DB_UNAVAILABLE;
    }
    while (c->opening && first < OPENING_MAX && c->opening[first]) {
        opening[first].sql = c->opening[first];
        all[first] = &opening[first];
        first++;
    }
    c->opening = NULL;
    for (size_t i = 0; i < n; i++) {
        all[first + i] = queries[i];
    }
    return run_in_turn(c, all, first + n);
}

static enum db_result
postgresql_script(void *connection, const char *sql)
{
    struct connection *c = connection;
    enum db_result r = c->opening ? run_all(c, NULL, 0) : DB_OK;

    return r == DB_OK ? simple(c, sql, false) : r;
}

/* ---- transactions ---- */

static void
begin(struct connection *c, opening_t opening)
{
    c->in_transaction = true;
    c->opening = opening;
}

static enum db_result
postgresql_begin(void *connection, bool waits)
{
    begin(connection, waits ? durable : relaxed);
    return DB_OK;
}

static void
end_transaction(struct connection *c)
{
    c->in_transaction = false;
    c->opening = NULL;
}

/* A commit that nobody answered may have happened: DB_UNAVAILABLE says that
 * nobody knows. One after a statement that failed, which nobody minded, is
 * answered by a rollback as if all was well: so it is not asked for. */
static enum db_result
postgresql_commit(void *connection)
{
    struct connection *c = connection;
    enum db_result r;

    if (PQtransactionStatus(c->handle) == PQTRANS_INERROR) {
        log_error("database: a statement failed, its transaction went on");
        return DB_FAILED;
    }
    r = c->opening ? DB_OK : simple(c, "COMMIT", false);
    if (r == DB_OK) {
        end_transaction(c);
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
    end_transaction(c);
}

/* ---- statements of their own ---- */

static bool
changes(const char *sql)
{
    static const char *const words[] = {"INSERT ", "UPDATE ", "DELETE ",
                                        "WITH "};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strncmp(sql, words[i], strlen(words[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* Alone, what changes something is a transaction like any other; what can be
 * left undone waits for no lock, and not for the disk. */
static enum db_result
change_alone(struct connection *c, struct db_query *q)
{
    struct db_query commit = {.sql = "COMMIT", .at_once = q->at_once};
    struct db_query *both[] = {q, &commit};
    enum db_result r;

    begin(c, q->at_once ? at_once : durable);
    r = run_all(c, both, 2);
    if (r == DB_OK) {
        end_transaction(c);
    } else {
        postgresql_rollback(c);
        json_array_clear(q->rows); /* of what has not happened */
    }
    return r;
}

static enum db_result
run_alone(struct connection *c, struct db_query *q)
{
    return !c->in_transaction && changes(q->sql) ? change_alone(c, q)
                                                 : run_all(c, &q, 1);
}

/* And it can be tried again like one. */
static enum db_result
postgresql_run(void *connection, struct db_query *q)
{
    struct connection *c = connection;
    enum db_result r = run_alone(c, q);
    int tries = c->in_transaction || q->at_once ? 1 : TRIES;

    for (int try = 1; r == DB_BUSY && try < tries; try++) {
        r = run_alone(c, q);
    }
    return r;
}

/* One that failed for itself has not failed for the others. */
static void
postgresql_run_all(void *connection, struct db_query *const *queries, size_t n)
{
    struct connection *c = connection;

    run_all(c, queries, n);
    for (size_t i = 0; i < n && !c->in_transaction; i++) {
        if (queries[i]->result == DB_BUSY) {
            queries[i]->result = postgresql_run(c, queries[i]);
        }
    }
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
    .run_all = postgresql_run_all,
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
