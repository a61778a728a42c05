/*
 * SMTP submission to one relay (RFC 6409), over libcurl. Connecting takes 10 s
 * at most, a whole mail 60 s.
 *
 * TLS, unless `tls` says otherwise: a relay on this machine, and one that wants
 * no password, gets it when it offers STARTTLS, whoever's certificate it shows
 * (RFC 7435). Elsewhere, with a password or with smtps://, nothing is sent
 * before a certificate of the relay's name was seen.
 */
#ifndef NET_SMTP_H
#define NET_SMTP_H

#include <stddef.h>

struct smtp;

/* What the relay said, or why it said nothing. */
enum smtp_result {
    SMTP_SENT,
    SMTP_LATER, /* 4xx: not this mail, not now */
    SMTP_NEVER, /* 5xx: not this mail */
    SMTP_AWAY,  /* no relay, or it wants other credentials: no mail, now */
};

struct smtp_relay {
    const char *url;             /* "smtp://host:port" or "smtps://…" */
    const char *user, *password; /* "": without AUTH */
    const char *auth;    /* PLAIN, LOGIN; "": the strongest that both know */
    const char *tls;     /* required, opportunistic; "": as above */
    const char *ca_file; /* whom to trust instead of the system's; "": those */
};

/* NULL, logged, when there is no such address. The connection is made when it
 * is needed and kept until smtp_close(). The relay's texts are copied. */
struct smtp *smtp_open(const struct smtp_relay *relay);
void smtp_close(struct smtp *s);

/* from and to: plain addresses (field_email_ok). message: headers and text with
 * CRLF. why[size] gets one printable line when it was not sent; nothing of the
 * message is in it. */
enum smtp_result smtp_send(struct smtp *s, const char *from, const char *to,
                           const char *message, size_t len, char *why,
                           size_t size);

#endif
