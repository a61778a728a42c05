/* Customer pages: contracts. The page of one contract lists its invoices too
 * and therefore stands with them, in billing. */
#include "base/json.h"
#include "base/model.h"
#include "contract/contract_view.h"

#include "http/handlers.h"

enum { CONTRACTS_MAX = 200 };

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
