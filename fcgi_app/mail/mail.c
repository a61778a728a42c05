#include "mail/mail.h"

#include "base/clock.h"
#include "base/field.h"
#include "base/id.h"
#include "mail/mail_store.h"

enum { MINUTE = 60, HOUR = 3600, TRIES = 16 /* in 45 hours */ };

enum db_result
mail_queue(struct db *db, struct arena *a, const char *tenant,
           const struct mail *mail)
{
    struct mail row = *mail;

    if (!field_email_ok(mail->recipient)) {
        return DB_CHECK;
    }
    if (!row.body) {
        row.id = id_new(a, "mail");
        row.subject = "";
    }
    return mail_store_insert(db, tenant, &row, clock_now());
}

int
mail_pause(int64_t attempts)
{
    static const int first[] = {MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR};
    enum { FIRST = sizeof first / sizeof *first };

    if (attempts >= TRIES) {
        return 0;
    }
    return attempts > FIRST ? 4 * HOUR : first[attempts > 1 ? attempts - 1 : 0];
}
