/* A background job: how far it is, and another try. */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "http/form.h"
#include "http/handlers.h"
#include "job/job.h"
#include "office/office_web.h"
#include "view/i18n.h"

/* As in the list, with what only one job's page has room for. */
static const struct field job_facts[] = {
    {.name = "done",
     .type = FIELD_INTEGER,
     .flags = FIELD_OUT,
     .label = N_("Done so far")},
    {.name = "result",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Result")},
    {.name = "finished",
     .type = FIELD_TIME,
     .flags = FIELD_OUT,
     .label = N_("Finished")},
    {.name = "created_by",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Who asked for it")},
    {.name = "request_id",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Request number")},
    FIELD_END,
};

static const char *
path_of(struct request *rq, const char *id)
{
    return arena_printf(rq->arena, "/admin/jobs/%s",
                        form_escape(rq->arena, id));
}

void
office_job_page(struct request *rq, struct response *rs)
{
    json_t *row, *model, *buttons = json_array(), *facts;
    enum db_result r =
        job_get(rq->db, rq->arena, rq->tenant->id, rq->values[0], &row);
    const char *id;

    if (r != DB_OK) {
        json_decref(buttons);
        office_refuse(rs, r);
        return;
    }
    id = row_text(row, "id");
    if (strcmp(row_text(row, "state"), "queued") != 0) {
        json_object_set_new(row, "next_at", json_integer(0));
    }
    facts = office_facts(rq, job_rows_fields, row);
    json_array_extend(
        facts, json_in_arena(rq->arena, office_facts(rq, job_facts, row)));
    if (strcmp(row_text(row, "state"), "failed") == 0 &&
        office_may(rq, "jobs.change")) {
        json_array_append_new(
            buttons,
            office_button(rq,
                          arena_printf(rq->arena, "%s/retry", path_of(rq, id)),
                          N_("Try again")));
    }
    model = json_pack("{s:s, s:s+, s:s, s:o}", "title", id, "back_url",
                      rq->prefix, "/admin/jobs", "back_label",
                      i18n(rq->language, N_("All jobs")), "facts", facts);
    model_list(model, "buttons", buttons);
    model_list(model, "tables", json_array());
    response_page(rs, "office_detail", json_in_arena(rq->arena, model));
}

void
office_job_retry(struct request *rq, struct response *rs)
{
    json_t *row;
    enum db_result r =
        job_get(rq->db, rq->arena, rq->tenant->id, rq->values[0], &row);

    if (r != DB_OK) {
        office_refuse(rs, r);
        return;
    }
    r = job_retry(rq->db, rq->arena, rq->tenant->id, rq->actor, rq->values[0]);
    if (r == DB_NONE) {
        response_error(rs, ERR_job_not_failed);
    } else if (r != DB_OK) {
        office_refuse(rs, r);
    } else {
        response_redirect(rq, rs, path_of(rq, rq->values[0]));
    }
}
