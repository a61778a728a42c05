#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "office/form_use_web.h"
#include "office/office_store.h"
#include "tenant/tenant.h"

enum { ID_BYTES = 16, ID_TEXT = 22 };

const char *
form_id(struct request *rq)
{
    return id_secret(rq->arena, ID_BYTES);
}

struct run {
    handler *function;
    struct request *rq;
    struct response *rs;
    const char *id;
    bool repeated;
};

/* Where a redirect leads inside the portal, or the way back from a page that
 * shows something once; else the form's own page. */
static const char *
location_of(const struct run *run)
{
    const struct response *rs = run->rs;
    size_t prefix = strlen(run->rq->prefix);
    const char *back;

    for (size_t i = 0; i < rs->n_headers; i++) {
        if (strcmp(rs->headers[i].name, "Location") == 0) {
            return rs->headers[i].value + prefix;
        }
    }
    back = rs->kind == RESPONSE_PAGE ? row_text(rs->model, "back_url") : NULL;
    return back ? back + prefix : run->rq->path;
}

/* An answer that is an error undoes what led to it; one that says that the
 * database was busy may come out better the next time. */
static enum db_result
verdict(const struct response *rs)
{
    if (rs->kind == RESPONSE_ERROR && rs->error == ERR_unavailable) {
        return DB_BUSY;
    }
    return rs->status < 400 ? DB_OK : DB_CHECK;
}

static enum db_result
run_in_transaction(struct db *db, void *data)
{
    struct run *run = data;
    const char *tenant = run->rq->tenant->id;
    int64_t claimed = 0;
    enum db_result r =
        form_store_claim(db, tenant, run->id, clock_now(), &claimed);

    *run->rs = (struct response){0};
    run->repeated = r == DB_OK && claimed == 0;
    if (r != DB_OK || run->repeated) {
        return r;
    }
    run->function(run->rq, run->rs);
    r = verdict(run->rs);
    return r == DB_OK ? form_store_settle(db, tenant, run->id, location_of(run))
                      : r;
}

static void
answer_again(struct run *run)
{
    json_t *row;
    struct request *rq = run->rq;

    if (form_store_get(rq->db, rq->arena, rq->tenant->id, run->id, &row) !=
        DB_OK) {
        response_error(run->rs, ERR_unavailable);
        return;
    }
    response_redirect(rq, run->rs, row_text(row, "location"));
}

void
form_run_once(handler *function, struct request *rq, struct response *rs)
{
    struct run run = {function, rq, rs,
                      json_string_value(json_object_get(rq->raw, "form_id")),
                      false};
    enum db_result r;

    if (!run.id || strlen(run.id) != ID_TEXT) {
        response_error(rs, ERR_form_expired);
        return;
    }
    r = db_transaction(rq->db, true, run_in_transaction, &run);
    if (run.repeated) {
        answer_again(&run);
    } else if (r != DB_OK && rs->status < 400) {
        response_error(rs, ERR_unavailable);
    }
}
