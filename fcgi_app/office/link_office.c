/* Self-service access to a contract: links that staff make and revoke. */
#include "base/clock.h"
#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "contract/contract.h"
#include "contract/link_web.h"
#include "customer/customer.h"
#include "http/form.h"
#include "http/handlers.h"
#include "office/customer_office.h"
#include "office/office_web.h"
#include "session/session_web.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

enum { LINKS_SHOWN = 50 };

struct place {
    struct session_store store;
    json_t *contract, *customer;
    const char *path; /* of the contract's page */
};

/* The contract that the path names; false with the error in the response. */
static bool
named(struct request *rq, struct response *rs, struct place *p)
{
    enum db_result r = contract_by_ref(rq->db, rq->arena, rq->tenant->id,
                                       rq->values[0], &p->contract);

    if (r == DB_OK) {
        r = customer_by_id(rq->db, rq->arena, rq->tenant->id,
                           row_text(p->contract, "customer"), &p->customer);
    }
    if (r != DB_OK) {
        office_refuse(rs, r);
        return false;
    }
    p->store = session_store_of(rq);
    p->path =
        arena_printf(rq->arena, "/admin/contracts/%s",
                     form_escape(rq->arena, row_text(p->contract, "ref")));
    return true;
}

/* ---- the page ---- */

/* Makes of links what people are told. */
static void
name_makers(struct request *rq, const json_t *rows)
{
    json_t *row, *names = json_in_arena(rq->arena, json_object());
    size_t i;

    json_array_foreach(rows, i, row)
    {
        model_text(row, "who", office_who(rq, names, row_text(row, "made_by")));
        if (row_int(row, "last_opened") == 0) {
            json_object_set_new(row, "last_opened", json_null());
        }
    }
}

/* The table of valid links, without the tokens: those nobody has any more.
 * NULL: the database does not answer. */
static json_t *
links_table(struct request *rq, const struct place *p, size_t *n)
{
    static const struct list list = {.path = "",
                                     .title = N_("Valid links"),
                                     .empty = N_("No link to this contract "
                                                 "is valid."),
                                     .fields = link_rows_fields,
                                     .key = "id",
                                     .order = "created",
                                     .link = ""};
    json_t *rows;

    if (link_list(&p->store, p->contract, LINKS_SHOWN, &rows) != DB_OK) {
        return NULL;
    }
    *n = json_array_size(rows);
    name_makers(rq, rows);
    return office_table_like(rq, &list, rows, LINKS_SHOWN);
}

json_t *
office_links_of(struct request *rq, const char *customer, int limit)
{
    static const struct list list = {
        .path = "",
        .title = N_("Valid self-service links"),
        .empty = N_("No self-service link of this customer is valid."),
        .fields = link_customer_fields,
        .key = "id",
        .order = "created",
        .link = "/admin/contracts/{contract}/self-service"};
    struct session_store store = session_store_of(rq);
    json_t *rows;

    if (link_list_of_customer(&store, customer, limit, &rows) != DB_OK) {
        return NULL;
    }
    name_makers(rq, rows);
    return office_table_like(rq, &list, rows, limit);
}

static json_t *
facts_of(struct request *rq, const struct place *p)
{
    static const struct field fields[] = {
        {.name = "ref",
         .type = FIELD_TEXT,
         .flags = FIELD_OUT,
         .label = N_("Reference")},
        {.name = "name",
         .type = FIELD_TEXT,
         .flags = FIELD_OUT,
         .label = N_("Contract")},
        {.name = "number",
         .type = FIELD_TEXT,
         .flags = FIELD_OUT,
         .label = N_("Customer number")},
        {.name = "customer_name",
         .type = FIELD_TEXT,
         .flags = FIELD_OUT,
         .label = N_("Customer")},
        {.name = "email",
         .type = FIELD_TEXT,
         .flags = FIELD_OUT,
         .label = N_("E-mail address")},
        FIELD_END,
    };
    json_t *row = json_in_arena(rq->arena, json_copy(p->customer));

    model_text(row, "ref", row_text(p->contract, "ref"));
    model_text(row, "name", row_text(p->contract, "name"));
    model_text(row, "customer_name", customer_name(rq->arena, p->customer));
    return office_facts(rq, fields, row);
}

/* made: the link that the page shows this once, or NULL. */
static void
show(struct request *rq, struct response *rs, const struct place *p,
     const struct link_made *made)
{
    size_t n = 0;
    bool stopped = !made && link_stopped(p->contract);
    json_t *table = links_table(rq, p, &n), *model, *values;

    if (!table) {
        response_error(rs, ERR_unavailable);
        return;
    }
    model = json_pack("{s:s+, s:s, s:s++, s:o, s:[o]}", "back_url", rq->prefix,
                      p->path, "ref", row_text(p->contract, "ref"), "action",
                      rq->prefix, p->path, "/self-service", "facts",
                      facts_of(rq, p), "tables", table);
    json_object_set_new(model, "stopped", json_boolean(stopped));
    model_text(model, "link", made ? made->url : NULL);
    model_text(model, "link_end",
               made ? text_time(rq->arena, rq->language, made->expires,
                                rq->tenant->time_zone)
                    : NULL);
    model_text(model, "sent_to",
               made && request_bool(rq, "send_mail", false)
                   ? row_text(p->customer, "email")
                   : NULL);
    model_list(model, "buttons",
               n > 0 || !stopped
                   ? json_pack("[o]", office_button(
                                          rq,
                                          arena_printf(rq->arena,
                                                       "%s/self-service/revoke",
                                                       p->path),
                                          N_("Revoke all links")))
                   : json_array());
    values = json_in_arena(rq->arena,
                           json_pack("{s:I}", "valid_minutes",
                                     (json_int_t)link_minutes(&p->store)));
    page_form(rq, rs, "office_links", model, link_form_fields, values,
              ERR_NONE);
}

void
office_links_page(struct request *rq, struct response *rs)
{
    struct place p;

    if (named(rq, rs, &p)) {
        show(rq, rs, &p, NULL);
    }
}

/* ---- making one ---- */

static void
check(struct request *rq, const struct place *p)
{
    int64_t most = link_minutes_max(&p->store);

    if (rq->errors.n == 0 && request_number(rq, "valid_minutes", 1) > most) {
        field_fail(&rq->errors, "valid_minutes", ERR_value_link_minutes,
                   (long)most);
    }
    if (request_bool(rq, "send_mail", false) &&
        !field_email_ok(row_text(p->customer, "email"))) {
        field_fail(&rq->errors, "send_mail", ERR_value_email, 0);
    }
}

void
office_link_make(struct request *rq, struct response *rs)
{
    struct place p;
    struct link_made made;
    enum db_result r;

    if (!named(rq, rs, &p)) {
        return;
    }
    check(rq, &p);
    if (rq->errors.n > 0) {
        show(rq, rs, &p, NULL);
        return;
    }
    r = link_mint(&p.store, p.contract,
                  request_number(rq, "valid_minutes", link_minutes(&p.store)),
                  &made);
    if (r == DB_OK && request_bool(rq, "send_mail", false)) {
        r = link_send(&p.store, p.contract, p.customer, &made);
    }
    if (r != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    show(rq, rs, &p, &made);
}

void
office_links_revoke(struct request *rq, struct response *rs)
{
    struct place p;

    if (!named(rq, rs, &p)) {
        return;
    }
    if (link_revoke(&p.store, p.contract) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    response_redirect(rq, rs,
                      arena_printf(rq->arena, "%s/self-service", p.path));
}
