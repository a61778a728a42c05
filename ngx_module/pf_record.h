/*
 * The edge's view of a tenant: edge/<tenant>.json, written by the application,
 * read by the module. One parser and one writer, so that both agree.
 *
 *   {"tenant":"acme","revision":7,"name":"Acme GmbH",
 *    "hosts":["kunden.acme.example"],
 *    "languages":["de","en","fr"],"default_language":"de",
 *    "login_path":"/login","cookie_mode":"lax"|"embed","secure":true,
 *    "frame_ancestors":["https://www.acme.example"],
 *    "sso_keys":[{JWK or {"kid","paserk"}, "not_before","not_after"}]}
 */
#ifndef PF_RECORD_H
#define PF_RECORD_H

#include "pf_cookie.h"
#include "pf_keyring.h"

enum { PF_RECORD_MAX = 256 * 1024, PF_LANGUAGES_MAX = 64, PF_HOSTS_MAX = 64 };

/*
 * What is wrong with an origin that is to frame pages, or NULL: "https://", a
 * host name in lower case and at most a port. Never a path, never a wildcard.
 */
const char *pf_origin_fault(pf_str_t origin);

/* Room for all of a tenant, with a space between them and a NUL. */
enum { PF_ORIGINS_MAX = 2048 };

typedef struct {
    char tenant[32];
    int64_t revision;
    size_t n_languages;
    pf_str_t languages[PF_LANGUAGES_MAX]; /* inside the record */
    size_t default_language;              /* index */
    pf_str_t login_path;
    bool secure;        /* Secure and __Host- cookies */
    pf_cookie_t cookie; /* SESSION or EMBEDDED */
    char cookie_name[PF_COOKIE_NAME_MAX + 1];
    char contract_cookie[PF_COOKIE_NAME_MAX + 1];
    char language_cookie[PF_COOKIE_NAME_MAX + 1];
    pf_str_t frame_ancestors; /* one string: origins joined by spaces */
    pf_str_t framing;         /* the same as directive of a policy (CSP) */
    size_t n_hosts;
    pf_str_t hosts[PF_HOSTS_MAX];
    pf_keyring_t *sso_keys;
    void *memory; /* what the spans point into */
} pf_record_t;

/*
 * Parses; NULL and a sentence in why[size] for anything wrong. The record must
 * name `tenant` itself. Unknown members are ignored (a newer writer).
 */
pf_record_t *pf_record_parse(pf_str_t json, pf_str_t tenant, char *why,
                             size_t size);
void pf_record_free(pf_record_t *record);

#endif
