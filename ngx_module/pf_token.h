/*
 * The product's tokens: what they carry, who made them, how long they live.
 * Cryptography is in pf_paseto and pf_jws; here are the claim rules.
 *
 *   session    v4.local, assertion "pforte:session:<tenant>", 15 minutes
 *   SSO, ours  v4.local, assertion "pforte:sso:<tenant>", 60 s, single use
 *   SSO, theirs JWT or v4.public, signed by a merchant's key
 *   link       v4.local, assertion "pforte:link:<tenant>", reusable
 *
 * All functions are pure: `now` is Unix seconds, outputs are fixed-size
 * structs, nothing needs to be freed. Every string is checked: valid UTF-8
 * without control characters, within its cap, else PF_BAD_CLAIM.
 * PASETO times are RFC 3339 strings, JWT times integers (NumericDate without
 * fraction). Leeway PF_LEEWAY seconds on exp, nbf and iat for the SSO and link
 * tokens; a session token's exp is exact, as we set both clocks' rules.
 */
#ifndef PF_TOKEN_H
#define PF_TOKEN_H

#include "pf_keyring.h"
#include "pf_time.h"

enum {
    PF_LEEWAY = 30,
    PF_SESSION_LIFE = 900,
    PF_SSO_LIFE = 60,
    PF_SSO_LIFE_MAX = 300,
    PF_LINK_LIFE_MAX = 10080 * 60,
    PF_TENANT_MAX = 31,
    PF_SID_MAX = 43, /* base64url of 32 random bytes */
    PF_ID_MAX = 64,
    PF_NAME_MAX = 200, /* bytes of a username or display name */
    PF_EMAIL_MAX = 254,
    PF_PATH_MAX = 255,
    PF_LANGUAGE_MAX = 35, /* RFC 5646, 4.4.1 */
    PF_GROUPS_MAX = 255,
};

typedef struct {
    char sid[PF_SID_MAX + 1];
    int64_t version;
    char user[PF_ID_MAX + 1];
    char customer[PF_ID_MAX + 1];   /* may be empty: chooser not passed yet */
    char scope[16];                 /* portal, contract, staff */
    char groups[PF_GROUPS_MAX + 1]; /* words, one space between them */
    char language[PF_LANGUAGE_MAX + 1]; /* the user's own; may be empty */
    int64_t iat, exp;
} pf_session_t;

typedef struct {
    char kid[PF_KID_MAX + 1];
    bool own; /* minted by Pforte itself */
    char sub[PF_NAME_MAX + 1];
    char jti[PF_ID_MAX + 1];
    char to[PF_PATH_MAX + 1];
    char customer[PF_ID_MAX + 1];
    char language[PF_LANGUAGE_MAX + 1];
    char email[PF_EMAIL_MAX + 1];
    char name[PF_NAME_MAX + 1];
    int64_t iat, exp, nbf;
} pf_sso_t;

typedef struct {
    char jti[PF_ID_MAX + 1];
    char contract[PF_ID_MAX + 1];
    int64_t iat, exp;
} pf_link_t;

/* [a-z][a-z0-9-]{1,30} and none of: api static brand healthz, which are paths,
 * and hosts, whose record would be the host index. */
bool pf_tenant_ok(pf_str_t tenant);

/*
 * Opens a session token. PF_OK, or PF_EXPIRED with *out filled as well (a stale
 * token still names its session), or the reason. Tokens over PF_TOKEN_MAX are
 * PF_MALFORMED before anything is decoded. An empty token is PF_ABSENT.
 */
pf_error_t pf_session_open(const pf_keyring_t *ring, pf_str_t tenant,
                           pf_str_t token, int64_t now, pf_session_t *out);

/*
 * Seals with the ring's first key; out is a C string. PF_BAD_CLAIM, for this
 * and the two other kinds, when pf_…_open() would refuse the claims for their
 * form; PF_MEMORY when out is too small.
 */
pf_error_t pf_session_seal(const pf_keyring_t *ring, pf_str_t tenant,
                           const pf_session_t *session, char *out, size_t size);

/* True when more than half of the token's life is over. */
bool pf_session_past_half(const pf_session_t *session, int64_t now);

/*
 * Opens an SSO token of any kind. v4.local tokens need a key of `own`;
 * v4.public and JWT one of `merchant`. Rules: aud = "pforte:<tenant>" (string,
 * or an array with just that string), sub, iat, exp, jti required; iat not in
 * the future; exp - iat in 1..PF_SSO_LIFE_MAX (PF_LIFE); exp and nbf against
 * now. An unusable `to` is dropped (pf_redirect_ok), not refused. Unknown
 * claims are ignored. *out is filled for PF_OK and PF_EXPIRED (so that the
 * audit log can name the token), and zero for every other answer.
 */
pf_error_t pf_sso_open(const pf_keyring_t *own, const pf_keyring_t *merchant,
                       pf_str_t tenant, pf_str_t token, int64_t now,
                       pf_sso_t *out);

/* Seals a v4.local SSO token with the ring's first key. kid, own: ignored. */
pf_error_t pf_sso_seal(const pf_keyring_t *own, pf_str_t tenant,
                       const pf_sso_t *sso, char *out, size_t size);

/* The same rules for times, up to PF_LINK_LIFE_MAX, and for *out. */
pf_error_t pf_link_open(const pf_keyring_t *ring, pf_str_t tenant,
                        pf_str_t token, int64_t now, pf_link_t *out);
pf_error_t pf_link_seal(const pf_keyring_t *ring, pf_str_t tenant,
                        const pf_link_t *link, char *out, size_t size);

/*
 * For the command line: opens any token with one key and an explicit implicit
 * assertion, and returns its claims (new reference) whatever they say; *e tells
 * why not.
 */
json_t *pf_token_inspect(const pf_key_t *key, pf_str_t assertion,
                         pf_str_t token, pf_error_t *e);

#endif
