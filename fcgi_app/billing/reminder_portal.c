/* A reminder for the customer. */
#include "billing/reminder_view.h"
#include "http/handlers.h"
#include "session/session.h"

void
reminder_pdf(struct request *rq, struct response *rs)
{
    json_t *row;
    enum db_result r =
        reminder_get(rq->db, rq->arena, rq->tenant->id, rq->session->customer,
                     session_contract(rq->session), rq->values[0], &row);

    if (r != DB_OK) {
        response_error(rs, db_error(r));
        return;
    }
    reminder_send_pdf(rq, rs, row);
}
