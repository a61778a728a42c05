/* Detail pages of the back office: what belongs to one customer. Contracts:
 * contract_office.c, logins: logins_office.c, invoices: invoice_office.c. */
#include "office/customer_office.h"
#include "base/json.h"
#include "base/model.h"
#include "customer/customer.h"
#include "http/form.h"
#include "http/handlers.h"
#include "office/delivery_office.h"
#include "office/office_web.h"
#include "office/timeline_office.h"
#include "view/i18n.h"

enum { TABLE_ROWS = 10 };

/* What belongs to a customer, for whoever may see the list. */
static const struct belonging {
    const char *path, *right, *title; /* title: NULL for the list's */
    const char *and, *is;
} belongings[] = {
    {"/admin/contracts", "contracts.view", NULL, NULL, NULL},
    {"/admin/services", "contracts.view", N_("Services still to be billed"),
     "status", "open"},
    {"/admin/invoices", "invoices.view", NULL, NULL, NULL},
    {"/admin/payments", "invoices.view", NULL, NULL, NULL},
    {"/admin/reminders", "invoices.view", NULL, NULL, NULL},
    {"/admin/logins", "logins.view", NULL, NULL, NULL},
    {"/admin/members", "members.view", NULL, NULL, NULL},
    {"/admin/mails", "mail.view", NULL, NULL, NULL},
};

/* table: new, or NULL where the database does not answer. */
static void
add_table(json_t *tables, json_t *table)
{
    if (table) {
        json_array_append_new(tables, table);
    }
}

static void
add_belongings(struct request *rq, json_t *tables, const char *number)
{
    for (size_t i = 0; i < sizeof belongings / sizeof *belongings; i++) {
        const struct belonging *b = &belongings[i];
        struct office_part part = {.path = b->path,
                                   .title = b->title,
                                   .column = "customer",
                                   .value = number,
                                   .and = b->and,
                                   .is = b->is,
                                   .limit = TABLE_ROWS};

        if (office_may(rq, b->right)) {
            add_table(tables, office_table_part(rq, &part));
        }
    }
}

static json_t *
detail(struct request *rq, const char *title, const char *back,
       const char *back_label, const struct field *fields, const json_t *row)
{
    json_t *model =
        json_pack("{s:s, s:s+, s:s}", "title", title, "back_url", rq->prefix,
                  back, "back_label", i18n(rq->language, back_label));

    json_object_set_new(model, "facts", office_facts(rq, fields, row));
    return model;
}

/* What leads on from the page of a customer: its number stands between the two
 * parts of the path. */
static const struct lead {
    const char *before, *after, *right, *label;
} leads[] = {
    {"/admin/customers/", "/change", "customers.change", N_("Change")},
    {"/admin/customers/", "/contracts/new", "contracts.change",
     N_("Create a contract")},
    {"/admin/customers/", "/ledger", "invoices.view", N_("Ledger")},
    {"/admin/customers/", "/payment-method", "invoices.view",
     N_("Way of payment")},
    {"/admin/customers/", "/credit-note", "invoices.change",
     N_("Issue a credit note")},
    {"/admin/new-login?customer=", "", "logins.change", N_("Create a login")},
    {"/admin/customers/", "/members/invite", "members.change",
     N_("Invite by e-mail")},
    {"/admin/customers/", "/members/new", "members.change",
     N_("Add a contact by hand")},
    {"/admin/customers/", "/portal", "customers.change",
     N_("Portal of this customer")},
    {"/admin/customers/", "/additional", "customers.change",
     N_("Change additional data")},
    {"/admin/customers/", "/remove", "customers.change", N_("Remove")},
};

static json_t *
links_of(struct request *rq, const char *number)
{
    const char *name = form_escape(rq->arena, number);
    json_t *links = json_array();

    for (size_t i = 0; i < sizeof leads / sizeof *leads; i++) {
        if (office_may(rq, leads[i].right)) {
            office_add_link(rq, links,
                            arena_printf(rq->arena, "%s%s%s", leads[i].before,
                                         name, leads[i].after),
                            leads[i].label);
        }
    }
    return links;
}

/* Customers below this one, where there are any. */
static void
add_below(struct request *rq, json_t *tables, const json_t *row)
{
    json_t *rows, *table;

    if (customer_below(rq->db, rq->arena, rq->tenant->id, row_text(row, "id"),
                       TABLE_ROWS + 1, &rows) == DB_OK &&
        json_array_size(rows) > 0) {
        table = office_table_of(rq, "/admin/customers", NULL, rows, TABLE_ROWS);
        model_text(table, "title",
                   i18n(rq->language, N_("Customers below this one")));
        json_array_append_new(tables, table);
    }
}

static void
add_timeline(struct request *rq, json_t *model, const json_t *row,
             const char *path)
{
    bool shown = timeline_add(rq, model, row, TABLE_ROWS);

    model_text(model, "timeline_url",
               shown
                   ? arena_printf(rq->arena, "%s%s/timeline", rq->prefix, path)
                   : NULL);
}

json_t *
office_customer_named(struct request *rq, struct response *rs)
{
    json_t *row = NULL;
    enum db_result r = customer_by_number(rq->db, rq->arena, rq->tenant->id,
                                          rq->values[0], &row);

    if (r != DB_OK) {
        office_refuse(rs, r);
    }
    return row;
}

void
office_customer_page(struct request *rq, struct response *rs)
{
    json_t *row = office_customer_named(rq, rs), *model, *tables;
    const char *number, *path;

    if (!row) {
        return;
    }
    number = row_text(row, "number");
    path = arena_printf(rq->arena, "/admin/customers/%s",
                        form_escape(rq->arena, number));
    model = detail(rq, customer_name(rq->arena, row), "/admin/customers",
                   N_("All customers"), customer_fields,
                   customer_shown(rq->arena, row));
    office_add_custom(rq, json_object_get(model, "facts"), "customer", row);
    if (office_may(rq, "invoices.view")) {
        office_add_payer(rq, json_object_get(model, "facts"), row);
    }
    model_list(model, "links", links_of(rq, number));
    tables = json_array();
    add_below(rq, tables, row);
    if (office_may(rq, "invoices.view")) {
        add_table(tables, office_balance_of(rq, row));
    }
    add_belongings(rq, tables, number);
    office_add_access(rq, tables, "home", number);
    if (office_may(rq, "customers.act")) {
        add_table(tables, office_links_of(rq, row_text(row, "id"), TABLE_ROWS));
    }
    model_list(model, "tables", tables);
    add_timeline(rq, model, row, path);
    response_page(rs, "office_customer", json_in_arena(rq->arena, model));
}

/* ---- the first page ---- */

void
office_home(struct request *rq, struct response *rs)
{
    json_t *model =
        json_pack("{s:s, s:s}", "username", rq->session->username, "role",
                  i18n(rq->language, rq->session->staff->role_label));

    office_add_undelivered(rq, model);
    response_page(rs, "office_home", json_in_arena(rq->arena, model));
}
