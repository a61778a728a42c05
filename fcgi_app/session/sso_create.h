/*
 * Just in time: where the tenant lets them (setting sso_create), links signed
 * by the merchant say who somebody is. customer, name and email together make a
 * user that is not there yet, and the customer with it; of one who is, name and
 * e-mail address follow. Nobody is ever found by an e-mail address.
 */
#ifndef SESSION_SSO_CREATE_H
#define SESSION_SSO_CREATE_H

#include "session/session.h"

/* Whether links of this tenant do so. */
bool sso_creates(const struct session_store *store);

/* ERR_NONE, or what to tell of a token that would make a user but cannot:
 * no_account when it does not say enough, link_incomplete when what it says is
 * no name, number or address, link_customer when it would make a customer whose
 * number has not the tenant's format. */
enum err sso_newcomer_ok(const struct session_store *store,
                         const pf_sso_t *sso);

/*
 * Makes the user as owner of the customer with that number, which is made where
 * it is not there. mail: of the event login_created, recorded with it (customer
 * and user are set). DB_BUSY: somebody did the same at once; try it all again.
 */
enum db_result sso_make_user(const struct session_store *store,
                             const pf_sso_t *sso, struct mail *mail);

/* What the token says of a user who is there, in the place of what their login
 * (row) has; false: nothing that is new. */
bool sso_news(struct arena *a, const pf_sso_t *sso, const json_t *login,
              struct login_data *data);

#endif
