/*
 * Self-service links: whoever has one sees its contract, as often as they like,
 * until it expires or the contract's links are revoked.
 */
#ifndef CONTRACT_LINK_H
#define CONTRACT_LINK_H

#include "base/field.h"
#include "session/session.h"

extern const struct field link_fields[];
extern const struct field link_answer_fields[], link_trail_fields[];

enum {
    LINK_MINUTES_MAX = PF_LINK_LIFE_MAX / 60,
    LINK_TOKEN_SIZE = 2048,
};

struct link_made {
    const char *token, *url;
    int64_t expires;
};

/*
 * A link to the contract (a row of its table) that works for `minutes` from
 * now; with its audit row. DB_FAILED, logged: the token could not be sealed.
 */
enum db_result link_mint(const struct session_store *store,
                         const json_t *contract, int64_t minutes,
                         struct link_made *out);

/* What a genuine token opens; DB_NONE when it was revoked, or never made. */
enum db_result link_find(const struct session_store *store,
                         const pf_link_t *token, struct session_link *out);

/*
 * Ends every link of the contract, and what was opened by them, at once: in one
 * transaction with the audit row, then wherever sessions are kept in mind.
 */
enum db_result link_revoke(const struct session_store *store,
                           const json_t *contract);

#endif
