/* Contacts and guests of customers in the back office. */
#include "base/json.h"
#include "customer/customer.h"
#include "http/form.h"
#include "http/handlers.h"
#include "office/customer_office.h"
#include "office/office_web.h"
#include "session/member_web.h"

/* The customer that the path names, and where forms of it lead back to; false
 * with the error in the response. */
static bool
place_of(struct request *rq, struct response *rs, struct member_place *place)
{
    json_t *row = office_customer_named(rq, rs);

    if (!row) {
        return false;
    }
    *place = (struct member_place){
        .path = "/admin/members",
        .back = arena_printf(rq->arena, "/admin/customers/%s",
                             form_escape(rq->arena, row_text(row, "number"))),
        .customer = row_text(row, "id"),
        .may_change = true};
    return true;
}

static void
form(struct request *rq, struct response *rs, bool by_mail,
     void (*show)(struct request *, struct response *,
                  const struct member_place *, bool))
{
    struct member_place place;

    if (place_of(rq, rs, &place)) {
        show(rq, rs, &place, by_mail);
    }
}

void
office_member_new_page(struct request *rq, struct response *rs)
{
    form(rq, rs, false, member_form);
}

void
office_member_new_submit(struct request *rq, struct response *rs)
{
    form(rq, rs, false, member_take);
}

void
office_member_invite_page(struct request *rq, struct response *rs)
{
    form(rq, rs, true, member_form);
}

void
office_member_invite_submit(struct request *rq, struct response *rs)
{
    form(rq, rs, true, member_take);
}

/* ---- one of them ---- */

/* The member that the path names, with the page of its customer to go back to;
 * NULL with the error in the response. */
static json_t *
named(struct request *rq, struct response *rs, struct member_place *place)
{
    json_t *row;

    *place =
        (struct member_place){.path = "/admin/members",
                              .may_change = office_may(rq, "members.change")};
    row = member_named(rq, rs, place, rq->values[0]);
    if (row) {
        place->back =
            arena_printf(rq->arena, "/admin/customers/%s",
                         form_escape(rq->arena, row_text(row, "customer")));
    }
    return row;
}

void
office_member_page(struct request *rq, struct response *rs)
{
    struct member_place place;
    json_t *row = named(rq, rs, &place);

    if (row) {
        member_show(rq, rs, &place, row, ERR_NONE);
    }
}

void
office_member_submit(struct request *rq, struct response *rs)
{
    struct member_place place;
    json_t *row = named(rq, rs, &place);

    if (row) {
        member_save(rq, rs, &place, row);
    }
}

void
office_member_ask_page(struct request *rq, struct response *rs)
{
    struct member_place place;
    json_t *row = named(rq, rs, &place);

    if (row) {
        member_ask(rq, rs, &place, row, rq->values[1]);
    }
}

void
office_member_act_submit(struct request *rq, struct response *rs)
{
    struct member_place place;
    json_t *row = named(rq, rs, &place);

    if (row) {
        member_act(rq, rs, &place, row, rq->values[1]);
    }
}

/* ---- on other pages ---- */

enum { ACCESS_ROWS = 10 };

void
office_add_access(struct request *rq, json_t *tables, const char *column,
                  const char *value)
{
    json_t *table =
        office_may(rq, "members.view")
            ? office_table(rq, "/admin/access-list", column, value, ACCESS_ROWS)
            : NULL;

    if (table && json_is_true(json_object_get(table, "has_rows"))) {
        json_array_append(tables, table);
    }
    json_decref(table);
}
