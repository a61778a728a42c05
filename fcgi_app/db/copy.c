/*
 * From one database into another, whatever their kinds: table by table in the
 * order in which they were created, so that what is named is there before who
 * names it; and then both are read and compared.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "db/backend.h"

enum {
    COLUMNS_MAX = DB_PARAMS_MAX,
    BATCH = 500, /* rows read at once, and written in one transaction */
    PROGRESS = 100000,
};

/* Columns that name a row of their own table: set when all rows are there. */
static const struct {
    const char *table, *column;
} own_rows[] = {
    {"customer", "parent"},
};

struct column {
    const char *name;
    char type; /* as in a signature */
};

struct table {
    const char *name;
    size_t n, n_key;
    struct column columns[COLUMNS_MAX];
    const struct column *key[COLUMNS_MAX]; /* in the primary key's order */
};

/* Of all rows of a table, in whatever order they came. */
struct digest {
    int64_t rows;
    uint64_t sum[2];
};

struct copying {
    struct db *from, *to;
    db_copy_progress *progress;
    void *data;
    int64_t rows;
    bool began;
};

/* ---- what there is ---- */

static bool
own_row(const struct table *t, const char *column)
{
    for (size_t i = 0; i < sizeof own_rows / sizeof *own_rows; i++) {
        if (strcmp(own_rows[i].table, t->name) == 0 &&
            strcmp(own_rows[i].column, column) == 0) {
            return true;
        }
    }
    return false;
}

static bool
add_column(struct table *t, const json_t *row)
{
    int64_t place = row_int(row, "place");

    if (t->n == COLUMNS_MAX || place > COLUMNS_MAX) {
        log_error("table %s has too many columns", t->name);
        return false;
    }
    t->columns[t->n].name = row_text(row, "name");
    t->columns[t->n].type = row_text(row, "type")[0];
    if (place > 0) {
        t->key[place - 1] = &t->columns[t->n];
        t->n_key++;
    }
    t->n++;
    return true;
}

/* The tables but the list of migrations, of which each database has its own. */
static struct table *
read_tables(struct db *db, struct arena *a, size_t *n)
{
    struct table *tables;
    json_t *rows, *row;
    size_t i;

    *n = 0;
    if (db_all(db, a, &rows, db->backend->catalogue, "") != DB_OK) {
        return NULL;
    }
    tables = arena_alloc(a, (json_array_size(rows) + 1) * sizeof *tables);
    json_array_foreach(rows, i, row)
    {
        const char *name = row_text(row, "table_name");

        if (strcmp(name, "schema_migration") == 0) {
            continue;
        }
        if (*n == 0 || strcmp(tables[*n - 1].name, name) != 0) {
            tables[(*n)++] = (struct table){.name = name};
        }
        if (!add_column(&tables[*n - 1], row)) {
            return NULL;
        }
    }
    return tables;
}

/* ---- statements ---- */

static void
take_param(struct db_param *p, const struct column *c, const json_t *row)
{
    const json_t *value = json_object_get(row, c->name);

    *p = (struct db_param){.type = c->type};
    if (c->type == 'i') {
        p->number = json_integer_value(value);
    } else {
        p->data = json_string_value(value);
    }
}

static enum db_result
run(struct db *db, struct db_query *q)
{
    return db->backend->run(db->connection, q);
}

/* The rows behind `last` by the primary key, or the first ones. */
static enum db_result
read_page(struct db *db, struct arena *a, const struct table *t,
          const json_t *last, json_t **rows)
{
    struct db_param params[COLUMNS_MAX];
    struct db_query q = {.params = params, .max_rows = BATCH};
    const char *names = "", *marks = "";

    for (size_t i = 0; i < t->n_key; i++) {
        const char *comma = i ? ", " : "";

        names = arena_printf(a, "%s%s%s", names, comma, t->key[i]->name);
        marks = arena_printf(a, "%s%s$%zu", marks, comma, i + 1);
        if (last) {
            take_param(&params[q.n_params++], t->key[i], last);
        }
    }
    q.sql = arena_printf(
        a, "SELECT * FROM %s%s ORDER BY %s LIMIT %d", t->name,
        last ? arena_printf(a, " WHERE (%s) > (%s)", names, marks) : "", names,
        BATCH);
    q.rows = *rows = json_in_arena(a, json_array());
    return run(db, &q);
}

/* A null is left out, so that no parameter needs to be one. */
static enum db_result
insert(struct db *db, struct arena *a, const struct table *t, const json_t *row)
{
    struct db_param params[COLUMNS_MAX];
    struct db_query q = {.params = params};
    const char *names = "", *marks = "";

    for (size_t i = 0; i < t->n; i++) {
        const struct column *c = &t->columns[i];
        const char *comma = q.n_params ? ", " : "";

        if (own_row(t, c->name) ||
            json_is_null(json_object_get(row, c->name))) {
            continue;
        }
        take_param(&params[q.n_params++], c, row);
        names = arena_printf(a, "%s%s%s", names, comma, c->name);
        marks = arena_printf(a, "%s%s$%zu", marks, comma, q.n_params);
    }
    q.sql = arena_printf(a, "INSERT INTO %s (%s) VALUES (%s)", t->name, names,
                         marks);
    return run(db, &q);
}

static enum db_result
set_own_row(struct db *db, struct arena *a, const struct table *t,
            const struct column *c, const json_t *row)
{
    struct db_param params[COLUMNS_MAX];
    struct db_query q = {.params = params};
    const char *where = "";

    for (size_t i = 0; i < t->n_key; i++) {
        take_param(&params[q.n_params++], t->key[i], row);
        where = arena_printf(a, "%s%s%s = $%zu", where, i ? " AND " : "",
                             t->key[i]->name, q.n_params);
    }
    take_param(&params[q.n_params++], c, row);
    q.sql = arena_printf(a, "UPDATE %s SET %s = $%zu WHERE %s", t->name,
                         c->name, q.n_params, where);
    return run(db, &q);
}

/* ---- a table, page by page ---- */

typedef enum db_result page_fn(struct copying *c, struct arena *a,
                               const struct table *t, const json_t *rows);

static void
add_to_digest(struct digest *d, const json_t *rows)
{
    json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        uint64_t hash[2];
        char *text = json_dumps(row, JSON_COMPACT | JSON_SORT_KEYS);

        crypto_generichash((unsigned char *)hash, sizeof hash,
                           (const unsigned char *)text, strlen(text), NULL, 0);
        free(text);
        d->sum[0] += hash[0];
        d->sum[1] += hash[1];
        d->rows++;
    }
}

/* Calls fn, where it is not NULL, with each page of the table. */
static enum db_result
walk(struct copying *c, struct db *db, const struct table *t, page_fn *fn,
     struct digest *digest)
{
    json_t *rows, *last = NULL;
    enum db_result r;
    size_t n;

    *digest = (struct digest){0};
    do {
        struct arena *a = arena_new();

        r = read_page(db, a, t, last, &rows);
        json_decref(last);
        n = json_array_size(rows);
        last = n ? json_incref(json_array_get(rows, n - 1)) : NULL;
        add_to_digest(digest, rows);
        if (r == DB_OK && fn && n) {
            r = fn(c, a, t, rows);
        }
        arena_free(a);
    } while (r == DB_OK && n == BATCH);
    json_decref(last);
    return r;
}

struct page {
    struct arena *arena;
    const struct table *table;
    const json_t *rows;
};

static enum db_result
insert_page(struct db *to, void *data)
{
    const struct page *page = data;
    enum db_result r = DB_OK;
    json_t *row;
    size_t i;

    json_array_foreach(page->rows, i, row)
    {
        if (r == DB_OK) {
            r = insert(to, page->arena, page->table, row);
        }
    }
    return r;
}

static enum db_result
copy_page(struct copying *c, struct arena *a, const struct table *t,
          const json_t *rows)
{
    struct page page = {a, t, rows};
    int64_t before = c->rows;

    c->rows += (int64_t)json_array_size(rows);
    if (c->rows / PROGRESS != before / PROGRESS) {
        c->progress(t->name, c->rows, c->data);
    }
    return db_transaction(c->to, true, insert_page, &page);
}

static enum db_result
tie_page(struct db *to, void *data)
{
    const struct page *page = data;
    const struct table *t = page->table;
    enum db_result r = DB_OK;
    json_t *row;
    size_t i;

    json_array_foreach(page->rows, i, row)
    {
        for (size_t k = 0; k < t->n && r == DB_OK; k++) {
            const struct column *c = &t->columns[k];

            if (own_row(t, c->name) &&
                !json_is_null(json_object_get(row, c->name))) {
                r = set_own_row(to, page->arena, t, c, row);
            }
        }
    }
    return r;
}

static enum db_result
tie_rows(struct copying *c, struct arena *a, const struct table *t,
         const json_t *rows)
{
    struct page page = {a, t, rows};

    return db_transaction(c->to, true, tie_page, &page);
}

static bool
has_own_rows(const struct table *t)
{
    for (size_t i = 0; i < t->n; i++) {
        if (own_row(t, t->columns[i].name)) {
            return true;
        }
    }
    return false;
}

static enum db_result
copy_table(struct copying *c, const struct table *t)
{
    struct digest there, here;
    enum db_result r = walk(c, c->from, t, copy_page, &there);

    if (r == DB_OK && has_own_rows(t)) {
        r = walk(c, c->from, t, tie_rows, &there);
    }
    if (r == DB_OK) {
        r = walk(c, c->to, t, NULL, &here);
    }
    if (r == DB_OK && memcmp(&there, &here, sizeof here) != 0) {
        log_error("table %s: %lld rows went, %lld came, or they differ",
                  t->name, (long long)there.rows, (long long)here.rows);
        return DB_FAILED;
    }
    if (r == DB_OK) {
        c->progress(t->name, there.rows, c->data);
    }
    return r;
}

/* ---- all of it ---- */

static bool
is_empty(struct db *db, const struct table *t)
{
    struct db_query q = {.max_rows = 1, .rows = json_array()};
    struct arena *a = arena_new();
    bool empty;

    q.sql = arena_printf(a, "SELECT 1 AS found FROM %s LIMIT 1", t->name);
    empty = run(db, &q) == DB_OK && json_array_size(q.rows) == 0;
    if (!empty) {
        log_error("table %s of the other database is not empty", t->name);
    }
    json_decref(q.rows);
    arena_free(a);
    return empty;
}

/* In one transaction of the database that is read: nobody changes it. */
static enum db_result
copy_all(struct db *from, void *data)
{
    struct copying *c = data;
    struct arena *a;
    struct table *tables;
    enum db_result r = DB_OK;
    size_t n;

    if (c->began) {
        log_error("the database changed meanwhile");
        return DB_FAILED;
    }
    c->began = true;
    a = arena_new();
    tables = read_tables(from, a, &n);
    for (size_t i = 0; i < n && r == DB_OK; i++) {
        r = is_empty(c->to, &tables[i]) ? DB_OK : DB_FAILED;
    }
    for (size_t i = 0; i < n && r == DB_OK; i++) {
        r = copy_table(c, &tables[i]);
    }
    arena_free(a);
    return n ? r : DB_FAILED;
}

int64_t
db_copy(struct db *from, struct db *to, db_copy_progress *progress, void *data)
{
    struct copying c = {.from = from, .to = to, progress, data};
    enum db_result r = DB_FAILED;

    if (db_schema_present(from) != db_schema_wanted() ||
        db_schema_present(to) != db_schema_wanted()) {
        log_error("both databases need the schema of this program: run 'pforte "
                  "migrate' first");
        return -1;
    }
    from->backend->patient(from->connection, true);
    to->backend->patient(to->connection, true);
    r = db_transaction(from, false, copy_all, &c);
    from->backend->patient(from->connection, false);
    to->backend->patient(to->connection, false);
    return r == DB_OK ? c.rows : -1;
}
