/*
 * A forgotten password. What is typed is written down for pforte jobs, whoever
 * it may be: the answer, its bytes and its time are the same. The mail has a
 * link and a code; both lead to a form, and only that form uses them up.
 */
#include "base/json.h"
#include "base/model.h"
#include "http/form.h"
#include "http/handlers.h"
#include "session/mailed_web.h"
#include "session/session_web.h"
#include "user/asked.h"
#include "user/user_web.h"

static const struct mailed_link mailed = {ONE_TIME_reset, "reset flow",
                                          "/reset/password", "reset_over"};

/* ---- asking ---- */

void
reset_page(struct request *rq, struct response *rs)
{
    person_form(rq, rs, "reset", json_object(), reset_fields, ERR_NONE);
}

struct asking {
    struct request *rq;
    const char *typed;
};

static enum db_result
ask_in_transaction(struct db *db, void *data)
{
    const struct asking *x = data;
    struct request *rq = x->rq;
    struct one_time_store tokens = tokens_of(rq);
    struct asked_new new = {.kind = "reset", .language = rq->language};
    enum db_result r = person_may_mail(rq, "reset", x->typed);

    (void)db;
    if (r != DB_OK) {
        return r == DB_NONE ? DB_OK : r;
    }
    new.data = json_in_arena(rq->arena, json_pack("{s:s}", "typed", x->typed));
    return asked_put(&tokens, &new);
}

void
reset_submit(struct request *rq, struct response *rs)
{
    struct asking x = {rq, request_text(rq, "username")};

    if (rq->errors.n > 0) {
        reset_page(rq, rs);
        return;
    }
    if (!person_may_try(rq, rs)) {
        return;
    }
    if (db_transaction(rq->db, false, ask_in_transaction, &x) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    response_redirect(rq, rs, "/reset/code?sent=1");
}

/* ---- link and code ---- */

void
reset_link(struct request *rq, struct response *rs)
{
    mailed_follow(rq, rs, &mailed);
}

void
reset_code_page(struct request *rq, struct response *rs)
{
    bool sent = request_argument(rq, "sent") != NULL;

    person_form(rq, rs, "reset_code", json_pack("{s:b}", "is_sent", sent),
                reset_code_fields, ERR_NONE);
}

struct looking {
    struct request *rq;
    struct one_time *token;
};

/* Whose code it is, among those whom the name means. */
static enum db_result
find_by_code(struct request *rq, struct one_time **token)
{
    struct one_time_store tokens = tokens_of(rq);
    const char *code = request_text(rq, "code");
    json_t *users, *user;
    size_t i;
    enum db_result r = login_helped(rq->db, rq->arena, rq->tenant,
                                    request_text(rq, "username"), &users);

    *token = NULL;
    if (r == DB_OK && json_array_size(users) == 0) {
        /* for nobody: it takes as long */
        json_array_append_new(users, json_pack("{s:s}", "user_id", ""));
    }
    json_array_foreach(users, i, user)
    {
        if (r == DB_OK && !*token) {
            r = one_time_by_code(&tokens, ONE_TIME_reset,
                                 row_text(user, "user_id"), code, token);
            r = r == DB_NONE ? DB_OK : r;
        }
    }
    return r;
}

/* A row whoever it was: without one, the time would tell that it was nobody. */
static enum db_result
note_try(struct db *db, void *data)
{
    const struct looking *l = data;
    struct request *rq = l->rq;
    struct audit row = {rq->actor, "", "reset.code",
                        l->token ? l->token->subject : "",
                        l->token ? "right" : "wrong"};

    return audit_write(db, rq->arena, rq->tenant->id, &row);
}

void
reset_code_submit(struct request *rq, struct response *rs)
{
    struct looking l = {rq, NULL};

    if (rq->errors.n > 0) {
        reset_code_page(rq, rs);
        return;
    }
    if (!person_may_try(rq, rs)) {
        return;
    }
    if (find_by_code(rq, &l.token) != DB_OK ||
        db_transaction(rq->db, false, note_try, &l) != DB_OK) {
        response_error(rs, ERR_unavailable);
    } else if (l.token) {
        mailed_go_on(rq, rs, &mailed, l.token);
    } else {
        person_form(rq, rs, "reset_code", json_pack("{s:b}", "is_sent", 0),
                    reset_code_fields, ERR_mail_code_wrong);
    }
}

/* ---- the new password ---- */

static void
show_password(struct request *rq, struct response *rs, const json_t *user)
{
    json_t *model =
        json_pack("{s:s, s:s}", "username", row_text(user, "username"), "flow",
                  flow_sent(rq));

    person_form(rq, rs, "reset_password", model, reset_password_fields,
                ERR_NONE);
}

void
reset_password_page(struct request *rq, struct response *rs)
{
    struct one_time *token;
    json_t *user;

    if (mailed_person(rq, rs, &mailed, &token, &user)) {
        show_password(rq, rs, user);
    }
}

void
reset_password_submit(struct request *rq, struct response *rs)
{
    struct one_time *token;
    const char *hash;
    json_t *user;

    if (!mailed_person(rq, rs, &mailed, &token, &user)) {
        return;
    }
    hash = person_new_hash(rq, rs, user);
    if (!hash) {
        if (rq->errors.n > 0) {
            show_password(rq, rs, user);
        }
        return;
    }
    rq->actor->name = arena_printf(rq->arena, "user:%s", token->subject);
    switch (person_change_password(rq, user, hash, token, "")) {
    case DB_OK:
        response_redirect(rq, rs, "/reset/done");
        break;
    case DB_NONE:
        mailed_over(rq, rs, &mailed);
        break;
    default:
        response_error(rs, ERR_unavailable);
    }
}

void
reset_done_page(struct request *rq, struct response *rs)
{
    response_page(rs, "reset_done", json_in_arena(rq->arena, json_object()));
}
