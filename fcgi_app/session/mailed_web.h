/*
 * Links of mails that open something once. Their address looks only, because
 * scanners of mail follow links: it leads on to a form, by an address that has
 * nothing of the secret in it, and sending that form uses the secret up.
 */
#ifndef SESSION_MAILED_WEB_H
#define SESSION_MAILED_WEB_H

#include "session/person_web.h"

struct mailed_link {
    enum one_time_purpose purpose;
    const char *flow; /* purpose of what leads from the link to the form */
    const char *form; /* path of the form */
    const char *over; /* template: it was used, or replaced, or is too old */
};

/* Handler of the link: its secret is the path's first name. */
void mailed_follow(struct request *rq, struct response *rs,
                   const struct mailed_link *link);

/* On to the form. */
void mailed_go_on(struct request *rq, struct response *rs,
                  const struct mailed_link *link, const struct one_time *token);

/* The open token that the form is about; false with the answer. */
bool mailed_token(struct request *rq, struct response *rs,
                  const struct mailed_link *link, struct one_time **token);

/* The page of 410. */
void mailed_over(struct request *rq, struct response *rs,
                 const struct mailed_link *link);

/* The same, and the row of the user that the token is about. */
bool mailed_person(struct request *rq, struct response *rs,
                   const struct mailed_link *link, struct one_time **token,
                   json_t **user);

#endif
