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

json_t *
contract_shown(struct arena *a, const json_t *row, const json_t *items)
{
    json_t *shown = json_in_arena(a, json_copy((json_t *)row));

    json_object_set(shown, "customer", json_object_get(row, "customer_number"));
    json_object_set(shown, "start", json_object_get(row, "start_date"));
    json_object_set(shown, "end", json_object_get(row, "end_date"));
    json_object_set_new(shown, "recurrence",
                        json_pack("{s:I, s:s}", "every",
                                  (json_int_t)row_int(row, "every"), "unit",
                                  row_text(row, "unit")));
    json_object_set_new(shown, "term", span(row, "term", "term_unit"));
    json_object_set_new(shown, "renewal", span(row, "renewal", "renewal_unit"));
    json_object_set_new(shown, "notice", span(row, "notice", "notice_unit"));
    json_object_set(shown, "items", (json_t *)items);
    return shown;
}
