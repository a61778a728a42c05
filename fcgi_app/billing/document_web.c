#include "billing/document_web.h"

#include "http/response.h"

static void
send_file(struct request *rq, struct response *rs, const json_t *row,
          enum document_kind kind, const char *hash)
{
    struct arena *a = rq->arena;
    const char *ending = document_ending(kind);

    response_bytes(rs, document_type(kind), "", 0);
    response_attachment(rs, a, row_text(row, "number"), ending);
    response_header(rs, "X-Accel-Redirect",
                    arena_printf(a, "/_pforte/documents/%s/%s.%s",
                                 rq->tenant->id, hash, ending));
}

void
document_not_made(struct request *rq, struct response *rs)
{
    response_error(rs, ERR_document_waiting);
    response_header(rs, "Retry-After", "60");
    if (rq->session) {
        response_header(rs, "Refresh", "60");
    }
}

void
document_answer(struct request *rq, struct response *rs, const char *id,
                enum document_kind kind)
{
    struct document document;
    struct document_bytes bytes;
    enum db_result r =
        document_load(rq->db, rq->arena, rq->tenant, id, &document);

    if (r == DB_OK) {
        r = document_file(rq->db, rq->arena, rq->config, rq->tenant, rq->actor,
                          &document, kind, &bytes);
    }
    if (r == DB_NONE && kind == DOCUMENT_XML) {
        response_error(rs, ERR_document_no_xml);
    } else if (r == DB_FAILED) {
        document_not_made(rq, rs);
    } else if (r != DB_OK) {
        response_error(rs, db_error(r));
    } else {
        send_file(rq, rs, document.row, kind, bytes.hash);
    }
}

bool
document_has_xml(struct request *rq, const char *id)
{
    struct document document;

    return document_load(rq->db, rq->arena, rq->tenant, id, &document) ==
               DB_OK &&
           !document_xml_lacks(&document);
}
