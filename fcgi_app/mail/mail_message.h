/*
 * A mail as the wire has it (RFC 5322, RFC 2045 to 2047): headers and a
 * quoted-printable text.
 */
#ifndef MAIL_MAIL_MESSAGE_H
#define MAIL_MAIL_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct mail_message {
    const char *from_name, *from; /* from and to are checked addresses */
    const char *to;
    const char *subject, *language, *text;
    const char *id, *host; /* Message-ID: <id@host> */
    const char *request_id;
    int64_t date;
};

/* No value can begin another header or end them. */
char *mail_message(struct arena *a, const struct mail_message *m, size_t *len);

/* s with every run of control characters and blanks as one space. */
char *mail_one_line(struct arena *a, const char *s);

#endif
