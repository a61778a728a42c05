/* Logins as requests name them, and the mails about them. */
#include <string.h>

#include "base/id.h"
#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "customer/customer.h"
#include "mail/mail_view.h"
#include "user/user_web.h"
#include "view/i18n.h"

static enum err
wrong(struct request *rq, const char *name, enum err e)
{
    field_fail(&rq->errors, name, e, 0);
    return ERR_invalid;
}

/* ---- what was sent ---- */

bool
user_password_fits(struct request *rq, const char *field, const char *password,
                   const char *username, const char *email)
{
    struct password_rules rules =
        user_password_rules(rq->db, rq->arena, rq->tenant);
    enum err e =
        user_password_check(rq->arena, &rules, password, username, email);

    if (e != ERR_NONE) {
        field_fail(&rq->errors, field, e, rules.min);
    }
    return e == ERR_NONE;
}

void
user_password_help(struct request *rq, json_t *controls)
{
    struct password_rules rules =
        user_password_rules(rq->db, rq->arena, rq->tenant);
    const char *text = i18n_fill(
        rq->arena,
        i18n(rq->language, N_("At least {limit} characters. Several words that "
                              "have nothing to do with each other are good.")),
        "limit", arena_printf(rq->arena, "%ld", rules.min), NULL);
    json_t *control;
    size_t i;

    json_array_foreach(controls, i, control)
    {
        if (strcmp(row_text(control, "name"), "new_password") == 0) {
            model_text(control, "help", text);
        }
    }
}

/* The checks that no field row can make. */
static enum err
check(struct request *rq, const char *username, const char *language)
{
    if (!field_name_ok(username)) {
        return wrong(rq, "username", ERR_value_characters);
    }
    if (language && language[0] && !tenant_speaks(rq->tenant, language)) {
        return wrong(rq, "language", ERR_value_choice);
    }
    return ERR_NONE;
}

static enum err
find_customer(struct request *rq, json_t **customer)
{
    switch (customer_by_number(rq->db, rq->arena, rq->tenant->id,
                               request_text(rq, "customer"), customer)) {
    case DB_OK:
        return ERR_NONE;
    case DB_NONE:
        return wrong(rq, "customer", ERR_unknown_customer);
    default:
        return ERR_unavailable;
    }
}

enum err
login_of_request(struct request *rq, struct login_new *new, json_t **customer)
{
    enum err e = find_customer(rq, customer);

    if (e != ERR_NONE) {
        return e;
    }
    new->customer = row_text(*customer, "id");
    new->email = request_text(rq, "email");
    new->first_name = request_text(rq, "first_name");
    new->last_name = request_text(rq, "last_name");
    new->language = request_text(rq, "language");
    new->username = request_text(rq, "username");
    if (!new->username) {
        new->username = row_text(*customer, "number");
    }
    e = check(rq, new->username, new->language);
    if (e != ERR_NONE) {
        return e;
    }
    new->password = request_text(rq, "password");
    if (!new->password) {
        new->password = id_base62(rq->arena, INITIAL_PASSWORD);
        return ERR_NONE;
    }
    return user_password_fits(rq, "password", new->password, new->username,
                              new->email)
               ? ERR_NONE
               : ERR_invalid;
}

/* As sent; null empties it; else as it was. */
static const char *
text_of(const struct request *rq, const char *name, const json_t *before)
{
    const json_t *value = json_object_get(rq->input, name);

    if (!value) {
        return row_text(before, name);
    }
    return json_is_string(value) ? json_string_value(value) : "";
}

enum err
login_data_of_request(struct request *rq, const json_t *login,
                      struct login_data *data)
{
    data->username = text_of(rq, "username", login);
    data->email = text_of(rq, "email", login);
    data->first_name = text_of(rq, "first_name", login);
    data->last_name = text_of(rq, "last_name", login);
    data->language = text_of(rq, "language", login);
    return check(rq, data->username, data->language);
}

/* ---- mails ---- */

bool
login_mail_wanted(const struct request *rq)
{
    /* what is not ticked is not sent */
    return request_bool(rq, "send_mail", rq->api_key != NULL);
}

static void
add(json_t *values, const char *name, const char *text)
{
    if (text) {
        json_object_set_new(values, name, json_string(text));
    }
}

bool
login_mail(struct request *rq, const struct login_letter *l, struct mail *mail)
{
    const char *language = row_text(l->login, "language"), *id;
    json_t *customer, *values;

    id = row_text(l->login, "customer_id");
    if (customer_by_id(rq->db, rq->arena, rq->tenant->id, id, &customer) !=
        DB_OK) {
        return false;
    }
    *mail = (struct mail){
        .event = l->event,
        .customer = id,
        .user = "",
        .recipient = l->recipient ? l->recipient : row_text(l->login, "email"),
        .request_id = rq->id};
    mail->language = mail_language(
        rq->tenant,
        language && language[0] ? language : row_text(customer, "language"));
    if (!l->wanted || rq->actor->test) {
        mail->reason =
            l->wanted ? N_("a key of test mode") : N_("not wanted this time");
        return true;
    }
    values = json_in_arena(
        rq->arena, json_pack("{s:s, s:s}", "customer_name",
                             customer_name(rq->arena, customer), "username",
                             row_text(l->login, "username")));
    add(values, "password", l->secret);
    add(values, "old_username", l->old_username);
    return mail_compose(rq->db, rq->arena, rq->keys, rq->tenant, mail, values);
}

/* The login as it will be called, for the words of a mail. */
static json_t *
named_anew(struct request *rq, const json_t *login,
           const struct login_data *data)
{
    json_t *row = json_in_arena(rq->arena, json_copy((json_t *)login));

    json_object_set_new(row, "username", json_string(data->username));
    json_object_set_new(row, "email", json_string(data->email));
    return row;
}

/* The address before hears that it is the one before: whoever reads it may know
 * nothing of the change. */
bool
login_edit_mails(struct request *rq, const json_t *login,
                 const struct login_data *data, bool wanted,
                 struct mail mails[LOGIN_EDIT_MAILS], size_t *n)
{
    const char *username = row_text(login, "username");
    const char *email = row_text(login, "email");
    struct login_letter letter = {.login = named_anew(rq, login, data),
                                  .wanted = wanted};
    bool ok = true;

    *n = 0;
    if (strcmp(username, data->username) != 0) {
        letter.event = "login_username_changed";
        letter.old_username = username;
        ok = login_mail(rq, &letter, &mails[(*n)++]);
    }
    if (ok && strcmp(text_fold(rq->arena, email),
                     text_fold(rq->arena, data->email)) != 0) {
        letter.event = "login_email_changed";
        letter.recipient = email;
        letter.old_username = NULL;
        ok = login_mail(rq, &letter, &mails[(*n)++]);
    }
    return ok;
}

bool
login_password_of_request(struct request *rq, const json_t *login,
                          struct login_letter *letter, const char **password)
{
    *password = request_text(rq, "password");
    letter->login = login;
    letter->event = *password ? "login_password_changed" : "login_password_new";
    if (*password) {
        return user_password_fits(rq, "password", *password,
                                  row_text(login, "username"),
                                  row_text(login, "email"));
    }
    letter->secret = *password = id_base62(rq->arena, INITIAL_PASSWORD);
    return true;
}

/* ---- creating ---- */

/* The credentials for the customer. */
static bool
compose(struct request *rq, const struct login_new *new, struct mail *mail)
{
    json_t *login = json_pack("{s:s, s:s, s:s?, s:s}", "username",
                              new->username, "email", new->email, "language",
                              new->language, "customer_id", new->customer);
    struct login_letter letter = {.event = "login_created",
                                  .login = json_in_arena(rq->arena, login),
                                  .secret = new->password,
                                  .wanted = login_mail_wanted(rq)};

    return login_mail(rq, &letter, mail);
}

enum err
login_make(struct request *rq, struct login_new *new, struct mail *mail)
{
    json_t *customer;
    enum err e = login_of_request(rq, new, &customer);

    if (e != ERR_NONE) {
        return e;
    }
    new->mail = mail;
    if (!compose(rq, new, mail)) {
        return ERR_internal;
    }
    switch (login_create(rq->db, rq->arena, rq->tenant, rq->actor, new)) {
    case DB_OK:
        return ERR_NONE;
    case DB_UNIQUE:
        return ERR_login_exists;
    default:
        return ERR_unavailable;
    }
}

bool
login_must_change(const struct request *rq, bool *must_change)
{
    *must_change = request_bool(rq, "must_change", true);
    return *must_change || api_key_allows(rq->api_key, "logins:passwords");
}
