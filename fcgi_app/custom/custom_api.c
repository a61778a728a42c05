/* REST: values of custom fields. */
#include <string.h>

#include "base/json.h"
#include "contract/contract.h"
#include "custom/custom_web.h"
#include "customer/customer.h"
#include "http/handlers.h"
#include "tenant/tenant.h"

/* The record that the path names; false with the error in the response. */
typedef bool record_find(struct request *rq, struct response *rs,
                         struct custom_record *record);

static bool
find_customer(struct request *rq, struct response *rs,
              struct custom_record *record)
{
    json_t *row;
    enum db_result r = customer_by_number(rq->db, rq->arena, rq->tenant->id,
                                          rq->values[0], &row);

    if (r != DB_OK) {
        response_error(rs, db_error(r));
        return false;
    }
    *record = (struct custom_record){"customer", row_text(row, "id"),
                                     row_text(row, "id")};
    return true;
}

static bool
find_contract(struct request *rq, struct response *rs,
              struct custom_record *record)
{
    json_t *row;
    enum db_result r =
        contract_by_ref(rq->db, rq->arena, rq->tenant->id, rq->values[0], &row);

    if (r != DB_OK) {
        response_error(rs, db_error(r));
        return false;
    }
    *record = (struct custom_record){"contract", row_text(row, "id"),
                                     row_text(row, "customer")};
    return true;
}

static json_t *
set_of(struct request *rq, struct response *rs,
       const struct custom_record *record)
{
    json_t *set = NULL;

    if (custom_answer(rq->arena,
                      custom_ask(rq->db, rq->arena, rq->tenant->id, record),
                      record, &set) != DB_OK) {
        response_error(rs, ERR_unavailable);
    }
    return set;
}

static void
answer(struct request *rq, struct response *rs,
       const struct custom_record *record)
{
    json_t *set = set_of(rq, rs, record);

    if (set) {
        response_record(rq, rs, 200, custom_values_fields, set);
    }
}

static void
get(struct request *rq, struct response *rs, record_find *find_record)
{
    struct custom_record record;

    if (find_record(rq, rs, &record)) {
        answer(rq, rs, &record);
    }
}

static const char *
id_named(const json_t *set, const char *name)
{
    json_t *value;
    size_t i;

    json_array_foreach(json_object_get(set, "values"), i, value)
    {
        if (name && strcmp(row_text(value, "name"), name) == 0) {
            return row_text(value, "id");
        }
    }
    return NULL;
}

/* [{name, value}] -> {id: text}; what names no field, or one twice, is wrong.
 */
static json_t *
by_id(struct request *rq, const json_t *set)
{
    json_t *values = json_in_arena(rq->arena, json_object()), *one;
    size_t i;

    json_array_foreach(json_object_get(rq->input, "values"), i, one)
    {
        const char *id = id_named(set, row_text(one, "name"));
        const char *value = row_text(one, "value");

        if (!id || json_object_get(values, id)) {
            field_fail(&rq->errors,
                       arena_printf(rq->arena, "values/%zu/name", i),
                       id ? ERR_value_double : ERR_value_choice, 0);
        } else {
            json_object_set_new(values, id, json_string(value ? value : ""));
        }
    }
    return values;
}

/* What was wrong with a field, at the place that it was sent in. */
static void
name_errors(struct request *rq, const json_t *values)
{
    const char *id;
    json_t *value;
    size_t i = 0;

    json_object_foreach((json_t *)values, id, value)
    {
        for (size_t k = 0; k < rq->errors.n; k++) {
            if (strcmp(rq->errors.list[k].name, id) == 0) {
                rq->errors.list[k].name =
                    arena_printf(rq->arena, "values/%zu/value", i);
            }
        }
        i++;
    }
}

static void
patch(struct request *rq, struct response *rs, record_find *find_record)
{
    struct custom_desk desk = custom_desk_of(rq);
    struct custom_record record;
    json_t *set, *values;
    enum db_result r;

    if (!find_record(rq, rs, &record) || !(set = set_of(rq, rs, &record)) ||
        !response_may_change(rq, rs, set)) {
        return;
    }
    values = by_id(rq, set);
    r = rq->errors.n > 0 ? DB_CHECK
                         : custom_set(&desk, &record, set, values, &rq->errors);
    if (r == DB_OK) {
        answer(rq, rs, &record);
    } else if (r == DB_CHECK) {
        name_errors(rq, values);
        response_error(rs, ERR_invalid);
    } else {
        response_error(rs, r == DB_NONE ? ERR_precondition_failed
                                        : ERR_unavailable);
    }
}

void
customer_custom_get(struct request *rq, struct response *rs)
{
    get(rq, rs, find_customer);
}

void
customer_custom_patch(struct request *rq, struct response *rs)
{
    patch(rq, rs, find_customer);
}

void
contract_custom_get(struct request *rq, struct response *rs)
{
    get(rq, rs, find_contract);
}

void
contract_custom_patch(struct request *rq, struct response *rs)
{
    patch(rq, rs, find_contract);
}
