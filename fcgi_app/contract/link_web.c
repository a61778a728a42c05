#include "contract/link_web.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "contract/contract.h"
#include "customer/customer.h"
#include "http/handlers.h"
#include "mail/mail_view.h"
#include "session/person_web.h"
#include "session/session_web.h"
#include "tenant/tenant.h"

enum { TICKET_LIFE = 3600 };

/* ---- the mail ---- */

enum db_result
link_send(const struct session_store *st, const json_t *contract,
          const json_t *customer, const struct link_made *link)
{
    struct arena *a = st->arena;
    struct mail mail = {
        .event = "link_new",
        .customer = row_text(customer, "id"),
        .user = "",
        .recipient = row_text(customer, "email"),
        .language = mail_language(st->tenant, row_text(customer, "language")),
        .request_id = st->actor->request_id,
        .expires = link->expires,
        .reason = st->actor->test ? N_("a key of test mode") : NULL};
    json_t *values = json_in_arena(a, json_object());

    if (!mail.recipient || !field_email_ok(mail.recipient)) {
        return DB_CHECK;
    }
    model_text(values, "customer_name", customer_name(a, customer));
    model_text(values, "contract_ref", row_text(contract, "ref"));
    model_text(values, "self_service_url", link->url);
    model_text(
        values, "link_end",
        text_time(a, mail.language, link->expires, st->tenant->time_zone));
    if (!st->actor->test &&
        !mail_compose(st->db, a, st->keys, st->tenant, &mail, values)) {
        return DB_FAILED;
    }
    return mail_queue(st->db, a, st->tenant->id, &mail);
}

/* ---- the ticket ---- */

static const char purpose[] = "link renewal", ticket_id[] = "ticket";

static const char *
ticket_make(struct request *rq, const char *contract)
{
    return keys_seal(
        rq->keys, rq->arena, purpose, rq->tenant->id, ticket_id,
        arena_printf(rq->arena, "%lld %s", (long long)clock_now(), contract));
}

/* The id of the contract; NULL: no ticket of ours, or too old. */
static const char *
ticket_open(struct request *rq, const char *sealed)
{
    const char *text = keys_unseal(rq->keys, rq->arena, purpose, rq->tenant->id,
                                   ticket_id, sealed);
    int64_t made = text ? strtoll(text, NULL, 10) : 0;
    const char *contract = text ? strchr(text, ' ') : NULL;

    return contract && made > clock_now() - TICKET_LIFE ? contract + 1 : NULL;
}

/* ---- the pages ---- */

static void
show(struct request *rq, struct response *rs, const char *ticket, int status)
{
    json_t *model = json_pack("{s:s++, s:s+, s:s}", "action", rq->prefix,
                              "/link/", ticket, "login_url", rq->prefix,
                              "/login", "form_token", form_token(rq, rs));

    response_page(rs, "link_expired", json_in_arena(rq->arena, model));
    rs->status = status;
}

void
link_expired(struct request *rq, struct response *rs, const char *contract)
{
    struct session_store store = session_store_of(rq);
    const char *ticket = NULL;
    json_t *row;
    enum db_result r = link_renewable(&store, contract, &row);

    if (r == DB_OK && request_denial(rq) != PF_DENY_PROBLEM) {
        ticket = ticket_make(rq, contract);
    }
    if (ticket) {
        show(rq, rs, ticket, 410);
    } else {
        response_error(rs, r == DB_NONE ? ERR_link_revoked : ERR_link_expired);
    }
}

/* The contract that the path's ticket is for; NULL with the answer: the page of
 * an old ticket says where a new one comes from. */
static const char *
contract_asked(struct request *rq, struct response *rs)
{
    const char *contract = ticket_open(rq, rq->values[0]);

    if (!contract) {
        response_page(rs, "link_over", json_in_arena(rq->arena, json_object()));
        rs->status = 410;
    }
    return contract;
}

void
link_renewal_page(struct request *rq, struct response *rs)
{
    if (contract_asked(rq, rs)) {
        show(rq, rs, rq->values[0], 200);
    }
}

struct renewal {
    struct request *rq;
    const char *contract;
};

/* DB_NONE: nobody gets one, and nobody is told. */
static enum db_result
renew(struct request *rq, const char *id)
{
    struct session_store st = session_store_of(rq);
    struct audit row = {rq->actor, "", "link.requested", id, ""};
    json_t *contract, *customer = NULL;
    struct link_made link;
    enum db_result r = link_renewable(&st, id, &contract);

    if (r == DB_OK) {
        r = customer_by_id(st.db, st.arena, st.tenant->id,
                           row_text(contract, "customer"), &customer);
    }
    if (r != DB_OK) {
        return r;
    }
    if (!field_email_ok(row_text(customer, "email"))) {
        return DB_NONE;
    }
    row.customer = row_text(customer, "id");
    r = audit_write(st.db, st.arena, st.tenant->id, &row);
    if (r == DB_OK) {
        r = link_mint(&st, contract, link_minutes(&st), &link);
    }
    return r == DB_OK ? link_send(&st, contract, customer, &link) : r;
}

static enum db_result
renew_in_transaction(struct db *db, void *data)
{
    const struct renewal *x = data;
    enum db_result r = person_may_mail(x->rq, "link", x->contract);

    (void)db;
    if (r == DB_OK) {
        r = renew(x->rq, x->contract);
    }
    return r == DB_NONE ? DB_OK : r;
}

void
link_renewal_submit(struct request *rq, struct response *rs)
{
    struct renewal x = {rq, contract_asked(rq, rs)};

    if (!x.contract || !person_may_try(rq, rs)) {
        return;
    }
    if (db_transaction(rq->db, true, renew_in_transaction, &x) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    response_redirect(rq, rs, "/link/sent");
}

void
link_sent_page(struct request *rq, struct response *rs)
{
    response_page(rs, "link_sent", json_in_arena(rq->arena, json_object()));
}
