/*
 * Bulk data as files: jobs write them below <state>/exports/<tenant>/, named by
 * the hash of what they hold, and remove them a week later.
 */
#ifndef EXPORT_EXPORT_H
#define EXPORT_EXPORT_H

#include "base/buf.h"
#include "job/job.h"
#include "tenant/tenant.h"

extern const struct field audit_export_fields[];

enum { EXPORT_LIFE_S = 7 * 86400 };

/* Asks for the part of the trail that the input names (audit_export_fields),
 * and leaves an audit row of its own. */
enum db_result export_ask(struct db *db, struct arena *a,
                          const struct tenant *tenant,
                          const struct actor *actor, const json_t *input,
                          const char **job);

/* Asks for what a job of that kind writes, inside a transaction or in one of
 * its own, and leaves an audit row. */
enum db_result export_ask_kind(struct db *db, struct arena *a,
                               const char *tenant, const struct actor *actor,
                               const char *kind, const json_t *input,
                               const char **job);

/*
 * Asks for a ZIP of documents: what invoice_zip_fields typed. DB_CHECK: what
 * stands in errors is wrong.
 */
enum { EXPORT_INVOICES_MAX = 10000 };
enum db_result
export_ask_invoices(struct db *db, struct arena *a, const struct tenant *tenant,
                    const struct actor *actor, const json_t *input,
                    struct field_errors *errors, const char **job);

/* Adds a record as a line of CSV (RFC 4180), every value quoted. What a
 * spreadsheet would take for a formula is led by an apostrophe. NULL record:
 * the names. */
void export_csv(struct buf *out, const struct field *fields,
                const json_t *record);

#endif
