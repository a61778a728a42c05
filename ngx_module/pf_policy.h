/*
 * Coarse rules at the edge, and how a refusal is told.
 */
#ifndef PF_POLICY_H
#define PF_POLICY_H

#include "pf_token.h"

/* One "name=value" of pforte_require: scope=staff, group=billing. */
typedef struct {
    enum { PF_REQUIRE_SCOPE, PF_REQUIRE_GROUP } kind;
    pf_str_t value;
} pf_require_t;

/* Parses one word; false for anything but scope= and group= with a value of
 * [a-z0-9._-]. value points into word. */
bool pf_require_parse(pf_str_t word, pf_require_t *out);

/* All requirements hold: every kind named must match one of its values. */
bool pf_policy_allows(const pf_require_t *rules, size_t n,
                      const pf_session_t *session);

typedef enum {
    PF_DENY_LOGIN,   /* 303 to the login page with the return path */
    PF_DENY_PROBLEM, /* application/problem+json */
    PF_DENY_FRAME,   /* a page with "open in own window" */
    PF_DENY_PAGE,    /* a page */
} pf_denial_t;

typedef struct {
    pf_str_t method; /* GET */
    pf_str_t path;   /* decoded path, without the query */
    pf_str_t accept, sec_fetch_mode, sec_fetch_dest; /* empty if not sent */
} pf_asker_t;

/*
 * First match: path under /api/, or Accept prefers JSON, or Sec-Fetch-Mode is
 * there and not "navigate": problem · Sec-Fetch-Dest: iframe (or frame): frame
 * · GET or HEAD: login · else page.
 */
pf_denial_t pf_denial(const pf_asker_t *asker);

/* Whether Sec-Fetch-Dest says that the answer is shown inside another page. */
bool pf_framed(pf_str_t sec_fetch_dest);

/*
 * Accept prefers application/json or …+json over text/html: a higher weight, or
 * the same where html is only meant by "text/…" or "any/any". JSON must be
 * named.
 */
bool pf_accepts_json(pf_str_t accept);

#endif
