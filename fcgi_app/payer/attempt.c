#include "payer/attempt.h"

#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "payer/attempt_store.h"
#include "payer/payer_store.h"
#include "tenant/tenant.h"

static enum db_result
note(const struct payer_desk *d, const char *customer, const char *action,
     const char *id, const char *detail)
{
    struct audit told = {d->actor, customer, action, id, detail};

    return audit_write(d->db, d->arena, d->tenant->id, &told);
}

/* ---- beginning ---- */

struct beginning {
    const struct payer_desk *desk;
    const struct attempt_new *new;
};

static enum db_result
begin_in_transaction(struct db *db, void *data)
{
    const struct beginning *b = data;
    const struct payer_desk *d = b->desk;
    json_t *in_use;
    enum db_result r =
        payer_current(db, d->arena, d->tenant->id, b->new->customer, &in_use);

    if (r == DB_OK || r == DB_NONE) {
        r = attempt_store_insert(db, d->tenant->id, b->new,
                                 r == DB_OK ? row_text(in_use, "id") : "",
                                 d->actor->name, clock_now() + ATTEMPT_LIFE_S);
    }
    return r == DB_OK ? note(d, b->new->customer, "payment_attempt.begun",
                             b->new->id, b->new->provider)
                      : r;
}

enum db_result
attempt_begin(const struct payer_desk *d, const struct attempt_new *new)
{
    return db_transaction(d->db, true, begin_in_transaction,
                          &(struct beginning){d, new});
}

/* ---- how it stands ---- */

static bool
is_over_time(const json_t *row)
{
    return row_int(row, "expires") <= clock_now();
}

const char *
attempt_state(const json_t *row)
{
    return row_int(row, "ended") == 0 && is_over_time(row)
               ? ATTEMPT_LATE
               : row_text(row, "state");
}

bool
attempt_is(const json_t *row, const char *state)
{
    return strcmp(attempt_state(row), state) == 0;
}

bool
attempt_runs(const json_t *row)
{
    return row_int(row, "ended") == 0 && !is_over_time(row);
}

/* ---- what comes of it ---- */

struct settling {
    const struct payer_desk *desk;
    const char *provider;
    const struct provider_outcome *said;
    struct attempt_settled *out;
    bool waited; /* for a bank, as the page has told */
};

static bool
says(const struct settling *s, const char *state)
{
    return strcmp(s->said->state, state) == 0;
}

/* Nobody pays by the card: it is not kept, there either. */
static enum db_result
drop_card(const struct settling *s)
{
    const char *sealed =
        payer_seal_token(s->desk, s->said->attempt, s->said->card.token);

    return sealed ? payer_forget(s->desk, s->provider, s->said->attempt, sealed)
                  : DB_UNAVAILABLE;
}

static enum db_result
keep_card(struct settling *s)
{
    const struct payer_desk *d = s->desk;
    const json_t *row = s->out->row;
    struct payer_new new = {.id = id_new(d->arena, "pm"),
                            .customer = row_text(row, "customer"),
                            .before = row_text(row, "before"),
                            .provider = s->provider,
                            .card = &s->said->card,
                            .iban = "",
                            .holder = "",
                            .reference = "",
                            .creditor = "",
                            .signed_on = tenant_today(d->arena, d->tenant),
                            .words = "",
                            .language = "",
                            .url = ""};
    enum db_result r = payer_set(d, &new);

    if (r == DB_OK) {
        s->out->approved = true;
        return attempt_store_made(d->db, d->tenant->id, s->said->attempt,
                                  PROVIDER_APPROVED, new.id);
    }
    if (r == DB_NONE) {
        r = attempt_store_made(d->db, d->tenant->id, s->said->attempt,
                               ATTEMPT_OVERTAKEN, "");
        return r == DB_OK ? drop_card(s) : r;
    }
    return r;
}

/* It was open or pending until this moment, and only for us. */
static enum db_result
effect(struct settling *s, const char *state)
{
    enum db_result r = DB_OK;

    if (says(s, PROVIDER_APPROVED)) {
        r = strcmp(state, ATTEMPT_LATE) == 0 ? drop_card(s) : keep_card(s);
    }
    if (r == DB_OK) {
        r = attempt_get(s->desk->db, s->desk->arena, s->desk->tenant->id,
                        s->said->attempt, &s->out->row);
    }
    s->out->refused =
        r == DB_OK && s->waited && !attempt_is(s->out->row, PROVIDER_APPROVED);
    return r == DB_OK ? note(s->desk, row_text(s->out->row, "customer"),
                             arena_printf(s->desk->arena, "payment_attempt.%s",
                                          row_text(s->out->row, "state")),
                             s->said->attempt, s->provider)
                      : r;
}

/* Whether it is the card that the attempt has made already: a token that was
 * forgotten is nobody's. DB_UNAVAILABLE: no key opens it now. */
static enum db_result
is_kept(const struct settling *s, bool *kept)
{
    const struct payer_desk *d = s->desk;
    const char *method = row_text(s->out->row, "method"), *sealed, *token;
    json_t *secret;
    enum db_result r = DB_OK;

    *kept = false;
    if (method[0]) {
        r = payer_store_token(d->db, d->arena, d->tenant->id, method, &secret);
    }
    sealed = method[0] && r == DB_OK ? row_text(secret, "token") : "";
    if (!sealed[0]) {
        return r;
    }
    token = keys_unseal(d->keys, d->arena, PAYER_TOKEN, d->tenant->id, method,
                        sealed);
    *kept = token && strcmp(token, s->said->card.token) == 0;
    return token ? DB_OK : DB_UNAVAILABLE;
}

/* The attempt had ended, maybe since its row was read: a card that it did not
 * make is one too many. */
static enum db_result
refuse_card(struct settling *s)
{
    const struct payer_desk *d = s->desk;
    bool kept = false;
    enum db_result r = attempt_get(d->db, d->arena, d->tenant->id,
                                   s->said->attempt, &s->out->row);

    if (r == DB_OK) {
        r = is_kept(s, &kept);
    }
    return r == DB_OK && !kept ? drop_card(s) : r;
}

static enum db_result
is_news(const struct settling *s, bool *news)
{
    int64_t changed = 1;
    enum db_result r =
        s->said->event[0]
            ? attempt_store_event(s->desk->db, s->desk->tenant->id, s->provider,
                                  s->said->event, &changed)
            : DB_OK;

    *news = changed > 0;
    return r;
}

static enum db_result
load(struct settling *s)
{
    const struct payer_desk *d = s->desk;
    enum db_result r = attempt_get(d->db, d->arena, d->tenant->id,
                                   s->said->attempt, &s->out->row);

    if (r == DB_OK &&
        strcmp(row_text(s->out->row, "provider"), s->provider) != 0) {
        return DB_NONE;
    }
    return r == DB_OK && says(s, PROVIDER_APPROVED) &&
                   !provider_card_ok(&s->said->card)
               ? DB_CHECK
               : r;
}

static enum db_result
settle_in_transaction(struct db *db, void *data)
{
    struct settling *s = data;
    int64_t changed = 0;
    bool news = false;
    const char *state;
    enum db_result r;

    *s->out = (struct attempt_settled){0};
    r = load(s);
    if (r == DB_OK) {
        r = is_news(s, &news);
    }
    if (r != DB_OK || !news) {
        return r;
    }
    s->waited = strcmp(row_text(s->out->row, "state"), PROVIDER_PENDING) == 0;
    state = is_over_time(s->out->row) ? ATTEMPT_LATE : s->said->state;
    r = attempt_store_move(db, s->desk->tenant->id, s->said->attempt, state,
                           strcmp(state, PROVIDER_PENDING) != 0, &changed);
    if (r == DB_OK && changed == 0) {
        return says(s, PROVIDER_APPROVED) ? refuse_card(s) : DB_OK;
    }
    return r == DB_OK ? effect(s, state) : r;
}

enum db_result
attempt_settle(const struct payer_desk *d, const char *provider,
               const struct provider_outcome *outcome,
               struct attempt_settled *out)
{
    return db_transaction(d->db, true, settle_in_transaction,
                          &(struct settling){d, provider, outcome, out, false});
}
