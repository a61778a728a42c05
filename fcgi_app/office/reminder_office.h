/* Reminders on other pages of the back office. */
#ifndef OFFICE_REMINDER_OFFICE_H
#define OFFICE_REMINDER_OFFICE_H

#include "http/request.h"

/* The table of letters that an invoice (id) is in, for templates/
 * office_detail.html. New reference; NULL: the database does not answer. */
json_t *office_reminders_of(struct request *rq, const char *invoice);

#endif
