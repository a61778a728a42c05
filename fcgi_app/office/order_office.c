/* Orders: what was taken, and the terms that were accepted with it. */
#include "base/json.h"
#include "base/model.h"
#include "http/form.h"
#include "http/handlers.h"
#include "office/office_web.h"
#include "order/order.h"
#include "view/i18n.h"

static json_t *
links_of(struct request *rq, const json_t *row)
{
    json_t *links = json_array();

    office_add_link(
        rq, links,
        arena_printf(rq->arena, "/admin/contracts/%s",
                     form_escape(rq->arena, row_text(row, "contract"))),
        N_("Open the contract"));
    office_add_link(
        rq, links,
        arena_printf(rq->arena, "/admin/customers/%s",
                     form_escape(rq->arena, row_text(row, "customer"))),
        N_("Open the customer"));
    return links;
}

static json_t *
term_table(struct request *rq, const json_t *terms)
{
    static const struct list table = {
        .path = "",
        .title = N_("Contract terms, as they were shown"),
        .empty = N_("There were no contract terms."),
        .fields = order_term_fields,
        .key = "position",
        .order = "position",
        .link = ""};

    return office_table_like(rq, &table, terms, ORDER_TERMS_MAX);
}

void
office_order_page(struct request *rq, struct response *rs)
{
    json_t *row, *terms, *model;
    enum db_result r =
        order_get(rq->db, rq->arena, rq->tenant->id, rq->values[0], &row);

    if (r == DB_OK) {
        r = order_terms(rq->db, rq->arena, rq->tenant->id, rq->values[0],
                        &terms);
    }
    if (r != DB_OK) {
        office_refuse(rs, r);
        return;
    }
    model = json_pack("{s:s, s:s+, s:s}", "title",
                      i18n_fill(rq->arena,
                                i18n(rq->language, N_("Order of {contract}")),
                                "contract", row_text(row, "contract"), NULL),
                      "back_url", rq->prefix, "/admin/orders", "back_label",
                      i18n(rq->language, N_("Orders")));
    json_object_set_new(model, "facts",
                        office_facts(rq, order_page_fields, row));
    model_list(model, "links", links_of(rq, row));
    model_list(model, "tables", json_pack("[o]", term_table(rq, terms)));
    response_page(rs, "office_detail", json_in_arena(rq->arena, model));
}
