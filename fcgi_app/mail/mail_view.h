/* The text of a mail. */
#ifndef MAIL_MAIL_VIEW_H
#define MAIL_MAIL_VIEW_H

#include "base/keys.h"
#include "mail/mail.h"
#include "tenant/tenant.h"

/* The wanted language when the tenant's portal speaks it, else its default. */
const char *mail_language(const struct tenant *tenant, const char *wanted);

/*
 * The platform's own words, as a merchant would have written them: templates/
 * mail_<event>.txt, whose first line is "Subject: …", and mail_<event>.html.
 * False, logged, when they cannot be drawn.
 */
bool mail_platform_words(struct arena *a, const char *event,
                         const char *language, struct mail_words *words);

/*
 * The words that a mail is made of: the merchant's in that language, else the
 * merchant's in the tenant's default language, else the platform's. False,
 * logged, when there are none.
 */
bool mail_words_for(struct db *db, struct arena *a, const struct tenant *tenant,
                    const char *event, const char *language,
                    struct mail_words *words);

/* The words of exactly that language: the merchant's, else the platform's.
 * False, logged, when there are none. */
bool mail_words_in(struct db *db, struct arena *a, const struct tenant *tenant,
                   const char *event, const char *language,
                   struct mail_words *words);

/* The words with values (keys of events.def; those of every mail are added to
 * them) in the placeholders' places. A "portal_url" among them is a link of the
 * recipient's own, which the subject does not get. */
void mail_words_fill(struct arena *a, const struct tenant *tenant,
                     const char *event, json_t *values,
                     struct mail_words *words);

/* Fills the words in and seals them into the mail, whose language they set. */
void mail_seal(struct arena *a, struct keys *keys, const struct tenant *tenant,
               struct mail *mail, const struct mail_words *words,
               json_t *values);

/* Sends them with example values, with a row of the audit; *id of the log. For
 * a key of test mode it is suppressed. */
enum db_result mail_try(struct db *db, struct arena *a, struct keys *keys,
                        const struct tenant *tenant, const struct actor *actor,
                        const char *event, const char *to,
                        const struct mail_words *words, const char **id);

/* mail_words_for() and mail_seal(). */
bool mail_compose(struct db *db, struct arena *a, struct keys *keys,
                  const struct tenant *tenant, struct mail *mail,
                  json_t *values);

/* Adds a file to a mail that was composed. False: it is too large, or there are
 * too many, or its name too long, or its type neither "application/pdf" nor
 * "application/xml". */
bool mail_attach(struct arena *a, struct keys *keys,
                 const struct tenant *tenant, struct mail *mail,
                 const char *name, const char *type, const void *bytes,
                 size_t len);

#endif
