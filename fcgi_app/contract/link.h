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
/* The back office: the form that makes one, and the list of the valid ones. */
extern const struct field link_form_fields[], link_rows_fields[];
extern const struct field link_customer_fields[]; /* of all contracts of one */

enum {
    LINK_MINUTES_MAX = PF_LINK_LIFE_MAX / 60,
    LINK_TOKEN_SIZE = 2048,
};

struct link_made {
    const char *token, *url;
    int64_t expires;
};

/* What the tenant's settings say: how long a link lives where nobody says, and
 * at most. */
int64_t link_minutes(const struct session_store *store);
int64_t link_minutes_max(const struct session_store *store);

/*
 * A link to the contract (a row of its table) that works for `minutes` from
 * now; with its audit row. The contract's links may be asked for again from
 * then on. DB_FAILED, logged: the token could not be sealed.
 */
enum db_result link_mint(const struct session_store *store,
                         const json_t *contract, int64_t minutes,
                         struct link_made *out);

/*
 * One for a mail that the portal sends by itself (a document, a reminder),
 * which works as long as the tenant's setting for those says. DB_NONE: the
 * contract's links were revoked and nobody made one since; the mail goes
 * without.
 */
enum db_result link_mint_by_mail(const struct session_store *store,
                                 const json_t *contract, struct link_made *out);

/* Whether the contract's links were revoked and none was made since. */
bool link_stopped(const json_t *contract);

/* The valid links of a contract, newest first: jti, created, expires, made_by
 * (an actor, as in audit), opened (how often), last_opened (0: never). */
enum db_result link_list(const struct session_store *store,
                         const json_t *contract, int limit, json_t **rows);

/* The same of all contracts of the customer with that id, with the reference of
 * each as "contract". */
enum db_result link_list_of_customer(const struct session_store *store,
                                     const char *customer, int limit,
                                     json_t **rows);

/* It was followed, and opened the contract. */
enum db_result link_opened(const struct session_store *store, const char *jti);

/* What a genuine token opens; DB_NONE when it was revoked, or never made. */
enum db_result link_find(const struct session_store *store,
                         const pf_link_t *token, struct session_link *out);

/*
 * Whether who has an expired link to the contract may ask for a new one:
 * DB_OK with its row, DB_NONE: its links were revoked and none was made since,
 * or it is gone. Who revokes links does not want them replaced, and an expired
 * one may be one of those.
 */
enum db_result link_renewable(const struct session_store *store,
                              const char *contract, json_t **row);

/*
 * Ends every link of the contract, and what was opened by them, at once: in one
 * transaction with the audit row, then wherever sessions are kept in mind.
 */
enum db_result link_revoke(const struct session_store *store,
                           const json_t *contract);

#endif
