/* REST: user logins. */
#include <string.h>

#include "base/id.h"
#include "base/json.h"
#include "base/model.h"
#include "customer/customer.h"
#include "http/handlers.h"
#include "http/list.h"
#include "mail/mail_view.h"
#include "user/user_web.h"

enum { INITIAL_PASSWORD = 20 };

void
login_get(struct request *rq, struct response *rs)
{
    json_t *row = login_named(rq, rs);

    if (row) {
        response_json(rs, 200, field_output(rq->arena, login_fields, row));
    }
}

/* ---- the list ---- */

void
logins_get(struct request *rq, struct response *rs)
{
    static const char *const keys[] = {"username_key", NULL};
    struct list list;
    json_t *rows;

    if (!list_begin(rq, rs, &list)) {
        return;
    }
    if (login_list(rq->db, rq->arena, rq->tenant, request_text(rq, "customer"),
                   list_after_text(&list, 0), list.limit + 1, &rows) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    list_answer(rq, rs, &list, login_fields, rows, keys);
}

/* ---- creating ---- */

/* Defaults for what was not sent, and the checks that no field row can make. */
static enum err
complete(struct request *rq, struct login_new *new, json_t **customer)
{
    const char *number = request_text(rq, "customer");
    enum err e;

    switch (customer_by_number(rq->db, rq->arena, rq->tenant->id, number,
                               customer)) {
    case DB_OK:
        break;
    case DB_NONE:
        field_fail(&rq->errors, "customer", ERR_unknown_customer, 0);
        return ERR_invalid;
    default:
        return ERR_unavailable;
    }
    new->customer = row_text(*customer, "id");
    new->email = request_text(rq, "email");
    new->username = request_text(rq, "username");
    if (!new->username) {
        new->username = number;
    }
    if (!field_name_ok(new->username)) {
        field_fail(&rq->errors, "username", ERR_value_characters, 0);
        return ERR_invalid;
    }
    new->password = request_text(rq, "password");
    if (!new->password) {
        new->password = id_base62(rq->arena, INITIAL_PASSWORD);
        return ERR_NONE;
    }
    e = user_password_check(rq->arena, new->password, new->username,
                            new->email);
    if (e != ERR_NONE) {
        field_fail(&rq->errors, "password", e, PASSWORD_MIN);
        return ERR_invalid;
    }
    return ERR_NONE;
}

/* The credentials for the customer, in their language. A body is only made when
 * it is to be sent. */
static bool
compose(struct request *rq, const struct login_new *new, const json_t *customer,
        struct mail *mail)
{
    json_t *model = json_pack("{s:s, s:s, s:s}", "customer_name",
                              customer_name(rq->arena, customer), "username",
                              new->username, "password", new->password);

    mail->customer = new->customer;
    mail->recipient = new->email;
    mail->request_id = rq->id;
    mail->language = mail_language(rq->tenant, row_text(customer, "language"));
    json_in_arena(rq->arena, model);
    return rq->actor->test || !request_bool(rq, "send_mail", true) ||
           mail_compose(rq->db, rq->arena, rq->keys, rq->tenant, mail, model);
}

static void
answer_created(struct request *rq, struct response *rs,
               const struct login_new *new)
{
    json_t *row;

    if (login_by_username(rq->db, rq->arena, rq->tenant, new->username, &row) !=
        DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    model_text(row, "mail", new->mail->body ? "sent" : "suppressed");
    response_json(rs, 201, field_output(rq->arena, login_created_fields, row));
}

void
logins_post(struct request *rq, struct response *rs)
{
    struct mail mail = {.event = "login_created"};
    struct login_new new = {
        .must_change = request_bool(rq, "must_change", true), .mail = &mail};
    json_t *customer;
    enum err e = complete(rq, &new, &customer);

    if (e == ERR_NONE && !compose(rq, &new, customer, &mail)) {
        e = ERR_internal;
    }
    if (e != ERR_NONE) {
        response_error(rs, e);
        return;
    }
    switch (login_create(rq->db, rq->arena, rq->tenant, rq->actor, &new)) {
    case DB_OK:
        answer_created(rq, rs, &new);
        break;
    case DB_UNIQUE:
        response_error(rs, ERR_login_exists);
        break;
    default:
        response_error(rs, ERR_unavailable);
    }
}
