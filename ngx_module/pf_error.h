/*
 * Why a token, key or record was refused. One row per reason: the enum, the
 * word for logs and $pforte_verdict, and the sentence for people who debug.
 */
#ifndef PF_ERROR_H
#define PF_ERROR_H

#define PF_ERRORS(X)                                                           \
    X(OK, "valid", "the token is valid")                                       \
    X(ABSENT, "none", "there is no token")                                     \
    X(EXPIRED, "stale", "the token is genuine, but past its expiry")           \
    X(NOT_YET, "early", "the token is genuine, but not valid yet")             \
    X(MALFORMED, "malformed", "this is not a token of a known form")           \
    X(ALGORITHM, "algorithm", "the key is not made for this kind of token")    \
    X(UNKNOWN_KEY, "unknown-key", "no key of this tenant has that id")         \
    X(FORGED, "forged", "the signature or seal does not match")                \
    X(MISSING_CLAIM, "missing-claim", "a required claim is missing")           \
    X(BAD_CLAIM, "bad-claim", "a claim has the wrong type, length or form")    \
    X(AUDIENCE, "audience", "the token was made for somebody else")            \
    X(LIFE, "life", "the token lives longer than allowed")                     \
    X(USED, "used", "the token was used before")                               \
    X(MEMORY, "memory", "out of memory")

typedef enum {
#define X(name, word, text) PF_##name,
    PF_ERRORS(X)
#undef X
} pf_error_t;

/* The row's word ("forged") and sentence; never NULL. */
const char *pf_error_word(pf_error_t e);
const char *pf_error_text(pf_error_t e);

#endif
