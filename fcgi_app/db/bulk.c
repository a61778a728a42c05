/*
 * One statement for many rows: PostgreSQL takes each column as an array, SQLite
 * the rows one after the other, which costs it no way there and back.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/log.h"
#include "db/backend.h"

enum { NAME_SIZE = 32 };

static const char rows_token[] = "{rows}", values_token[] = "{values}";
static const char from_rows[] = "FROM {rows} ", rows_and[] = "{rows}, ",
                  order[] = "ORDER BY ";

struct db_bulk {
    struct arena *arena;
    size_t n_columns, n_rows, room;
    char names[DB_PARAMS_MAX][NAME_SIZE];
    char signature[DB_PARAMS_MAX + 1];
    struct db_param *params; /* row by row */
};

/* "id:t net:i" */
struct db_bulk *
db_bulk(struct arena *a, const char *columns)
{
    struct db_bulk *b = arena_alloc(a, sizeof *b);

    b->arena = a;
    while (*columns && b->n_columns < DB_PARAMS_MAX) {
        size_t len = strcspn(columns, ":");
        char *name = b->names[b->n_columns];

        if (len >= NAME_SIZE || !columns[len] || !columns[len + 1]) {
            log_error("a bulk has no such columns: %s", columns);
            b->n_columns = 0;
            return b;
        }
        memcpy(name, columns, len);
        name[len] = '\0';
        b->signature[b->n_columns++] = columns[len + 1];
        columns += len + 2;
        columns += *columns == ' ';
    }
    return b;
}

size_t
db_bulk_rows(const struct db_bulk *b)
{
    return b->n_rows;
}

static void
grow(struct db_bulk *b)
{
    size_t room = b->room ? 2 * b->room : 64;
    struct db_param *params =
        arena_alloc(b->arena, room * b->n_columns * sizeof *params);

    if (b->n_rows > 0) {
        memcpy(params, b->params, b->n_rows * b->n_columns * sizeof *params);
    }
    b->params = params;
    b->room = room;
}

void
db_bulk_add(struct db_bulk *b, ...)
{
    va_list args;

    if (b->n_rows == b->room) {
        grow(b);
    }
    va_start(args, b);
    if (db_collect(&b->params[b->n_rows * b->n_columns], b->signature, args) ==
        (int)b->n_columns) {
        b->n_rows++;
    }
    va_end(args);
}

/* ---- the statement's text ---- */

/* What a SELECT of values inserts, SQLite is prepared to undo by itself, and
 * writes that down; of VALUES not. */
static void
add_values(struct buf *out, const struct db_bulk *b)
{
    buf_puts(out, "VALUES (");
    for (size_t i = 0; i < b->n_columns; i++) {
        buf_printf(out, "%s?%zu", i ? ", " : "", i + 1);
    }
    buf_putc(out, ')');
}

/* All rows, where parameters are arrays. */
static void
add_arrays(struct buf *out, const struct db_bulk *b, bool values)
{
    buf_puts(out, values ? "SELECT * FROM unnest(" : "unnest(");
    for (size_t i = 0; i < b->n_columns; i++) {
        buf_printf(out, "%sCAST($%zu AS %s[])", i ? ", " : "", i + 1,
                   b->signature[i] == 'i' ? "BIGINT" : "TEXT");
    }
    buf_puts(out, ") AS r (");
    for (size_t i = 0; i < b->n_columns; i++) {
        buf_printf(out, "%s%s", i ? ", " : "", b->names[i]);
    }
    buf_putc(out, ')');
}

/* The number of the column that "r.name" at that place is; 0: it is none. */
static size_t
column_at(const struct db_bulk *b, const char *sql, const char *at)
{
    const char *name = at + 2;
    size_t len;

    if (strncmp(at, "r.", 2) != 0 ||
        (at > sql && (isalnum((unsigned char)at[-1]) || at[-1] == '_'))) {
        return 0;
    }
    len = strspn(name, "abcdefghijklmnopqrstuvwxyz_");
    for (size_t i = 0; i < b->n_columns; i++) {
        if (strncmp(b->names[i], name, len) == 0 && b->names[i][len] == '\0') {
            return i + 1;
        }
    }
    return 0;
}

/* How much of the text at that place has no meaning for one row: the table of
 * all, and that the result comes in their order. */
static size_t
needless_at(const struct db_bulk *b, const char *sql, const char *at)
{
    static const char *const texts[] = {from_rows, rows_and};
    size_t len = sizeof order - 1, n;

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (strncmp(at, texts[i], strlen(texts[i])) == 0) {
            return strlen(texts[i]);
        }
    }
    if (at - sql < (ptrdiff_t)len || memcmp(at - len, order, len) != 0) {
        return 0;
    }
    n = column_at(b, sql, at);
    len = n > 0 ? 2 + strlen(b->names[n - 1]) : 0;
    return len > 0 && strncmp(at + len, ", ", 2) == 0 ? len + 2 : 0;
}

/* Of one row there is no table: its columns are parameters. A join with a row
 * that is selected would make a table for each, and forget it. */
static void
add_row_text(struct buf *out, const struct db_bulk *b, const char *sql)
{
    for (const char *p = sql; *p;) {
        size_t n = column_at(b, sql, p), needless = needless_at(b, sql, p);

        if (needless > 0) {
            p += needless;
        } else if (n > 0) {
            buf_printf(out, "?%zu", n);
            p += 2 + strlen(b->names[n - 1]);
        } else {
            buf_putc(out, *p++);
        }
    }
}

/* NULL, logged: it has no place for the rows. */
static const char *
expand(const struct db_bulk *b, const char *sql, bool arrays)
{
    struct buf out = buf_new(b->arena, 1024);
    const char *table = strstr(sql, rows_token);
    const char *values = strstr(sql, values_token);
    const char *at = table ? table : values;

    if (!at || b->n_columns == 0 ||
        (table && !strstr(sql, from_rows) && !strstr(sql, rows_and))) {
        log_error("database: no statement for rows: %s", sql);
        return NULL;
    }
    if (table && !arrays) {
        add_row_text(&out, b, sql);
        return out.data;
    }
    buf_add(&out, sql, (size_t)(at - sql));
    if (arrays) {
        add_arrays(&out, b, !table);
    } else {
        add_values(&out, b);
    }
    buf_puts(&out, at + strcspn(at, "}") + 1);
    return out.data;
}

/* ---- arrays ---- */

static void
add_text(struct buf *out, const char *text)
{
    if (!text) {
        buf_puts(out, "NULL");
        return;
    }
    buf_putc(out, '"');
    while (*text) {
        size_t len = strcspn(text, "\"\\");

        buf_add(out, text, len);
        text += len;
        if (*text) {
            buf_putc(out, '\\');
            buf_putc(out, *text++);
        }
    }
    buf_putc(out, '"');
}

/* A column as PostgreSQL writes an array: {"a",NULL,"b"}. */
static const char *
array_of(const struct db_bulk *b, size_t column)
{
    struct buf out = buf_new(b->arena, b->n_rows * 16 + 16);

    buf_putc(&out, '{');
    for (size_t i = 0; i < b->n_rows; i++) {
        const struct db_param *p = &b->params[i * b->n_columns + column];

        if (i > 0) {
            buf_putc(&out, ',');
        }
        if (p->type == 'i') {
            buf_printf(&out, "%" PRId64, p->number);
        } else {
            add_text(&out, p->data);
        }
    }
    buf_putc(&out, '}');
    return out.data;
}

/* ---- running ---- */

static enum db_result
run_arrays(struct db *db, const struct db_bulk *b, struct db_query *q)
{
    struct db_param params[DB_PARAMS_MAX];

    for (size_t i = 0; i < b->n_columns; i++) {
        params[i] = (struct db_param){.type = 't', .data = array_of(b, i)};
    }
    q->params = params;
    q->n_params = b->n_columns;
    return db_run(db, q);
}

static enum db_result
run_rows(struct db *db, const struct db_bulk *b, struct db_query *q)
{
    q->params = b->params;
    q->n_params = b->n_columns;
    return db_noted(db, db->backend->run_rows(db->connection, q, b->n_rows));
}

static enum db_result
run(struct db *db, const struct db_bulk *b, struct db_query *q)
{
    bool arrays = db->backend->run_rows == NULL;

    if (b->n_rows == 0) {
        return DB_OK;
    }
    q->sql = expand(b, q->sql, arrays);
    if (!q->sql) {
        return DB_FAILED;
    }
    return arrays ? run_arrays(db, b, q) : run_rows(db, b, q);
}

enum db_result
db_bulk_exec(struct db *db, const struct db_bulk *b, int64_t *changed,
             const char *sql)
{
    struct db_query q = {.sql = sql};
    enum db_result r = run(db, b, &q);

    if (changed) {
        *changed = r == DB_OK ? q.changed : 0;
    }
    return r;
}

enum db_result
db_bulk_all(struct db *db, struct arena *a, const struct db_bulk *b,
            json_t **rows, const char *sql)
{
    struct db_query q = {.sql = sql, .max_rows = SIZE_MAX};

    q.rows = *rows = json_in_arena(a, json_array());
    return run(db, b, &q);
}
