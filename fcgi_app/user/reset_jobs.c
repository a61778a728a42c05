/*
 * Somebody forgot a password: whom the typed name means, and the mails. They go
 * to addresses on file alone: a login's own where its username or that address
 * was typed, the account's where it was its number, and there for each of its
 * logins. An address that a member gave the account is no way to the logins of
 * the others: those are told at their own.
 */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "mail/mail_view.h"
#include "user/asked_jobs.h"
#include "view/i18n.h"

struct reset {
    struct asked_task *task;
    json_t *mails;   /* folded address -> {recipient, language, customer, user,
                        logins: {id: username}} */
    json_t *secrets; /* id of a user -> {secret, code}: one for all mails */
    int64_t expires;
};

/* ---- who is meant ---- */

/* The tenant's language that the recipient reads: their own, or the page's. */
static const char *
language_for(const struct reset *s, const char *own)
{
    const char *page = row_text(s->task->row, "language");

    return mail_language(s->task->tenant, own && own[0] ? own : page);
}

/* What one address is told: of one login more. */
static void
tell(struct reset *s, const json_t *row, const char *recipient,
     const char *language)
{
    const char *key = text_fold(s->task->arena, recipient);
    json_t *mail = json_object_get(s->mails, key);

    if (!field_email_ok(recipient)) {
        return;
    }
    if (!mail) {
        mail = json_pack("{s:s, s:s, s:s, s:s, s:{}}", "recipient", recipient,
                         "language", language_for(s, language), "user",
                         row_text(row, "user_id"), "customer",
                         row_text(row, "customer"), "logins");
        json_object_set_new(s->mails, key, mail);
    }
    json_object_set(json_object_get(mail, "logins"), row_text(row, "user_id"),
                    json_object_get(row, "username"));
}

static void
tell_each(struct reset *s, const json_t *rows)
{
    const json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        const char *account = row_text(row, "account_email");

        if (account && account[0]) {
            tell(s, row, account, row_text(row, "account_language"));
        } else {
            tell(s, row, row_text(row, "email"), row_text(row, "language"));
        }
    }
}

/* ---- what they are sent ---- */

static enum db_result
secret_of(struct reset *s, const char *user, json_t **out)
{
    struct asked_task *t = s->task;
    struct audit row = {&t->actor, "", "reset.sent", user, ""};
    struct one_time_secret made;
    enum db_result r;

    *out = json_object_get(s->secrets, user);
    if (*out) {
        return DB_OK;
    }
    r = one_time_make(&t->tokens, ONE_TIME_reset, user, NULL, &made);
    if (r == DB_OK) {
        r = audit_write(t->db, t->arena, t->tenant->id, &row);
    }
    if (r == DB_OK) {
        *out =
            json_pack("{s:s, s:s}", "secret", made.secret, "code", made.code);
        json_object_set_new(s->secrets, user, *out);
        s->expires = made.expires;
    }
    return r;
}

static void
add_line(json_t *lines, const char *text)
{
    json_array_append_new(lines, json_string(text));
}

/* "1234 5678" is easier to copy than eight digits. */
static const char *
code_line(struct arena *a, const char *language, const char *code)
{
    return i18n_fill(a, i18n(language, N_("Code: {code}")), "code",
                     arena_printf(a, "%.4s %s", code, code + 4), NULL);
}

static enum db_result
lines_of(struct reset *s, const json_t *mail, json_t *lines)
{
    struct asked_task *t = s->task;
    const char *language = row_text(mail, "language"), *user;
    json_t *name, *secret;

    json_object_foreach(json_object_get(mail, "logins"), user, name)
    {
        enum db_result r = secret_of(s, user, &secret);

        if (r != DB_OK) {
            return r;
        }
        if (json_array_size(lines) > 0) {
            add_line(lines, "");
        }
        add_line(lines,
                 i18n_fill(t->arena, i18n(language, N_("Username: {username}")),
                           "username", json_string_value(name), NULL));
        add_line(lines, arena_printf(t->arena, "%s/reset/%s", t->tenant->url,
                                     row_text(secret, "secret")));
        add_line(lines,
                 code_line(t->arena, language, row_text(secret, "code")));
    }
    return DB_OK;
}

static enum db_result
send_one(struct reset *s, const json_t *row)
{
    struct asked_task *t = s->task;
    struct mail mail = {.event = "password_reset",
                        .customer = row_text(row, "customer"),
                        .user = row_text(row, "user"),
                        .recipient = row_text(row, "recipient"),
                        .language = row_text(row, "language"),
                        .request_id = t->actor.request_id};
    json_t *values = json_in_arena(t->arena, json_object());
    json_t *lines = json_array();
    enum db_result r = lines_of(s, row, lines);

    model_list(values, "reset_links", lines);
    mail.expires = s->expires;
    if (r == DB_OK &&
        !mail_compose(t->db, t->arena, t->keys, t->tenant, &mail, values)) {
        r = DB_FAILED;
    }
    return r == DB_OK ? mail_queue(t->db, t->arena, t->tenant->id, &mail) : r;
}

enum db_result
reset_send(struct asked_task *task)
{
    struct reset s = {task, json_in_arena(task->arena, json_object()),
                      json_in_arena(task->arena, json_object()), 0};
    const char *key;
    json_t *mail;
    json_t *rows;
    enum db_result r = login_helped(task->db, task->arena, task->tenant,
                                    row_text(task->data, "typed"), &rows);

    if (r == DB_OK) {
        tell_each(&s, rows);
    }
    json_object_foreach(s.mails, key, mail)
    {
        if (r == DB_OK) {
            r = send_one(&s, mail);
        }
    }
    return r;
}
