/*
 * A mail as the wire has it (RFC 5322, RFC 2045 to 2047): headers, a
 * quoted-printable text, the same as HTML beside it (multipart/alternative),
 * and files behind both (multipart/mixed).
 */
#ifndef MAIL_MAIL_MESSAGE_H
#define MAIL_MAIL_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct mail_file {
    const char *name; /* any characters: RFC 2231 */
    const char *type; /* "application/pdf" */
    const char *base64;
};

struct mail_message {
    const char *from_name, *from; /* from and to are checked addresses */
    const char *to;
    const char *reply_to; /* an address, or NULL */
    const char *subject, *language, *text;
    const char *html; /* NULL or "": none */
    const struct mail_file *files;
    size_t n_files;
    const char *id, *host; /* Message-ID: <id@host> */
    const char *request_id;
    int64_t date;
};

/* No value can begin another header or end them. */
char *mail_message(struct arena *a, const struct mail_message *m, size_t *len);

/* s with every run of control characters and blanks as one space. */
char *mail_one_line(struct arena *a, const char *s);

#endif
