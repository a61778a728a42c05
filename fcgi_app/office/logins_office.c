/* Logins of customers: who signs in, and what staff may do about it. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "customer/customer_view.h"
#include "http/form.h"
#include "http/handlers.h"
#include "mail/mail.h"
#include "office/office_web.h"
#include "session/login_act.h"
#include "session/person_web.h"
#include "session/session_web.h"
#include "user/user_web.h"
#include "view/i18n.h"

enum { TABLE_ROWS = 10 };

static const struct field nothing[] = {FIELD_END};

/* ---- names and ways ---- */

static const char *
page_of(struct request *rq, const char *username)
{
    return arena_printf(rq->arena, "/admin/logins/%s",
                        form_escape(rq->arena, username));
}

/* The login that the path names; NULL with the error in the response. */
static json_t *
named(struct request *rq, struct response *rs)
{
    json_t *row;
    enum db_result r =
        login_by_username(rq->db, rq->arena, rq->tenant, rq->values[0], &row);

    if (r != DB_OK) {
        office_refuse(rs, r);
        return NULL;
    }
    return row;
}

static bool
is_blocked(const json_t *row)
{
    return strcmp(row_text(row, "status"), "blocked") == 0;
}

/* ---- the page of one ---- */

/* What it was sent, or would have been, and why not. */
static const struct field mail_columns[] = {
    {.name = "event",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT,
     .label = N_("Which mail")},
    {.name = "state",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT,
     .label = N_("State")},
    {.name = "reason",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Why it was not sent")},
    {.name = "recipient",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("E-mail address")},
    {.name = "created",
     .type = FIELD_TIME,
     .flags = FIELD_OUT,
     .label = N_("Created")},
    {.name = "sent",
     .type = FIELD_TIME,
     .flags = FIELD_OUT,
     .label = N_("Sent")},
    FIELD_END,
};

/* Parts of this page, which have no page of their own. */
static const struct list accounts = {.path = "",
                                     .title = N_("Accounts"),
                                     .empty = N_("This login has no account."),
                                     .fields = membership_rows_fields,
                                     .key = "number",
                                     .order = "number",
                                     .link = "/admin/customers/{number}"};
static const struct list sessions = {.path = "",
                                     .title = N_("Sessions"),
                                     .empty = N_("Nobody is signed in by it."),
                                     .fields = session_rows_fields,
                                     .key = "id",
                                     .order = "-created",
                                     .link = ""};
static const struct list mails = {.path = "",
                                  .title = N_("E-mails"),
                                  .empty = N_("No mail was sent yet."),
                                  .fields = mail_columns,
                                  .key = "id",
                                  .order = "-created",
                                  .link = "/admin/mails/{id}"};
static const struct list mails_unlinked = {.path = "",
                                           .title = N_("E-mails"),
                                           .empty = N_("No mail was sent yet."),
                                           .fields = mail_columns,
                                           .key = "id",
                                           .order = "-created",
                                           .link = ""};

/* New reference; NULL: the database does not answer. */
static json_t *
tables_of(struct request *rq, const json_t *row)
{
    const char *user = row_text(row, "user_id");
    json_t *rows[3], *tables, *mail;
    size_t i;

    if (membership_list_of_user(rq->db, rq->arena, rq->tenant, user, TABLE_ROWS,
                                &rows[0]) != DB_OK ||
        session_list_of_user(rq->db, rq->arena, rq->tenant, user, TABLE_ROWS,
                             &rows[1]) != DB_OK ||
        mail_list_of_user(rq->db, rq->arena, rq->tenant->id, user, TABLE_ROWS,
                          &rows[2]) != DB_OK) {
        return NULL;
    }
    json_array_foreach(rows[2], i, mail)
    {
        office_mail_reason(rq, mail);
    }
    tables = json_array();
    json_array_append_new(
        tables, office_table_like(rq, &accounts, rows[0], TABLE_ROWS));
    office_add_access(rq, tables, "username", row_text(row, "username"));
    json_array_append_new(
        tables, office_table_like(rq, &sessions, rows[1], TABLE_ROWS));
    json_array_append_new(
        tables, office_table_like(
                    rq, office_may(rq, "mail.view") ? &mails : &mails_unlinked,
                    rows[2], TABLE_ROWS));
    return tables;
}

struct way {
    const char *right, *leaf, *label; /* leaf: below the login's page */
};

/* Whether there is something to do on that page. */
static bool
leads(const json_t *row, const char *leaf)
{
    return strcmp(leaf, "act") == 0      ? !is_blocked(row)
           : strcmp(leaf, "factor") == 0 ? row_int(row, "second_factor") != 0
                                         : true;
}

/* Pages for whoever may open them. New reference. */
static json_t *
links_of(struct request *rq, const char *path, const json_t *row)
{
    static const struct way ways[] = {
        {"logins.change", "change", N_("Change the login")},
        {"logins.change", "password", N_("Set a new password")},
        {"logins.change", "factor", N_("Take the second factor away")},
        {"customers.act", "act", N_("Open the portal as this customer")},
        {"logins.delete", "delete", N_("Delete the login")}};
    json_t *links = json_array();

    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        if (!office_may(rq, ways[i].right) || !leads(row, ways[i].leaf)) {
            continue;
        }
        json_array_append_new(
            links, json_pack("{s:s, s:s}", "url",
                             arena_printf(rq->arena, "%s%s/%s", rq->prefix,
                                          path, ways[i].leaf),
                             "label", i18n(rq->language, ways[i].label)));
    }
    return links;
}

/* Block or activate, with the box for its mail. */
static void
add_status_form(struct request *rq, json_t *model, const char *path,
                bool blocked)
{
    json_t *ticked =
        json_in_arena(rq->arena, json_pack("{s:b}", "send_mail", 1));
    json_t *controls = field_controls(rq->arena, login_action_fields, ticked,
                                      &rq->errors, i18n, rq->language);

    json_object_set(model, "controls", controls);
    model_text(model, "status_action",
               office_may(rq, "logins.block")
                   ? arena_printf(rq->arena, "%s%s/%s", rq->prefix, path,
                                  blocked ? "activate" : "block")
                   : NULL);
    model_text(model, "status_label",
               i18n(rq->language,
                    blocked ? N_("Activate this login")
                            : N_("Block this login and end its sessions")));
}

static json_t *
buttons_of(struct request *rq, const char *path)
{
    json_t *buttons = json_array();

    if (office_may(rq, "logins.block")) {
        json_array_append_new(
            buttons,
            office_button(rq, arena_printf(rq->arena, "%s/sign-out", path),
                          N_("End its sessions")));
    }
    return buttons;
}

void
office_login_page(struct request *rq, struct response *rs)
{
    json_t *row = named(rq, rs), *tables, *model;
    const char *path;

    if (!row) {
        return;
    }
    tables = tables_of(rq, row);
    if (!tables) {
        response_error(rs, ERR_unavailable);
        return;
    }
    path = page_of(rq, row_text(row, "username"));
    model = json_pack(
        "{s:s, s:s+, s:s, s:o, s:o}", "title", row_text(row, "username"),
        "back_url", rq->prefix, "/admin/logins", "back_label",
        i18n(rq->language, N_("All logins")), "facts",
        office_facts(rq, login_fields, row), "links", links_of(rq, path, row));
    add_status_form(rq, model, path, is_blocked(row));
    model_list(model, "buttons", buttons_of(rq, path));
    model_list(model, "tables", tables);
    response_page(rs, "office_user", json_in_arena(rq->arena, model));
}

/* ---- forms ---- */

/* What a form of one login says; texts are message ids. */
struct form {
    const char *title, *lead, *submit;
    const char *path, *back, *back_label;
    const struct field *fields;
};

static void
show_form(struct request *rq, struct response *rs, const struct form *f,
          const json_t *values, const char *version, enum err error)
{
    json_t *model = json_pack(
        "{s:s, s:s+, s:s, s:s+, s:s}", "title", i18n(rq->language, f->title),
        "back_url", rq->prefix, f->back, "back_label", f->back_label, "action",
        rq->prefix, f->path, "submit", i18n(rq->language, f->submit));

    model_text(model, "lead", f->lead ? i18n(rq->language, f->lead) : NULL);
    model_text(model, "version", version);
    page_form(rq, rs, "office_record_form", model, f->fields, values, error);
    customer_offer_languages(rq, json_object_get(model, "controls"));
    if (error != ERR_NONE) {
        rs->status = err_row(error)->status;
    }
}

/* A form below the page of a login. */
static struct form
form_of(struct request *rq, const json_t *row, const char *leaf)
{
    const char *username = row_text(row, "username");
    const char *page = page_of(rq, username);

    return (struct form){.path = arena_printf(rq->arena, "%s/%s", page, leaf),
                         .back = page,
                         .back_label = username};
}

/* The values of a form that nobody has filled in yet. New reference. */
static json_t *
ticked(struct request *rq, json_t *values)
{
    json_object_set_new(values, "send_mail", json_true());
    return json_in_arena(rq->arena, values);
}

static void
to_login(struct request *rq, struct response *rs, const char *username)
{
    response_redirect(rq, rs, page_of(rq, username));
}

/* A password that no mail tells is shown this once. */
static void
show_password(struct request *rq, struct response *rs, const char *username,
              const char *password)
{
    json_t *model = json_pack("{s:s, s:s, s:s, s:s+}", "secret", password,
                              "username", username, "name", username,
                              "back_url", rq->prefix, page_of(rq, username));

    response_page(rs, "office_secret", json_in_arena(rq->arena, model));
}

static void
show_new(struct request *rq, struct response *rs)
{
    const char *customer = request_argument(rq, "customer");
    struct form f = {.title = N_("Create a login"),
                     .lead =
                         N_("Without a username the customer number becomes "
                            "it. Without a password we make one, which has to "
                            "be changed at the first sign-in."),
                     .submit = N_("Create the login"),
                     .path = "/admin/logins",
                     .back = "/admin/logins",
                     .back_label = i18n(rq->language, N_("All logins")),
                     .fields = login_new_form_fields};

    show_form(rq, rs, &f, ticked(rq, json_pack("{s:s*}", "customer", customer)),
              NULL, ERR_NONE);
}

void
office_login_new_page(struct request *rq, struct response *rs)
{
    show_new(rq, rs);
}

void
office_login_new_submit(struct request *rq, struct response *rs)
{
    struct login_new new = {.must_change = true};
    struct mail mail;
    enum err e = rq->errors.n > 0 ? ERR_invalid : login_make(rq, &new, &mail);

    if (e == ERR_login_exists) {
        field_fail(&rq->errors, "username", e, 0);
    }
    if (e == ERR_login_exists || e == ERR_invalid) {
        show_new(rq, rs);
    } else if (e != ERR_NONE) {
        response_error(rs, e);
    } else if (!mail.body && !request_text(rq, "password")) {
        show_password(rq, rs, new.username, new.password);
    } else {
        to_login(rq, rs, new.username);
    }
}

/* ---- block, activate, sign out ---- */

static void
set_status(struct request *rq, struct response *rs, const char *status,
           const char *event)
{
    struct session_store store = session_store_of(rq);
    json_t *row = named(rq, rs);
    struct login_letter letter = {
        .event = event, .login = row, .wanted = login_mail_wanted(rq)};
    struct mail mail;
    struct login_act act = {&store, row, &mail, 1};
    bool changed;

    if (!row) {
        return;
    }
    if (!login_mail(rq, &letter, &mail)) {
        response_error(rs, ERR_internal);
    } else if (login_act_status(&act, status, &changed) != DB_OK) {
        response_error(rs, ERR_unavailable);
    } else {
        to_login(rq, rs, row_text(row, "username"));
    }
}

void
office_login_block(struct request *rq, struct response *rs)
{
    set_status(rq, rs, "blocked", "login_blocked");
}

void
office_login_activate(struct request *rq, struct response *rs)
{
    set_status(rq, rs, "active", "login_activated");
}

void
office_login_sign_out(struct request *rq, struct response *rs)
{
    struct session_store store = session_store_of(rq);
    json_t *row = named(rq, rs);
    struct login_act act = {&store, row, NULL, 0};

    if (!row) {
        return;
    }
    if (login_act_sign_out(&act) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    to_login(rq, rs, row_text(row, "username"));
}

/* ---- what a person is called ---- */

static void
show_change(struct request *rq, struct response *rs, json_t *row,
            enum err error)
{
    struct form f = form_of(rq, row, "change");

    f.title = N_("Change the login");
    f.submit = N_("Save");
    f.fields = login_form_fields;
    if (error == ERR_changed_meanwhile) {
        rq->raw = ticked(rq, json_copy(row));
    }
    show_form(
        rq, rs, &f, ticked(rq, json_copy(row)),
        arena_printf(rq->arena, "%lld", (long long)row_int(row, "version")),
        error);
}

void
office_login_change_page(struct request *rq, struct response *rs)
{
    json_t *row = named(rq, rs);

    if (row) {
        show_change(rq, rs, row, ERR_NONE);
    }
}

/* Whether the form shows the state that there is now. */
static bool
of_now(const struct request *rq, const json_t *row)
{
    const char *version = request_typed(rq, "version");

    return *version && strtoll(version, NULL, 10) == row_int(row, "version");
}

static void
edit(struct request *rq, struct response *rs, json_t *row,
     const struct login_data *data)
{
    struct session_store store = session_store_of(rq);
    struct mail sent[LOGIN_EDIT_MAILS];
    struct login_act act = {&store, row, sent, 0};
    enum db_result r;

    if (!login_edit_mails(rq, row, data, login_mail_wanted(rq), sent,
                          &act.n_mails)) {
        response_error(rs, ERR_internal);
        return;
    }
    r = login_act_edit(&act, data);
    if (r == DB_UNIQUE) {
        field_fail(&rq->errors, "username", ERR_login_exists, 0);
        show_change(rq, rs, row, ERR_NONE);
    } else if (r == DB_NONE) {
        show_change(rq, rs, row, ERR_changed_meanwhile);
    } else if (r != DB_OK) {
        response_error(rs, ERR_unavailable);
    } else {
        to_login(rq, rs, data->username);
    }
}

void
office_login_change_submit(struct request *rq, struct response *rs)
{
    json_t *row = named(rq, rs);
    struct login_data data;

    if (!row) {
        return;
    }
    if (!of_now(rq, row)) {
        show_change(rq, rs, row, ERR_changed_meanwhile);
        return;
    }
    if (rq->errors.n > 0 || login_data_of_request(rq, row, &data) != ERR_NONE) {
        show_change(rq, rs, row, ERR_NONE);
        return;
    }
    edit(rq, rs, row, &data);
}

/* ---- password ---- */

static void
show_password_form(struct request *rq, struct response *rs, const json_t *row)
{
    struct form f = form_of(rq, row, "password");

    f.title = N_("Set a new password");
    f.lead = N_("Without a password we make one. All sessions of this login "
                "end, and the password has to be changed at the next sign-in.");
    f.submit = N_("Set the password");
    f.fields = login_password_form_fields;
    show_form(rq, rs, &f, ticked(rq, json_object()), NULL, ERR_NONE);
}

void
office_login_password_page(struct request *rq, struct response *rs)
{
    json_t *row = named(rq, rs);

    if (row) {
        show_password_form(rq, rs, row);
    }
}

void
office_login_password_submit(struct request *rq, struct response *rs)
{
    struct session_store store = session_store_of(rq);
    json_t *row = named(rq, rs);
    const char *chosen = request_text(rq, "password"), *password;
    struct login_letter letter = {.wanted = login_mail_wanted(rq)};
    struct mail mail;
    struct login_act act = {&store, row, &mail, 1};

    if (!row) {
        return;
    }
    if (rq->errors.n > 0 ||
        !login_password_of_request(rq, row, &letter, &password)) {
        show_password_form(rq, rs, row);
        return;
    }
    if (!login_mail(rq, &letter, &mail)) {
        response_error(rs, ERR_internal);
    } else if (login_act_password(&act, password, true) != DB_OK) {
        response_error(rs, ERR_unavailable);
    } else if (!chosen && !mail.body) {
        show_password(rq, rs, row_text(row, "username"), password);
    } else {
        to_login(rq, rs, row_text(row, "username"));
    }
}

/* ---- the second factor ---- */

void
office_login_factor_page(struct request *rq, struct response *rs)
{
    json_t *row = named(rq, rs);
    struct form f;

    if (!row) {
        return;
    }
    f = form_of(rq, row, "factor");
    f.title = N_("Take the second factor away");
    f.lead = N_("For somebody who has lost the phone and the recovery codes. "
                "Make sure that it is them who ask: from then on the password "
                "alone opens the account. They are told by e-mail.");
    f.submit = N_("Take the second factor away");
    f.fields = nothing;
    show_form(rq, rs, &f, NULL, NULL, ERR_NONE);
}

void
office_login_factor_submit(struct request *rq, struct response *rs)
{
    json_t *row = named(rq, rs);

    if (!row) {
        return;
    }
    if (person_take_factor(rq, row) == DB_OK) {
        to_login(rq, rs, row_text(row, "username"));
    } else {
        response_error(rs, ERR_unavailable);
    }
}

/* ---- the end ---- */

void
office_login_delete_page(struct request *rq, struct response *rs)
{
    json_t *row = named(rq, rs);
    struct form f;

    if (!row) {
        return;
    }
    f = form_of(rq, row, "delete");
    f.title = N_("Delete the login");
    f.lead =
        N_("Nobody can sign in with it any more. Its sessions end, and with it "
           "every access to other accounts that it was given here. This cannot "
           "be undone. Contracts and invoices stay with the customer.");
    f.submit = N_("Delete the login");
    f.fields = login_action_fields;
    show_form(rq, rs, &f, ticked(rq, json_object()), NULL, ERR_NONE);
}

void
office_login_delete_submit(struct request *rq, struct response *rs)
{
    struct session_store store = session_store_of(rq);
    json_t *row = named(rq, rs);
    struct login_letter letter = {.event = "login_deleted",
                                  .login = row,
                                  .wanted = login_mail_wanted(rq)};
    struct mail mail;
    struct login_act act = {&store, row, &mail, 1};

    if (!row) {
        return;
    }
    if (!login_mail(rq, &letter, &mail)) {
        response_error(rs, ERR_internal);
    } else if (login_act_remove(&act, 0) != DB_OK) {
        response_error(rs, ERR_unavailable);
    } else {
        response_redirect(rq, rs, "/admin/logins");
    }
}
