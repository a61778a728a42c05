#include "order/order_send_web.h"

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "contract/contract.h"
#include "contract/link.h"
#include "mail/mail_view.h"
#include "order/pay_web.h"
#include "session/member_web.h"
#include "session/person_web.h"
#include "session/session_web.h"

const struct rate order_rate = {"orders", 60, 30};
const struct rate order_coupon_rate = {"coupons", 30, 20};

/* ---- what it is about ---- */

static enum db_result
load_catalogue(struct order_form *f)
{
    struct request *rq = f->rq;
    struct catalog_filter filter = {.kind = CATALOG_COMPONENT,
                                    .status = "active",
                                    .limit = PRICE_COMPONENTS_MAX};
    json_t *row;
    enum db_result r = catalog_get(rq->db, rq->arena, rq->tenant->id,
                                   CATALOG_VARIANT, rq->values[0], &row);

    if (r != DB_OK || !row_int(row, "orderable")) {
        return r == DB_OK ? DB_NONE : r;
    }
    f->variant = row;
    filter.parent = row_text(row, "family");
    r = catalog_list(rq->db, rq->arena, rq->tenant->id, &filter, &row);
    f->components = row;
    return r;
}

enum db_result
order_load(struct order_form *f)
{
    struct request *rq = f->rq;
    enum db_result r = load_catalogue(f);

    if (r == DB_OK) {
        r = order_page_load(rq->db, rq->arena, rq->tenant->id, &f->page);
    }
    if (r == DB_OK) {
        order_read_terms(f);
    }
    return r;
}

/* ---- placing it ---- */

static enum db_result
mail_customer(const struct order_sending *s, const json_t *contract)
{
    struct request *rq = s->form->rq;
    struct session_store store = session_store_of(rq);
    struct mail mail = {.event = "order_received",
                        .recipient = s->placed.email,
                        .language = rq->language,
                        .customer = s->placed.customer,
                        .user = "",
                        .request_id = rq->id};
    json_t *values = json_in_arena(rq->arena, json_object());
    json_t *terms = json_array();
    struct link_made link;
    enum db_result r = link_mint_by_mail(&store, contract, &link);

    if (r != DB_OK && r != DB_NONE) {
        json_decref(terms);
        return r;
    }
    for (size_t i = 0; i < s->form->n_terms; i++) {
        json_array_append_new(terms, json_string(s->form->terms[i].words));
    }
    if (r == DB_OK) {
        model_text(values, "portal_url", link.url);
    }
    model_text(values, "contract_ref", s->placed.ref);
    model_text(values, "customer_number", s->placed.number);
    json_object_set_new(values, "order_lines", order_summary_lines(s->form));
    json_object_set_new(values, "terms", terms);
    return mail_compose(rq->db, rq->arena, rq->keys, rq->tenant, &mail, values)
               ? mail_queue(rq->db, rq->arena, rq->tenant->id, &mail)
               : DB_FAILED;
}

static const char *
name_of(const char *name)
{
    return name ? name : "";
}

/* Who was a stranger has the account that the order made. */
static enum db_result
open_account(const struct order_sending *s)
{
    const struct customer_new *person = s->order.person;
    struct member_new owner = {.customer = s->placed.customer, .owner = true};

    if (!person || !order_setting_is(&s->form->page, "signup_login", "1")) {
        return DB_OK;
    }
    owner.email = person->email;
    owner.first_name = name_of(person->first_name);
    owner.last_name = name_of(person->last_name);
    return member_send_first(s->form->rq, &owner);
}

/* A stranger may have typed the address: whose it is gets a mail of each, and
 * contracts. */
static enum db_result
count_for_address(struct order_sending *s)
{
    static const struct rate rate = {"order mail", 5, 15 * 60};
    struct request *rq = s->form->rq;
    struct one_time_store tokens = tokens_of(rq);
    enum db_result r =
        s->order.person
            ? rate_take(&tokens, &rate, text_fold(rq->arena, s->person.email))
            : DB_OK;

    if (r == DB_NONE) {
        s->placed.why = ERR_too_many;
        r = DB_CHECK;
    }
    return r;
}

static enum db_result
place_in_transaction(struct db *db, void *data)
{
    struct order_sending *s = data;
    struct request *rq = s->form->rq;
    struct order_desk desk = {db, rq->arena, rq->tenant, rq->actor};
    json_t *contract;
    enum db_result r = order_place(&desk, &s->order, &s->placed);

    if (r != DB_OK || s->placed.before) {
        return r;
    }
    r = count_for_address(s);
    if (r != DB_OK) {
        return r;
    }
    s->form->priced = s->placed.priced;
    r = contract_by_id(db, rq->arena, rq->tenant->id, s->placed.contract,
                       &contract);
    if (r == DB_OK) {
        r = mail_customer(s, contract);
    }
    if (r == DB_OK) {
        r = order_pay_do(s);
    }
    return r == DB_OK ? open_account(s) : r;
}

enum db_result
order_send(struct order_sending *s)
{
    return db_transaction(s->form->rq->db, true, place_in_transaction, s);
}
