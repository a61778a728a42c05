/* REST: the audit trail, exports of it, and jobs. */
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "export/export_web.h"
#include "http/handlers.h"
#include "http/list.h"
#include "job/job_web.h"
#include "tenant/tenant.h"

/* ---- audit ---- */

void
audit_get(struct request *rq, struct response *rs)
{
    struct audit_filter filter = {.actor = request_text(rq, "actor"),
                                  .action = request_text(rq, "action"),
                                  .object = request_text(rq, "object"),
                                  .account = request_text(rq, "account"),
                                  .from = request_number(rq, "from", 0),
                                  .to = request_number(rq, "to", CLOCK_END)};
    static const char *const keys[] = {"id", NULL};
    struct list list;
    json_t *rows;

    if (!list_begin(rq, rs, &list)) {
        return;
    }
    if (audit_list(rq->db, rq->arena, rq->tenant->id, &filter,
                   list_after_text(&list, 0), list.limit + 1, &rows) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    list_answer(rq, rs, &list, audit_fields, rows, keys);
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
    job_answer(rq, rs, 201, id);
}

/* ---- jobs ---- */

void
jobs_get(struct request *rq, struct response *rs)
{
    static const char *const keys[] = {"id", NULL};
    struct list list;
    json_t *rows;

    if (!list_begin(rq, rs, &list)) {
        return;
    }
    if (job_list(rq->db, rq->arena, rq->tenant->id, request_text(rq, "state"),
                 request_text(rq, "kind"), list_after_text(&list, 0),
                 list.limit + 1, &rows) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    list_answer(rq, rs, &list, job_fields, rows, keys);
}

void
job_get_one(struct request *rq, struct response *rs)
{
    job_answer(rq, rs, 200, rq->values[0]);
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
        response_error(rs, db_error(r));
        return;
    }
    job_answer(rq, rs, 200, rq->values[0]);
}

/* ---- files ---- */

/* nginx sends it (X-Accel-Redirect); whether it is there is nginx's to see. */
static void
export_answer(struct request *rq, struct response *rs, const char *id,
              const char *file)
{
    const char *ending = strrchr(file, '.');
    bool zip = ending && strcmp(ending, ".zip") == 0;
    struct arena *a = rq->arena;

    response_bytes(rs, zip ? "application/zip" : "text/csv; charset=utf-8", "",
                   0);
    response_header(
        rs, "Content-Disposition",
        arena_printf(a, "attachment; filename=\"%s%s\"", id, ending));
    response_header(
        rs, "X-Accel-Redirect",
        arena_printf(a, "/_pforte/exports/%s/%s", rq->tenant->id, file));
}

void
export_file_answer(struct request *rq, struct response *rs, const char *kind)
{
    json_t *row, *result;
    const char *file;
    enum db_result r =
        job_get(rq->db, rq->arena, rq->tenant->id, rq->values[0], &row);

    if (r == DB_OK && strcmp(row_text(row, "kind"), kind) != 0) {
        r = DB_NONE;
    }
    if (r != DB_OK) {
        response_error(rs, db_error(r));
        return;
    }
    result =
        json_object_get(field_output(rq->arena, job_fields, row), "result");
    file = json_string_value(json_object_get(result, "file"));
    if (!file) {
        response_error(rs, ERR_not_found);
    } else if (row_int(row, "finished") + EXPORT_LIFE_S <= clock_now()) {
        response_error(rs, ERR_export_expired);
    } else {
        export_answer(rq, rs, row_text(row, "id"), file);
    }
}

/* Which key may have what is in the file of a job: the list of jobs tells of
 * all of them. Files of the back office's lists are for its people. */
static const struct {
    const char *kind, *scope;
} scopes[] = {{"audit_csv", "audit:read"}, {"invoices_zip", "invoices:read"}};

void
job_file_get(struct request *rq, struct response *rs)
{
    const char *kind;
    json_t *row;
    enum db_result r =
        job_get(rq->db, rq->arena, rq->tenant->id, rq->values[0], &row);

    if (r != DB_OK) {
        response_error(rs, db_error(r));
        return;
    }
    kind = row_text(row, "kind");
    for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++) {
        if (strcmp(scopes[i].kind, kind) != 0) {
            continue;
        }
        if (api_key_allows(rq->api_key, scopes[i].scope)) {
            export_file_answer(rq, rs, kind);
        } else {
            response_error(rs, ERR_api_scope);
        }
        return;
    }
    response_error(rs, ERR_not_found);
}
