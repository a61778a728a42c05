/* What the portal of a single customer leaves out. */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "customer/customer.h"
#include "http/form.h"
#include "http/handlers.h"
#include "office/customer_office.h"
#include "office/office_web.h"
#include "tenant/tenant.h"

static const char *
page_of(struct request *rq, const json_t *row)
{
    return arena_printf(rq->arena, "/admin/customers/%s",
                        form_escape(rq->arena, row_text(row, "number")));
}

static bool
left_out(const json_t *row, const char *feature)
{
    return text_has_word(row_text(row, "portal_without"), feature);
}

/* The check-boxes as they stand. */
static json_t *
boxes(struct request *rq, const json_t *row)
{
    json_t *values = json_in_arena(rq->arena, json_object());

    for (const struct field *f = customer_portal_fields; f->name; f++) {
        json_object_set_new(values, f->name,
                            json_integer(!left_out(row, f->name)));
    }
    return values;
}

static void
show(struct request *rq, struct response *rs, const json_t *row, enum err error)
{
    json_t *model =
        json_pack("{s:s+, s:s++}", "back_url", rq->prefix, page_of(rq, row),
                  "action", rq->prefix, page_of(rq, row), "/portal");

    model_text(model, "name", customer_name(rq->arena, row));
    model_text(model, "version", page_version(rq, row));
    page_form(rq, rs, "office_customer_portal", model, customer_portal_fields,
              boxes(rq, row), error);
}

void
customer_portal_page(struct request *rq, struct response *rs)
{
    json_t *row = office_customer_named(rq, rs);

    if (row) {
        show(rq, rs, row, ERR_NONE);
    }
}

/* {"portal_without": […]}: the boxes that nobody ticked. */
static json_t *
as_change(struct request *rq)
{
    json_t *names = json_array();

    for (const struct field *f = customer_portal_fields; f->name; f++) {
        if (!request_bool(rq, f->name, false)) {
            json_array_append_new(names, json_string(f->name));
        }
    }
    return json_in_arena(rq->arena,
                         json_pack("{s:o}", "portal_without", names));
}

void
customer_portal_submit(struct request *rq, struct response *rs)
{
    json_t *row = office_customer_named(rq, rs);
    struct customer_sent sent = {rq->arena, rq->tenant, NULL, row, &rq->errors};
    struct customer_new new;
    enum db_result r;

    if (!row) {
        return;
    }
    if (!page_version_is(rq, page_version(rq, row))) {
        show(rq, rs, row, ERR_changed_meanwhile);
        return;
    }
    sent.input = as_change(rq);
    r = customer_take(rq->db, &sent, &new);
    if (r == DB_OK) {
        r = customer_change(rq->db, rq->arena, rq->tenant->id, rq->actor, row,
                            &new);
    }
    if (r == DB_OK) {
        response_redirect(rq, rs, page_of(rq, row));
    } else if (r == DB_CHECK) {
        show(rq, rs, row, ERR_invalid);
    } else {
        response_error(rs, ERR_unavailable);
    }
}
