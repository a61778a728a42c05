/*
 * Somebody wants an account: a link to confirm the address goes there, or, when
 * a login has it already, a mail that says so. Whoever only typed the address
 * sees no difference.
 */
#include "base/id.h"
#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "mail/mail_view.h"
#include "user/asked_jobs.h"
#include "user/person_store.h"

static enum db_result
send_mail(struct asked_task *t, struct mail *mail, json_t *values)
{
    mail->customer = mail->user = "";
    mail->recipient = row_text(t->data, "email");
    mail->language = mail_language(t->tenant, row_text(t->row, "language"));
    mail->request_id = t->actor.request_id;
    return mail_compose(t->db, t->arena, t->keys, t->tenant, mail, values)
               ? mail_queue(t->db, t->arena, t->tenant->id, mail)
               : DB_FAILED;
}

static enum db_result
send_link(struct asked_task *t, const char *email_key)
{
    struct mail mail = {.event = "registration_confirm"};
    struct audit row = {&t->actor, "", "registration.sent",
                        row_text(t->row, "id"), ""};
    json_t *values = json_in_arena(t->arena, json_object());
    struct one_time_secret made;
    enum db_result r;

    json_object_set_new((json_t *)t->data, "language",
                        json_string(row_text(t->row, "language")));
    r = one_time_make(&t->tokens, ONE_TIME_registration,
                      id_hash(t->arena, email_key), t->data, &made);
    if (r != DB_OK) {
        return r;
    }
    model_list(values, "confirm_link",
               json_pack("[s]", arena_printf(t->arena, "%s/register/%s",
                                             t->tenant->url, made.secret)));
    mail.expires = made.expires;
    r = send_mail(t, &mail, values);
    return r == DB_OK ? audit_write(t->db, t->arena, t->tenant->id, &row) : r;
}

enum db_result
registration_send(struct asked_task *t)
{
    struct mail known = {.event = "registration_known"};
    const char *key = text_fold(t->arena, row_text(t->data, "email"));
    json_t *row;

    switch (
        person_store_by_email(t->db, t->arena, t->tenant->pool, key, &row)) {
    case DB_OK:
        return send_mail(t, &known, json_in_arena(t->arena, json_object()));
    case DB_NONE:
        return send_link(t, key);
    default:
        return DB_UNAVAILABLE;
    }
}
