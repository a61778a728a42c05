/*
 * The sandbox: a payment provider for development and tests, which this program
 * plays itself. It has test cards, and signs what it says as others do, by a
 * secret for each tenant (Standard Webhooks 1.0).
 */
#ifndef PROVIDER_SANDBOX_H
#define PROVIDER_SANDBOX_H

#include <stdint.h>

#include "base/config.h"
#include "provider/provider.h"
#include "tenant/tenant.h"

enum {
    SANDBOX_ASKED_S = 3600,    /* its page can be opened for so long */
    SANDBOX_RETURNED_S = 900,  /* and so long somebody may be on the way back */
    SANDBOX_TOLERANCE_S = 300, /* a webhook's time and ours */
};

struct sandbox_card {
    const char *name, *label, *brand, *last4;
    int months;           /* valid for so many more */
    const char *state;    /* what comes of it */
    const char *returned; /* what its sender is told already */
};

/* Ended by one without a name. */
extern const struct sandbox_card sandbox_cards[];
const struct sandbox_card *sandbox_card_named(const char *name);

/* What is signed of an attempt beside webhooks. */
#define SANDBOX_ASKED    "asked"
#define SANDBOX_RETURNED "returned"
#define SANDBOX_TOKEN    "token"

/* "v1,…" over id, time and text, by the tenant's secret; NULL: there is no
 * sandbox. And whether one of those in `sent` (with
 * blanks between) is. */
const char *sandbox_signature(struct arena *a, const struct config *config,
                              const char *tenant, const char *id, int64_t time,
                              const char *text);
bool sandbox_signed(struct arena *a, const struct config *config,
                    const char *tenant, const char *id, int64_t time,
                    const char *text, const char *sent);

/* The card as it is kept: its token names tenant and attempt. False: there is
 * no sandbox. */
bool sandbox_kept(struct arena *a, const struct config *config,
                  const char *tenant, const char *attempt,
                  const struct sandbox_card *card, struct provider_card *out);

#endif
