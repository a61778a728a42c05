/* REST: reminder runs, reminders, and invoices that are left alone. */
#include <string.h>

#include "base/json.h"
#include "billing/reminder_view.h"
#include "http/form.h"
#include "http/handlers.h"
#include "http/list.h"

static const char *const keys[] = {"id", NULL};

/* ---- runs ---- */

static void
answer_run(struct request *rq, struct response *rs, int status, const char *id)
{
    json_t *run, *letters;
    enum db_result r =
        reminder_run_get(rq->db, rq->arena, rq->tenant->id, id, &run);

    if (r == DB_OK) {
        r = reminder_run_letters(rq->db, rq->arena, rq->tenant->id, run, NULL,
                                 REMINDERS_SHOWN, &letters);
    }
    if (r == DB_OK) {
        r = reminder_shown(rq->db, rq->arena, rq->tenant->id, letters);
    }
    if (r != DB_OK) {
        response_error(rs, db_error(r));
        return;
    }
    json_object_set(run, "reminders", letters);
    response_json(rs, status,
                  field_output(rq->arena, reminder_run_one_fields, run));
}

void
reminder_runs_post(struct request *rq, struct response *rs)
{
    struct reminder_run_new new = {.date = request_text(rq, "date"),
                                   .dry_run =
                                       request_bool(rq, "dry_run", false),
                                   .origin = "api"};
    const char *id;

    if (!reminder_date_ok(rq->arena, rq->tenant, new.date, new.dry_run)) {
        field_fail(&rq->errors, "date", ERR_value_future, 0);
        response_error(rs, ERR_invalid);
        return;
    }
    if (reminder_run_ask(rq->db, rq->arena, rq->tenant, rq->actor, &new, &id) !=
        DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    answer_run(rq, rs, 202, id);
    response_header(rs, "Location",
                    arena_printf(rq->arena, "/api/v1/reminder-runs/%s", id));
}

void
reminder_runs_get(struct request *rq, struct response *rs)
{
    struct list list;
    json_t *rows;

    if (!list_begin(rq, rs, &list)) {
        return;
    }
    if (reminder_run_list(rq->db, rq->arena, rq->tenant->id,
                          list_after_text(&list, 0), list.limit + 1,
                          &rows) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    list_answer(rq, rs, &list, reminder_run_fields, rows, keys);
}

void
reminder_run_get_one(struct request *rq, struct response *rs)
{
    answer_run(rq, rs, 200, rq->values[0]);
}

/* ---- letters ---- */

static void
answer(struct request *rq, struct response *rs)
{
    json_t *row = reminder_named(rq, rs);

    if (!row) {
        return;
    }
    if (reminder_shown(rq->db, rq->arena, rq->tenant->id,
                       json_in_arena(rq->arena, json_pack("[O]", row))) !=
        DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    response_record(rq, rs, 200, reminder_fields, row);
}

void
reminders_get(struct request *rq, struct response *rs)
{
    struct reminder_filter filter = {.customer = request_text(rq, "customer"),
                                     .contract = request_text(rq, "contract"),
                                     .run = request_text(rq, "run"),
                                     .dispatch = request_text(rq, "dispatch"),
                                     .level = request_number(rq, "level", 0)};
    struct list list;
    json_t *rows;
    enum db_result r;

    if (!list_begin(rq, rs, &list)) {
        return;
    }
    r = reminder_list(rq->db, rq->arena, rq->tenant->id, &filter,
                      list_after_text(&list, 0), list.limit + 1, &rows);
    if (r == DB_OK) {
        r = reminder_shown(rq->db, rq->arena, rq->tenant->id, rows);
    }
    if (r != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    list_answer(rq, rs, &list, reminder_fields, rows, keys);
}

void
reminder_get_one(struct request *rq, struct response *rs)
{
    answer(rq, rs);
}

void
reminder_pdf_get(struct request *rq, struct response *rs)
{
    json_t *row = reminder_named(rq, rs);

    if (row) {
        reminder_send_pdf(rq, rs, row);
    }
}

static void
act(struct request *rq, struct response *rs, enum reminder_act what)
{
    if (reminder_act_on_named(rq, rs, what)) {
        answer(rq, rs);
    }
}

void
reminder_resend_post(struct request *rq, struct response *rs)
{
    act(rq, rs, REMINDER_RESEND);
}

void
reminder_printed_post(struct request *rq, struct response *rs)
{
    act(rq, rs, REMINDER_PRINTED);
}

void
reminder_withdraw_post(struct request *rq, struct response *rs)
{
    act(rq, rs, REMINDER_WITHDRAW);
}

/* ---- invoices that are left alone ---- */

static void
answer_block(struct request *rq, struct response *rs)
{
    json_t *row;
    enum db_result r =
        reminder_state(rq->db, rq->arena, rq->tenant->id, rq->values[0], &row);

    if (r != DB_OK) {
        response_error(rs, db_error(r));
        return;
    }
    response_json(rs, 200, field_output(rq->arena, reminder_block_fields, row));
}

void
reminder_block_get(struct request *rq, struct response *rs)
{
    answer_block(rq, rs);
}

void
reminder_block_put(struct request *rq, struct response *rs)
{
    const char *until = request_text(rq, "reminder_block");
    json_t *row;
    enum db_result r =
        reminder_state(rq->db, rq->arena, rq->tenant->id, rq->values[0], &row);

    if (r == DB_OK) {
        r = reminder_block(rq->db, rq->arena, rq->tenant->id, rq->actor, row,
                           until ? until : "");
        r = r == DB_NONE ? DB_BUSY : r;
    }
    if (r != DB_OK) {
        response_error(rs, db_error(r));
        return;
    }
    answer_block(rq, rs);
}
