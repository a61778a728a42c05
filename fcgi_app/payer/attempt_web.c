#include "payer/attempt_web.h"

#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "session/person_web.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

static const char purpose[] = "payment attempt";

const char *
attempt_flow(struct request *rq, struct response *rs, const char *id)
{
    return flow_make(rq, rs, purpose, id);
}

bool
attempt_named(struct request *rq, struct response *rs, json_t **row)
{
    const char *id = flow_open(rq, purpose, request_argument(rq, "attempt"));
    enum db_result r =
        id ? attempt_get(rq->db, rq->arena, rq->tenant->id, id, row) : DB_NONE;

    if (r == DB_NONE) {
        *row = NULL;
    } else if (r != DB_OK) {
        response_error(rs, ERR_unavailable);
    }
    return r == DB_OK || r == DB_NONE;
}

const char *
attempt_leave_path(struct request *rq, struct response *rs, const char *id)
{
    return arena_printf(rq->arena, "/payment/leave?attempt=%s",
                        attempt_flow(rq, rs, id));
}

/* ---- what is told of it ---- */

static const struct {
    const char *state, *words;
} told[] = {
    {ATTEMPT_OPEN, N_("We are waiting for your card: the payment provider has "
                      "not told us of it yet.")},
    {PROVIDER_PENDING, N_("We are waiting for your bank: it has not confirmed "
                          "your card yet. You get an e-mail once it has, or "
                          "if it declines it.")},
    {PROVIDER_APPROVED, N_("Your card is there: you pay by it from now on.")},
    {PROVIDER_DECLINED, N_("Your bank declined the card. Nothing was changed; "
                           "please try another one.")},
    {PROVIDER_CANCELLED, N_("You left the payment provider without a card. "
                            "Nothing was changed.")},
    {ATTEMPT_LATE, N_("The payment provider told us of no card in time. "
                      "Nothing was changed; please begin anew.")},
    {ATTEMPT_OVERTAKEN, N_("Another way of payment was chosen meanwhile, so "
                           "the card is not used.")},
};

const char *
attempt_words(const json_t *row)
{
    size_t i = 0;

    while (i + 1 < sizeof told / sizeof *told &&
           !attempt_is(row, told[i].state)) {
        i++;
    }
    return told[i].words;
}

json_t *
attempt_model(struct request *rq, struct response *rs, const json_t *row)
{
    json_t *model =
        json_pack("{s:b, s:b}", "is_good", attempt_is(row, PROVIDER_APPROVED),
                  "runs", attempt_runs(row));

    model_text(model, "words", i18n(rq->language, attempt_words(row)));
    model_text(
        model, "leave_url",
        attempt_is(row, ATTEMPT_OPEN)
            ? arena_printf(rq->arena, "%s%s", rq->prefix,
                           attempt_leave_path(rq, rs, row_text(row, "id")))
            : NULL);
    return model;
}
