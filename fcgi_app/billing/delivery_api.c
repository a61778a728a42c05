/* REST: files of documents, and sending them. */
#include "billing/delivery_document.h"
#include "billing/document_web.h"
#include "http/handlers.h"

void
invoice_xml_get(struct request *rq, struct response *rs)
{
    json_t *row;
    enum db_result r = invoice_by_number(rq->db, rq->arena, rq->tenant->id,
                                         rq->values[0], &row);

    if (r != DB_OK) {
        response_error(rs, db_error(r));
        return;
    }
    document_answer(rq, rs, row_text(row, "id"), DOCUMENT_XML);
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
                      field_output(rq->arena, invoice_sent_fields, sent.row));
    }
}
