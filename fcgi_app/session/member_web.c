/* Changes of contacts and guests, with what belongs to them. */
#include "session/member_web.h"

#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "customer/customer.h"
#include "mail/mail_view.h"
#include "session/session_web.h"
#include "user/rate.h"
#include "view/i18n.h"

const struct membership *
member_by(const struct request *rq)
{
    return rq->session && !session_of_staff(rq->session)
               ? rq->session->membership
               : NULL;
}

struct member_desk
member_desk_of(struct request *rq)
{
    return (struct member_desk){.db = rq->db,
                                .arena = rq->arena,
                                .keys = rq->keys,
                                .tenant = rq->tenant,
                                .actor = rq->actor,
                                .by = member_by(rq)};
}

/* One change: what is asked for, and what came of it. */
struct work {
    struct request *rq;
    struct member_desk desk;
    const struct member_new *new;
    const json_t *row;
    const char *action;
    bool owner, accept;
    rights_t rights;
    const struct one_time *token;
    const char
        *language; /* that who is written to is likely to read, or NULL */
    struct member_made made;
};

static struct work
work_of(struct request *rq)
{
    return (struct work){.rq = rq,
                         .desk = member_desk_of(rq),
                         .language = member_by(rq) ? rq->language : NULL};
}

/* ---- mails ---- */

/* Who invited, as others know them: a member, or the merchant. */
static const char *
inviter(struct request *rq, const json_t *row)
{
    const char *by = row_text(row, "invited_by");
    json_t *they;

    return by[0] && member_get(rq->db, rq->arena, rq->tenant->id, NULL, by,
                               &they) == DB_OK
               ? member_name(rq->arena, they)
               : rq->tenant->name;
}

/* What is given, a line each. New reference. */
static json_t *
rights_lines(struct arena *a, const char *language, const json_t *row)
{
    rights_t rights = member_rights(a, row);
    json_t *lines = json_array();
    const struct rights_row *right;

    if (strcmp(row_text(row, "kind"), "owner") == 0) {
        json_array_append_new(lines, json_string(i18n(language, N_("Owner"))));
        return lines;
    }
    for (int i = 0; (right = rights_row(i)); i++) {
        if (rights & rights_named(right->name)) {
            json_array_append_new(lines,
                                  json_string(i18n(language, right->label)));
        }
    }
    return lines;
}

const char *
member_account_name(struct arena *a, const json_t *row)
{
    json_t *names = json_in_arena(
        a, json_pack("{s:s, s:s, s:s}", "company_name",
                     row_text(row, "company_name"), "first_name",
                     row_text(row, "customer_first_name"), "last_name",
                     row_text(row, "customer_last_name")));

    return customer_name(a, names);
}

/* Of a membership to somebody; values: stolen. Test keys send none. */
static enum db_result
queue(struct work *w, struct mail *mail, const json_t *row, json_t *values)
{
    struct request *rq = w->rq;
    const char *user = row_text(row, "user_id");

    mail->customer = row_text(row, "customer_id");
    mail->user = user ? user : "";
    mail->request_id = rq->id;
    model_text(values, "account_name", member_account_name(rq->arena, row));
    model_text(values, "account_id", row_text(row, "customer"));
    json_in_arena(rq->arena, values);
    if (!rq->actor->test &&
        !mail_compose(rq->db, rq->arena, rq->keys, rq->tenant, mail, values)) {
        return DB_FAILED;
    }
    return mail_queue(rq->db, rq->arena, rq->tenant->id, mail);
}

/* The language that who is written to is known to read: their own, else
 * `likely`, else the one of the account. */
static const char *
language_for(const struct request *rq, const json_t *row, const char *likely)
{
    const char *own = row_text(row, "user_language");

    if (own && own[0]) {
        return mail_language(rq->tenant, own);
    }
    return mail_language(rq->tenant,
                         likely ? likely : row_text(row, "customer_language"));
}

/* Members write to strangers by it: twenty at once, then one a minute. */
static enum db_result
not_too_often(struct work *w)
{
    static const struct rate rate = {"invitation", 20, 60};
    const struct membership *by = member_by(w->rq);
    struct one_time_store tokens = {.db = w->rq->db,
                                    .arena = w->rq->arena,
                                    .keys = w->rq->keys,
                                    .tenant = w->rq->tenant->id,
                                    .actor = w->rq->actor};
    enum db_result r = by ? rate_take(&tokens, &rate, by->id) : DB_OK;

    if (r == DB_NONE) {
        w->desk.why = ERR_too_many;
        r = DB_CHECK;
    }
    return r;
}

/* The link goes to the address that was invited, and nowhere else. */
static enum db_result
send_link(struct work *w, const char *event)
{
    struct request *rq = w->rq;
    struct arena *a = rq->arena;
    struct mail mail = {.event = event, .expires = w->made.expires};
    const char *user;
    json_t *row, *values;
    enum db_result r = not_too_often(w);

    if (r == DB_OK) {
        r = member_get(rq->db, a, rq->tenant->id, NULL, w->made.id, &row);
    }
    if (r != DB_OK) {
        return r;
    }
    user = row_text(row, "user");
    mail.language = language_for(rq, row, w->language);
    mail.recipient = row_text(row, "email");
    values = json_pack("{s:s, s:s, s:s, s:o}", "inviter", inviter(rq, row),
                       "person_name", member_name(a, row), "username",
                       user ? user : "", "rights",
                       rights_lines(a, mail.language, row));
    model_text(
        values, "invitation_url",
        arena_printf(a, "%s/invitation/%s", rq->tenant->url, w->made.secret));
    model_text(
        values, "invitation_end",
        text_time(a, mail.language, w->made.expires, rq->tenant->time_zone));
    return queue(w, &mail, row, values);
}

/* To the member who sent the invitation; of staff and programs nobody waits. */
static enum db_result
tell_inviter(struct work *w)
{
    struct request *rq = w->rq;
    struct mail mail = {.event = w->accept ? "invitation_accepted"
                                           : "invitation_declined"};
    const char *by = row_text(w->row, "invited_by");
    json_t *row;
    enum db_result r =
        by[0] ? member_get(rq->db, rq->arena, rq->tenant->id, NULL, by, &row)
              : DB_NONE;

    if (r != DB_OK || !row_text(row, "user_email")) {
        return r == DB_NONE ? DB_OK : r;
    }
    mail.language = language_for(rq, row, NULL);
    mail.recipient = row_text(row, "user_email");
    return queue(w, &mail, row,
                 json_pack("{s:s, s:s}", "guest_name",
                           member_name(rq->arena, w->row), "guest_email",
                           row_text(w->row, "email")));
}

/* ---- changes ---- */

/* Runs it and says how it went. */
static enum err
run(struct work *w, enum db_result (*step)(struct db *, void *))
{
    switch (db_transaction(w->rq->db, true, step, w)) {
    case DB_OK:
        return ERR_NONE;
    case DB_CHECK:
        return w->desk.why != ERR_NONE ? w->desk.why : ERR_internal;
    case DB_NONE:
        return ERR_changed_meanwhile;
    default:
        return ERR_unavailable;
    }
}

static enum db_result
add_step(struct db *db, void *data)
{
    struct work *w = data;
    enum db_result r = member_add(&w->desk, w->new, &w->made);

    (void)db;
    return r == DB_OK ? send_link(w, "contact_created") : r;
}

enum err
member_do_add(struct request *rq, const struct member_new *new, const char **id)
{
    struct work w = work_of(rq);
    enum err e;

    w.new = new;
    e = run(&w, add_step);
    *id = w.made.id;
    return e;
}

static enum db_result
invite_step(struct db *db, void *data)
{
    struct work *w = data;
    enum db_result r = member_invite(&w->desk, w->new, &w->made);

    (void)db;
    return r == DB_OK && w->made.secret ? send_link(w, "invitation") : r;
}

enum err
member_do_invite(struct request *rq, const struct member_new *new,
                 const char **id)
{
    struct work w = work_of(rq);
    enum err e;

    w.new = new;
    e = run(&w, invite_step);
    *id = w.made.id;
    return e;
}

static enum db_result
first_step(struct db *db, void *data)
{
    struct work *w = data;
    bool known;
    enum db_result r = member_has_login(&w->desk, w->new->email, &known);

    if (r != DB_OK) {
        return r;
    }
    return known ? invite_step(db, w) : add_step(db, w);
}

enum db_result
member_send_first(struct request *rq, const struct member_new *new)
{
    struct work w = work_of(rq);
    enum db_result r;

    w.desk.by = NULL;
    w.language = rq->language;
    w.new = new;
    r = db_transaction(rq->db, true, first_step, &w);
    return r == DB_CHECK ? DB_OK : r;
}

/* They are who reads it, in the language of the page that they are at. */
enum db_result
member_send_pending(struct request *rq, const char *user)
{
    struct work w = work_of(rq);
    json_t *rows;
    enum db_result r =
        member_pending(rq->db, rq->arena, rq->tenant, user, &rows);

    w.language = rq->language;
    for (size_t i = 0; r == DB_OK && i < json_array_size(rows); i++) {
        r = member_reach(&w.desk, json_array_get(rows, i), &w.made);
        if (r == DB_OK) {
            r = send_link(&w, "invitation");
        }
    }
    return r;
}

static enum db_result
end_sessions(const struct work *w)
{
    struct session_store store = session_store_of(w->rq);

    return session_end_of_membership(&store, row_text(w->row, "id"));
}

static enum db_result
move_step(struct db *db, void *data)
{
    struct work *w = data;
    enum db_result r = member_move(&w->desk, w->row, w->action, &w->made);

    (void)db;
    if (r == DB_OK && w->made.secret) {
        r = send_link(w, "invitation");
    }
    return r == DB_OK && strcmp(w->action, "deactivate") == 0 ? end_sessions(w)
                                                              : r;
}

static enum db_result
remove_step(struct db *db, void *data)
{
    struct work *w = data;
    enum db_result r = member_remove(&w->desk, w->row);

    (void)db;
    return r == DB_OK ? end_sessions(w) : r;
}

enum err
member_do(struct request *rq, const json_t *row, const char *action)
{
    struct work w = work_of(rq);

    w.row = row;
    w.action = action;
    return run(&w, strcmp(action, "remove") == 0 ? remove_step : move_step);
}

static enum db_result
change_step(struct db *db, void *data)
{
    struct work *w = data;
    struct session_store store = session_store_of(w->rq);
    enum db_result r = member_change(&w->desk, w->row, w->owner, w->rights);

    (void)db;
    return r == DB_OK ? session_raise_version_of_membership(
                            &store, row_text(w->row, "id"))
                      : r;
}

enum err
member_do_change(struct request *rq, const json_t *row, bool owner,
                 rights_t rights)
{
    struct work w = work_of(rq);

    w.row = row;
    w.owner = owner;
    w.rights = rights;
    return run(&w, change_step);
}

static enum db_result
answer_step(struct db *db, void *data)
{
    struct work *w = data;
    enum db_result r = member_answer(&w->desk, w->row, w->token,
                                     w->rq->session->user, w->accept);

    (void)db;
    return r == DB_OK ? tell_inviter(w) : r;
}

/* Who answers acts for themselves, by no right in an account. */
enum err
member_do_answer(struct request *rq, const json_t *row,
                 const struct one_time *token, bool accept)
{
    struct work w = work_of(rq);

    w.desk.by = NULL;
    w.row = row;
    w.token = token;
    w.accept = accept;
    return run(&w, answer_step);
}
