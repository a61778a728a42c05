/*
 * A page of invoices. One walk along an index finds it, or several that are
 * merged: one for each value that a filter leaves open, or for each customer
 * that a text means.
 */
#include "billing/invoice_query.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "billing/invoice_text.h"

static const char last_day[] = "9999-99-99";
static const char last_number[] = "\xf4\x8f\xbf\xbf"; /* U+10FFFF */

struct query {
    struct db *db;
    struct arena *arena;
    const char *tenant;
    const struct invoice_filter *filter;
    struct invoice_page *page;
    struct invoice_ask ask; /* of the one walk, or what all have in common */
};

static bool
is(const char *value, const char *word)
{
    return value && strcmp(value, word) == 0;
}

/* ---- from filter to walk ---- */

static bool
by_value(const struct invoice_filter *f)
{
    return f->delivery_mode || f->dispatch || f->status || f->type;
}

static enum invoice_walk
walk_of(const struct invoice_filter *f, const struct invoice_ask *ask)
{
    static const enum invoice_walk of_order[] = {
        [INVOICES_BY_NUMBER] = WALK_NUMBER,
        [INVOICES_BY_DUE] = WALK_DUE,
        [INVOICES_BY_GROSS] = WALK_GROSS};

    if (ask->contract || ask->customer) {
        return ask->contract ? WALK_CONTRACT : WALK_CUSTOMER;
    }
    if (f->run) {
        return WALK_RUN;
    }
    if (f->sort != INVOICES_BY_DATE) {
        return of_order[f->sort];
    }
    return by_value(f) ? WALK_FACET : WALK_DATE;
}

/* Whether rows of the walk have to be looked at for more than its own. */
static bool
looks_at_rows(const struct invoice_filter *f, const struct invoice_ask *ask)
{
    bool amount = f->has_min || f->has_max, period = f->from || f->to;
    bool values = by_value(f);

    switch (ask->walk) {
    case WALK_DATE:
    case WALK_FACET:
        return false;
    case WALK_CONTRACT:
        return values || amount || f->run || ask->customer;
    case WALK_CUSTOMER:
        return values || amount || f->run;
    case WALK_DUE:
        return f->delivery_mode || f->dispatch || f->type || period || amount ||
               is(f->status, "overdue"); /* no credit is */
    case WALK_GROSS:
        return values || period;
    case WALK_RUN:
    case WALK_NUMBER:
        return values || period || amount;
    }
    return true;
}

/* Where the walk begins and ends: at the bounds of its column, or after a row.
 */
static void
set_ends(struct invoice_ask *ask, const struct invoice_filter *f,
         const struct invoice_page *page)
{
    bool down = ask->descending, day = f->sort == INVOICES_BY_DATE;
    const char *first = day && f->from ? f->from : "";
    const char *last = day && f->to ? f->to : last_day;

    if (f->sort == INVOICES_BY_NUMBER) {
        last = last_number;
    } else if (f->sort == INVOICES_BY_DUE && is(f->status, "overdue")) {
        last = f->today;
    }
    ask->at = page->at ? page->at : down ? last : first;
    ask->end = down ? first : last;
    ask->at_amount = page->at ? strtoll(page->at, NULL, 10)
                     : down   ? ask->max
                              : ask->min;
    ask->end_amount = down ? ask->min : ask->max;
    ask->at_number = page->at ? page->at_number : down ? last_number : "";
}

static int
size_for(int limit)
{
    return limit < PAGE_SMALL    ? PAGE_SMALL
           : limit < PAGE_MIDDLE ? PAGE_MIDDLE
                                 : PAGE_LARGE;
}

/* DB_NONE: what the filter names is not there, so no invoice is either. */
static enum db_result
find_ids(struct query *q)
{
    const struct invoice_filter *f = q->filter;
    json_t *row;
    enum db_result r;

    q->ask.customer = f->customer_id;
    q->ask.contract = f->contract_id;
    if (!f->customer && !f->contract) {
        return DB_OK;
    }
    r = invoice_store_ids(q->db, q->arena, q->tenant, f->customer, f->contract,
                          &row);
    if (r != DB_OK) {
        return r;
    }
    if (f->customer) {
        q->ask.customer = row_text(row, "customer");
    }
    if (f->contract) {
        q->ask.contract = row_text(row, "contract");
    }
    return (f->customer && !q->ask.customer) ||
                   (f->contract && !q->ask.contract) ||
                   (f->customer && f->customer_id &&
                    strcmp(q->ask.customer, f->customer_id) != 0) ||
                   (f->contract && f->contract_id &&
                    strcmp(q->ask.contract, f->contract_id) != 0)
               ? DB_NONE
               : DB_OK;
}

static enum db_result
prepare(struct query *q)
{
    const struct invoice_filter *f = q->filter;
    bool overdue = is(f->status, "overdue");
    int64_t least = overdue ? 1 : INT64_MIN;

    q->ask = (struct invoice_ask){.descending = f->descending,
                                  .size = size_for(q->page->limit),
                                  .delivery_mode = f->delivery_mode,
                                  .status = overdue ? "open" : f->status,
                                  .type = f->type,
                                  .dispatch = f->dispatch,
                                  .run = f->run,
                                  .min = f->has_min && f->min > least ? f->min
                                                                      : least,
                                  .max = f->has_max ? f->max : INT64_MAX,
                                  .from = f->from ? f->from : "",
                                  .to = f->to ? f->to : last_day,
                                  .due_before = overdue ? f->today : last_day};
    set_ends(&q->ask, f, q->page);
    return find_ids(q);
}

/* ---- the page ---- */

static void
go_on_after(struct query *q, const json_t *row, const char *column)
{
    const json_t *at = json_object_get(row, column);

    q->page->next = true;
    q->page->at = json_is_integer(at)
                      ? arena_printf(q->arena, "%" JSON_INTEGER_FORMAT,
                                     json_integer_value(at))
                      : json_string_value(at);
    q->page->at_number = row_text(row, "number");
}

/* Drops what came beyond the page. False: there was no more. */
static bool
cut(struct query *q)
{
    size_t limit = (size_t)q->page->limit;
    json_t *rows = q->page->rows;

    if (json_array_size(rows) <= limit) {
        return false;
    }
    while (json_array_size(rows) > limit) {
        json_array_remove(rows, json_array_size(rows) - 1);
    }
    go_on_after(q, json_array_get(rows, limit - 1),
                invoice_sort_name(q->filter->sort));
    return true;
}

static enum db_result
one_walk(struct query *q)
{
    json_t *edge;
    enum db_result r =
        db_rows(invoice_store_rows(q->db, q->arena, q->tenant, &q->ask),
                &q->page->rows);

    if (r != DB_OK || cut(q) || !looks_at_rows(q->filter, &q->ask)) {
        return r;
    }
    r = db_row(invoice_store_edge(q->db, q->arena, q->tenant, &q->ask, false),
               &edge);
    if (r == DB_OK) {
        go_on_after(q, edge, "at");
    }
    return r == DB_NONE ? DB_OK : r;
}

/* ---- several walks ---- */

/* What they found: date and number; and as far as all of them were looked at,
 * which is NULL where they are at their ends. */
enum {
    FEW = 4,   /* walks are asked for each by itself */
    MANY = 45, /* of more each is asked for a little only */
};

struct merge {
    size_t n_asks;
    struct invoice_ask *asks;
    size_t n, room;
    struct found {
        const char *date, *number;
    } * found;
    const struct found *edge;
};

/* All walks of a merge are ordered by date. */
static int
compare(const struct found *a, const struct found *b)
{
    int order = strcmp(a->date, b->date);

    return order ? order : strcmp(a->number, b->number);
}

static int
compare_up(const void *a, const void *b)
{
    return compare(a, b);
}

static int
compare_down(const void *a, const void *b)
{
    return compare(b, a);
}

static void
add_found(struct arena *a, struct merge *m, const json_t *row)
{
    if (m->n == m->room) {
        struct found *more;

        m->room = m->room ? 2 * m->room : 256;
        more = arena_alloc(a, m->room * sizeof *more);
        if (m->n) {
            memcpy(more, m->found, m->n * sizeof *more);
        }
        m->found = more;
    }
    m->found[m->n++] =
        (struct found){row_text(row, "date"), row_text(row, "number")};
}

static void
sort_found(struct merge *m, bool down)
{
    size_t kept = 0;

    if (m->n == 0) {
        return;
    }
    qsort(m->found, m->n, sizeof *m->found, down ? compare_down : compare_up);
    for (size_t i = 1; i < m->n; i++) {
        if (strcmp(m->found[i].number, m->found[kept].number) != 0) {
            m->found[++kept] = m->found[i];
        }
    }
    m->n = kept + 1;
}

/* What walks found beyond where another one stopped is for another page. */
static void
end_at(struct query *q, struct merge *m, const json_t *row, const char *date)
{
    struct found at = {row_text(row, date), row_text(row, "number")};
    int order = m->edge ? compare(&at, m->edge) : 0;

    if (!m->edge || (q->ask.descending ? order > 0 : order < 0)) {
        struct found *edge = arena_alloc(q->arena, sizeof *edge);

        *edge = at;
        m->edge = edge;
    }
}

/* A walk that found less than was asked for is at its end, or has looked at as
 * much as it may. */
static enum db_result
find_edges(struct query *q, struct merge *m, const bool *is_short)
{
    struct db_answer **answers =
        arena_alloc(q->arena, (m->n_asks + 1) * sizeof(struct db_answer *));

    for (size_t i = 0; i < m->n_asks; i++) {
        answers[i] = is_short[i]
                         ? invoice_store_edge(q->db, q->arena, q->tenant,
                                              &m->asks[i], true)
                         : NULL;
    }
    for (size_t i = 0; i < m->n_asks; i++) {
        json_t *row;
        enum db_result r = answers[i] ? db_row(answers[i], &row) : DB_NONE;

        if (r == DB_OK) {
            end_at(q, m, row, "at");
        } else if (r != DB_NONE) {
            return r;
        }
    }
    return DB_OK;
}

/* How many rows that walk found, or those walks together. */
static enum db_result
add_answer(struct query *q, struct merge *m, struct db_answer *answer,
           const struct invoice_ask *ask, size_t *n)
{
    json_t *rows, *row;
    enum db_result r = db_rows(answer, &rows);
    size_t i;

    *n = r == DB_OK ? json_array_size(rows) : 0;
    for (i = 0; i < *n; i++) {
        add_found(q->arena, m, json_array_get(rows, i));
    }
    if (*n == (size_t)ask->size) {
        row = json_array_get(rows, *n - 1);
        end_at(q, m, row, "date");
    }
    return r;
}

static enum db_result
ask_each(struct query *q, struct merge *m)
{
    struct db_answer **answers =
        arena_alloc(q->arena, (m->n_asks + 1) * sizeof(struct db_answer *));
    bool *is_short = arena_alloc(q->arena, m->n_asks + 1), any = false;

    for (size_t i = 0; i < m->n_asks; i++) {
        if (m->n_asks > MANY) { /* each has little of a page */
            m->asks[i].size = PAGE_SMALL;
        }
        answers[i] = invoice_store_keys(q->db, q->arena, q->tenant, &m->asks[i],
                                        looks_at_rows(q->filter, &m->asks[i]));
    }
    for (size_t i = 0; i < m->n_asks; i++) {
        size_t n;
        enum db_result r = add_answer(q, m, answers[i], &m->asks[i], &n);

        if (r != DB_OK) {
            return r;
        }
        is_short[i] = n < (size_t)m->asks[i].size &&
                      looks_at_rows(q->filter, &m->asks[i]);
        any = any || is_short[i];
    }
    return any ? find_edges(q, m, is_short) : DB_OK;
}

/* How many of the walks, from that one on, go along the same index. */
static size_t
alike(const struct merge *m, size_t from)
{
    size_t n = 1;

    while (n < WALKS_TOGETHER && from + n < m->n_asks &&
           m->asks[from + n].walk == m->asks[from].walk) {
        n++;
    }
    return n;
}

static enum db_result
ask_together(struct query *q, struct merge *m)
{
    struct db_answer **answers =
        arena_alloc(q->arena, m->n_asks * sizeof(struct db_answer *));
    size_t n, found;
    enum db_result r = DB_OK;

    for (size_t i = 0; i < m->n_asks; i += n) {
        n = alike(m, i);
        answers[i] =
            invoice_store_together(q->db, q->arena, q->tenant, &m->asks[i], n);
    }
    for (size_t i = 0; i < m->n_asks && r == DB_OK; i += alike(m, i)) {
        r = add_answer(q, m, answers[i], &m->asks[i], &found);
    }
    return r;
}

/* A database's answer to each of a hundred questions costs more than to find
 * it, so where they only differ by whose invoices they are, they are one. */
static enum db_result
ask_all(struct query *q, struct merge *m)
{
    bool one_by_one = m->n_asks <= FEW;

    for (size_t i = 0; i < m->n_asks && !one_by_one; i++) {
        one_by_one = looks_at_rows(q->filter, &m->asks[i]);
    }
    return one_by_one ? ask_each(q, m) : ask_together(q, m);
}

/* Reads the rows that the page is of. */
static enum db_result
read_rows(struct query *q, const struct merge *m, size_t n)
{
    const char **numbers = arena_alloc(q->arena, (n + 1) * sizeof *numbers);

    for (size_t i = 0; i < n; i++) {
        numbers[i] = m->found[i].number;
    }
    return invoice_store_numbered(q->db, q->arena, q->tenant, numbers, n,
                                  &q->page->rows);
}

static enum db_result
read_merged(struct query *q, struct merge *m)
{
    size_t n = 0, limit = (size_t)q->page->limit;
    const struct found *last;

    sort_found(m, q->ask.descending);
    while (n < m->n && n < limit &&
           (!m->edge ||
            (q->ask.descending ? compare(&m->found[n], m->edge) >= 0
                               : compare(&m->found[n], m->edge) <= 0))) {
        n++;
    }
    last = n == limit ? &m->found[n - 1] : m->edge;
    if (m->n > n || m->edge) {
        q->page->next = last != NULL;
        q->page->at = last ? last->date : NULL;
        q->page->at_number = last ? last->number : NULL;
    }
    return read_rows(q, m, n);
}

/* ---- by values, of which some are open ---- */

static enum db_result
by_values(struct query *q)
{
    struct merge m = {0};
    size_t n;
    enum db_result r = add_answer(
        q, &m, invoice_store_facets(q->db, q->arena, q->tenant, &q->ask),
        &q->ask, &n);

    return r == DB_OK ? read_merged(q, &m) : r;
}

/* ---- one for each customer or contract that a text means ---- */

/* Numbers that fit are all there; those before the page are not for it. */
static void
add_numbers(struct query *q, struct merge *m, const json_t *numbers)
{
    json_t *row;
    size_t i;

    json_array_foreach(numbers, i, row)
    {
        struct found at = {q->page->at, q->page->at_number};
        struct found one = {row_text(row, "date"), row_text(row, "number")};
        int order = at.date ? compare(&one, &at) : 0;

        if (row_int(row, "fits") &&
            (!at.date || (q->ask.descending ? order < 0 : order > 0))) {
            add_found(q->arena, m, row);
        }
    }
}

static enum db_result
by_text(struct query *q)
{
    struct invoice_meaning meaning;
    struct merge m = {0};
    enum db_result r = invoice_text(q->db, q->arena, q->tenant, &q->ask,
                                    q->filter->text, &meaning);

    if (r != DB_OK) {
        return r;
    }
    m.asks = arena_alloc(q->arena, (meaning.n + 1) * sizeof *m.asks);
    for (size_t i = 0; i < meaning.n; i++) {
        const char *customer = meaning.walks[i].customer;
        const char *contract = meaning.walks[i].contract;
        struct invoice_ask ask = q->ask;

        /* of another one than is asked for besides */
        if ((customer && ask.customer && strcmp(customer, ask.customer) != 0) ||
            (contract && ask.contract && strcmp(contract, ask.contract) != 0)) {
            continue;
        }
        ask.customer = customer ? customer : ask.customer;
        ask.contract = contract ? contract : ask.contract;
        ask.walk = ask.contract ? WALK_CONTRACT : WALK_CUSTOMER;
        m.asks[m.n_asks++] = ask;
    }
    r = ask_all(q, &m);
    if (r == DB_OK) {
        add_numbers(q, &m, meaning.numbers);
        r = read_merged(q, &m);
    }
    return r;
}

enum db_result
invoice_query(struct db *db, struct arena *a, const char *tenant,
              const struct invoice_filter *filter, struct invoice_page *page)
{
    struct query q = {db, a, tenant, filter, page, {0}};
    enum db_result r;

    page->next = false;
    page->rows = json_in_arena(a, json_array());
    r = prepare(&q);
    if (r != DB_OK) {
        return r == DB_NONE ? DB_OK : r;
    }
    if (filter->text) {
        return by_text(&q);
    }
    q.ask.walk = walk_of(filter, &q.ask);
    return q.ask.walk == WALK_FACET ? by_values(&q) : one_walk(&q);
}

/* A part of another page: what a customer or a contract has. */
enum db_result
invoice_list_rows(struct db *db, struct arena *a, const struct list_query *q,
                  const char *tenant, const char *pool, json_t **rows)
{
    struct invoice_filter f = {0};
    struct invoice_page page = {.limit = q->limit};
    enum db_result r;
    json_t *row;
    size_t i;

    (void)pool;
    for (i = 0; i < q->n; i++) {
        if (strcmp(q->conditions[i].column, "customer") == 0) {
            f.customer = q->conditions[i].text;
        } else if (strcmp(q->conditions[i].column, "contract") == 0) {
            f.contract = q->conditions[i].text;
        } else if (strcmp(q->conditions[i].column, "run") == 0) {
            f.run = q->conditions[i].text;
        } else {
            return DB_FAILED;
        }
    }
    invoice_order(&f);
    r = invoice_query(db, a, tenant, &f, &page);
    *rows = page.rows;
    json_array_foreach(page.rows, i, row)
    {
        json_object_set(row, "customer",
                        json_object_get(row, "customer_number"));
    }
    return r;
}
