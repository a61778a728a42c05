/* Customers that staff make, change and remove. */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "customer/customer_view.h"
#include "http/form.h"
#include "http/handlers.h"
#include "office/customer_office.h"
#include "office/office_web.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

enum { TABLE_ROWS = 10 };

static const char list_path[] = "/admin/customers";

static const char *
page_of(struct request *rq, const json_t *row)
{
    return arena_printf(rq->arena, "%s/%s", list_path,
                        form_escape(rq->arena, row_text(row, "number")));
}

/* ---- the form ---- */

/* row: as it stands, NULL for a new one. */
static void
show_form(struct request *rq, struct response *rs, json_t *row, enum err error)
{
    const char *back = row ? page_of(rq, row) : list_path;
    json_t *model =
        json_pack("{s:b, s:s+, s:s++}", "is_new", !row, "back_url", rq->prefix,
                  back, "action", rq->prefix, back, row ? "/change" : "");

    model_text(model, "name", row ? customer_name(rq->arena, row) : NULL);
    model_text(model, "version", row ? page_version(rq, row) : NULL);
    page_form(rq, rs, "office_customer_form", model,
              row ? customer_form_fields : customer_form_new_fields,
              row ? customer_shown(rq->arena, row) : NULL, error);
    customer_controls(rq, json_object_get(rs->model, "controls"));
}

static enum db_result
take(struct request *rq, const json_t *before, struct customer_new *new)
{
    struct customer_sent sent = {rq->arena, rq->tenant, rq->input, before,
                                 &rq->errors};

    return customer_take(rq->db, &sent, new);
}

void
customer_new_page(struct request *rq, struct response *rs)
{
    show_form(rq, rs, NULL, ERR_NONE);
}

void
customer_new_submit(struct request *rq, struct response *rs)
{
    struct customer_new new;
    const char *id;
    json_t *row;
    enum db_result r = take(rq, NULL, &new);

    if (r == DB_OK) {
        r = customer_create(rq->db, rq->arena, rq->tenant->id, rq->actor, &new,
                            &id);
    }
    if (r == DB_UNIQUE && new.number) {
        field_fail(&rq->errors, "number", ERR_customer_exists, 0);
        r = DB_CHECK;
    }
    if (r == DB_OK) {
        r = customer_by_id(rq->db, rq->arena, rq->tenant->id, id, &row);
    }
    if (r == DB_CHECK) {
        show_form(rq, rs, NULL, ERR_NONE);
    } else if (r != DB_OK) {
        response_error(rs, ERR_unavailable);
    } else {
        response_redirect(rq, rs, page_of(rq, row));
    }
}

void
customer_change_page(struct request *rq, struct response *rs)
{
    json_t *row = office_customer_named(rq, rs);

    if (row) {
        show_form(rq, rs, row, ERR_NONE);
    }
}

void
customer_change_submit(struct request *rq, struct response *rs)
{
    json_t *row = office_customer_named(rq, rs);
    struct customer_new new;
    enum db_result r;

    if (!row) {
        return;
    }
    if (!page_version_is(rq, page_version(rq, row))) {
        show_form(rq, rs, row, ERR_changed_meanwhile);
        return;
    }
    r = take(rq, row, &new);
    if (r == DB_OK) {
        r = customer_change(rq->db, rq->arena, rq->tenant->id, rq->actor, row,
                            &new);
        if (r == DB_CHECK) {
            field_fail(&rq->errors, "parent", ERR_parent_loop, 0);
        }
    }
    if (r == DB_CHECK) {
        show_form(rq, rs, row, ERR_NONE);
    } else if (r != DB_OK) {
        response_error(rs, ERR_unavailable); /* so it is looked at once more */
    } else {
        response_redirect(rq, rs, page_of(rq, row));
    }
}

/* ---- removal ---- */

/* Adds it (stolen) when anything is in it. False: it is none, because the
 * database does not answer. */
static bool
add_table(json_t *tables, json_t *table)
{
    if (table && json_is_true(json_object_get(table, "has_rows"))) {
        json_array_append(tables, table);
    }
    json_decref(table);
    return table != NULL;
}

/* Customers whose parent it is; NULL: the database does not answer. */
static json_t *
below(struct request *rq, const json_t *row)
{
    json_t *rows, *table;

    if (customer_below(rq->db, rq->arena, rq->tenant->id, row_text(row, "id"),
                       TABLE_ROWS, &rows) != DB_OK) {
        return NULL;
    }
    table = office_table_of(rq, list_path, NULL, rows, TABLE_ROWS);
    model_text(table, "title",
               i18n(rq->language, N_("Customers below this one")));
    return table;
}

/* What hangs on a customer, as far as who asks may see it. New reference; NULL:
 * the database does not answer. */
static json_t *
hanging(struct request *rq, const json_t *row)
{
    static const struct {
        const char *path, *right;
    } lists[] = {{"/admin/logins", "logins.view"},
                 {"/admin/contracts", "contracts.view"},
                 {"/admin/invoices", "invoices.view"}};
    json_t *tables = json_array();
    bool ok = add_table(tables, below(rq, row));

    for (size_t i = 0; ok && i < sizeof lists / sizeof *lists; i++) {
        ok = !office_may(rq, lists[i].right) ||
             add_table(tables,
                       office_table(rq, lists[i].path, "customer",
                                    row_text(row, "number"), TABLE_ROWS));
    }
    if (!ok) {
        json_decref(tables);
    }
    return ok ? tables : NULL;
}

static void
show_removal(struct request *rq, struct response *rs, json_t *row,
             enum err error)
{
    struct office_removal removal = {
        .question = N_("Remove this customer?"),
        .name = customer_name(rq->arena, row),
        .back = page_of(rq, row),
        .version = page_version(rq, row),
        .fields = customer_fields,
        .row = customer_shown(rq->arena, row),
        .kept_by = hanging(rq, row),
        .why_kept = N_("Something hangs on this customer, so it stays:")};

    if (!removal.kept_by) {
        response_error(rs, ERR_unavailable);
        return;
    }
    office_ask_removal(rq, rs, &removal, error);
}

void
customer_remove_page(struct request *rq, struct response *rs)
{
    json_t *row = office_customer_named(rq, rs);

    if (row) {
        show_removal(rq, rs, row, ERR_NONE);
    }
}

void
customer_remove_submit(struct request *rq, struct response *rs)
{
    json_t *row = office_customer_named(rq, rs);

    if (!row) {
        return;
    }
    if (!page_version_is(rq, page_version(rq, row))) {
        show_removal(rq, rs, row, ERR_changed_meanwhile);
        return;
    }
    switch (
        customer_remove(rq->db, rq->arena, rq->tenant->id, rq->actor, row)) {
    case DB_OK:
        response_redirect(rq, rs, list_path);
        break;
    case DB_FOREIGN:
        show_removal(rq, rs, row, ERR_customer_in_use);
        break;
    default:
        response_error(rs, ERR_unavailable);
    }
}
