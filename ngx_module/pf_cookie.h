/*
 * The Cookie header as browsers send it (RFC 6265, 4.2.1), read strictly:
 * names are compared exactly, ';' alone separates, no quoting, no $Version.
 * A name that occurs twice is an attack or a breakage: the caller ignores both.
 */
#ifndef PF_COOKIE_H
#define PF_COOKIE_H

#include "pf_str.h"

enum { PF_COOKIE_NAME_MAX = 64 };

/*
 * How often `name` stands in one Cookie header value; *value is the last one's
 * value (inside header). Callers add up over all Cookie header lines and use
 * the value only when the sum is 1.
 */
unsigned pf_cookie_count(pf_str_t header, pf_str_t name, pf_str_t *value);

typedef enum {
    PF_COOKIE_SESSION,  /* __Host-pf-<tenant>,  SameSite=Lax */
    PF_COOKIE_EMBEDDED, /* __Host-pfe-<tenant>, SameSite=None; Partitioned */
    PF_COOKIE_CONTRACT, /* __Host-pfc-<tenant>, SameSite=Lax */
    PF_COOKIE_LANGUAGE, /* pforte-language */
    PF_COOKIE_LANGUAGE_EMBEDDED, /* pforte-language-embedded, as pfe */
    PF_COOKIE_DEVICE,            /* pforte-device */
    PF_COOKIE_DEVICE_EMBEDDED,   /* pforte-device-embedded, as pfe */
    PF_COOKIE_FORM,              /* pforte-form */
    PF_COOKIE_FORM_EMBEDDED,     /* pforte-form-embedded, as pfe */
} pf_cookie_t;

/*
 * The kind that stands for `kind` at a tenant whose sessions are of the kind
 * `session`: with PF_COOKIE_EMBEDDED the one that a page inside another site's
 * page gets back, else the same. The names differ because a browser sends a
 * partitioned cookie beside an older one of the same name, and what comes twice
 * counts as not sent.
 */
pf_cookie_t pf_cookie_beside(pf_cookie_t session, pf_cookie_t kind);

/*
 * The cookie's name. secure=false is plain-http development: no "__Host-".
 * tenant is used by the first three kinds only.
 */
void pf_cookie_name(pf_cookie_t kind, pf_str_t tenant, bool secure,
                    char out[PF_COOKIE_NAME_MAX + 1]);

/*
 * A whole Set-Cookie value into out[size]: "name=value; Path=/; …" with the
 * kind's attributes (SameSite=Lax for all when not secure: browsers drop
 * SameSite=None and Partitioned without Secure). max_age in seconds; -1 = until
 * the browser closes; 0 with an empty value clears, repeating the same
 * attributes. Returns its length, 0 when it does not fit or value has a
 * character outside RFC 6265 cookie-octet.
 */
size_t pf_cookie_format(pf_cookie_t kind, pf_str_t tenant, bool secure,
                        pf_str_t value, long max_age, char *out, size_t size);

#endif
