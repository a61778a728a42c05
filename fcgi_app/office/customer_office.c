/* Detail pages of the back office: what belongs to one customer. Contracts:
 * contract_office.c, logins: logins_office.c, invoices: invoice_office.c. */
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

/* One of the tables below a record, for whoever may see its list. */
static void
add_table(struct request *rq, json_t *tables, const char *path,
          const char *right, const char *number)
{
    json_t *table = office_may(rq, right)
                        ? office_table(rq, path, "customer", number, TABLE_ROWS)
                        : NULL;

    if (table) {
        json_array_append_new(tables, table);
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
    {"/admin/customers/", "/credit-note", "invoices.change",
     N_("Issue a credit note")},
    {"/admin/new-login?customer=", "", "logins.change", N_("Create a login")},
    {"/admin/customers/", "/members/invite", "members.change",
     N_("Invite by e-mail")},
    {"/admin/customers/", "/members/new", "members.change",
     N_("Add a contact by hand")},
    {"/admin/customers/", "/portal", "customers.change",
     N_("Portal of this customer")},
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

void
office_customer_page(struct request *rq, struct response *rs)
{
    json_t *row, *model, *tables;
    enum db_result r = customer_by_number(rq->db, rq->arena, rq->tenant->id,
                                          rq->values[0], &row);
    const char *number, *path;

    if (r != DB_OK) {
        office_refuse(rs, r);
        return;
    }
    number = row_text(row, "number");
    path = arena_printf(rq->arena, "/admin/customers/%s",
                        form_escape(rq->arena, number));
    model = detail(rq, customer_name(rq->arena, row), "/admin/customers",
                   N_("All customers"), customer_fields,
                   customer_shown(rq->arena, row));
    model_list(model, "links", links_of(rq, number));
    tables = json_array();
    add_below(rq, tables, row);
    add_table(rq, tables, "/admin/logins", "logins.view", number);
    add_table(rq, tables, "/admin/members", "members.view", number);
    office_add_access(rq, tables, "home", number);
    add_table(rq, tables, "/admin/contracts", "contracts.view", number);
    add_table(rq, tables, "/admin/invoices", "invoices.view", number);
    add_table(rq, tables, "/admin/mails", "mail.view", number);
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
