#include "contract/contract.h"

#include <string.h>

#include "base/json.h"
#include "base/money.h"

int64_t
contract_line_net(int64_t quantity, int64_t unit_price, const char *currency)
{
    return money_net(quantity, unit_price, currency);
}

bool
contract_item_holds(const json_t *item, const char *day)
{
    const char *since = row_text(item, "since"),
               *until = row_text(item, "until");

    return !(since && since[0] && strcmp(day, since) < 0) &&
           !(until && until[0] && strcmp(day, until) >= 0);
}

json_t *
contract_items_on(struct arena *a, const json_t *row, const json_t *items,
                  const char *day)
{
    struct contract_terms t = contract_terms_of(row);
    json_t *held = json_in_arena(a, json_array()), *item;
    char begin[11];
    size_t i;

    contract_period_begin(&t, day, begin);
    json_array_foreach(items, i, item)
    {
        if (contract_item_holds(item, begin)) {
            json_array_append(held, item);
        }
    }
    return held;
}

int64_t
contract_price(const json_t *row, const json_t *items, const char *day)
{
    struct contract_terms t = contract_terms_of(row);
    const char *currency = row_text(row, "currency");
    char begin[11];
    int64_t sum = 0;
    json_t *item;
    size_t i;

    contract_period_begin(&t, day, begin);
    json_array_foreach(items, i, item)
    {
        sum += contract_item_holds(item, begin)
                   ? contract_line_net(row_int(item, "quantity"),
                                       row_int(item, "unit_price"), currency)
                   : 0;
    }
    return sum;
}

/* ---- as others see it ---- */

/* {count, unit}; null: there is none. */
static json_t *
span(const json_t *row, const char *count, const char *unit)
{
    int64_t n = row_int(row, count);

    return n ? json_pack("{s:I, s:s}", "count", (json_int_t)n, "unit",
                         row_text(row, unit))
             : json_null();
}

static json_t *
recurrence(const json_t *row, const char *every, const char *unit)
{
    return json_pack("{s:I, s:s}", "every", (json_int_t)row_int(row, every),
                     "unit", row_text(row, unit));
}

/* null: it stays as it is. */
static json_t *
change(const json_t *row)
{
    const char *day = row_text(row, "changes_on");

    return day ? json_pack(
                     "{s:s, s:s, s:s, s:o, s:b, s:o, s:o, s:o}", "on", day,
                     "name", row_text(row, "then_name"), "plan",
                     row_text(row, "then_plan"), "recurrence",
                     recurrence(row, "then_every", "then_unit"), "in_advance",
                     (int)row_int(row, "then_in_advance"), "term",
                     span(row, "then_term", "then_term_unit"), "renewal",
                     span(row, "then_renewal", "then_renewal_unit"), "notice",
                     span(row, "then_notice", "then_notice_unit"))
               : json_null();
}

json_t *
contract_row_on(struct arena *a, const json_t *row, const char *day)
{
    static const char *const columns[] = {
        "plan",      "every",   "unit",         "in_advance", "term",
        "term_unit", "renewal", "renewal_unit", "notice",     "notice_unit"};
    json_t *now = json_in_arena(a, json_copy((json_t *)row));
    const char *changes = row_text(row, "changes_on");

    for (size_t i = 0; changes && strcmp(day, changes) >= 0 &&
                       i < sizeof columns / sizeof *columns;
         i++) {
        json_object_set(
            now, columns[i],
            json_object_get(row, arena_printf(a, "then_%s", columns[i])));
    }
    return now;
}

json_t *
contract_shown(struct arena *a, const json_t *row, const json_t *items)
{
    json_t *shown = json_in_arena(a, json_copy((json_t *)row));

    json_object_set(shown, "customer", json_object_get(row, "customer_number"));
    json_object_set(shown, "start", json_object_get(row, "start_date"));
    json_object_set(shown, "end", json_object_get(row, "end_date"));
    json_object_set_new(shown, "recurrence", recurrence(row, "every", "unit"));
    json_object_set_new(shown, "term", span(row, "term", "term_unit"));
    json_object_set_new(shown, "renewal", span(row, "renewal", "renewal_unit"));
    json_object_set_new(shown, "notice", span(row, "notice", "notice_unit"));
    json_object_set_new(shown, "change", change(row));
    json_object_set(shown, "items", (json_t *)items);
    return shown;
}
