/*
 * What people see and do about their own login: password, sessions, second
 * factor, sign-ins. It is nobody else's: staff in a customer's name are shown
 * none of it.
 */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "http/form.h"
#include "http/handlers.h"
#include "session/device.h"
#include "session/own.h"
#include "session/person_web.h"
#include "session/session_web.h"
#include "view/i18n.h"

enum { SIGN_INS = 20 }; /* shown */

/* ---- the overview ---- */

static const char *
device_words(const struct request *rq, const char *user_agent)
{
    struct device d = device_of(user_agent);

    if (d.browser && d.system) {
        return i18n_fill(rq->arena,
                         i18n(rq->language, N_("{browser} on {system}")),
                         "browser", d.browser, "system", d.system, NULL);
    }
    return d.browser  ? d.browser
           : d.system ? d.system
                      : i18n(rq->language, N_("Unknown device"));
}

static const char *
method_words(const struct request *rq, const char *method)
{
    static const struct {
        const char *method, *label;
    } words[] = {{"password", N_("By password")},
                 {"sso", N_("By a link of the website")}};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i].method, method) == 0) {
            return i18n(rq->language, words[i].label);
        }
    }
    return NULL;
}

static const char *
time_words(const struct request *rq, int64_t t)
{
    return text_time(rq->arena, rq->language, t, rq->tenant->time_zone);
}

static json_t *
session_model(const struct request *rq, const json_t *row)
{
    const char *id = row_text(row, "id");
    json_t *model =
        json_pack("{s:s, s:s, s:s, s:s, s:b}", "device",
                  device_words(rq, row_text(row, "user_agent")), "address",
                  row_text(row, "remote_addr"), "created_text",
                  time_words(rq, row_int(row, "created")), "seen_text",
                  time_words(rq, row_int(row, "last_seen")), "is_this",
                  strcmp(id, rq->session->key) == 0);

    model_text(model, "method", method_words(rq, row_text(row, "method")));
    model_text(model, "end_url",
               arena_printf(rq->arena, "%s/security/sessions/%s/end",
                            rq->prefix, form_escape(rq->arena, id)));
    return model;
}

static enum db_result
add_sessions(struct request *rq, json_t *model)
{
    struct session_store store = session_store_of(rq);
    json_t *rows, *row, *list = json_array();
    size_t i;
    enum db_result r = own_sessions(&store, rq->session->user, &rows);

    if (r == DB_OK) {
        json_array_foreach(rows, i, row)
        {
            json_array_append_new(list, session_model(rq, row));
        }
    }
    json_object_set_new(model, "has_others",
                        json_boolean(json_array_size(list) > 1));
    model_list(model, "sessions", list);
    return r;
}

static enum db_result
add_history(struct request *rq, json_t *model)
{
    const char *user = rq->session->user;
    json_t *rows, *row, *list = json_array();
    size_t i;
    enum db_result r = audit_sign_ins(rq->db, rq->arena, rq->tenant->id,
                                      arena_printf(rq->arena, "user:%s", user),
                                      user, SIGN_INS, &rows);

    if (r == DB_OK) {
        json_array_foreach(rows, i, row)
        {
            bool refused =
                strcmp(row_text(row, "action"), "session.refused") == 0;
            json_t *one =
                json_pack("{s:s, s:s, s:b}", "time_text",
                          time_words(rq, row_int(row, "at")), "address",
                          row_text(row, "remote_addr"), "is_refused", refused);

            model_text(one, "method",
                       method_words(rq, row_text(row, "detail")));
            json_array_append_new(list, one);
        }
    }
    model_list(model, "history", list);
    return r;
}

void
my_security_page(struct request *rq, struct response *rs)
{
    struct person person;
    json_t *row, *model;
    enum db_result r;

    if (!person_mine(rq, rs, &person, &row)) {
        return;
    }
    model = json_in_arena(rq->arena,
                          json_pack("{s:s, s:s, s:b, s:b}", "username",
                                    row_text(row, "username"), "email",
                                    row_text(row, "email"), "has_factor",
                                    person_has_factor(row), "is_saved",
                                    request_argument(rq, "saved") != NULL));
    r = add_sessions(rq, model);
    if (r == DB_OK) {
        r = add_history(rq, model);
    }
    if (r != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    response_page(rs, "security", model);
}

/* ---- the password ---- */

static void
show_password(struct request *rq, struct response *rs, const json_t *row)
{
    person_form(rq, rs, "security_password",
                json_pack("{s:s}", "username", row_text(row, "username")),
                my_password_fields, ERR_NONE);
}

void
my_password_page(struct request *rq, struct response *rs)
{
    struct person person;
    json_t *row;

    if (person_mine(rq, rs, &person, &row)) {
        show_password(rq, rs, row);
    }
}

void
my_password_submit(struct request *rq, struct response *rs)
{
    struct person person;
    const char *hash;
    json_t *row;

    if (!person_mine(rq, rs, &person, &row)) {
        return;
    }
    if (!person_check_password(rq, rs, &person, row, "old_password")) {
        return;
    }
    hash = person_new_hash(rq, rs, row);
    if (!hash) {
        if (rq->errors.n > 0) {
            show_password(rq, rs, row);
        }
        return;
    }
    if (person_change_password(rq, row, hash, NULL, rq->session->key) !=
        DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    response_redirect(rq, rs, "/security?saved=1");
}

/* ---- sessions ---- */

void
my_session_end(struct request *rq, struct response *rs)
{
    struct session_store store = session_store_of(rq);
    const char *id = rq->values[0];
    struct person person;
    json_t *row;
    enum db_result r;

    if (!person_mine(rq, rs, &person, &row)) {
        return;
    }
    r = own_session_end(&store, rq->session->user, id);
    if (r != DB_OK && r != DB_NONE) {
        response_error(rs, ERR_unavailable);
    } else if (strcmp(id, rq->session->key) == 0) {
        session_clear_cookie(rq, rs, rq->session);
        response_redirect(rq, rs, "/login?signed-out=1");
    } else {
        response_redirect(rq, rs, "/security?saved=1");
    }
}

void
my_sessions_end(struct request *rq, struct response *rs)
{
    struct session_store store = session_store_of(rq);
    struct person person;
    json_t *row;

    if (!person_mine(rq, rs, &person, &row)) {
        return;
    }
    if (own_sessions_end(&store, rq->session->user, rq->session->key,
                         "by its person") != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    response_redirect(rq, rs, "/security?saved=1");
}
