/* SQL of the mail folder. */
#ifndef MAIL_MAIL_STORE_H
#define MAIL_MAIL_STORE_H

#include "mail/mail.h"

/* What the seal of a body is bound to, beside tenant and id. */
#define MAIL_PURPOSE      "mail"
#define MAIL_HTML_PURPOSE "mail-html"
#define MAIL_FILE_PURPOSE "mail-file" /* id: <mail>/<place> */

enum db_result mail_store_insert(struct db *db, const char *tenant,
                                 const struct mail *mail, int64_t now);

/* Rows: tenant, id; those whose time or whose lease is over, oldest first. */
enum db_result mail_store_due(struct db *db, struct arena *a, int64_t now,
                              int limit, json_t **rows);

/* The whole row, leased until then, one more attempt counted. DB_NONE: it is
 * not due any more, so somebody else has it. */
enum db_result mail_store_lease(struct db *db, struct arena *a,
                                const char *tenant, const char *id,
                                const char *owner, int64_t now, int64_t until,
                                json_t **row);

/* How an attempt ended: sent, failed (both empty the body), or queued again
 * for next_at. *changed is 0 when the lease was lost meanwhile. */
struct mail_outcome {
    const char *state;
    int64_t next_at, sent;
    const char *error;
};

enum db_result mail_store_finish(struct db *db, const char *tenant,
                                 const char *id, int64_t attempt,
                                 const struct mail_outcome *outcome,
                                 int64_t *changed);

enum db_result mail_store_add_file(struct db *db, const char *tenant,
                                   const char *id, int64_t place,
                                   const struct mail_sealed_file *file);

/* Rows: name, type, content; in their order. */
enum db_result mail_store_files(struct db *db, struct arena *a,
                                const char *tenant, const char *id,
                                json_t **rows);

/* Those of a mail that is over; of one that waits, none. */
enum db_result mail_store_drop_files(struct db *db, const char *tenant,
                                     const char *id);

/* *changed is 0 when it does not wait. */
enum db_result mail_store_hurry(struct db *db, const char *tenant,
                                const char *id, int64_t now, int64_t *changed);

/* mail_store_finish() and the end of the files, in one transaction. */
enum db_result mail_finish(struct db *db, const char *tenant, const char *id,
                           int64_t attempt, const struct mail_outcome *outcome,
                           int64_t *changed);

/* ---- templates ---- */

enum db_result mail_store_template(struct db *db, struct arena *a,
                                   const char *tenant, const char *event,
                                   const char *language, json_t **row);
enum db_result mail_store_put_template(struct db *db, const char *tenant,
                                       const char *event,
                                       const struct mail_words *words,
                                       int64_t now);
enum db_result mail_store_delete_template(struct db *db, const char *tenant,
                                          const char *event,
                                          const char *language);

#endif
