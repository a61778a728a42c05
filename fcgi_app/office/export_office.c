#include "office/export_office.h"

#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "job/job.h"
#include "office/office_web.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

/* What is told of the job. */
static const struct field facts[] = {
    {.name = "state",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT,
     .label = N_("Status")},
    {.name = "done",
     .type = FIELD_INTEGER,
     .flags = FIELD_OUT,
     .label = N_("Done so far")},
    {.name = "created",
     .type = FIELD_TIME,
     .flags = FIELD_OUT,
     .label = N_("Created")},
    {.name = "last_error",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Last error")},
    FIELD_END,
};

static bool
has_state(const json_t *job, const char *state)
{
    return strcmp(row_text(job, "state"), state) == 0;
}

json_t *
office_export_job(struct request *rq, struct response *rs, const char *kind)
{
    json_t *job;
    enum db_result r =
        job_get(rq->db, rq->arena, rq->tenant->id, rq->values[0], &job);

    if (r == DB_OK && strcmp(row_text(job, "kind"), kind) != 0) {
        r = DB_NONE;
    }
    if (r != DB_OK) {
        office_refuse(rs, r);
        return NULL;
    }
    return job;
}

static json_t *
links_of(struct request *rq, const struct office_export *x, const json_t *job)
{
    return has_state(job, "done")
               ? json_pack("[o]",
                           office_link(
                               rq, arena_printf(rq->arena, "%s/file", rq->path),
                               x->download, false))
               : json_array();
}

void
office_export_page(struct request *rq, struct response *rs,
                   const struct office_export *x, const json_t *job)
{
    json_t *model = json_pack(
        "{s:s, s:s+, s:s}", "title", i18n(rq->language, x->title), "back_url",
        rq->prefix, x->back, "back_label", i18n(rq->language, x->back_label));
    struct office_progress progress = {.under_way = !has_state(job, "done") &&
                                                    !has_state(job, "failed"),
                                       .done = row_int(job, "done"),
                                       .total = row_int(job, "total"),
                                       .words = x->words};

    json_object_set_new(model, "facts", office_facts(rq, facts, job));
    model_text(model, "lead",
               has_state(job, "done")
                   ? i18n(rq->language,
                          N_("The file is made. It can be fetched for a week."))
                   : NULL);
    model_text(model, "why", NULL);
    model_list(model, "links", links_of(rq, x, job));
    model_list(model, "buttons", json_array());
    model_list(model, "tables", json_array());
    office_run(rq, rs, model, &progress);
}
