/* REST: credit notes, and corrections of invoices. */
#include "base/json.h"
#include "billing/credit.h"
#include "billing/ledger.h"
#include "http/handlers.h"
#include "tenant/tenant.h"

static void
answer(struct request *rq, struct response *rs, const char *id)
{
    json_t *row, *lines, *line;
    size_t i;
    enum db_result r =
        ledger_document_by_id(rq->db, rq->arena, rq->tenant->id, id, &row);

    if (r == DB_OK) {
        r = invoice_lines(rq->db, rq->arena, rq->tenant->id, id, &lines);
    }
    if (r != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    json_array_foreach(lines, i, line)
    {
        json_object_set(line, "currency", json_object_get(row, "currency"));
    }
    json_object_set(row, "lines", lines);
    response_record(rq, rs, 201, ledger_document_full_fields, row);
}

void
credit_notes_post(struct request *rq, struct response *rs)
{
    struct credit_sent sent = {rq->arena, rq->tenant, rq->input, &rq->errors};
    struct credit_line lines[CREDIT_LINES];
    struct credit_note_new new;
    const char *id;
    enum db_result r = credit_note_take(rq->db, &sent, lines, &new);

    if (r == DB_OK) {
        r = credit_note_create(rq->db, rq->arena, rq->actor, &new, &id);
    }
    if (r == DB_OK) {
        answer(rq, rs, id);
    } else {
        response_error(rs, r == DB_CHECK ? ERR_invalid : ERR_unavailable);
    }
}

static void
refuse(struct request *rq, struct response *rs,
       const struct correction_new *new, enum correction_fault fault)
{
    switch (fault) {
    case CORRECTION_NOT_OF:
        response_error(rs, ERR_not_correctable);
        break;
    case CORRECTION_VOID:
        response_error(rs, ERR_invoice_void);
        break;
    case CORRECTION_LATER:
        response_error(rs, ERR_rebill_later);
        break;
    case CORRECTION_PART:
        field_fail(&rq->errors, correction_part_field(new), ERR_rebill_part, 0);
        response_error(rs, ERR_invalid);
        break;
    default:
        field_fail(&rq->errors, "lines", ERR_correction_beyond, 0);
        response_error(rs, ERR_invalid);
    }
}

void
invoice_correct_post(struct request *rq, struct response *rs)
{
    struct credit_sent sent = {rq->arena, rq->tenant, rq->input, &rq->errors};
    struct credit_line lines[CREDIT_LINES];
    struct correction_new new = {.number = rq->values[0]};
    enum correction_fault fault;
    const char *id;
    json_t *row;
    enum db_result r = ledger_document_by_number(
        rq->db, rq->arena, rq->tenant->id, new.number, &row);

    if (r != DB_OK) {
        response_error(rs, db_error(r));
        return;
    }
    new.currency = row_text(row, "currency");
    if (!correction_take(&sent, lines, &new)) {
        response_error(rs, ERR_invalid);
        return;
    }
    switch (
        correction_create(rq->db, rq->arena, rq->actor, &new, &id, &fault)) {
    case DB_OK:
        answer(rq, rs, id);
        break;
    case DB_NONE:
        response_error(rs, ERR_not_found);
        break;
    case DB_CHECK:
        refuse(rq, rs, &new, fault);
        break;
    default:
        response_error(rs, ERR_unavailable);
    }
}
