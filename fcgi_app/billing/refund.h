/* Money that goes out again: what is left of a payment, or of a credit note or
 * correction. It is a payment of less than nothing. */
#ifndef BILLING_REFUND_H
#define BILLING_REFUND_H

#include "billing/payment.h"

struct refund {
    bool payment;   /* or of a document */
    const char *id; /* of the one that is paid back */
    const char *date, *method, *reference;
    int64_t amount; /* 0: all that is left */
};

/* What was sent (payment_refund_fields) to pay back of a payment or document,
 * which `row` is; its payment and id are set. false: errors have what is wrong.
 */
bool refund_take(const struct payment_sent *sent, const json_t *row,
                 struct refund *refund);

struct refund_made {
    const char *id; /* of the new payment */
    enum err why;   /* it was not made */
    int64_t left;   /* what there is to pay back */
};

/*
 * Pays back at most what is left when it is done, whoever else takes of it
 * meanwhile. DB_CHECK with why: the document gives no credit (not_refundable),
 * the payment is reversed (payment_reversed), nothing is left (refund_nothing),
 * or less than the amount (refund_beyond).
 */
enum db_result refund_record(struct db *db, struct arena *a, const char *tenant,
                             const struct actor *actor,
                             const struct refund *refund,
                             struct refund_made *made);

/* How much of a row of payment_by_id(), or of ledger_document_by_id(), can be
 * paid back. */
int64_t refund_left(const json_t *row, bool payment);

#endif
