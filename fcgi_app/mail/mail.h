/*
 * Mail to customers. What tells of a change is written in the transaction of
 * that change (an outbox), and pforte jobs sends it: at least once, with the
 * same Message-ID each time. The row stays as the log; what it said does not.
 */
#ifndef MAIL_MAIL_H
#define MAIL_MAIL_H

#include "db/db.h"

struct mail {
    const char *event;      /* "login_created": names the template */
    const char *customer;   /* id, or "" */
    const char *user;       /* id, or "" */
    const char *recipient;  /* an address */
    const char *language;   /* of the text */
    const char *request_id; /* of the request it comes from, or "" */

    /* set by mail_compose(); with body NULL the mail is recorded as suppressed
     */
    const char *id, *subject;
    const char *body; /* sealed */
};

/* Writes the row; inside the transaction of what the mail tells of. DB_CHECK:
 * the recipient is no address. */
enum db_result mail_queue(struct db *db, struct arena *a, const char *tenant,
                          const struct mail *mail);

/* Seconds to wait after that many tries, growing to four hours; 0 when they
 * took two days and it is time to give up. */
int mail_pause(int64_t attempts);

#endif
