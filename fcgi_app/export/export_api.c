/* REST: the audit trail, exports of it, and jobs. */
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "export/export.h"
#include "http/handlers.h"

enum { PAGE_ROWS = 50 };

/* Of limit + 1 rows: the page, and where the next one begins. */
static void
answer_list(struct request *rq, struct response *rs, const struct field *fields,
            json_t *rows, size_t limit)
{
    json_t *items = json_array(), *next = json_null(), *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        if (i == limit) {
            next = json_string(row_text(json_array_get(rows, i - 1), "id"));
            break;
        }
        json_array_append(items, field_output(rq->arena, fields, row));
    }
    response_json(rs, 200,
                  json_in_arena(rq->arena, json_pack("{s:o, s:o}", "items",
                                                     items, "next", next)));
}

/* ---- audit ---- */

void
audit_get(struct request *rq, struct response *rs)
{
    struct audit_filter filter = {.actor = request_text(rq, "actor"),
                                  .action = request_text(rq, "action"),
                                  .object = request_text(rq, "object"),
                                  .account = request_text(rq, "account"),
                                  .from = request_number(rq, "from", 0),
                                  .to = request_number(rq, "to", 0)};
    int limit = (int)request_number(rq, "limit", PAGE_ROWS);
    json_t *rows;

    if (audit_list(rq->db, rq->arena, rq->tenant->id, &filter,
                   request_text(rq, "cursor"), limit + 1, &rows) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    answer_list(rq, rs, audit_fields, rows, (size_t)limit);
}

static void
answer_job(struct request *rq, struct response *rs, int status, const char *id)
{
    json_t *row;
    enum db_result r = job_get(rq->db, rq->arena, rq->tenant->id, id, &row);

    if (r != DB_OK) {
        response_error(rs, r == DB_NONE ? ERR_not_found : ERR_unavailable);
        return;
    }
    if (strcmp(row_text(row, "state"), "queued") != 0) {
        json_object_set_new(row, "next_at", json_null());
    }
    response_json(rs, status, field_output(rq->arena, job_fields, row));
}

void
audit_export_post(struct request *rq, struct response *rs)
{
    const char *id;

    if (export_ask(rq->db, rq->arena, rq->tenant, rq->actor, rq->input, &id) !=
        DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    answer_job(rq, rs, 201, id);
}

/* ---- jobs ---- */

void
jobs_get(struct request *rq, struct response *rs)
{
    int limit = (int)request_number(rq, "limit", PAGE_ROWS);
    json_t *rows;

    if (job_list(rq->db, rq->arena, rq->tenant->id, request_text(rq, "state"),
                 request_text(rq, "kind"), request_text(rq, "cursor"),
                 limit + 1, &rows) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    answer_list(rq, rs, job_fields, rows, (size_t)limit);
}

void
job_get_one(struct request *rq, struct response *rs)
{
    answer_job(rq, rs, 200, rq->values[0]);
}

void
job_retry_post(struct request *rq, struct response *rs)
{
    json_t *row;
    enum db_result r =
        job_get(rq->db, rq->arena, rq->tenant->id, rq->values[0], &row);

    if (r == DB_OK) {
        r = job_retry(rq->db, rq->arena, rq->tenant->id, rq->actor,
                      rq->values[0]);
        if (r == DB_NONE) {
            response_error(rs, ERR_job_not_failed);
            return;
        }
    }
    if (r != DB_OK) {
        response_error(rs, r == DB_NONE ? ERR_not_found : ERR_unavailable);
        return;
    }
    answer_job(rq, rs, 200, rq->values[0]);
}

/* ---- files ---- */

/* nginx sends it (X-Accel-Redirect); whether it is there is nginx's to see. */
void
job_file_get(struct request *rq, struct response *rs)
{
    struct arena *a = rq->arena;
    json_t *row, *result;
    const char *file;
    enum db_result r = job_get(rq->db, a, rq->tenant->id, rq->values[0], &row);

    if (r != DB_OK) {
        response_error(rs, r == DB_NONE ? ERR_not_found : ERR_unavailable);
        return;
    }
    result = json_object_get(field_output(a, job_fields, row), "result");
    file = json_string_value(json_object_get(result, "file"));
    if (!file) {
        response_error(rs, ERR_not_found);
    } else if (row_int(row, "finished") + EXPORT_LIFE_S <= clock_now()) {
        response_error(rs, ERR_export_expired);
    } else {
        response_bytes(rs, "text/csv; charset=utf-8", "", 0);
        response_header(rs, "Content-Disposition",
                        arena_printf(a, "attachment; filename=\"%s.csv\"",
                                     row_text(row, "id")));
        response_header(
            rs, "X-Accel-Redirect",
            arena_printf(a, "/_pforte/exports/%s/%s", rq->tenant->id, file));
    }
}
