/* The second factor of one's own: added with the password and a code, taken
 * away with the password. */
#include "base/json.h"
#include "base/model.h"
#include "http/handlers.h"
#include "mail/mail.h"
#include "session/person_web.h"
#include "session/session_web.h"

/* Either the code of a waiting secret is asked for, or the password. */
static void
show_factor(struct request *rq, struct response *rs,
            const struct person *person, const json_t *row, enum err error)
{
    const char *secret = person_factor_pending(person, row);
    json_t *model = json_pack("{s:b}", "has_factor", person_has_factor(row));

    person_factor_model(rq, model, secret,
                        secret ? person_factor_uri(person, row, secret) : NULL);
    person_form(rq, rs, "security_factor", model,
                secret ? my_code_fields : my_confirm_fields, error);
}

void
my_factor_page(struct request *rq, struct response *rs)
{
    struct person person;
    json_t *row;

    if (person_mine(rq, rs, &person, &row)) {
        show_factor(rq, rs, &person, row, ERR_NONE);
    }
}

void
my_factor_begin(struct request *rq, struct response *rs)
{
    struct person person;
    json_t *row;

    if (!person_mine(rq, rs, &person, &row)) {
        return;
    }
    if (!person_check_password(rq, rs, &person, row, "password")) {
        return;
    }
    if (rq->errors.n > 0) {
        show_factor(rq, rs, &person, row, ERR_NONE);
    } else if (!person_factor_begin(&person)) {
        response_error(rs, ERR_unavailable);
    } else {
        response_redirect(rq, rs, "/security/factor");
    }
}

void
my_factor_cancel(struct request *rq, struct response *rs)
{
    struct person person;
    json_t *row;

    if (!person_mine(rq, rs, &person, &row)) {
        return;
    }
    if (person_factor_cancel(&person) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    response_redirect(rq, rs, "/security/factor");
}

static void
show_codes(struct request *rq, struct response *rs,
           const char *codes[PERSON_RECOVERY_CODES])
{
    json_t *list = json_array(), *model;

    for (size_t i = 0; i < PERSON_RECOVERY_CODES; i++) {
        json_array_append_new(list, json_string(codes[i]));
    }
    model = json_pack("{s:o, s:s+}", "codes", list, "back_url", rq->prefix,
                      "/security");
    response_page(rs, "security_codes", json_in_arena(rq->arena, model));
}

void
my_factor_confirm(struct request *rq, struct response *rs)
{
    const char *codes[PERSON_RECOVERY_CODES];
    struct person person;
    json_t *row;
    enum db_result r = DB_NONE;

    if (!person_mine(rq, rs, &person, &row)) {
        return;
    }
    if (rq->errors.n == 0) {
        r = person_factor_confirm(&person, request_text(rq, "code"), codes);
    }
    if (r == DB_OK) {
        show_codes(rq, rs, codes);
    } else if (r == DB_NONE) {
        show_factor(rq, rs, &person, row,
                    rq->errors.n > 0 ? ERR_NONE : ERR_code_wrong);
    } else {
        response_error(rs, ERR_unavailable);
    }
}

struct removal {
    struct request *rq;
    const struct person *person;
    const json_t *row;
};

/* Told by mail: whoever else sits at the browser would not say so. */
static enum db_result
take_away(struct db *db, void *data)
{
    const struct removal *x = data;
    struct request *rq = x->rq;
    struct mail mail;
    bool told = person_notice(rq, x->row, "login_factor_removed", &mail);
    enum db_result r = person_factor_remove(x->person);

    return r == DB_OK && told ? mail_queue(db, rq->arena, rq->tenant->id, &mail)
                              : r;
}

void
my_factor_off(struct request *rq, struct response *rs)
{
    struct removal x = {.rq = rq};
    struct person person;
    json_t *row;

    if (!person_mine(rq, rs, &person, &row)) {
        return;
    }
    x.person = &person;
    x.row = row;
    if (!person_check_password(rq, rs, &person, row, "password")) {
        return;
    }
    if (rq->errors.n > 0) {
        show_factor(rq, rs, &person, row, ERR_NONE);
    } else if (db_transaction(rq->db, true, take_away, &x) != DB_OK) {
        response_error(rs, ERR_unavailable);
    } else {
        response_redirect(rq, rs, "/security?saved=1");
    }
}
