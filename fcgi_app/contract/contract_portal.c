/* Customer pages: contracts. The page of one contract lists its invoices too
 * and therefore stands with them, in billing. */
#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "contract/contract.h"
#include "contract/contract_view.h"
#include "http/handlers.h"
#include "session/session.h"
#include "tenant/section_web.h"
#include "tenant/tenant.h"

enum { CONTRACTS_MAX = 200, GLANCE_ROWS = 5, SERVICES_MAX = 500 };

void
contracts_page(struct request *rq, struct response *rs)
{
    json_t *models = contract_models(rq, contracts_ask(rq, CONTRACTS_MAX)),
           *model;

    if (!models) {
        response_error(rs, ERR_unavailable);
        return;
    }
    model = json_in_arena(rq->arena, json_object());
    model_list(model, "contracts", models);
    response_page(rs, "contracts", model);
}

void *
section_ask_contract(struct request *rq)
{
    return contracts_ask(rq, GLANCE_ROWS);
}

bool
section_show_contract(struct request *rq, void *asked, json_t *model)
{
    json_t *contracts = contract_models(rq, asked);

    if (contracts) {
        model_list(model, "contracts", contracts);
    }
    return contracts != NULL;
}

/* ---- services ---- */

/* The contract is named to whoever may see it. */
static json_t *
service_model(struct request *rq, const json_t *row, bool links)
{
    struct arena *a = rq->arena;
    json_t *model =
        json_pack("{s:s, s:s}", "description", row_text(row, "description"),
                  "quantity_text",
                  text_decimal(a, rq->language, row_int(row, "quantity")));

    model_text(model, "contract", links ? row_text(row, "name") : NULL);
    model_text(
        model, "url",
        arena_printf(a, "%s/contracts/%s", rq->prefix, row_text(row, "ref")));
    model_date(model, a, rq->language, "start", row_text(row, "start_date"));
    model_date(model, a, rq->language, "end", row_text(row, "end_date"));
    return model;
}

void
services_page(struct request *rq, struct response *rs)
{
    const struct session *s = rq->session;
    bool links = membership_allows(s->membership, "billing.contracts.view");
    const char *day = tenant_today(rq->arena, rq->tenant);
    json_t *rows, *row, *models = json_array();
    json_t *model = json_in_arena(rq->arena, json_object());
    size_t i;

    if (contract_services(rq->db, rq->arena, rq->tenant->id, s->customer, day,
                          SERVICES_MAX, &rows) != DB_OK) {
        json_decref(models);
        response_error(rs, ERR_unavailable);
        return;
    }
    json_array_foreach(rows, i, row)
    {
        json_array_append_new(models, service_model(rq, row, links));
    }
    model_list(model, "services", models);
    response_page(rs, "services", model);
}
