/* Customer pages: the data of the account, seen and changed by its members. */
#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "customer/customer_view.h"
#include "http/handlers.h"
#include "mail/mail_view.h"
#include "page/page_web.h"
#include "session/session.h"
#include "tenant/section_web.h"
#include "view/i18n.h"

/* The row of the signed-in account; NULL with the error in the response. */
static json_t *
own_row(struct request *rq, struct response *rs)
{
    json_t *row = NULL;
    enum db_result r = customer_by_id(rq->db, rq->arena, rq->tenant->id,
                                      rq->session->customer, &row);

    if (r != DB_OK) {
        response_error(rs, db_error(r));
    }
    return row;
}

/* ---- looking ---- */

/* What there is of the rows of the form, as people read it. */
static json_t *
facts(struct request *rq, const json_t *row)
{
    json_t *list = json_array();

    for (const struct field *f = customer_profile_fields; f->name; f++) {
        const char *value = row_text(row, f->name);

        if (!value || !*value) {
            continue;
        }
        if (f->type == FIELD_LANGUAGE) {
            value = text_language(rq->arena, value);
        }
        json_array_append_new(list, json_pack("{s:s, s:s}", "label",
                                              i18n(rq->language, f->label),
                                              "text", value));
    }
    return list;
}

void *
section_ask_customer(struct request *rq)
{
    return customer_ask(rq->db, rq->arena, rq->tenant->id,
                        rq->session->customer);
}

bool
section_show_customer(struct request *rq, void *asked, json_t *model)
{
    json_t *row;

    if (db_row(asked, &row) != DB_OK) {
        return false;
    }
    model_list(model, "facts", facts(rq, row));
    return true;
}

void
profile_page(struct request *rq, struct response *rs)
{
    json_t *row = own_row(rq, rs), *model;
    bool may;

    if (!row) {
        return;
    }
    may = membership_allows(rq->session->membership, "system.profile.change");
    model = json_pack("{s:s, s:b, s:b}", "number", row_text(row, "number"),
                      "may_change", may, "is_saved",
                      request_argument(rq, "saved") != NULL);
    model_list(model, "facts", facts(rq, row));
    response_page(rs, "profile", json_in_arena(rq->arena, model));
}

/* ---- changing ---- */

static void
show_form(struct request *rq, struct response *rs, json_t *row, enum err error)
{
    json_t *model = json_object();

    model_text(model, "version", page_version(rq, row));
    page_form(rq, rs, "profile_change", model, customer_profile_fields, row,
              error);
    customer_controls(rq, json_object_get(rs->model, "controls"));
}

void
profile_change_page(struct request *rq, struct response *rs)
{
    json_t *row = own_row(rq, rs);

    if (row) {
        show_form(rq, rs, row, ERR_NONE);
    }
}

/* Tells the address that stood there before: whoever took an account over would
 * change that first. */
static bool
compose(struct request *rq, const json_t *row, struct mail *mail)
{
    json_t *values =
        json_pack("{s:s, s:s, s:s}", "customer_name",
                  customer_name(rq->arena, row), "customer_number",
                  row_text(row, "number"), "username", rq->session->username);

    mail->customer = row_text(row, "id");
    mail->user = rq->session->user;
    mail->recipient = row_text(row, "email");
    mail->request_id = rq->id;
    mail->language = mail_language(rq->tenant, row_text(row, "language"));
    return mail_compose(rq->db, rq->arena, rq->keys, rq->tenant, mail,
                        json_in_arena(rq->arena, values));
}

struct change {
    struct request *rq;
    const json_t *row;
    const struct customer_new *new;
    const struct mail *mail; /* NULL: there is no address to tell */
};

static enum db_result
change_in_transaction(struct db *db, void *data)
{
    const struct change *c = data;
    const char *tenant = c->rq->tenant->id;
    int64_t version = row_int(c->row, "version");
    json_t *now = NULL;
    enum db_result r =
        customer_change(db, c->rq->arena, tenant, c->rq->actor, c->row, c->new);

    if (r == DB_OK) {
        r = customer_by_id(db, c->rq->arena, tenant, row_text(c->row, "id"),
                           &now);
    }
    /* the same data once more are no news */
    return r == DB_OK && c->mail && row_int(now, "version") != version
               ? mail_queue(db, c->rq->arena, tenant, c->mail)
               : r;
}

static enum db_result
change(struct request *rq, const json_t *row)
{
    struct customer_sent sent = {rq->arena, rq->tenant, rq->input, row,
                                 &rq->errors};
    struct mail mail = {.event = "account_changed"};
    struct customer_new new;
    bool tells = row_text(row, "email")[0] != '\0';
    struct change c = {rq, row, &new, tells ? &mail : NULL};
    enum db_result r = customer_take(rq->db, &sent, &new);

    new.by_member = true;
    if (r == DB_OK && tells && !compose(rq, row, &mail)) {
        r = DB_UNAVAILABLE;
    }
    return r == DB_OK ? db_transaction(rq->db, true, change_in_transaction, &c)
                      : r;
}

void
profile_change_submit(struct request *rq, struct response *rs)
{
    json_t *row = own_row(rq, rs);
    enum db_result r;

    if (!row) {
        return;
    }
    if (!page_version_is(rq, page_version(rq, row))) {
        show_form(rq, rs, row, ERR_changed_meanwhile);
        return;
    }
    r = change(rq, row);
    if (r == DB_CHECK) {
        show_form(rq, rs, row, ERR_NONE);
    } else if (r != DB_OK) {
        response_error(rs, ERR_unavailable);
    } else {
        response_redirect(rq, rs, "/profile?saved=1");
    }
}
