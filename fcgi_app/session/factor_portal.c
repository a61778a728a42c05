/*
 * The second step of a sign-in, for whoever has a second factor: the password
 * was right, and what follows is bound to this browser and to that password.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "http/handlers.h"
#include "session/person_web.h"
#include "session/session_web.h"

static const char flow_purpose[] = "sign-in flow";

bool
factor_asked(struct request *rq, struct response *rs, const struct user *user,
             const char *next)
{
    const char *flow;

    if (!user->has_factor) {
        return false;
    }
    flow = flow_make(rq, rs, flow_purpose,
                     arena_printf(rq->arena, "%s %lld %s", user->id,
                                  (long long)user->version, next ? next : "/"));
    if (flow) {
        response_redirect(rq, rs,
                          arena_printf(rq->arena, "/login/code?flow=%s", flow));
    } else {
        response_error(rs, ERR_unavailable);
    }
    return true;
}

/* Who is in the middle of it, and where to; false with the answer: the password
 * is asked for again. */
static bool
in_flow(struct request *rq, struct response *rs, struct user **user,
        const char **next)
{
    char *text = (char *)flow_open(rq, flow_purpose, flow_sent(rq));
    char *version = text ? strchr(text, ' ') : NULL;
    char *path = version ? strchr(version + 1, ' ') : NULL;
    struct person person;
    json_t *row;

    if (path) {
        *version = *path = '\0';
        person = person_of(rq, text);
        if (person_row(&person, &row) == DB_OK &&
            row_int(row, "version") == atoll(version + 1) &&
            user_by_username(rq->db, rq->arena, rq->tenant->pool,
                             row_text(row, "username"), user) == DB_OK &&
            user_active(*user)) {
            *next = path + 1;
            return true;
        }
    }
    response_redirect(rq, rs, "/login?ended=1");
    return false;
}

static void
show(struct request *rq, struct response *rs, enum err error)
{
    person_form(rq, rs, "login_code", json_pack("{s:s}", "flow", flow_sent(rq)),
                login_code_fields, error);
}

void
login_code_page(struct request *rq, struct response *rs)
{
    const char *next;
    struct user *user;

    if (in_flow(rq, rs, &user, &next)) {
        show(rq, rs, ERR_NONE);
    }
}

/* DB_NONE: wrong, which stands in the trail. */
static enum db_result
spend(struct request *rq, const struct user *user)
{
    struct person person = person_of(rq, user->id);
    struct actor they = *rq->actor;
    enum db_result r;

    they.name = arena_printf(rq->arena, "user:%s", user->id);
    person.actor = &they;
    r = person_factor_spend(&person, request_text(rq, "code"));
    if (r == DB_NONE) {
        person_refused(rq, user->id, "factor");
    }
    return r;
}

/* The code was right: it is counted no more. */
static void
enter(struct request *rq, struct response *rs, const struct user *user,
      const struct tries *tries, const char *next)
{
    enum err e = tries_succeeded(tries) == DB_OK
                     ? session_enter(rq, rs, user, next)
                     : ERR_unavailable;

    if (e != ERR_NONE) {
        response_error(rs, e);
    }
}

void
login_code_submit(struct request *rq, struct response *rs)
{
    struct tries tries;
    const char *next;
    struct user *user;

    if (!in_flow(rq, rs, &user, &next)) {
        return;
    }
    if (rq->errors.n > 0) {
        show(rq, rs, ERR_NONE);
        return;
    }
    tries = person_tries(rq, "code", user->id);
    tries.device = NULL; /* who knows the password makes as many as they like */
    if (!person_tries_begin(rs, &tries)) {
        return;
    }
    switch (spend(rq, user)) {
    case DB_OK:
        enter(rq, rs, user, &tries, next);
        break;
    case DB_NONE:
        show(rq, rs, ERR_code_wrong);
        break;
    default:
        response_error(rs, ERR_unavailable);
    }
}
