#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "office/form_use_web.h"
#include "office/office_store.h"
#include "tenant/tenant.h"

enum { ID_BYTES = 16, ID_TEXT = 22 };

const char *
form_id(struct request *rq)
{
    return id_secret(rq->arena, ID_BYTES);
}

/* Where a redirect leads inside the portal, or the way back from a page that
 * shows something once; else the form's own page. */
static const char *
location_of(const struct request *rq, const struct response *rs)
{
    size_t prefix = strlen(rq->prefix);
    const char *back;

    for (size_t i = 0; i < rs->n_headers; i++) {
        if (strcmp(rs->headers[i].name, "Location") == 0) {
            return rs->headers[i].value + prefix;
        }
    }
    back = rs->kind == RESPONSE_PAGE ? row_text(rs->model, "back_url") : NULL;
    return back ? back + prefix : rq->path;
}

const char *
form_id_sent(const struct request *rq)
{
    const char *id = request_typed(rq, "form_id");

    return strlen(id) == ID_TEXT ? id : NULL;
}

enum db_result
form_claim(struct request *rq, const void *id)
{
    int64_t claimed = 0;
    enum db_result r =
        form_store_claim(rq->db, rq->tenant->id, id, clock_now(), &claimed);

    return r == DB_OK && claimed == 0 ? DB_UNIQUE : r;
}

enum db_result
form_keep(struct request *rq, const struct response *rs, const void *id)
{
    return form_store_settle(rq->db, rq->tenant->id, id, location_of(rq, rs));
}

void
form_again(struct request *rq, struct response *rs, const void *id)
{
    json_t *row;

    if (form_store_get(rq->db, rq->arena, rq->tenant->id, id, &row) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    response_redirect(rq, rs, row_text(row, "location"));
}
