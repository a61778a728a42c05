/* What was sent as a contract. */
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "contract/contract.h"
#include "customer/customer.h"
#include "tenant/tenant.h"

/* Ten billions, in cents: sums over all that a contract may ever bill fit. */
enum { YEAR_MIN = 1900, YEAR_MAX = 2999 };
static const int64_t price_max = 1000000000000;

/* A text that was sent, or that the row has in `column`, or neither. */
static const char *
text_of(const struct contract_sent *s, const char *name, const char *column,
        const char *otherwise)
{
    const json_t *value = json_object_get(s->input, name);
    const char *old = s->before ? row_text(s->before, column) : NULL;

    if (value) {
        return json_is_string(value) ? json_string_value(value) : otherwise;
    }
    return old ? old : otherwise;
}

/* A count with its unit, {"count": 12, "unit": "month"}; null takes it away. */
struct counted {
    int count;
    const char *unit;
};

static struct counted
span_of(const struct contract_sent *s, const char *name, const char *count,
        const char *unit)
{
    const json_t *value = json_object_get(s->input, name);
    const json_t *n = json_object_get(value, "count"),
                 *u = json_object_get(value, "unit");

    if (value) {
        return (struct counted){(int)json_integer_value(n),
                                u ? json_string_value(u) : "month"};
    }
    return s->before ? (struct counted){(int)row_int(s->before, count),
                                        row_text(s->before, unit)}
                     : (struct counted){0, "month"};
}

static void
take_rhythm(const struct contract_sent *s, struct contract_new *new)
{
    const json_t *value = json_object_get(s->input, "recurrence");
    const json_t *unit = json_object_get(value, "unit");
    const json_t *advance = json_object_get(s->input, "in_advance");

    new->every = value
                     ? (int)json_integer_value(json_object_get(value, "every"))
                 : s->before ? (int)row_int(s->before, "every")
                             : 0;
    new->unit = unit        ? json_string_value(unit)
                : s->before ? row_text(s->before, "unit")
                            : "month";
    new->in_advance = advance ? json_is_true(advance)
                              : !s->before || row_int(s->before, "in_advance");
}

static void
take_terms(const struct contract_sent *s, struct contract_new *new)
{
    struct counted term = span_of(s, "term", "term", "term_unit");
    struct counted renewal = span_of(s, "renewal", "renewal", "renewal_unit");
    struct counted notice = span_of(s, "notice", "notice", "notice_unit");

    new->term = term.count;
    new->term_unit = term.unit;
    new->renewal = renewal.count;
    new->renewal_unit = renewal.unit;
    new->notice = notice.count;
    new->notice_unit = notice.unit;
}

/* What it becomes is agreed with its order; no call changes that. */
static void
take_change(const struct contract_sent *s, struct contract_new *new)
{
    if (s->before) {
        new->changes_on = row_text(s->before, "changes_on");
        new->then_name = row_text(s->before, "then_name");
        new->then_plan = row_text(s->before, "then_plan");
        new->then = contract_then_of(s->before);
    }
}

/* Rows of items as they stand have the same names as what is sent. */
static void
take_items(const struct contract_sent *s, struct contract_new *new)
{
    const json_t *list = json_object_get(s->input, "items");
    const json_t *from = list ? list : s->items;
    size_t n = json_array_size(from);
    struct contract_item_new *items =
        arena_alloc(s->arena, (n + 1) * sizeof *items);
    json_t *item;
    size_t i;

    json_array_foreach(from, i, item)
    {
        items[i] = (struct contract_item_new){
            row_text(item, "description"), row_int(item, "quantity"),
            row_int(item, "unit_price"),   (int)row_int(item, "vat_rate"),
            row_text(item, "since"),       row_text(item, "until")};
    }
    new->items = items;
    new->n_items = n;
}

/* One that ends before it begins is never billed. */
static void
check_items(const struct contract_sent *s, const struct contract_new *new)
{
    for (size_t i = 0; i < new->n_items; i++) {
        const struct contract_item_new *item = &new->items[i];

        if (item->since && item->since[0] && item->until && item->until[0] &&
            strcmp(item->since, item->until) >= 0) {
            field_fail(s->errors, arena_printf(s->arena, "items/%zu/until", i),
                       ERR_value_misfit, 0);
        }
    }
}

static void
take_due_days(const struct contract_sent *s, struct contract_new *new)
{
    const json_t *value = json_object_get(s->input, "due_days"), *old = NULL;

    if (s->before) {
        old = json_object_get(s->before, "due_days");
    }
    value = value ? value : old;
    new->due_days =
        json_is_integer(value) ? (int)json_integer_value(value) : -1;
}

/* ---- rules ---- */

static enum db_result
take_customer(struct db *db, const struct contract_sent *s,
              struct contract_new *new)
{
    const char *number = row_text(s->input, "customer");
    json_t *row;
    enum db_result r;

    if (s->before || !number) {
        new->customer = s->before ? row_text(s->before, "customer") : "";
        return DB_OK;
    }
    r = customer_by_number(db, s->arena, s->tenant->id, number, &row);
    if (r == DB_OK) {
        new->customer = row_text(row, "id");
    } else if (r == DB_NONE) {
        field_fail(s->errors, "customer", ERR_unknown_customer, 0);
        r = DB_OK;
    }
    return r;
}

static int64_t
price_of(const struct contract_new *new)
{
    int64_t sum = 0;

    for (size_t i = 0; i < new->n_items; i++) {
        sum += contract_line_net(new->items[i].quantity,
                                 new->items[i].unit_price, new->currency);
    }
    return sum;
}

/* Stands in an address, a file name and a form; "new" is a page. */
static bool
reference_ok(const char *ref)
{
    return ref[strspn(ref, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                           "abcdefghijklmnopqrstuvwxyz0123456789.-")] == '\0' &&
           field_name_ok(ref) && strcmp(ref, "new") != 0;
}

/* What each value says by itself. */
static void
check_values(const struct contract_sent *s, const struct contract_new *new)
{
    int64_t price = price_of(new);

    if (new->ref && !reference_ok(new->ref)) {
        field_fail(s->errors, "ref", ERR_value_reference, 0);
    }
    if (!text_currency_ok(new->currency)) {
        field_fail(s->errors, "currency", ERR_value_currency, 0);
    } else if (price > price_max || price < -price_max) {
        field_fail_word(s->errors, "items", ERR_value_range, 0,
                        text_amount(s->arena, price_max, new->currency));
    }
}

static struct contract_terms
terms_of(const struct contract_new *n, const char *end)
{
    return (struct contract_terms){
        .start = n->start_date,
        .end = end,
        .every = n->every,
        .unit = n->unit,
        .in_advance = n->in_advance,
        .term = n->term,
        .term_unit = n->term_unit,
        .renewal = n->renewal,
        .renewal_unit = n->renewal_unit,
        .notice = n->notice,
        .notice_unit = n->notice_unit,
        .changes = n->changes_on,
        .then = n->then,
    };
}

static bool
year_ok(const char *date)
{
    int year = 0;

    for (int i = 0; i < 4; i++) {
        year = year * 10 + (date[i] - '0');
    }
    return year >= YEAR_MIN && year <= YEAR_MAX;
}

/* The day of the change stands in items and in what was billed, and the first
 * term is what leads to it. */
static void
check_change(const struct contract_sent *s, const struct contract_new *new)
{
    char first[11];

    if (new->changes_on &&
        (new->renewal > 0 || new->term == 0 ||
         !span_date(new->start_date, 1, new->term, new->term_unit, first) ||
         strcmp(first, new->changes_on) != 0)) {
        field_fail(s->errors, "term", ERR_term_changes, 0);
    }
}

/* Dates of far centuries are mistakes, and later ones would not be dates. */
static void
check_dates(const struct contract_sent *s, struct contract_new *new)
{
    struct contract_terms t = terms_of(new, NULL);
    char *end = arena_alloc(s->arena, 11), billed[11] = "";

    if (!year_ok(new->start_date)) {
        field_fail(s->errors, "start", ERR_value_date, 0);
        return;
    }
    if (new->renewal > 0 && new->term == 0) {
        field_fail(s->errors, "term", ERR_renewal_alone, 0);
        return;
    }
    if (!contract_own_end(&t, end)) {
        return;
    }
    new->end_date = end;
    if (s->before) {
        contract_billed_until(s->before, billed);
    }
    if (strcmp(end, billed) < 0) {
        field_fail(s->errors, "term", ERR_term_billed, 0);
    }
}

/* What cannot change any more: after the first billing when and what for a
 * period is, after the draft the currency, in which services are recorded. */
static void
check_fixed(const struct contract_sent *s, const struct contract_new *new)
{
    const json_t *row = s->before;
    char billed[11];

    if (strcmp(row_text(row, "status"), "draft") != 0 &&
        strcmp(row_text(row, "currency"), new->currency) != 0) {
        field_fail(s->errors, "currency", ERR_fixed_active, 0);
    }
    if (!contract_billed_until(row, billed)[0]) {
        return;
    }
    if (strcmp(row_text(row, "start_date"), new->start_date) != 0) {
        field_fail(s->errors, "start", ERR_fixed_billed, 0);
    }
    if (row_int(row, "every") != new->every ||
        strcmp(row_text(row, "unit"), new->unit) != 0) {
        field_fail(s->errors, "recurrence", ERR_fixed_billed, 0);
    }
    if ((row_int(row, "in_advance") != 0) != new->in_advance) {
        field_fail(s->errors, "in_advance", ERR_fixed_billed, 0);
    }
}

/* One that was cancelled keeps its end, which must not lie before its start. */
static void
check_end(const struct contract_sent *s, struct contract_new *new)
{
    if (strcmp(row_text(s->before, "status"), "cancelled") != 0) {
        return;
    }
    new->end_date = row_text(s->before, "end_date");
    if (strcmp(new->end_date, new->start_date) < 0) {
        field_fail(s->errors, "start", ERR_end_early, 0);
    }
}

enum db_result
contract_take(struct db *db, const struct contract_sent *s,
              struct contract_new *new)
{
    enum db_result r;

    *new = (struct contract_new){
        .ref = s->before ? NULL : row_text(s->input, "ref"),
        .status = text_of(s, "status", "status", "active"),
        .name = text_of(s, "name", "name", ""),
        .currency = text_of(s, "currency", "currency", ""),
        .plan = text_of(s, "plan", "plan", ""),
        .delivery_mode = text_of(s, "delivery_mode", "delivery_mode", "email"),
        .start_date = text_of(s, "start", "start_date", "")};
    take_rhythm(s, new);
    take_terms(s, new);
    take_change(s, new);
    take_due_days(s, new);
    take_items(s, new);
    r = take_customer(db, s, new);
    if (r == DB_OK && s->errors->n == 0) {
        check_items(s, new);
        check_values(s, new);
        check_change(s, new);
        check_dates(s, new);
    }
    if (r == DB_OK && s->before && s->errors->n == 0) {
        check_fixed(s, new);
        check_end(s, new);
    }
    return r == DB_OK && s->errors->n > 0 ? DB_CHECK : r;
}
