/* What payment providers tell us of a card. */
#ifndef PROVIDER_PROVIDER_H
#define PROVIDER_PROVIDER_H

#include <jansson.h>
#include <stdbool.h>

#include "base/arena.h"

enum {
    PROVIDER_TOKEN_MAX = 200,
    PROVIDER_BRAND_MAX = 30,
    PROVIDER_EVENT_MAX = 100,
};

/* How it went. */
#define PROVIDER_PENDING   "pending" /* they will tell */
#define PROVIDER_APPROVED  "approved"
#define PROVIDER_DECLINED  "declined"
#define PROVIDER_CANCELLED "cancelled" /* by whoever was asked */

/* All that is ever kept of a card; neither its number nor its holder is. */
struct provider_card {
    const char *token;       /* how the provider calls it */
    const char *brand;       /* "Visa" */
    const char *last4;       /* digits of its number */
    const char *valid_until; /* month, "2029-11" */
};

struct provider_outcome {
    const char *attempt; /* id */
    const char *event;   /* what names this message; "": it came by a browser */
    const char *state;
    struct provider_card card; /* of what is approved */
};

/* Whether it can be kept: no word is too long, or what it does not seem to be.
 */
bool provider_card_ok(const struct provider_card *card);

/* Whether a text is like the number of a card: 12 to 19 digits with the check
 * digit of ISO/IEC 7812-1, between which blanks and hyphens may stand. */
bool provider_is_number(const char *text);

/* Whether any value in it is. */
bool provider_has_number(const json_t *value);

#endif
