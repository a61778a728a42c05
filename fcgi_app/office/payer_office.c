/* How a customer pays, with the mandates that they gave. */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "customer/customer.h"
#include "http/form.h"
#include "http/handlers.h"
#include "office/customer_office.h"
#include "office/office_web.h"
#include "payer/payer_web.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

void
office_add_payer(struct request *rq, json_t *facts, const json_t *customer)
{
    json_t *row, *more;
    enum db_result r = payer_current(rq->db, rq->arena, rq->tenant->id,
                                     row_text(customer, "id"), &row);

    if (r == DB_OK || r == DB_NONE) {
        more = payer_facts(rq, r == DB_OK ? row : NULL);
        json_array_extend(facts, more);
        json_decref(more);
    }
}

/* What is shown of one to staff beside what its customer sees. */
static json_t *
facts_of(struct request *rq, const json_t *row)
{
    json_t *facts = payer_facts(rq, row);

    if (payer_is_card(row)) {
        payer_add_fact(rq, facts, N_("Payment provider"),
                       row_text(row, "provider"));
    } else {
        payer_add_fact(rq, facts, N_("Creditor identifier"),
                       row_text(row, "creditor"));
    }
    payer_add_fact(rq, facts, N_("Recorded"),
                   text_moment(rq->arena, rq->language, row_int(row, "given"),
                               rq->tenant->time_zone));
    payer_add_fact(rq, facts, N_("Who"),
                   office_who(rq, NULL, row_text(row, "given_by")));
    payer_add_fact(rq, facts, N_("IP address"), row_text(row, "remote_addr"));
    return facts;
}

static json_t *
method_model(struct request *rq, const json_t *row)
{
    json_t *model =
        json_pack("{s:s, s:s, s:s, s:s}", "id", row_text(row, "id"), "title",
                  payer_is_card(row) ? payer_card_name(rq->arena, row)
                                     : row_text(row, "reference"),
                  "status_text", office_word(rq, row_text(row, "status")),
                  "lines_lang", row_text(row, "language"));

    model_list(model, "facts", facts_of(rq, row));
    model_list(model, "lines", payer_row_lines(rq, row));
    return model;
}

void
office_payment_method_page(struct request *rq, struct response *rs)
{
    json_t *customer = office_customer_named(rq, rs);
    json_t *rows, *row, *model, *list;
    size_t i;

    if (!customer) {
        return;
    }
    if (payer_list(rq->db, rq->arena, rq->tenant->id, row_text(customer, "id"),
                   &rows) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    list = json_array();
    json_array_foreach(rows, i, row)
    {
        json_array_append_new(list, method_model(rq, row));
    }
    model = json_pack("{s:s+, s:s}", "back_url", rq->prefix,
                      arena_printf(rq->arena, "/admin/customers/%s",
                                   form_escape(rq->arena, rq->values[0])),
                      "back_label", customer_name(rq->arena, customer));
    model_list(model, "methods", list);
    model_text(model, "new_url",
               office_may(rq, "payments.change") &&
                       payer_creditor(rq->db, rq->arena, rq->tenant)
                   ? arena_printf(
                         rq->arena, "%s/admin/customers/%s/payment-method/new",
                         rq->prefix, form_escape(rq->arena, rq->values[0]))
                   : NULL);
    response_page(rs, "office_payment_method", json_in_arena(rq->arena, model));
}
