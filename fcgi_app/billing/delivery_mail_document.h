/* What the mails of documents and of reminders have in common: a link to the
 * contract, the files, and that the row and the trail know of it. */
#ifndef BILLING_DELIVERY_MAIL_DOCUMENT_H
#define BILLING_DELIVERY_MAIL_DOCUMENT_H

#include "billing/delivery_document.h"

struct delivery_mail {
    enum delivery_kind kind;
    const char *id, *number;
    const char *event;     /* of tables/events.def */
    const char *customer;  /* id */
    const char *recipient; /* an address */
    const char *language;  /* of the text */
    const char *action;    /* of its row in the trail */
    const char *detail;    /* of that row; NULL: the id of the mail */
    const char *ref; /* of the contract that a link of its opens; NULL: none */
    struct document_bytes pdf, xml; /* data NULL: not in the mail */
    json_t *values;                 /* of its event */
};

/*
 * Queues the mail: its link, its row and the trail are changed with it, or
 * nothing is. DB_NONE: somebody else was quicker, or it was withdrawn. On
 * failure d->error says at what.
 */
enum db_result delivery_mail_send(struct delivery *d,
                                  const struct delivery_mail *m);

/* It has no address, which no other try would change. by_hand: as of
 * delivery_fail(). */
enum db_result delivery_mail_refuse(struct delivery *d, enum delivery_kind kind,
                                    const char *id, bool by_hand);

/* The result as it is, with d->error set where nobody has said more. */
enum db_result delivery_ended(struct delivery *d, enum db_result r);

#endif
