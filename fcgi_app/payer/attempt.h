/*
 * Somebody is sent to a payment provider to name a card. How it went is told by
 * the browser that comes back, and by the provider's webhook: whichever comes
 * first has its effect, the others find it done. What comes too late, or after
 * another way of payment was chosen, changes nothing, and the provider forgets
 * the card.
 */
#ifndef PAYER_ATTEMPT_H
#define PAYER_ATTEMPT_H

#include "payer/payer.h"

enum {
    ATTEMPT_LIFE_S = 24 * 3600, /* banks may take their time to confirm */
    ATTEMPT_KEPT_S = 30 * 24 * 3600,
};

/* How it stands beside the words of provider/provider.h. */
#define ATTEMPT_OPEN      "open"      /* nobody has said anything */
#define ATTEMPT_LATE      "late"      /* nobody did in time, or not for good */
#define ATTEMPT_OVERTAKEN "overtaken" /* another way was chosen meanwhile */

struct attempt_new {
    const char *id, *provider;
    const char *customer; /* id */
    const char *user;     /* id, or "" */
    const char *order;    /* id, or "" */
    const char *next;     /* path inside the tenant that follows */
    const char *language;
};

/* Inside the transaction of what it is for, or by itself; with its row in the
 * trail. */
enum db_result attempt_begin(const struct payer_desk *desk,
                             const struct attempt_new *new);

/* Rows have the columns of table payment_attempt, and method_last4 and
 * method_brand of what it made. */
enum db_result attempt_get(struct db *db, struct arena *a, const char *tenant,
                           const char *id, json_t **row);
enum db_result attempt_of_order(struct db *db, struct arena *a,
                                const char *tenant, const char *order,
                                json_t **row);

/* How it stands now: late as well while nothing has said so. */
const char *attempt_state(const json_t *row);
bool attempt_is(const json_t *row, const char *state);

/* Whether it may still change. */
bool attempt_runs(const json_t *row);

struct attempt_settled {
    json_t *row;   /* the attempt afterwards */
    bool approved; /* just now: there is a new method, row's "method" */
    bool refused;  /* just now: whoever was told to wait gets no card by it */
};

/*
 * Takes a provider's word on an attempt of the tenant, once, inside the
 * caller's transaction or in one of its own. DB_NONE: it has no such attempt.
 * DB_CHECK: the card cannot be kept.
 */
enum db_result attempt_settle(const struct payer_desk *desk,
                              const char *provider,
                              const struct provider_outcome *outcome,
                              struct attempt_settled *out);

/* Every tenant: forgets attempts and events of before then. */
enum db_result attempt_forget(struct db *db, int64_t before);

#endif
