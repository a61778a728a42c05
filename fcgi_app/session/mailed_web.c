#include "session/mailed_web.h"

#include "base/json.h"
#include "session/session_web.h"

void
mailed_over(struct request *rq, struct response *rs,
            const struct mailed_link *link)
{
    response_page(rs, link->over, json_in_arena(rq->arena, json_object()));
    rs->status = 410;
}

void
mailed_go_on(struct request *rq, struct response *rs,
             const struct mailed_link *link, const struct one_time *token)
{
    const char *flow = flow_make(rq, rs, link->flow, token->id);

    if (!flow) {
        response_error(rs, ERR_unavailable);
        return;
    }
    response_redirect(rq, rs,
                      arena_printf(rq->arena, "%s?flow=%s", link->form, flow));
}

/* Looked up with r: whether it is open; else the answer. */
static bool
is_open(struct request *rq, struct response *rs, const struct mailed_link *link,
        enum db_result r, const struct one_time *token)
{
    if (r == DB_OK && token->state == ONE_TIME_OPEN) {
        return true;
    }
    if (r == DB_OK || r == DB_NONE) {
        mailed_over(rq, rs, link);
    } else {
        response_error(rs, ERR_unavailable);
    }
    return false;
}

void
mailed_follow(struct request *rq, struct response *rs,
              const struct mailed_link *link)
{
    struct one_time_store tokens = tokens_of(rq);
    struct one_time *token;
    enum db_result r;

    if (session_only_looking(rq, rs)) {
        return;
    }
    r = one_time_find(&tokens, link->purpose, rq->values[0], &token);
    if (is_open(rq, rs, link, r, token)) {
        mailed_go_on(rq, rs, link, token);
    }
}

bool
mailed_token(struct request *rq, struct response *rs,
             const struct mailed_link *link, struct one_time **token)
{
    struct one_time_store tokens = tokens_of(rq);
    const char *id = flow_open(rq, link->flow, flow_sent(rq));
    enum db_result r = DB_NONE;

    *token = NULL;
    if (id) {
        r = one_time_get(&tokens, link->purpose, id, token);
    }
    return is_open(rq, rs, link, r, *token);
}

bool
mailed_person(struct request *rq, struct response *rs,
              const struct mailed_link *link, struct one_time **token,
              json_t **user)
{
    struct person person;
    enum db_result r;

    if (!mailed_token(rq, rs, link, token)) {
        return false;
    }
    person = person_of(rq, (*token)->subject);
    r = person_row(&person, user);
    if (r == DB_NONE) {
        mailed_over(rq, rs, link);
    } else if (r != DB_OK) {
        response_error(rs, ERR_unavailable);
    }
    return r == DB_OK;
}
