/* Users for handlers. */
#ifndef USER_USER_WEB_H
#define USER_USER_WEB_H

#include "http/request.h"
#include "http/response.h"
#include "user/user.h"

/* The login whose username the path names first; NULL with the error in the
 * response. Row as of login_by_username(). */
json_t *login_named(struct request *rq, struct response *rs);

/* A password that we make: characters of base62. */
enum { INITIAL_PASSWORD = 20 };

/* Whether the password may be chosen by the tenant's rules; if not, the field
 * of that name is wrong in rq->errors. */
bool user_password_fits(struct request *rq, const char *field,
                        const char *password, const char *username,
                        const char *email);

/* Says at the control of a new password what it needs to be. */
void user_password_help(struct request *rq, json_t *controls);

/*
 * A new login as the request names it: customer, email, username, password and
 * what a person is called, in the API's words. What was not sent is made: the
 * customer's number as username, a random password. *customer gets the row.
 * ERR_invalid with what is wrong in rq->errors.
 */
enum err login_of_request(struct request *rq, struct login_new *new,
                          json_t **customer);

/* The login's data with what was sent in their place; null empties. The same
 * answer. */
enum err login_data_of_request(struct request *rq, const json_t *login,
                               struct login_data *data);

/*
 * A mail about a login, in the person's language or else the customer's. Unless
 * it is wanted, and no key of test mode asks, it is only recorded, with the
 * reason. False (logged): its text cannot be made.
 */
struct login_letter {
    const char *event;
    const json_t *login;      /* username, email, language, customer_id */
    const char *recipient;    /* NULL: the login's address */
    const char *secret;       /* the password it tells, or NULL */
    const char *old_username; /* or NULL */
    bool wanted;
};
bool login_mail(struct request *rq, const struct login_letter *letter,
                struct mail *mail);

/* Whether an action is to send its mail: the API does unless told not to, a
 * form has a box for it. */
bool login_mail_wanted(const struct request *rq);

/* Creates the login that the request names, with its mail, which is kept.
 * ERR_login_exists, or what login_of_request() says. */
enum err login_make(struct request *rq, struct login_new *new,
                    struct mail *mail);

/* Whether a password has to be changed at the first sign-in, as the API was
 * told; false: the key may not say so. */
bool login_must_change(const struct request *rq, bool *must_change);

/*
 * The password that the request sets for a login, and what its mail then is
 * (`wanted` is set): without one we make one, which the letter tells. False
 * with what is wrong in rq->errors.
 */
bool login_password_of_request(struct request *rq, const json_t *login,
                               struct login_letter *letter,
                               const char **password);

/* Those that a change of the data sends: *n of the two. False as above. */
enum { LOGIN_EDIT_MAILS = 2 };
bool login_edit_mails(struct request *rq, const json_t *login,
                      const struct login_data *data, bool wanted,
                      struct mail mails[LOGIN_EDIT_MAILS], size_t *n);

#endif
