/* What recording a payment and paying it back have in common, inside their
 * transactions. */
#ifndef BILLING_PAYMENT_BOOKS_H
#define BILLING_PAYMENT_BOOKS_H

#include "billing/payment.h"
#include "callback/callback.h"

struct payment_change {
    struct arena *arena;
    const char *tenant, *id;
    const struct actor *actor;
    const struct payment_new *new;
    const json_t *row; /* as it was */
    const struct payment_reversal *reversal;
};

/* The payment, its entry in the ledger, and what it settles or is taken from.
 */
enum db_result payment_enter(struct db *db,
                             const struct payment_change *change);

/* Its audit row and callback. */
enum db_result payment_note(struct db *db, const struct payment_change *change,
                            const char *action, enum callback_type type);

#endif
