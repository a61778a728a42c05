/* Reminders for the customer. */
#include "base/json.h"
#include "base/model.h"
#include "billing/reminder_view.h"
#include "http/form.h"
#include "http/handlers.h"
#include "session/session.h"
#include "tenant/tenant.h"

enum { PAGE_ROWS = 25 };

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

void
reminders_page(struct request *rq, struct response *rs)
{
    const char *here = arena_printf(rq->arena, "%s/reminders", rq->prefix);
    const char *before = request_argument(rq, "before");
    json_t *rows, *model = json_in_arena(rq->arena, json_object());

    if (db_rows(reminder_ask(rq->db, rq->arena, rq->tenant->id,
                             rq->session->customer, NULL, before,
                             PAGE_ROWS + 1),
                &rows) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    if (json_array_size(rows) > PAGE_ROWS) {
        json_array_remove(rows, PAGE_ROWS);
        model_text(model, "next_url",
                   arena_printf(
                       rq->arena, "%s?before=%s", here,
                       form_escape(rq->arena,
                                   row_text(json_array_get(rows, PAGE_ROWS - 1),
                                            "id"))));
    }
    model_text(model, "first_url", before ? here : NULL);
    model_list(model, "reminders", reminder_row_models(rq, rows));
    response_page(rs, "reminders", model);
}
