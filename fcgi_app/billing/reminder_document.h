/* What a reminder says: on paper and by mail, in its own language. */
#ifndef BILLING_REMINDER_DOCUMENT_H
#define BILLING_REMINDER_DOCUMENT_H

#include "billing/reminder.h"

/* "Friendly reminder", and what it asks for, by the level of its row. */
const char *reminder_title(const json_t *row);
const char *reminder_text(struct arena *a, const json_t *row);

/* The letter (a row of table reminder and those of reminder_invoice) as PDF,
 * the same bytes each time; owned by the arena. */
const char *reminder_document(struct arena *a, const json_t *row,
                              const json_t *invoices, size_t *len);

/* The values of event reminder_mail; owned by the arena. */
json_t *reminder_values(struct arena *a, const json_t *row,
                        const json_t *invoices);

#endif
