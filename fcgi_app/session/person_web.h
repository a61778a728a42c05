/* For pages that people go through before or around their sign-in. */
#ifndef SESSION_PERSON_WEB_H
#define SESSION_PERSON_WEB_H

#include "http/request.h"
#include "http/response.h"
#include "session/session.h"
#include "user/rate.h"
#include "user/tries_web.h"

extern const struct field flow_fields[];
extern const struct field register_confirm_fields[];
extern const struct field reset_fields[];
extern const struct field reset_code_fields[];
extern const struct field reset_password_fields[];
extern const struct field my_password_fields[];
extern const struct field my_confirm_fields[];
extern const struct field my_code_fields[];
extern const struct field my_email_fields[];
extern const struct field login_code_fields[];

enum { FLOW_LIFE = 15 * 60 };

/*
 * What one page hands to the next one in an address or a hidden field: sealed,
 * good for FLOW_LIFE, and for this browser alone, whose form cookie it is bound
 * to. In a log or a history it opens nothing.
 */
const char *flow_make(struct request *rq, struct response *rs,
                      const char *purpose, const char *text);
/* The text; NULL: not of this browser and purpose, or too old. `sealed` may be
 * NULL. */
const char *flow_open(struct request *rq, const char *purpose,
                      const char *sealed);

/* The flow that a page was opened with, or its form sent. */
const char *flow_sent(const struct request *rq);

/*
 * Shows a form of `fields`: the template with model, in which controls, errors
 * and form_token are set. Passwords are never shown again. form_error: what
 * belongs to no field, or ERR_NONE. Status 422 after a failure.
 */
void person_form(struct request *rq, struct response *rs, const char *template,
                 json_t *model, const struct field *fields,
                 enum err form_error);

/* The functions of user/ and one_time.h for this request. */
struct one_time_store tokens_of(const struct request *rq);
struct person person_of(const struct request *rq, const char *user);

/* Whose login the session is, with the row; false with the answer: nobody sees
 * or changes what is theirs in their name. */
bool person_mine(struct request *rq, struct response *rs, struct person *person,
                 json_t **row);

/* What templates/factor_key.html shows of a secret that waits to be confirmed,
 * in base32, and its address for apps; NULL: none waits. */
void person_factor_model(struct request *rq, json_t *model, const char *secret,
                         const char *uri);

/* Tries at something of that user's, known by id (user/tries.h), and the next
 * of them: false with 429, or 503, in the response. */
struct tries person_tries(const struct request *rq, const char *what,
                          const char *user);
bool person_tries_begin(struct response *rs, const struct tries *tries);

/* Puts a wrong code or password into the trail, and so into the list of the
 * person's sign-ins. */
void person_refused(const struct request *rq, const char *user,
                    const char *why);

/* Whether the password in that field is theirs, else the error is at the field;
 * whoever took a session over guesses no faster here than at the sign-in. False
 * with the answer, as above. */
bool person_check_password(struct request *rq, struct response *rs,
                           const struct person *person, const json_t *row,
                           const char *field);

/* Staff or the API take the second factor of a login (its row) away. The person
 * is told always: whoever did not ask for it must know. DB_OK as well when
 * there was none. */
enum db_result person_take_factor(struct request *rq, json_t *login);

/* Composes a mail of that event to the address on file: CustomerName and
 * Username. False: there is none. */
bool person_notice(struct request *rq, const json_t *user, const char *event,
                   struct mail *mail);

/* Counts one of what strangers may do so often from one network; false with
 * 429, or 503, in the response. And the same of what leads into an account. */
bool person_may(struct request *rq, struct response *rs,
                const struct rate *rate);
bool person_may_try(struct request *rq, struct response *rs);

/*
 * Whether one more mail may be sent because a stranger typed that name, inside
 * the caller's transaction. Within a minute it is the same one; and after a few
 * there is one in a quarter of an hour, so that nobody fills an inbox, and a
 * link that came stays good long enough to be used. DB_NONE: not now.
 */
enum db_result person_may_mail(const struct request *rq, const char *kind,
                               const char *name);

/* A new password that fits the rules and was typed the same twice: its hash;
 * NULL with the errors in rq->errors, or the response. Fields new_password and
 * repeat_password. */
const char *person_new_hash(struct request *rq, struct response *rs,
                            const json_t *user);

/* Sets a user's password and tells them by mail, see own_password(). */
enum db_result person_change_password(struct request *rq, const json_t *user,
                                      const char *hash,
                                      const struct one_time *token,
                                      const char *except);

#endif
