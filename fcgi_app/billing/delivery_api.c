/* REST: files of documents, and sending them. */
#include "base/json.h"
#include "base/model.h"
#include "billing/delivery.h"
#include "billing/delivery_document.h"
#include "billing/document_web.h"
#include "http/handlers.h"
#include "job/job_web.h"

static void
answer_file(struct request *rq, struct response *rs, enum document_kind kind)
{
    json_t *row;
    enum db_result r = invoice_by_number(rq->db, rq->arena, rq->tenant->id,
                                         rq->values[0], &row);

    if (r == DB_OK) {
        document_answer(rq, rs, row_text(row, "id"), kind);
    } else {
        response_error(rs, db_error(r));
    }
}

void
invoice_pdf_get(struct request *rq, struct response *rs)
{
    answer_file(rq, rs, DOCUMENT_PDF);
}

void
invoice_xml_get(struct request *rq, struct response *rs)
{
    answer_file(rq, rs, DOCUMENT_XML);
}

/* By a key of test mode nothing became of the document, and so of the call. */
static json_t *
answer_of(struct request *rq, const json_t *document)
{
    json_t *row = json_in_arena(rq->arena, json_copy((json_t *)document));

    if (rq->actor->test) {
        model_text(row, "dispatch", "suppressed");
        model_text(row, "dispatch_reason", N_("a key of test mode"));
    }
    return row;
}

void
invoice_send_post(struct request *rq, struct response *rs)
{
    struct delivery d = {.db = rq->db,
                         .arena = rq->arena,
                         .config = rq->config,
                         .keys = rq->keys,
                         .tenant = rq->tenant,
                         .actor = rq->actor,
                         .to = request_text(rq, "to")};
    struct document sent;
    json_t *row;
    enum db_result r = invoice_by_number(rq->db, rq->arena, rq->tenant->id,
                                         rq->values[0], &row);

    if (r == DB_OK) {
        r = delivery_send(&d, row_text(row, "id"));
    }
    if (r == DB_OK) {
        r = document_load(rq->db, rq->arena, rq->tenant, row_text(row, "id"),
                          &sent);
    }
    if (r == DB_UNIQUE) {
        response_error(rs, ERR_document_waiting);
    } else if (r != DB_OK) {
        response_error(rs, db_error(r));
    } else {
        response_json(rs, 200,
                      field_output(rq->arena, invoice_sent_fields,
                                   answer_of(rq, sent.row)));
    }
}

void
deliveries_again_post(struct request *rq, struct response *rs)
{
    const char *job;
    enum db_result r =
        delivery_again_ask(rq->db, rq->arena, rq->tenant->id, rq->actor,
                           request_text(rq, "run"), &job);

    if (r != DB_OK) {
        response_error(rs, r == DB_NONE ? ERR_unknown_run : ERR_unavailable);
        return;
    }
    job_answer(rq, rs, 202, job);
    response_header(rs, "Location",
                    arena_printf(rq->arena, "/api/v1/jobs/%s", job));
}
