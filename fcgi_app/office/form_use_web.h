/*
 * A form of somebody who is signed in has its effect once, however often it is
 * sent: its page carries an id ("form_id"), which is claimed in the transaction
 * of the effect.
 */
#ifndef OFFICE_FORM_USE_WEB_H
#define OFFICE_FORM_USE_WEB_H

#include "db/db.h"
#include "http/handlers.h"

/* A fresh id for the forms of a page. */
const char *form_id(struct request *rq);

/* The one that came with a form; NULL: none that can be. */
const char *form_id_sent(const struct request *rq);

/*
 * The three of app/once.h. To those who send it again the answer is a redirect
 * to where the first one led, or to the page of the form's address.
 */
enum db_result form_claim(struct request *rq, const void *id);
enum db_result form_keep(struct request *rq, const struct response *rs,
                         const void *id);
void form_again(struct request *rq, struct response *rs, const void *id);

#endif
