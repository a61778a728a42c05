/* REST: members of a customer account, and invitations. */
#include <string.h>

#include "base/json.h"
#include "customer/customer.h"
#include "http/form.h"
#include "http/handlers.h"
#include "http/list.h"
#include "session/member_web.h"

/* ---- what the path names ---- */

/* The account; NULL with the error in the response. */
static json_t *
account_named(struct request *rq, struct response *rs)
{
    json_t *row = NULL;
    enum db_result r = customer_by_number(rq->db, rq->arena, rq->tenant->id,
                                          rq->values[0], &row);

    if (r != DB_OK) {
        response_error(rs, db_error(r));
        return NULL;
    }
    return row;
}

static json_t *
member_of_path(struct request *rq, struct response *rs)
{
    json_t *account = account_named(rq, rs);
    struct member_place place = {.customer =
                                     account ? row_text(account, "id") : NULL};

    return account ? member_named(rq, rs, &place, rq->values[1]) : NULL;
}

static void
answer(struct request *rq, struct response *rs, int status, const char *id)
{
    json_t *row;
    enum db_result r =
        member_get(rq->db, rq->arena, rq->tenant->id, NULL, id, &row);

    if (r != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    response_record(rq, rs, status, member_fields, row);
    if (status == 201) {
        response_header(
            rs, "Location",
            arena_printf(rq->arena, "/api/v1/customers/%s/members/%s",
                         form_escape(rq->arena, row_text(row, "customer")),
                         id));
    }
}

/* What stands against it; a state that went on is a version of it. */
static void
refuse(struct response *rs, enum err e)
{
    response_error(rs,
                   e == ERR_changed_meanwhile ? ERR_precondition_failed : e);
}

/* ---- reading ---- */

void
members_get(struct request *rq, struct response *rs)
{
    static const char *const keys[] = {"id", NULL};
    json_t *account = account_named(rq, rs), *rows;
    struct list list;

    if (!account || !list_begin(rq, rs, &list)) {
        return;
    }
    if (member_list(rq->db, rq->arena, rq->tenant->id, row_text(account, "id"),
                    list_after_text(&list, 0), list.limit + 1,
                    &rows) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    list_answer(rq, rs, &list, member_fields, rows, keys);
}

void
member_get_one(struct request *rq, struct response *rs)
{
    json_t *row = member_of_path(rq, rs);

    if (row) {
        response_record(rq, rs, 200, member_fields, row);
    }
}

/* ---- what was sent ---- */

/* A preset takes the place of permissions. */
static bool
rights_sent(struct request *rq, struct response *rs, bool *owner,
            rights_t *rights)
{
    const char *preset = request_text(rq, "preset"), *unknown = NULL;

    *owner = preset && strcmp(preset, "owner") == 0;
    if (preset) {
        rights_preset(preset, rights);
        return true;
    }
    *rights =
        rights_of_array(json_object_get(rq->input, "permissions"), &unknown);
    if (unknown) {
        field_fail(&rq->errors, "permissions", ERR_right_never, 0);
        response_error(rs, ERR_invalid);
    }
    return !unknown;
}

static const char *
text_or_empty(const struct request *rq, const char *name)
{
    const char *text = request_text(rq, name);

    return text ? text : "";
}

static void
create(struct request *rq, struct response *rs,
       enum err (*make)(struct request *, const struct member_new *,
                        const char **))
{
    json_t *account = account_named(rq, rs);
    struct member_new new = {.email = request_text(rq, "email"),
                             .first_name = text_or_empty(rq, "first_name"),
                             .last_name = text_or_empty(rq, "last_name"),
                             .username = request_text(rq, "username")};
    const char *id;
    enum err e;

    if (!account || !rights_sent(rq, rs, &new.owner, &new.rights)) {
        return;
    }
    new.customer = row_text(account, "id");
    e = make(rq, &new, &id);
    if (e != ERR_NONE) {
        refuse(rs, e);
        return;
    }
    answer(rq, rs, 201, id);
}

void
members_post(struct request *rq, struct response *rs)
{
    create(rq, rs, member_do_add);
}

void
invitations_post(struct request *rq, struct response *rs)
{
    create(rq, rs, member_do_invite);
}

/* ---- changing ---- */

void
member_patch(struct request *rq, struct response *rs)
{
    json_t *row = member_of_path(rq, rs);
    rights_t rights;
    bool owner;
    enum err e;

    if (!row || !response_may_change(rq, rs, row)) {
        return;
    }
    if (json_object_size(rq->input) == 0) {
        answer(rq, rs, 200, row_text(row, "id"));
        return;
    }
    if (!rights_sent(rq, rs, &owner, &rights)) {
        return;
    }
    e = member_do_change(rq, row, owner, rights);
    if (e != ERR_NONE) {
        refuse(rs, e);
        return;
    }
    answer(rq, rs, 200, row_text(row, "id"));
}

void
member_delete(struct request *rq, struct response *rs)
{
    json_t *row = member_of_path(rq, rs);
    enum err e;

    if (!row || !response_may_change(rq, rs, row)) {
        return;
    }
    e = member_do(rq, row, "remove");
    if (e != ERR_NONE) {
        refuse(rs, e);
        return;
    }
    response_empty(rs, 204);
}

static void
move(struct request *rq, struct response *rs, const char *action)
{
    json_t *row = member_of_path(rq, rs);
    enum err e;

    if (!row || !response_may_change(rq, rs, row)) {
        return;
    }
    e = member_do(rq, row, action);
    if (e != ERR_NONE) {
        refuse(rs, e);
        return;
    }
    answer(rq, rs, 200, row_text(row, "id"));
}

void
member_resend_post(struct request *rq, struct response *rs)
{
    move(rq, rs, "invite");
}

void
member_withdraw_post(struct request *rq, struct response *rs)
{
    move(rq, rs, "withdraw");
}

void
member_deactivate_post(struct request *rq, struct response *rs)
{
    move(rq, rs, "deactivate");
}

void
member_reactivate_post(struct request *rq, struct response *rs)
{
    move(rq, rs, "reactivate");
}
