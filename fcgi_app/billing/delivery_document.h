/*
 * Sending documents by mail: with a link to the portal that is the recipient's
 * own, the PDF, and the structured invoice. The mail is queued, and the
 * document knows it, in one transaction; how it ended is taken from the mail's
 * log.
 */
#ifndef BILLING_DELIVERY_DOCUMENT_H
#define BILLING_DELIVERY_DOCUMENT_H

#include "billing/delivery.h"
#include "billing/document.h"

struct keys;

struct delivery {
    struct db *db;
    struct arena *arena;
    const struct config *config;
    struct keys *keys;
    const struct tenant *tenant;
    const struct actor *actor;
    const char *to; /* an address; NULL: the customer's */
    bool once;      /* only if it waits to be sent, and nobody has done so */
    enum delivery_error error; /* set: what it failed at, or DELIVERY_FINE */
};

/*
 * Queues the mail of a document (its id). One without an address fails for
 * good, with the reason in its row, and that is DB_OK as well. DB_NONE: there
 * is no such document, or (once) nothing is to be done for it. DB_UNIQUE: the
 * mail of before still waits. Otherwise nothing was changed, and error says
 * what it failed at.
 */
enum db_result delivery_send(struct delivery *d, const char *id);

/* The same of a reminder, always to its customer and once. */
enum db_result delivery_send_reminder(struct delivery *d, const char *id);

#endif
