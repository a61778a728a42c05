/* What a callback says, and how it is signed: Standard Webhooks 1.0. */
#ifndef CALLBACK_CALLBACK_MESSAGE_H
#define CALLBACK_CALLBACK_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

enum { CALLBACK_ANSWER_KEPT = 4096 };

struct callback_message {
    const char *id, *type, *object, *envelope;
    int64_t seq, created;
    const char *data; /* JSON object */
};

/* The body in the endpoint's envelope; the same bytes each time. NULL: the data
 * is no JSON. */
const char *callback_body(struct arena *a, const struct callback_message *m);

/* "v1,<base64>": HMAC-SHA256 over "id.time.body" with a "whsec_…". NULL: it is
 * no secret. */
const char *callback_signature(struct arena *a, const char *secret,
                               const char *id, int64_t time, const char *body);

/* The pause before the next attempt after that many, in seconds, without
 * jitter; -1 when there is none. Ten attempts take 75 hours. */
int64_t callback_pause(int64_t attempts);

/* What is kept of an answer: its first 4 kB as one text, a space for each byte
 * that is no printable ASCII, and what may be a secret (long runs without a
 * space, as tokens are) shortened. */
const char *callback_masked(struct arena *a, const char *answer, size_t len);

#endif
