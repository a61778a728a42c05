/* Customer pages: how the account pays, and the way back to paying on account.
 * The ways to a mandate and to a card: mandate_portal.c, attempt_portal.c. */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "customer/customer.h"
#include "http/handlers.h"
#include "page/page_web.h"
#include "payer/attempt_web.h"
#include "payer/payer_web.h"
#include "session/person_web.h"
#include "tenant/section_web.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

/* ---- looking ---- */

void *
section_ask_payment(struct request *rq)
{
    return payer_ask(rq->db, rq->arena, rq->tenant->id, rq->session->customer);
}

bool
section_show_payment(struct request *rq, void *asked, json_t *model)
{
    json_t *row = NULL;
    enum db_result r = db_row(asked, &row);

    if (r != DB_OK && r != DB_NONE) {
        return false;
    }
    model_list(model, "facts", payer_facts(rq, r == DB_OK ? row : NULL));
    return true;
}

/* What a card's end asks for, in time. */
static void
add_end(struct request *rq, json_t *model, const json_t *row)
{
    const char *date = row && payer_card_ends_soon(rq->arena, rq->tenant, row)
                           ? text_date(rq->arena, rq->language,
                                       payer_card_end(rq->arena, row), true)
                           : NULL;
    const char *words =
        date && payer_card_over(rq->arena, rq->tenant, row)
            ? N_("Your card was valid until {date}. Please add another one.")
            : N_("Your card is valid until {date}. Please add another one "
                 "before.");

    model_text(model, "end_words",
               date ? i18n_fill(rq->arena, i18n(rq->language, words), "date",
                                date, NULL)
                    : NULL);
}

/* How an attempt of this account stands that somebody comes from. */
static void
add_attempt(struct request *rq, struct response *rs, json_t *model,
            const json_t *attempt)
{
    bool mine = attempt && strcmp(row_text(attempt, "customer"),
                                  rq->session->customer) == 0;

    json_object_set_new(model, "attempt",
                        mine ? attempt_model(rq, rs, attempt) : json_null());
}

void
payment_page(struct request *rq, struct response *rs)
{
    json_t *row, *attempt, *model;
    bool may = membership_allows(rq->session->membership,
                                 "billing.payment_method.change") &&
               !session_on_behalf(rq->session);
    bool card, debited;

    if (!payer_in_use(rq, rs, &row) || !attempt_named(rq, rs, &attempt)) {
        return;
    }
    card = row && payer_is_card(row);
    debited = row && !card;
    model = json_pack("{s:b, s:b, s:b, s:b, s:b, s:b}", "is_debited", debited,
                      "is_card", card, "may_change",
                      may && payer_creditor(rq->db, rq->arena, rq->tenant),
                      "may_card", may && payer_provider(rq), "may_remove",
                      may && row, "is_saved",
                      request_argument(rq, "saved") != NULL);
    add_end(rq, model, row);
    add_attempt(rq, rs, model, attempt);
    model_list(model, "facts", payer_facts(rq, row));
    model_text(model, "mandate_url",
               debited
                   ? arena_printf(rq->arena, "%s%s", rq->prefix,
                                  payer_mandate_path(rq, row_text(row, "id")))
                   : NULL);
    response_page(rs, "payment", json_in_arena(rq->arena, model));
}

/* ---- on account again ---- */

/* The method that is to end; false with the answer. */
static bool
to_end(struct request *rq, struct response *rs, struct person *person,
       json_t **user, json_t **row)
{
    if (!person_mine(rq, rs, person, user) || !payer_in_use(rq, rs, row)) {
        return false;
    }
    if (!*row) {
        response_redirect(rq, rs, "/payment");
    }
    return *row != NULL;
}

static void
show_removal(struct request *rq, struct response *rs, const json_t *row,
             enum err error)
{
    json_t *model = json_pack("{s:s, s:b}", "version", row_text(row, "id"),
                              "is_card", payer_is_card(row));

    model_list(model, "facts", payer_facts(rq, row));
    person_form(rq, rs, "payment_remove", model, my_confirm_fields, error);
}

void
payment_remove_page(struct request *rq, struct response *rs)
{
    struct person person;
    json_t *user, *row;

    if (to_end(rq, rs, &person, &user, &row)) {
        show_removal(rq, rs, row, ERR_NONE);
    }
}

struct ending {
    struct request *rq;
    const json_t *user, *row;
};

static enum db_result
end_in_transaction(struct db *db, void *data)
{
    const struct ending *e = data;
    struct request *rq = e->rq;
    struct payer_desk desk = payer_desk_of(rq);
    json_t *customer, *values = json_in_arena(rq->arena, json_object());
    enum db_result r = payer_remove(&desk, e->row);

    if (r == DB_OK) {
        r = customer_by_id(db, rq->arena, rq->tenant->id, rq->session->customer,
                           &customer);
    }
    if (r != DB_OK) {
        return r;
    }
    model_text(values, "customer_number", row_text(customer, "number"));
    model_text(values, "mandate_reference", row_text(e->row, "reference"));
    model_text(values, "card", payer_card_name(rq->arena, e->row));
    model_text(values, "username", rq->session->username);
    return payer_tell(
        rq,
        &(struct payer_told){customer, rq->session->user,
                             row_text(e->user, "email"), rq->language},
        payer_is_card(e->row) ? "card_ended" : "mandate_ended", values);
}

void
payment_remove_submit(struct request *rq, struct response *rs)
{
    struct person person;
    json_t *user, *row;
    enum db_result r;

    if (!to_end(rq, rs, &person, &user, &row)) {
        return;
    }
    if (!page_version_is(rq, row_text(row, "id"))) {
        show_removal(rq, rs, row, ERR_changed_meanwhile);
        return;
    }
    if (!person_check_password(rq, rs, &person, user, "password")) {
        return;
    }
    if (rq->errors.n > 0) {
        show_removal(rq, rs, row, ERR_NONE);
        return;
    }
    r = db_transaction(rq->db, true, end_in_transaction,
                       &(struct ending){rq, user, row});
    if (r == DB_OK) {
        response_redirect(rq, rs, "/payment?saved=1");
    } else {
        response_error(rs, ERR_unavailable); /* so it is looked at once more */
    }
}
