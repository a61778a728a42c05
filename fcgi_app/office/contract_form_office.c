/* Contracts that staff make and change. The form is flat, "items.0.quantity",
 * and becomes the body that the API takes. */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "base/unit.h"
#include "contract/contract.h"
#include "customer/customer.h"
#include "http/form.h"
#include "http/handlers.h"
#include "office/customer_office.h"
#include "office/form_rows_web.h"
#include "office/office_web.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

enum { SPANS = 4 }; /* pairs of a count and a unit, the last of the head */

static const struct form_rows item_rows = {"items", contract_item_fields,
                                           CONTRACT_ITEMS_MAX};

/* clang-format off */
#define NEW_ROWS \
    {.name = "ref", \
     .type = FIELD_TEXT, \
     .flags = FIELD_IN, \
     .max = 64, \
     .label = N_("Reference")}, \
    {.name = "status", \
     .type = FIELD_ENUM, \
     .flags = FIELD_IN | FIELD_REQUIRED, \
     .choices = "active|draft", \
     .label = N_("Status")}
#define HEAD_ROWS \
    {.name = "name", \
     .type = FIELD_TEXT, \
     .flags = FIELD_IN | FIELD_REQUIRED, \
     .max = 200, \
     .label = N_("Name")}, \
    {.name = "plan", \
     .type = FIELD_TEXT, \
     .flags = FIELD_IN, \
     .max = 100, \
     .label = N_("Plan")}, \
    {.name = "currency", \
     .type = FIELD_TEXT, \
     .flags = FIELD_IN | FIELD_REQUIRED, \
     .max = 3, \
     .label = N_("Currency")}, \
    {.name = "start", \
     .type = FIELD_DATE, \
     .flags = FIELD_IN | FIELD_REQUIRED, \
     .label = N_("Begins")}, \
    {.name = "delivery_mode", \
     .type = FIELD_ENUM, \
     .flags = FIELD_IN | FIELD_REQUIRED, \
     .choices = "email|none|post", \
     .label = N_("Delivery of invoices")}, \
    {.name = "due_days", \
     .type = FIELD_INTEGER, \
     .flags = FIELD_IN, \
     .label = N_("Days until an invoice is due")}, \
    {.name = "in_advance", \
     .type = FIELD_BOOL, \
     .flags = FIELD_IN, \
     .label = N_("Billed in advance")}
#define SPAN_ROWS(field, number, required, text) \
    {.name = field "." number, \
     .type = FIELD_INTEGER, \
     .flags = FIELD_IN | (required), \
     .label = text}, \
    {.name = field ".unit", \
     .type = FIELD_ENUM, \
     .flags = FIELD_IN | FIELD_REQUIRED, \
     .choices = UNIT_CHOICES, \
     .label = N_("Unit")}
#define DATE_ROWS \
    SPAN_ROWS("recurrence", "every", FIELD_REQUIRED, N_("Billed every")), \
    SPAN_ROWS("term", "count", 0, N_("First term")), \
    SPAN_ROWS("renewal", "count", 0, N_("Renewed for")), \
    SPAN_ROWS("notice", "count", 0, N_("Notice period"))
/* clang-format on */

static const struct field new_fields[] = {NEW_ROWS, HEAD_ROWS, DATE_ROWS,
                                          FIELD_END};
static const struct field change_fields[] = {HEAD_ROWS, DATE_ROWS, FIELD_END};

static const struct page_help helps[] = {
    {"ref", N_("Left empty, one is made.")},
    {"due_days", N_("Left empty, as the settings have it.")},
    {"term.count", N_("Left empty, the contract runs until notice.")},
    {"renewal.count", N_("Left empty, the contract ends with its first term.")},
    {"notice.count", N_("Left empty, the day of notice is enough.")},
    {NULL, NULL},
};

/* ---- the form as a body ---- */

/* Without a count there is none, whatever the unit. */
static json_t *
body_span(struct request *rq, const char *name, const char *count)
{
    const char *number =
        request_typed(rq, arena_printf(rq->arena, "%s.%s", name, count));
    const char *unit =
        request_typed(rq, arena_printf(rq->arena, "%s.unit", name));

    return number[0] ? json_pack("{s:s, s:s}", count, number, "unit", unit)
                     : json_string("");
}

static json_t *
body_of(struct request *rq, int items)
{
    json_t *body = json_in_arena(rq->arena, json_copy(rq->raw));

    json_object_set_new(
        body, "in_advance",
        json_string(request_typed(rq, "in_advance")[0] ? "1" : "0"));
    json_object_set_new(body, "recurrence",
                        body_span(rq, "recurrence", "every"));
    json_object_set_new(body, "term", body_span(rq, "term", "count"));
    json_object_set_new(body, "renewal", body_span(rq, "renewal", "count"));
    json_object_set_new(body, "notice", body_span(rq, "notice", "count"));
    json_object_set_new(body, "items", form_rows_body(rq, &item_rows, items));
    return body;
}

/* Errors stand where the API names them; each control has its own name. */
static const char *
control_of(struct request *rq, const char *name)
{
    static const struct {
        const char *field, *control;
    } first[] = {{"recurrence", "recurrence.every"},
                 {"term", "term.count"},
                 {"renewal", "renewal.count"},
                 {"notice", "notice.count"}};

    for (size_t i = 0; i < sizeof first / sizeof *first; i++) {
        if (strcmp(first[i].field, name) == 0) {
            return first[i].control;
        }
    }
    return form_rows_control(rq, &item_rows, name);
}

static enum db_result
take(struct request *rq, const json_t *customer, const json_t *before,
     const json_t *items, struct contract_new *new)
{
    struct field_errors errors = {0};
    struct contract_sent sent = {rq->arena, rq->tenant, NULL,
                                 before,    items,      &errors};
    int rows, filled = form_rows_gather(rq, &item_rows, &rows);
    json_t *body = body_of(rq, filled);
    enum db_result r;

    json_object_set(body, "customer", json_object_get(customer, "number"));
    sent.input = field_parse(
        rq->arena, before ? contract_change_fields : contract_create_fields,
        body, FIELD_FORM, &errors);
    r = contract_take(rq->db, &sent, new);
    for (size_t i = 0; i < errors.n; i++) {
        const struct field_error *e = &errors.list[i];

        field_fail_word(&rq->errors, control_of(rq, e->name), e->code, e->limit,
                        e->word);
    }
    return r;
}

/* ---- the form as it is shown ---- */

struct shown {
    const json_t *customer;
    const json_t *row; /* as it stands; NULL: a new one */
    const json_t *values;
    const char *back;
    int rows;
    enum err error;
};

static json_t *
span_values(json_t *values, const json_t *row, const char *name,
            const char *unit, const char *flat)
{
    char key[32];
    int64_t n = row_int(row, name);

    snprintf(key, sizeof key, "%s.%s", flat,
             strcmp(name, "every") == 0 ? name : "count");
    json_object_set_new(values, key, n ? json_integer(n) : json_string(""));
    snprintf(key, sizeof key, "%s.unit", flat);
    json_object_set_new(values, key, json_string(row_text(row, unit)));
    return values;
}

/* The record as the form has it. */
static json_t *
values_of(struct request *rq, const json_t *row, const json_t *items)
{
    json_t *values = json_in_arena(rq->arena, json_copy((json_t *)row)), *item;
    size_t i;

    json_object_set(values, "start", json_object_get(row, "start_date"));
    span_values(values, row, "every", "unit", "recurrence");
    span_values(values, row, "term", "term_unit", "term");
    span_values(values, row, "renewal", "renewal_unit", "renewal");
    span_values(values, row, "notice", "notice_unit", "notice");
    json_array_foreach(items, i, item)
    {
        for (const struct field *f = contract_item_fields; f->name; f++) {
            json_object_set(values,
                            form_rows_name(rq, &item_rows, (int)i, f->name),
                            json_object_get(item, f->name));
        }
    }
    return values;
}

static json_t *
values_of_new(struct request *rq)
{
    return json_in_arena(
        rq->arena,
        json_pack("{s:s, s:s, s:s, s:s, s:i, s:i, s:s, s:s, s:s, s:s}",
                  "status", "active", "currency", "EUR", "start",
                  tenant_today(rq->arena, rq->tenant), "delivery_mode", "email",
                  "in_advance", 1, "recurrence.every", 1, "recurrence.unit",
                  "month", "term.unit", "month", "renewal.unit", "month",
                  "notice.unit", "month"));
}

static void
show(struct request *rq, struct response *rs, const struct shown *s)
{
    const struct field *head = s->row ? change_fields : new_fields;
    json_t *model =
        json_pack("{s:b, s:s+, s:s++, s:s}", "is_new", !s->row, "back_url",
                  rq->prefix, s->back, "action", rq->prefix, s->back,
                  s->row ? "/change" : "/contracts", "back_label",
                  s->row ? row_text(s->row, "name")
                         : customer_name(rq->arena, s->customer));

    model_text(model, "version", s->row ? page_version(rq, s->row) : NULL);
    page_form(rq, rs, "office_contract_form", model,
              form_rows_fields(rq, &item_rows, head, s->rows, FIELD_REQUIRED),
              s->values, s->error);
    page_help(rq, json_object_get(rs->model, "controls"), helps);
    form_rows_lines(&item_rows, rs->model, SPANS);
}

/* The form as it was sent, with what is wrong in it. */
static void
show_again(struct request *rq, struct response *rs, struct shown *s,
           enum err error)
{
    s->rows = form_rows_again(rq, &item_rows);
    s->error = error;
    show(rq, rs, s);
}

static bool
asks_more(struct request *rq, struct response *rs, struct shown *s)
{
    if (!form_rows_more(rq)) {
        return false;
    }
    s->rows = form_rows_again(rq, &item_rows);
    s->values = rq->raw;
    show(rq, rs, s);
    form_rows_not_done(rs);
    return true;
}

/* ---- a new one ---- */

/* False with the error in the response. */
static bool
customer_named(struct request *rq, struct response *rs, struct shown *s)
{
    json_t *row = office_customer_named(rq, rs);

    if (!row) {
        return false;
    }
    *s = (struct shown){
        .customer = row,
        .values = values_of_new(rq),
        .rows = FORM_ROWS_FIRST,
        .back = arena_printf(rq->arena, "/admin/customers/%s",
                             form_escape(rq->arena, row_text(row, "number")))};
    return true;
}

void
contract_new_page(struct request *rq, struct response *rs)
{
    struct shown s;

    if (customer_named(rq, rs, &s)) {
        show(rq, rs, &s);
    }
}

static const char *
page_of(struct request *rq, const json_t *row)
{
    return arena_printf(rq->arena, "/admin/contracts/%s",
                        form_escape(rq->arena, row_text(row, "ref")));
}

void
contract_new_submit(struct request *rq, struct response *rs)
{
    struct contract_new new;
    struct shown s;
    const char *id;
    json_t *row;
    enum db_result r;

    if (!customer_named(rq, rs, &s) || asks_more(rq, rs, &s)) {
        return;
    }
    r = take(rq, s.customer, NULL, NULL, &new);
    if (r == DB_OK) {
        r = contract_create(rq->db, rq->arena, rq->tenant->id, rq->actor, &new,
                            &id);
    }
    if (r == DB_UNIQUE && new.ref) {
        field_fail(&rq->errors, "ref", ERR_contract_exists, 0);
        r = DB_CHECK;
    }
    if (r == DB_OK) {
        r = contract_by_id(rq->db, rq->arena, rq->tenant->id, id, &row);
    }
    if (r == DB_CHECK) {
        show_again(rq, rs, &s, ERR_NONE);
    } else if (r != DB_OK) {
        response_error(rs, ERR_unavailable);
    } else {
        response_redirect(rq, rs, page_of(rq, row));
    }
}

/* ---- one that stands ---- */

static bool
contract_named(struct request *rq, struct response *rs, struct shown *s,
               json_t **items)
{
    json_t *row;
    enum db_result r =
        contract_by_ref(rq->db, rq->arena, rq->tenant->id, rq->values[0], &row);
    int n;

    if (r == DB_OK) {
        r = contract_items(rq->db, rq->arena, rq->tenant->id,
                           row_text(row, "id"), items);
    }
    if (r != DB_OK) {
        office_refuse(rs, r);
        return false;
    }
    if (strcmp(row_text(row, "status"), "ended") == 0) {
        response_error(rs, ERR_contract_status);
        return false;
    }
    n = (int)json_array_size(*items);
    *s = (struct shown){.row = row,
                        .values = values_of(rq, row, *items),
                        .rows = n < FORM_ROWS_FIRST ? FORM_ROWS_FIRST : n,
                        .back = page_of(rq, row)};
    return true;
}

void
contract_change_page(struct request *rq, struct response *rs)
{
    struct shown s;
    json_t *items;

    if (contract_named(rq, rs, &s, &items)) {
        show(rq, rs, &s);
    }
}

void
contract_change_submit(struct request *rq, struct response *rs)
{
    struct contract_new new;
    struct shown s;
    json_t *items;
    enum db_result r;

    if (!contract_named(rq, rs, &s, &items)) {
        return;
    }
    if (!page_version_is(rq, page_version(rq, s.row))) {
        show_again(rq, rs, &s, ERR_changed_meanwhile);
        return;
    }
    if (asks_more(rq, rs, &s)) {
        return;
    }
    r = take(rq, NULL, s.row, items, &new);
    if (r == DB_OK) {
        r = contract_change(rq->db, rq->arena, rq->tenant->id, rq->actor, s.row,
                            items, &new);
    }
    if (r == DB_CHECK) {
        show_again(rq, rs, &s, ERR_NONE);
    } else if (r != DB_OK) {
        response_error(rs, ERR_unavailable); /* so it is looked at once more */
    } else {
        response_redirect(rq, rs, s.back);
    }
}
