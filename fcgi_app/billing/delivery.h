/*
 * Delivery: what goes out by mail, documents (table invoice) and reminders, is
 * tried until its mail is queued, and is `failed` when that was in vain.
 *
 *   waiting, no mail   to be made: dispatch_tries tries have begun, the next
 * one is at dispatch_until, the last one failed at dispatch_error waiting, a
 * mail    handed over; the mail's own tries stand in its log sent, failed how
 * that ended; failed also after the last try
 */
#ifndef BILLING_DELIVERY_H
#define BILLING_DELIVERY_H

#include "audit/audit.h"
#include "base/field.h"
#include "db/db.h"

enum delivery_kind { DELIVERY_DOCUMENT, DELIVERY_REMINDER, DELIVERY_KINDS };

/* What a try failed at. */
enum delivery_error {
    DELIVERY_FINE,
    DELIVERY_NO_ADDRESS, /* another try would not help */
    DELIVERY_FILE,       /* its PDF or XML could not be made */
    DELIVERY_MAIL,       /* nor its mail */
    DELIVERY_DATABASE,
    DELIVERY_INTERRUPTED, /* the program ended in the middle of it */
    DELIVERY_REFUSED,     /* the mail failed; its log says why */
    DELIVERY_ERRORS
};

#define DELIVERY_ERROR_CHOICES                                                 \
    "no_address|file|mail|database|interrupted|refused"

/* What the API and the trail call it, and the sentence for people. */
const char *delivery_error_code(enum delivery_error error);
const char *delivery_error_text(enum delivery_error error);
/* Of a code; "" of none. */
const char *delivery_error_of(const char *code);

/* Tries of a document in all: the first, and one after each wait. */
enum { DELIVERY_TRIES = 6 };

/* Seconds to wait after that many tries; 0: that was the last. */
int64_t delivery_wait(int64_t tries);

/* dispatch_next and dispatch_error of a row that is shown: NULL where there are
 * none. */
void delivery_shown(json_t *row);

/* What its mail brings (mail.about): "invoice/<id>", "reminder/<id>"; and what
 * all of a kind begin with. */
const char *delivery_about(struct arena *a, enum delivery_kind kind,
                           const char *id);

/* ---- in the transaction of what they tell of ---- */

struct delivery_desk {
    struct db *db;
    struct arena *arena;
    const char *tenant;
    const struct actor *actor;
};

/*
 * Failed for good, with a row of the trail and a callback. mail: id of the one
 * that failed, or NULL; reason: words for people, or NULL for those of the
 * error. DB_NONE: it does not wait (for that mail) any more.
 */
struct delivery_failure {
    enum delivery_kind kind;
    const char *id;
    enum delivery_error error;
    const char *mail, *reason;
    bool by_hand; /* somebody sends it: also when it did not wait */
};
enum db_result delivery_fail(const struct delivery_desk *desk,
                             const struct delivery_failure *failure);

/* How many failed for good, of each kind; counted up to DELIVERY_COUNTED. */
enum { DELIVERY_COUNTED = 1000 };
enum db_result delivery_failed(struct db *db, struct arena *a,
                               const char *tenant,
                               int64_t counts[DELIVERY_KINDS]);

/* Job deliveries_again: all that failed before it came to them wait again. run:
 * an invoice run or reminder run, of whose documents that is meant; NULL: of
 * all. DB_NONE: there is no such run. */
enum db_result delivery_again_ask(struct db *db, struct arena *a,
                                  const char *tenant, const struct actor *actor,
                                  const char *run, const char **job);

#endif
