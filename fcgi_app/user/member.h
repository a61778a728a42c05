/*
 * Contacts and guests of a customer account: memberships as people give, accept
 * and end them. A contact is somebody that the account made a login for, a
 * guest somebody who has a login already, or makes one, and was invited by
 * e-mail.
 *
 * Each status has its legal moves (tables/membership_moves.def), and
 * member_move() alone makes them.
 */
#ifndef USER_MEMBER_H
#define USER_MEMBER_H

#include "user/one_time.h"
#include "user/user.h"

/* As the API answers one, and what it takes. */
extern const struct field member_fields[], member_create_fields[],
    member_invite_fields[], member_change_fields[], member_query_fields[];
/* Forms of the portal and the back office: what is typed beside the rights. */
extern const struct field member_contact_form_fields[],
    member_guest_form_fields[], member_rights_form_fields[],
    member_password_fields[];
/* Lists of the back office. */
extern const struct field member_rows_fields[], access_rows_fields[];

/* What functions about members work with. */
struct member_desk {
    struct db *db;
    struct arena *arena;
    struct keys *keys;
    const struct tenant *tenant;
    const struct actor *actor;
    /* whose rights bound what is given, as of the request's beginning; NULL:
     * staff or an API key, who may give everything */
    const struct membership *by;
    enum err why; /* set with DB_CHECK: what people are told */
};

/* ---- reading ---- */

/*
 * Rows have the columns of the membership, customer_id, number (`customer`)
 * and names of its account, and of the person, when known, `user` (the
 * username), user_email, last_sign_in and has_password; first_name and
 * last_name are as the person has them, else as the inviter wrote them.
 * `permissions` (words) is what counts now of what was given; `preset` the set
 * that it is, "owner" for owners, or null.
 */

/* By id, those after the id `after` (or NULL). */
enum db_result member_list(struct db *db, struct arena *a, const char *tenant,
                           const char *customer, const char *after, int limit,
                           json_t **rows);

/* customer: id; NULL: whosever it is. DB_NONE: not of that customer. */
enum db_result member_get(struct db *db, struct arena *a, const char *tenant,
                          const char *customer, const char *id, json_t **row);

/* The rights of a row, as a set. */
rights_t member_rights(struct arena *a, const json_t *row);

/* What to call the person: names, else username, else the address. */
const char *member_name(struct arena *a, const json_t *row);

/* Whether that action (of membership_moves.def) can be done with it now. */
bool member_may_move(const json_t *row, const char *action);

/* Whether an invitation is open for nobody any more: its days are over. */
bool member_expired(const json_t *row);

/* Lists of the back office: all contacts and guests; and which other accounts
 * people have, `home` being the number of their own. */
enum db_result member_list_rows(struct db *db, struct arena *a,
                                const struct list_query *q, const char *tenant,
                                const char *pool, json_t **rows);
enum db_result access_list_rows(struct db *db, struct arena *a,
                                const struct list_query *q, const char *tenant,
                                const char *pool, json_t **rows);

/* ---- who may give what ---- */

/* Whether the desk's own rights are enough for them all. */
bool member_may_give(const struct membership *by, rights_t rights);

/* What was over and begins again is given anew: whether the desk's own rights
 * are enough for that. Of what is not over: true. */
bool member_may_wake(const struct membership *by, struct arena *a,
                     const json_t *row);

/* Whether it may make owners, and touch those who are. */
bool member_may_own(const struct membership *by);

/*
 * What a set of rights becomes when `by` sets it: what they lack stays as it
 * was. Nothing else is between what is asked for and what is stored.
 */
rights_t member_rights_set(const struct membership *by, rights_t before,
                           rights_t wanted);

/* ---- changing: inside the caller's transaction ----
 *
 * DB_CHECK with desk->why when a rule refuses it; DB_NONE when the row has
 * changed meanwhile. Each leaves its row of the trail.
 */

struct member_new {
    const char *customer; /* id */
    const char *email, *first_name, *last_name;
    const char *username; /* of a contact; NULL: the address, or one made */
    bool owner;           /* else: */
    rights_t rights;
};

/* What a mail is to tell of. */
struct member_made {
    const char *id;     /* of the membership */
    const char *secret; /* for the link of a mail; NULL: none is due */
    int64_t expires;    /* of that */
};

/* By hand: the person gets a login, can sign in once they have chosen a
 * password by the secret's link, and is active. */
enum db_result member_add(struct member_desk *desk,
                          const struct member_new *new,
                          struct member_made *out);

/* Whether somebody of that address has a login, so that an invitation reaches
 * them. */
enum db_result member_has_login(struct member_desk *desk, const char *email,
                                bool *known);

/* By e-mail. Nobody of that address has an account: it is pending, and no mail
 * is due until somebody wants it (member_move(), "invite"). */
enum db_result member_invite(struct member_desk *desk,
                             const struct member_new *new,
                             struct member_made *out);

/* invite (again), withdraw, deactivate, reactivate. */
enum db_result member_move(struct member_desk *desk, const json_t *row,
                           const char *action, struct member_made *out);

/* Gives and takes rights. */
enum db_result member_change(struct member_desk *desk, const json_t *row,
                             bool owner, rights_t rights);

/* Ends the membership, and nothing else of the person's. What they gave to
 * others goes on as they had it. */
enum db_result member_remove(struct member_desk *desk, const json_t *row);

/* ---- the invited person ---- */

/* Whether the invitation is theirs: an address that was proved, or that the
 * merchant has on record, is the invited one. */
enum db_result member_is_for(struct db *db, struct arena *a,
                             const struct tenant *tenant, const json_t *row,
                             const char *user, bool *theirs);

/* The invitations that wait for the person's answer, at most `limit`. */
enum db_result member_waiting(struct db *db, struct arena *a,
                              const struct tenant *tenant, const char *user,
                              int limit, json_t **rows);

/* The memberships that were pending until somebody of that address came. */
enum db_result member_pending(struct db *db, struct arena *a,
                              const struct tenant *tenant, const char *user,
                              json_t **rows);

/* Such a one becomes an invitation, of whoever wanted it. */
enum db_result member_reach(struct member_desk *desk, const json_t *row,
                            struct member_made *out);

/* Accepts or rejects it for `user`, and uses the token up; NULL: they answer
 * without it, and it opens nothing any more. */
enum db_result member_answer(struct member_desk *desk, const json_t *row,
                             const struct one_time *token, const char *user,
                             bool accept);

/* The first password of a contact; spends the token, and proves the address
 * that its mail went to. hash: of user_password_hash(). */
enum db_result member_first_password(struct member_desk *desk,
                                     const json_t *row,
                                     const struct one_time *token,
                                     const char *hash);

#endif
