#include "customer/customer.h"
#include "http/handlers.h"
#include "tenant/tenant.h"

void
customer_get(struct request *rq, struct response *rs)
{
    json_t *row;

    switch (customer_by_number(rq->db, rq->arena, rq->tenant->id, rq->values[0],
                               &row)) {
    case DB_OK:
        response_json(rs, 200, field_output(rq->arena, customer_fields, row));
        break;
    case DB_NONE:
        response_error(rs, ERR_not_found);
        break;
    default:
        response_error(rs, ERR_unavailable);
    }
}
