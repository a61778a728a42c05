/* Detail pages of the back office: what belongs to one customer or invoice.
 * Contracts: contract_office.c. Logins: logins_office.c. */
#include "base/json.h"
#include "base/model.h"
#include "billing/billing.h"
#include "customer/customer.h"
#include "http/form.h"
#include "http/handlers.h"
#include "office/office_web.h"
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

/* A page that leads on from this one; the first stands out. */
static void
add_link(struct request *rq, json_t *links, const char *path, const char *label)
{
    json_array_append_new(links,
                          json_pack("{s:s+, s:s, s:b}", "url", rq->prefix, path,
                                    "label", i18n(rq->language, label),
                                    "is_quiet", json_array_size(links) > 0));
}

static void
add_member_links(struct request *rq, json_t *links, const char *path)
{
    if (office_may(rq, "members.change")) {
        add_link(rq, links, arena_printf(rq->arena, "%s/members/invite", path),
                 N_("Invite by e-mail"));
        add_link(rq, links, arena_printf(rq->arena, "%s/members/new", path),
                 N_("Add a contact by hand"));
    }
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
    json_t *row, *model, *tables, *links = json_array();
    enum db_result r = customer_by_number(rq->db, rq->arena, rq->tenant->id,
                                          rq->values[0], &row);
    const char *number, *path;

    if (r != DB_OK) {
        json_decref(links);
        office_refuse(rs, r);
        return;
    }
    number = row_text(row, "number");
    path = arena_printf(rq->arena, "/admin/customers/%s",
                        form_escape(rq->arena, number));
    model = detail(rq, customer_name(rq->arena, row), "/admin/customers",
                   N_("All customers"), customer_fields,
                   customer_shown(rq->arena, row));
    if (office_may(rq, "customers.change")) {
        add_link(rq, links, arena_printf(rq->arena, "%s/change", path),
                 N_("Change"));
        add_link(rq, links, arena_printf(rq->arena, "%s/portal", path),
                 N_("Portal of this customer"));
        add_link(rq, links, arena_printf(rq->arena, "%s/remove", path),
                 N_("Remove"));
    }
    if (office_may(rq, "logins.change")) {
        add_link(rq, links,
                 arena_printf(rq->arena, "/admin/new-login?customer=%s",
                              form_escape(rq->arena, number)),
                 N_("Create a login"));
    }
    if (office_may(rq, "contracts.change")) {
        add_link(rq, links, arena_printf(rq->arena, "%s/contracts/new", path),
                 N_("Create a contract"));
    }
    add_member_links(rq, links, path);
    model_list(model, "links", links);
    tables = json_array();
    add_table(rq, tables, "/admin/logins", "logins.view", number);
    add_table(rq, tables, "/admin/members", "members.view", number);
    office_add_access(rq, tables, "home", number);
    add_table(rq, tables, "/admin/contracts", "contracts.view", number);
    add_table(rq, tables, "/admin/invoices", "invoices.view", number);
    show(rq, rs, model, tables);
}

/* ---- invoices ---- */

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
