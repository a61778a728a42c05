/* Lists of the back office: tables/lists.def as pages and as CSV. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "billing/billing.h"
#include "billing/payment.h"
#include "billing/reminder.h"
#include "billing/run.h"
#include "billing/schedule.h"
#include "callback/callback.h"
#include "catalog/catalog.h"
#include "contract/contract.h"
#include "contract/service.h"
#include "custom/custom.h"
#include "customer/customer.h"
#include "declaration/declaration.h"
#include "http/form.h"
#include "http/handlers.h"
#include "job/job.h"
#include "mail/mail.h"
#include "office/office_web.h"
#include "order/order.h"
#include "pf_time.h"
#include "tenant/tenant.h"
#include "user/member.h"
#include "user/user.h"
#include "view/csv.h"
#include "view/i18n.h"

enum { PAGE_ROWS = 50, COLUMNS_MAX = 16, WORD_LONG = 24 };

const struct list office_lists[] = {
#define ROW(path_, title_, empty_, then_, fields_, rows_, key_, order_, link_, \
            action_, label_, right_)                                           \
    .path = path_, .title = title_, .empty = empty_, .then = then_,            \
    .fields = fields_, .rows = rows_, .key = key_, .order = order_,            \
    .link = link_, .action = action_, .action_label = label_,                  \
    .action_right = right_
#define LIST(...)           {ROW(__VA_ARGS__)},
#define LIST_OWN(own_, ...) {ROW(__VA_ARGS__), .own = &(own_)},
#include "tables/lists.def"
#undef LIST
#undef LIST_OWN
#undef ROW
    {.path = NULL},
};

const struct list *
office_list(const char *path)
{
    for (const struct list *l = office_lists; l->path; l++) {
        if (strcmp(l->path, path) == 0) {
            return l;
        }
    }
    return NULL;
}

static const struct field *
column_of(const struct list *l, const char *name)
{
    for (const struct field *f = l->fields; f->name; f++) {
        if (strcmp(f->name, name) == 0) {
            return f;
        }
    }
    return NULL;
}

const char *
office_list_fault(const struct list *l)
{
    const struct field *order = column_of(l, l->order + (*l->order == '-'));
    size_t columns = 0;

    for (const struct field *f = l->fields; f->name; f++) {
        columns++;
        if ((f->flags & FIELD_OUT) && !f->label) {
            return "has a column without a label";
        }
    }
    if (columns > COLUMNS_MAX) {
        return "has too many columns";
    }
    return order && (order->flags & FIELD_SORT)
               ? NULL
               : "begins sorted by no column that can be sorted by";
}

/* ---- what was asked ---- */

static bool
of_numbers(const struct field *f)
{
    return f->type == FIELD_TIME || f->type == FIELD_INTEGER ||
           f->type == FIELD_MONEY || f->type == FIELD_BOOL;
}

static bool
by_days(const struct field *f)
{
    return f->type == FIELD_TIME || f->type == FIELD_DATE;
}

static void
set_order(struct list_query *q, const struct list *l, const char *sort)
{
    const struct field *f = sort ? column_of(l, sort + (*sort == '-')) : NULL;

    if (!f || !(f->flags & FIELD_SORT)) {
        sort = l->order;
        f = column_of(l, sort + (*sort == '-'));
    }
    q->order = f->name;
    q->descending = *sort == '-';
    q->number = of_numbers(f);
}

static void
add_condition(struct list_query *q, const char *column, enum list_op op,
              const char *text, int64_t number)
{
    if (q->n < LIST_CONDITIONS_MAX) {
        q->conditions[q->n].column = column;
        q->conditions[q->n].op = op;
        q->conditions[q->n].text = text;
        q->conditions[q->n].number = number;
        q->n++;
    }
}

/* Both days are part of what is asked for. */
static void
add_days(struct request *rq, struct list_query *q, const struct field *f,
         const char *date, bool to)
{
    char next[11];
    int64_t day = 0;

    clock_parse_date(date, &day);
    day += to;
    if (f->type == FIELD_DATE) {
        clock_date(day, next);
        add_condition(q, f->name, to ? LIST_TO : LIST_FROM,
                      arena_strdup(rq->arena, next), 0);
    } else {
        add_condition(q, f->name, to ? LIST_TO : LIST_FROM, NULL,
                      text_day_start(rq->tenant->time_zone, day));
    }
}

/* The controls above a list: one for a text or a choice, two for days. A column
 * without a label is what another page narrows the list by: an id. */
static const struct field *
filter_fields(struct request *rq, const struct list *l)
{
    struct field *out = arena_alloc(rq->arena,
                                    (2 * COLUMNS_MAX + 1) * sizeof *out),
                 *p = out;
    const char *lang = rq->language;

    for (const struct field *f = l->fields; f->name; f++) {
        const char *label = f->label ? i18n(lang, f->label) : f->name;

        if (!(f->flags & FIELD_FILTER) || p - out + 2 > 2 * COLUMNS_MAX) {
            continue;
        }
        *p = (struct field){.name = f->name, .flags = FIELD_IN, .label = label};
        if (f->type == FIELD_ENUM) {
            p->type = FIELD_ENUM;
            p->choices = arena_printf(rq->arena, "|%s", f->choices);
        } else if (by_days(f)) {
            p->type = FIELD_DATE;
            p->name = arena_printf(rq->arena, "%s_from", f->name);
            p->label = i18n_fill(rq->arena, i18n(lang, N_("{what} from")),
                                 "what", label, NULL);
            p++;
            *p = (struct field){.type = FIELD_DATE, .flags = FIELD_IN};
            p->name = arena_printf(rq->arena, "%s_to", f->name);
            p->label = i18n_fill(rq->arena, i18n(lang, N_("{what} to")), "what",
                                 label, NULL);
        } else {
            p->type = FIELD_TEXT;
            p->max = 100;
        }
        p++;
    }
    return out;
}

static void
add_filters(struct request *rq, struct list_query *q, const struct list *l,
            const json_t *values)
{
    for (const struct field *f = l->fields; f->name; f++) {
        const char *from = arena_printf(rq->arena, "%s_from", f->name);
        const char *to = arena_printf(rq->arena, "%s_to", f->name);
        const char *text;

        if (!(f->flags & FIELD_FILTER)) {
            continue;
        }
        if ((text = row_text(values, f->name))) {
            add_condition(q, f->name,
                          f->type == FIELD_ENUM || !f->label ? LIST_IS
                                                             : LIST_HAS,
                          text, 0);
        }
        if ((text = row_text(values, from))) {
            add_days(rq, q, f, text, false);
        }
        if ((text = row_text(values, to))) {
            add_days(rq, q, f, text, true);
        }
    }
}

/* ---- cells ---- */

/* Has a currency, as an amount has, and may have more digits than one. */
static bool
is_price(const struct field *f, const json_t *row)
{
    return text_has_word("unit_price price setup_fee", f->name) &&
           row_text(row, "currency");
}

/* Stands at the right of its column. */
static bool
is_number(enum field_type type)
{
    return type == FIELD_MONEY || type == FIELD_INTEGER ||
           type == FIELD_DECIMAL || type == FIELD_PERCENT;
}

/* Empty where there is none. */
static const char *
cell_text(struct request *rq, const struct field *f, const json_t *row)
{
    const json_t *value = json_object_get(row, f->name);
    const char *text = json_string_value(value);
    struct arena *a = rq->arena;
    const char *lang = rq->language;

    if (is_number(f->type) && !json_is_integer(value)) {
        return "";
    }
    switch (f->type) {
    case FIELD_TIME:
        return json_integer_value(value) == 0
                   ? ""
                   : text_time(a, lang, json_integer_value(value),
                               rq->tenant->time_zone);
    case FIELD_DATE:
        return text && text[0] ? text_date(a, lang, text, false) : "";
    case FIELD_MONEY:
        return text_money(a, lang, json_integer_value(value),
                          row_text(row, "currency"));
    case FIELD_DECIMAL:
        return is_price(f, row)
                   ? text_price(a, lang, json_integer_value(value),
                                row_text(row, "currency"))
                   : text_decimal(a, lang, json_integer_value(value));
    case FIELD_PERCENT:
        return text_percent(a, lang, json_integer_value(value));
    case FIELD_BOOL:
        return office_word(rq, json_integer_value(value) ? "yes" : "no");
    case FIELD_INTEGER:
        return arena_printf(a, "%" JSON_INTEGER_FORMAT,
                            json_integer_value(value));
    case FIELD_ENUM:
        return text ? office_choice(rq, f, text) : "";
    case FIELD_LANGUAGE:
        return text && text[0] ? text_language(a, text) : "";
    default:
        return text ? text : "";
    }
}

/* The same for programs. */
static const char *
cell_plain(struct request *rq, const struct field *f, const json_t *row)
{
    const json_t *value = json_object_get(row, f->name);
    char time[21];

    switch (f->type) {
    case FIELD_TIME:
        if (json_integer_value(value) == 0) {
            return "";
        }
        pf_time_format(json_integer_value(value), time);
        return arena_strdup(rq->arena, time);
    case FIELD_MONEY:
        return text_amount(rq->arena, json_integer_value(value),
                           row_text(row, "currency"));
    case FIELD_DECIMAL:
        return text_scaled(rq->arena, json_integer_value(value), 6);
    case FIELD_PERCENT:
        return text_scaled(rq->arena, json_integer_value(value), 2);
    case FIELD_BOOL:
    case FIELD_INTEGER:
        return arena_printf(rq->arena, "%" JSON_INTEGER_FORMAT,
                            json_integer_value(value));
    default:
        return json_is_string(value) ? json_string_value(value) : "";
    }
}

/* "/admin/customers/{number}" with the row's number in it. */
static const char *
row_url(struct request *rq, const char *link, const json_t *row)
{
    const char *open = strchr(link, '{'), *close = open ? strchr(open, '}') : 0;
    const char *value;

    if (!close) {
        return NULL;
    }
    value = row_text(
        row, arena_strndup(rq->arena, open + 1, (size_t)(close - open - 1)));
    return arena_printf(rq->arena, "%s%.*s%s%s", rq->prefix, (int)(open - link),
                        link, form_escape(rq->arena, value ? value : ""),
                        close + 1);
}

/* Whether a word of it is so long that a table would grow with it. */
static bool
has_long_word(const char *text)
{
    for (size_t len; *text; text += len + (text[len] == ' ')) {
        len = strcspn(text, " ");
        if (len > WORD_LONG) {
            return true;
        }
    }
    return false;
}

/* One word, short enough to stand in one line; numbers do so anyway. */
static bool
is_word(const struct field *f, const char *text)
{
    return !is_number(f->type) && text[strcspn(text, " ")] == '\0' &&
           strlen(text) <= WORD_LONG;
}

static json_t *
row_model(struct request *rq, const struct list *l, const json_t *row)
{
    json_t *cells = json_array(), *model;
    const char *text;
    bool first = true;

    for (const struct field *f = l->fields; f->name; f++) {
        json_t *cell;

        if (!(f->flags & FIELD_OUT)) {
            continue;
        }
        text = cell_text(rq, f, row);
        cell = json_pack("{s:s, s:s, s:b, s:b, s:b, s:b}", "text", text,
                         "label", i18n(rq->language, f->label), "first", first,
                         "number", is_number(f->type), "is_long",
                         has_long_word(text), "is_word", is_word(f, text));
        model_text(cell, "url", first ? row_url(rq, l->link, row) : NULL);
        json_array_append_new(cells, cell);
        first = false;
    }
    model = json_pack("{s:o}", "cells", cells);
    model_text(model, "key", row_text(row, l->key));
    return model;
}

static json_t *
row_models(struct request *rq, const struct list *l, const json_t *rows,
           size_t n)
{
    json_t *models = json_array();

    for (size_t i = 0; i < n && i < json_array_size(rows); i++) {
        json_array_append_new(models,
                              row_model(rq, l, json_array_get(rows, i)));
    }
    return models;
}

/* ---- addresses: everything that a list shows stands in its own ---- */

static bool
named(const char *name, const char *const *names)
{
    for (; *names; names++) {
        if (strcmp(name, *names) == 0) {
            return true;
        }
    }
    return false;
}

/* This list with the arguments as they are, but for `without`, and with more.
 */
static const char *
list_url(struct request *rq, const char *const *without, const char *more)
{
    const char *name,
        *url = arena_printf(rq->arena, "%s%s?%s", rq->prefix, rq->path, more);
    json_t *value;

    json_object_foreach(rq->arguments, name, value)
    {
        const char *text = json_string_value(value);

        if (text[0] && !named(name, without)) {
            url = arena_printf(
                rq->arena, "%s%s%s=%s", url, strchr(url, '?')[1] ? "&" : "",
                form_escape(rq->arena, name), form_escape(rq->arena, text));
        }
    }
    return url;
}

static const char *const paging[] = {"at", "at_key", "format", "language",
                                     NULL};
static const char *const sorting[] = {"at",       "at_key", "format",
                                      "language", "sort",   NULL};

/* As a part of another page it cannot be sorted. */
static json_t *
column_model(struct request *rq, const struct list *l, const struct field *f,
             const struct list_query *q)
{
    bool here = strcmp(q->order, f->name) == 0;
    bool up = here && !q->descending;
    json_t *column =
        json_pack("{s:s, s:b, s:b, s:b}", "label", i18n(rq->language, f->label),
                  "ascending", up, "descending", here && q->descending,
                  "number", is_number(f->type));

    model_text(column, "sort_url",
               f->flags & FIELD_SORT && strcmp(rq->path, l->path) == 0
                   ? list_url(rq, sorting,
                              arena_printf(rq->arena, "sort=%s%s",
                                           up ? "-" : "", f->name))
                   : NULL);
    return column;
}

static json_t *
column_models(struct request *rq, const struct list *l,
              const struct list_query *q)
{
    json_t *columns = json_array();

    for (const struct field *f = l->fields; f->name; f++) {
        if (f->flags & FIELD_OUT) {
            json_array_append_new(columns, column_model(rq, l, f, q));
        }
    }
    return columns;
}

/* Goes on after a row. */
static void
go_on(struct request *rq, struct list_query *q, const json_t *row)
{
    const json_t *at = json_object_get(row, q->order);

    q->at = json_is_integer(at)
                ? arena_printf(rq->arena, "%" JSON_INTEGER_FORMAT,
                               json_integer_value(at))
                : json_string_value(at);
    q->at_key = row_text(row, q->key);
}

static const char *
next_url(struct request *rq, const struct list_query *q, const json_t *last)
{
    struct list_query next = *q;

    go_on(rq, &next, last);
    return list_url(rq, paging,
                    arena_printf(rq->arena, "at=%s&at_key=%s",
                                 form_escape(rq->arena, next.at),
                                 form_escape(rq->arena, next.at_key)));
}

/* ---- the page ---- */

static enum db_result
fetch(struct request *rq, const struct list *l, const struct list_query *q,
      json_t **rows)
{
    enum db_result r =
        l->rows(rq->db, rq->arena, q, rq->tenant->id, rq->tenant->pool, rows);

    if (r == DB_OK && l->own) {
        l->own->prepare(rq, *rows);
    }
    return r;
}

/* No filter has to be set; the empty choice is all of them. Ids are carried
 * along, and not typed. */
static void
finish_filters(struct request *rq, const struct list *l, json_t *controls)
{
    json_t *control;
    size_t i;

    json_array_foreach(controls, i, control)
    {
        json_t *choice = json_array_get(json_object_get(control, "choices"), 0);
        const struct field *f = column_of(l, row_text(control, "name"));

        if (choice) {
            model_text(choice, "label", i18n(rq->language, "all"));
        }
        json_object_set_new(control, "is_plain", json_true());
        json_object_set_new(control, "is_hidden", json_boolean(f && !f->label));
    }
}

void
office_set_empty(struct request *rq, json_t *model, const struct list *l,
                 bool narrowed)
{
    model_text(model, "empty", i18n(rq->language, l->empty));
    model_text(model, "then", i18n(rq->language, l->then));
    model_text(model, "clear_url",
               narrowed ? arena_printf(rq->arena, "%s%s", rq->prefix, l->path)
                        : NULL);
}

static json_t *
page_model(struct request *rq, const struct list *l, const struct list_query *q,
           const struct field *filters, const json_t *rows)
{
    size_t n = json_array_size(rows), shown = n < PAGE_ROWS ? n : PAGE_ROWS;
    json_t *controls = field_controls(rq->arena, filters, rq->arguments,
                                      &rq->errors, i18n, rq->language);
    json_t *model = json_pack(
        "{s:s, s:b, s:b, s:s+}", "title", i18n(rq->language, l->title),
        "has_errors", rq->errors.n > 0, "is_filtered", q->n > 0 || rq->errors.n,
        "action", rq->prefix, rq->path);

    finish_filters(rq, l, controls);
    model_list(model, "columns", column_models(rq, l, q));
    model_list(model, "rows", row_models(rq, l, rows, shown));
    office_set_empty(rq, model, l, q->n > 0);
    model_list(model, "controls", json_incref(controls));
    model_text(model, "form_error", NULL);
    model_text(model, "sort", request_argument(rq, "sort"));
    model_text(model, "csv_url", list_url(rq, paging, "format=csv"));
    model_text(model, "first_url", q->at_key ? list_url(rq, paging, "") : NULL);
    model_text(model, "next_url",
               n > PAGE_ROWS
                   ? next_url(rq, q, json_array_get(rows, PAGE_ROWS - 1))
                   : NULL);
    model_text(model, "new_url",
               l->action && office_may(rq, l->action_right)
                   ? arena_printf(rq->arena, "%s%s", rq->prefix, l->action)
                   : NULL);
    model_text(model, "new_label",
               l->action ? i18n(rq->language, l->action_label) : NULL);
    return model;
}

static void
show_page(struct request *rq, struct response *rs, const struct list *l,
          struct list_query *q, const struct field *filters)
{
    json_t *rows;
    enum db_result r;

    q->limit = PAGE_ROWS + 1;
    r = fetch(rq, l, q, &rows);
    if (r != DB_OK) {
        office_refuse(rs, r);
        return;
    }
    response_page(
        rs, "office_list",
        json_in_arena(rq->arena, page_model(rq, l, q, filters, rows)));
    rs->status = rq->errors.n > 0 ? 422 : 200;
}

/* ---- CSV ---- */

void
office_csv(struct request *rq, const struct list *l, const json_t *row,
           struct buf *out)
{
    bool first = true;

    for (const struct field *f = l->own ? l->own->csv : l->fields; f->name;
         f++) {
        if (f->flags & (FIELD_OUT | FIELD_CSV)) {
            csv_field(out, first, row ? cell_plain(rq, f, row) : f->name);
            first = false;
        }
        if (f->type == FIELD_MONEY) {
            csv_field(out, false, row ? row_text(row, "currency") : "currency");
        }
    }
    csv_end(out);
}

/* ---- what the address asks for ---- */

/* Returns the controls above the list. */
static const struct field *
take_query(struct request *rq, const struct list *l, struct list_query *q)
{
    const struct field *filters = filter_fields(rq, l);
    const json_t *values =
        field_parse(rq->arena, filters, rq->arguments, FIELD_FORM, &rq->errors);

    *q = (struct list_query){.key = l->key,
                             .at = request_argument(rq, "at"),
                             .at_key = request_argument(rq, "at_key")};
    if (!q->at) {
        q->at_key = NULL;
    }
    set_order(q, l, request_argument(rq, "sort"));
    add_filters(rq, q, l, values);
    return filters;
}

enum db_result
office_list_part(struct request *rq, const struct list *l,
                 struct list_part *part)
{
    struct list_query q;
    enum db_result r;

    if (l->own) {
        return l->own->part(rq, l, part);
    }
    take_query(rq, l, &q);
    if (part->as_made) {
        q.order = l->key;
        q.descending = q.number = false;
    }
    q.limit = part->limit + 1;
    r = fetch(rq, l, &q, &part->rows);
    part->next =
        r == DB_OK && json_array_size(part->rows) > (size_t)part->limit;
    if (part->next) {
        json_array_remove(part->rows, (size_t)part->limit);
        go_on(rq, &q, json_array_get(part->rows, (size_t)part->limit - 1));
        part->at = q.at;
        part->at_key = q.at_key;
    }
    return r;
}

void
office_list_go_on(json_t *arguments, const struct list_part *part)
{
    if (part->next) {
        json_object_set_new(arguments, "at", json_string(part->at));
        json_object_set_new(arguments, "at_key", json_string(part->at_key));
    }
}

void
office_list_page(struct request *rq, struct response *rs)
{
    const struct list *l = office_list(rq->path);
    const char *format = request_argument(rq, "format");
    const struct field *filters;
    struct list_query q;

    if (!l) {
        response_error(rs, ERR_not_found);
        return;
    }
    filters = take_query(rq, l, &q);
    if (format && strcmp(format, "csv") == 0 && rq->errors.n == 0) {
        office_list_csv(rq, rs, l);
    } else {
        show_page(rq, rs, l, &q, filters);
    }
}

/* ---- parts of other pages ---- */

/* The columns but for one that is the same in all rows, where a list says by
 * two whose they are: lists of contacts keep theirs. */
static const struct field *
fields_without(struct request *rq, const struct list *l, const char *column)
{
    bool customer = strcmp(column, "customer") == 0;
    struct field *out = arena_alloc(rq->arena, (COLUMNS_MAX + 1) * sizeof *out);
    size_t n = 0;

    if (!column_of(l, "customer_name")) {
        return l->fields;
    }
    for (const struct field *f = l->fields; f->name && n < COLUMNS_MAX; f++) {
        if (strcmp(f->name, column) != 0 &&
            !(customer && strcmp(f->name, "customer_name") == 0)) {
            out[n++] = *f;
        }
    }
    return out;
}

json_t *
office_table_part(struct request *rq, const struct office_part *part)
{
    const struct list *l = office_list(part->path);
    struct list_query q = {.key = l->key, .limit = part->limit + 1};
    const char *all;
    json_t *rows, *model;

    set_order(&q, l, NULL);
    add_condition(&q, part->column, LIST_IS, part->value, 0);
    if (part->and) {
        add_condition(&q, part->and, LIST_IS, part->is, 0);
    }
    if (fetch(rq, l, &q, &rows) != DB_OK) {
        return NULL;
    }
    model = office_table_of(rq, l->path, part->column, rows, part->limit);
    if (part->title) {
        model_text(model, "title", i18n(rq->language, part->title));
    }
    all = arena_printf(rq->arena, "%s%s?%s=%s%s%s%s%s", rq->prefix, l->path,
                       part->column, form_escape(rq->arena, part->value),
                       part->and ? "&" : "", part->and ? part->and : "",
                       part->and ? "=" : "", part->and ? part->is : "");
    model_text(model, "all_url",
               json_array_size(rows) > (size_t)part->limit ? all : NULL);
    return model;
}

json_t *
office_table(struct request *rq, const char *path, const char *column,
             const char *value, int limit)
{
    struct office_part part = {
        .path = path, .column = column, .value = value, .limit = limit};

    return office_table_part(rq, &part);
}

json_t *
office_table_of(struct request *rq, const char *path, const char *same,
                const json_t *rows, int limit)
{
    struct list part = *office_list(path);

    if (same) {
        part.fields = fields_without(rq, &part, same);
    }
    return office_table_like(rq, &part, rows, limit);
}

json_t *
office_table_like(struct request *rq, const struct list *l, const json_t *rows,
                  int limit)
{
    struct list_query q = {.key = l->key};
    json_t *model =
        json_pack("{s:s, s:n, s:n, s:n}", "title", i18n(rq->language, l->title),
                  "all_url", "then", "clear_url");

    set_order(&q, l, NULL);
    model_list(model, "columns", column_models(rq, l, &q));
    model_list(model, "rows", row_models(rq, l, rows, (size_t)limit));
    model_text(model, "empty", l->empty ? i18n(rq->language, l->empty) : NULL);
    return model;
}

json_t *
office_facts(struct request *rq, const struct field *fields, const json_t *row)
{
    json_t *facts = json_array();

    for (const struct field *f = fields; f->name; f++) {
        const char *text = f->flags & FIELD_OUT ? cell_text(rq, f, row) : "";

        if (text[0]) {
            json_array_append_new(facts, json_pack("{s:s, s:s}", "label",
                                                   i18n(rq->language, f->label),
                                                   "text", text));
        }
    }
    return facts;
}
