#include "db/list.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/log.h"
#include "db/backend.h"

struct build {
    struct buf sql;
    struct db_param params[DB_PARAMS_MAX];
    int n;
};

/* Appends the place of a parameter. */
static void
place_text(struct build *b, const char *text)
{
    b->params[b->n++] = (struct db_param){.type = 't', .data = text};
    buf_printf(&b->sql, "CAST($%d AS TEXT)", b->n);
}

static void
place_number(struct build *b, int64_t number)
{
    b->params[b->n++] = (struct db_param){.type = 'i', .number = number};
    buf_printf(&b->sql, "CAST($%d AS BIGINT)", b->n);
}

/* What LIKE takes for a pattern stands for itself. */
static const char *
pattern(struct arena *a, const char *text)
{
    struct buf out = buf_new(a, strlen(text) + 8);

    buf_putc(&out, '%');
    for (; *text; text++) {
        if (strchr("%_\\", *text)) {
            buf_putc(&out, '\\');
        }
        buf_putc(&out, *text);
    }
    buf_putc(&out, '%');
    return out.data;
}

static void
add_condition(struct build *b, const struct list_query *q, size_t i)
{
    static const char *const signs[] = {
        [LIST_IS] = "=", [LIST_FROM] = ">=", [LIST_TO] = "<"};
    enum list_op op = q->conditions[i].op;
    const char *column = q->conditions[i].column;
    const char *text = q->conditions[i].text;

    if (op == LIST_HAS) {
        buf_printf(&b->sql, " AND LOWER(l.%s) LIKE LOWER(", column);
        place_text(b, pattern(b->sql.arena, text));
        buf_puts(&b->sql, ") ESCAPE '\\'");
        return;
    }
    buf_printf(&b->sql, " AND l.%s %s ", column, signs[op]);
    if (text) {
        place_text(b, text);
    } else {
        place_number(b, q->conditions[i].number);
    }
}

/* An index serves it where one column is compared. */
static void
add_order_of_key(struct build *b, const struct list_query *q, const char *way)
{
    if (q->at_key) {
        buf_printf(&b->sql, " AND l.%s %s ", q->key, q->descending ? "<" : ">");
        place_text(b, q->at_key);
    }
    buf_printf(&b->sql, " ORDER BY l.%s%s LIMIT ", q->key, way);
    place_number(b, q->limit);
}

static void
add_order(struct build *b, const struct list_query *q)
{
    const char *way = q->descending ? " DESC" : "";

    if (strcmp(q->order, q->key) == 0) {
        add_order_of_key(b, q, way);
        return;
    }
    if (q->at_key) {
        buf_printf(&b->sql, " AND (l.%s, l.%s) %s (", q->order, q->key,
                   q->descending ? "<" : ">");
        if (q->number) {
            place_number(b, strtoll(q->at, NULL, 10));
        } else {
            place_text(b, q->at);
        }
        buf_puts(&b->sql, ", ");
        place_text(b, q->at_key);
        buf_putc(&b->sql, ')');
    }
    buf_printf(&b->sql, " ORDER BY l.%s%s, l.%s%s LIMIT ", q->order, way,
               q->key, way);
    place_number(b, q->limit);
}

enum db_result
db_list(struct db *db, struct arena *a, json_t **rows,
        const struct list_query *q, const char *sql, const char *signature, ...)
{
    struct build b = {.sql = buf_new(a, 1024)};
    struct db_query query = {.max_rows = SIZE_MAX};
    va_list args;

    va_start(args, signature);
    b.n = db_collect(b.params, signature, args);
    va_end(args);
    if (b.n < 0 || b.n + LIST_CONDITIONS_MAX + 3 > DB_PARAMS_MAX) {
        log_error("bad signature \"%s\" for: %s", signature, sql);
        return DB_FAILED;
    }
    buf_printf(&b.sql, "SELECT * FROM (%s) AS l WHERE 1 = 1", sql);
    for (size_t i = 0; i < q->n; i++) {
        add_condition(&b, q, i);
    }
    add_order(&b, q);
    query.sql = b.sql.data;
    query.params = b.params;
    query.n_params = (size_t)b.n;
    query.rows = *rows = json_in_arena(a, json_array());
    return db_run(db, &query);
}
