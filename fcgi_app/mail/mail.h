/*
 * Mail to customers. What tells of a change is written in the transaction of
 * that change (an outbox), and pforte jobs sends it: at least once, with the
 * same Message-ID each time. The row stays as the log; what it said does not.
 */
#ifndef MAIL_MAIL_H
#define MAIL_MAIL_H

#include "audit/audit.h"
#include "base/field.h"
#include "db/db.h"
#include "db/list.h"

struct mail {
    const char *event;      /* of tables/events.def */
    const char *customer;   /* id, or "" */
    const char *user;       /* id, or "" */
    const char *recipient;  /* an address */
    const char *language;   /* of the text */
    const char *request_id; /* of the request it comes from, or "" */
    int64_t expires;        /* of no use from then on, so not sent; 0: never */

    const char *reason; /* why it is not sent, for the log; or NULL */
    const char *about;  /* what it brings, see mail_ended(); or NULL */

    /* set by mail_compose(); with body NULL the mail is recorded as suppressed
     */
    const char *id, *subject;
    const char *body, *html; /* sealed; html NULL: text only */
    struct mail_sealed_file *files;
    size_t n_files;
};

enum {
    MAIL_FILES_MAX = 8,
    MAIL_FILE_MAX = 8 * 1024 * 1024, /* bytes of one */
    MAIL_FILE_NAME_MAX = 200,        /* bytes: its header is one line */
};

struct mail_sealed_file {
    const char *name, *type;
    const char *content; /* base64, sealed */
};

/* Writes the row; inside the transaction of what the mail tells of. DB_CHECK:
 * the recipient is no address. */
enum db_result mail_queue(struct db *db, struct arena *a, const char *tenant,
                          const struct mail *mail);

/* A mail of its own, that nothing but somebody's wish causes: with its row of
 * the audit. */
enum db_result mail_queue_test(struct db *db, struct arena *a,
                               const char *tenant, const struct actor *actor,
                               const struct mail *mail);

/* The rows of the log, newest first, those before the id `before` (or NULL):
 * what mail_log_fields shows, never what was said. */
struct mail_filter { /* NULL: any */
    const char *state, *event, *recipient;
    const char *customer; /* number */
    int64_t from, to;     /* when it was made; to is not included; CLOCK_END */
};
extern const struct field mail_log_fields[], mail_list_fields[];
enum db_result mail_list(struct db *db, struct arena *a, const char *tenant,
                         const struct mail_filter *filter, const char *before,
                         int limit, json_t **rows);
enum db_result mail_get(struct db *db, struct arena *a, const char *tenant,
                        const char *id, json_t **row);

/* What the account itself is shown of it: mails to it and its members, newest
 * first, those before the id `before` (or NULL), nothing that was suppressed.
 * reader: NULL, or a user who is shown what went to the account's address and
 * to themselves only. Rows: id, event, recipient, subject, state, created. */
enum db_result mail_of_customer(struct db *db, struct arena *a,
                                const char *tenant, const char *customer,
                                const char *reader, const char *before,
                                int limit, json_t **rows);

/* The same for the lists of the back office. */
extern const struct field mail_rows_fields[];
enum db_result mail_list_rows(struct db *db, struct arena *a,
                              const struct list_query *q, const char *tenant,
                              const char *pool, json_t **rows);

/* Those about a user, newest first. */
enum db_result mail_list_of_user(struct db *db, struct arena *a,
                                 const char *tenant, const char *user,
                                 int limit, json_t **rows);

/*
 * Of all tenants: mails whose "about" begins so and that ended, until
 * mail_ended_told() says in the transaction of what follows from it that it is
 * known. Rows: tenant, id, about, state (sent, failed), reason.
 */
enum db_result mail_ended(struct db *db, struct arena *a, const char *about,
                          int limit, json_t **rows);
enum db_result mail_ended_told(struct db *db, const char *tenant,
                               const char *id);

/* Lets a mail that waits be tried at once. DB_CHECK: it does not wait. */
enum db_result mail_hurry(struct db *db, struct arena *a, const char *tenant,
                          const char *id, const struct actor *actor);

/* ---- a merchant's own words ---- */

struct mail_words {
    const char *subject, *text;
    const char *html; /* "": text only */
    const char *language;
    bool own; /* false: the platform's */
};

extern const struct field mail_words_fields[], mail_template_fields[],
    mail_template_query_fields[], mail_preview_fields[],
    mail_preview_answer_fields[], mail_test_fields[], mail_form_fields[];

/* DB_NONE: this tenant has none of its own in that language. */
enum db_result mail_template_get(struct db *db, struct arena *a,
                                 const char *tenant, const char *event,
                                 const char *language,
                                 struct mail_words *words);

/* What names these words among all others: two that are the same share it. */
const char *mail_words_version(struct arena *a, const struct mail_words *words);

/* Both with a row of the audit that has the words before and after; saved as
 * they are, nothing happens. Words have to be good: mail_words_ok(). */
enum db_result mail_template_put(struct db *db, struct arena *a,
                                 const char *tenant, const struct actor *actor,
                                 const char *event,
                                 const struct mail_words *words);
enum db_result mail_template_delete(struct db *db, struct arena *a,
                                    const char *tenant,
                                    const struct actor *actor,
                                    const char *event, const char *language);

/* False with what is wrong, and where, in errors. */
bool mail_words_ok(struct arena *a, const char *event,
                   const struct mail_words *words, struct field_errors *errors);

/* Seconds to wait after that many tries, growing to four hours; 0 when they
 * took two days and it is time to give up. */
int mail_pause(int64_t attempts);

#endif
