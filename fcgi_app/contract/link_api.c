/* REST: self-service links of a contract. */
#include "base/json.h"
#include "contract/contract.h"
#include "contract/link.h"
#include "http/handlers.h"
#include "session/session_web.h"
#include "tenant/tenant.h"

/* The contract whose reference the path names; NULL with the error in the
 * response. */
static json_t *
contract_named(struct request *rq, struct response *rs)
{
    json_t *row;
    enum db_result r =
        contract_by_ref(rq->db, rq->arena, rq->tenant->id, rq->values[0], &row);

    if (r == DB_OK) {
        return row;
    }
    response_error(rs, db_error(r));
    return NULL;
}

void
self_service_token_post(struct request *rq, struct response *rs)
{
    struct session_store store = session_store_of(rq);
    json_t *contract = contract_named(rq, rs), *row;
    struct link_made link;
    int64_t minutes, most;

    if (!contract) {
        return;
    }
    minutes = request_number(rq, "valid_minutes", link_minutes(&store));
    most = link_minutes_max(&store);
    if (minutes > most) {
        field_fail(&rq->errors, "valid_minutes", ERR_value_link_minutes,
                   (long)most);
        response_error(rs, ERR_invalid);
        return;
    }
    if (link_mint(&store, contract, minutes, &link) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    row = json_in_arena(rq->arena,
                        json_pack("{s:s, s:I, s:s, s:s}", "token", link.token,
                                  "expiry", (json_int_t)link.expires, "purpose",
                                  "customer_portal", "url", link.url));
    response_json(rs, 201, field_output(rq->arena, link_answer_fields, row));
}

void
self_service_token_delete(struct request *rq, struct response *rs)
{
    struct session_store store = session_store_of(rq);
    json_t *contract = contract_named(rq, rs);

    if (!contract) {
        return;
    }
    if (link_revoke(&store, contract) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    response_empty(rs, 204);
}
