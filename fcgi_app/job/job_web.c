#include "job/job_web.h"

#include <string.h>

#include "job/job.h"

void
job_answer(struct request *rq, struct response *rs, int status, const char *id)
{
    json_t *row;
    enum db_result r = job_get(rq->db, rq->arena, rq->tenant_id, id, &row);

    if (r != DB_OK) {
        response_error(rs, db_error(r));
        return;
    }
    if (strcmp(row_text(row, "state"), "queued") != 0) {
        json_object_set_new(row, "next_at", json_null());
    }
    response_json(rs, status, field_output(rq->arena, job_fields, row));
}
