/* What a reminder says: on paper and by mail, in its own language. */
#ifndef BILLING_REMINDER_DOCUMENT_H
#define BILLING_REMINDER_DOCUMENT_H

#include "billing/document.h"
#include "billing/reminder.h"

/* "Friendly reminder", and what it asks for, by the level of its row. */
const char *reminder_title(const json_t *row);
const char *reminder_text(struct arena *a, const json_t *row);

/*
 * The letter (a row of table reminder and those of reminder_invoice) as PDF: as
 * it was made, or made now and kept by its hash, so that it is the same bytes
 * each time. Owned by the arena.
 */
enum db_result reminder_file(struct db *db, struct arena *a,
                             const struct config *config, const json_t *row,
                             const json_t *invoices,
                             struct document_bytes *out);

/* The values of event reminder_mail; owned by the arena. */
json_t *reminder_values(struct arena *a, const json_t *row,
                        const json_t *invoices);

#endif
