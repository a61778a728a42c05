/* Customer pages: contacts and guests of the account. */
#include "base/json.h"
#include "base/model.h"
#include "http/handlers.h"
#include "session/member_web.h"
#include "session/session.h"

enum { PAGE_ROWS = 50 };

static struct member_place
place_of(const struct request *rq)
{
    return (struct member_place){
        .path = "/contacts",
        .back = "/contacts",
        .customer = rq->session->customer,
        .may_change = membership_allows(rq->session->membership,
                                        "security.members.change")};
}

/* Where the list goes on; the oldest come first. */
static void
add_pages(struct request *rq, json_t *model, const json_t *rows,
          const char *after)
{
    size_t n = json_array_size(rows);
    const json_t *last = json_array_get(rows, PAGE_ROWS - 1);

    model_text(model, "first_url",
               after ? arena_printf(rq->arena, "%s/contacts", rq->prefix)
                     : NULL);
    model_text(model, "next_url",
               n > PAGE_ROWS ? arena_printf(rq->arena, "%s/contacts?after=%s",
                                            rq->prefix, row_text(last, "id"))
                             : NULL);
}

void
contacts_page(struct request *rq, struct response *rs)
{
    struct member_place place = place_of(rq);
    const char *after = request_argument(rq, "after");
    json_t *rows, *model, *members = json_array();

    if (member_list(rq->db, rq->arena, rq->tenant->id, place.customer, after,
                    PAGE_ROWS + 1, &rows) != DB_OK) {
        json_decref(members);
        response_error(rs, ERR_unavailable);
        return;
    }
    for (size_t i = 0; i < json_array_size(rows) && i < PAGE_ROWS; i++) {
        json_array_append_new(
            members, member_model(rq, &place, json_array_get(rows, i)));
    }
    model = json_pack("{s:b, s:s+, s:s+}", "may_change", place.may_change,
                      "new_url", rq->prefix, "/contacts/new", "invite_url",
                      rq->prefix, "/contacts/invite");
    model_list(model, "members", members);
    add_pages(rq, model, rows, after);
    response_page(rs, "contacts", json_in_arena(rq->arena, model));
}

/* ---- new ones ---- */

void
contact_new_page(struct request *rq, struct response *rs)
{
    struct member_place place = place_of(rq);

    member_form(rq, rs, &place, false);
}

void
contact_new_submit(struct request *rq, struct response *rs)
{
    struct member_place place = place_of(rq);

    member_take(rq, rs, &place, false);
}

void
contact_invite_page(struct request *rq, struct response *rs)
{
    struct member_place place = place_of(rq);

    member_form(rq, rs, &place, true);
}

void
contact_invite_submit(struct request *rq, struct response *rs)
{
    struct member_place place = place_of(rq);

    member_take(rq, rs, &place, true);
}

/* ---- one of them ---- */

void
contact_page(struct request *rq, struct response *rs)
{
    struct member_place place = place_of(rq);
    json_t *row = member_named(rq, rs, &place, rq->values[0]);

    if (row) {
        member_show(rq, rs, &place, row, ERR_NONE);
    }
}

void
contact_submit(struct request *rq, struct response *rs)
{
    struct member_place place = place_of(rq);
    json_t *row = member_named(rq, rs, &place, rq->values[0]);

    if (row) {
        member_save(rq, rs, &place, row);
    }
}

void
contact_ask_page(struct request *rq, struct response *rs)
{
    struct member_place place = place_of(rq);
    json_t *row = member_named(rq, rs, &place, rq->values[0]);

    if (row) {
        member_ask(rq, rs, &place, row, rq->values[1]);
    }
}

void
contact_act_submit(struct request *rq, struct response *rs)
{
    struct member_place place = place_of(rq);
    json_t *row = member_named(rq, rs, &place, rq->values[0]);

    if (row) {
        member_act(rq, rs, &place, row, rq->values[1]);
    }
}
