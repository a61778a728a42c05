/* REST: services of contracts. */
#include <string.h>

#include "base/json.h"
#include "contract/service.h"
#include "customer/customer.h"
#include "http/handlers.h"
#include "http/list.h"
#include "page/page_web.h"
#include "tenant/tenant.h"

static struct service_desk
desk_of(const struct request *rq)
{
    return (struct service_desk){rq->db, rq->arena, rq->tenant, rq->actor};
}

/* ---- reading ---- */

/* The service that the path names; NULL with the error in the response. */
static json_t *
service_named(struct request *rq, struct response *rs, const char *id)
{
    json_t *row = NULL;
    enum db_result r =
        service_find(rq->db, rq->arena, rq->tenant->id, id, &row);

    if (r != DB_OK) {
        response_error(rs, db_error(r));
    }
    return row;
}

/* The same of the contract. */
static json_t *
contract_named(struct request *rq, struct response *rs)
{
    json_t *row = NULL;
    enum db_result r = service_contract(rq->db, rq->arena, rq->tenant->id,
                                        rq->values[0], &row);

    if (r != DB_OK) {
        response_error(rs, db_error(r));
    }
    return row;
}

static void
answer(struct request *rq, struct response *rs, int status, const char *id)
{
    json_t *row = service_named(rq, rs, id);

    if (row) {
        response_record(rq, rs, status, service_fields,
                        service_shown(rq->arena, rq->tenant, row));
    }
}

void
service_get_one(struct request *rq, struct response *rs)
{
    answer(rq, rs, 200, rq->values[0]);
}

/* ---- lists ---- */

static void
answer_list(struct request *rq, struct response *rs,
            struct service_filter *filter)
{
    static const char *const keys[] = {"performance_date", "id", NULL};
    struct list list;
    json_t *rows, *row, *shown = json_in_arena(rq->arena, json_array());
    size_t i;

    if (!list_begin(rq, rs, &list)) {
        return;
    }
    filter->status = request_text(rq, "status");
    filter->from = request_text(rq, "from");
    filter->to = request_text(rq, "to");
    filter->due = request_text(rq, "bill_from");
    filter->external_id = request_text(rq, "external_id");
    filter->on = list.after != NULL;
    filter->after_date = list_after_text(&list, 0);
    filter->after_id = list_after_text(&list, 1);
    filter->limit = list.limit + 1;
    if (service_list(rq->db, rq->arena, rq->tenant->id, filter, &rows) !=
        DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    json_array_foreach(rows, i, row)
    {
        json_array_append(shown, service_shown(rq->arena, rq->tenant, row));
    }
    list_answer(rq, rs, &list, service_fields, shown, keys);
}

void
contract_services_get(struct request *rq, struct response *rs)
{
    struct service_filter filter = {0};
    json_t *contract = contract_named(rq, rs);

    if (contract) {
        filter.contract = row_text(contract, "id");
        answer_list(rq, rs, &filter);
    }
}

void
services_get(struct request *rq, struct response *rs)
{
    struct service_filter filter = {.customer = request_text(rq, "customer")};
    const char *ref = request_text(rq, "contract");
    json_t *contract;
    enum db_result r;

    if (ref) {
        r = service_contract(rq->db, rq->arena, rq->tenant->id, ref, &contract);
        if (r != DB_OK && r != DB_NONE) {
            response_error(rs, ERR_unavailable);
            return;
        }
        /* no contract has an empty id: nothing is found */
        filter.contract = r == DB_OK ? row_text(contract, "id") : "";
    }
    answer_list(rq, rs, &filter);
}

/* ---- changing ---- */

/* False with the error in the response. */
static bool
take(struct request *rq, struct response *rs, const json_t *before,
     struct service_new *new)
{
    struct service_sent sent = {rq->arena, rq->tenant, rq->input, before,
                                &rq->errors};
    bool ok = service_take(&sent, new);

    if (!ok) {
        response_error(rs, ERR_invalid);
    }
    return ok;
}

void
contract_services_post(struct request *rq, struct response *rs)
{
    struct service_desk desk = desk_of(rq);
    json_t *contract = contract_named(rq, rs);
    struct service_new new;
    const char *id;

    if (!contract || !take(rq, rs, NULL, &new)) {
        return;
    }
    switch (service_create(&desk, contract, &new, &id)) {
    case DB_OK:
        answer(rq, rs, 201, id);
        response_header(
            rs, "Location",
            arena_printf(rq->arena, "/api/v1/service-entries/%s", id));
        break;
    case DB_UNIQUE:
        response_error(rs, ERR_service_exists);
        break;
    case DB_CHECK:
        response_error(rs, ERR_contract_ended);
        break;
    default:
        response_error(rs, ERR_unavailable);
    }
}

/* What a change or a removal came to; not DB_OK. */
static void
refuse(struct request *rq, struct response *rs, enum db_result r)
{
    json_t *row;

    if (r == DB_NONE) {
        response_error(rs, ERR_precondition_failed);
    } else if (r != DB_CHECK) {
        response_error(rs, ERR_unavailable);
    } else if ((row = service_named(rq, rs, rq->values[0]))) {
        response_error(rs, service_closed(row));
    }
}

void
service_patch(struct request *rq, struct response *rs)
{
    struct service_desk desk = desk_of(rq);
    json_t *row = service_named(rq, rs, rq->values[0]);
    struct service_new new;
    enum db_result r;

    if (!row || !response_may_change(rq, rs, row) || !take(rq, rs, row, &new)) {
        return;
    }
    r = service_change(&desk, row, &new);
    if (r == DB_OK) {
        answer(rq, rs, 200, rq->values[0]);
    } else {
        refuse(rq, rs, r);
    }
}

void
service_delete(struct request *rq, struct response *rs)
{
    struct service_desk desk = desk_of(rq);
    json_t *row = service_named(rq, rs, rq->values[0]);
    enum db_result r;

    if (!row || !response_may_change(rq, rs, row)) {
        return;
    }
    r = service_remove(&desk, row);
    if (r == DB_OK) {
        response_empty(rs, 204);
    } else {
        refuse(rq, rs, r);
    }
}

/* ---- many at once ---- */

static void
type_line(struct request *rq, const json_t *entry, struct service_line *line)
{
    struct field_errors errors = {0};

    if (json_is_object(entry)) {
        line->input = field_parse(rq->arena, service_line_fields, entry,
                                  FIELD_JSON, &errors);
    } else {
        field_fail(&errors, "", ERR_value_type, 0);
    }
    service_line_errors(rq->arena, line, &errors);
}

static json_t *
error_models(struct request *rq, const struct service_line *line, size_t at)
{
    json_t *list = json_array();

    for (size_t i = 0; i < line->n_errors; i++) {
        const struct field_error *e = &line->errors[i];

        json_array_append_new(
            list, json_pack("{s:s, s:s, s:s}", "pointer",
                            arena_printf(rq->arena, "#/entries/%zu%s%s", at,
                                         e->name[0] ? "/" : "", e->name),
                            "code", err_row(e->code)->code, "detail",
                            page_field_error(rq, e)));
    }
    return list;
}

static json_t *
result_model(struct request *rq, const struct service_line *line, size_t at)
{
    static const char *const words[] = {"refused", "created", "existing"};
    const json_t *row =
        line->row ? service_shown(rq->arena, rq->tenant, line->row) : NULL;

    return json_pack("{s:s, s:s?, s:s?, s:s?, s:b, s:s, s:o}", "result",
                     words[line->outcome], "external_id",
                     row_text(line->input, "external_id"), "id",
                     row_text(row, "id"), "status", row_text(row, "status"),
                     "differs", line->differs, "warnings",
                     row ? row_text(row, "warnings") : "", "errors",
                     error_models(rq, line, at));
}

static void
answer_batch(struct request *rq, struct response *rs,
             const struct service_line *lines, size_t n)
{
    json_int_t counts[3] = {0};
    json_t *results = json_array(), *row;

    for (size_t i = 0; i < n; i++) {
        counts[lines[i].outcome]++;
        json_array_append_new(results, result_model(rq, &lines[i], i));
    }
    row = json_in_arena(rq->arena,
                        json_pack("{s:I, s:I, s:I, s:o}", "created",
                                  counts[SERVICE_CREATED], "existing",
                                  counts[SERVICE_EXISTING], "refused",
                                  counts[SERVICE_REFUSED], "results", results));
    response_json(rs, 200,
                  field_output(rq->arena, service_batch_answer_fields, row));
}

void
services_batch_post(struct request *rq, struct response *rs)
{
    struct service_desk desk = desk_of(rq);
    const json_t *entries = json_object_get(rq->input, "entries");
    size_t n = json_array_size(entries);
    struct service_line *lines = arena_alloc(rq->arena, n * sizeof *lines);

    for (size_t i = 0; i < n; i++) {
        type_line(rq, json_array_get(entries, i), &lines[i]);
    }
    if (service_record(&desk, lines, n, false) == DB_OK) {
        answer_batch(rq, rs, lines, n);
    } else {
        response_error(rs, ERR_unavailable);
    }
}
