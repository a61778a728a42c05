/* REST: user logins as records. What ends sessions is session/login_api.c. */
#include "base/json.h"
#include "base/model.h"
#include "http/handlers.h"
#include "http/list.h"
#include "user/user_web.h"

void
login_get(struct request *rq, struct response *rs)
{
    json_t *row = login_named(rq, rs);

    if (row) {
        response_record(rq, rs, 200, login_fields, row);
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
    response_record(rq, rs, 201, login_created_fields, row);
}

void
logins_post(struct request *rq, struct response *rs)
{
    struct login_new new = {0};
    struct mail mail;
    enum err e = login_must_change(rq, &new.must_change)
                     ? login_make(rq, &new, &mail)
                     : ERR_api_scope;

    if (e != ERR_NONE) {
        response_error(rs, e);
        return;
    }
    answer_created(rq, rs, &new);
}
