/* What pages and REST have in common about reminders. */
#ifndef BILLING_REMINDER_VIEW_H
#define BILLING_REMINDER_VIEW_H

#include "billing/reminder.h"
#include "http/request.h"
#include "http/response.h"

/* The letter that the path names; NULL with the error in the response. */
json_t *reminder_named(struct request *rq, struct response *rs);

/* Does that with it; false with the error in the response. */
bool reminder_act_on_named(struct request *rq, struct response *rs,
                           enum reminder_act act);

/* Answers the letter as PDF, named by its number. */
void reminder_send_pdf(struct request *rq, struct response *rs,
                       const json_t *row);

/* Rows of letters for the portal: [{number, title, date, date_text, target,
 * target_text, total, total_text, pdf_url}]. New reference. */
json_t *reminder_row_models(struct request *rq, const json_t *rows);

/* The same of those that an invoice is in, newest first; NULL: the database
 * does not answer. */
json_t *reminder_models(struct request *rq, const char *invoice);

#endif
