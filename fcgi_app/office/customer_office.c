/* Detail pages of the back office: what belongs to one customer, login,
 * contract or invoice. */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "billing/billing.h"
#include "contract/contract.h"
#include "customer/customer.h"
#include "http/form.h"
#include "http/handlers.h"
#include "office/office_web.h"
#include "session/session_web.h"
#include "user/user.h"
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

/* Other accounts that people have access to; nothing where there are none. */
static void
add_access(struct request *rq, json_t *tables, const char *column,
           const char *value)
{
    json_t *table =
        office_may(rq, "members.view")
            ? office_table(rq, "/admin/access-list", column, value, TABLE_ROWS)
            : NULL;

    if (table && json_is_true(json_object_get(table, "has_rows"))) {
        json_array_append(tables, table);
    }
    json_decref(table);
}

static void
add_member_links(struct request *rq, json_t *model, const char *number)
{
    const char *path = arena_printf(rq->arena, "%s/admin/customers/%s/members",
                                    rq->prefix, form_escape(rq->arena, number));

    if (office_may(rq, "members.change")) {
        model_list(model, "links",
                   json_pack("[{s:s+, s:s}, {s:s+, s:s}]", "action", path,
                             "/invite", "label",
                             i18n(rq->language, N_("Invite by e-mail")),
                             "action", path, "/new", "label",
                             i18n(rq->language, N_("Add a contact by hand"))));
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

static void
show(struct request *rq, struct response *rs, json_t *model, json_t *tables)
{
    model_list(model, "tables", tables);
    response_page(rs, "office_detail", json_in_arena(rq->arena, model));
}

void
office_customer_page(struct request *rq, struct response *rs)
{
    json_t *row, *model, *tables;
    enum db_result r = customer_by_number(rq->db, rq->arena, rq->tenant->id,
                                          rq->values[0], &row);
    const char *number;

    if (r != DB_OK) {
        office_refuse(rs, r);
        return;
    }
    number = row_text(row, "number");
    model = detail(rq, customer_name(rq->arena, row), "/admin/customers",
                   N_("All customers"), customer_fields, row);
    add_member_links(rq, model, number);
    tables = json_array();
    add_table(rq, tables, "/admin/logins", "logins.view", number);
    add_table(rq, tables, "/admin/members", "members.view", number);
    add_access(rq, tables, "home", number);
    add_table(rq, tables, "/admin/contracts", "contracts.view", number);
    add_table(rq, tables, "/admin/invoices", "invoices.view", number);
    show(rq, rs, model, tables);
}

/* ---- a login ---- */

void
office_login_page(struct request *rq, struct response *rs)
{
    json_t *row, *model, *tables, *buttons = json_array();
    const char *path;
    bool blocked;
    enum db_result r =
        login_by_username(rq->db, rq->arena, rq->tenant, rq->values[0], &row);

    if (r != DB_OK) {
        json_decref(buttons);
        office_refuse(rs, r);
        return;
    }
    path = arena_printf(rq->arena, "/admin/logins/%s",
                        form_escape(rq->arena, row_text(row, "username")));
    blocked = strcmp(row_text(row, "status"), "blocked") == 0;
    model = detail(rq, row_text(row, "username"), "/admin/logins",
                   N_("All logins"), login_fields, row);
    if (office_may(rq, "logins.block")) {
        json_array_append_new(
            buttons,
            office_button(rq,
                          arena_printf(rq->arena, "%s/%s", path,
                                       blocked ? "activate" : "block"),
                          blocked
                              ? N_("Activate this login")
                              : N_("Block this login and end its sessions")));
    }
    model_list(model, "buttons", buttons);
    model_text(model, "act_url",
               office_may(rq, "customers.act") && !blocked
                   ? arena_printf(rq->arena, "%s%s/act", rq->prefix, path)
                   : NULL);
    tables = json_array();
    add_access(rq, tables, "username", row_text(row, "username"));
    show(rq, rs, model, tables);
}

static void
set_status(struct request *rq, struct response *rs, const char *status)
{
    struct session_store store = session_store_of(rq);
    json_t *row;
    enum db_result r =
        login_by_username(rq->db, rq->arena, rq->tenant, rq->values[0], &row);

    if (r == DB_OK) {
        r = session_set_login_status(&store, row_text(row, "user_id"), status);
    }
    if (r != DB_OK) {
        office_refuse(rs, r);
        return;
    }
    response_redirect(
        rq, rs,
        arena_printf(rq->arena, "/admin/logins/%s",
                     form_escape(rq->arena, row_text(row, "username"))));
}

void
office_login_block(struct request *rq, struct response *rs)
{
    set_status(rq, rs, "blocked");
}

void
office_login_activate(struct request *rq, struct response *rs)
{
    set_status(rq, rs, "active");
}

/* ---- contracts and invoices ---- */

void
office_contract_page(struct request *rq, struct response *rs)
{
    json_t *row, *customer;
    enum db_result r =
        contract_by_ref(rq->db, rq->arena, rq->tenant->id, rq->values[0], &row);

    if (r == DB_OK) {
        r = customer_by_id(rq->db, rq->arena, rq->tenant->id,
                           row_text(row, "customer"), &customer);
    }
    if (r != DB_OK) {
        office_refuse(rs, r);
        return;
    }
    model_text(row, "customer", row_text(customer, "number"));
    show(rq, rs,
         detail(rq, row_text(row, "name"), "/admin/contracts",
                N_("All contracts"), contract_list_fields, row),
         json_array());
}

/* The lines as they were printed. */
void
office_invoice_page(struct request *rq, struct response *rs)
{
    json_t *row;
    enum db_result r = invoice_by_number(rq->db, rq->arena, rq->tenant->id,
                                         rq->values[0], &row);

    if (r != DB_OK) {
        office_refuse(rs, r);
        return;
    }
    show(rq, rs,
         detail(rq, row_text(row, "number"), "/admin/invoices",
                N_("All invoices"), invoice_list_fields, row),
         json_array());
}

/* ---- the first page ---- */

void
office_home(struct request *rq, struct response *rs)
{
    json_t *model =
        json_pack("{s:s, s:s}", "username", rq->session->username, "role",
                  i18n(rq->language, rq->session->staff->role_label));

    response_page(rs, "office_home", json_in_arena(rq->arena, model));
}
