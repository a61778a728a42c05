/* When invoice runs start by themselves. */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "billing/schedule.h"
#include "http/form.h"
#include "http/handlers.h"
#include "office/office_web.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

static const char list_path[] = "/admin/invoice-schedules";

static const char *
page_of(struct request *rq, const char *id)
{
    return arena_printf(rq->arena, "%s/%s", list_path,
                        form_escape(rq->arena, id));
}

/* The schedule that the path names; NULL with the error in the response. */
static json_t *
schedule_named(struct request *rq, struct response *rs)
{
    json_t *row = NULL;
    enum db_result r =
        schedule_get(rq->db, rq->arena, rq->tenant->id, rq->values[0], &row);

    if (r != DB_OK) {
        office_refuse(rs, r);
    }
    return row;
}

/* row: as it stands, NULL for a new one. */
static void
show_form(struct request *rq, struct response *rs, json_t *row, enum err error)
{
    json_t *begun =
        json_in_arena(rq->arena, json_pack("{s:s, s:s, s:i, s:i, s:b}", "unit",
                                           "day", "weekday", "monday", "day", 1,
                                           "hour", 6, "active", 1));
    json_t *model = json_pack(
        "{s:s, s:s+, s:s, s:s+, s:s, s:s}", "title",
        i18n(rq->language,
             row ? N_("Change the schedule") : N_("Add a schedule")),
        "back_url", rq->prefix, list_path, "back_label",
        i18n(rq->language, N_("All schedules")), "action", rq->prefix,
        row ? page_of(rq, row_text(row, "id")) : list_path, "submit",
        i18n(rq->language, N_("Save")), "lead",
        i18n(rq->language, N_("A run starts at that hour in the portal's time "
                              "zone and bills all that is due by then. Days "
                              "that a month does not have are its last one.")));

    model_text(model, "version", row ? page_version(rq, row) : NULL);
    model_text(model, "remove_url",
               row ? arena_printf(rq->arena, "%s%s/remove", rq->prefix,
                                  page_of(rq, row_text(row, "id")))
                   : NULL);
    page_form(rq, rs, "office_record_form", model, schedule_form_fields,
              row ? row : begun, error);
}

void
schedule_new_page(struct request *rq, struct response *rs)
{
    show_form(rq, rs, NULL, ERR_NONE);
}

void
schedule_new_submit(struct request *rq, struct response *rs)
{
    struct schedule s = schedule_of(rq->input);

    if (rq->errors.n > 0) {
        show_form(rq, rs, NULL, ERR_NONE);
    } else if (schedule_create(rq->db, rq->arena, rq->tenant, rq->actor, &s) !=
               DB_OK) {
        response_error(rs, ERR_unavailable);
    } else {
        response_redirect(rq, rs, list_path);
    }
}

void
schedule_page(struct request *rq, struct response *rs)
{
    json_t *row = schedule_named(rq, rs);

    if (row) {
        show_form(rq, rs, row, ERR_NONE);
    }
}

void
schedule_submit(struct request *rq, struct response *rs)
{
    json_t *row = schedule_named(rq, rs);
    struct schedule s = schedule_of(rq->input);

    if (!row) {
        return;
    }
    if (!page_version_is(rq, page_version(rq, row))) {
        show_form(rq, rs, row, ERR_changed_meanwhile);
    } else if (rq->errors.n > 0) {
        show_form(rq, rs, row, ERR_NONE);
    } else if (schedule_change(rq->db, rq->arena, rq->tenant, rq->actor, row,
                               &s) != DB_OK) {
        response_error(rs, ERR_unavailable); /* so it is looked at once more */
    } else {
        response_redirect(rq, rs, list_path);
    }
}

/* ---- removal ---- */

static void
show_removal(struct request *rq, struct response *rs, json_t *row,
             enum err error)
{
    struct office_removal removal = {
        .question = N_("Remove this schedule?"),
        .name = i18n(rq->language, N_("Schedules of invoice runs")),
        .back = list_path,
        .version = page_version(rq, row),
        .fields = schedule_list_fields,
        .row = row};

    office_ask_removal(rq, rs, &removal, error);
}

void
schedule_remove_page(struct request *rq, struct response *rs)
{
    json_t *row = schedule_named(rq, rs);

    if (row) {
        show_removal(rq, rs, row, ERR_NONE);
    }
}

void
schedule_remove_submit(struct request *rq, struct response *rs)
{
    json_t *row = schedule_named(rq, rs);

    if (!row) {
        return;
    }
    if (!page_version_is(rq, page_version(rq, row))) {
        show_removal(rq, rs, row, ERR_changed_meanwhile);
    } else if (schedule_remove(rq->db, rq->arena, rq->tenant, rq->actor, row) !=
               DB_OK) {
        response_error(rs, ERR_unavailable);
    } else {
        response_redirect(rq, rs, list_path);
    }
}
