/* The page of the sandbox: what a provider shows to whoever is to name a card.
 */
#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/model.h"
#include "http/handlers.h"
#include "job/job.h"
#include "provider/sandbox_web.h"
#include "session/session_web.h"
#include "view/i18n.h"

/* What the provider was asked for, as it was signed. */
struct asked {
    const char *attempt, *return_url, *at, *signature;
};

static bool
is_asked(struct request *rq, const struct asked *asked)
{
    int64_t at = asked->at ? strtoll(asked->at, NULL, 10) : 0;

    /* what is not ours may be any number: nothing is reckoned with it */
    return asked->return_url && asked->signature &&
           sandbox_signed(rq->arena, rq->config, rq->tenant->id,
                          sandbox_of(rq->arena, SANDBOX_ASKED, asked->attempt),
                          at, asked->return_url, asked->signature) &&
           at + SANDBOX_ASKED_S >= clock_now();
}

static json_t *
card_models(struct request *rq)
{
    json_t *list = json_array();

    for (const struct sandbox_card *c = sandbox_cards; c->name; c++) {
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:b}", "name", c->name,
                                        "label", i18n(rq->language, c->label),
                                        "checked", c == sandbox_cards));
    }
    return list;
}

void
sandbox_page(struct request *rq, struct response *rs)
{
    struct asked asked = {rq->values[0], request_argument(rq, "return"),
                          request_argument(rq, "at"),
                          request_argument(rq, "signature")};
    json_t *model;

    if (!is_asked(rq, &asked)) {
        response_error(rs, ERR_not_found);
        return;
    }
    model =
        json_pack("{s:s, s:s, s:s, s:s, s:s}", "attempt", asked.attempt,
                  "return_url", asked.return_url, "at", asked.at, "signature",
                  asked.signature, "form_token", form_token(rq, rs));
    model_list(model, "cards", card_models(rq));
    response_page(rs, "sandbox", json_in_arena(rq->arena, model));
}

/* ---- what they did there ---- */

struct said {
    struct request *rq;
    const char *attempt, *state, *card;
};

/* The server is told as well, by the job: two ways, as with others. */
static enum db_result
tell_in_transaction(struct db *db, void *data)
{
    const struct said *s = data;
    struct request *rq = s->rq;
    struct audit noted = {rq->actor, "", "sandbox.chosen", s->attempt,
                          s->state};
    const char *id;
    enum db_result r;
    json_t *arguments = json_in_arena(
        rq->arena, json_pack("{s:s, s:s, s:s}", "attempt", s->attempt, "state",
                             s->state, "card", s->card));

    r = job_enqueue(db, rq->arena, rq->tenant->id, rq->actor, "sandbox_webhook",
                    arguments, &id);
    return r == DB_OK ? audit_write(db, rq->arena, rq->tenant->id, &noted) : r;
}

/* Inside the tenant: response_redirect() leads nowhere else. */
static const char *
inside(const struct request *rq, const char *url)
{
    size_t len = strlen(rq->tenant->url);

    return url && strncmp(url, rq->tenant->url, len) == 0 && url[len] == '/'
               ? url + len
               : NULL;
}

void
sandbox_submit(struct request *rq, struct response *rs)
{
    const char *step = request_typed(rq, "step");
    const struct sandbox_card *card =
        sandbox_card_named(request_typed(rq, "card"));
    struct asked asked = {rq->values[0], request_typed(rq, "return"),
                          request_typed(rq, "at"),
                          request_typed(rq, "signature")};
    bool saves = strcmp(step, "save") == 0 && card;
    struct said said = {rq, asked.attempt, PROVIDER_CANCELLED, ""};
    const char *returned = PROVIDER_CANCELLED, *path;

    if (!is_asked(rq, &asked)) {
        response_error(rs, ERR_not_found);
        return;
    }
    if (saves) {
        said.state = card->state;
        said.card = card->name;
        returned = card->returned;
    } else if (strcmp(step, "decline") == 0) {
        said.state = returned = PROVIDER_DECLINED;
    }
    path = inside(rq, sandbox_return_url(rq, asked.attempt, asked.return_url,
                                         returned, said.card));
    if (path &&
        db_transaction(rq->db, true, tell_in_transaction, &said) == DB_OK) {
        response_redirect(rq, rs, path);
    } else {
        response_error(rs, ERR_unavailable);
    }
}
