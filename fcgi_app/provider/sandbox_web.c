/* The sandbox as a provider like others. */
#include "provider/sandbox_web.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "http/form.h"

static bool
works(const struct config *config)
{
    return config->sandbox_provider[0] != '\0';
}

const char *
sandbox_of(struct arena *a, const char *purpose, const char *attempt)
{
    return arena_printf(a, "%s:%s", purpose, attempt);
}

/* ---- to its page, and back ---- */

static const char *
begin(struct request *rq, const struct provider_asked *asked)
{
    int64_t now = clock_now();
    const char *signature =
        sandbox_signature(rq->arena, rq->config, rq->tenant->id,
                          sandbox_of(rq->arena, SANDBOX_ASKED, asked->attempt),
                          now, asked->return_url);

    return signature
               ? arena_printf(rq->arena,
                              "%s/_sandbox/%s?return=%s&at=%lld&signature=%s"
                              "&language=%s",
                              rq->tenant->url, asked->attempt,
                              form_escape(rq->arena, asked->return_url),
                              (long long)now, form_escape(rq->arena, signature),
                              rq->language)
               : NULL;
}

static const char *
returned_text(struct arena *a, const char *state, const char *card)
{
    return arena_printf(a, "%s\n%s", state, card);
}

const char *
sandbox_return_url(struct request *rq, const char *attempt,
                   const char *return_url, const char *state, const char *card)
{
    int64_t now = clock_now();
    const char *signature =
        sandbox_signature(rq->arena, rq->config, rq->tenant->id,
                          sandbox_of(rq->arena, SANDBOX_RETURNED, attempt), now,
                          returned_text(rq->arena, state, card));

    return signature
               ? arena_printf(rq->arena,
                              "%s%cstate=%s&card=%s&at=%lld"
                              "&signature=%s",
                              return_url, strchr(return_url, '?') ? '&' : '?',
                              state, card, (long long)now,
                              form_escape(rq->arena, signature))
               : NULL;
}

static const char *
argument(const struct request *rq, const char *name)
{
    const char *value = request_argument(rq, name);

    return value ? value : "";
}

static bool
is_state(const char *state)
{
    return strcmp(state, PROVIDER_PENDING) == 0 ||
           strcmp(state, PROVIDER_APPROVED) == 0 ||
           strcmp(state, PROVIDER_DECLINED) == 0 ||
           strcmp(state, PROVIDER_CANCELLED) == 0;
}

/* A browser brings no more than the name of a card: what others would ask
 * their server for is known here. */
static enum err
returned(struct request *rq, const char *attempt, struct provider_outcome *out)
{
    const char *state = argument(rq, "state"), *name = argument(rq, "card");
    int64_t at = strtoll(argument(rq, "at"), NULL, 10), now = clock_now();
    const struct sandbox_card *card = sandbox_card_named(name);

    if (!is_state(state) ||
        !sandbox_signed(rq->arena, rq->config, rq->tenant->id,
                        sandbox_of(rq->arena, SANDBOX_RETURNED, attempt), at,
                        returned_text(rq->arena, state, name),
                        argument(rq, "signature"))) {
        return ERR_provider_unsigned;
    }
    if (at > now + SANDBOX_TOLERANCE_S || at + SANDBOX_RETURNED_S < now) {
        return ERR_provider_late;
    }
    *out = (struct provider_outcome){
        .attempt = attempt, .event = "", .state = state};
    return !card || sandbox_kept(rq->arena, rq->config, rq->tenant->id, attempt,
                                 card, &out->card)
               ? ERR_NONE
               : ERR_provider_unsigned;
}

/* ---- its webhook ---- */

static enum err
read_event(struct request *rq, struct provider_outcome *out)
{
    json_t *body =
               json_loadb(rq->body, rq->body_len, JSON_REJECT_DUPLICATES, NULL),
           *card;

    if (!body) {
        return ERR_json_malformed;
    }
    json_in_arena(rq->arena, body);
    if (provider_has_number(body)) {
        return ERR_provider_number;
    }
    out->attempt = row_text(body, "attempt");
    out->state = row_text(body, "state");
    card = json_object_get(body, "card");
    out->card = (struct provider_card){
        row_text(card, "token"), row_text(card, "brand"),
        row_text(card, "last4"), row_text(card, "valid_until")};
    return out->attempt && out->state && is_state(out->state)
               ? ERR_NONE
               : ERR_json_malformed;
}

static enum err
told(struct request *rq, struct provider_outcome *out)
{
    const char *id = request_header(rq, "webhook-id");
    int64_t at = strtoll(request_header(rq, "webhook-timestamp"), NULL, 10);
    int64_t now = clock_now();

    if (!id[0] || strlen(id) > PROVIDER_EVENT_MAX ||
        strlen(rq->body) != rq->body_len ||
        !sandbox_signed(rq->arena, rq->config, rq->tenant->id, id, at, rq->body,
                        request_header(rq, "webhook-signature"))) {
        return ERR_provider_unsigned;
    }
    if (at > now + SANDBOX_TOLERANCE_S || at + SANDBOX_TOLERANCE_S < now) {
        return ERR_provider_late;
    }
    *out = (struct provider_outcome){.event = id};
    return read_event(rq, out);
}

/* It knows nothing of cards but their tokens, and those by reckoning. */
static bool
forget(struct job *job, const char *tenant, const char *token)
{
    (void)job;
    (void)tenant;
    return strncmp(token, "sbx_", 4) == 0;
}

const struct provider provider_sandbox = {"sandbox", "Sandbox", works, begin,
                                          returned,  told,      forget};
