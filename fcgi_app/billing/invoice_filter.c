/* What people may ask of the list of invoices, and in which order. */
#include <string.h>

#include "billing/invoice_query.h"

/* clang-format off */
/* The amounts are those of the API, or as people write them. */
#define STATUS_ROW \
    {.name = "status", \
     .type = FIELD_ENUM, \
     .flags = FIELD_IN, \
     .choices = "open|overdue|paid|cancelled", \
     .said = "cancelled=void", \
     .label = N_("Status")}
#define DELIVERY_ROW \
    {.name = "delivery_mode", \
     .type = FIELD_ENUM, \
     .flags = FIELD_IN, \
     .choices = "email|none|post", \
     .label = N_("Delivery")}
#define TYPE_ROW \
    {.name = "type", \
     .type = FIELD_ENUM, \
     .flags = FIELD_IN, \
     .choices = "invoice|credit_note|correction", \
     .label = N_("Kind")}
#define PERIOD_ROWS \
    {.name = "from", \
     .type = FIELD_DATE, \
     .flags = FIELD_IN, \
     .label = N_("First day")}, \
    {.name = "to", \
     .type = FIELD_DATE, \
     .flags = FIELD_IN, \
     .label = N_("Last day")}
#define CONTRACT_ROW \
    {.name = "contract", \
     .type = FIELD_TEXT, \
     .flags = FIELD_IN, \
     .max = 64, \
     .label = N_("Reference of the contract")}
#define QUERY_ROWS(amount) \
    STATUS_ROW, \
    DELIVERY_ROW, \
    {.name = "dispatch", \
     .type = FIELD_ENUM, \
     .flags = FIELD_IN, \
     .choices = "none|waiting|sent|failed|suppressed", \
     .label = N_("Dispatch")}, \
    TYPE_ROW, \
    PERIOD_ROWS, \
    {.name = "customer", \
     .type = FIELD_TEXT, \
     .flags = FIELD_IN, \
     .max = 64, \
     .label = N_("Customer number")}, \
    CONTRACT_ROW, \
    {.name = "amount_from", \
     .type = (amount), \
     .flags = FIELD_IN, \
     .label = N_("Amount of at least")}, \
    {.name = "amount_to", \
     .type = (amount), \
     .flags = FIELD_IN, \
     .label = N_("Amount of at most")}, \
    {.name = "run", \
     .type = FIELD_TEXT, \
     .flags = FIELD_IN, \
     .max = 64, \
     .label = N_("Invoice run")}, \
    {.name = "text", \
     .type = FIELD_TEXT, \
     .flags = FIELD_IN, \
     .max = 100, \
     .label = N_("Number, customer or contract that begins with")}
#define SORT_ROW \
    {.name = "sort", \
     .type = FIELD_ENUM, \
     .flags = FIELD_IN, \
     .choices = "date|-date|number|-number|due|-due|gross|-gross", \
     .label = N_("Order; with a minus downwards")}
/* clang-format on */

const struct field invoice_query_fields[] = {
    QUERY_ROWS(FIELD_INTEGER),
    SORT_ROW,
    LIST_FIELDS,
    FIELD_END,
};

const struct field invoice_filter_fields[] = {
    QUERY_ROWS(FIELD_MONEY),
    FIELD_END,
};

const struct field invoice_portal_fields[] = {
    STATUS_ROW, DELIVERY_ROW, TYPE_ROW, PERIOD_ROWS, CONTRACT_ROW, FIELD_END,
};

/* ---- orders ---- */

static const char *const sort_names[] = {[INVOICES_AS_FITS] = "",
                                         [INVOICES_BY_DATE] = "date",
                                         [INVOICES_BY_NUMBER] = "number",
                                         [INVOICES_BY_DUE] = "due",
                                         [INVOICES_BY_GROSS] = "gross"};

const char *
invoice_sort_name(enum invoice_sort sort)
{
    return sort_names[sort];
}

enum invoice_sort
invoice_sort_named(const char *name)
{
    for (size_t i = 1; i < sizeof sort_names / sizeof *sort_names; i++) {
        if (strcmp(sort_names[i], name) == 0) {
            return (enum invoice_sort)i;
        }
    }
    return INVOICES_AS_FITS;
}

static bool
is(const char *value, const char *word)
{
    return value && strcmp(value, word) == 0;
}

/* The only order of what a filter leaves; INVOICES_AS_FITS: there are more. */
static enum invoice_sort
only_order(const struct invoice_filter *f)
{
    if (f->text || f->contract || f->contract_id || f->customer ||
        f->customer_id) {
        return INVOICES_BY_DATE;
    }
    return f->run                     ? INVOICES_BY_NUMBER
           : is(f->status, "overdue") ? INVOICES_BY_DUE
           : f->has_min || f->has_max ? INVOICES_BY_GROSS
                                      : INVOICES_AS_FITS;
}

bool
invoice_order_fits(const struct invoice_filter *f, enum invoice_sort sort)
{
    enum invoice_sort only = only_order(f);

    if (only != INVOICES_AS_FITS) {
        return sort == only;
    }
    return sort != INVOICES_BY_DUE || is(f->status, "open");
}

void
invoice_order(struct invoice_filter *f)
{
    enum invoice_sort only = only_order(f);

    f->sort = only == INVOICES_AS_FITS ? INVOICES_BY_DATE : only;
    f->descending = f->sort != INVOICES_BY_DUE && f->sort != INVOICES_BY_NUMBER;
}

/* ---- what was asked ---- */

/* Minor units of the API, or what somebody wrote, with two digits after the
 * point: the list has all currencies. */
static bool
take_amount(const json_t *input, const char *name, struct field_errors *errors,
            int64_t *amount)
{
    const json_t *value = json_object_get(input, name);

    if (!value) {
        return false;
    }
    if (json_is_integer(value)) {
        *amount = json_integer_value(value);
    } else if (!field_money(value, "EUR", amount)) {
        field_fail(errors, name, ERR_value_decimal, 0);
        return false;
    }
    return true;
}

static bool
take_order(const char *asked, struct field_errors *errors,
           struct invoice_filter *f)
{
    invoice_order(f);
    if (!asked) {
        return true;
    }
    f->descending = *asked == '-';
    f->sort = invoice_sort_named(asked + f->descending);
    if (invoice_order_fits(f, f->sort)) {
        return true;
    }
    field_fail(errors, "sort", ERR_value_order, 0);
    invoice_order(f);
    return false;
}

bool
invoice_filter_take(struct arena *a, const json_t *input,
                    const struct tenant *tenant, struct field_errors *errors,
                    struct invoice_filter *f)
{
    *f = (struct invoice_filter){.delivery_mode =
                                     row_text(input, "delivery_mode"),
                                 .dispatch = row_text(input, "dispatch"),
                                 .status = row_text(input, "status"),
                                 .type = row_text(input, "type"),
                                 .from = row_text(input, "from"),
                                 .to = row_text(input, "to"),
                                 .contract = row_text(input, "contract"),
                                 .contract_id = f->contract_id,
                                 .customer = row_text(input, "customer"),
                                 .customer_id = f->customer_id,
                                 .run = row_text(input, "run"),
                                 .text = row_text(input, "text"),
                                 .today = tenant_today(a, tenant)};
    f->has_min = take_amount(input, "amount_from", errors, &f->min);
    f->has_max = take_amount(input, "amount_to", errors, &f->max);
    return take_order(row_text(input, "sort"), errors, f);
}
