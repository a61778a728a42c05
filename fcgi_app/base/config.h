/* pforte.conf, read once at start (libconfuse syntax: name = value). */
#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

enum { CONFIG_NODES_MAX = 16, SANDBOX_SECRET_MIN = 32 };

struct config {
    char *file;     /* where this was read from */
    char *state;    /* the directory that pforte_state names */
    char *database; /* "sqlite:/var/lib/pforte/pforte.db" */
    char *share;    /* templates, catalogues, static files */
    char *base_url; /* "https://portal.example": tenants without a host of their
                       own live below it; never ends in '/' */
    bool secure;    /* base_url is https: cookies are Secure and __Host- */
    char *memcached[CONFIG_NODES_MAX]; /* "host:port" or a socket path */
    size_t n_memcached;
    int page_workers;
    int password_workers;
    char *smtp;      /* "smtp://127.0.0.1:25", smtps://; "": mail waits */
    char *smtp_user; /* "": without AUTH */
    char *smtp_password_file; /* of one line */
    char *smtp_auth;          /* PLAIN, LOGIN; "": what the relay offers */
    char *smtp_tls;           /* required, opportunistic; "": see net/smtp.h */
    char *smtp_ca_file;       /* whom to trust instead of the system's */
    char *mail_from;          /* the address that all mail comes from */
    char *https_ca_file; /* whom to trust instead of the system's; "": those */
    bool https_private_addresses; /* may be asked, too: for development */
    char *sandbox_provider; /* secret of the sandbox for payments; "": there
                               is none */
    bool development;       /* shows /_components: refused with https */
    bool test_clock; /* <state>/clock moves the time: refused with https */
    int log_level;   /* enum log_level */
    char style[17];  /* hex hash of the static files, part of their URL */
};

/*
 * Reads and checks the file; NULL with the file, line and reason logged. All
 * strings are set. share: where to look for templates instead, or NULL.
 */
struct config *config_read(const char *file);
void config_free(struct config *c);

#endif
