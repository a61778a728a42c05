/* Staff record a mandate that a customer gave on paper. */
#include <string.h>

#include "base/iban.h"
#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "customer/customer.h"
#include "http/form.h"
#include "http/handlers.h"
#include "mail/mail_view.h"
#include "office/customer_office.h"
#include "office/office_web.h"
#include "payer/given_web.h"
#include "payer/payer_web.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

static const struct page_help helps[] = {
    {"mandate_reference", N_("As it stands on the paper. No other mandate has "
                             "the same.")},
    {"signed_on",
     N_("The day on which it was signed. Keep the paper: it is the "
        "proof.")},
    {NULL, NULL},
};

static const char *
page_of(struct request *rq)
{
    return arena_printf(rq->arena, "/admin/customers/%s/payment-method",
                        form_escape(rq->arena, rq->values[0]));
}

/* What the form was shown for: the mandate in use. */
static const char *
state_of(const json_t *row)
{
    return row ? row_text(row, "id") : PAYER_ON_ACCOUNT;
}

static void
show_form(struct request *rq, struct response *rs, const json_t *customer,
          const json_t *row, enum err error)
{
    json_t *model = json_pack(
        "{s:s, s:s+, s:s, s:s+, s:s, s:s, s:s}", "title",
        i18n(rq->language, N_("Record a mandate")), "back_url", rq->prefix,
        page_of(rq), "back_label", customer_name(rq->arena, customer), "action",
        rq->prefix, arena_printf(rq->arena, "%s/new", page_of(rq)), "submit",
        i18n(rq->language, N_("Save")), "version", state_of(row), "lead",
        row ? i18n(rq->language,
                   N_("It takes the place of the mandate in use."))
            : "");

    page_form(rq, rs, "office_record_form", model, payer_new_fields, NULL,
              error);
    page_help(rq, json_object_get(rs->model, "controls"), helps);
}

/* The customer that the path names and the mandate in use, or NULL; false with
 * the error in the response. */
static bool
named(struct request *rq, struct response *rs, json_t **customer, json_t **row)
{
    enum db_result r;

    *customer = office_customer_named(rq, rs);
    if (!*customer) {
        return false;
    }
    if (!payer_creditor(rq->db, rq->arena, rq->tenant)) {
        response_error(rs, ERR_direct_debit_off);
        return false;
    }
    r = payer_current(rq->db, rq->arena, rq->tenant->id,
                      row_text(*customer, "id"), row);
    *row = r == DB_OK ? *row : NULL;
    if (r != DB_OK && r != DB_NONE) {
        response_error(rs, ERR_unavailable);
    }
    return r == DB_OK || r == DB_NONE;
}

void
office_mandate_page(struct request *rq, struct response *rs)
{
    json_t *customer, *row;

    if (named(rq, rs, &customer, &row)) {
        show_form(rq, rs, customer, row, ERR_NONE);
    }
}

struct recording {
    struct request *rq;
    const json_t *customer;
    const struct payer_new *new;
};

/* The account has a copy in its own language: who did not give this mandate
 * learns of it before anything is collected. */
static enum db_result
send_copy(struct db *db, const struct recording *w, const json_t *row)
{
    struct request theirs = *w->rq;
    struct arena *a = theirs.arena;
    const char *own = row_text(w->customer, "language");
    struct mail mail = {.event = "mandate_given",
                        .customer = row_text(w->customer, "id"),
                        .user = "",
                        .recipient = row_text(w->customer, "email"),
                        .request_id = theirs.id};
    json_t *values = json_in_arena(a, json_object());
    const char *iban =
        iban_masked(a, row_text(row, "country"), row_text(row, "last4"));

    if (!field_email_ok(mail.recipient)) {
        return DB_OK;
    }
    theirs.language = own && own[0] && tenant_speaks(theirs.tenant, own)
                          ? own
                          : theirs.tenant->default_language;
    mail.language = theirs.language;
    model_text(values, "customer_name", customer_name(a, w->customer));
    json_object_set_new(
        values, "mandate",
        payer_lines(&theirs, payer_words(&theirs, w->customer, w->new), iban));
    model_text(values, "given_at",
               text_date(a, theirs.language, w->new->signed_on, true));
    return mail_compose(db, a, theirs.keys, theirs.tenant, &mail, values)
               ? mail_queue(db, a, theirs.tenant->id, &mail)
               : DB_FAILED;
}

static enum db_result
record_in_transaction(struct db *db, void *data)
{
    const struct recording *w = data;
    struct payer_desk desk = payer_desk_of(w->rq);
    json_t *row;
    enum db_result r = payer_set(&desk, w->new);

    if (r == DB_OK) {
        r = payer_get(db, w->rq->arena, w->rq->tenant->id, w->new->customer,
                      w->new->id, &row);
    }
    return r == DB_OK ? send_copy(db, w, row) : r;
}

void
office_mandate_submit(struct request *rq, struct response *rs)
{
    json_t *customer, *row;
    struct payer_new new;
    struct recording work = {rq, NULL, &new};
    enum db_result r;

    if (!named(rq, rs, &customer, &row)) {
        return;
    }
    if (!page_version_is(rq, state_of(row))) {
        show_form(rq, rs, customer, row, ERR_changed_meanwhile);
        return;
    }
    if (payer_take_given(rq, customer, &new) != ERR_NONE) {
        show_form(rq, rs, customer, row, ERR_NONE);
        return;
    }
    new.before = row ? row_text(row, "id") : "";
    work.customer = customer;
    r = db_transaction(rq->db, true, record_in_transaction, &work);
    if (r == DB_UNIQUE) {
        field_fail(&rq->errors, "mandate_reference", ERR_mandate_exists, 0);
        show_form(rq, rs, customer, row, ERR_NONE);
    } else if (r != DB_OK) {
        response_error(rs, ERR_unavailable); /* so it is looked at once more */
    } else {
        response_redirect(rq, rs, page_of(rq));
    }
}
