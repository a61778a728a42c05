/*
 * Accounts that people open for themselves, where the tenant lets them: what
 * they said waits, sealed, behind the link of a mail, and becomes a customer, a
 * user and the membership of its owner when that link's page is sent. The
 * password is chosen there: whoever only typed somebody else's address knows
 * none of the account that is opened.
 */
#ifndef USER_REGISTRATION_H
#define USER_REGISTRATION_H

#include "user/user.h"

extern const struct field register_fields[];

struct registered {
    const char *user, *username; /* id, and the name of the login */
};

/*
 * Uses the token up and makes all three, with that password, in one
 * transaction. DB_NONE: the token is not open any more; DB_UNIQUE: the address
 * got a login meanwhile; then nothing is made.
 */
enum db_result registration_confirm(const struct one_time_store *st,
                                    const struct tenant *tenant,
                                    const struct one_time *token,
                                    const char *hash, struct registered *out);

/* Invitations to an address that is somebody's now become theirs; inside the
 * transaction in which the address was proved. */
enum db_result membership_claim_invitations(struct db *db, struct arena *a,
                                            const struct tenant *tenant,
                                            const struct actor *actor,
                                            const char *user,
                                            const char *email_key);

#endif
