#include "session/person_web.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/model.h"
#include "base/network.h"
#include "base/text.h"
#include "mail/mail.h"
#include "mail/mail_view.h"
#include "page/page_web.h"
#include "session/login_act.h"
#include "session/own.h"
#include "session/session_web.h"
#include "user/rate.h"
#include "user/user_web.h"
#include "view/i18n.h"
#include "view/qr.h"

/* ---- flows ---- */

const char *
flow_make(struct request *rq, struct response *rs, const char *purpose,
          const char *text)
{
    const char *browser = form_cookie(rq);

    return keys_seal(rq->keys, rq->arena, purpose, rq->tenant->id,
                     browser ? browser : form_cookie_make(rq, rs),
                     arena_printf(rq->arena, "%lld %s",
                                  (long long)(clock_now() + FLOW_LIFE), text));
}

const char *
flow_open(struct request *rq, const char *purpose, const char *sealed)
{
    const char *browser = form_cookie(rq);
    char *text, *end;

    if (!browser || !sealed) {
        return NULL;
    }
    text = keys_unseal(rq->keys, rq->arena, purpose, rq->tenant->id, browser,
                       sealed);
    if (!text || strtoll(text, &end, 10) <= clock_now() || *end != ' ') {
        return NULL;
    }
    return end + 1;
}

const char *
flow_sent(const struct request *rq)
{
    const char *sent = request_text(rq, "flow");

    return sent ? sent : request_argument(rq, "flow");
}

/* ---- forms ---- */

/* What was typed, but for passwords and codes. */
static json_t *
typed(struct request *rq, const struct field *fields)
{
    json_t *values = json_in_arena(rq->arena, json_object());

    for (; fields->name; fields++) {
        if (fields->type != FIELD_SECRET && strcmp(fields->name, "code") != 0) {
            json_object_set(values, fields->name,
                            json_object_get(rq->raw, fields->name));
        }
    }
    return values;
}

void
person_form(struct request *rq, struct response *rs, const char *template,
            json_t *model, const struct field *fields, enum err form_error)
{
    model_text(model, "form_token", form_token(rq, rs));
    page_form(rq, rs, template, model, fields, typed(rq, fields), form_error);
    user_password_help(rq, json_object_get(model, "controls"));
}

struct one_time_store
tokens_of(const struct request *rq)
{
    return (struct one_time_store){rq->db, rq->arena, rq->keys, rq->tenant->id,
                                   rq->actor};
}

struct person
person_of(const struct request *rq, const char *user)
{
    return (struct person){rq->db,
                           rq->arena,
                           rq->keys,
                           rq->tenant,
                           rq->actor,
                           user,
                           rq->session ? rq->session->key : ""};
}

bool
person_mine(struct request *rq, struct response *rs, struct person *person,
            json_t **row)
{
    enum db_result r;

    if (session_on_behalf(rq->session)) {
        response_error(rs, ERR_on_behalf);
        return false;
    }
    *person = person_of(rq, rq->session->user);
    r = person_row(person, row);
    if (r != DB_OK) {
        response_error(rs, db_error(r));
    }
    return r == DB_OK;
}

struct tries
person_tries(const struct request *rq, const char *what, const char *user)
{
    const struct user they = {.id = user};

    return tries_of(rq, what, user, &they);
}

bool
person_tries_begin(struct response *rs, const struct tries *tries)
{
    int64_t wait = 0;
    enum db_result r = tries_begin(tries, &wait);

    if (r != DB_OK) {
        response_error(rs, ERR_unavailable);
    } else if (wait > 0) {
        response_header(rs, "Retry-After",
                        arena_printf(tries->arena, "%lld", (long long)wait));
        response_error(rs, ERR_too_many);
    }
    return r == DB_OK && wait == 0;
}

void
person_refused(const struct request *rq, const char *user, const char *why)
{
    struct audit row = {rq->actor, "", "session.refused", user, why};

    if (audit_write(rq->db, rq->arena, rq->tenant->id, &row) != DB_OK) {
        log_error("a refused sign-in left no audit row");
    }
}

bool
person_check_password(struct request *rq, struct response *rs,
                      const struct person *person, const json_t *row,
                      const char *field)
{
    struct tries tries = person_tries(rq, "proof", person->user);

    if (rq->errors.n > 0) {
        return true;
    }
    if (!person_tries_begin(rs, &tries)) {
        return false;
    }
    if (!person_password_ok(person, row, request_text(rq, field))) {
        field_fail(&rq->errors, field, ERR_password_wrong, 0);
        person_refused(rq, person->user, "proof");
    } else if (tries_succeeded(&tries) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return false;
    }
    return true;
}

bool
person_may(struct request *rq, struct response *rs, const struct rate *rate)
{
    struct one_time_store tokens = tokens_of(rq);
    enum db_result r = rate_take(
        &tokens, rate, network_neighbourhood(rq->arena, rq->remote_addr));

    if (r == DB_NONE) {
        response_header(rs, "Retry-After", "60");
        response_error(rs, ERR_too_many);
    } else if (r != DB_OK) {
        response_error(rs, ERR_unavailable);
    }
    return r == DB_OK;
}

bool
person_may_try(struct request *rq, struct response *rs)
{
    static const struct rate rate = {"network", 30, 6};

    return person_may(rq, rs, &rate);
}

enum db_result
person_may_mail(const struct request *rq, const char *kind, const char *name)
{
    const struct rate once = {kind, 1, 60};
    const struct rate often = {arena_printf(rq->arena, "%s often", kind), 5,
                               15 * 60};
    const struct one_time_store tokens = tokens_of(rq);
    const char *key = text_fold(rq->arena, name);
    enum db_result r = rate_take(&tokens, &once, key);

    return r == DB_OK ? rate_take(&tokens, &often, key) : r;
}

/* ---- the second factor ---- */

/* In fours, as people type them. New reference. */
static json_t *
groups_of(const char *secret)
{
    enum { GROUP = 4 };
    json_t *groups = json_array();

    for (size_t len = strlen(secret), i = 0; i < len; i += GROUP) {
        json_array_append_new(
            groups,
            json_stringn(secret + i, len - i < GROUP ? len - i : GROUP));
    }
    return groups;
}

void
person_factor_model(struct request *rq, json_t *model, const char *secret,
                    const char *uri)
{
    int size = 0;

    json_object_set_new(model, "is_pending", json_boolean(secret != NULL));
    model_text(model, "uri", uri);
    model_text(model, "qr_path",
               secret ? qr_path(rq->arena, uri, &size) : NULL);
    json_object_set_new(model, "qr_size", json_integer(size));
    model_list(model, "groups", secret ? groups_of(secret) : json_array());
}

enum db_result
person_take_factor(struct request *rq, json_t *login)
{
    struct session_store store = session_store_of(rq);
    struct login_letter letter = {
        .event = "login_factor_removed", .login = login, .wanted = true};
    struct mail mail;
    struct login_act act = {&store, login, &mail, 1};
    enum db_result r =
        login_mail(rq, &letter, &mail) ? login_act_factor(&act) : DB_FAILED;

    return r == DB_NONE ? DB_OK : r;
}

/* ---- a new password ---- */

const char *
person_new_hash(struct request *rq, struct response *rs, const json_t *user)
{
    const char *password = request_text(rq, "new_password");
    const char *again = request_text(rq, "repeat_password"), *hash;

    if (rq->errors.n == 0 &&
        user_password_fits(rq, "new_password", password,
                           row_text(user, "username"),
                           row_text(user, "email")) &&
        strcmp(password, again) != 0) {
        field_fail(&rq->errors, "repeat_password", ERR_password_repeat, 0);
    }
    if (rq->errors.n > 0) {
        return NULL;
    }
    hash = user_password_hash(rq->arena, password);
    if (!hash) {
        response_error(rs, ERR_unavailable);
    }
    return hash;
}

/* The account that is open, else the person, as a mail calls them. */
static const char *
addressed(const struct request *rq, const json_t *user)
{
    const char *name =
        text_trim(rq->arena,
                  arena_printf(rq->arena, "%s %s", row_text(user, "first_name"),
                               row_text(user, "last_name")));

    if (rq->session && session_of_person(rq->session)) {
        return rq->session->membership->customer_name;
    }
    return name[0] ? name : row_text(user, "username");
}

/* Without an address on file nobody can be told. */
bool
person_notice(struct request *rq, const json_t *user, const char *event,
              struct mail *mail)
{
    json_t *values = json_in_arena(
        rq->arena, json_pack("{s:s, s:s}", "customer_name", addressed(rq, user),
                             "username", row_text(user, "username")));
    const char *own = row_text(user, "language");

    *mail = (struct mail){.event = event,
                          .customer = "",
                          .user = row_text(user, "id"),
                          .recipient = row_text(user, "email"),
                          .request_id = rq->id};
    mail->language = mail_language(rq->tenant, own[0] ? own : rq->language);
    return field_email_ok(mail->recipient) &&
           mail_compose(rq->db, rq->arena, rq->keys, rq->tenant, mail, values);
}

enum db_result
person_change_password(struct request *rq, const json_t *user, const char *hash,
                       const struct one_time *token, const char *except)
{
    struct session_store store = session_store_of(rq);
    struct mail mail;
    bool told = person_notice(rq, user, "login_password_changed", &mail);
    struct own_password change = {.user = row_text(user, "id"),
                                  .hash = hash,
                                  .token = token,
                                  .except = except,
                                  .notice = told ? &mail : NULL};

    return own_password(&store, &change);
}
