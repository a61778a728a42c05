/*
 * Contacts and guests for handlers, of the portal, the back office and the API
 * alike: a change with its mails and the sessions that it ends, and the pages.
 */
#ifndef SESSION_MEMBER_WEB_H
#define SESSION_MEMBER_WEB_H

#include "http/request.h"
#include "http/response.h"
#include "user/member.h"

struct member_desk member_desk_of(struct request *rq);

/* The membership of whoever asks, whose rights bound theirs; NULL for staff and
 * API keys. */
const struct membership *member_by(const struct request *rq);

/*
 * ---- changes: each one transaction ----
 *
 * ERR_NONE, or what people are told; changed_meanwhile when the row has
 * changed. *id gets the new membership.
 */
enum err member_do_add(struct request *rq, const struct member_new *new,
                       const char **id);
enum err member_do_invite(struct request *rq, const struct member_new *new,
                          const char **id);
/* action: of membership_moves.def, or remove. */
enum err member_do(struct request *rq, const json_t *row, const char *action);
enum err member_do_change(struct request *rq, const json_t *row, bool owner,
                          rights_t rights);
enum err member_do_answer(struct request *rq, const json_t *row,
                          const struct one_time *token, bool accept);

/* Inside the caller's transaction, by no right of whoever asks: the address
 * owns the account (new->owner). Whoever has a login is invited, others get
 * one, and the link to choose its password. A rule that refuses either refuses
 * nothing else: DB_OK. */
enum db_result member_send_first(struct request *rq,
                                 const struct member_new *new);

/* Inside the caller's transaction: whoever was wanted before they had a login
 * gets their invitations now. */
enum db_result member_send_pending(struct request *rq, const char *user);

/* ---- pages ---- */

/* What to call the account of a row. */
const char *member_account_name(struct arena *a, const json_t *row);

/* Whose pages: where they lie, and where they lead back to. */
struct member_place {
    const char *path;     /* of the pages of members: "/contacts" */
    const char *back;     /* of a new one: "/contacts", "/admin/customers/K1" */
    const char *customer; /* id of the account; NULL: of any */
    bool may_change;
};

/* The member of that id; NULL with the error in the response. */
json_t *member_named(struct request *rq, struct response *rs,
                     const struct member_place *place, const char *id);

/* A row as templates take it (members.html). New reference. */
json_t *member_model(struct request *rq, const struct member_place *place,
                     const json_t *row);

/* A member with their rights; error: what was wrong with the form. */
void member_show(struct request *rq, struct response *rs,
                 const struct member_place *place, const json_t *row,
                 enum err error);

/* Takes the form of member_show(). */
void member_save(struct request *rq, struct response *rs,
                 const struct member_place *place, const json_t *row);

/* "Do you want to?", and doing it, for the last name of the path. */
void member_ask(struct request *rq, struct response *rs,
                const struct member_place *place, const json_t *row,
                const char *action);
void member_act(struct request *rq, struct response *rs,
                const struct member_place *place, const json_t *row,
                const char *action);

/* The form of a new one, by hand or by e-mail, and taking it. */
void member_form(struct request *rq, struct response *rs,
                 const struct member_place *place, bool by_mail);
void member_take(struct request *rq, struct response *rs,
                 const struct member_place *place, bool by_mail);

#endif
